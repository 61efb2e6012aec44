"""Where everything in the picture of a network stands, and the SVG that comes of it.

All layers share one distance between neurons. The label of the line from neuron i to neuron j
of n stands the fraction 1 / (n + 1) of the way along it: so the labels between two layers
make one column, and in it no two are closer than that fraction of the distance.
"""

import math
from html import escape
from itertools import pairwise

from ffnn_helpers.notation import weight, write

FONT = 13
LINE = 17  # from one line of text to the next
GAP = 8  # between things that must not touch
STUB = 22  # the short line from a bias to its neuron
MOST_NAMED = 6  # with more lines between two layers, the weights on them have no names

STYLE = """
.ffnn-picture text { font: 13px "DejaVu Sans", Arial, sans-serif; fill: #1a1a1a; text-anchor: middle; }
.ffnn-picture .ground { fill: #fff; }
.ffnn-picture .remark { font-size: 12px; fill: #555; text-anchor: start; }
.ffnn-picture .node { fill: #f3f5f7; stroke: #666; stroke-width: 1.5; }
.ffnn-picture .line { stroke: #767676; stroke-width: 1.5; }
.ffnn-picture .on-path .line { stroke: #1a1a1a; }
.ffnn-picture .positive .line { stroke: #0072b2; }
.ffnn-picture .negative .line { stroke: #c75300; stroke-dasharray: 7 4; }
.ffnn-picture .mark { display: none; stroke: #1a1a1a; stroke-width: 9; }
.ffnn-picture .arrow { fill: #1a1a1a; stroke-width: 0; }
.ffnn-picture .on-path .mark { display: inline; }
.ffnn-picture .on-path .node { stroke: #1a1a1a; stroke-width: 4; }
""".strip()

WIDE, NARROW, SMALL = set("=−+wmWMCΔ"), set(" .,·()/il"), set("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹")


def width_of(text):
    """Estimate how wide a text is drawn, rather too wide than too narrow."""
    return FONT * sum(
        0.84 if c in WIDE else 0.36 if c in NARROW else 0.42 if c in SMALL else 0.65 for c in text
    )


def draw(sizes, title, entries, marked, remarks):
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

    Returns
    -------
    str
    """
    on_lines = list(dict.fromkeys(entry.kind for entry in entries if entry.place[0] == "w"))
    crowded = max(m * n for m, n in pairwise(sizes)) > MOST_NAMED and len(on_lines) <= 2
    texts, amounts = {}, {}
    for entry in entries:
        texts.setdefault(entry.place, []).append((entry, *_name_and_number(entry, crowded)))
        if entry.symbol[0] in "wb" and (amount := _amount(entry.text)) is not None:
            amounts[entry.symbol] = amount
    if amounts:
        remarks = ["Solid: positive. Dashed: negative. The wider, the larger.", *remarks]
    if crowded and amounts:
        beneath = "".join(f", beneath it {write(kind)}" for kind in on_lines[1:])
        remarks = [f"On each line: its weight{beneath}.", *remarks]
    layout = Layout(sizes, texts)
    largest = max(map(abs, amounts.values()), default=0) or 1
    parts = [
        _line(symbol, *ends, amounts.get(symbol), largest, symbol in marked)
        for symbol, ends in layout.lines.items()
    ]
    parts += [
        _node(
            symbol, centre, layout.radii[symbol[0]], symbol in marked or (symbol == "C" and marked)
        )
        for symbol, centre in layout.nodes.items()
    ]
    for place, lines in texts.items():
        parts.append(_label(lines, *layout.labels[place], ground=place[0] == "w"))
    bottom = layout.height
    parts += [
        _remark(text, y)
        for text, y in [(title, LINE), *((r, bottom + n * LINE) for n, r in enumerate(remarks))]
        if text
    ]
    width = max(layout.width, *(width_of(text) + 2 * GAP for text in [title, *remarks]))
    height = bottom + max(0, len(remarks) - 1) * LINE + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ffnn-picture" role="img"'
        f' width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">\n'
        f'<style>\n{STYLE}\n</style>\n<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


class Layout:
    """Where things stand: nodes and labels by place, lines by what they stand for.

    texts is a dict from place to (entry, name, number); its lengths and widths decide.
    """

    def __init__(self, sizes, texts):
        def widest(letter):
            return max(
                width_of(name + number)
                for place in texts
                if place[0] == letter
                for _, name, number in texts[place]
            )

        def highest(letter):
            return LINE * max(len(texts[place]) for place in texts if place[0] == letter)

        block = {letter: (widest(letter) / 2, highest(letter) / 2) for letter in "xwbzyC"}
        self.radii = {letter: (block[letter][0] + 12, block[letter][1] + 10) for letter in "xC"}
        half_width, half_height = block["z"]
        if max(sizes) <= 3:  # room for circles
            radius = math.hypot(half_width, half_height) + 3
            self.radii["z"] = radius, radius
        else:
            self.radii["z"] = half_width * 1.3 + 3, half_height * 1.55 + 1
        rx, ry = self.radii["z"]
        above = ry + STUB + 2 * block["b"][1]
        below = ry + 2 * block["y"][1] + 3
        apart = max(
            above + (below if sizes[-1] > 1 else ry) + GAP,
            2 * self.radii["x"][1] + GAP,
            *((2 * block["w"][1] + 1) * (n + 1) for n in sizes[1:]),
        )
        middle = LINE + GAP + above + (max(sizes) - 1) / 2 * apart
        self.height = middle + (max(sizes) - 1) / 2 * apart + below + GAP + LINE
        self.nodes, self.lines, self.labels = {}, {}, {}

        def column(names, x):
            for i, name in enumerate(names):
                self.nodes[name] = self.labels[name] = (
                    x,
                    middle + (i - (len(names) - 1) / 2) * apart,
                )

        right = GAP + 2 * self.radii["x"][0]
        sources = [f"x_{i}" for i in range(1, sizes[0] + 1)]
        column(sources, GAP + self.radii["x"][0])
        for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
            neurons = [f"z^{layer}_{i}" for i in range(1, n_out + 1)]
            part = 1 / max(n_out + 1, 3)
            room = block["w"][0] + GAP  # beside the label; the arrow comes after it
            gap = max(room / min(part, 0.28), apart * (n_in + n_out) / 5)
            column(neurons, right + gap + rx)
            for j, neuron in enumerate(neurons, start=1):
                x, y = self.nodes[neuron]
                for i, source in enumerate(sources, start=1):
                    start, end = (right, self.nodes[source][1]), (x - rx, y)
                    symbol = weight(layer, j, i)
                    self.lines[symbol] = start, end
                    self.labels[symbol] = _between(start, end, part)
                bias = f"b{neuron[1:]}"
                self.lines[bias] = (x, y - ry - STUB), (x, y - ry)
                self.labels[bias] = x, y - ry - STUB - block["b"][1]
            sources, right = neurons, right + gap + 2 * rx
        cost_x = right + 70 + self.radii["C"][0]
        column(["C"], cost_x)
        for i, output in enumerate(sources, start=1):
            x, y = self.nodes[output]
            self.labels[f"y_{i}"] = x, y + ry + 3 + block["y"][1]
            self.lines[f"dC/da{output[1:]}"] = (right, y), (cost_x - self.radii["C"][0], middle)
        self.width = cost_x + self.radii["C"][0] + GAP


def _between(start, end, part):
    return tuple(a + (b - a) * part for a, b in zip(start, end))


def _name_and_number(entry, crowded):
    """Split what is written for an entry, so that its number can be replaced alone."""
    own = entry.kind in ("x", "w", "b", "z", "a", "y", "C")
    name = write(entry.symbol if own else entry.kind)
    if entry.text is None:
        return name, ""
    return ("" if crowded and entry.place[0] == "w" else f"{name} = "), entry.text


def _amount(text):
    try:
        return float(text.replace("−", "-"))
    except (AttributeError, ValueError):
        return None


def _line(symbol, start, end, amount, largest, on_path):
    """Draw the line of a weight or bias, its mark beneath, and the arrow back from the cost."""
    sign, width = "", ""
    if amount:
        sign = " positive" if amount > 0 else " negative"
        width = f' style="stroke-width:{1.5 + 4 * abs(amount) / largest:.1f}"'
    (x1, y1), (x2, y2) = start, end
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return (
        f'<g class="edge{sign}{" on-path" * on_path}" data-symbol="{symbol}">'
        f'<line class="mark" {ends}/><line class="line" {ends}{width}/>'
        f'<path class="mark arrow" d="{_arrow(start, end)}"/></g>'
    )


def _arrow(start, end):
    """Draw a triangle on a line, three quarters of the way along it, pointing to its start."""
    length = math.dist(start, end)
    along = [(a - b) / length for a, b in zip(start, end)]
    size = min(22, length * 0.7)
    back = _between(start, end, 0.75 if length > 3 * size else 0.9)
    tip = [b + size * u for b, u in zip(back, along)]
    wings = [
        (back[0] - side * along[1] * size * 0.5, back[1] + side * along[0] * size * 0.5)
        for side in (1, -1)
    ]
    return "M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z".format(*tip, *wings[0], *wings[1])


def _node(symbol, centre, radii, on_path):
    (x, y), (rx, ry) = centre, radii
    return (
        f'<g class="neuron{" on-path" if on_path else ""}" data-symbol="{symbol}">'
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
                f'<rect class="ground" x="{x - width / 2:.1f}" y="{middle - 7.5:.1f}"'
                f' width="{width:.1f}" height="15"/>'
            )
        observation = f' data-k="{entry.k}"' if entry.k else ""
        slot = f'<tspan data-slot="value" data-symbol="{entry.symbol}"{observation}>'
        text = escape(name) + (f"{slot}{escape(number)}</tspan>" if number else "")
        parts.append(f'<text x="{x:.1f}" y="{middle + 4.5:.1f}">{text}</text>')
    return "\n".join(parts)


def _remark(text, y):
    return f'<text class="remark" x="{GAP}" y="{y:.1f}">{escape(text)}</text>'
