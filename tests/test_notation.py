"""Names and numbers: each quantity has one spelling, and a number reads as it does on paper."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffnn_helpers import Network
from ffnn_helpers.notation import (
    canonical,
    latex,
    latex_signs,
    number,
    number_as_given,
    parameters,
    say,
    split_derivative,
    weight,
    write,
)
from ffnn_helpers.steps import recipe
from tests.oracles import read, rounded
from tests.strategies import decimals, law, shapes

WIDE = (12, 11, 2)  # numbers of two digits, for inputs and neurons
DEEP = (1,) * 13  # and for layers


def symbols(sizes):
    """Every symbol that occurs in the recipe of a network, given ones as well."""
    entries = recipe(sizes, 1)
    return {symbol for symbol, _ in entries} | {
        symbol for _, parents in entries.values() for symbol, _ in parents
    }


# Where a parameter stands


def test_the_handout_s_parameters_are_in_the_order_of_its_section_4():
    assert parameters((2, 2, 1)) == [
        "w^1_{1,1}",
        "w^1_{1,2}",
        "b^1_1",
        "w^1_{2,1}",
        "w^1_{2,2}",
        "b^1_2",
        "w^2_{1,1}",
        "w^2_{1,2}",
        "b^2_1",
    ]


@law
@given(shapes())
def test_the_name_of_each_entry_of_theta_says_where_it_is_found_in_the_network(sizes):
    names = parameters(sizes)
    for place, name in enumerate(names):
        net = Network(sizes, [int(place == other) for other in range(len(names))])
        layer, *at = map(int, re.findall(r"\d+", name))
        found = net.weights if name.startswith("w") else net.biases
        assert found[layer - 1][tuple(n - 1 for n in at)] == 1


# How a symbol is read, written and said


@pytest.mark.parametrize(
    ("sizes", "typed", "kept"),
    [
        ((2, 2, 1), "w^1_{2,1}", "w^1_{2,1}"),
        ((2, 2, 1), "w^1_2,1", "w^1_{2,1}"),
        ((2, 2, 1), " w^1_2,1 ", "w^1_{2,1}"),
        ((2, 2, 1), "dC/dw^1_2,1", "dC/dw^1_{2,1}"),
        ((2, 2, 1), "dz^1_2/dw^1_2,1", "dz^1_2/dw^1_{2,1}"),
        ((2, 2, 1), "new w^1_2,1", "new w^1_{2,1}"),
        (WIDE, "w^1_10,12", "w^1_{10,12}"),
        ((2, 2, 1), "yhat", "a^2_1"),
        ((2, 2, 1), "yhat_1", "a^2_1"),
        ((2, 2, 1), "new yhat", "new a^2_1"),
        ((2, 2, 1), "dC/dyhat", "dC/da^2_1"),
        ((2, 2, 1), "dyhat/dz^2_1", "da^2_1/dz^2_1"),
        ((2, 1), "yhat", "a^1_1"),
        ((2, 3), "yhat_3", "a^1_3"),
        ((2, 12), "dyhat_12/dz^1_12", "da^1_12/dz^1_12"),
        ((2, 3), "yhat", "yhat"),  # which of the three? The trace has no such symbol.
        ((2, 3), "dC/dyhat", "dC/dyhat"),
    ],
)
def test_other_spellings_are_read_as_the_one_that_is_kept(sizes, typed, kept):
    assert canonical(typed, sizes) == kept


@law
@given(shapes())
def test_a_kept_spelling_stays_as_it_is(sizes):
    for symbol in symbols(sizes):
        assert canonical(symbol, sizes) == symbol


FORMS = [
    ("w^1_{2,1}", "w₂,₁¹", "w^1_{2,1}", "the weight from input 1 to neuron 2 of layer 1"),
    (
        "w^2_{1,2}",
        "w₁,₂²",
        "w^2_{1,2}",
        "the weight from neuron 2 of layer 1 to neuron 1 of layer 2",
    ),
    ("b^2_1", "b₁²", "b^2_1", "the bias of neuron 1 of layer 2"),
    ("z^1_2", "z₂¹", "z^1_2", "the weighted sum of neuron 2 of layer 1"),
    ("a^1_2", "a₂¹", "a^1_2", "the activation of neuron 2 of layer 1"),
    ("x_2", "x₂", "x_2", "input 2"),
    ("y_1", "y₁", "y_1", "the true value of output 1"),
    ("C", "C", "C", "the cost"),
    ("eta", "η", r"\eta", "the learning rate"),
    (
        "dz^1_2/dw^1_{2,1}",
        "∂z₂¹/∂w₂,₁¹",
        r"\frac{\partial z^1_2}{\partial w^1_{2,1}}",
        "the derivative of the weighted sum of neuron 2 of layer 1 with respect to"
        " the weight from input 1 to neuron 2 of layer 1",
    ),
    (
        "dC/db^2_1",
        "∂C/∂b₁²",
        r"\frac{\partial C}{\partial b^2_1}",
        "the derivative of the cost with respect to the bias of neuron 1 of layer 2",
    ),
    ("delta b^2_1", "Δb₁²", r"\Delta b^2_1", "the change of the bias of neuron 1 of layer 2"),
    (
        "new b^2_1",
        "new b₁²",
        r"\text{new }b^2_1",
        "the bias of neuron 1 of layer 2, after the step",
    ),
    ("new C", "new C", r"\text{new }C", "the cost, after the step"),
    ("x_12", "x₁₂", "x_{12}", "input 12"),
    ("z^1_10", "z₁₀¹", "z^1_{10}", "the weighted sum of neuron 10 of layer 1"),
    ("a^12_1", "a₁¹²", "a^{12}_1", "the activation of neuron 1 of layer 12"),
    (
        "w^1_{10,12}",
        "w₁₀,₁₂¹",
        "w^1_{10,12}",
        "the weight from input 12 to neuron 10 of layer 1",
    ),
]


@pytest.mark.parametrize(("symbol", "plain", "tex", "spoken"), FORMS)
def test_a_symbol_in_plain_text_in_latex_and_aloud(symbol, plain, tex, spoken):
    assert write(symbol) == plain
    assert latex(symbol) == tex
    assert say(symbol) == spoken


@pytest.mark.parametrize("sizes", [(2, 2, 1), (2, 3, 2), WIDE, DEEP])
@pytest.mark.parametrize("form", [write, latex, say])
def test_no_two_symbols_of_a_recipe_look_or_sound_alike(form, sizes):
    every = symbols(sizes)
    assert len({form(symbol) for symbol in every}) == len(every)


def unscript(plain):
    """Read the plain form back; nothing of notation.py is used."""
    small = "₀₁₂₃₄₅₆₇₈₉"
    above = "⁰¹²³⁴⁵⁶⁷⁸⁹"
    digits = str.maketrans(small + above, "01234567890123456789")

    def one(match):
        letter, place, layer = (part.translate(digits) for part in match.groups())
        place = f"{{{place}}}" if "," in place else place
        return letter + (f"^{layer}" if layer else "") + (f"_{place}" if place else "")

    plain = plain.replace("Δ", "delta ").replace("∂", "d").replace("η", "eta")
    return re.sub(rf"([a-zA-Z]+)([,{small}]*)([{above}]*)", one, plain)


def untex(tex):
    """Read the LaTeX form back; nothing of notation.py is used."""
    tex = tex.replace(r"\text{new }", "new ").replace(r"\Delta ", "delta ")
    tex = tex.replace(r"\eta", "eta")
    tex = re.sub(r"\\frac\{\\partial (.*)\}\{\\partial (.*)\}", r"d\1/d\2", tex)
    return re.sub(r"([\^_])\{(\d+)\}", r"\1\2", tex)


@pytest.mark.parametrize("sizes", [(2, 2, 1), (2, 3, 2), WIDE, DEEP])
def test_every_written_symbol_can_be_read_back(sizes):
    for symbol in symbols(sizes):
        assert unscript(write(symbol)) == symbol
        assert untex(latex(symbol)) == symbol


@pytest.mark.parametrize("sizes", [(2, 2, 1), WIDE, DEEP])
def test_latex_has_balanced_braces_and_no_bare_number_of_two_digits(sizes):
    for tex in map(latex, symbols(sizes)):
        assert tex.count("{") == tex.count("}")
        assert not re.search(r"[\^_]\d\d", tex)  # z^1_10 would be typeset as z^1_1 0
        assert tex.isascii()


def test_the_signs_of_a_plain_line_have_latex_twins():
    line = latex_signs("σ(z^1_1)(1 − σ(z^1_1)) · 0.1² ≈ Σₖ C")
    assert line == r"\sigma(z^1_1)(1 - \sigma(z^1_1)) \cdot 0.1^2 \approx \sum_k C"
    assert line.isascii()


@pytest.mark.parametrize(
    ("symbol", "above_and_below"),
    [
        ("dC/dw^1_{2,1}", ("C", "w^1_{2,1}")),
        ("da^1_2/dz^1_2", ("a^1_2", "z^1_2")),
        ("delta b^2_1", None),
        ("z^1_2", None),
        ("new C", None),
    ],
)
def test_a_derivative_is_split_into_its_two_symbols(symbol, above_and_below):
    assert split_derivative(symbol) == above_and_below


def test_a_weight_is_named_by_layer_neuron_and_input():
    assert weight(1, 2, 3) == "w^1_{2,3}"


# How a number is written

finite = st.floats(allow_nan=False, allow_infinity=False)
everyday = st.one_of(
    st.floats(-1e6, 1e6),
    decimals(-1000, 1000, places=5),
    st.integers(-(10**7), 10**7).map(float),
)


@law
@given(st.one_of(finite, everyday), st.integers(1, 12))
def test_a_number_is_rounded_half_away_from_zero_to_12_digits_and_then_to_those_asked(value, n):
    assert read(number(value, n)) == rounded(rounded(Fraction(value), 12), n)


@law
@given(st.one_of(finite, everyday))
def test_a_number_has_4_significant_digits_unless_told_otherwise(value):
    assert number(value) == number(value, 4)


@law
@given(st.one_of(finite, everyday), st.integers(1, 12))
def test_a_number_is_written_without_exponent_trailing_zeros_or_minus_zero(value, n):
    text = number(value, n)
    assert re.fullmatch(r"−?(0|[1-9]\d*)(\.\d*[1-9])?", text)
    assert text not in ("−0", "-0")
    digits = text.strip("−").replace(".", "").lstrip("0").rstrip("0")
    assert len(digits) <= n


@law
@given(everyday)
def test_a_written_number_read_and_written_again_is_the_same(value):
    assert number(float(number(value).replace("−", "-"))) == number(value)


@law
@given(st.lists(everyday, min_size=2))
def test_a_greater_number_is_never_written_as_a_smaller_one(values):
    written = [read(number(value)) for value in sorted(values)]
    assert written == sorted(written)


@law
@given(everyday)
def test_the_sign_is_all_that_tells_a_number_from_its_opposite(value):
    assert number(value).strip("−") == number(-value).strip("−")


@law
@given(st.integers(1, 99999), st.integers(0, 8), st.sampled_from([1, -1]))
def test_a_half_is_rounded_away_from_zero_also_where_its_float_is_a_bit_less(n, places, sign):
    # 1.005 is a float of 1.00499999999999989…; on paper it is a half, and becomes 1.01.
    half = Decimal(sign * (10 * n + 5)).scaleb(-places)
    away = Decimal(sign * (10 * n + 10)).scaleb(-places)
    assert read(number(float(half), digits=len(str(n)))) == Fraction(away)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (0.00191463088, "0.001915"),
        (0.12345, "0.1235"),
        (-0.12345, "−0.1235"),
        (1.0005, "1.001"),
        (0.99996, "1"),
        (-5.0, "−5"),
        (-0.0, "0"),
        (123456.0, "123500"),
        (1e-7, "0.0000001"),
        (np.float64(0.5), "0.5"),
    ],
)
def test_how_numbers_look(value, text):
    assert number(value) == text


@law
@given(finite)
def test_a_given_number_keeps_every_digit(value):
    text = number_as_given(value)
    assert float(text.replace("−", "-")) == value
    assert re.fullmatch(r"−?(0|[1-9]\d*)(\.\d*[1-9])?", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10, "10"),
        (10.0, "10"),
        (-5, "−5"),
        (0.7, "0.7"),
        (-0.123456, "−0.123456"),
        (1e-5, "0.00001"),
        (1234567, "1234567"),
        (1e22, "1" + "0" * 22),
        (-0.0, "0"),
        (np.float64(0.1), "0.1"),
    ],
)
def test_how_given_numbers_look(value, text):
    assert number_as_given(value) == text
