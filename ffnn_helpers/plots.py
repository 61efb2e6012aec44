"""The plots of the explorers: curves in a frame, as image and in words, and what they tell.

The page draws them again after every move; plots.js has the same functions, in the same order.
"""

import math
import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ffnn_helpers import notation
from ffnn_helpers.notation import number
from ffnn_helpers.operations import OPERATIONS, add
from ffnn_helpers.picture import Picture
from ffnn_helpers.steps import evaluate

WIDTH, HEIGHT = 300, 200  # of the frame
FLAT = 1e-9
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
SVG = """<svg xmlns="http://www.w3.org/2000/svg" class="ffnn-plot" role="img" aria-label="{words}"\
 width="390" height="260" viewBox="-25 0 390 260">
<style>
.ffnn-plot text {{ font: 13px "DejaVu Sans", Arial, sans-serif; fill: #1a1a1a; }}
.ffnn-plot path {{ fill: none; stroke: #0072b2; stroke-width: 2; }}
.ffnn-plot .tangent {{ stroke: #c75300; stroke-dasharray: 7 4; }}
.ffnn-plot .chord {{ stroke: #1a1a1a; stroke-dasharray: 2 3; }}
.ffnn-plot .dots {{ stroke: #1a1a1a; stroke-width: 7; stroke-linecap: round; }}
</style>
<rect x="-25" width="100%" height="100%" fill="#fff"/>
<rect x="60" y="10" width="300" height="200" fill="none" stroke="#767676"/>
<svg x="56" y="6" width="308" height="208" viewBox="-4 -4 308 208">
{paths}
</svg>
{ticks}
<text x="210" y="250" text-anchor="middle">{across}</text>
<text x="-8" y="115" text-anchor="middle" transform="rotate(-90 -8 115)">{up}</text>
</svg>
"""


@dataclass(frozen=True, eq=False)
class Plot:
    """Lines in a frame, drawn once by Python and after each move by the page.

    Attributes
    ----------
    name : str
        Which function of plots.js makes its lines.
    lines : dict of str to list of (float, float)
        "curve", "tangent", "chord" and "dots"; what is no number is left out.
    across, up : str
        What the two axes show.
    words : str
        What it shows; a symbol in brackets stands for its number.
    alternative : str
        The same with the numbers put in.
    low, high : float, optional
        The ends of the vertical axis, where they do not follow the curve.
    """

    name: str
    lines: dict
    across: str
    up: str
    words: str
    alternative: str
    low: float | None = None
    high: float | None = None

    @property
    def data(self):
        """What the page needs to draw it."""
        return {name: getattr(self, name) for name in ("name", "words", "low", "high")}

    @property
    def svg(self):
        lines = {
            line: [point for point in points if all(map(math.isfinite, point))]
            for line, points in self.lines.items()
        }
        places, heights = zip(*lines["curve"])
        left, right = places[0], places[-1]
        low = min(heights) if self.low is None else self.low
        high = max(heights) if self.high is None else self.high
        if high - low < FLAT:
            low, high = low - FLAT, high + FLAT
        scale = WIDTH / ((right - left) or 1), HEIGHT / (high - low)

        def place(point):
            return f"{(point[0] - left) * scale[0]:.1f} {HEIGHT - (point[1] - low) * scale[1]:.1f}"

        drawn = {line: f"M{'L'.join(map(place, points))}" for line, points in lines.items()}
        drawn["dots"] = "".join(f"M{place(point)}h0" for point in lines["dots"])
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
        return SVG.format(
            words=escape(self.alternative), paths=paths, ticks=ticks, across=self.across, up=self.up
        )

    def __repr__(self):
        return self.alternative

    html = Picture.html


def key_of(trace, symbol, k):
    """Read a symbol as the page does: of this observation, or else, and after "mean", of the batch."""
    if symbol.startswith("mean "):
        return symbol.removeprefix("mean "), None
    return (symbol, k) if (symbol, k) in trace.rules else (symbol, None)


def filled(words, trace):
    """Put the numbers of a trace, of observation 1 or the batch, into the brackets of a sentence."""
    return re.sub(r"\[(.+?)\]", lambda name: trace[key_of(trace, name[1], 1)].written(), words)


def curve(start, end, height, n=60):
    places = [start + (end - start) * j / n for j in range(n + 1)]
    return [(x, height(x)) for x in places]


def cost(trace, key, **changes):
    """Work out a cost with other numbers for some symbols of the batch."""
    return evaluate(trace.rules, {(symbol, None): value for symbol, value in changes.items()})[key]


def sigmoid_plot(trace):
    """Draw σ with its tangent; return how much of a gradient comes through there too."""
    z, a, slope = (trace[name].value for name in ("z", "a", "da/dz"))
    reach = max(8, math.ceil(abs(z)) + 2)
    lines = {
        "curve": curve(-reach, reach, lambda x: OPERATIONS["sigmoid"].compute([x]), 120),
        "tangent": curve(z - 2, z + 2, lambda x: a + slope * (x - z), 1),
        "dots": [(z, a)],
    }
    words = "The curve of σ, with its tangent at z = [z]: there a is [a], and the slope is [da/dz]."
    verdict = "saturated" if slope < 0.01 else "flat" if slope < 0.1 else "steep"
    return Plot("sigmoid", lines, "z", "σ(z)", words, filled(words, trace), 0, 1), verdict


def nudge_plot(trace, symbol, k, by):
    """Draw a cost against one parameter, with its tangent and the chord of a nudge."""
    value, here, slope = (trace[key].value for key in (symbol, ("C", k), (f"dC/d{symbol}", k)))

    def cost_at(x):
        return cost(trace, ("C", k), **{symbol: x})

    ends = [(x, cost_at(x)) for x in (value - by, value + by)]
    around = value - 1.5, value + 1.5
    lines = {
        "curve": curve(*around, cost_at),
        "tangent": curve(*around, lambda x: here + slope * (x - value), 1),
        "chord": ends,
        "dots": ends,
    }
    words = (
        "The cost of this observation against the chosen parameter: a curve, its tangent, and the"
        " straight line between the two ends of the nudge."
    )
    return Plot("nudge", lines, "the parameter", "C", words, words)


def descent_plot(trace):
    """Draw the cost after one step against the learning rate, and what the slope promises."""
    eta, before, after = (trace[symbol].value for symbol in ("eta", "C", "new C"))
    slopes = [trace[f"dC/d{parameter}"].value for parameter in notation.parameters(trace.sizes)]
    slope = add([-(value * value) for value in slopes])
    lines = {
        "curve": curve(0, 2 * eta, lambda x: cost(trace, ("new C", None), eta=x)),
        "tangent": curve(0, 2 * eta, lambda x: before + slope * x, 1),
        "dots": [(eta, after)],
    }
    words = (
        "The cost after one step, against the learning rate: [mean C] with none, [mean new C] with"
        " [eta]. A straight line shows what the slope promises."
    )
    return Plot("descent", lines, "learning rate", "C after one step", words, filled(words, trace))


def walk_plot(costs):
    """Draw the cost before each step of a walk; return how the walk goes too."""
    points = list(enumerate(costs))
    words = "The cost before each step of a long walk."
    plot = Plot("walk", {"curve": points, "dots": points}, "steps", "C", words, words, low=0)
    return plot, verdict_of(costs)


def verdict_of(costs):
    first, last = costs[0], costs[-1]
    if not last <= first:
        return "diverge"
    if any(after > before * (1 + 1e-9) for before, after in pairwise(costs)):
        return "bounce"
    return "crawl" if costs[-2] - last > (first - last) / 100 else "converge"


def walk(trace, steps):
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
