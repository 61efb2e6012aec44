"""Where everything in the picture of a network stands, and the SVG that comes of it.

All layers share one distance between neurons. The label of the line from neuron i to neuron j
of n stands the fraction 1 / (n + 1) of the way along it, and never more than a third: so the
labels between two layers make one column, and in it no two are closer than that fraction of the distance.
"""

import math
import re
from html import escape
from itertools import pairwise

from ffnn_helpers.notation import read_number, weight, write

FONT = 13
LINE = 16  # from one line of text to the next
GAP = 8  # between things that must not touch
ARROW, ARROW_AT = 22, 0.75  # its length, and the part of the line where it begins
STUB = 22  # the short line from a bias to its neuron
COST_LINE = 50  # how far right of the outputs the cost stands
ROOMY = 3  # up to so many neurons a layer there is room for circles and names

STYLE = """
.ffnn-picture text { font: 13px "DejaVu Sans", Arial, sans-serif; fill: #1a1a1a; text-anchor: middle; }
.ffnn-picture .ground { fill: #fff; }
.ffnn-picture .remark { fill: #555; text-anchor: start; }
.ffnn-picture .node { fill: #f3f5f7; stroke: #666; stroke-width: 1.5; }
.ffnn-picture .line { stroke: #767676; }
.ffnn-picture .on-path .line { stroke: #1a1a1a; }
.ffnn-picture .positive .line { stroke: #0072b2; }
.ffnn-picture .negative .line { stroke: #c75300; stroke-dasharray: 7 4; }
.ffnn-picture .mark { display: none; stroke: #1a1a1a; stroke-width: 9; }
.ffnn-picture .arrow { fill: #1a1a1a; stroke-width: 0; }
.ffnn-picture .on-path .mark { display: inline; }
.ffnn-picture .on-path .node { stroke: #1a1a1a; stroke-width: 4; }
""".strip()

BROKEN_STYLE = """
.ffnn-picture .broken .node, .ffnn-picture .broken .line { stroke: #1a1a1a; stroke-width: 5; stroke-dasharray: 2 4; }
"""

NUMBER = re.compile(r"−?\d+(\.\d+)?")
WIDE, NARROW, SMALL = set("=−+wmWMCΔ"), set(" .,·()/il∂"), set("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹")


def width_of(text):
    """Estimate how wide a text is drawn, rather too wide than too narrow."""
    # fsum, since sum() rounds in another way from Python 3.12 on, and a stored picture is compared
    return FONT * math.fsum(
        0.84 if c in WIDE else 0.34 if c in NARROW else 0.42 if c in SMALL else 0.65 for c in text
    )


def draw(sizes, title, entries, marked, remarks, alternative):
    """Draw a network as SVG.

    Parameters
    ----------
    sizes : tuple of int
    title : str
    entries : sequence of Entry
        What is written, each with its place.
    marked : set of str
        The symbols on the path, and their places.
    remarks : list of str
        Written beneath the network.
    alternative : str
        The drawing in words.

    Returns
    -------
    str
    """
    values = [entry for entry in entries if entry.slot == "value"]
    broken = {entry.place for entry in entries if entry.slot == "broken"}
    on_lines = list(dict.fromkeys(entry.kind for entry in values if entry.place[0] == "w"))
    crowded = max(sizes) > ROOMY and len(on_lines) <= 2
    texts, amounts = {}, {}
    for entry in entries:
        texts.setdefault(entry.place, []).append((entry, *_name_and_number(entry, crowded)))
        is_amount = entry.symbol[0] in "wb" and entry.slot == "value" and entry.text
        if is_amount and NUMBER.fullmatch(entry.text):
            amounts[entry.symbol] = read_number(entry.text)
    largest = max(map(abs, amounts.values()), default=0)
    if largest:
        remarks = ["Solid: positive. Dashed: negative. The wider, the larger.", *remarks]
    if crowded and amounts:
        beneath = "".join(f", beneath it {write(kind)}" for kind in on_lines[1:])
        remarks = [f"On each line: its weight{beneath}.", *remarks]
    layout = Layout(sizes, texts)

    def looks(symbol):
        return " on-path" * (symbol in marked) + " broken" * (symbol in broken)

    parts = [_remark(title, LINE)]
    for symbol, ends in layout.lines.items():
        share = amounts.get(symbol, 0) / (largest or 1)
        parts.append(_line(symbol, *ends, share, looks(symbol)))
    for symbol, centre in layout.nodes.items():
        parts.append(_node(symbol, centre, layout.radii[symbol[0]], looks(symbol)))
    for place, lines in texts.items():
        parts.append(_label(lines, *layout.labels[place], ground=place[0] == "w"))
    for n, remark in enumerate(remarks, start=1):
        parts.append(_remark(remark, layout.height + n * LINE))
    width = max(layout.width, *(width_of(text) + 2 * GAP for text in [title, *remarks]))
    height = layout.height + len(remarks) * LINE + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ffnn-picture" role="img"'
        f' aria-label="{escape(alternative)}" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    style = STYLE + BROKEN_STYLE.rstrip() * bool(broken)
    return "\n".join([head, f"<style>\n{style}\n</style>", ground, *parts, "</svg>", ""])


class Layout:
    """Where things stand, found from the texts: a dict from place to (entry, name, number).

    Attributes
    ----------
    width, height : float
        Without title and remarks, but with room for the title.
    nodes, labels : dict of str to (float, float)
        The centre of each input, neuron and cost, and of the text at each place.
    lines : dict of str to pair of (float, float)
        From where to where the line of a weight, a bias, or to the cost goes.
    radii : dict of str to (float, float)
        Half the width and half the height of the nodes, by the first letter of their place.
    """

    def __init__(self, sizes, texts):
        self.nodes, self.labels, self.lines, self.radii = {}, {}, {}, {}
        self._measure(sizes, texts)
        self._set_out(sizes)

    def _measure(self, sizes, texts):
        """Find how large things are, and how far apart that puts the neurons of a layer."""
        half = {}  # half the width and half the height of the largest text of each kind
        for place, lines in texts.items():
            width = max(_room(*line) for line in lines)
            before = half.get(place[0], (0, 0))
            half[place[0]] = max(before[0], width / 2), max(before[1], len(lines) * LINE / 2)
        self.half = half
        for letter in "xC":
            self.radii[letter] = half[letter][0] + 12, half[letter][1] + 10
        if max(sizes) <= ROOMY:
            radius = math.hypot(*half["z"]) + 3
            self.radii["z"] = radius, radius
        else:
            low = half["z"][1] * 1.55 + 1
            self.radii["z"] = max(half["z"][0] * 1.3 + 3, low), low
        radius = self.radii["z"][1]
        above = radius + STUB + 2 * half["b"][1]
        below = radius + 3 + 2 * half["y"][1]
        self.apart = max(
            above + (below + GAP if sizes[-1] > 1 else radius) + GAP,
            2 * self.radii["x"][1] + GAP,
            *((2 * half["w"][1] + 4) * (n_out + 1) for n_out in sizes[1:]),
            110,
        )
        outermost = (max(sizes) - 1) / 2 * self.apart
        self.middle = LINE + GAP + above + outermost
        self.height = self.middle + outermost + below

    def _set_out(self, sizes):
        """Put every layer at its place, from left to right, and the lines between them."""
        sources = [f"x_{i}" for i in range(1, sizes[0] + 1)]
        right = self._column(sources, GAP)
        for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
            part = 1 / max(n_out + 1, 3)
            gap = max(
                (self.half["w"][0] + GAP) / part,  # the label is clear of its source
                (self.half["w"][0] + ARROW + GAP) / (ARROW_AT - part),  # and of the arrow
                min(self.apart * (n_in + n_out) / 5, 240),  # the lines are not too steep
                160,
            )
            neurons = [f"z^{layer}_{i}" for i in range(1, n_out + 1)]
            left, right_before = right + gap, right
            right = self._column(neurons, left)
            for j, neuron in enumerate(neurons, start=1):
                x, y = self.nodes[neuron]
                for i, source in enumerate(sources, start=1):
                    ends = (right_before, self.nodes[source][1]), (left, y)
                    self.lines[weight(layer, j, i)] = ends
                    self.labels[weight(layer, j, i)] = _between(*ends, part)
                top, bias = y - self.radii["z"][1], f"b{neuron[1:]}"
                self.lines[bias] = (x, top - STUB), (x, top)
                self.labels[bias] = x, top - STUB - self.half["b"][1]
            sources = neurons
        self.width = self._column(["C"], right + COST_LINE) + GAP
        for i, output in enumerate(sources, start=1):
            x, y = self.nodes[output]
            self.labels[f"y_{i}"] = x, y + self.radii["z"][1] + 3 + self.half["y"][1]
            self.lines[f"dC/da{output[1:]}"] = (right, y), (right + COST_LINE, self.middle)

    def _column(self, places, left):
        """Put nodes above each other; return where the column ends on the right."""
        radius = self.radii[places[0][0]][0]
        for i, place in enumerate(places):
            y = self.middle + (i - (len(places) - 1) / 2) * self.apart
            self.nodes[place] = self.labels[place] = left + radius, y
        return left + 2 * radius


def _between(start, end, part):
    return tuple(a + (b - a) * part for a, b in zip(start, end))


def _room(entry, name, number):
    return width_of(name + max(number, entry.room, key=len))


def _name_and_number(entry, crowded):
    """Split what is written for an entry, so that its number can be replaced alone."""
    if entry.slot != "value":
        return "", entry.text
    own = entry.kind in ("x", "w", "b", "z", "a", "y", "C")
    name = write(entry.symbol if own else entry.kind)
    if entry.text is None:
        return name, ""
    return ("" if crowded and entry.place[0] == "w" else f"{name} = "), entry.text


def _line(symbol, start, end, share, looks):
    """Draw a weight or bias, its share of the largest by width, and what marks it on a path."""
    sign = " positive" if share > 0 else " negative" if share < 0 else ""
    (x1, y1), (x2, y2) = start, end
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return (
        f'<g class="edge{sign}{looks}" data-symbol="{symbol}">'
        f'<line class="mark" {ends}/><line class="line" {ends} stroke-width="{1.5 + 4 * abs(share):.1f}"/>'
        f'<path class="mark arrow" d="{_arrow(start, end)}"/></g>'
    )


def _arrow(start, end):
    """Draw a triangle on a line, pointing to its start."""
    length = math.dist(start, end)
    along, across = ((a - b) / length for a, b in zip(start, end))
    size = min(ARROW, length * 0.7)
    x, y = _between(start, end, ARROW_AT if size == ARROW else 0.9)
    side = size / 2
    corners = [
        (x + size * along, y + size * across),
        (x - side * across, y + side * along),
        (x + side * across, y - side * along),
    ]
    return f"M{' L'.join(f'{x:.1f} {y:.1f}' for x, y in corners)} Z"


def _node(symbol, centre, radii, looks):
    (x, y), (rx, ry) = centre, radii
    return (
        f'<g class="neuron{looks}" data-symbol="{symbol}">'
        f'<ellipse class="node" cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"/></g>'
    )


def _label(lines, x, y, ground):
    """Write the lines of one place around a point, on a white ground where lines pass."""
    parts = []
    for n, (entry, name, number) in enumerate(lines):
        middle = y + (n - (len(lines) - 1) / 2) * LINE
        if ground:
            width = width_of(name + number) + 4
            parts.append(
                f'<rect class="ground" x="{x - width / 2:.1f}" y="{middle - LINE / 2:.1f}"'
                f' width="{width:.1f}" height="{LINE}"/>'
            )
        observation = f' data-k="{entry.k}"' if entry.k else ""
        slot = f'<tspan data-slot="{entry.slot}" data-symbol="{entry.symbol}"{observation}>'
        text = escape(name) + (f"{slot}{escape(number)}</tspan>" if number else "")
        parts.append(f'<text x="{x:.1f}" y="{middle + 4.5:.1f}">{text}</text>')
    return "\n".join(parts)


def _remark(text, y):
    return text and f'<text class="remark" x="{GAP}" y="{y:.1f}">{escape(text)}</text>'
