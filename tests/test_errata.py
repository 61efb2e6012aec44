"""Where the handout, as we have it, and the arithmetic disagree: what is true, and how the printed
number can have come about; where several ways lead to it, all of them.

What is no number has no test: the stray primes on w₂,₁¹′, w₁,₁²′ and w₁,₂²′ in the table of
section 2.1; "the slope of the bias" for the slope of the cost with respect to the bias; L beside
C and θ beside θ₀ in equations 1, 5 and 6, and the k that equation 4 lacks; the order of the
indices, (feature, observation) in the table but (neuron, input) in a weight.
"""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import combinations
from math import prod

import pytest

from ffnn_helpers import Network, handout, sigmoid, trace
from ffnn_helpers.notation import parameters
from ffnn_helpers.sheets import new_numbers

t = handout.trace
NAMES = parameters((2, 2, 1))


def v(symbol, k=None):
    return t[symbol, k].value


def prints(value, text, how=ROUND_HALF_UP):
    """Say if a value, rounded to the decimals of a printed number, is that number."""
    text = text.replace("−", "-")
    return Decimal(value).quantize(Decimal(text), how) == Decimal(text)


# Equation 3: σ′(z) = σ(z)(1 − (z))


@pytest.mark.parametrize("z", [-1.5, 5.5, 1.516])
def test_equation_3_lacks_a_sigma(z):
    slope = (sigmoid(z + 1e-5) - sigmoid(z - 1e-5)) / 2e-5
    assert sigmoid(z) * (1 - sigmoid(z)) == pytest.approx(slope, rel=1e-7)
    assert sigmoid(z) * (1 - z) != pytest.approx(slope, rel=0.5)


# Section 3, inputs: σ₁¹ = (z₁¹) ≈ 0.18, σ₂¹ ≈ 0.99


def test_the_first_activation_lacks_a_sigma_its_number_has_one():
    assert prints(sigmoid(v("z^1_1", 1)), "0.18")
    assert v("z^1_1", 1) == -1.5


def test_0_99_is_cut_off_rounded_it_would_be_1_and_the_neuron_without_slope():
    a = v("a^1_2", 1)
    assert prints(a, "0.99593")
    assert prints(a, "0.99", ROUND_DOWN)
    assert prints(a, "1.00")
    assert 1.00 * (1 - 1.00) == 0
    assert prints(v("da^1_2/dz^1_2", 1), "0.0041")


def test_the_other_inputs_are_right():
    assert prints(v("z^1_2", 1), "5.5")
    assert prints(v("z^2_1", 1), "1.52")
    assert prints(v("yhat", 1), "0.82")


# Section 3.1: ∂z₁²/∂z₁² for ∂z₁²/∂b₁², and y_k in one place, y₁ in another


def test_the_slip_of_the_pen_in_the_last_factor_costs_nothing_both_are_1():
    assert v("dz^2_1/db^2_1", 1) == 1


def test_section_3_1_needs_y_1_the_other_observation_s_would_show():
    error = v("yhat", 1) - v("y_1", 1)
    assert 2 * error == v("dC/dyhat", 1)
    assert 2 * (v("yhat", 1) - v("y_1", 2)) == pytest.approx(0.69 * 2 * error, rel=0.01)


def test_section_3_1_s_result_is_right_and_so_is_its_line():
    assert prints(v("dC/db^2_1", 1), "0.09")
    assert prints(2 * (0.82 - 0.5) * 0.82 * (1 - 0.82), "0.09")


# Section 3.2: 2(0.82 − 0.5)0.82(1 − 0.82)0.5(0.99(1 − 0.99))10 ≈ 0.002


def test_the_line_of_section_3_2_does_not_give_its_result():
    line = 2 * (0.82 - 0.5) * 0.82 * (1 - 0.82) * 0.5 * (0.99 * (1 - 0.99)) * 10
    assert prints(line, "0.0047")
    assert not prints(line, "0.002")


def test_the_result_of_section_3_2_was_computed_in_full():
    assert prints(v("dC/dw^1_{2,1}", 1), "0.001915")
    assert prints(v("dC/dw^1_{2,1}", 1), "0.002")


def test_0_99_in_full_view_makes_the_slope_2_4_times_too_large():
    assert 0.99 * (1 - 0.99) / v("da^1_2/dz^1_2", 1) == pytest.approx(2.4, abs=0.05)
    with_five_digits = 2 * (0.82 - 0.5) * 0.82 * (1 - 0.82) * 0.5 * (0.99593 * (1 - 0.99593)) * 10
    assert prints(with_five_digits, "0.002")


# Section 4: ∂C₂/∂σ₁² ≈ 0.06


def test_0_06_is_not_the_slope_that_it_is_called():
    assert prints(v("dC/dyhat", 2), "0.4608")
    assert not prints(v("dC/dyhat", 2), "0.06")


def test_0_06_is_the_slope_of_the_bias_and_of_three_others():
    slopes = [s for s, k in t if k == 2 and s.startswith("dC/d") and prints(v(s, 2), "0.06")]
    assert slopes == ["dC/dz^2_1", "dC/dw^2_{1,1}", "dC/dw^2_{1,2}", "dC/db^2_1"]
    assert prints(v("dC/db^2_1", 2), "0.0649")


# Section 4: ∂C₁/∂w₂,₁¹ ≈ 0.003, for the second observation


def factors(t, k):
    return {
        "2": 2,
        "ŷ − y": t["yhat", k].value - t["y_1", k].value,
        "output's slope": t["dyhat/dz^2_1", k].value,
        "w₁,₂²": t["w^2_{1,2}"].value,
        "hidden slope": t["da^1_2/dz^1_2", k].value,
        "x₁": t["x_1", k].value,
    }


def single_mistakes(t, k):
    """List what one mistake makes of ∂C_k/∂w₂,₁¹: a factor lost, doubled or another's."""
    right = factors(t, k)
    for name in right:
        yield f"{name} left out", prod(right.values()) / right[name]
        yield f"{name} twice", prod(right.values()) * right[name]
    yield "2(ŷ − y) left out", prod(right.values()) / right["2"] / right["ŷ − y"]
    others = {
        "w₁,₂²": [name for name in parameters(t.sizes) if name != "w^2_{1,2}"],
        "hidden slope": [("da^1_1/dz^1_1", k), ("dyhat/dz^2_1", k), ("da^1_2/dz^1_2", 3 - k)],
        "output's slope": [("da^1_1/dz^1_1", k), ("da^1_2/dz^1_2", k), ("dyhat/dz^2_1", 3 - k)],
        "x₁": [("x_2", k), ("a^1_1", k), ("a^1_2", k), ("x_1", 3 - k)],
    }
    for name, keys in others.items():
        for key in keys:
            another = key if isinstance(key, str) else f"{key[0]} of {key[1]}"
            yield f"{another} for {name}", prod({**right, name: t[key].value}.values())
    for symbol, (yhat, y) in {"yhat": (3 - k, k), "y": (k, 3 - k)}.items():
        error = t["yhat", yhat].value - t["y_1", y].value
        yield f"{symbol} of {3 - k}", prod({**right, "ŷ − y": error}.values())


def test_the_mistakes_start_from_the_truth():
    for k in (1, 2):
        assert prod(factors(t, k).values()) == pytest.approx(v("dC/dw^1_{2,1}", k), rel=1e-12)


def test_0_003_has_the_wrong_index_and_is_the_derivative_of_neither_observation():
    assert prints(v("dC/dw^1_{2,1}", 2), "0.001561")
    for k in (1, 2):
        assert prints(v("dC/dw^1_{2,1}", k), "0.002")


def test_0_003_has_no_single_explanation_all_of_these_print_as_it():
    ways = {name: value for name, value in single_mistakes(t, 2) if prints(value, "0.003")}
    rounded = {name: round(value, 6) for name, value in ways.items()}
    assert rounded == {
        "2 twice": 0.003122,
        "w₁,₂² left out": 0.003122,
        "b^1_1 for w₁,₂²": 0.003122,  # a bias is 1: as if it were left out
        "b^1_2 for w₁,₂²": 0.003122,
        "b^2_1 for w₁,₂²": 0.003122,
        "da^1_1/dz^1_1 of 2 for hidden slope": 0.003042,  # the top neuron's
        "2(ŷ − y) left out": 0.003387,  # the first factor
        "w^1_{1,2} for w₁,₂²": 0.00281,
    }


def test_0_003_can_also_be_the_first_observation_as_it_is_called_or_both_added():
    ways = {name for name, value in single_mistakes(t, 1) if prints(value, "0.003")}
    assert ways == {"2(ŷ − y) left out", "w^1_{1,2} for w₁,₂²", "w^1_{2,1} for w₁,₂²"}
    both = v("dC/dw^1_{2,1}", 1) + v("dC/dw^1_{2,1}", 2)
    assert prints(both, "0.003476")
    assert prints(both, "0.003")


# Section 4, the gradient vector


def test_0_0025_stands_in_the_row_of_another_parameter():
    printed_row, right_row = 3, 4
    assert NAMES[printed_row - 1] == "b^1_1"
    assert NAMES[right_row - 1] == "w^1_{2,1}"
    assert prints(v("dC/db^1_1"), "0.000806")


def test_0_0025_is_the_mean_of_the_printed_numbers_not_of_the_right_ones():
    assert prints((0.002 + 0.003) / 2, "0.0025")
    assert prints(v("dC/dw^1_{2,1}"), "0.001738")
    assert prints((0.001915 + 0.001561) / 2, "0.001738")


def test_0_080_is_rounded_from_the_full_numbers_the_line_gives_0_075():
    assert pytest.approx(0.075) == (0.09 + 0.06) / 2
    assert prints(v("dC/db^2_1"), "0.0797")
    assert prints(v("dC/db^2_1"), "0.080")


def test_seven_rows_are_question_marks_and_all_of_them_have_values():
    unknown = [name for name in NAMES if name not in ("b^1_1", "b^2_1")]
    assert len(unknown) == 7
    assert all(v(f"dC/d{name}") != 0 for name in NAMES)


# Section 4, last paragraph: w₂,₁¹ changes by −0.00025, b₁² by −0.0075


def test_minus_0_00025_follows_from_the_printed_0_0025():
    assert prints(-0.1 * 0.0025, "−0.00025")
    assert prints(v("delta w^1_{2,1}"), "−0.000174")


def test_minus_0_0075_follows_from_0_075_not_from_the_0_080_printed_above_it():
    assert prints(-0.1 * 0.075, "−0.0075")
    assert prints(-0.1 * 0.080, "−0.0080")
    assert prints(v("delta b^2_1"), "−0.00797")


# Footnote 2: the changes happen to be negative


def test_one_change_of_the_nine_is_positive_it_hides_behind_a_question_mark():
    assert [name for name in NAMES if v(f"delta {name}") > 0] == ["w^1_{1,2}"]
    assert prints(v("delta w^1_{1,2}"), "0.000332")


# Section 2.1: a word is missing


def test_three_hidden_neurons_have_two_weights_each():
    net = Network((2, 3, 1), [0] * 13)
    assert [w.shape for w in net.weights] == [(3, 2), (1, 3)]
    assert [b.shape for b in net.biases] == [(3,), (1,)]


# Sentences that are simplifications


def twins(outgoing):
    """A network whose two hidden neurons have equal rows, and its batch."""
    return Network((2, 2, 1), [0.3, -0.2, 0.1, 0.3, -0.2, 0.1, *outgoing, 0.2])


def trained(net, steps=200):
    for _ in range(steps):
        net = net.step(handout.x, handout.y, handout.eta)
    return net


def test_neurons_with_equal_rows_and_equal_outgoing_weights_stay_equal_for_ever():
    net = trained(twins(outgoing=(0.4, 0.4)))
    assert (net.weights[0][0] == net.weights[0][1]).all()
    assert net.biases[0][0] == net.biases[0][1]
    assert net.weights[1][0, 0] == net.weights[1][0, 1]
    assert net.weights[0][0, 0] != 0.3  # they have moved, together


def test_neurons_with_equal_rows_alone_part():
    net = trained(twins(outgoing=(0.4, -0.4)), steps=1)
    assert (net.weights[0][0] != net.weights[0][1]).all()


def test_raw_inputs_of_10_leave_the_lower_neuron_hardly_any_slope():
    assert v("z^1_2", 1) == 5.5
    assert prints(v("da^1_2/dz^1_2", 1), "0.004")


def test_a_sigmoid_that_is_confident_and_wrong_has_a_vanishing_slope():
    slopes = [
        abs(trace(Network((1, 1), [0, b]), [[0]], [[0]], 1)["dC/db^1_1"].value) for b in (1, 5, 10)
    ]
    assert slopes[0] > 10 * slopes[1] > 100 * slopes[2]


# What a learner will ask


def test_the_cost_falls_in_the_step():
    assert prints(v("C"), "0.07774")
    assert prints(v("new C"), "0.07631")


def test_in_the_batch_gradient_only_one_is_negative():
    assert [name for name in NAMES if v(f"dC/d{name}") < 0] == ["w^1_{1,2}"]


def test_two_derivatives_change_sign_from_one_observation_to_the_other():
    both = {name: (v(f"dC/d{name}", 1), v(f"dC/d{name}", 2)) for name in NAMES}
    changing = {name: pair for name, pair in both.items() if pair[0] * pair[1] < 0}
    assert list(changing) == ["w^1_{1,2}", "w^1_{2,2}"]
    for name, printed in {
        "w^1_{1,2}": ("−0.00704", "0.00041"),
        "w^1_{2,2}": ("−0.00096", "0.00104"),
    }.items():
        assert all(map(prints, changing[name], printed))


# What these numbers hide


def scale_mistakes(t):
    """List what loses or doubles a factor of the batch ∂C/∂w₂,₁¹: name to what it multiplies by."""
    K, w = len(t["C"].parents), t["w^2_{1,2}"].value
    return {
        "2 left out": 1 / 2,
        "2 twice": 2,
        "sum for mean": K,
        "1/K twice": 1 / K,
        "w₁,₂² left out": 1 / w,
        "w₁,₂² twice": w,
    } | {
        f"{name} for w₁,₂²": t[name].value / w
        for name in parameters(t.sizes)
        if name != "w^2_{1,2}"
    }


def hidden_behind(t, value):
    """Name every single mistake that gives a value, to the digits that anyone would write."""
    true = t["dC/dw^1_{2,1}"].value
    mistakes = scale_mistakes(t).items()
    return {name for name, factor in mistakes if factor * true == pytest.approx(value, rel=1e-6)}


def test_doubled_three_mistakes_give_the_same_number_and_so_does_a_bias_for_the_weight():
    biases = {f"{bias} for w₁,₂²" for bias in ("b^1_1", "b^1_2", "b^2_1")}
    value = 2 * v("dC/dw^1_{2,1}")
    assert prints(value, "0.0034757")
    assert hidden_behind(t, value) == {"w₁,₂² left out", "sum for mean", "2 twice"} | biases


def test_halved_three_mistakes_give_the_same_number():
    value = v("dC/dw^1_{2,1}") / 2
    assert prints(value, "0.0008689")
    assert hidden_behind(t, value) == {"2 left out", "1/K twice", "w₁,₂² twice"}


def test_one_mistake_gives_the_truth():
    assert prints(v("dC/dw^1_{2,1}"), "0.0017379")
    assert hidden_behind(t, v("dC/dw^1_{2,1}")) == {"w^1_{2,2} for w₁,₂²"}


def test_every_two_mistakes_of_which_one_doubles_and_one_halves_give_the_truth():
    """Sum for mean and the 2 left out; w₁,₂² and the 2 left out; and so on, nine pairs."""
    mistakes = scale_mistakes(t)
    double = ["2 twice", "sum for mean", "w₁,₂² left out"]
    half = ["2 left out", "1/K twice", "w₁,₂² twice"]
    for one in double:
        for other in half:
            assert mistakes[one] * mistakes[other] == 1
    assert mistakes["sum for mean"] * mistakes["2 left out"] == 1
    assert mistakes["w₁,₂² left out"] * mistakes["2 left out"] == 1


def test_with_other_numbers_none_gives_the_truth_and_each_gives_a_number_of_its_own():
    mistakes = scale_mistakes(new_numbers.trace)
    for name, factor in mistakes.items():
        assert abs(factor - 1) > 0.1, name
    weights = {name: factor for name, factor in mistakes.items() if not name.startswith("b")}
    for (one, factor), (other, another) in combinations(weights.items(), 2):
        assert abs(factor - another) > 0.05 * abs(factor), (one, other)


def test_the_unchanged_old_parameter_is_within_a_thousandth_of_the_new_one_for_five_of_nine():
    close = [name for name in NAMES if abs(v(name) / v(f"new {name}") - 1) < 0.001]
    assert close == ["w^1_{1,2}", "b^1_1", "w^1_{2,1}", "w^1_{2,2}", "b^1_2"]


def test_no_change_is_that_small_so_the_change_is_what_to_compare():
    for name in NAMES:
        assert v(f"new {name}") - v(name) == pytest.approx(v(f"delta {name}"), rel=1e-9)
        assert abs(v(f"delta {name}")) > 4e-6
