"""Draws the sheets of the homework, proves each one fair, and writes them to ffnn_helpers/frozen/.

    python tools/draw_sheets.py                       both files, 10,000 rows each; some minutes on two cores
    python tools/draw_sheets.py --rows 200 --to /tmp  a try, written elsewhere

The frozen files are never drawn again once a student has a sheet: draw into a new version instead (VERSION in
ffnn_helpers/sheets.py). Fair means that the numbers suit a hand, that no slip of the catalogue gives a right answer,
alone or with another, and that no two slips give the same wrong one, where the formulas allow it.

Many sheets are worked out at once: a row is a sheet, a number of the recipe is a column, and the operations take
columns.
"""

import argparse
import csv
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import combinations, product
from pathlib import Path

import numpy as np

from ffnn_helpers import notation
from ffnn_helpers.causes import ancestors, rewrites
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.operations import OPERATIONS, pairs
from ffnn_helpers.sheets import FROZEN, PARTS, columns, heading
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate, recipe

ROWS = 10_000
DRAWN_AT_ONCE = 20_000

TOLD_APART = 1e-3  # two slips, relative to the larger
FROM_THE_TRUTH = 2e-3  # a slip from the truth
TOGETHER = 1e-3  # two slips made together from the truth
SAME = 1e-9

HIDING = (0, 0.5, 1, 2)  # a factor that hides whether it was used, or comes back elsewhere
PARAMETERS = [n / 10 for n in range(-15, 16) if abs(n) / 10 not in HIDING]
INPUTS = [n for n in range(-7, 8) if abs(n) > 1]
TRUE_VALUES = [n / 10 for n in range(1, 10)]
RATES = [0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]
LOWEST, HIGHEST = 0.05, 0.95  # of an activation
FARTHEST = np.log(HIGHEST / LOWEST)  # of its z from 0
SMALLEST_DERIVATIVE = 1e-3
SMALLEST_MEAN = 0.1  # of its largest term


# The operations, for columns


def add(values):
    """Add as operations.add does, column by column."""
    total = largest = 0.0
    for value in values:
        total = total + value
        largest = np.maximum(largest, np.abs(value))
    return np.where(np.abs(total) < 1e-15 * largest, 0.0, total)


def sum_of_products(values):
    return add([left * right for left, right in pairs(values)])


def weighted_sum(values):
    *products, bias = values
    return add([*(left * right for left, right in pairs(products)), bias])


def sigmoid(values):
    (z,) = values
    small = np.exp(-np.abs(z))
    return np.where(z < 0, small, 1.0) / (1 + small)


def squared_error(values):
    return add([(a - y) * (a - y) for a, y in pairs(values)])


def without_minus(place):
    return lambda values: weighted_sum(
        [np.abs(value) if n == place else value for n, value in enumerate(values)]
    )


def one_by_one(compute):
    """Let an operation on numbers take columns, slowly."""

    def on_columns(values):
        table = np.broadcast_arrays(*values)
        flat = zip(*(column.ravel() for column in table))
        return np.reshape([compute(list(map(float, row))) for row in flat], table[0].shape)

    return on_columns


COLUMN_OPERATIONS = {
    "weighted sum": weighted_sum,
    "sum of products": sum_of_products,
    "sigmoid": sigmoid,
    "squared error": squared_error,
    "mean": lambda values: add(values) / len(values),
    "sum": add,
    "weighted sum without minus signs": lambda values: weighted_sum([np.abs(v) for v in values]),
    **{f"weighted sum, minus {place} lost": without_minus(place) for place in range(12)},
    "mean without minus signs": lambda values: add([np.abs(v) for v in values]) / len(values),
    "sum over observations": add,
    "mean divided twice": lambda values: add(values) / len(values) ** 2,
    "mean of one fewer": lambda values: add(values) / (len(values) - 1),
    "squared error halved": lambda values: squared_error(values) / 2,
    "sigmoid slope at": lambda values: sigmoid(values) * (1 - sigmoid(values)),
    "one plus e^-z": lambda values: 1 + np.exp(np.minimum(-values[0], 700)),
    "sigmoid with e^z": lambda values: sigmoid([-values[0]]),
}
# These are written with + − · / alone, and take columns as they take numbers.
TAKE_BOTH = {
    "equal", "one", "zero", "product", "change", "error slope", "sigmoid slope", "difference",
    "error slope doubled", "change times the count", "change over the count",
    "change with eta squared", "one minus", "negative", "first times one minus second",
}  # fmt: skip
COLUMN_OPERATIONS |= {
    name: compute if name in TAKE_BOTH else one_by_one(compute)
    for name, compute in {
        **{name: operation.compute for name, operation in OPERATIONS.items()},
        **WRONG_OPERATIONS,
    }.items()
    if name not in COLUMN_OPERATIONS
}


class Batch:
    """Many sheets at once: a row is a sheet, a column one of its given numbers."""

    def __init__(self, part, rows):
        self.part, self.rows = part, np.asarray(rows, dtype=float)
        self.sizes, self.K = PARTS[part]
        self.recipe = recipe(self.sizes, self.K)
        self.given = dict(zip(columns(part), self.rows.T))

    @cached_property
    def truth(self):
        return self.work_out(self.given)

    def work_out(self, known, rules=()):
        """Work out the recipe from columns that are known, and with other rules."""
        names = {key: f"column {n}" for n, key in enumerate(known)}
        operations = {name: lambda _, key=key: known[key] for key, name in names.items()}
        given = {key: (name, ()) for key, name in names.items()} | dict(rules)
        return evaluate(self.recipe, given, {**COLUMN_OPERATIONS, **operations})

    def keep(self, which):
        return Batch(self.part, self.rows[which])


def differ(one, other, tolerance):
    return np.abs(one - other) > tolerance * np.maximum(np.abs(one), np.abs(other))


# What is asked, and the slips that strike there


@dataclass(frozen=True)
class AskedStep:
    """A step that is asked, the other asked steps that it is made of, and its strikes."""

    part: str
    key: tuple
    known: frozenset

    @cached_property
    def made(self):
        """List the strikes that are slips here: (code, rules)."""
        return [(code, rules) for code, rules, truth in self._all if not truth]

    @cached_property
    def no_slips(self):
        return sorted({code for code, _, truth in self._all if truth})

    @cached_property
    def _all(self):
        """List all strikes, and whether they give the truth on any sheet."""
        sizes, K = PARTS[self.part]
        batch = generic(self.part)
        found = [(s.code, rules) for s, _, rules in rewrites(sizes, K, self.key, self.known)]
        truth = self.value(batch)
        return [
            (code, rules, not differ(self.value(batch, rules), truth, SAME).any())
            for code, rules in found
        ]

    @cached_property
    def one_formula(self):
        """Find the pairs of strikes that no sheet tells apart, by their places in `made`."""
        values = [self.value(generic(self.part), rules) for _, rules in self.made]
        return {
            (i, j)
            for i, j in combinations(range(len(values)), 2)
            if not differ(values[i], values[j], SAME).any()
        }

    @cached_property
    def together(self):
        """List the pairs of strikes that can be made together: their places, their rules
        merged, and whether they cancel on every sheet.
        """  # noqa: D205
        batch, found = generic(self.part), []
        truth = self.value(batch)
        for i, j in combinations(range(len(self.made)), 2):
            (code, rules), (other_code, other_rules) = self.made[i], self.made[j]
            if code != other_code and rules.keys().isdisjoint(other_rules):
                merged = {**rules, **other_rules}
                cancel = not differ(self.value(batch, merged), truth, SAME).any()
                found.append((i, j, merged, cancel))
        return found

    def value(self, batch, rules=()):
        """Return what a batch gives for this step; a new parameter counts by its change."""
        return self.values(batch, rules)[self.key] - self.old(batch)

    def values(self, batch, rules=()):
        known = batch.given | {key: batch.truth[key] for key in self.known}
        return batch.work_out(known, rules)

    def old(self, batch):
        operation, parents = batch.recipe[self.key]
        return batch.truth[parents[0]] if operation == "sum" else 0.0

    def without_effect(self, batch, code, rules):
        """Tell on which sheets a lost minus is none: it was not there, or two made a plus."""
        if code != "minus-lost":
            return np.zeros(len(batch.rows), dtype=bool)
        values = self.values(batch, rules)
        return np.all([values[key] == batch.truth[key] for key in rules], axis=0)


@lru_cache
def asked_steps(part):
    """List what is asked of a part, in any assignment, with what is known there."""
    sizes, K = PARTS[part]
    steps, found = recipe(sizes, K), {}
    for questions in HOMEWORK.values():
        asked = {key for question in questions if question.part == part for key in question.asked}
        for key in sorted(asked, key=list(steps).index):
            known = frozenset(asked & set(ancestors(steps, key)) - {key})
            found[AskedStep(part, key, known)] = None
    return list(found)


@lru_cache
def generic(part):
    """Return sheets of any real numbers, of both signs: what holds on all of them is no chance."""
    numbers = stream(part, range(500), name="generic") / 2**16
    rows = []
    for key, u in zip(columns(part), numbers.T):
        letter = key[0][0]
        if letter in "ye":
            rows.append(0.05 + 0.9 * u)
        else:
            rows.append(
                np.where(u < 0.5, -1, 1) * (0.1 + (4 if letter == "x" else 1) * (2 * u % 1))
            )
    return Batch(part, np.transpose(rows))


# The proof, the cheapest questions first: each says what is wrong, and on which rows


def named(key):
    symbol, k = key
    return symbol + (f" of observation {k}" if k else "")


def hand_friendly(batch):
    given, observations = batch.given, range(1, batch.K + 1)
    for (symbol, k), column in given.items():
        options = options_for((symbol, k))
        off = np.abs(column[:, np.newaxis] - np.array(options)).min(axis=1)
        yield (
            f"{named((symbol, k))} is none of the numbers that suit a hand and hide nothing",
            off > SAME,
        )
    weights = [key for key in given if key[0].startswith("w")]
    for one, other in combinations(weights, 2):
        same = np.abs(given[one]) == np.abs(given[other])
        yield f"{named(one)} and {named(other)} are equal up to their sign", same
    for letter in "xy":
        symbols = dict.fromkeys(symbol for symbol, _ in given if symbol[0] == letter)
        for symbol in symbols:
            for k, other in combinations(observations, 2):
                same = given[symbol, k] == given[symbol, other]
                yield f"{symbol} is equal in observations {k} and {other}", same
        for k in observations:
            for one, other in combinations(symbols, 2):
                same = np.abs(given[one, k]) == np.abs(given[other, k])
                yield f"{one} and {other} are equal in observation {k}, up to their sign", same


def far_from_the_ends(batch):
    for key in batch.recipe:
        if key[0].startswith("a^"):
            a = batch.truth[key]
            yield f"{named(key)} is too near to 0 or 1", ~((a >= LOWEST) & (a <= HIGHEST))


def large_enough(batch):
    for step in asked_steps(batch.part):
        operation, parents = batch.recipe[step.key]
        value = np.abs(batch.truth[step.key])
        if notation.split_derivative(step.key[0]):
            yield f"{named(step.key)} is too small", value < SMALLEST_DERIVATIVE
        if operation == "mean":
            largest = np.max([np.abs(batch.truth[parent]) for parent in parents], axis=0)
            yield f"{named(step.key)} is too small for its terms", value < SMALLEST_MEAN * largest


def slips_show(step, batch):
    """Ask whether each slip shows, and which it was."""
    truth = step.value(batch)
    values, no_slip = [], []
    for code, rules in step.made:
        value, lost_nothing = step.value(batch, rules), step.without_effect(batch, code, rules)
        yield (
            f"{code} gives {named(step.key)} all the same",
            ~lost_nothing & ~differ(value, truth, FROM_THE_TRUTH),
        )
        values.append(value)
        no_slip.append(lost_nothing)
    for i, j in combinations(range(len(values)), 2):
        code, other_code = step.made[i][0], step.made[j][0]
        if code != other_code and (i, j) not in step.one_formula:
            equal = ~differ(values[i], values[j], TOLD_APART)
            yield (
                f"{code} and {other_code} give the same for {named(step.key)}",
                equal & ~no_slip[i] & ~no_slip[j],
            )


def two_slips_show(step, batch):
    """Ask whether each two slips, made together, show."""
    truth = step.value(batch)
    no_slip = [step.without_effect(batch, code, rules) for code, rules in step.made]
    for i, j, rules, cancel in step.together:
        if not cancel:
            hidden = ~differ(step.value(batch, rules), truth, TOGETHER)
            yield (
                f"{step.made[i][0]} and {step.made[j][0]} together give {named(step.key)}",
                hidden & ~no_slip[i] & ~no_slip[j],
            )


def questions(part):
    yield hand_friendly
    yield far_from_the_ends
    yield large_enough
    for ask in (slips_show, two_slips_show):
        for step in sorted(asked_steps(part), key=lambda step: len(step.made)):
            yield lambda batch, ask=ask, step=step: ask(step, batch)


def reasons(part, rows):
    """Say for each row why it is not fair; None where it is."""
    found = np.full(len(rows), None, dtype=object)
    places, batch = np.arange(len(rows)), Batch(part, rows)
    for ask in questions(part):
        refused = np.zeros(len(places), dtype=bool)
        for reason, bad in ask(batch):
            found[places[bad & ~refused]] = reason
            refused |= bad
        places, batch = places[~refused], batch.keep(~refused)
        if not len(places):
            break
    return list(found)


# The drawing


def options_for(key):
    """List the numbers from which a given number is drawn."""
    letter = key[0][0]
    return {"x": INPUTS, "y": TRUE_VALUES, "e": RATES}.get(letter, PARAMETERS)


def stream(part, counters, name="sheet"):
    """Return 32 numbers below 2^16 for each counter, the same on every machine."""
    digests = [
        sha256(f"{name} {part} {counter} {half}".encode()).digest()
        for counter in counters
        for half in "ab"
    ]
    return np.frombuffer(b"".join(digests), dtype=">u2").reshape(len(counters), 32)


def rows_from(part, numbers):
    """Make rows of random numbers; what has to differ is drawn from what is left."""
    sizes, K = PARTS[part]
    row, left = {}, {}
    for key, number in zip(columns(part), numbers.T):
        letter, options = key[0][0], options_for(key)
        if letter == "w":
            options = [option for option in options if option > 0]  # the sign is drawn apart
        if letter != "x":
            alike = letter if letter in "wy" else key
            pool = left.setdefault(alike, np.tile(np.array(options, float), (len(numbers), 1)))
            sign, which = np.where(number % 2, -1, 1), number // 2 % pool.shape[1]
            row[key] = take(pool, which) * (sign if letter == "w" else 1)
            np.put_along_axis(pool, which[:, np.newaxis], pool[:, -1:], axis=1)
            left[alike] = pool[:, :-1]
    inputs = np.array([pair for pair in product(INPUTS, repeat=2) if abs(pair[0]) != abs(pair[1])])
    fits = np.ones((len(numbers), len(inputs)), dtype=bool)
    for neuron in range(1, sizes[1] + 1):
        z = row[f"b^1_{neuron}", None][:, np.newaxis] + sum(
            row[notation.weight(1, neuron, i), None][:, np.newaxis] * inputs[:, i - 1]
            for i in (1, 2)
        )
        fits &= np.abs(z) <= FARTHEST
    for k in range(1, K + 1):
        # Most inputs would saturate a hidden neuron: one of those that do not is taken.
        so_far = fits.cumsum(axis=1)
        wanted = 1 + numbers[:, -k] % np.maximum(so_far[:, -1], 1)
        chosen = inputs[(so_far == wanted[:, np.newaxis]).argmax(axis=1)]
        row["x_1", k], row["x_2", k] = chosen.T
        for i in (0, 1):
            fits &= inputs[:, i] != chosen[:, i : i + 1]
    return np.transpose([row[key] for key in columns(part)])


def take(pool, which):
    return np.take_along_axis(pool, which[:, np.newaxis], axis=1)[:, 0]


def draw(part, number):
    """Draw one lot of sheets, and return those that are fair, and what was wrong with the others."""
    first = number * DRAWN_AT_ONCE
    rows = rows_from(part, stream(part, range(first, first + DRAWN_AT_ONCE)))
    why = reasons(part, rows)
    fair = [tuple(row) for row, reason in zip(rows.tolist(), why) if reason is None]
    return fair, Counter(why)


def draw_all(part, how_many, workers):
    """Draw lot after lot until there are enough; which worker drew them makes no difference."""
    fair, refused, lot = {}, Counter(), 0
    with ProcessPoolExecutor(workers) as pool:
        while len(fair) < how_many:
            for rows, why in pool.map(draw, [part] * workers, range(lot, lot + workers)):
                fair |= dict.fromkeys(rows)
                refused += why
            lot += workers
            print(f"{part}: {len(fair)} fair of {refused.total()} drawn", end="\r", flush=True)
    return list(fair)[:how_many], refused


def write(part, rows, folder):
    path = Path(folder, f"{part}.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(heading, columns(part)))
        writer.writerows([f"{number:g}" for number in row] for row in rows)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--to", default=FROZEN, help="the folder for the files")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    for part in PARTS:
        began = time.perf_counter()
        rows, refused = draw_all(part, options.rows, options.workers)
        path, drawn = write(part, rows, options.to), refused.total()
        seconds = time.perf_counter() - began
        print(
            f"{path}: {len(rows)} sheets, {refused[None] / drawn:.4%} of {drawn:,} drawn, {seconds:.0f} s"
        )
        for reason, times in refused.most_common(16)[1:]:
            print(f"  {times / drawn:.3%} {reason}")


if __name__ == "__main__":
    main()
