"""Pre-test, post-test and their key: every number in them is worked out again, by the package."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ffnn_helpers import Network, Sheet
from ffnn_helpers.causes import strikes
from ffnn_helpers.notation import number, number_as_given, read_number
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.slips import SLIPS, WRONG_OPERATIONS

DOCS = Path(__file__).parents[1] / "docs"
KEY = (DOCS / "tests_key.md").read_text(encoding="utf-8")
NUMBER = r"(?<![\w.])−?\d+(?:\.\d+)?(?![\w.]*\d)"
NUDGED = "w^2_{1,1}"


@dataclass(frozen=True)
class Form:
    """One of the two forms: the network that its questions are about, and the numbers of items 3 and 6."""

    file: str
    sheet: Sheet
    activation: float  # item 3
    far_z: float  # item 6: where its output neuron stands
    far_truth: float

    @property
    def text(self):
        return (DOCS / self.file).read_text(encoding="utf-8")

    def item(self, count):
        return self.text.partition(f"\n## Question {count}\n")[2].partition("\n## ")[0]

    def value(self, symbol, k=None):
        return self.sheet.trace[symbol, k].value

    def known(self):
        """List what item 4 says is known, as it is printed."""
        return re.findall(rf"(?m)^\| [A-Zx].*\| ({NUMBER}) \|$", self.item(4))

    def told_in_item_5(self):
        told = self.item(5).partition("- [ ]")[0]
        return re.findall(NUMBER, re.sub(r"observation \d", "", told))

    def far_answer(self):
        return f"{OPERATIONS['sigmoid'].compute([self.far_z]):.4f}"

    def choices(self, count):
        return dict(re.findall(rf"(?m)^- \[ \] ([a-d])\) ({NUMBER})$", self.item(count)))


PRE = Form(
    "pre_test.md",
    Sheet(
        Network((2, 1, 1), [-0.3, 0.6, 0.4, -0.8, 0.1]), [[3, 4], [5, -2]], [[0.8], [0.4]], eta=0.8
    ),
    activation=0.85,
    far_z=8,
    far_truth=0.1,
)
POST = Form(
    "post_test.md",
    Sheet(
        Network((2, 1, 1), [0.2, 0.7, -0.8, -0.5, -0.3]), [[4, 2], [6, -3]], [[0.9], [0.1]], eta=0.7
    ),
    activation=0.88,
    far_z=-7.8,
    far_truth=0.8,
)
FORMS = pytest.mark.parametrize("form", [PRE, POST], ids=["pre", "post"])
ASKED = {1: ("a^1_1", 2), 4: ("dC/dw^1_{1,1}", 1), 5: ("new b^2_1", None)}


def costs(form):
    """The costs of item 2, as they stand on the page: at 0.01 below the weight, and above it."""
    return [round(form.sheet.nudge(NUDGED, by).trace["C", 1].value, 6) for by in (-0.01, 0.01)]


def made(form, count, code):
    """Work out what a slip makes of an item; the empty code stands for the right answer."""
    if count == 2:
        down, up = costs(form)
        return (up - down) / 0.02
    if count == 3:
        operation = {
            "": OPERATIONS["sigmoid slope"].compute,
            "activation-left-out": WRONG_OPERATIONS["one minus"],
            "slope-at-activation": WRONG_OPERATIONS["sigmoid slope at"],
            "slope-left-out": lambda values: 1.0,
        }[code]
        return operation([form.activation])
    step = form.sheet.trace[ASKED[count]]
    if not code:
        return step.value
    found = [strike.values[step.key] for strike in strikes(step) if strike.slip.code == code]
    # A slip that can be made in several places is meant at the one nearest to what is asked.
    return found[0]


def shown(value, count):
    return {1: number(value, 3), 2: number(value, 3), 3: number(value)}.get(
        count, f"{value:.3f}".replace("-", "−")
    )


def rows(heading):
    """Read the table under a heading of the key; the first two lines of a table are its head."""
    section = KEY.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"(?m)^\|(.+)\|$", section)[2:]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def answer_of(cell):
    """Split "c, 0.1275" into letter and number; there is no letter where no choice was given."""
    letter, _, text = cell.rpartition(", ")
    return letter, text


# What the student's pages say


@FORMS
def test_the_numbers_of_the_network_are_those_of_the_sheet(form):
    theta, (one, two) = form.sheet.network.theta, form.sheet.x
    given = [*theta[:3], *theta[3:], *one, form.sheet.y[0][0], *two, form.sheet.y[1][0]]
    tables = "\n".join(re.findall(r"(?m)^\| (?:first|second|observation).*$", form.text))
    tables = re.sub(r"observation \d", "", tables)
    assert re.findall(NUMBER, tables) == [number_as_given(value) for value in given]


@FORMS
def test_item_2_shows_the_two_costs_and_where_they_are_taken(form):
    weight = form.value(NUDGED)
    places = [number_as_given(round(weight + by, 2)) for by in (-0.01, 0.01)]
    found = re.findall(NUMBER, form.item(2).replace("observation 1", ""))
    assert found == places + [f"{cost:.6f}" for cost in costs(form)]


@FORMS
def test_item_3_shows_its_activation(form):
    assert re.findall(NUMBER, form.item(3).partition("- [ ]")[0]) == [
        number_as_given(form.activation)
    ]


@FORMS
def test_item_4_shows_what_is_known(form):
    trace = form.sheet.trace
    assert form.known() == [
        number(trace["dC/dz^2_1", 1].value),
        number_as_given(form.value(NUDGED)),
        number(trace[f"new {NUDGED}"].value),
        number(trace["da^1_1/dz^1_1", 1].value),
        number_as_given(form.value("x_1", 1)),
    ]


@FORMS
def test_item_5_shows_what_is_known(form):
    slopes = [number(form.value("dC/db^2_1", k)) for k in (1, 2)]
    eta, bias = number_as_given(form.sheet.eta), number_as_given(form.value("b^2_1"))
    assert form.told_in_item_5() == [*slopes, eta, bias]


@FORMS
def test_item_6_shows_an_answer_that_is_saturated(form):
    told = re.findall(NUMBER, form.item(6))
    assert told == [form.far_answer(), number_as_given(form.far_truth)]


def test_the_key_says_how_flat_sigma_is_in_item_6():
    a, b = (float(form.far_answer()) for form in (PRE, POST))
    assert (
        f"In the pre-test a(1 − a) is {a * (1 - a):.4f}, in the post-test {b * (1 - b):.4f}." in KEY
    )


@FORMS
def test_what_is_printed_is_enough_to_find_the_answers(form):
    d, w, _, s, x = map(read_number, form.known())
    assert f"{d * w * s * x:.3f}" == f"{made(form, 4, ''):.3f}"
    d1, d2, eta, b = map(read_number, form.told_in_item_5())
    assert f"{b - eta * (d1 + d2) / 2:.3f}" == f"{made(form, 5, ''):.3f}"
    assert made(form, 2, "") == pytest.approx(form.value(f"dC/d{NUDGED}", 1), rel=0.001)


def test_the_two_forms_are_the_same_but_for_their_numbers():
    def skeleton(form):
        text = form.text.partition("## What all")[2]
        return re.sub(NUMBER, "#", re.sub(r"observation \d|Question \d", "", text))

    assert skeleton(PRE) == skeleton(POST)
    assert "15 minutes, with paper" in PRE.text.splitlines()[4] == POST.text.splitlines()[4]
    assert PRE.text.count("## ") == POST.text.count("## ") == 7


# What the key says


def test_the_right_answers_are_right():
    answers = {int(item): cells for item, _, *cells in rows("Right answers")}
    assert list(answers) == [1, 2, 3, 4, 5, 6]
    for count in range(1, 6):
        for form, cell in zip((PRE, POST), answers[count], strict=False):
            letter, text = answer_of(cell)
            assert text == shown(made(form, count, ""), count)
            assert form.choices(count).get(letter, text) == text
            assert bool(letter) == (count >= 3)


def test_item_6_goes_the_way_that_lets_the_cost_fall():
    (last,) = [cells for item, _, *cells in rows("Right answers") if item == "6"]
    for form, cell in zip((PRE, POST), last, strict=False):
        answer = OPERATIONS["sigmoid"].compute([form.far_z])
        assert cell.partition(";")[0] == ("down" if answer > form.far_truth else "up")


def test_every_wrong_answer_is_what_its_slip_gives():
    wrong = rows("What a wrong answer says")
    # Item 2 is a nudge, which the catalogue of slips does not know: its rows stand in this order.
    by_nudge = [
        lambda down, up: (up - down) / 0.01,
        lambda down, up: up - down,
        lambda down, up: (down - up) / 0.02,
        lambda down, up: 0.02 / (up - down),
    ]
    told = [row for row in wrong if row[0] == "2"]
    assert len(told) == len(by_nudge)
    for (_, *cells, _, _), give in zip(told, by_nudge, strict=True):
        for form, cell in zip((PRE, POST), cells, strict=True):
            assert cell == number(give(*costs(form)), 3)
    for item, *cells, _, slip in (row for row in wrong if row[0] != "2"):
        code = slip.strip("`")
        assert code in SLIPS
        for form, cell in zip((PRE, POST), cells, strict=True):
            letter, text = answer_of(cell)
            assert text == shown(made(form, int(item), code), int(item)), (item, code)
            assert form.choices(int(item)).get(letter, text) == text


@FORMS
@pytest.mark.parametrize("count", [3, 4, 5])
def test_every_choice_is_right_or_a_known_slip(form, count):
    index = {PRE: 0, POST: 1}[form]
    right = [row[2 + index] for row in rows("Right answers") if row[0] == str(count)]
    wrong = [row[1 + index] for row in rows("What a wrong answer says") if row[0] == str(count)]
    assert dict(map(answer_of, right + wrong)) == form.choices(count)


@FORMS
def test_no_two_answers_to_an_item_are_alike(form):
    index = {PRE: 0, POST: 1}[form]
    for count in range(1, 6):
        cells = [row[2 + index] for row in rows("Right answers") if row[0] == str(count)]
        cells += [
            row[1 + index] for row in rows("What a wrong answer says") if row[0] == str(count)
        ]
        values = [read_number(answer_of(cell)[1]) for cell in cells]
        for n, value in enumerate(values):
            others = values[:n] + values[n + 1 :]
            assert min(abs(value - other) / abs(value) for other in others) > 0.01


def test_the_right_letter_is_never_the_same_in_both_forms():
    for item, _, pre, post, _ in rows("Right answers")[2:5]:
        assert answer_of(pre)[0] != answer_of(post)[0], item


def test_no_answer_stands_on_the_students_pages():
    for form in (PRE, POST):
        for item, _, *cells, _ in rows("Right answers")[:2]:
            cell = cells[form is POST]
            assert cell not in form.text, item


def test_the_arithmetic_of_the_comparison():
    assert f"1.8 / 3.6 = {(4.2 - 2.4) / (6 - 2.4):.1f}" in KEY
    margins = {count: number(1.5 / count**0.5, 2) for count in (10, 30, 100)}
    said = re.findall(r"(0\.\d\d) in a class of (\d+)", KEY)
    assert {int(count): text for text, count in said} == margins
    marks = 2 * 1.5 / 30**0.5
    gain = marks / 3.6
    assert (
        f"it is {marks:.2f} marks, that is {gain:.2f} of gain: from {0.5 - gain:.2f} to {0.5 + gain:.2f}"
        in KEY
    )
    assert f"gets {3 / 4} marks without knowing anything" in KEY
