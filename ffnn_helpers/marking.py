"""mark(): what each answer of a paper is worth, and why.

An answer is compared, in this order, with the truth, with what follows from the student's own
earlier answers, with what each slip makes of these, and with what rounding makes of them.
"""

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction

from ffnn_helpers import answers as written
from ffnn_helpers import notation
from ffnn_helpers.causes import (
    TOLERANCE,
    agrees,
    ancestors,
    explained,
    more_digits,
    old_value,
    roundings,
    said,
    strikes,
    too_few_digits,
)
from ffnn_helpers.operations import add
from ffnn_helpers.steps import Step, evaluate

SHARES = {
    "right": Fraction(1),
    "follow-through": Fraction(1),
    "rounded early": Fraction(3, 4),
    "slip": Fraction(1, 2),
    "wrong": Fraction(0),
    "blank": Fraction(0),
    "not a number": Fraction(0),
}
HUGE = 1e100  # what is carried forward must not overflow; σ turned upside down gives 1e30


@dataclass(frozen=True)
class Mark:
    """What one answer is worth.

    Attributes
    ----------
    step : Step
        The quantity that was asked.
    answer : Answer
    verdict : str
        A key of `SHARES`.
    share : Fraction
        Of the points of this step.
    sentence : str
        Why, in words that do not give the answer away.
    codes : tuple of str
        The slips that lead to the answer.
    carried : tuple of (str, int or None)
        The earlier answers, not right themselves, that it was judged by.
    """

    step: Step
    answer: written.Answer
    verdict: str
    share: Fraction
    sentence: str
    codes: tuple = ()
    carried: tuple = ()


def mark(answers, trace):
    """Mark a paper.

    Parameters
    ----------
    answers : dict
        (symbol, k), or a symbol alone, to what was written; None, ``...`` and "" are blanks.
        What is not a key was not asked.
    trace : Trace
        The truth.

    Returns
    -------
    dict
        (symbol, k) to `Mark`, in the order of the trace.

    Raises
    ------
    KeyError
        If the trace has no such quantity.

    Notes
    -----
    Right means within 1e-3 of the truth, relative; a new parameter is judged by its change.
    What follows from an earlier answer earns all, unless that answer is blank or zero. A slip
    costs once, at its dearest strike; elsewhere it is only named.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> marks = mark({("z^1_2", 1): "4,5", ("a^1_2", 1): 0.98901}, handout.trace)
    >>> for m in marks.values():
    ...     print(m.step.symbol, m.verdict, m.share, m.codes)
    z^1_2 slip 1/2 ('bias-left-out',)
    a^1_2 follow-through 1 ()
    """
    return _charged_once(judge(answers, trace))


def judge(answers, trace):
    """Mark each answer of a paper by itself, as `mark` does before it charges slips once."""
    asked = {trace[key].key: written.read(answer) for key, answer in answers.items()}
    paper = _Paper(trace, asked)
    for key in trace:
        if key in asked:
            paper.marks[key] = paper.judge(trace[key])
    return paper.marks


class _Paper:
    """The answers that were judged so far, and what each stands for.

    `entered` holds the numbers as they were written. `meant` holds what they stand for with
    all digits: the truth for a right answer, what a slip gives for a slip. Some students go on
    with the one, some with the other, and a difference like ŷ − y tells them apart.
    """

    def __init__(self, trace, asked):
        self.trace, self.asked, self.marks = trace, asked, {}
        self.entered, self.meant = {}, {}
        # A number with a unit was worked out all the same: one goes on from what is before it.
        self.asked_for = {
            key for key, a in asked.items() if a.value is not None or not re.search(r"\d", a.text)
        }

    def judge(self, step):
        answer = self.asked[step.key]
        if answer.is_blank:
            return self._mark(step, "blank", "No answer.")
        if answer.value is None:
            return self._mark(
                step, "not a number", "Not a number. Write one number, like 0.25 or 0,25."
            )
        mark, value = self._compared(step, answer)
        self.entered[step.key], self.meant[step.key] = answer.value, value
        return mark

    def _compared(self, step, answer):
        """Return the mark of a number, and what the number stands for."""
        value = answer.value
        right = agrees(value, step.value, step)
        if right and matches(answer, step.value, step):
            return self._mark(step, "right", "Right."), step.value
        near = self._nearest(step)
        followed = self._followed(step, near) if self._carry(near) else {}
        if right:
            return self._mark(step, "right", "Right."), self._meant(step, answer, followed)
        for result, by in followed.items():
            if agrees(value, result, step) and value:
                sentence = f"It follows from {_yours(self._not_right(by) or by)}."
                mark = self._mark(step, "follow-through", sentence, carried=self._not_right(by))
                return mark, self._meant(step, answer, followed, result)
        carried = self._not_right(near)
        found = self._slips(step, answer)
        if found:
            sentence = f"This is {explained(found.values(), step)}"
            codes = tuple(found)
            mark = self._mark(step, "slip", sentence, codes=codes, carried=carried)
            result = next(iter(found.values())).values[step.key]
            return mark if value else replace(mark, share=Fraction(0)), result
        for result in (step.value, *followed):
            if too_few_digits(value, result, answer.digits, step) and _moved(answer, step):
                sentence = f"Right as far as it goes. {more_digits(step)}"
                return self._mark(step, "rounded early", sentence, carried=carried), result
        for known in self._knowns():
            for words, result in roundings(step, known).items():
                if matches(answer, result, step) and _moved(answer, step):
                    sentence = f"This is {words}"
                    return self._mark(step, "rounded early", sentence, carried=carried), result
        sentence = "Not it, and no slip that we know leads to it."
        if empty := [key for key in near if not self._carry([key])]:
            sentence += (
                f" Nothing could follow from {_yours(empty)}: it is empty, zero, or far too large."
            )
        return self._mark(step, "wrong", sentence, carried=carried), value

    def _mark(self, step, verdict, sentence, codes=(), carried=()):
        answer = self.asked[step.key]
        return Mark(step, answer, verdict, SHARES[verdict], sentence, codes, carried)

    def _nearest(self, step, known=(), without=()):
        """Return the answers that a step is made of directly, where some more or less is known."""
        stops = {*self.asked_for, *known} - {*without}
        way = ancestors(self.trace.recipe, step.key, stops)
        parents = {parent for key in way for parent in self.trace.recipe[key][1]}
        return [key for key in self.marks if key in parents & stops]

    def _carry(self, keys):
        """Tell whether answers may be gone on with: not a blank, a zero or an overflow."""
        return all(0 < abs(self.entered.get(key, 0)) < HUGE for key in keys)

    def _knowns(self):
        """Return what the student may have gone on with; a zero stands for nothing."""
        return [
            {key: value for key, value in known.items() if self._carry([key])}
            for known in (self.meant, self.entered)
        ]

    def _not_right(self, keys):
        return tuple(key for key in keys if self.marks[key].verdict != "right")

    def _meant(self, step, answer, followed, result=None):
        """Find the number with all digits that an answer was written for.

        Where it is no more than near to the result, a slip or an earlier answer may have moved
        it a little; a difference like ŷ − y makes that large again.
        """
        result = step.value if result is None else result
        if matches(answer, result, step):
            return result
        others = [other for other in followed if matches(answer, other, step)]
        others += [strike.values[step.key] for strike in self._slips(step, answer).values()]
        return others[0] if others else result

    def _followed(self, step, near):
        """Work out what follows from the student's own numbers, and from which of them."""
        found = {}
        # Who made a mistake in one box may have left it behind in the next.
        left = {key for key in self._not_right(near) if self.marks[key].share < 1}
        before = self._nearest(step, without=left)
        for known in self._knowns():
            found.setdefault(evaluate(self.trace.rules, known)[step.key], near)
            if left and before and self._carry(before):
                others = {key: value for key, value in known.items() if key not in left}
                found.setdefault(evaluate(self.trace.rules, others)[step.key], before)
            if step.k and step.symbol.startswith("dC/d"):
                found.setdefault(self._along_paths(step, known), near)
                shared = self._shared_beginnings(step, known)
                begun = {**known, **{beginning: known[key] for beginning, key in shared.items()}}
                by = [*shared.values(), *self._nearest(step, shared)]
                found.setdefault(evaluate(self.trace.rules, begun)[step.key], by)
        return found

    def _shared_beginnings(self, step, known):
        """Find where ∂C/∂b is known for ∂C/∂z: the same number, and the beginning of a chain."""
        way = set(ancestors(self.trace.recipe, step.key, self.asked_for))
        slopes = [(symbol, k) for symbol, k in known if symbol.startswith("dC/db")]
        begun = {(symbol.replace("dC/db", "dC/dz"), k): (symbol, k) for symbol, k in slopes}
        return {beginning: key for beginning, key in begun.items() if beginning in way}

    def _along_paths(self, step, known):
        """Multiply the student's own links along each path, and add the paths."""
        paths = self.trace.paths(*step.key)
        links = {link.key for path in paths for link in path}
        only = {key: v for key, v in known.items() if key in links or key[0][0] in "za"}
        values = evaluate(self.trace.rules, only)
        return add(math.prod(values[link.key] for link in path) for path in paths)

    def _slips(self, step, answer):
        """Return the strikes that lead to an answer, by the code of their slip."""
        found = {}
        for known in self._knowns():
            without = evaluate(self.trace.rules, known)[step.key]
            for strike in strikes(step, known):
                value = strike.values[step.key]
                # A minus that is not there cannot be lost.
                if value != without and matches(answer, value, step):
                    found.setdefault(strike.slip.code, strike)
        return found


def matches(answer, value, step):
    """Tell whether a number was written for this value: the digits that were given agree.

    Fewer than four agree by chance. So 0.69 is read as 0.6900: who rounds leaves zeros out.
    Of a new parameter there must be enough digits to see its change.
    """
    if not math.isfinite(value):
        return False
    off = abs(answer.value - value)
    if off <= 1e-9 * abs(value):
        return True
    if not answer.value:
        return False
    half = 0.5000001 * written.last_place(answer.value, max(answer.digits, 4))
    return off <= half <= TOLERANCE * abs(value - old_value(step))


def _moved(answer, step):
    """Tell whether a number says something: not 0, nor an old parameter for a new one."""
    if step.operation != "sum" or not answer.value:
        return bool(answer.value)
    old = old_value(step)
    return notation.number(answer.value, answer.digits) != notation.number(old, answer.digits)


def _yours(keys):
    return "your own " + " and ".join(said(*key) for key in keys[-3:])


def _charged_once(marks):
    """Give back what a slip costs at all its strikes but the dearest.

    Where several slips explain an answer, it is charged to the one that makes the paper cost
    least.
    """
    struck = sorted(
        (key for key, mark in marks.items() if mark.codes), key=lambda key: marks[key].share
    )
    charged = _cheapest([(key, marks[key].codes, 1 - marks[key].share) for key in struck])[1]
    for key in struck:
        if key not in charged and marks[key].answer.value:  # a zero earns nothing anywhere
            sentence = f"{marks[key].sentence} It costs once, and did so elsewhere."
            marks[key] = replace(marks[key], share=Fraction(1), sentence=sentence)
    return marks


def _cheapest(struck, paid=frozenset()):
    """Choose which strikes to charge: (what they cost, their keys). The dearest come first."""
    for place, (key, codes, loss) in enumerate(struck):
        if paid.isdisjoint(codes):
            rest = struck[place + 1 :]
            elsewhere = {code for _, others, _ in rest for code in others}
            # Codes that explain nothing else are all the same to the paper: one of them will do.
            choices = [code for code in codes if code in elsewhere] or codes[:1]
            found = [_cheapest(rest, paid | {code}) for code in choices]
            cost, charged = min(found, key=lambda choice: choice[0])
            return cost + loss, {key} | charged
    return 0, set()
