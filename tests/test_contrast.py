"""Every text in a picture is read against what it stands on: at least 4.5 to 1, from the drawing's own colours."""

import re
from xml.etree import ElementTree

import pytest

from ffnn_helpers import Network, handout, picture, trace, two_paths
from tests.explorers import EXPLORERS

LEAST = 4.5
LETTER = 7  # px, a usual width
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SELECTOR = re.compile(
    r"[\w.-]+( [\w.-]+)*"
)  # tags and classes, inside one another: all that the drawings use
LARGE = trace(
    Network((4, 5, 3), [(-1) ** i * (i % 9 + 1) / 10 for i in range(43)]),
    [[1] * 4],
    [[1, 0, 1]],
    0.1,
)
DRAWINGS = {
    "names": picture((2, 2, 1)),
    "given numbers": picture(handout),
    "all numbers": picture(handout.trace),
    "a blank": picture(handout, values={"C": None}),
    "derivatives and a path": picture(handout.trace, derivatives=True, path="dC/dw^1_{2,1}"),
    "two paths": picture(two_paths.trace, path="dC/dw^1_{1,1}"),
    "large, with a path": picture(LARGE, path="dC/dw^1_{1,1}"),
} | {
    f"{name}, drawing {n}": drawn
    for name, explorer in EXPLORERS.items()
    for n, drawn in enumerate(explorer.drawings, start=1)
}


def contrasts(svg):
    """Yield each text of a drawing and its contrast with what it stands on."""
    root = ElementTree.fromstring(svg)
    rules = [rule for style in root.iter(tag("style")) for rule in rules_of(style.text)]
    grounds = []
    for element, ancestors in walk(root, ()):
        colour = fill(element, ancestors, rules)
        if element.tag in (tag("rect"), tag("ellipse")) and colour != "none":
            grounds.append((element, colour))
        if element.tag == tag("text"):
            for point in points_of(element):
                behind = [c for ground, c in grounds if covers(ground, *point)][-1]
                yield "".join(element.itertext()), contrast(colour, behind)


def tag(name):
    return f"{{http://www.w3.org/2000/svg}}{name}"


def walk(element, ancestors):
    yield element, ancestors
    for child in element:
        yield from walk(child, (*ancestors, element))


def rules_of(style):
    """List (selector, colour) of a style sheet, the one that wins last."""
    found = []
    for selectors, declarations in RULE.findall(style):
        colour = re.search(r"(?:^|[;\s])fill:\s*([^;\s]+)", declarations)
        for selector in map(str.strip, selectors.split(",")):
            assert SELECTOR.fullmatch(selector), f"{selector}: this test does not read it"
            assert "opacity" not in declarations
            found += [(selector, colour[1])] if colour else []
    return sorted(found, key=lambda rule: rule[0].count("."))


def fill(element, ancestors, rules):
    """The colour that an element is filled with: its own, or else what it inherits."""
    own = [colour for selector, colour in rules if matches(element, ancestors, selector)]
    if own or "fill" in element.attrib:
        return own[-1] if own else element.get("fill")
    return fill(ancestors[-1], ancestors[:-1], rules) if ancestors else "#000"


def matches(element, ancestors, selector):
    *outer, last = selector.split()
    around = iter(ancestors)
    return fits(element, last) and all(any(fits(a, part) for a in around) for part in outer)


def fits(element, part):
    name, *classes = part.split(".")
    return (not name or element.tag == tag(name)) and set(classes) <= set(
        element.get("class", "").split()
    )


def points_of(text):
    """Three points of a text: its beginning, its middle, its end."""
    x, y = float(text.get("x")), float(text.get("y")) - 4
    width = LETTER * len("".join(text.itertext()))
    left = x if "remark" in text.get("class", "") else x - width / 2
    return [(left + part * width, y) for part in (0.1, 0.5, 0.9)]


def covers(shape, x, y):
    if shape.get("width") == "100%":
        return True
    if shape.tag == tag("rect"):
        left, top, width, height = (
            float(shape.get(name)) for name in ("x", "y", "width", "height")
        )
        return left <= x <= left + width and top <= y <= top + height
    cx, cy, rx, ry = (float(shape.get(name)) for name in ("cx", "cy", "rx", "ry"))
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


def contrast(one, other):
    """The contrast of two colours, from 1 to 21, as WCAG defines it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("drawn", DRAWINGS.values(), ids=DRAWINGS)
def test_every_text_of_a_drawing_stands_out_from_its_ground(drawn):
    found = list(contrasts(drawn.svg))
    assert len(found) >= 3
    assert [(text, round(ratio, 2)) for text, ratio in found if ratio < LEAST] == []


@pytest.mark.parametrize(
    ("colours", "ratio"),
    [(("#000", "#fff"), 21), (("#767676", "#ffffff"), 4.54), (("#777", "#fff"), 4.48)],
)
def test_the_contrast_is_that_of_wcag(colours, ratio):
    assert round(contrast(*colours), 2) == ratio


@pytest.mark.parametrize(
    ("faint", "where"),
    [
        ("text { fill: #777; }", "b"),  # on the white page
        ("text { fill: #767676; }", "a"),  # enough on the page, too little on a neuron
        ("text { fill: #1a1a1a; } .pale { fill: #777; }", "b"),
    ],
)
def test_a_text_that_is_too_faint_is_found(faint, where):
    drawing = f"""<svg xmlns="http://www.w3.org/2000/svg"><style>{faint}</style><rect width="100%" fill="#fff"/>
        <ellipse cx="50" cy="50" rx="20" ry="20" fill="#eee"/>
        <text x="50" y="54">a</text><text class="pale" x="150" y="54">b</text></svg>"""
    assert where in {text for text, ratio in contrasts(drawing) if ratio < LEAST}
