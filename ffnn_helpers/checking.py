"""check() and hint(): the verdict in words, and never the answer."""

import math
from dataclasses import dataclass
from itertools import combinations
from textwrap import fill

from ffnn_helpers import notation
from ffnn_helpers.notation import number, number_as_given
from ffnn_helpers.slips import SLIPS, Slip
from ffnn_helpers.steps import evaluate

TOLERANCE = 1e-3  # relative: four significant digits always pass

ROUNDINGS = {
    "to 2 decimals": "rounded to 2 decimals",
    "to 2 decimals, not up to 1": "rounded to 2 decimals",
    "cut to 2 decimals": "cut off after 2 decimals",
    "to 3 decimals": "rounded to 3 decimals",
}


def check(answer, step, guess=None):
    """Say whether a number is right, and if not, which thought leads to it.

    Parameters
    ----------
    answer : float
        The learner's number; ``...`` where there is none yet.
    step : Step
        The quantity it should be, like ``handout.trace["z^1_2", 1]``.
    guess : float, optional
        What the learner guessed before working it out.

    Notes
    -----
    Right means within 1e-3 of the truth, relative; a new parameter is judged by its change.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> check(..., handout.trace["z^1_2", 1])
    z₂¹: nothing here yet. Replace the ... with your number.
    >>> check(4.5, handout.trace["z^1_2", 1])
    4.5 is what you get if the bias is left out of z₂¹. Which term of the sum does not care
    about the inputs?
    >>> check(5.5, handout.trace["z^1_2", 1], guess=3)
    Right. You guessed 3.
    """
    print(fill(verdict(answer, step, guess), width=88))


def hint(step, level=1):
    """Help with one step, a little more at each level.

    Parameters
    ----------
    step : Step
    level : {1, 2, 3}
        1 says what kind of step it is, 2 shows the formula, 3 asks a smaller question.

    Raises
    ------
    ValueError
        If there is no such level.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> hint(handout.trace["z^1_2", 1])
    z₂¹ is a weighted sum: each input times its weight, all added up, then the bias.
    For more help: level=2.
    """
    if level not in (1, 2, 3):
        raise ValueError(f"level is {level!r}; hints have level 1, 2 and 3.")
    name = notation.write(step.symbol)
    if step.operation == "given" or level == 1:
        print(f"{name} is {KINDS[step.operation]}")
    elif level == 2:
        print(f"{name} = {step.formula}")
    else:
        print(_smaller_question(step))
    if step.operation != "given" and level < 3:
        print(f"For more help: level={level + 1}.")


KINDS = {
    "given": "given. Look for it in the tables of the data and the parameters.",
    "weighted sum": "a weighted sum: each input times its weight, all added up, then the bias.",
    "sigmoid": "what σ makes of the neuron's z.",
    "squared error": "the squared error: how far the output is from the true value, squared.",
    "error slope": "how fast the squared error grows with the output: the derivative of a square.",
    "sigmoid slope": "the slope of σ at the neuron's z. It can be had from a alone.",
    "equal": "the derivative of a product, where one factor varies and the other holds still.",
    "one": "the derivative of a sum with respect to a term that stands in it alone.",
    "product": "a chain: the slope so far, times one more link.",
    "sum of products": "a sum over the paths: one product for each neuron that comes after.",
    "mean": "the mean over the observations of the batch.",
    "change": "how far the parameter moves: η times the slope, downhill.",
    "sum": "the old value and its change.",
}


def verdict(answer, step, guess=None):
    """Return the sentence that `check` prints."""
    name = notation.write(step.symbol)
    if _is_blank(answer):
        return f"{name}: nothing here yet. Replace the ... with your number."
    value = _as_number(answer)
    if value is None:
        return f"{name}: {_shown(answer)} is not a number. Put in one number, like 0.25."
    shown = _shown(answer)
    if _agrees(value, step.value, step):
        return "Right." if _is_blank(guess) else f"Right. You guessed {_shown(guess)}."
    if step.symbol.startswith("new ") and _agrees_as_written(value, _before(step)):
        return f"{shown} is the value before the step. How far does it move, and which way?"
    if _too_few_digits(value, step):
        return f"{name}: {shown} is right as far as it goes. {_more_digits(step)}"
    if step.operation == "given":
        return _which_given(value, step) or f"{name}: {shown} is not it. {_smaller_question(step)}"
    made = strikes(step)
    return (
        _cut_off(value, step)
        or _nudge(value, step)
        or _slip(value, step, made, 1e-9)  # a number with many digits names its slip exactly
        or _rounded_early(value, step)
        or _slip(value, step, made, TOLERANCE)
        or _nudge_badly_divided(value, step)
        or f"{name}: {shown} is not it, and no usual slip leads there. {_smaller_question(step)}"
    )


@dataclass(frozen=True)
class Strike:
    """A slip made at one quantity, in every observation, and all that follows from it."""

    slip: Slip
    symbol: str
    values: dict

    @property
    def thought(self):
        return self.slip.thought.format(step=notation.write(self.symbol))


def strikes(step):
    """Make every slip of the catalogue, once at each place it can strike on the way to a step.

    Parameters
    ----------
    step : Step

    Returns
    -------
    list of Strike
        Those nearest to the step first.
    """
    trace = step.trace
    on_the_way = {}
    for key in _ancestors(step):
        on_the_way.setdefault(key[0], []).append(key)
    found = []
    for symbol in reversed(on_the_way):
        for slip in SLIPS.values():
            variants = {}
            for key in on_the_way[symbol]:
                rules = slip.rewrite(key, *trace.recipe[key], trace.recipe)
                for variant, rule in enumerate(rules):
                    variants.setdefault(variant, {})[key] = rule
            for rules in variants.values():
                values = evaluate(trace.recipe, {**trace.given, **rules})
                found.append(Strike(slip, symbol, values))
    return found


def _ancestors(step):
    """Return the computed keys that a step is made of, itself last, in the recipe's order."""
    recipe, reached, to_do = step.trace.recipe, set(), [step.key]
    while to_do:
        key = to_do.pop()
        if key in recipe and key not in reached:
            reached.add(key)
            to_do += recipe[key][1]
    return [key for key in recipe if key in reached]


def _slip(value, step, made, tolerance):
    """Name the slips that lead to a value: at most three, those made nearest to the step."""
    by_code = {}
    for strike in made:
        if _agrees(value, strike.values[step.key], step, tolerance):
            by_code.setdefault(strike.slip.code, strike)
    found = list(by_code.values())[:3]
    if not found:
        return None
    thoughts = ", or if ".join(strike.thought for strike in found)
    question = found[0].slip.question if len(found) == 1 else _what_decides(found, step)
    return f"{_shown(value)} is what you get if {thoughts}. {question}"


def _what_decides(found, step):
    """Name the latest earlier quantity that tells the most of the slips found apart."""

    def told_apart(key):
        values = [strike.values[key] for strike in found]
        return sum(not _near(a, b) for a, b in combinations(values, 2))

    first_of_each = {}
    for symbol, k in _ancestors(step)[:-1]:
        first_of_each.setdefault((symbol, k is None), (symbol, k))
    # max() keeps the first of equals, so the latest must come first.
    best = max(reversed(first_of_each.values()), key=told_apart, default=None)
    if best is None or not told_apart(best):
        return "Which of them was it?"
    return f"This number alone cannot tell. Check your {_named(*best)} first."


def _rounded_early(value, step):
    """Tell a number that comes from rounded ones, all of them or only the activations."""
    recipe, given = step.trace.recipe, step.trace.given
    for rounding, words in ROUNDINGS.items():
        for letters in ("", "a"):
            rules = {}
            for symbol, k in _ancestors(step)[:-1]:
                if symbol.startswith(letters):
                    rules[symbol, k] = rounding, (("exact " + symbol, k),)
                    rules["exact " + symbol, k] = recipe[symbol, k]
            rounded = evaluate(recipe, {**given, **rules})[step.key]
            as_written = _digits(value) > 1 and _agrees_as_written(value, rounded)
            if _agrees(value, rounded, step, 1e-5) or (as_written and not _old(step)):
                return (
                    f"{_shown(value)} is what you get if the numbers on the way are {words}."
                    " Keep at least six digits until the end."
                )
    return None


def _cut_off(value, step):
    """Tell a right number that was cut, not rounded, after two or three digits."""
    for decimals in range(2, 7):
        cut = math.trunc(step.value * 10**decimals) / 10**decimals
        if value == cut and _digits(value) in (2, 3):
            return (
                f"{_shown(value)} is cut off, not rounded. Give four significant digits:"
                " later steps need them."
            )
    return None


def _nudge(value, step):
    """Tell a derivative that was measured, not worked out."""
    down, up = _nudged(step)
    close = "close. The formula gives it exactly."
    return _first_that_fits(
        value,
        {
            f"what a nudge of 0.01 both ways gives: {close}": (up - down) / 0.02,
            f"what a nudge of 0.01 one way gives: {close}": up / 0.01,
            f"what a nudge of 0.01 downwards gives: {close}": -down / 0.01,
        },
    )


def _nudge_badly_divided(value, step):
    down, up = _nudged(step)
    return _first_that_fits(
        value,
        {
            "a nudge both ways, divided by 0.01. How far is it from down to up?": (up - down) / 0.01,
            "how far a nudge both ways moves it. By what do you divide?": up - down,
            "how far a nudge of 0.01 moves it. By what do you divide?": up,
        },
    )


def _nudged(step):
    """Move what a derivative is taken with respect to, by 0.01 down and up; say what follows."""
    trace = step.trace
    above, below = notation.split_derivative(step.symbol) or (None, None)
    moved = next((key for key in ((below, step.k), (below, None)) if key in trace), None)
    if moved is None:
        return math.nan, math.nan
    here = trace[moved].value
    down, up = (
        evaluate(trace.recipe, {**trace.given, moved: here + by})[above, step.k]
        for by in (-0.01, 0.01)
    )
    return down - trace[above, step.k].value, up - trace[above, step.k].value


def _first_that_fits(value, measured):
    for words, found in measured.items():
        as_written = _digits(value) > 1 and math.isfinite(found) and _agrees_as_written(value, found)
        if _near(value, found, 1e-5) or as_written:
            return f"{_shown(value)} is {words}"
    return None


def _which_given(value, step):
    """Tell a number that stands in the tables, but under another name."""
    given = step.trace.given
    names = [notation.write(symbol) for (symbol, _), number_ in given.items() if number_ == value]
    if not names:
        return None
    return f"{_shown(value)} is {' or '.join(dict.fromkeys(names))}. Read the symbol aloud."


def _smaller_question(step):
    if step.operation == "equal":
        above, below = map(notation.write, notation.split_derivative(step.symbol))
        return f"Write {above} out as a sum. What stands beside {below} in it?"
    computed = [parent for parent in step.parents if parent.operation != "given"]
    if computed:
        return f"Take one step back: what do you have for {_named(*computed[0].key)}?"
    if step.parents:
        names = ", ".join(notation.write(parent.symbol) for parent in step.parents)
        return f"Which numbers of the tables stand for {names}?"
    return f"{notation.write(step.symbol)} is {KINDS[step.operation]}"


def _named(symbol, k):
    return notation.write(symbol) + (f" of observation {k}" if k else " of the batch")


def _agrees(value, truth, step, tolerance=TOLERANCE):
    """Compare two numbers for a step: a new parameter by its change, all else as it is."""
    return _near(value - _old(step), truth - _old(step), tolerance)


def _old(step):
    return step.parents[0].value if step.operation == "sum" else 0.0


def _before(step):
    return step.trace[step.symbol.removeprefix("new "), step.k].value


def _near(value, truth, tolerance=TOLERANCE):
    return abs(value - truth) <= tolerance * abs(truth)


def _too_few_digits(value, step):
    """Tell a right number that was written with too few digits from a wrong one."""
    most = 12 if step.operation == "sum" else 4
    return _digits(value) <= most and _agrees_as_written(value, step.value)


def _agrees_as_written(value, truth):
    """Compare two numbers to the digits that the first was written with."""
    digits = min(_digits(value), 12)
    return number(value, digits) == number(truth, digits) if digits else value == truth


def _digits(value):
    """Count the significant digits a number was written with."""
    return len(number_as_given(abs(value)).replace(".", "").strip("0"))


def _more_digits(step):
    if step.operation == "sum":
        return "Give enough digits to see how far it moved from its old value."
    return "Give four significant digits: later steps need them."


def _is_blank(answer):
    return answer is None or answer is ... or (isinstance(answer, str) and not answer.strip())


def _as_number(answer):
    """Return a finite float, or None: True, 1j, text and lists are no numbers."""
    if hasattr(answer, "item") and getattr(answer, "size", 1) == 1:
        answer = answer.item()
    if isinstance(answer, (bool, str, bytes, complex)):
        return None
    try:
        value = float(answer)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if abs(value) < float("inf") else None


def _shown(answer):
    value = _as_number(answer)
    return f"{answer!r:.40}" if value is None else number(value, digits=6)
