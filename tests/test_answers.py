"""What counts as a number, by tables: one policy for the check, the homework and its grading."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ffnn_helpers.answers import LONGEST, Answer, read, read_boxes
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.notation import number
from tests.strategies import law


class Says:
    """An object that answers what it was told to, or raises it."""

    def __init__(self, **answers):
        self.answers = answers

    def _say(self, question):
        answer = self.answers.get(question, AttributeError(question))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def __float__(self):
        return self._say("float")

    def __repr__(self):
        return self._say("repr")

    @property
    def item(self):
        return self._say("item")


class SaysItIsAText(Says):
    __class__ = str


class SaysItIsAnAnswer(Says):
    __class__ = Answer


class WillNotSayWhatItIs(Says):
    @property
    def __class__(self):
        raise RuntimeError


class TextThatReadsOtherwise(str):
    def translate(self, table):
        return "7"

    def __str__(self):
        return "8"


# Numbers: what was written, the value, and how many digits were given


@pytest.mark.parametrize(
    ("written", "value", "digits"),
    [
        (3, 3, 1),
        (-0.25, -0.25, 2),
        (1200, 1200, 2),
        (0, 0, 0),
        (-0.0, 0, 0),
        (1 / 3, 1 / 3, 12),
        (10**30, 1e30, 1),
        (5e-324, 5e-324, 12),
        (Fraction(1, 8), 0.125, 3),
        (Decimal("0.0123"), 0.0123, 3),
        (np.float64(0.25), 0.25, 2),
        (np.float32(0.25), 0.25, 2),
        (np.int64(7), 7, 1),
        (np.array(0.25), 0.25, 2),
        (np.array([0.25]), 0.25, 2),
        (np.array([[0.25]]), 0.25, 2),
        ([0.25], 0.25, 2),
        ((0.25,), 0.25, 2),
        ([np.float64(0.25)], 0.25, 2),
        (Says(float=0.25), 0.25, 2),
        (Says(float=0.25, repr="7"), 0.25, 2),
        (Says(float=0.25, repr=RuntimeError()), 0.25, 2),
    ],
)
def test_a_number_may_be_any_object_that_is_one(written, value, digits):
    answer = read(written)
    assert (answer.value, answer.digits) == (value, digits)
    assert type(answer.value) in (float, type(None))


@pytest.mark.parametrize(
    ("written", "value", "digits"),
    [
        ("0.25", 0.25, 2),
        ("0,25", 0.25, 2),
        ("-0,25", -0.25, 2),
        ("−0.25", -0.25, 2),
        ("–0.25", -0.25, 2),
        ("+0.25", 0.25, 2),
        ("- 0.25", -0.25, 2),
        (".25", 0.25, 2),
        (",25", 0.25, 2),
        ("3.", 3, 1),
        ("12", 12, 2),
        ("0.2500", 0.25, 4),
        ("0,930", 0.93, 3),
        ("  0.25 ", 0.25, 2),
        ("0.25;", 0.25, 2),
        ("\N{NO-BREAK SPACE}0.25\t", 0.25, 2),
        ("1.2e-3", 0.0012, 2),
        ("1,2E-3", 0.0012, 2),
        ("12e2", 1200, 2),
        ("1200", 1200, 2),
        ("1200.", 1200, 4),
        ("1.2*10^-3", 0.0012, 2),
        ("1.2 * 10**-3", 0.0012, 2),
        ("1,2 · 10^(−3)", 0.0012, 2),
        ("-1.2 x 10^-3", -0.0012, 2),
        ("1.2×10^+3", 1200, 2),
        ("1/8", 0.125, 12),
        ("-1 / 8", -0.125, 12),
        ("1⁄8", 0.125, 12),
        ("0,5/4", 0.125, 12),
        ("1e-400", 0, 1),
        ("0", 0, 0),
        ("0.000", 0, 0),
        (np.str_("0,25"), 0.25, 2),
        (TextThatReadsOtherwise("0.25"), 0.25, 2),
    ],
)
def test_a_number_may_be_a_text(written, value, digits):
    answer = read(written)
    assert (answer.value, answer.digits) == (value, digits)
    assert answer.text == " ".join(str.__str__(written).split())


@pytest.mark.parametrize(
    "written",
    [
        math.nan,
        math.inf,
        -math.inf,
        np.nan,
        np.float64("inf"),
        10**400,
        -(10**5000),
        Fraction(10**400),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        1 + 2j,
        1 + 0j,
        np.complex128(1),
        np.array([1j]),
        True,
        False,
        np.True_,
        np.array([True]),
        [True],
        [0.25, 0.5],
        (0, 25),
        [],
        [[0.25]],
        ["0.25"],
        np.array([0.25, 0.5]),
        np.array([]),
        np.array("0.25"),
        np.array([None]),
        {},
        {"z": 0.25},
        {0.25},
        b"0.25",
        bytearray(b"0.25"),
        memoryview(b"0.25"),
        len,
        object(),
        float,
        Says(float="0.25", repr="0.25"),
        Says(float=RuntimeError(), repr=RuntimeError()),
        Says(float=math.nan, repr="0.25"),
        Says(item=RuntimeError(), float=0.25, repr="x"),
        Says(item=lambda: math.inf, repr="x"),
        Says(item=lambda: True, repr="x"),
        Says(repr=7),
        SaysItIsAText(float=0.25, repr="x"),
        SaysItIsAnAnswer(repr="x"),
        "0.5 m",
        "50 %",
        "50%",
        "about 0.5",
        "0.25 (rounded)",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "1e99999",
        "-",
        "?",
        "e5",
        "1.2e",
        "1.2.3",
        "1,234.5",
        "1 234",
        "1_000",
        "0x10",
        "½",
        "٣",
        "１",
        "1j",
        "True",
        "None",
        "1/0",
        "0/0",
        "1/2/3",
        "1e300/1e-300",
        "1.2e3*10^2",
        "2+2",
        "σ(0)",
        "__import__('os')",
        "<b>1</b>",
        "9" * (LONGEST + 1),
    ],
    ids=lambda written: str(type(written)),
)
def test_what_is_not_a_number_has_no_value_and_is_no_blank(written):
    answer = read(written)
    assert (answer.value, answer.digits) == (None, 0)
    assert not answer.is_blank
    assert len(answer.text) <= LONGEST


def test_an_object_that_will_not_say_what_it_is_is_no_number():
    assert read(WillNotSayWhatItIs(float=0.25, repr="x")) == Answer("x")


@pytest.mark.parametrize("written", [None, ..., "", "  \n", "...", "…", ".", Answer()])
def test_a_blank_is_no_answer(written):
    assert read(written) == Answer()
    assert read(written).is_blank


def test_an_answer_that_was_read_is_left_alone():
    assert read(read("0,25")) == read("0,25")


def test_what_is_shown_is_one_short_line():
    assert read("0.5 metres\nor so").text == "0.5 metres or so"
    assert read("x" * 1000).text == "x" * (LONGEST - 1) + "…"
    assert read(Says(float=TypeError(), repr="x\n" * 1000)).text.endswith("x x…")
    assert len(read(1e-300).text) == LONGEST


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.fractions(),
    st.decimals(),
    st.text(),
    st.text("0123456789.,-−+eE/*^() 1x·×#=≈…%", max_size=20),
    st.binary(),
    st.lists(st.floats(), max_size=2),
    st.dictionaries(st.integers(), st.integers(), max_size=2),
    st.floats().map(lambda value: Says(float=value, repr="x")),
)


@law
@given(anything)
@example("1e9999")
@example("1/5e-324")
def test_whatever_is_written_is_read_and_a_number_is_finite(written):
    answer = read(written)
    assert answer.value is None or math.isfinite(answer.value)
    assert 0 <= answer.digits <= 12
    assert "\n" not in answer.text
    assert len(answer.text) <= LONGEST


@law
@given(st.floats(1e-30, 1e30), st.sampled_from([1, -1]), st.integers(1, 12))
def test_what_the_course_prints_is_read_to_the_same_digits(size, sign, digits):
    printed = number(sign * size, digits)
    answer = read(printed)
    assert answer.value == float(printed.replace("−", "-"))
    assert number(answer.value, digits) == printed
    assert answer.digits <= digits


@law
@given(
    st.from_regex(
        re.compile(r"[+-]?(\d{1,8}\.\d{0,8}|\.\d{1,8})(e[+-]?\d{1,2})?", re.ASCII), fullmatch=True
    )
)
def test_a_comma_means_the_same_as_a_point(written):
    with_comma = read(written.replace(".", ","))
    assert (with_comma.value, with_comma.digits) == (read(written).value, read(written).digits)
    assert with_comma.value is not None


# Cells of answers

BOXES = {"z₁¹": ("z^1_1", 1), "z₁¹, observation 2": ("z^1_1", 2), "∂C/∂b₁²": ("dC/db^2_1", 1)}
FIRST = ("z^1_1", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("z₁¹ = 3", 3),
        ("z₁¹=3", 3),
        ("   z₁¹   =   3   ", 3),
        ("%%answers observation_1\nz₁¹ = 3\n∂C/∂b₁² = ...", 3),
        ("z₁¹ = 0.2(10) + 0.9(−5) + 1 = −1.5", -1.5),
        ("z₁¹ = 0.2(10) + 1\n    = 3", 3),
        ("z₁¹ = 1/3 ≈ 0.333", 0.333),
        ("z₁¹ ≈ 0.333", 0.333),
        ("z₁¹ = 3  # z₁¹ = 4", 3),
        ("z₁¹ = 3\n# z₁¹ = 4", 3),
        ("z₁¹ = 3\nz₁¹ = 4", 4),
        ("z₁¹ = 3\nz₁¹ = ...", 3),
        ("z₁¹ = 3\nz₁¹ =", 3),
        ("z₁¹ = 3\n\n= 4", 4),
        ("z₁¹ = ...\nz₁¹ = 3", 3),
        ("*z₁¹* = 3", 3),
        ("`z₁¹` = 3", 3),
        ("Z₁¹ = 3", 3),
        ("z₁¹ = 3\r\n∂C/∂b₁² = 4\r\n", 3),
        ("z₁¹ = 3\nq = 5\n= 6", 3),
        ("z₁¹", None),
        ("z₁¹ 3", None),
        ("z₁¹ =", None),
        ("z₁¹ = ...", None),
        ("# z₁¹ = 3", None),
        ("%%answers z₁¹ = 3", None),
        ("= 3", None),
        ("", None),
    ],
)
def test_a_line_of_a_cell_is_read(text, value):
    answers, _ = read_boxes(text, BOXES)
    assert answers[FIRST].value == value
    assert answers[FIRST].is_blank == (value is None)


def test_a_last_number_that_is_none_counts_and_says_so():
    answers, _ = read_boxes("z₁¹ = 3\nz₁¹ = 4 m", BOXES)
    assert answers[FIRST] == Answer("4 m")


def test_every_box_has_an_answer_and_no_other_key():
    answers, unknown = read_boxes("z₁¹, observation 2 = 0,5", BOXES)
    assert list(answers) == list(BOXES.values())
    assert [answer.value for answer in answers.values()] == [None, 0.5, None]
    assert unknown == []


def test_names_that_are_no_box_are_listed():
    text = f"z₁¹ = 3\nz1 = 4\n  q  = 5\n{'long ' * 30} = 1\nz₁¹ + 1 = 5"
    _, unknown = read_boxes(text, BOXES)
    assert unknown == ["z1", "q", ("long " * 30)[: LONGEST - 1] + "…", "z₁¹ + 1"]


@pytest.mark.parametrize("assignment", HOMEWORK)
def test_every_box_of_the_homework_is_found_under_what_stands_beside_it(assignment):
    for question in HOMEWORK[assignment]:
        text = "\n".join(f"{box} = {n},5" for n, box in enumerate(question.boxes))
        answers, unknown = read_boxes(text, question.boxes)
        assert [answers[key].value for key in question.asked] == [
            n + 0.5 for n in range(len(question.asked))
        ]
        assert unknown == []


@law
@given(st.text("z₁¹∂Cb²/, observation2=≈#%.5−\n\r 1", max_size=80) | st.text())
def test_whatever_stands_in_a_cell_is_read(text):
    answers, unknown = read_boxes(text, BOXES)
    assert set(answers) == set(BOXES.values())
    assert all(name and "\n" not in name for name in unknown)
