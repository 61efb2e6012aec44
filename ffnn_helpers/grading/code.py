"""The functions that students write: with what they are tried, and what the results are worth.

The numbers come from sheets that nobody has. A wrong result is explained as a wrong answer on
paper is: by the catalogue of slips.
"""

import json
import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from ffnn_helpers.causes import old_value
from ffnn_helpers.homework import label
from ffnn_helpers.marking import SHARES, judge
from ffnn_helpers.network import Network
from ffnn_helpers.notation import parameters
from ffnn_helpers.sheets import sheet
from ffnn_helpers.steps import Trace, trace

UNEXPLAINED = {"right": "close, but not exact.", "not a number": "there is NaN, or infinity."}
EXACT = 1e-6  # relative: code does not round
GROUPS = {
    "the output bias": ("b^2_1",),
    "the output weights": ("w^2_{1,1}", "w^2_{1,2}"),
    "the hidden biases": ("b^1_1", "b^1_2"),
    "the hidden weights": ("w^1_{1,1}", "w^1_{1,2}", "w^1_{2,1}", "w^1_{2,2}"),
}


@dataclass(frozen=True)
class Call:
    """One call of a student's function, and what should come back.

    Attributes
    ----------
    tried : str
        What is special about it.
    arguments : list
        Numbers, and lists that become arrays.
    shape : tuple of int
        Of the result.
    keys : list of (str, int or None)
        What the numbers of the result are, in their order.
    truth : Trace
    known : dict
        What was given to the function, where the way to the result begins.
    """

    tried: str
    arguments: list
    shape: tuple
    keys: list
    truth: Trace
    known: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What is marked on its own: a share of the points of a function, and why."""

    what: str
    share: Fraction
    sentence: str
    codes: tuple = ()

    @property
    def verdict(self):
        return "right" if self.share == 1 else "slip" if self.codes else "wrong"


def _sigmoid_calls(student):
    for tried, z, shape in [
        ("a single number", 0.7, ()),
        ("an array", [[-1.3, 0.4, 2.1], [0.9, -0.2, -2.6]], (2, 3)),
        ("numbers far from 0", [-800.0, -30.0, 30.0, 800.0], (4,)),
    ]:
        numbers = np.ravel(z).tolist()
        K = len(numbers)
        truth = trace(Network((1, 1), [1, 0]), [[n] for n in numbers], [0.5] * K, eta=1)
        known = {("z^1_1", k): n for k, n in enumerate(numbers, start=1)}
        yield Call(tried, [z], shape, [("a^1_1", k) for _, k in known], truth, known)


def _batches(student):
    """Make batches of three, one and five observations, from sheets that nobody has."""
    a, b, c = (sheet("hw3_mini_batch_step", f"{student} {n}", course="unseen") for n in "abc")
    for tried, one, x, y in [
        ("three observations", a, a.x, a.y),
        ("one observation", b, b.x[:1], b.y[:1]),
        ("five observations", c, c.x + a.x[:2], c.y + a.y[:2]),
    ]:
        theta, targets = one.network.theta.tolist(), [target for (target,) in y]
        yield tried, theta, x, targets, one.eta, trace(one.network, x, y, one.eta)


def _forward_calls(student):
    for tried, theta, x, _, _, truth in _batches(student):
        keys = [("a^2_1", k) for k in range(1, len(x) + 1)]
        yield Call(tried, [theta, x], (len(x),), keys, truth)


def _gradient_calls(student):
    keys = [(f"dC/d{name}", None) for name in parameters((2, 2, 1))]
    for tried, theta, x, y, _, truth in _batches(student):
        yield Call(tried, [theta, x, y], (9,), keys, truth)


def _step_calls(student):
    keys = [(f"new {name}", None) for name in parameters((2, 2, 1))]
    for tried, theta, x, y, eta, truth in _batches(student):
        yield Call(tried, [theta, x, y, eta], (9,), keys, truth)


CALLS = {
    "sigmoid": _sigmoid_calls,
    "forward": _forward_calls,
    "gradient": _gradient_calls,
    "step": _step_calls,
}

PROBE = """
def _try_functions():
    import json, sys
    import numpy
    import ffnn_helpers

    def refuse(*arguments, **keywords):
        raise RuntimeError("In homework your own function does the work; this one is at rest.")

    ffnn_helpers.Network.gradient = ffnn_helpers.Network.step = refuse
    ffnn_helpers.trace = ffnn_helpers.steps.trace = refuse
    if NAME == "forward":  # it is told to use it; a mistake in one function costs once
        globals()["sigmoid"] = ffnn_helpers.sigmoid
    for name in ("autograd", "jax", "torch", "tensorflow", "micrograd"):
        sys.modules[name] = None

    def numbers(value):
        array = numpy.asarray(value, dtype=float)
        return {"shape": array.shape, "values": array.ravel()[:100].tolist()}

    results = []
    for arguments in json.loads(ARGUMENTS):
        arguments = [numpy.array(a, dtype=float) if isinstance(a, list) else a for a in arguments]
        try:
            results.append(numbers(FUNCTION(*arguments)))
        except Exception as error:
            results.append({"error": f"{type(error).__name__}: {error}"[:200]})
    with open(REPLY, "w") as file:
        json.dump(results, file)

_try_functions()
"""


def probe(name, student, reply):
    """Write the cell that calls a student's function and leaves its results in a file."""
    arguments = json.dumps([call.arguments for call in CALLS[name](student)])
    return (
        PROBE.replace("ARGUMENTS", repr(arguments))
        .replace("FUNCTION", name)
        .replace("NAME", repr(name))
        .replace("REPLY", repr(reply))
    )


def try_out(name, student, results):
    """Mark a student's function by what its calls brought back.

    Parameters
    ----------
    name : str
        A key of `CALLS`.
    student : str
    results : list or None
        What the probe wrote; it was made in the student's kernel, so it may be anything.

    Returns
    -------
    list of Row
        Each is worth the same part of the points.
    """
    calls = list(CALLS[name](student))
    if not isinstance(results, list) or len(results) != len(calls):
        results = [None] * len(calls)
    found = {}
    for call, result in zip(calls, results, strict=True):
        for key, share, sentence, codes in _compared(call, result):
            what = _group(key[0]) or call.tried
            found.setdefault(what, []).append((call.tried, share, sentence, codes))
    return [_row(what, found[what]) for what in found]


def _group(symbol):
    parameter = symbol.removeprefix("dC/d").removeprefix("new ")
    return next((group for group, names in GROUPS.items() if parameter in names), None)


def _compared(call, result):
    """Yield the key, share, sentence and slips of each number of one call."""
    fault = _fault(call, result)
    if fault:
        for key in call.keys:
            yield key, Fraction(0), f"With {call.tried}: {fault}", ()
        return
    values = dict(zip(call.keys, result["values"], strict=True))
    for key, verdict in judge({**call.known, **values}, call.truth).items():
        if key in call.known:
            continue
        where = f"With {call.tried}, {label(*key)}:"
        exact = _is_exact(verdict.answer, call.truth[key])
        if exact:
            yield key, Fraction(1), "Right.", ()
        elif verdict.verdict == "slip":
            yield key, SHARES["slip"], f"{where} {verdict.sentence}", verdict.codes
        else:
            words = UNEXPLAINED.get(verdict.verdict, verdict.sentence)
            yield key, Fraction(0), f"{where} {words}", ()


def _fault(call, result):
    """Say what is wrong with a result before one looks at its numbers; None if nothing is."""
    if not isinstance(result, dict):
        return "There is no result."
    if "error" in result:
        return f"It stopped with {result['error']!s:.200}"
    values, shape = result.get("values"), result.get("shape")
    if not isinstance(values, list) or not isinstance(shape, list):
        return "There is no result."
    if [n for n in shape if n != 1] != [n for n in call.shape if n != 1] or len(values) != len(
        call.keys
    ):
        return f"The result has shape {tuple(shape)!s:.40}; it should be {call.shape}."
    return None


def _is_exact(answer, step):
    if answer.value is None:
        return False
    truth, old = step.value, old_value(step)
    return math.isclose(answer.value - old, truth - old, rel_tol=EXACT, abs_tol=1e-15)


def _row(what, found):
    """Sum up what was found for one row: its share, the first cause, and what went well."""
    share = sum((share for _, share, _, _ in found), Fraction(0)) / len(found)
    wrong = [(sentence, codes) for _, share, sentence, codes in found if share < 1]
    if not wrong:
        return Row(what, share, "Right.")
    sentence, codes = next((one for one in wrong if one[1]), wrong[0])
    failed = {tried for tried, share, _, _ in found if share < 1}
    passed = list(dict.fromkeys(tried for tried, *_ in found if tried not in failed))
    if passed:
        sentence += f" Right with {' and '.join(passed)}."
    return Row(what, share, sentence, codes)
