"""Each kind of step, worked by hand: what it computes, and how it is written."""

import math
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffnn_helpers.notation import number_as_given
from ffnn_helpers.operations import OPERATIONS, add, sigmoid
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import recipe
from tests.oracles import exact_sigmoid
from tests.strategies import law

# operation, its parents as symbols, the formula, its parents as numbers, the worked line, the value
BY_HAND = [
    ("weighted sum", "w₁ x₁ b", "w₁ x₁ + b", [0.5, 4, 1], "0.5(4) + 1", 3),
    (
        "weighted sum",
        "w₁ x₁ w₂ x₂ b",
        "w₁ x₁ + w₂ x₂ + b",
        [0.25, 8, 0.5, -6, 1],
        "0.25(8) + 0.5(−6) + 1",
        0,
    ),
    (
        "weighted sum",
        "w₁ x₁ w₂ x₂ b",
        "w₁ x₁ + w₂ x₂ + b",
        [-0.25, 8, -0.5, -6, -1],
        "−0.25(8) − 0.5(−6) − 1",
        0,
    ),
    ("sigmoid", "z", "σ(z)", [0], "σ(0)", 0.5),
    ("sigmoid", "z", "σ(z)", [-math.log(3)], "σ(−1.0986122886681098)", 0.25),
    ("squared error", "a y", "(a − y)²", [0.75, 0.5], "(0.75 − 0.5)²", 0.0625),
    (
        "squared error",
        "a₁ y₁ a₂ y₂",
        "(a₁ − y₁)² + (a₂ − y₂)²",
        [0.75, -0.25, 0.5, 1],
        "(0.75 − (−0.25))² + (0.5 − 1)²",
        1.25,
    ),
    ("error slope", "a y", "2(a − y)", [0.75, 0.5], "2(0.75 − 0.5)", 0.5),
    ("error slope", "a y", "2(a − y)", [0.75, -0.5], "2(0.75 − (−0.5))", 2.5),
    ("sigmoid slope", "a", "a(1 − a)", [0.25], "0.25(1 − 0.25)", 0.1875),
    ("equal", "w", "w", [-0.5], "−0.5", -0.5),
    ("one", "", "1", [], "1", 1),
    ("product", "u v", "u · v", [0.5, 0.25], "0.5 · 0.25", 0.125),
    ("product", "u v", "u · v", [-0.5, -0.25], "−0.5 · (−0.25)", 0.125),
    (
        "sum of products",
        "u v p q",
        "u · v + p · q",
        [0.5, 0.25, -2, -3],
        "0.5 · 0.25 − 2 · (−3)",
        6.125,
    ),
    ("sum of products", "u v", "u · v", [0.5, -3], "0.5 · (−3)", -1.5),
    ("mean", "C C", "(Σₖ C) / 2", [0.5, -2], "(0.5 − 2) / 2", -0.75),
    ("mean", "C", "(Σₖ C) / 1", [-0.5], "(−0.5) / 1", -0.5),
    ("change", "η g", "−η · g", [0.5, 0.25], "−0.5 · 0.25", -0.125),
    ("change", "η g", "−η · g", [0.5, -0.25], "−0.5 · (−0.25)", 0.125),
    ("sum", "b d", "b + d", [1, -0.25], "1 − 0.25", 0.75),
    ("sum", "b d", "b + d", [-1, 0.25], "−1 + 0.25", -0.75),
]

# What nobody should compute: values of the parents, and the value.
WRONG_BY_HAND = [
    ("sum over observations", [0.5, -2, 1], -0.5),
    ("difference", [0.5, -2], 2.5),
    ("negative", [0.5], -0.5),
    ("one minus", [-0.5], 1.5),
    ("error slope doubled", [0.75, 0.5], 1),
    ("squared error halved", [0.75, 0.25], 0.125),
    ("mean divided twice", [0.5, -2], -0.375),
    ("mean of one fewer", [0.5, -2, 1], -0.25),
    ("mean without minus signs", [0.5, -2], 1.25),
    ("weighted sum without minus signs", [-0.5, 4, -1], 3),
    *[
        (f"weighted sum, minus {place} lost", [-0.5, 4, -1], {0: 1, 2: -1}.get(place, -3))
        for place in range(12)
    ],
    ("first times one minus second", [0.5, -2], 1.5),
    ("sigmoid slope at", [0], 0.25),
    ("change times the count", [0.5, 0.25, 8, 8, 8], -0.375),
    ("change over the count", [0.5, 0.25, 8, 8], -0.0625),
    ("change with eta squared", [0.5, -0.25], 0.0625),
    ("zero", [], 0),
    ("one plus e^-z", [0], 2),
    ("one plus e^-z", [-math.log(3)], 4),
    ("sigmoid with e^z", [-math.log(3)], 0.75),
    ("to 2 decimals", [0.125], 0.13),
    ("to 2 decimals", [-0.125], -0.13),
    ("to 3 decimals", [0.0625], 0.063),
    ("cut to 2 decimals", [0.995], 0.99),
    ("cut to 2 decimals", [-0.995], -0.99),
    *[
        (name, [size], size)
        for name in ("to 2 decimals", "to 3 decimals", "cut to 2 decimals")
        for size in (2.0**53, -1e308, math.inf)
    ],
    ("to 2 decimals, not up to 1", [0.996], 0.99),
    ("to 2 decimals, not up to 1", [0.125], 0.13),
]


@pytest.mark.parametrize(("name", "symbols", "formula", "numbers", "worked", "value"), BY_HAND)
def test_an_operation_by_hand(name, symbols, formula, numbers, worked, value):
    operation = OPERATIONS[name]
    assert operation.compute([float(n) for n in numbers]) == pytest.approx(value, rel=1e-15)
    assert operation.write(symbols.split()) == formula
    if worked:
        assert operation.write([number_as_given(n) for n in numbers]) == worked


def test_every_operation_is_worked_by_hand_above():
    assert {name for name, *_ in BY_HAND} == set(OPERATIONS)
    assert {name for name, *_ in WRONG_BY_HAND} == set(WRONG_OPERATIONS)


@pytest.mark.parametrize(("name", "numbers", "value"), WRONG_BY_HAND)
def test_a_wrong_operation_by_hand(name, numbers, value):
    assert WRONG_OPERATIONS[name]([float(n) for n in numbers]) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "name", sorted({operation for operation, _ in recipe((2, 2, 2), 3).values()})
)
def test_what_a_recipe_computes_is_a_python_float(name):
    for row, _, _, numbers, *_ in BY_HAND:
        if row == name:
            assert type(OPERATIONS[name].compute([float(n) for n in numbers])) is float


# Adding as on paper


def test_numbers_are_added_from_left_to_right():
    # Python's own sum gives 1 here since 3.12, and 0.9999999999999999 before.
    assert add([0.1] * 10) == 0.9999999999999999
    assert add([1e16, 1.0, 1.0, 1.0]) == 1e16
    assert add([1.0, 1.0, 1.0, 1e16]) == 1e16 + 4


@pytest.mark.parametrize(
    "terms",
    [[0.1 * 3, -0.3], [0.1, 0.2, -0.3], [0.7 * 10, -0.7 * 9, -0.7], [1.1 * 1.1, -1.21], [-0.0]],
)
def test_what_is_0_on_paper_is_0(terms):
    assert str(add(terms)) == "0.0"


def test_what_is_small_on_paper_is_kept():
    assert add([1.0, 2.0**-49, -1.0]) == 2.0**-49
    assert add([5e-324, -1e-323]) == -5e-324
    assert math.isnan(add([math.inf, -math.inf]))


# The sigmoid of one Python float


@law
@given(st.floats(allow_nan=False))
def test_sigmoid_of_a_float_is_right_to_2e_16(z):
    assert abs(Decimal(sigmoid([z])) - exact_sigmoid(z)) <= Decimal("2e-16")


@pytest.mark.parametrize(
    "size", [0.0, 5e-324, 36.8, 709.8, 745.2, 1e5, sys.float_info.max, math.inf]
)
def test_sigmoid_of_a_float_is_right_at_the_ends(size):
    for z in (size, -size):
        assert abs(Decimal(sigmoid([z])) - exact_sigmoid(z)) <= Decimal("2e-16")
