"""The picture: nothing overlaps, everything is said in words as well, and the slots are there."""

import base64
import math
import re
from html import unescape
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from ffnn_helpers import Network, handout, picture, trace, two_paths
from ffnn_helpers.drawing import STYLE
from ffnn_helpers.notation import parameters, write

SVG = "{http://www.w3.org/2000/svg}"
t = handout.trace
NUMBER = re.compile(r"−?\d+(?:\.\d+)?")


def step_of(sizes):
    """A step with numbers that are as long as the course has them, of both signs."""
    P = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    theta = [(-1) ** (i * i // 3) * (13 + 37 * i % 101) / 100 for i in range(P)]
    x, y = [[-2.5, 10, 0.75, -1.2][: sizes[0]]], [[0.5, 0.25, 0.8][: sizes[-1]]]
    return trace(Network(sizes, theta), x, y, 0.1)


SIZES = [(1, 1), (2, 2, 1), (2, 2, 2), (3, 3, 3), (3, 4, 2), (4, 5, 3), (4, 1, 3), (1, 5, 1)]
PICTURES = {}
for sizes in SIZES:
    made, name, first = step_of(sizes), "-".join(map(str, sizes)), parameters(sizes)[0]
    PICTURES |= {
        name: picture(made),
        f"{name} with a path": picture(made, path=f"dC/d{first}"),
        f"{name} with derivatives": picture(made, derivatives=True, path=f"dC/d{first}"),
        f"{name}, names only": picture(sizes),
        f"{name}, a learner's values": picture(sizes, values={first: None, "C": "twelve or so"}),
    }
PICTURES["given"] = picture(handout, k=2)
every_picture = pytest.mark.parametrize("drawn", PICTURES.values(), ids=PICTURES)


def texts(drawn):
    """Every text of the drawing with its box: left, top, right, bottom.

    The widths are those of DejaVu Sans, the wider of the two fonts, looked up in it.
    """
    advance = dict.fromkeys("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", 0.401)
    advance |= dict.fromkeys("=−+", 0.838) | dict.fromkeys(" .,", 0.318) | {"/": 0.337, "∂": 0.517}
    boxes = []
    for element in ElementTree.fromstring(drawn.svg).iter(f"{SVG}text"):
        text = "".join(element.itertext())
        size = 12 if element.get("class") == "remark" else 13
        width = size * sum(advance.get(character, 0.636) for character in text)
        x, y = float(element.get("x")), float(element.get("y"))
        left = x if element.get("class") == "remark" else x - width / 2
        boxes.append((text, (left, y - 0.76 * size, left + width, y + 0.24 * size)))
    return boxes


def nodes(drawn):
    """Every node with its box, as for texts."""
    boxes = []
    for element in ElementTree.fromstring(drawn.svg).iter(f"{SVG}ellipse"):
        cx, cy, rx, ry = (float(element.get(name)) for name in ("cx", "cy", "rx", "ry"))
        boxes.append(("node", (cx - rx, cy - ry, cx + rx, cy + ry)))
    return boxes


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# What one sees


@every_picture
def test_no_text_lies_on_another(drawn):
    overlaps = [
        (one, other) for (one, a), (other, b) in combinations(texts(drawn), 2) if meet(a, b)
    ]
    assert overlaps == []


@every_picture
def test_nothing_is_clipped(drawn):
    width, height = map(float, ElementTree.fromstring(drawn.svg).get("viewBox").split()[2:])
    for text, (left, top, right, bottom) in [*texts(drawn), *nodes(drawn)]:
        assert min(left, top, width - right, height - bottom) >= 0, text


@every_picture
def test_each_text_is_inside_one_node_or_outside_all(drawn):
    boxes = texts(drawn)
    for _, around in nodes(drawn):
        left, top, right, bottom = around
        cx, cy, rx, ry = (
            (left + right) / 2,
            (top + bottom) / 2,
            (right - left) / 2,
            (bottom - top) / 2,
        )
        for text, box in boxes:
            corners = [(x, y) for x in box[::2] for y in box[1::2]]
            inside = all(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1 for x, y in corners)
            assert inside or not meet(box, around), text


@pytest.mark.parametrize("sizes", SIZES)
def test_on_a_page_800_pixels_wide_the_letters_stay_large_enough(sizes):
    width = float(ElementTree.fromstring(picture(step_of(sizes)).svg).get("width"))
    assert 13 * min(1, 800 / width) >= 10


def test_every_text_stands_out_from_its_ground():
    def luminance(colour):
        long = colour * 2 if len(colour) == 3 else colour
        channels = [int(long[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))

    def contrast(one, other):
        dark, light = sorted((luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)

    def colour(selector, of):
        (rule,) = re.findall(rf"^\.ffnn-picture {selector} {{(.*)}}$", STYLE, re.M)
        return re.search(rf"(?<![-\w]){of}: #(\w+)", rule)[1]

    node = colour(r"\.node", "fill")
    for text in (colour("text", "fill"), colour(r"\.remark", "fill")):
        assert contrast(text, "fff") >= 4.5
        assert contrast(text, node) >= 4.5
    for line in (r"\.line", r"\.positive \.line", r"\.negative \.line", r"\.on-path \.line"):
        assert contrast(colour(line, "stroke"), "fff") >= 3
    assert contrast(colour(r"\.negative \.line", "stroke"), colour(r"\.mark", "stroke")) >= 3


def edges(drawn):
    return {
        group.get("data-symbol"): group
        for group in ElementTree.fromstring(drawn.svg).iter(f"{SVG}g")
        if "edge" in group.get("class")
    }


def test_sign_and_size_show_without_colour():
    drawn = edges(picture(step_of((2, 2, 2))))
    u = step_of((2, 2, 2))
    widths = []
    for symbol in parameters((2, 2, 2)):
        assert (
            drawn[symbol].get("class")
            == f"edge {'positive' if u[symbol].value > 0 else 'negative'}"
        )
        widths.append((abs(u[symbol].value), float(drawn[symbol][1].get("stroke-width"))))
    assert [width for _, width in sorted(widths)] == sorted(width for _, width in widths)
    assert len({width for _, width in widths}) > 6
    assert re.search(r"\.negative \.line {.*dasharray", STYLE)


def test_without_a_number_a_line_has_no_sign():
    assert {group.get("class") for group in edges(picture((2, 2, 1))).values()} == {"edge"}
    blank = edges(picture(t, values={"w^1_{2,1}": None, "b^1_1": "many", "b^1_2": 0}))
    assert {blank[s].get("class") for s in ("w^1_{2,1}", "b^1_1", "b^1_2")} == {"edge"}


# The path


def on_path(drawn):
    return {
        group.get("data-symbol")
        for group in ElementTree.fromstring(drawn.svg).iter(f"{SVG}g")
        if "on-path" in group.get("class").split()
    }


def test_a_path_goes_from_the_cost_to_the_parameter():
    assert on_path(picture(t)) == set()
    assert on_path(picture(t, path="dC/db^2_1")) == {"C", "dC/da^2_1", "z^2_1", "b^2_1"}
    hidden = {"C", "dC/da^2_1", "z^2_1", "w^2_{1,2}", "z^1_2", "w^1_{2,1}"}
    assert on_path(picture(t, path="dC/dw^1_{2,1}")) == hidden
    assert on_path(picture((2, 2, 1), path="dC/dw^1_2,1")) == hidden


def test_all_paths_are_marked():
    marked = on_path(picture(two_paths.trace, path="dC/dw^1_{2,1}"))
    assert marked >= {"w^2_{1,2}", "w^2_{2,2}", "dC/da^2_1", "dC/da^2_2", "w^1_{2,1}"}
    assert not marked & {"w^2_{1,1}", "w^2_{2,1}", "z^1_1"}


def test_a_path_is_marked_by_more_than_colour():
    for group in edges(picture(t, path="dC/db^2_1")).values():
        assert [child.get("class") for child in group] == ["mark", "line", "mark arrow"]
    assert re.search(r"\.mark {.*stroke-width: 9", STYLE)
    assert re.search(r"\.mark {.*display: none", STYLE)
    assert re.search(r"\.on-path \.mark {.*display: inline", STYLE)


def test_arrows_point_back_from_the_cost():
    for group in edges(picture(t, path="dC/db^2_1")).values():
        x1, y1, x2, y2 = (float(group[1].get(name)) for name in ("x1", "y1", "x2", "y2"))
        numbers = [float(number) for number in NUMBER.findall(group[2].get("d"))]
        tip, *wings = zip(numbers[::2], numbers[1::2])
        from_start = [math.dist((x1, y1), corner) for corner in (tip, *wings)]
        assert min(from_start) == from_start[0]

        def beside(x, y, line=(x1, y1, x2, y2)):
            x1, y1, x2, y2 = line
            return ((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)) / math.dist((x1, y1), (x2, y2))

        assert beside(*tip) == pytest.approx(0, abs=0.2)
        assert beside(*wings[0]) == pytest.approx(-beside(*wings[1]), abs=0.2)


# The same in words


def shown_numbers(drawn):
    root = ElementTree.fromstring(drawn.svg)
    return [slot.text for slot in root.iter(f"{SVG}tspan")]


@every_picture
def test_the_words_tell_every_number_that_is_drawn(drawn):
    said = drawn.alternative.replace(",", " ").replace(".  ", " ").split()
    said = [word.rstrip(".") for word in said]
    for number in shown_numbers(drawn):
        for word in number.split():
            assert said.count(word) >= 1, number
            said.remove(word)


@every_picture
def test_the_words_name_what_has_no_number(drawn):
    for text, _ in texts(drawn):
        if re.fullmatch(r"[a-zC][₀-₉¹²³⁰-⁹,]*", text):
            assert re.search(rf"[ (]{text}[),.]", drawn.alternative)


def test_the_words_for_the_handout():
    assert str(picture(t, path="dC/dw^1_{2,1}")).splitlines() == [
        "A 2-2-1 network, observation 1: 2 inputs, a hidden layer of 2 neurons, 1 output.",
        "At the start: input 1 is 10, input 2 is −5.",
        "Neuron 1 of layer 1: the weight from input 1 is 0.2, the weight from input 2 is 0.9,"
        " the bias is 1, z is −1.5, a is 0.1824.",
        "Neuron 2 of layer 1: the weight from input 1 is 0.7, the weight from input 2 is 0.5,"
        " the bias is 1, z is 5.5, a is 0.9959.",
        "Neuron 1 of layer 2: the weight from neuron 1 of layer 1 is 0.1,"
        " the weight from neuron 2 of layer 1 is 0.5, the bias is 1, z is 1.516, a is 0.82.",
        "At the end: the true value of output 1 is 0.5, the cost is 0.1024.",
        "Marked is the path of the derivative of the cost with respect to the weight from input 1"
        " to neuron 2 of layer 1: from the cost to neuron 1 of layer 2, to neuron 2 of layer 1,"
        " to the weight from input 1.",
    ]


def test_the_words_for_several_paths():
    last = str(picture(two_paths.trace, path="dC/db^1_2")).splitlines()[-1]
    assert last == (
        "Marked are the 2 paths of the derivative of the cost with respect to the bias of neuron 2"
        " of layer 1: from the cost to neuron 1 of layer 2, to neuron 2 of layer 1, to its bias;"
        " from the cost to neuron 2 of layer 2, to neuron 2 of layer 1, to its bias."
    )


def test_hundreds_of_paths_are_counted_and_not_listed():
    drawn = picture((1, 6, 6, 6, 1), path="dC/db^1_1")
    assert drawn.alternative.endswith(
        "Marked are the 36 paths of the derivative of the cost with respect to the bias of"
        " neuron 1 of layer 1."
    )


# How it reaches the page


@every_picture
def test_the_drawing_is_xml_without_ids(drawn):
    elements = list(ElementTree.fromstring(drawn.svg).iter())
    assert not [element for element in elements if element.get("id") is not None]
    assert "url(" not in drawn.svg
    assert elements[0].get("class") == "ffnn-picture"
    assert elements[0].get("aria-label") == drawn.alternative


@every_picture
def test_a_light_ground_lies_behind_everything(drawn):
    first = next(e for e in ElementTree.fromstring(drawn.svg) if e.tag != f"{SVG}style")
    assert (first.tag, first.get("fill"), first.get("width")) == (f"{SVG}rect", "#fff", "100%")


def test_every_rule_of_style_stays_in_the_picture():
    for line in STYLE.splitlines():
        assert all(s.strip().startswith(".ffnn-picture ") for s in line.split("{")[0].split(","))


@every_picture
def test_the_page_gets_an_image_with_the_words_beside_it(drawn):
    bundle = drawn._repr_mimebundle_()
    alternative, narrowest, source = re.search(
        r'<img alt="([^"]*)" style="min-width:(\d+)px;max-width:100%" '
        r'src="data:image/svg\+xml;base64,([^"]*)">',
        bundle["text/html"],
    ).groups()
    assert unescape(alternative) == drawn.alternative
    width = int(ElementTree.fromstring(drawn.svg).get("width"))
    assert round(13 * int(narrowest) / width, 1) == 11
    assert base64.b64decode(source).decode() == bundle["image/svg+xml"] == drawn.svg
    assert bundle["text/plain"] == repr(drawn)
    assert " ".join(repr(drawn).splitlines()) == drawn.alternative


def test_a_picture_is_the_same_every_time():
    again = picture(t, path="dC/dw^1_{2,1}", derivatives=True)
    assert again.html == picture(t, path="dC/dw^1_{2,1}", derivatives=True).html


def test_every_number_has_a_slot_that_can_be_refilled():
    root = ElementTree.fromstring(picture(t, derivatives=True).svg)
    for slot in root.iter(f"{SVG}tspan"):
        k = slot.get("data-k")
        step = t[slot.get("data-symbol"), int(k) if k else None]
        assert slot.get("data-slot") == "value"
        assert slot.text == step.written()
    filled = {slot.get("data-symbol") for slot in root.iter(f"{SVG}tspan")}
    forward = {"x_1", "x_2", "y_1", "C", *(f"{v}^{n}" for v in "za" for n in ("1_1", "1_2", "2_1"))}
    assert filled > forward | set(parameters(t.sizes)) | {f"dC/d{p}" for p in parameters(t.sizes)}


def test_it_is_saved_as_it_is(tmp_path):
    picture(t).save(tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_bytes().decode("utf-8") == picture(t).svg


# What it shows


def drawn_texts(drawn):
    return [text for text, _ in texts(drawn)]


def test_a_trace_shows_all_a_sheet_what_is_given_and_sizes_nothing():
    assert {"z₁¹ = −1.5", "C = 0.1024", "x₁ = 10"} <= set(drawn_texts(picture(t)))
    assert {"z₁¹", "C", "x₁ = 3", "y₁ = 0.6"} <= set(drawn_texts(picture(handout, k=2)))
    assert {"z₁¹", "x₁", "b₁² = 1"} <= set(drawn_texts(picture(handout.network)))
    assert shown_numbers(picture((2, 2, 1))) == []


def test_a_value_stands_in_place_of_the_number():
    drawn = drawn_texts(picture(t, values={("z^1_2", 1): 5.25, "yhat": "0.8", "w^1_2,1": None}))
    assert {"z₂¹ = 5.25", "a₁² = 0.8", "w₂,₁¹ = ?"} <= set(drawn)
    assert not {"z₂¹ = 5.5", "a₁² = 0.82", "w₂,₁¹ = 0.7"} & set(drawn)


def test_a_blank_is_nowhere():
    drawn = picture(t, values={"a^1_2": None})
    assert "0.9959" not in drawn.svg + drawn.alternative + repr(drawn)
    assert "a is ?" in drawn.alternative


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        ("dC/dw^1_{2,1}", "∂C/∂w = 0.25"),
        ("dz^2_1/da^1_2", "∂z/∂a = 0.25"),
        ("da^1_2/dz^1_2", "∂a/∂z = 0.25"),
        ("delta b^2_1", "Δb = 0.25"),
        ("new z^1_2", "new z = 0.25"),
        ("new C", "new C = 0.25"),
    ],
)
def test_any_quantity_of_the_step_has_a_place(symbol, text):
    assert text in drawn_texts(picture(t, values={symbol: 0.25}))
    assert " 0.25" in picture(t, values={symbol: 0.25}).alternative


def test_values_of_other_observations_are_left_out():
    assert picture(t, values={("z^1_2", 2): 77}).svg == picture(t).svg


def test_a_learner_s_text_is_cut_and_cannot_break_the_drawing():
    drawn = picture(t, values={"C": "<b>&\n" + 50 * "x"})
    assert "C = <b>& xxxxxxxxxx…" in drawn_texts(drawn)
    assert "<b>" not in drawn.html


# What cannot be drawn


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: picture(t, k=3), "k is 3; the observations are 1 to 2."),
        (lambda: picture(t, k="1"), "k is '1'; the observations are 1 to 2."),
        (lambda: picture("2-2-1"), "sizes is '2-2-1'"),
        (lambda: picture((2, 11, 1)), "up to 10 neurons a layer"),
        (lambda: picture(handout, derivatives=True), "picture(sheet.trace, derivatives=True)"),
        (lambda: picture(t, values={"z^1_3": 1}), "z^1_3"),
        (lambda: picture(t, values={5: 1}), "5"),
        (lambda: picture(t, values={("z^1_1", 7): 1}), "7"),
        (
            lambda: picture(t, values={"z^1_1": float("nan")}),
            "z^1_1 is nan; it must be a finite number",
        ),
        (lambda: picture(t, values={"z^1_1": [1]}), "z^1_1 is [1]; it must be"),
        (lambda: picture(t, values={"eta": 1}), "eta has no place"),
        (lambda: picture(t, values=[5.5]), "values is [5.5]; it must be a dict"),
        (lambda: picture(t, path="dC/dw^1_{3,1}"), "dC/dw^1_{3,1}"),
        (lambda: picture(t, path="z^1_1"), "has no paths"),
        (lambda: picture(t, path=5), "5"),
    ],
)
def test_what_cannot_be_drawn_gets_one_sentence(call, words):
    with pytest.raises((KeyError, ValueError)) as raised:
        call()
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_name_of_a_path_is_written_beneath():
    remarks = drawn_texts(picture(t, path="dC/dw^1_{2,1}"))
    assert f"Thick, with arrowheads: the path of {write('dC/dw^1_{2,1}')}." in remarks
