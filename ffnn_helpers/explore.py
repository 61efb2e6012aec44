"""Explorers: the picture and the table of a step, alive in the page.

An explorer is data: which numbers can be moved, which places are refilled, which phases are
stepped through. Python draws it once, as a picture and a table that stand still; the
program of the page works out the same steps there, and refills them.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from ffnn_helpers import notation
from ffnn_helpers.arguments import brief, finite_array
from ffnn_helpers.marking import judge
from ffnn_helpers.notation import number, number_as_given, read_number, say, write
from ffnn_helpers.operations import pairs, write_next_to
from ffnn_helpers.picture import (
    Entry,
    Picture,
    marked_by,
    picture,
    remark_of_paths,
    words_of_break,
    words_of_paths,
)
from ffnn_helpers.plots import (
    SIGMOID_VERDICTS,
    WALK_VERDICTS,
    cost,
    descent_plot,
    key_of,
    nudge_plot,
    sigmoid_plot,
    walk,
    walk_plot,
)
from ffnn_helpers.show import chain, comes_out, worked
from ffnn_helpers.steps import Trace, operation_and_parents
from ffnn_helpers.tables import Cell, Table

PROGRAM = "steps.js", "plots.js", "controls.js", "explore.js"  # each uses those before it
ROOM = {"w": "−0.00", "b": "−0.00", "x": "−0.0", "y": "0.0", "z": "−0.000000", "C": "0.000000"}
TERM_ROOM = "0.0000 · 0.0000"
NOTHING = "\N{NO-BREAK SPACE}"  # a place that is empty at first
SMALL = 5  # up to here a slider moves by hundredths
NUDGE = 0.1
STEPS, MOST_STEPS = 30, 60
NO_NUMBER = "no number any more"
SIGNS = {"right": "✓", "follow-through": "↳"}  # whatever else an answer is breaks the chain
BREAK = "Here the chain breaks."


def forward(source, k=1, *, question=None):
    """Move any weight, bias or input, and watch what depends on it.

    Parameters
    ----------
    source : Sheet or Trace
    k : int
        The observation that is shown first.
    question : str, optional
        The page's own question, in place of the one that the explorer opens with.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace, it has no such observation, or question is no text.
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
    its_question = (
        "Which single weight, moved by 0.1, changes the output most? Guess one, then move it."
    )
    return Explorer(
        "the forward pass", question or its_question, [drawn], [table], {"k": k, **data}
    )


def chain_rule(source, symbol=None, k=1, *, question=None):
    """Choose a parameter, and see its path, its factors, and a nudge of it beside them.

    Parameters
    ----------
    source : Sheet or Trace
    symbol : str, optional
        The parameter that is chosen first, like ``b^2_1``.
    k : int
        The observation that is shown first.
    question : str, optional
        The page's own question, in place of the one that the explorer opens with.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace, it has no such parameter or observation, or question
        is no text.
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
    ∂C/∂b₁² by the chain           0.09447
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
    plot = nudge_plot(trace, choice, k, NUDGE)
    data = {
        **_recipe_for(
            trace,
            [("C", None), *((f"dC/d{parameter}", None) for parameter in parameters)],
            {"nudge": NUDGE},
        ),
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
    drawn = _roomy(picture(trace, k, path=f"dC/d{choice}"))
    tables = [chain(trace, f"dC/d{choice}", k), _nudge_table(trace, choice, k, NUDGE)]
    its_question = (
        "For which parameter does a nudge of 0.1 miss the slope most? Try them. Then make the"
        " nudge smaller, and watch the two numbers meet."
    )
    return Explorer(
        "the chain rule", question or its_question, [drawn, plot], tables, {"k": k, **data}
    )


def step(source, k=1, answers=None, *, question=None):
    """Go through a whole mini-batch step, forward and back, phase by phase.

    Parameters
    ----------
    source : Sheet or Trace
    k : int
        The observation that is followed first; the mean takes in all of them.
    answers : dict, optional
        Symbol, or (symbol, k), to what a learner wrote, as `mark` takes it; blanks are passed
        over. Each stands beside the true value, with what `mark` says of it. The chain breaks
        at the first that is neither right nor follows from the others: it is marked, and the
        explorer opens there. The learning rate stays as it is.
    question : str, optional
        The page's own question, in place of the one that the explorer opens with.

    Returns
    -------
    Explorer

    Raises
    ------
    KeyError
        If the trace has no quantity that is answered.
    ValueError
        If source is no sheet or trace, it has no such observation, answers is no dict, or
        question is no text.
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
    marks = _marks_of(trace, answers)
    broken = next((mark for mark in marks.values() if mark.verdict not in SIGNS), None)
    if broken and broken.step.k:
        k = broken.step.k
    phases = _phases(trace, {symbol for symbol, _ in marks})
    keys = [key_of(trace, symbol, k) for phase in phases for symbol, *_ in phase["turns"]]
    rows = [_row(trace, key) for key in keys]
    headings = ["quantity", "formula", "numbers"]
    data = {
        **_recipe_for(trace, [("C", None), ("new C", None)]),
        **_words_of(trace, k, _neuron_slopes(trace)),
        "phases": phases,
        "at": 0,
        "controls": [] if marks else [_learning_rate(trace)],
    }
    if marks:
        yours = {key: _yours(mark, is_break=mark is broken) for key, mark in marks.items()}
        data["yours"] = {f"{symbol}|{of or 'null'}": text for (symbol, of), text in yours.items()}
        headings.append("yours")
        rows = [
            (name, [*cells, Cell(yours.get(key, ""), key, "yours")])
            for key, (name, cells) in zip(keys, rows)
        ]
        its_question = (
            "No link of your chain breaks. Which of your numbers do most of the later lines use?"
            " Step through, and count."
        )
    else:
        its_question = (
            "Is there a learning rate with which this step makes the cost larger? Guess one, put"
            " it in, and step through."
        )
    more = list(_terms(trace, k))
    if broken:
        more.append(_entry_of_break(broken))
        data["broken"] = {
            "k": broken.step.k,
            "place": more[-1].place,
            "text": more[-1].text,
            "words": words_of_break(more[-1]),
        }
        data["at"] = keys.index(broken.step.key) + 1
        its_question = (
            "Here your chain breaks. Which of your later numbers follow from this one, and which"
            " broke anew? Step on, and look."
        )
    slopes = {(slope, k): trace[slope, k].value for slope in _neuron_slopes(trace)}
    drawn = _roomy(picture(trace, k, values=slopes), more)
    before, after = (Cell(trace[s].written(), (s, None), "value") for s in ("C", "new C"))
    tables = [
        Table(
            "The cost over the batch",
            ["", "before the step", "after the step"],
            [("C", [before, after])],
        ),
        Table("The step, line by line", headings, rows),
    ]
    return Explorer("one step", question or its_question, [drawn], tables, {"k": k, **data})


def sigmoid(w=1, x=1, b=0, *, question=None):
    """Move a weight, an input and a bias, and see σ, its slope, and where it saturates.

    Parameters
    ----------
    w, x, b : float
    question : str, optional
        The page's own question, in place of the one that the explorer opens with.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If one of them is not a finite number, or question is no text.

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
    plot, verdict = sigmoid_plot(trace)
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
    its_question = (
        "How far from 0 must z go until less than a hundredth of a gradient comes through? Move"
        " w, x or b until the sentence beneath the curve says so."
    )
    return Explorer("the sigmoid", question or its_question, [plot], [table], data, verdict)


def learning_rate(source, *, question=None):
    """Move the learning rate, and see one step down the cost, and many.

    Parameters
    ----------
    source : Sheet or Trace
    question : str, optional
        The page's own question, in place of the one that the explorer opens with.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If source is no sheet or trace, or question is no text.
    RuntimeError
        If the sheet is graded homework.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> learning_rate(handout).verdict
    'crawl'
    """
    trace = _trace_of(source, 1)
    costs = walk(trace, STEPS)
    descent = descent_plot(trace)
    walked, verdict = walk_plot(costs)
    steps = {"symbol": "steps", "group": "walk", "name": "steps", "label": "the number of steps"}
    data = {
        **_recipe_for(trace, [("C", None), ("new C", None)], {"steps": STEPS}),
        "k": 1,
        "observations": [],
        "parameters": notation.parameters(trace.sizes),
        "plots": [descent.data, walked.data],
        "controls": [
            _learning_rate(trace),
            {**steps, "min": 1, "max": MOST_STEPS, "step": 1},
        ],
        "said": "The cost is [mean C], after one step [mean new C].",
        "verdicts": WALK_VERDICTS,
    }
    last = number(costs[-1]) if math.isfinite(costs[-1]) else NO_NUMBER
    rows = [
        _row(trace, ("C", None), "now"),
        _row(trace, ("new C", None), "after one step"),
        ("after all steps", [Cell(""), Cell(last, ("C", None), "walk")]),
    ]
    table = Table("The cost over the batch", ["", "formula", "numbers"], rows)
    its_question = (
        "Find four learning rates: one with which the walk crawls, one with which it converges, one"
        " with which it bounces, one with which it ends higher than it began."
    )
    return Explorer(
        "the learning rate", question or its_question, [descent, walked], [table], data, verdict
    )


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

    def __post_init__(self):
        if not isinstance(self.question, str):
            raise ValueError(
                f'question is {brief(self.question)}; it must be a text, like "What moves?".'
            )

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
    parts = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in PROGRAM)
    lines = (line.strip() for part in parts for line in part.splitlines())
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


def _roomy(drawn, more=()):
    """Draw a picture again, with room for the numbers that the page will put there, and more."""
    sizes, k, entries, *marked = drawn.parts
    roomy = [replace(entry, room=ROOM[entry.place[0]]) for entry in entries]
    return Picture(sizes, k, [*roomy, *more], *marked)


def _words_of(trace, k, values=()):
    """Return the picture in words, with the names of its numbers in brackets in their places."""
    named = {key: f"[{key[0]}]" for key in trace.given if key[0] != "eta" and key[1] in (k, None)}
    named |= {(symbol, k): f"[{symbol}]" for symbol in [*_forward_symbols(trace), *values]}
    words = picture(trace, k, values=named).alternative
    return {"words": words.replace(f", observation {k}:", ", observation [k]:")}


def _recipe_for(trace, wanted, settings=None):
    """List what the wanted quantities are made of: [symbol, k, value], or with its operation.

    The numbers of an explorer's own, its settings, come last.
    """
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
    entries += [[symbol, None, value] for symbol, value in (settings or {}).items()]
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


# The phases of a step


def _neuron_slopes(trace):
    return [f"dC/d{s}" for s in _forward_symbols(trace) if s.startswith("z")]


def _phases(trace, answered):
    """Name the phases of a step and what each works out; "edge" is what it does with a weight.

    A link that only repeats another number is passed over, if nobody answered it.
    """
    parameters = notation.parameters(trace.sizes)
    slopes = [f"dC/d{parameter}" for parameter in parameters]
    backward = [
        symbol
        for (symbol, k), (operation, _) in trace.recipe.items()
        if k == 1 and symbol.startswith("d")
        if operation not in ("equal", "one") or symbol in answered
    ]
    *forward, cost = _forward_symbols(trace)
    update = [f"{what} {parameter}" for parameter in parameters for what in ("delta", "new")]
    phases = {
        "forward": (forward, ""),
        "cost": ([cost], ""),
        "backward": (backward, "dC/d"),
        "mean": (["mean C", *(f"mean {slope}" for slope in slopes)], "mean dC/d"),
        "update": (update, "delta "),
        "cost again": ([*_forward_symbols(trace, "new "), "mean new C"], "new "),
    }
    return [
        {"name": name, "edge": edge, "turns": [_turn(symbol) for symbol in symbols]}
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


def _marks_of(trace, answers):
    """Judge what was answered, as the homework does; a blank is no answer."""
    if not isinstance(answers or {}, Mapping):
        raise ValueError(f'answers is {brief(answers)}; it must be a dict, like {{("C", 1): 0.1}}.')
    marks = judge(answers or {}, trace)
    for (symbol, _), mark in marks.items():
        if mark.step.operation == "given":
            raise ValueError(f"answers: {symbol} is given; it is not worked out in the step.")
    return {key: mark for key, mark in marks.items() if mark.verdict != "blank"}


def _yours(mark, is_break):
    """Write an answer, and what it is worth: the sign is the same in print and without colour."""
    sentence = f"{BREAK} {mark.sentence}" if is_break else mark.sentence
    return f"{mark.answer.text} {SIGNS.get(mark.verdict, '✗')} {sentence}"


def _entry_of_break(mark):
    """Write the first answer that broke the chain at its place in the picture."""
    value = mark.answer.value
    text = f"✗ yours {'?' if value is None else number(value)}"
    return Entry(mark.step.symbol, mark.step.k, text, slot="broken")


# The nudge


def _nudge_table(trace, symbol, k, by):
    name = write(symbol)
    value = trace[symbol].value
    costs = [cost(trace, ("C", k), **{symbol: value + move}) for move in (by, -by)]
    way = number(2 * by)
    operands, sign, result = comes_out(costs, lambda c: (c[0] - c[1]) / read_number(way))
    rows = [
        (f"C at {name} {sign} {number_as_given(by)}", operand)
        for sign, operand in zip("+−", operands)
    ]
    rows.append(
        ("up − down, over the whole way", f"({' − '.join(operands)}) / {way} {sign} {result}")
    )
    rows.append((f"∂C/∂{name} by the chain", trace[f"dC/d{symbol}", k].written()))
    return Table(
        f"The same by a nudge of {name}", ["", "numbers"], [(head, [Cell(t)]) for head, t in rows]
    )
