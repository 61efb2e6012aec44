"""How often the marking names a slip, and how often it names one that was not made.

Run ``python -m tests.naming_rates``: it prints, for each assignment and for numbers with all
digits, four and three,

a  of the slips of the catalogue, each made on its own and gone on with, how many are named;
b  of random wrong numbers of the right size, one on an otherwise true paper, how many are named;
c  of derivatives made wrongly in ways that are not in the catalogue, how many are named.
"""

import argparse
import math
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import product, takewhile
from random import Random
from unittest import mock

from ffnn_helpers import marking, sheet
from ffnn_helpers.answers import read
from ffnn_helpers.causes import rewrites, roundings, strikes
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.marking import mark
from ffnn_helpers.notation import number
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate

ALL_DIGITS = 12


def write(value, key, digits):
    """Write a number with so many digits; of a new parameter six decimals, as the page asks."""
    if digits == ALL_DIGITS or not math.isfinite(value):
        return value
    if key[0].startswith("new ") and key[0] != "new C":
        return f"{value:.6f}"
    return number(value, digits)


def papers(assignment, rows):
    """Yield for each sheet and each part of an assignment the trace, and what is asked."""
    parts = dict.fromkeys(question.part for question in HOMEWORK[assignment])
    for row in rows:
        for part in parts:
            asked = {key for q in HOMEWORK[assignment] if q.part == part for key in q.asked}
            yield sheet(assignment, f"practice-{row}", part=part).trace, asked


def true_paper(trace, asked, digits):
    """Fill in the truth, in the order in which one works it out."""
    order = [key for key in trace if key in asked]
    return {key: read(write(trace[key].value, key, digits)) for key in order}


# a: the catalogue


def slips_made(trace, asked):
    """Yield each way to make a slip, once: its code, and all the values that follow."""
    K = sum(symbol == "x_1" for symbol, _ in trace.given)
    seen = set()
    for key in sorted(asked, key=str):
        for slip, _, rules in rewrites(trace.sizes, K, key, frozenset()):
            made = slip.code, frozenset(rules.items())
            if made not in seen:
                seen.add(made)
                values = evaluate({**trace.recipe, **trace.given}, rules, WRONG_OPERATIONS)
                yield slip.code, {key: values[key] for key in asked}


def catalogue_named(trace, asked, digits, generator):
    for code, values in slips_made(trace, asked):
        if all(marking.agrees(values[key], trace[key].value, trace[key]) for key in asked):
            continue  # a lost minus where there is none
        marks = mark({key: write(value, key, digits) for key, value in values.items()}, trace)
        yield code, any(code in found.codes for found in marks.values())


# b: random numbers


def random_named(trace, asked, digits, generator, draws=20):
    paper = true_paper(trace, asked, digits)
    for key in sorted(asked, key=str):
        step = trace[key]
        old = step.parents[0].value if step.operation == "sum" else 0.0
        for _ in range(draws):
            factor = generator.choice([-1, 1]) * 4 ** generator.uniform(-1, 1)
            value = old + factor * (step.value - old)
            yield from named_alone(value, step, paper, digits)


def named_alone(value, step, paper, digits):
    """Tell whether one wrong number on an otherwise true paper gets a name."""
    if not marking.agrees(value, step.value, step):
        before = takewhile(lambda key: key != step.key, paper)  # what comes later has no say
        written = {key: paper[key] for key in before} | {step.key: write(value, step.key, digits)}
        found = mark(written, step.trace)[step.key]
        if found.verdict != "right":
            yield step.key, bool(found.codes)


# c: every other subset, swap or doubling of the factors


def other_derivatives(trace, key):
    """Yield wrong values of a derivative: links left out, doubled, or another number for one.

    Over several paths and over several observations the same is done in each.
    """
    symbol, k = key
    observations = [k] if k else [k for _, k in trace.recipe[key][1]]
    paths = [trace.paths(symbol, k) for k in observations]
    count = len(paths[0][0])

    def joined(value_of):
        sums = [
            math.fsum(
                math.prod(value_of(place, link) for place, link in enumerate(path)) for path in some
            )
            for some in paths
        ]
        return sum(sums) / len(sums)

    for powers in product((0, 1, 2), repeat=count):
        yield joined(lambda place, link, powers=powers: link.value ** powers[place])
    symbols = dict.fromkeys(s for s, _ in trace)
    for swapped, other in product(range(count), symbols):
        yield joined(partial(_swapped, trace, swapped, other))


def _swapped(trace, swapped, other, place, link):
    if place != swapped:
        return link.value
    key = (other, link.k) if (other, link.k) in trace else (other, None)
    return trace[key].value if key in trace else math.nan


def others_named(trace, asked, digits, generator):
    paper = true_paper(trace, asked, digits)
    for key in sorted(asked, key=str):
        if not key[0].startswith("dC/d"):
            continue
        step = trace[key]
        known = {other: trace[other].value for other in asked if other != key}
        catalogue = [step.value]
        for start in ({}, known):
            catalogue += [strike.values[key] for strike in strikes(step, start)]
        for value in set(other_derivatives(trace, key)):
            if math.isfinite(value) and not any(
                math.isclose(value, made, rel_tol=1e-9) for made in catalogue
            ):
                yield from named_alone(value, step, paper, digits)


# The table

KINDS = {"a": catalogue_named, "b": random_named, "c": others_named}
PRECISIONS = {
    "all digits": (ALL_DIGITS, False),
    "four": (4, False),
    "three": (3, False),
    "three, matched": (3, True),
}


@contextmanager
def marking_as(matches=None):
    """Remember what a step's strikes are while one sheet is marked many times."""
    remembered = {}

    def remember(work_out):
        def once(step, known=None):
            key = work_out, id(step.trace), step.key, tuple((known or {}).items())
            if len(remembered) > 500:  # a whole paper of slips is seldom met twice
                remembered.clear()
            if key not in remembered:
                remembered[key] = work_out(step, known), step.trace  # keeps the id alive
            return remembered[key][0]

        return once

    with (
        mock.patch.object(marking, "strikes", remember(strikes)),
        mock.patch.object(marking, "roundings", remember(roundings)),
        mock.patch.object(marking, "matches", matches or marking.matches),
    ):
        yield


def measure(kind, assignment, precision, rows):
    """Count how many were named, and of how many.

    Returns
    -------
    named, all : Counter
        By the slip (a), or by the step (b and c).
    """
    digits, three_matched = PRECISIONS[precision]
    named, tried = Counter(), Counter()
    for trace, asked in papers(assignment, rows):
        generator = Random(repr((kind, assignment, [*trace.given.values()])))
        plain = marking.matches
        with marking_as(partial(_three, plain) if three_matched else None):
            for what, was_named in KINDS[kind](trace, asked, digits, generator):
                tried[what] += 1
                named[what] += was_named
    return named, tried


def _three(plain, answer, value, step):
    if answer.digits != 3 or not answer.value or not math.isfinite(value):
        return plain(answer, value, step)
    return number(answer.value, 3) == number(value, 3)


def main(sheets, kinds):
    jobs = [
        (kind, assignment, precision)
        for kind, assignment, precision in product(kinds, HOMEWORK, PRECISIONS)
        if kind != "c" or assignment != "hw1_forward_pass"  # no derivative is asked there
    ]
    rows = range(1, sheets + 1)
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = pool.map(measure, *zip(*jobs), [rows] * len(jobs))
        for (kind, assignment, precision), (named, tried) in zip(jobs, results):
            rate = named.total() / tried.total()
            worst = ", ".join(
                f"{what if isinstance(what, str) else ' '.join(map(str, what))}"
                f" {count}/{tried[what]}"
                for what, count in _worst(kind, named, tried)
            )
            print(
                f"{kind}  {assignment:20} {precision:15} {named.total():7,} of {tried.total():7,}"
                f"  {rate:8.3%}  {worst}",
                flush=True,
            )


def _worst(kind, named, tried):
    """List where the rate is worst: slips that are not named (a), or steps that are (b, c)."""
    missed = tried - named if kind == "a" else named
    return [(what, missed[what]) for what, _ in missed.most_common(3) if missed[what]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheets", type=int, default=20)
    parser.add_argument("--kinds", default="abc")
    arguments = parser.parse_args()
    main(arguments.sheets, arguments.kinds)
