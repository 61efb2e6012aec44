"""What may have led to a wrong number: a slip, a nudge, a rounding, another quantity.

A cause is worked out, not guessed: each slip is made, on its own, everywhere on the way to the
step, and what follows from it is compared with the number.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from ffnn_helpers import notation
from ffnn_helpers.answers import last_place
from ffnn_helpers.notation import number
from ffnn_helpers.slips import SLIPS, WRONG_OPERATIONS, Slip
from ffnn_helpers.steps import evaluate, recipe

TOLERANCE = 1e-3  # relative: four significant digits always pass
CLOSE = 0.01  # relative: what a nudge, or rounding, may be off by
MANY_PATHS = 100

ROUNDINGS = {
    "to 2 decimals": "rounded to 2 decimals",
    "to 2 decimals, not up to 1": "written with 2 decimals",
    "cut to 2 decimals": "cut off after 2 decimals",
    "to 3 decimals": "rounded to 3 decimals",
}


def causes(value, step):
    """Yield what may have led to a wrong value, the likeliest first; None where a cause does not fit."""
    if step.symbol.startswith("new ") and _is_old_value(value, step):
        yield "the value before the step. How far does it move, and which way?"
    if too_few_digits(value, step.value, _digits(value), step):
        yield f"right as far as it goes. {more_digits(step)}"
    if step.operation == "given":
        yield _which_given(value, step)
        yield "not it. Look for it in the tables of the data and the parameters."
    yield _cut_off(value, step)
    made, (down, up), joined = strikes(step), _nudged(step), _joined_paths(step)
    digits = _digits(value - old_value(step))
    near = [strike for strike in made if strike.symbol in _nearby(step)]
    nudges = _nudges(down, up)
    measured = {**roundings(step), **joined, **_badly_divided(down, up)}
    for fits in (_exactly, _as_written):
        yield _measured(value, step, nudges, fits)
        yield _slip(value, step, made, fits)
        yield _measured(value, step, measured, fits)
    yield _another_quantity(value, step)
    likely = _likely(near, digits, step)
    if _slip(value, step, likely, agrees):
        yield _slip(value, step, made, agrees)
    if _near(value - old_value(step), step.value - old_value(step), CLOSE):
        yield _close(step)
    yield _slip(value, step, made if digits >= 4 else likely, _nearly)
    if digits < 3 and any(_slip(value, step, near, fits) for fits in (_in_few_digits, agrees)):
        return  # two digits that a slip gives as well say nothing about a nudge or a rounding
    yield _measured(value, step, {**nudges, **measured}, _in_few_digits)
    yield _measured(value, step, joined, agrees)
    yield _measured(value, step, measured, _nearly)


# How well a number must agree to be explained. A new parameter is compared by its change.


def _exactly(value, truth, step):
    return _near(value - old_value(step), truth - old_value(step), 1e-9)


def _as_written(value, truth, step):
    return _digits(value) >= 4 and _in_few_digits(value, truth, step)


def _in_few_digits(value, truth, step):
    digits = min(_digits(value), 12)
    if digits < 2 or not math.isfinite(truth):
        return False
    return number(value, digits) == number(truth, digits) and not old_value(step)


def agrees(value, truth, step):
    return _near(value - old_value(step), truth - old_value(step), TOLERANCE)


def _nearly(value, truth, step):
    """Allow one unit of the last digit that was written, and never more than TOLERANCE."""
    if not value or not agrees(value, truth, step):
        return False
    return abs(value - truth) <= last_place(value, _digits(value))


def _near(value, truth, tolerance=TOLERANCE):
    return math.isfinite(truth) and abs(value - truth) <= tolerance * abs(truth)


def old_value(step):
    """Return what a new parameter moves away from; 0 for every other step."""
    return step.parents[0].value if step.operation == "sum" else 0.0


def _is_old_value(value, step):
    before = step.trace[step.symbol.removeprefix("new "), step.k].value
    digits = 12 if _digits(value) < 4 else min(_digits(value), 12)
    return number(value, digits) == number(before, digits)


def _digits(value):
    """Count the significant digits a number was written with."""
    return len(number(abs(value), 12).replace(".", "").strip("0"))


@dataclass(frozen=True)
class Strike:
    """A slip made at one quantity, in every observation, and all that follows from it."""

    slip: Slip
    symbol: str
    values: dict

    @property
    def thought(self):
        return self.slip.thought.format(step=notation.write(self.symbol))


def strikes(step, known=None):
    """Make every slip of the catalogue: at each place on the way to a step, and at all of them.

    Parameters
    ----------
    step : Step
    known : dict, optional
        (symbol, k) to a number that stands in for the step's own, as in `evaluate`. The way
        to the step begins there.

    Returns
    -------
    list of Strike
        Those nearest to the step first.
    """
    trace, known = step.trace, _known(step.trace, known)
    rules = {**trace.recipe, **trace.given, **known}
    K = sum(symbol == "x_1" for symbol, _ in trace.given)
    return [
        Strike(slip, symbol, evaluate(rules, rewritten, WRONG_OPERATIONS))
        for slip, symbol, rewritten in rewrites(trace.sizes, K, step.key, frozenset(known))
    ]


def _known(trace, known):
    """Add what a trace is given in place of what its recipe says: nobody worked it out."""
    given = {key: value for key, value in trace.given.items() if key in trace.recipe}
    return given | (known or {})


@lru_cache(maxsize=1000)  # which rules a slip changes depends on the network's shape alone
def rewrites(sizes, K, key, known):
    """List each way to make a slip on the way to a step.

    Parameters
    ----------
    sizes : tuple of int
    K : int
        Observations in the batch.
    key : tuple of (str, int or None)
        The step.
    known : frozenset of such keys
        Where the way to the step begins.

    Returns
    -------
    list of (Slip, str, dict)
        The slip, the symbol it strikes, and the rules it puts in place of the recipe's.
    """
    steps = recipe(sizes, K)
    on_the_way = {}
    for symbol, k in ancestors(steps, key, known):
        # After the step, what went wrong before it is too far away to be recognised.
        if symbol.startswith("new ") or not key[0].startswith(("new z", "new a", "new C")):
            on_the_way.setdefault(symbol, []).append((symbol, k))
    found, everywhere = [], {}
    for symbol in reversed(on_the_way):
        for slip in SLIPS.values():
            variants = {}
            for struck in on_the_way[symbol]:
                rules = slip.rewrite(struck, *steps[struck], steps)
                for variant, rule in enumerate(rules):
                    variants.setdefault(variant, {})[struck] = rule
            found += [(slip, symbol, rules) for rules in variants.values()]
            if variants:
                everywhere.setdefault(slip.code, []).append((symbol, variants[0]))
    for code, places in everywhere.items():
        # A number borrowed twice would come from a third observation.
        if len(places) > 1 and code != "other-observation":
            together = {struck: rule for _, rules in places for struck, rule in rules.items()}
            found.append((SLIPS[code], places[0][0], together))
    return found


def ancestors(recipe, key, known=()):
    """List the computed keys that a key is made of, itself last, in the recipe's order.

    What is known is not followed further, and not listed.
    """
    reached, to_do = {key}, list(recipe[key][1]) if key in recipe else []
    while to_do:
        parent = to_do.pop()
        if parent in recipe and parent not in reached and parent not in known:
            reached.add(parent)
            to_do += recipe[parent][1]
    return [key for key in recipe if key in reached]


def _ancestors(step):
    return ancestors(step.trace.recipe, step.key)


def _slip(value, step, made, fits):
    """Name the slips that lead to a value: at most three, those made nearest to the step."""
    by_code = {}
    for strike in made:
        if fits(value, strike.values[step.key], step):
            by_code.setdefault(strike.slip.code, strike)
    return explained(by_code.values(), step) if by_code else None


def explained(found, step):
    """Say what leads to a number, three strikes at most, and ask the question that leads on."""
    found = list(found)[:3]
    thoughts = ", or if ".join(strike.thought for strike in found)
    question = found[0].slip.question if len(found) == 1 else _ask_what_decides(found, step)
    return f"what you get if {thoughts}. {question}"


def _ask_what_decides(found, step):
    best = what_decides(found, step)
    if best is None:
        return "Which of them was it?"
    return f"This number alone cannot tell. Check your {named(*best)} first."


def _measured(value, step, measured, fits):
    return next((words for words, found in measured.items() if fits(value, found, step)), None)


def what_decides(found, step):
    """Return the latest earlier quantity that tells the most of some strikes apart.

    Returns
    -------
    tuple of (str, int or None), or None
        None where no earlier quantity tells any of them apart.
    """

    def told_apart(key):
        values = [strike.values[key] for strike in found]
        return sum(not _near(a, b) for a, b in combinations(values, 2))

    first_of_each = {}
    for symbol, k in _ancestors(step)[:-1]:
        first_of_each.setdefault((symbol, k is None), (symbol, k))
    # max() keeps the first of equals, so the latest must come first.
    best = max(reversed(first_of_each.values()), key=told_apart, default=None)
    return best if best and told_apart(best) else None


def _nudges(down, up):
    """Measure a derivative by how far its numerator moves."""
    close = "close. The formula gives it exactly."
    return {
        f"what a nudge of 0.01 both ways gives: {close}": (up - down) / 0.02,
        f"what a nudge of 0.01 one way gives: {close}": up / 0.01,
        f"what a nudge of 0.01 downwards gives: {close}": -down / 0.01,
    }


def _badly_divided(down, up):
    """Make the usual slips with a nudge."""
    return {
        "a nudge both ways, divided by 0.01. How far is it from down to up?": (up - down) / 0.01,
        "a nudge one way, divided by 0.02. How far is it from the middle to up?": up / 0.02,
        "a nudge with its two ends exchanged. Which of them is up?": (down - up) / 0.02,
        "how far a nudge both ways moves it. By what do you divide?": up - down,
        "how far a nudge of 0.01 moves it. By what do you divide?": up,
    }


def _nudged(step):
    """Move what a derivative is taken with respect to by 0.01, down and up; NaN if it is none.

    Returns how far the derivative's numerator moves, each way.
    """
    trace = step.trace
    above, below = notation.split_derivative(step.symbol) or (None, None)
    moved = next((key for key in ((below, step.k), (below, None)) if key in trace), None)
    if moved is None:
        return math.nan, math.nan
    here = trace[moved].value
    down, middle, up = (
        evaluate(trace.recipe, {**trace.given, moved: here + by})[above, step.k]
        for by in (-0.01, 0, 0.01)
    )
    return down - middle, up - middle


def roundings(step, known=None):
    """Round all numbers on the way to a step, or only the activations, in the usual ways.

    Returns
    -------
    dict
        What this is, in words, to the value it leads to.
    """
    steps, known, found = step.trace.recipe, _known(step.trace, known), {}
    exact = evaluate(step.trace.rules, known)[step.key]
    for rounding, words in ROUNDINGS.items():
        for letters, which in (("", "the numbers"), ("a", "the activations")):
            rules = {}
            for symbol, k in _ancestors(step)[:-1]:
                if symbol.startswith(letters):
                    rules[symbol, k] = rounding, (("exact " + symbol, k),)
                    rules["exact " + symbol, k] = known.get((symbol, k), steps[symbol, k])
            given = {**step.trace.given, **known, **rules}
            rounded = evaluate(steps, given, WRONG_OPERATIONS)[step.key]
            if rounded != exact:
                sentence = f"what you get if {which} on the way are {words}. Keep six digits."
                found[sentence] = rounded
    return found


def links(step):
    """Return the links of a derivative along its one path; none where it has several, or is one."""
    paths = _paths(step)
    return paths[0] if len(paths) == 1 and len(paths[0]) > 1 else ()


def _paths(step):
    """Return the paths of a derivative of the cost; none for other steps, or if they are many."""
    if not step.k or not step.symbol.startswith("dC/d"):
        return ()
    if math.prod(step.trace.sizes[1:]) > MANY_PATHS:
        return ()
    return step.trace.paths(step.symbol, step.k)


def _nearby(step):
    """Name where a slip for this step is likely: the step, what it is made of, its links."""
    near = _made_of(step)
    for one in (step, *step.parents):
        near |= {link.symbol for path in _paths(one) for link in path}
    return near


def _made_of(step):
    return {step.symbol, *(parent.symbol for parent in step.parents)}


def _likely(near, digits, step):
    """Choose the strikes that may be recognised: the fewer digits, the more agree by chance.

    Of a new parameter the digits are those of its change.
    """
    if digits >= 3:
        return near
    return [strike for strike in near if digits == 2 and strike.symbol in _made_of(step)]


def _close(step):
    if notation.split_derivative(step.symbol):
        return "close. A nudge, or rounding on the way, gives such a number. Keep six digits."
    if any(parent.operation != "given" for parent in step.parents):
        return "close. Rounding on the way gives such a number. Keep six digits."
    return "close, but not it. Add it up once more."


def _joined_paths(step):
    """Join several paths in the wrong ways."""
    products = [math.prod(factor.value for factor in path) for path in _paths(step)]
    if len(products) < 2:
        return {}
    return {
        "the product of the paths. What does a nudge say?": math.prod(products),
        "the mean of the paths. What does a nudge say?": sum(products) / len(products),
    }


def _another_quantity(value, step):
    """Tell a number that is right, but for something else in the same step."""
    digits = min(_digits(value), 12)
    if digits < 4:
        return None
    for symbol, k in step.trace.recipe:
        if symbol == step.symbol or k not in (step.k, None):
            continue
        if number(value, digits) == number(step.trace[symbol, k].value, digits):
            return f"{notation.write(symbol)}, and {notation.write(step.symbol)} is asked."
    return None


def _cut_off(value, step):
    """Tell a number that the right one is cut to, but not rounded, after two or three digits."""
    if not math.isfinite(step.value):
        return None
    for decimals in range(2, 7):
        cut = math.trunc(step.value * 10**decimals) / 10**decimals
        if value == cut and _digits(value) in (2, 3):
            return (
                "what you get if the right number is cut off, not rounded. Rounding on the way may"
                f" give it too. {more_digits(step)}"
            )
    return None


def _which_given(value, step):
    """Tell a number that stands in the tables, but under another name."""
    given = step.trace.given
    names = [said(*key) for key in given if given[key] == value]
    if not names:
        return None
    return f"{' or '.join(names)}, and {said(*step.key)} is asked."


def said(symbol, k):
    return notation.write(symbol) + (f" of observation {k}" if k else "")


def named(symbol, k):
    return said(symbol, k) if k else said(symbol, k) + " of the batch"


def too_few_digits(value, truth, digits, step):
    """Tell a right number that was written with too few digits from a wrong one."""
    if digits == 1 and not _near(value, truth, 0.06):  # 3 says little about 3.4
        return False
    most = 12 if step.operation == "sum" else 4
    return 0 < digits <= most and number(value, digits) == number(truth, digits)


def more_digits(step):
    if step.operation == "sum":
        return "Give enough digits to see how far it moved from its old value."
    return "Give four significant digits: later steps need them."
