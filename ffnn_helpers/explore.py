"""Explorers: the picture and the table of a step, alive in the page.

An explorer is data: which numbers can be moved, which places are refilled, which phases are
stepped through. Python draws it once, as a picture and a table that stand still; explore.js
works out the same steps in the page, and refills them.
"""

import base64
import json
import math
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from pathlib import Path

from ffnn_helpers import notation
from ffnn_helpers.answers import read
from ffnn_helpers.arguments import brief, finite_array
from ffnn_helpers.network import Network
from ffnn_helpers.notation import number, number_as_given, read_number, say, write
from ffnn_helpers.operations import OPERATIONS, add
from ffnn_helpers.picture import Entry, Picture, picture
from ffnn_helpers.show import chain, worked
from ffnn_helpers.steps import Trace, evaluate, operation_and_parents
from ffnn_helpers.steps import trace as trace_step
from ffnn_helpers.tables import Cell, Table

MODULE = Path(__file__).with_suffix(".js")
ROOM = {"w": "−0.00", "b": "−0.00", "x": "−0.0", "y": "0.0", "z": "−0.000000", "C": "0.000000"}
TERM_ROOM = "0.000000 · 0.000000"
SMALL = 5  # up to here a slider moves by hundredths


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
        return "\n\n".join([self.question, *map(repr, self.drawings), *verdict, *map(repr, self.tables)])

    @property
    def html(self):
        verdict = self.verdict and escape(self.data["verdicts"][self.verdict])
        numbers = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        numbers = numbers.replace("<", r"\u003c")  # nothing in it may end the script
        parts = [
            f'<div class="ffnn-explorer" role="group" aria-label="Explorer: {escape(self.name)}">',
            f"<p><strong>{escape(self.question)}</strong></p>",
            '<p class="ffnn-still">It stands still here. Where it can be moved, run this cell.</p>',
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
        raise ValueError(f"source is {brief(source)}; it must be a sheet, like handout, or a trace.")
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


def _roomy(drawn, terms=()):
    """Draw a picture again, with room for the numbers that the page will put there."""
    sizes, k, entries, *marked = drawn.parts
    roomy = [replace(entry, room=ROOM[entry.place[0]]) for entry in entries]
    return Picture(sizes, k, [*roomy, *terms], *marked)


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


def _control(trace, symbol, k, group):
    value = trace[symbol, k].value
    reach = max(2, math.ceil(2 * abs(value)))
    return {
        "symbol": symbol,
        "group": group,
        "name": write(symbol),
        "label": say(symbol),
        "min": -reach,
        "max": reach,
        "step": 0.01 if reach <= SMALL else 0.1,
    }


def _parameter_controls(trace):
    layers = range(1, len(trace.sizes))
    names = {layer: f"layer {layer}" for layer in layers}
    return [
        _control(trace, symbol, None, names[int(symbol.split("^")[1][0])])
        for symbol in notation.parameters(trace.sizes)
    ]


def _input_controls(trace, k):
    return [_control(trace, f"x_{i}", k, "inputs") for i in range(1, trace.sizes[0] + 1)]
