"""Tables of steps that read as the handout does, in the page and in plain text.

`table` shows chosen quantities, one a row; `chain` shows one derivative as the product of its
factors. Both can leave values open, for a learner to fill in.
"""

import math
import re
from numbers import Integral

from ffnn_helpers.arguments import brief
from ffnn_helpers.notation import (
    canonical,
    number,
    number_as_given,
    parameters,
    read_number,
    split_derivative,
    write,
)
from ffnn_helpers.operations import OPERATIONS, add, write_product, write_sum
from ffnn_helpers.steps import Trace
from ffnn_helpers.steps import trace as trace_step
from ffnn_helpers.tables import BLANK, Cell, Table

PARTS = {
    "forward": "The forward pass",
    "cost": "The cost of each observation, and their mean",
    "factors": "The factors of the chain rule",
    "derivatives": "The derivatives of the cost, observation by observation",
    "mean": "Their means over the batch: the gradient",
    "change": "The change of each parameter",
    "new": "The parameters after the step",
    "after": "The same observations after the step",
}


def table(trace, selection, *, observations=None, blank=(), caption=None):
    """Show quantities of a step, one a row, with a column for each observation.

    Parameters
    ----------
    trace : Trace or Sheet
    selection : str, or sequence of str or (str, int)
        Symbols, like ``["z^1_1", "a^1_1"]``: each with its observations, and its mean over
        the batch where it has one; (symbol, k) is one of them only, with k None the mean.
        Or one part of the step: "data", "parameters", "forward", "cost", "factors",
        "derivatives", "mean", "change", "new", "after"; or "update", each parameter
        before the step, its derivative, its change, and after.
    observations : sequence of int, optional
        Show only these, counted from 1, and no means over the batch beside them.
    blank : "all", or sequence of str or (str, int)
        Quantities whose value is left open. Where another line needs such a value, its
        symbol stands there. "all" leaves every value open that is not given.
    caption : str, optional

    Returns
    -------
    Table

    Raises
    ------
    KeyError
        If the trace has no such symbol or observation.
    ValueError
        If nothing is selected.

    Examples
    --------
    >>> from ffnn_helpers.sheets import handout
    >>> table(handout.trace, ["z^1_1", "a^1_1"], observations=[1], blank=["a^1_1"])
    Worked lines
    <BLANKLINE>
    quantity  formula                    observation 1
    --------  -------------------------  ----------------------------
    z₁¹       w₁,₁¹ x₁ + w₁,₂¹ x₂ + b₁¹  0.2(10) + 0.9(−5) + 1 = −1.5
    a₁¹       σ(z₁¹)                     σ(−1.5) ≈ ?
    """
    given_only = isinstance(selection, str) and selection in ("data", "parameters")
    trace = _trace_of(trace, given_only)
    hidden = _hidden(trace, blank)
    if isinstance(selection, str) and selection in ARRANGED:
        return ARRANGED[selection](trace, hidden, caption)
    if isinstance(selection, str) and selection in PARTS:
        caption = caption or PARTS[selection]
        keys = [key for key in trace if _part(trace, *key) == selection]
    else:
        keys = [key for item in _items(selection) for key in _keys(trace, item)]
    if observations is not None:
        chosen = _chosen(trace, observations)
        keys = [(s, k) for s, k in keys if k in chosen or not _has(trace, s, 1)]
    if not keys:
        raise ValueError('Nothing is selected; name symbols or a part, like table(t, "forward").')
    return _worked_lines(trace, keys, hidden, caption or "Worked lines")


def chain(trace, symbol, k, *, blank=(), caption=None):
    """Show one derivative of the cost as the product of its factors (handout, equation 7).

    Where several paths lead to it, each has its product, and their sum stands beneath.

    Parameters
    ----------
    trace : Trace or Sheet
    symbol : str
        A derivative of the cost, like ``dC/dw^1_{2,1}``.
    k : int
        The observation, from 1.
    blank : "all", or sequence of str or (str, int)
        As in `table`; "path 1" is the product along the first of several paths.
    caption : str, optional

    Returns
    -------
    Table

    Raises
    ------
    KeyError
        If the trace has no such symbol or observation.
    ValueError
        If the symbol is no derivative of the cost for one observation.

    Examples
    --------
    >>> from ffnn_helpers.sheets import handout
    >>> chain(handout.trace, "dC/db^2_1", 1, blank=["dC/db^2_1"])
    ∂C/∂b₁² for observation 1, factor by factor
    <BLANKLINE>
    factor     formula                          numbers
    ---------  -------------------------------  ---------------------------
    ∂C/∂a₁²    2(a₁² − y₁)                      2(0.82 − 0.5) ≈ 0.64
    ∂a₁²/∂z₁²  a₁²(1 − a₁²)                     0.82(1 − 0.82) ≈ 0.1476
    ∂z₁²/∂b₁²  1                                1
    ∂C/∂b₁²    ∂C/∂a₁² · ∂a₁²/∂z₁² · ∂z₁²/∂b₁²  0.639959 · 0.147613 · 1 ≈ ?
    """
    trace = _trace_of(trace)
    paths = trace.paths(symbol, k)
    symbol, name = trace[symbol, k].symbol, write(trace[symbol, k].symbol)
    numbered = [f"path {n}" for n in range(1, len(paths) + 1)]
    hidden = _hidden(trace, blank, also=[(path, k) for path in numbered])
    rows, products = [], []
    for path, path_name in zip(paths, numbered):
        rows += [_worked_row({k: factor}, [k], hidden) for factor in path]
        factors = [(factor.key, write(factor.symbol), factor.value) for factor in path]
        total = ((symbol, k), name) if len(paths) == 1 else ((path_name, k), path_name)
        rows.append(_combined_row(*total, "product", factors, hidden))
        products.append((*total, math.prod(factor.value for factor in path)))
    if len(paths) > 1:
        rows.append(_combined_row((symbol, k), name, "sum", products, hidden))
    caption = caption or f"{name} for observation {k}, factor by factor"
    return Table(caption, ["factor", "formula", "numbers"], rows)


def worked(step, hidden=frozenset()):
    """Write what stands behind a step's symbol: its numbers, and what they make.

    Parameters
    ----------
    step : Step
    hidden : set of (str, int)
        Keys whose value must not be seen.

    Returns
    -------
    str

    Examples
    --------
    >>> from ffnn_helpers.sheets import handout
    >>> worked(handout.trace["z^2_1", 1])
    '0.1(0.1824) + 0.5(0.9959) + 1 ≈ 1.516'
    >>> worked(handout.trace["z^2_1", 1], hidden={("a^1_2", 1)})
    '0.1(0.1824) + 0.5 a₂¹ + 1 ≈ 1.516'
    """
    line, value = step.substituted, step.written()
    open_parents = [parent for parent in step.parents if parent.key in hidden]
    if open_parents:
        operands = [
            write(parent.symbol) if parent.key in hidden else parent.written()
            for parent in step.parents
        ]
        line = OPERATIONS[step.operation].write(operands)
    # What only repeats an open value, as ∂C/∂b repeats ∂C/∂z, must not tell it.
    if step.key in hidden or value in [parent.written() for parent in open_parents]:
        return BLANK if line == value else f"{line} {step.sign} {BLANK}"
    return value if line == value else f"{line} {step.sign} {value}"


def _worked_lines(trace, keys, hidden, caption):
    rows = {}
    for symbol, k in keys:
        rows.setdefault(symbol, {})[k] = trace[symbol, k]
    columns = sorted({k for _, k in keys}, key=lambda k: k or math.inf)  # the batch comes last
    headings = [f"observation {k}" if k else "whole batch" for k in columns]
    return Table(
        caption,
        ["quantity", "formula", *headings],
        [_worked_row(steps, columns, hidden) for steps in rows.values()],
    )


def _worked_row(steps, columns, hidden):
    """Write one quantity: its formula, then one cell a column."""
    first = next(iter(steps.values()))
    tells = first.formula == first.written() and not hidden.isdisjoint(
        s.key for s in steps.values()
    )
    formula = "" if first.operation == "given" or tells else first.formula
    cells = [
        Cell(worked(steps[k], hidden), steps[k].key, "worked") if k in steps else Cell("")
        for k in columns
    ]
    return write(first.symbol), [Cell(formula), *cells]


COMBINE = {"product": (math.prod, write_product), "sum": (add, write_sum)}


def _combined_row(key, heading, how, parts, hidden):
    """Write the product of factors, or the sum of paths; a part is its key, name and value."""
    combine, join = COMBINE[how]
    keys, names, values = zip(*parts)
    operands, sign, result = comes_out(values, combine)
    shown = [name if part in hidden else o for part, name, o in zip(keys, names, operands)]
    line = f"{join(shown)} {sign} {BLANK if key in hidden else result}"
    return heading, [Cell(join(names)), Cell(line, key, how)]


def comes_out(values, combine):
    """Write numbers with as many digits as it takes for the printed line to give the printed result.

    Parameters
    ----------
    values : sequence of float
    combine : callable
        List of float to float.

    Returns
    -------
    operands : list of str
    sign : str
        = where the printed result is the result and the printed line gives it, else ≈.
    result : str

    Examples
    --------
    >>> comes_out([0.639959, 0.147613], math.prod)
    (['0.639959', '0.147613'], '≈', '0.09447')
    """
    exact = combine(values)
    for digits in range(4, 14):  # after twelve come all that there are
        operands = [number(v, digits) if digits < 13 else number_as_given(v) for v in values]
        printed = combine([read_number(operand) for operand in operands])
        if number(printed) == number(exact):
            break
    exactly = number(printed, digits=12) == number(exact) == number(exact, digits=12)
    return operands, "=" if exactly else "≈", number(exact)


def _data(trace, hidden, caption):
    """One row an observation, as the handout's table of countries."""
    columns = [symbol for symbol, k in trace.given if k == 1]
    rows = [
        (f"observation {k}", [_cell(trace[symbol, k], hidden) for symbol in columns])
        for k in _observations(trace)
    ]
    return Table(caption or "The data", ["", *map(write, columns)], rows)


def _parameters(trace, hidden, caption):
    """One row a neuron: its weights, and its bias last (handout, section 2.1)."""
    neurons = {}
    for symbol in parameters(trace.sizes):
        layer, neuron = re.findall(r"\d+", symbol)[:2]
        neurons.setdefault(f"layer {layer}, neuron {neuron}", []).append(trace[symbol])
    inputs = max(trace.sizes[:-1])
    rows = []
    for heading, (*weights, bias) in neurons.items():
        cells = [_cell(step, hidden, named=True) for step in weights]
        cells += [Cell("")] * (inputs - len(weights))
        rows.append((heading, [*cells, _cell(bias, hidden, named=True)]))
    headings = ["", *(f"weight {i}" for i in range(1, inputs + 1)), "bias"]
    return Table(caption or "The parameters before the step", headings, rows)


def _update(trace, hidden, caption):
    """One row a parameter, with what one step does to it (handout, section 4)."""
    rows = [
        (
            write(symbol),
            [
                _cell(trace[key], hidden)
                for key in (symbol, f"dC/d{symbol}", f"delta {symbol}", f"new {symbol}")
            ],
        )
        for symbol in parameters(trace.sizes)
    ]
    headings = ["parameter", "before", "mean derivative", "change", "after"]
    return Table(caption or f"One step with {trace['eta']}", headings, rows)


ARRANGED = {"data": _data, "parameters": _parameters, "update": _update}


def _cell(step, hidden, named=False):
    value = BLANK if step.key in hidden else step.written()
    if named:
        return Cell(f"{write(step.symbol)} = {value}", step.key, "named")
    return Cell(value, step.key, "value")


def _part(trace, symbol, k):
    """Say to which of PARTS a quantity belongs; what is given belongs to none."""
    if symbol.startswith("delta "):
        return "change"
    if symbol.startswith("new "):
        return "new" if k is None and symbol != "new C" else "after"
    if not (derivative := split_derivative(symbol)):
        return {"C": "cost", "z": "forward", "a": "forward"}.get(symbol[0])
    above, below = derivative
    if above != "C" or below.startswith(f"a^{len(trace.sizes) - 1}_"):
        return "factors"
    return "derivatives" if k else "mean"


def _trace_of(source, given_only=False):
    """Take a trace as it is, and the trace of a sheet; homework has one of what is given only."""
    if given_only and getattr(source, "graded", False):
        return trace_step(source.network, source.x, source.y, source.eta)
    trace = getattr(source, "trace", source)
    if not isinstance(trace, Trace):
        raise ValueError(f"trace is {brief(source)}; it must be a trace, like handout.trace.")
    return trace


def _chosen(trace, observations):
    """Read the observations to show, one or several."""
    several = [observations] if isinstance(observations, Integral) else list(observations)
    known = _observations(trace)
    for k in several:
        if k not in known or isinstance(k, bool):
            raise ValueError(
                f"observations is {brief(observations)}; they are 1 to {known[-1]} in this trace."
            )
    return several


def _observations(trace):
    return [k for symbol, k in trace.given if symbol == "x_1"]


def _has(trace, symbol, k):
    return (symbol, k) in trace.recipe or (symbol, k) in trace.given


def _items(one_or_more):
    """Return a list, also of one symbol, one (symbol, k), or one observation."""
    if isinstance(one_or_more, (list, set, range)):
        return list(one_or_more)
    if isinstance(one_or_more, tuple) and all(
        isinstance(item, str | tuple) for item in one_or_more
    ):
        return list(one_or_more)
    return [one_or_more]


def _keys(trace, item):
    """Read a symbol as all its keys, and a (symbol, k) as that one."""
    if isinstance(item, str):
        symbol = canonical(item, trace.sizes)
        keys = [(symbol, k) for k in [*_observations(trace), None] if _has(trace, symbol, k)]
        if keys:
            return keys
    return [trace[item].key]  # which raises, with a sentence, where there is none


def _hidden(trace, blank, also=()):
    """Read what is left open as a set of keys."""
    if blank == "all":
        return {*trace.recipe, *also}
    names = {name: [(name, k)] for name, k in also}
    return {key for item in _items(blank) for key in names.get(item) or _keys(trace, item)}
