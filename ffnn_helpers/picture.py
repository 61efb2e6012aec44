"""The network as a picture: inputs on the left, the cost on the right, a number at every place.

A place is where something is written: an input, a neuron, a weight on its line, a bias, a true
value, the cost. It is named by the symbol that always stands there: z^1_2 is also the place of
a^1_2 and of dC/da^1_2.
"""

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from numbers import Real
from pathlib import Path

from ffnn_helpers.arguments import whole_sizes
from ffnn_helpers.drawing import draw
from ffnn_helpers.network import Network
from ffnn_helpers.notation import (
    canonical,
    number,
    parameters,
    say,
    split_derivative,
    weight,
    write,
)
from ffnn_helpers.steps import trace
from ffnn_helpers.tables import BLANK

MOST_NEURONS = 10
LONGEST_TEXT = 16
MOST_PATHS_SAID = 6
LEGIBLE = 11 / 13  # of a drawing's size: its letters of 13 pixels are 11 then
# The grid keeps what is around the drawing from growing as wide as it. What is hidden at the right
# casts a shadow, which the end of the drawing covers; it shows through the drawing's white ground.
# On paper nothing is scrolled.
STYLE = """<style>
.ffnn-drawing:not([hidden]) { display: grid; grid-template-columns: minmax(0, 1fr); }
.ffnn-drawing { width: fit-content; background:
  linear-gradient(to left, #fff 50%, #fff0) right / 48px 100% no-repeat local,
  linear-gradient(to left, #0007, #0000) right / 20px 100% no-repeat #fff; }
.ffnn-drawing > * { height: auto; mix-blend-mode: multiply; }
@media print { .ffnn-drawing > * { min-width: 0 !important; } }
</style>"""


def picture(source, k=1, *, values=None, derivatives=False, path=None):
    """Draw a network with the numbers of one observation.

    Parameters
    ----------
    source : Trace, Sheet, Network or sizes
        A trace shows every number, a sheet what is given, a network its parameters, and
        sizes, like ``(2, 2, 1)``, only the names.
    k : int
        The observation, from 1.
    values : dict, optional
        Symbol, or (symbol, k), to a number or a text; None is a blank, drawn as "?". It
        stands in place of the quantity's own number; a quantity that the picture does not
        show otherwise, like ``dC/dw^1_{2,1}`` or ``new z^1_2``, gets a line of its own at
        its place. What belongs to other observations is left out.
    derivatives : bool
        Write the derivatives of the cost beneath every weight, bias, z and a; for a trace.
    path : str, optional
        A derivative of the cost, like ``dC/dw^1_{2,1}``: its path, or paths, are marked.

    Returns
    -------
    Picture

    Raises
    ------
    KeyError
        If the network has no such symbol.
    ValueError
        If there is no such observation, a value is neither a number nor a text, or the
        network is too large to be read.

    Examples
    --------
    >>> picture((1, 1))
    A 1-1 network: 1 input, 1 output.
    At the start: input 1 (x₁).
    Neuron 1 of layer 1: the weight from input 1 (w₁,₁¹), the bias (b₁¹), z₁¹, a₁¹.
    At the end: the true value of output 1 (y₁), the cost (C).
    """
    steps, is_shown = _read(source)
    if max(steps.sizes) > MOST_NEURONS:
        raise ValueError(
            f"sizes is {steps.sizes}; a picture can be read up to {MOST_NEURONS} neurons a layer."
        )
    observations = [number for symbol, number in steps.given if symbol == "x_1"]
    if k not in observations:
        raise ValueError(f"k is {k!r}; the observations are 1 to {observations[-1]}.")
    if derivatives and source is not steps:
        raise ValueError("Derivatives need a trace: picture(sheet.trace, derivatives=True).")
    entries = {}
    for symbol in _always_named(steps.sizes):
        step = _find(steps, symbol, k)
        entries[symbol] = Entry(symbol, step.k, step.written() if is_shown(step) else None)
    for symbol in list(entries) if derivatives else []:
        if symbol[0] in "wbza":
            step = steps[f"dC/d{symbol}", k]
            entries[step.symbol] = Entry(step.symbol, k, step.written())
    entries |= _entries_of(values, steps, k)
    symbol = None if path is None else steps[path, k].symbol
    paths = () if path is None else steps.paths(symbol, k)
    observation = k if is_shown(steps["x_1", k]) else None
    return Picture(steps.sizes, observation, list(entries.values()), paths, symbol)


@dataclass(frozen=True)
class Entry:
    """What is written for one symbol: its number as text, or None where only its name is.

    An explorer in the page has two wishes: room for the longest text that it will put there,
    and lines of its own: a "term" beneath a weight, and where a learner's chain is "broken".
    """

    symbol: str
    k: int | None
    text: str | None
    room: str = ""
    slot: str = "value"

    @property
    def place(self):
        return _place(self.symbol)

    @property
    def kind(self):
        """The symbol without its indices: w, dC/dw, new z."""
        return re.sub(r"\^\d+|_\d+|_\{.*?\}", "", self.symbol)


def _read(source):
    """Return a trace of the source, and the question which of its steps are shown."""
    if hasattr(source, "recipe"):
        return source, lambda step: True
    if hasattr(source, "network"):
        steps = trace(source.network, source.x, source.y, source.eta)
        return steps, lambda step: step.operation == "given"
    sizes = whole_sizes(getattr(source, "sizes", source))
    names = parameters(sizes)
    theta = getattr(source, "theta", [0] * len(names))
    steps = trace(Network(sizes, theta), [[0] * sizes[0]], [[0] * sizes[-1]], eta=1)
    return steps, lambda step: hasattr(source, "theta") and step.symbol in names


def _find(steps, symbol, k):
    """Return the step of a symbol for an observation, or else the one for the whole batch."""
    name = canonical(symbol, steps.sizes) if isinstance(symbol, str) else symbol
    for key in (name, k), (name, None):
        if key in steps.recipe or key in steps.given:
            return steps[key]
    return steps[symbol, k]  # which raises, with a sentence


def _always_named(sizes):
    """List the symbols that every picture shows, from left to right."""
    neurons = [
        f"{letter}^{layer}_{neuron}"
        for layer, size in enumerate(sizes[1:], start=1)
        for neuron in range(1, size + 1)
        for letter in "za"
    ]
    inputs = [f"x_{i}" for i in range(1, sizes[0] + 1)]
    outputs = [f"y_{i}" for i in range(1, sizes[-1] + 1)]
    return [*inputs, *parameters(sizes), *neurons, *outputs, "C"]


def _place(symbol):
    """Name the place where a symbol is written.

    Examples
    --------
    >>> _place("a^1_2"), _place("dC/dw^1_{2,1}"), _place("dz^2_1/da^1_2")
    ('z^1_2', 'w^1_{2,1}', 'w^2_{1,2}')
    """
    symbol = symbol.removeprefix("delta ").removeprefix("new ")
    if derivative := split_derivative(symbol):
        above, below = derivative
        if above[0] == "z" and below[0] == "a":  # it acts along the weight between the two
            layer, neuron, _, source = re.findall(r"\d+", symbol)
            return weight(layer, neuron, source)
        symbol = below
    return f"z{symbol[1:]}" if symbol.startswith("a^") else symbol


def _entries_of(values, steps, k):
    """Read the values that came with the picture, as far as they belong to observation k."""
    if not isinstance(values or {}, Mapping):
        raise ValueError(f'values is {values!r:.60}; it must be a dict, like {{"z^1_2": 5.5}}.')
    entries = {}
    for key, value in (values or {}).items():
        symbol, of = key if isinstance(key, tuple) and len(key) == 2 else (key, k)
        step = _find(steps, symbol, of)
        if step.symbol == "eta":
            raise ValueError(f"{symbol} has no place in the picture.")
        if step.k in (k, None):
            entries[step.symbol] = Entry(step.symbol, step.k, _text(symbol, value))
    return entries


def _text(symbol, value):
    """Write a value that came with the picture."""
    if value is None or value == "":
        return BLANK
    if isinstance(value, str):
        value = " ".join(value.split())
        return value if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"
    if isinstance(value, Real) and math.isfinite(value):
        return number(float(value))
    raise ValueError(
        f"values: {symbol} is {value!r:.60}; it must be a finite number, a text, or None for a blank."
    )


class Picture:
    """A drawn network, with the same in words for who does not see it.

    Attributes
    ----------
    svg : str
        The drawing. Each number is a tspan with data-slot="value", data-symbol and, where
        it belongs to an observation, data-k; lines have class "positive" or "negative",
        and what lies on the path has class "on-path".
    alternative : str
        What the drawing says, in words.
    """

    def __init__(self, sizes, k, entries, paths, symbol):
        self.parts = sizes, k, entries, paths, symbol
        sentences = list(_words(sizes, k, entries, paths, symbol))
        self.alternative = " ".join(sentences)
        self._text = "\n".join(sentences)
        remarks = [remark_of_paths(paths, symbol)] if paths else []
        title = f"observation {k}" if k else ""
        self.svg = draw(sizes, title, entries, marked_by(paths), remarks, self.alternative)

    def __repr__(self):
        return self._text

    @property
    def html(self):
        """The drawing as an image, which survives where inline SVG is taken out.

        Where the page is narrow it shrinks while its letters can be read; from there on it is scrolled.
        """
        data = base64.b64encode(self.svg.encode()).decode()
        narrowest = LEGIBLE * int(re.search(r' width="(\d+)"', self.svg)[1])
        return (
            f'{STYLE}<div class="ffnn-drawing" tabindex="0" style="max-width:100%;overflow-x:auto">'
            f'<img alt="{escape(self.alternative)}" style="min-width:{narrowest:.0f}px;max-width:100%" '
            f'src="data:image/svg+xml;base64,{data}"></div>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "image/svg+xml": self.svg, "text/plain": self._text}

    def save(self, path):
        """Write the drawing to a file, for a page that shows it as an image."""
        Path(path).write_text(self.svg, encoding="utf-8")


def _words(sizes, k, entries, paths, symbol):
    """Say what the picture shows, a sentence for each part."""
    said = {}
    for entry in entries:
        if entry.slot == "value":
            said.setdefault(entry.place, []).append(_say_entry(entry))
    hidden = [f"a hidden layer of {_count(size, 'neuron')}" for size in sizes[1:-1]]
    parts = ", ".join([_count(sizes[0], "input"), *hidden, _count(sizes[-1], "output")])
    observation = f", observation {k}" if k else ""
    yield f"A {'-'.join(map(str, sizes))} network{observation}: {parts}."
    yield _sentence("At the start", [said[f"x_{i}"] for i in range(1, sizes[0] + 1)])
    for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        for neuron in range(1, n_out + 1):
            weights = [said[weight(layer, neuron, i)] for i in range(1, n_in + 1)]
            own = [said[f"b^{layer}_{neuron}"], said[f"z^{layer}_{neuron}"]]
            yield _sentence(f"Neuron {neuron} of layer {layer}", [*weights, *own])
    yield _sentence("At the end", [*(said[f"y_{i}"] for i in range(1, sizes[-1] + 1)), said["C"]])
    if paths:
        yield words_of_paths(paths, symbol)
    yield from (words_of_break(entry) for entry in entries if entry.slot == "broken")


def marked_by(paths):
    """Return the symbols on some paths, and their places."""
    factors = {factor.symbol for path in paths for factor in path}
    return {"C", *factors, *map(_place, factors)} if paths else set()


def remark_of_paths(paths, symbol):
    """Say beneath the network what is drawn thick."""
    which = "the path" if len(paths) == 1 else f"the {len(paths)} paths"
    return f"Thick, with arrowheads: {which} of {write(symbol)}."


def words_of_paths(paths, symbol):
    """Say what the marked paths pass."""
    marked = "Marked is the path" if len(paths) == 1 else f"Marked are the {len(paths)} paths"
    listed = f": {'; '.join(map(_say_path, paths))}" if len(paths) <= MOST_PATHS_SAID else ""
    return f"{marked} of {say(symbol)}{listed}."


def words_of_break(entry):
    """Say at which quantity a learner's chain breaks, and what was written there."""
    return f"The chain breaks at {say(entry.symbol)}: {entry.text.removeprefix('✗ ')}."


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(subject, places):
    return f"{subject}: {', '.join(part for place in places for part in place)}."


def _say_entry(entry):
    """Say one entry; at which neuron it stands is said by its sentence."""
    name = entry.kind
    if name == "w":
        name = say(entry.symbol).split(" to ")[0]
    elif name in "xyC":
        name = say(entry.symbol)
    elif name == "b":
        name = "the bias"
    if entry.text is not None:
        return f"{name} is {entry.text}"
    return write(entry.symbol) if name in "za" else f"{name} ({write(entry.symbol)})"


def _say_path(path):
    """Name what a path passes, from the cost backwards."""
    stops = []
    for factor in path:
        _, below = split_derivative(factor.symbol)
        if below[0] == "a":
            _, _, where = say(below).partition(" of ")
            stops.append(where)
        elif below[0] == "w":
            stops.append(say(below).split(" to ")[0])
        elif below[0] == "b":
            stops.append("its bias")
    return f"from the cost to {', to '.join(stops)}"
