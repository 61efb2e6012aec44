"""Explorers: the picture and the table of a step, alive in the page.

An explorer is data: which numbers can be moved, which places are refilled, which phases are
stepped through. Python draws it once, as a picture and a table that stand still; explore.js
works out the same steps in the page, and refills them.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from pathlib import Path

from ffnn_helpers import notation
from ffnn_helpers.answers import read
from ffnn_helpers.arguments import brief, finite_array
from ffnn_helpers.notation import number, number_as_given, read_number, say, write
from ffnn_helpers.operations import OPERATIONS, add, pairs, write_next_to
from ffnn_helpers.picture import Entry, Picture, marked_by, picture, remark_of_paths, words_of_paths
from ffnn_helpers.show import chain, comes_out, worked
from ffnn_helpers.steps import Trace, evaluate, operation_and_parents
from ffnn_helpers.tables import Cell, Table

MODULE = Path(__file__).with_suffix(".js")
ROOM = {"w": "−0.00", "b": "−0.00", "x": "−0.0", "y": "0.0", "z": "−0.000000", "C": "0.000000"}
TERM_ROOM = "0.000000 · 0.000000"
NOTHING = "\N{NO-BREAK SPACE}"  # a place that is empty at first
SMALL = 5  # up to here a slider moves by hundredths
NUDGE = 0.1
STEPS, MOST_STEPS = 30, 60
TOLERANCE = 1e-3  # relative: four significant digits always pass
FLAT = 1e-9
NO_NUMBER = "no number any more"
BROKEN = "✗ here the chain breaks"
BROKEN_STYLE = """
.ffnn-picture .broken .node, .ffnn-picture .broken .line { stroke: #1a1a1a; stroke-width: 5; stroke-dasharray: 2 4; }
"""
NUDGE_WORDS = (
    "The cost of this observation against the chosen parameter: a curve, its tangent, and the"
    " straight line between the two ends of the nudge."
)
SIGMOID_VERDICTS = {
    "steep": "Steep: a tenth of a gradient or more comes through; a quarter is the most there is.",
    "flat": "Flat: less than a tenth of a gradient comes through.",
    "saturated": "Saturated: less than a hundredth of a gradient comes through. This neuron hardly learns.",
}
WALK_VERDICTS = {
    "crawl": "It crawls: the cost is still falling when the walk ends.",
    "converge": "It converges: the cost falls with every step, and in the end hardly any more.",
    "bounce": "It bounces: the cost rises on the way, and still ends lower than it began.",
    "diverge": "It diverges: the walk ends higher than it began, or at no number at all.",
}
PLOT = """<svg xmlns="http://www.w3.org/2000/svg" class="ffnn-plot" role="img" aria-label="{words}"\
 width="380" height="260" viewBox="0 0 380 260">
<style>
.ffnn-plot text {{ font: 12px "DejaVu Sans", Arial, sans-serif; fill: #1a1a1a; }}
.ffnn-plot path {{ fill: none; stroke: #0072b2; stroke-width: 2; }}
.ffnn-plot .tangent {{ stroke: #c75300; stroke-dasharray: 7 4; }}
.ffnn-plot .chord {{ stroke: #1a1a1a; stroke-dasharray: 2 3; }}
.ffnn-plot .dots {{ stroke: #1a1a1a; stroke-width: 7; stroke-linecap: round; }}
</style>
<rect width="100%" height="100%" fill="#fff"/>
<rect x="60" y="10" width="300" height="200" fill="none" stroke="#767676"/>
<svg x="56" y="6" width="308" height="208" viewBox="-4 -4 308 208">
{paths}
</svg>
{ticks}
<text x="210" y="250" text-anchor="middle">{across}</text>
<text x="30" y="115" text-anchor="middle" transform="rotate(-90 30 115)">{up}</text>
</svg>
"""


def forward(source, k=1):
    """Move any weight, bias or input, and watch what depends on it.

    Parameters
    ----------
    source : Sheet or Trace
    k : int
        The observation that is shown first.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace, or it has no such observation.
    RuntimeError
        If the sheet is graded homework.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> print(repr(forward(handout)).splitlines()[0])
    Which single weight, moved by 0.1, changes the output most? Guess one, then move it.
    """
    trace = _trace_of(source, k)
    keys = [(symbol, k) for symbol in _forward_symbols(trace)]
    drawn = _roomy(picture(trace, k))
    table = Table(
        "The forward pass",
        ["quantity", "formula", "numbers"],
        [_row(trace, key) for key in [*keys, ("C", None)]],
    )
    outputs = ", ".join(f"[{symbol}]" for symbol in _outputs(trace))
    data = {
        **_recipe_for(trace, [("C", None)]),
        **_words_of(trace, k),
        "controls": [*_parameter_controls(trace), *_input_controls(trace, k)],
        "said": f"The output is {outputs}; the cost is [C], over the batch [mean C].",
    }
    question = (
        "Which single weight, moved by 0.1, changes the output most? Guess one, then move it."
    )
    return Explorer("the forward pass", question, [drawn], [table], {"k": k, **data})


def chain_rule(source, symbol=None, k=1):
    """Choose a parameter, and see its path, its factors, and a nudge of it beside them.

    Parameters
    ----------
    source : Sheet or Trace
    symbol : str, optional
        The parameter that is chosen first, like ``b^2_1``.
    k : int
        The observation that is shown first.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace, or has no such parameter or observation.
    RuntimeError
        If the sheet is graded homework.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> chain_rule(handout, "b^2_1").tables[1]
    The same by a nudge of b₁²
    <BLANKLINE>
                                   numbers
    -----------------------------  --------------------------------------
    C at b₁² + 0.1                 0.111737
    C at b₁² − 0.1                 0.0928684
    up − down, over the whole way  (0.111737 − 0.0928684) / 0.2 ≈ 0.09434
    ∂C/∂b₁²                        0.09447
    """
    trace = _trace_of(source, k)
    parameters = notation.parameters(trace.sizes)
    choice = parameters[0] if symbol is None else symbol
    if isinstance(choice, str):
        choice = notation.canonical(choice, trace.sizes)
    if choice not in parameters:
        raise ValueError(
            f"symbol is {brief(symbol)}; it must be a parameter: {', '.join(parameters)}."
        )
    choices = {}
    for parameter in parameters:
        derivative = f"dC/d{parameter}"
        paths = trace.paths(derivative, k)
        choices[parameter] = {
            "name": say(parameter).capitalize(),
            "paths": [[factor.symbol for factor in path] for path in paths],
            "marked": sorted(marked_by(paths)),
            "words": words_of_paths(paths, derivative),
            "remark": remark_of_paths(paths, derivative),
        }
    plot = Plot("nudge", _nudge_lines(trace, choice, k, NUDGE), "the parameter", "C", NUDGE_WORDS)
    data = {
        **_recipe_for(trace, [("C", None), *((f"dC/d{p}", None) for p in parameters)]),
        **_words_of(trace, k),
        "plots": [plot.data],
        "choice": choice,
        "choices": choices,
        "controls": [
            {
                "symbol": "nudge",
                "group": "nudge",
                "name": "±",
                "label": "the nudge",
                **_powers_of_ten(0.001, 1),
            },
            *_parameter_controls(trace, "the parameter"),
            *_input_controls(trace, k),
        ],
        "said": "The cost is [C].",
    }
    data["entries"].append(["nudge", None, NUDGE])
    drawn = _roomy(picture(trace, k, path=f"dC/d{choice}"))
    tables = [chain(trace, f"dC/d{choice}", k), _nudge_table(trace, choice, k, NUDGE)]
    question = (
        "For which parameter does a nudge of 0.1 miss the slope most? Try them. Then make the"
        " nudge smaller, and watch the two numbers meet."
    )
    return Explorer("the chain rule", question, [drawn, plot], tables, {"k": k, **data})


def step(source, k=1, answers=None):
    """Go through a whole mini-batch step, forward and back, phase by phase.

    Parameters
    ----------
    source : Sheet or Trace
    k : int
        The observation that is followed first; the mean takes in all of them.
    answers : dict, optional
        Symbol, or (symbol, k), to what a learner wrote: it stands beside the true value, and
        the first link of the chain that broke is marked. The learning rate stays as it is.

    Returns
    -------
    Explorer

    Raises
    ------
    KeyError
        If the trace has no quantity that is answered.
    ValueError
        If source is no sheet or trace, it has no such observation, or answers is no dict.
    RuntimeError
        If the sheet is graded homework.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> step(handout).tables[0]
    The cost over the batch
    <BLANKLINE>
       before the step  after the step
    -  ---------------  --------------
    C  0.07774          0.07631
    """
    trace = _trace_of(source, k)
    parameters = notation.parameters(trace.sizes)
    drawn = picture(trace, k, values={(d, k): trace[d, k].value for d in _neuron_slopes(trace)})
    phases = _phases(trace, parameters)
    data = {
        **_recipe_for(trace, [("C", None), ("new C", None)]),
        **_words_of(trace, k, _neuron_slopes(trace)),
        "phases": phases,
        "controls": [] if answers else [_learning_rate(trace)],
    }
    if answers:
        data["observations"] = [k]
    before, after = (Cell(trace[s].written(), (s, None), "value") for s in ("C", "new C"))
    headings = ["", "before the step", "after the step"]
    cost = Table("The cost over the batch", headings, [("C", [before, after])])
    keys = [_key(trace, symbol, k) for phase in phases for symbol, *_ in phase["turns"]]
    verdicts, broken = _compared(trace, keys, answers)
    data["at"] = keys.index(broken) + 1 if broken else 0
    headings = ["quantity", "formula", "numbers", *(["yours"] if answers else [])]
    rows = [_row(trace, key) for key in keys]
    if answers:
        rows = [
            (name, [*cells, Cell(verdicts.get(key, ""))]) for key, (name, cells) in zip(keys, rows)
        ]
    table = Table("The step, line by line", headings, rows)
    if broken:
        question = (
            "Here your chain breaks. Which of your later numbers follow from this one, and which"
            " broke anew? Step on, and look."
        )
    elif answers:
        question = "Each of your numbers is right. Which link would you check first next time?"
    else:
        question = (
            "Is there a learning rate with which this step makes the cost larger? Guess one, put"
            " it in, and step through."
        )
    drawn = _roomy(drawn, terms=_terms(trace, k), broken=broken and broken[0])
    return Explorer("one step", question, [drawn], [cost, table], {"k": k, **data})


def sigmoid(w=1, x=1, b=0):
    """Move a weight, an input and a bias, and see σ, its slope, and where it saturates.

    Parameters
    ----------
    w, x, b : float

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If one of them is not a finite number.

    Examples
    --------
    >>> sigmoid(w=0.7, x=10, b=-1).tables[0]
    The sigmoid of one neuron
    <BLANKLINE>
    quantity  formula   numbers
    --------  --------  ---------------------------------
    z         w x + b   0.7(10) − 1 = 6
    a         σ(z)      σ(6) ≈ 0.9975
    ∂a/∂z     a(1 − a)  0.997527(1 − 0.997527) ≈ 0.002467
    """
    values = finite_array("w, x and b", [w, x, b], 1, "three numbers, like 1, 1 and 0")
    w, x, b, z, a, slope = keys = [(name, None) for name in ("w", "x", "b", "z", "a", "da/dz")]
    steps = {
        z: ("weighted sum", (w, x, b)),
        a: ("sigmoid", (z,)),
        slope: ("sigmoid slope", (a,)),
    }
    trace = Trace((1, 1), steps, dict(zip(keys, map(float, values))))
    lines, verdict = _sigmoid_lines(trace)
    words = "The curve of σ, with its tangent at z = [z]: there a is [a], and the slope is [da/dz]."
    plot = Plot("sigmoid", lines, "z", "σ(z)", words, trace, low=0, high=1)
    spoken = {"w": "the weight", "x": "the input", "b": "the bias"}
    data = {
        **_recipe_for(trace, [slope]),
        "k": None,
        "plots": [plot.data],
        "controls": [
            _control(trace, name, None, "neuron", label, reach=10) for name, label in spoken.items()
        ],
        "said": "z is [z], a is [a], the slope is [da/dz].",
        "verdicts": SIGMOID_VERDICTS,
    }
    headings = ["quantity", "formula", "numbers"]
    table = Table("The sigmoid of one neuron", headings, [_row(trace, key) for key in keys[3:]])
    question = (
        "How far from 0 must z go until less than a hundredth of a gradient comes through? Move"
        " w, x or b until the sentence beneath the curve says so."
    )
    return Explorer("the sigmoid", question, [plot], [table], data, verdict)


def learning_rate(source):
    """Move the learning rate, and see one step down the cost, and many.

    Parameters
    ----------
    source : Sheet or Trace

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace.
    RuntimeError
        If the sheet is graded homework.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> learning_rate(handout).verdict
    'crawl'
    """
    trace = _trace_of(source, 1)
    parameters = notation.parameters(trace.sizes)
    costs = _walk(trace, STEPS)
    walked = list(enumerate(costs))
    verdict = _verdict_of(costs)
    descent = Plot(
        "descent",
        _descent_lines(trace),
        "learning rate",
        "C after one step",
        "The cost after one step, against the learning rate: [mean C] with none, [mean new C] with"
        " [eta]. A straight line shows what the slope promises.",
        trace,
    )
    walk = Plot(
        "walk",
        {"curve": walked, "dots": walked},
        "steps",
        "C",
        "The cost before each step of a long walk.",
        trace,
        low=0,
    )
    steps = {"symbol": "steps", "group": "walk", "name": "steps", "label": "how many steps"}
    data = {
        **_recipe_for(trace, [("C", None), ("new C", None)]),
        "k": 1,
        "observations": [],
        "parameters": parameters,
        "plots": [descent.data, walk.data],
        "controls": [
            _learning_rate(trace),
            {**steps, "min": 1, "max": MOST_STEPS, "step": 1},
        ],
        "said": "The cost is [mean C], after one step [mean new C].",
        "verdicts": WALK_VERDICTS,
    }
    data["entries"].append(["steps", None, STEPS])
    last = number(costs[-1]) if math.isfinite(costs[-1]) else NO_NUMBER
    rows = [
        _row(trace, ("C", None), "now"),
        _row(trace, ("new C", None), "after one step"),
        ("after all steps", [Cell(""), Cell(last, ("C", None), "walk")]),
    ]
    table = Table("The cost over the batch", ["", "formula", "numbers"], rows)
    question = (
        "Find four learning rates: one with which the walk crawls, one with which it converges, one"
        " with which it bounces, one with which it ends higher than it began."
    )
    return Explorer("the learning rate", question, [descent, walk], [table], data, verdict)


@dataclass(frozen=True, eq=False)
class Explorer:
    """A static page of pictures and tables that comes to life where its program runs.

    Attributes
    ----------
    name, question : str
    drawings : list of Picture or Plot
    tables : list of Table
    data : dict
        What the page needs to work out the same: entries, controls, phases.
    verdict : str or None
        What is to be said about the numbers, of the texts in data["verdicts"].
    """

    name: str
    question: str
    drawings: list
    tables: list
    data: dict
    verdict: str | None = None

    def __repr__(self):
        verdict = [self.data["verdicts"][self.verdict]] if self.verdict else []
        return "\n\n".join(
            [self.question, *map(repr, self.drawings), *verdict, *map(repr, self.tables)]
        )

    @property
    def html(self):
        verdict = self.verdict and escape(self.data["verdicts"][self.verdict])
        numbers = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        numbers = numbers.replace("<", r"\u003c")  # nothing in it may end the script
        parts = [
            f'<div class="ffnn-explorer" role="group" aria-label="Explorer: {escape(self.name)}">',
            f"<p><strong>{escape(self.question)}</strong></p>",
            '<p class="ffnn-still">It stands still. To move it, run this cell.</p>',
            *(drawing.html for drawing in self.drawings),
            f'<p class="ffnn-verdict">{verdict}</p>' if verdict else "",
            *(table.html for table in self.tables),
            f'<script type="application/json">{numbers}</script>',
            "</div>",
            f'<script type="module">{_module()}</script>',
        ]
        return "\n".join(part for part in parts if part)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": repr(self)}


def _module():
    """Read the program of the page, without its comments: it stands in every output."""
    lines = (line.strip() for line in MODULE.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("/*", "*", "//")))


def _trace_of(source, k):
    trace = getattr(source, "trace", source)
    if not isinstance(trace, Trace):
        raise ValueError(
            f"source is {brief(source)}; it must be a sheet, like handout, or a trace."
        )
    observations = _observations(trace)
    if k not in observations or isinstance(k, bool):
        raise ValueError(f"k is {brief(k)}; the observations are 1 to {observations[-1]}.")
    return trace


def _observations(trace):
    return [k for symbol, k in trace.given if symbol == "x_1"]


def _outputs(trace):
    return [f"a^{len(trace.sizes) - 1}_{j}" for j in range(1, trace.sizes[-1] + 1)]


def _forward_symbols(trace, new=""):
    """Name what the forward pass works out, from left to right, to the cost."""
    neurons = [
        f"{new}{letter}^{layer}_{neuron}"
        for layer, size in enumerate(trace.sizes[1:], start=1)
        for neuron in range(1, size + 1)
        for letter in "za"
    ]
    return [*neurons, f"{new}C"]


def _row(trace, key, heading=None):
    """Write one quantity as a row: its formula, and its worked line."""
    step = trace[key]
    mean = ", mean" if step.operation == "mean" else ""
    formula = "" if step.operation == "given" else step.formula
    return heading or write(step.symbol) + mean, [Cell(formula), Cell(worked(step), key, "worked")]


def _roomy(drawn, terms=(), broken=None):
    """Draw a picture again, with room for the numbers that the page will put there."""
    sizes, k, entries, *marked = drawn.parts
    roomy = [replace(entry, room=ROOM[entry.place[0]]) for entry in entries]
    drawn = Picture(sizes, k, [*roomy, *terms], *marked)
    if broken:
        place = re.escape(Entry(broken, None, None).place)
        drawn.svg = drawn.svg.replace("</style>", f"{BROKEN_STYLE}</style>")
        group = rf'(<g class="(?:edge|neuron)[^"]*)(" data-symbol="{place}")'
        drawn.svg = re.sub(group, r"\1 broken\2", drawn.svg)
        for symbol in (re.escape(broken), place):  # beside its own number, if that is drawn
            slot = rf'(data-symbol="{symbol}"(?: data-k="\d+")?>[^<]*</tspan>)'
            drawn.svg, found = re.subn(slot, r"\1 ✗", drawn.svg, count=1)
            if found:
                break
    return drawn


def _words_of(trace, k, values=()):
    """Return the picture in words, with the names of its numbers in brackets in their places."""
    named = {key: f"[{key[0]}]" for key in trace.given if key[0] != "eta" and key[1] in (k, None)}
    named |= {(symbol, k): f"[{symbol}]" for symbol in [*_forward_symbols(trace), *values]}
    words = picture(trace, k, values=named).alternative
    return {"words": words.replace(f", observation {k}:", ", observation [k]:")}


def _recipe_for(trace, wanted, extra=()):
    """List what the wanted quantities are made of: [symbol, k, value], or with its operation."""
    needed, to_do = set(), list(wanted)
    while to_do:
        key = to_do.pop()
        if key not in needed:
            needed.add(key)
            to_do += operation_and_parents(trace.rules[key])[1]
    keys = [key for key in trace if key in needed or key in trace.given]
    places = {key: place for place, key in enumerate(keys)}
    entries = []
    for key in keys:
        operation, parents = operation_and_parents(trace.rules[key])
        if operation == "given":
            entries.append([*key, trace[key].value])
        else:
            entries.append([*key, operation, [places[parent] for parent in parents]])
    entries += [[symbol, None, value] for symbol, value in extra]
    return {"entries": entries, "observations": _observations(trace)}


def _control(trace, symbol, k, group, label=None, reach=2):
    reach = max(reach, math.ceil(2 * abs(trace[symbol, k].value)))
    return {
        "symbol": symbol,
        "group": group,
        "name": write(symbol),
        "label": label or say(symbol),
        "min": -reach,
        "max": reach,
        "step": 0.01 if reach <= SMALL else 0.1,
    }


def _parameter_controls(trace, group=None):
    controls = []
    for symbol in notation.parameters(trace.sizes):
        layer, neuron = re.findall(r"\d+", symbol)[:2]
        of = group or f"neuron {neuron} of layer {layer}"
        controls.append(_control(trace, symbol, None, of))
    return controls


def _input_controls(trace, k):
    return [_control(trace, f"x_{i}", k, "inputs") for i in range(1, trace.sizes[0] + 1)]


def _learning_rate(trace):
    about = {"symbol": "eta", "group": "step", "name": "η", "label": "the learning rate"}
    return about | _powers_of_ten(min(0.01, trace["eta"].value), max(100, trace["eta"].value))


def _powers_of_ten(smallest, largest):
    return {"min": smallest, "max": largest, "step": 0.05, "log": True}


def _key(trace, symbol, k):
    """Read a symbol as the page does: of this observation, or else, and after "mean", of the batch."""
    if symbol.startswith("mean "):
        return symbol.removeprefix("mean "), None
    return (symbol, k) if (symbol, k) in trace.rules else (symbol, None)


# The phases of a step


def _neuron_slopes(trace):
    return [f"dC/d{s}" for s in _forward_symbols(trace) if s.startswith("z")]


def _phases(trace, parameters):
    """Name the phases of a step and what each works out; "edge" is what it does with a weight."""
    slopes = [f"dC/d{parameter}" for parameter in parameters]
    backward = [
        symbol
        for (symbol, k), (operation, _) in trace.recipe.items()
        if k == 1 and symbol.startswith("d") and operation not in ("equal", "one")
    ]
    *forward, cost = _forward_symbols(trace)
    update = [f"{what} {parameter}" for parameter in parameters for what in ("delta", "new")]
    phases = {
        "forward": (forward, ""),
        "cost": ([cost], None),
        "backward": (backward, "dC/d"),
        "mean": (["mean C", *(f"mean {slope}" for slope in slopes)], "mean dC/d"),
        "update": (update, "delta "),
        "cost again": ([*_forward_symbols(trace, "new "), "mean new C"], "new "),
    }
    return [
        {
            "name": name,
            "turns": [_turn(symbol) for symbol in symbols],
            **({} if edge is None else {"edge": edge}),
        }
        for name, (symbols, edge) in phases.items()
    ]


def _turn(symbol):
    """Return a symbol, how it is said, and where in the picture it belongs."""
    of_batch = symbol.removeprefix("mean ")
    return symbol, say(of_batch), Entry(of_batch, None, None).place


def _terms(trace, k):
    """Write beneath each weight what the forward pass does with it."""
    for (_, of), (operation, parents) in trace.recipe.items():
        if operation == "weighted sum" and of == k and not parents[0][0].startswith("new "):
            for (weight, _), source in pairs(parents[:-1]):
                text = write_next_to(trace[weight].written(), trace[source].written())
                yield Entry(weight, k, text, TERM_ROOM, "term")
            yield Entry(parents[-1][0], k, NOTHING, TERM_ROOM, "term")


def _compared(trace, keys, answers):
    """Say of each answer whether it is right, or follows; and which is the first that does neither."""
    if not isinstance(answers or {}, Mapping):
        raise ValueError(f'answers is {brief(answers)}; it must be a dict, like {{("C", 1): 0.1}}.')
    written = {trace[key].key: read(value) for key, value in (answers or {}).items()}
    numbers = {key: answer.value for key, answer in written.items() if answer.value is not None}
    verdicts, broken = {}, None
    for key in keys:
        if key not in written or written[key].is_blank:
            continue
        own = {earlier: value for earlier, value in numbers.items() if earlier != key}
        if _agrees(numbers.get(key), trace[key].value):
            sign = "✓"
        elif _agrees(numbers.get(key), evaluate(trace.rules, own)[key]):
            sign = "↳ follows from your numbers"
        else:
            sign = "✗" if broken else BROKEN
            broken = broken or key
        verdicts[key] = f"{written[key].text} {sign}"
    return verdicts, broken


def _agrees(value, truth):
    return value is not None and abs(value - truth) <= TOLERANCE * abs(truth)


# The nudge, the walk, and what is plotted


def _cost(trace, key, **changes):
    """Return a cost with other numbers given."""
    given = {(symbol, None): value for symbol, value in changes.items()}
    return evaluate(trace.rules, given)[key]


def _nudge_table(trace, symbol, k, by):
    name = write(symbol)
    value = trace[symbol].value
    costs = [_cost(trace, ("C", k), **{symbol: value + move}) for move in (by, -by)]
    way = number(2 * by)
    operands, sign, result = comes_out(costs, lambda c: (c[0] - c[1]) / read_number(way))
    rows = [
        (f"C at {name} {sign} {number_as_given(by)}", operand)
        for sign, operand in zip("+−", operands)
    ]
    rows.append(
        ("up − down, over the whole way", f"({' − '.join(operands)}) / {way} {sign} {result}")
    )
    rows.append((f"∂C/∂{name}", trace[f"dC/d{symbol}", k].written()))
    return Table(
        f"The same by a nudge of {name}", ["", "numbers"], [(head, [Cell(t)]) for head, t in rows]
    )


def _curve(start, end, function, n=60):
    places = [start + (end - start) * j / n for j in range(n + 1)]
    return [(x, function(x)) for x in places]


def _sigmoid_lines(trace):
    z, a, slope = (trace[name].value for name in ("z", "a", "da/dz"))
    reach = max(8, math.ceil(abs(z)) + 2)
    lines = {
        "curve": _curve(-reach, reach, lambda x: OPERATIONS["sigmoid"].compute([x]), 120),
        "tangent": _curve(z - 2, z + 2, lambda x: a + slope * (x - z), 1),
        "dots": [(z, a)],
    }
    return lines, "saturated" if slope < 0.01 else "flat" if slope < 0.1 else "steep"


def _nudge_lines(trace, symbol, k, by):
    value, cost, slope = (trace[key].value for key in (symbol, ("C", k), (f"dC/d{symbol}", k)))

    def cost_at(x):
        return _cost(trace, ("C", k), **{symbol: x})

    ends = [(x, cost_at(x)) for x in (value - by, value + by)]
    around = value - 1.5, value + 1.5
    return {
        "curve": _curve(*around, cost_at),
        "tangent": _curve(*around, lambda x: cost + slope * (x - value), 1),
        "chord": ends,
        "dots": ends,
    }


def _descent_lines(trace):
    eta, cost, after = (trace[symbol].value for symbol in ("eta", "C", "new C"))
    slopes = [trace[f"dC/d{parameter}"].value for parameter in notation.parameters(trace.sizes)]
    slope = add([-(value * value) for value in slopes])
    return {
        "curve": _curve(0, 2 * eta, lambda x: _cost(trace, ("new C", None), eta=x)),
        "tangent": _curve(0, 2 * eta, lambda x: cost + slope * x, 1),
        "dots": [(eta, after)],
    }


def _walk(trace, steps):
    """Return the cost before each of many steps, as far as it is a number."""
    parameters = notation.parameters(trace.sizes)
    costs, values = [], trace.evaluated
    while len(costs) <= steps:
        costs.append(values["C", None])
        after = {(symbol, None): values[f"new {symbol}", None] for symbol in parameters}
        if not all(map(math.isfinite, [costs[-1], *after.values()])):
            return [*costs, math.nan]
        values = evaluate(trace.rules, after)
    return costs


def _verdict_of(costs):
    first, last = costs[0], costs[-1]
    if not last <= first:
        return "diverge"
    if any(after > before * (1 + 1e-9) for before, after in pairwise(costs)):
        return "bounce"
    return "crawl" if costs[-2] - last > (first - last) / 100 else "converge"


class Plot:
    """A few lines in a frame, in the image and in words, as the page draws them again.

    Attributes
    ----------
    svg, alternative : str
    data : dict
        What the page needs to draw it.
    """

    def __init__(self, name, lines, across, up, words, trace=None, low=None, high=None):
        self.data = {"name": name, "words": words, "low": low, "high": high}
        self.alternative = words if trace is None else _filled(words, trace)
        finite = [point for point in lines["curve"] if all(map(math.isfinite, point))]
        heights = [y for _, y in finite]
        low = min(heights) if low is None else low
        high = max(heights) if high is None else high
        if high - low < FLAT:
            low, high = low - FLAT, high + FLAT
        (left, _), *_, (right, _) = finite
        scale = 300 / (right - left), 200 / (high - low)
        places = {
            line: [
                f"{(x - left) * scale[0]:.1f} {200 - (y - low) * scale[1]:.1f}" for x, y in points
            ]
            for line, points in lines.items()
        }
        dots = "".join(f"M{place}h0" for place in places.pop("dots"))
        drawn = {line: f"M{'L'.join(points)}" for line, points in places.items()} | {"dots": dots}
        paths = "\n".join(f'<path class="{n}" data-line="{n}" d="{d}"/>' for n, d in drawn.items())
        ends = {
            "left": (left, 60, 232, "start"),
            "right": (right, 360, 232, "end"),
            "low": (low, 54, 214, "end"),
            "high": (high, 54, 20, "end"),
        }
        ticks = "\n".join(
            f'<text data-tick="{tick}" x="{x}" y="{y}" text-anchor="{anchor}">{number(value, 3)}</text>'
            for tick, (value, x, y, anchor) in ends.items()
        )
        self.svg = PLOT.format(
            words=escape(self.alternative), paths=paths, ticks=ticks, across=across, up=up
        )

    def __repr__(self):
        return self.alternative

    html = Picture.html


def _filled(template, trace):
    """Put the numbers of a trace into the brackets of a sentence."""
    return re.sub(r"\[(.+?)\]", lambda match: trace[_key(trace, match[1], 1)].written(), template)
