"""The handout's numbers, to 30 digits, as fixed anchors: trace and network are held against them.

`handout_figures.json` was computed at 60 digits with numerical derivatives; the last tests here
do that once more, so that nobody has to take the figures on trust.
"""

import json
from decimal import Decimal, localcontext
from math import prod
from pathlib import Path

import pytest

from ffnn_helpers import handout
from ffnn_helpers.notation import parameters
from tests.oracles import decimal_cost, decimal_gradient, exact_sigmoid

FIGURES = json.loads(Path(__file__).with_name("handout_figures.json").read_text("utf-8"))
OBSERVATIONS = list(enumerate(FIGURES["observations"], start=1))
NAMES = parameters((2, 2, 1))
t = handout.trace

# A float holds 16 digits, and few steps lose one. Where 1 − a₂¹ comes in it is different:
# a₂¹ = 0.9959… is known to 1.1e-16, which is 2.7e-14 of the 0.0041 that remains.
CLOSE, LOST = Decimal("1e-14"), Decimal("3e-14")


def lower_neuron(name):
    """Say if a parameter belongs to the neuron whose 1 − a is so small."""
    return name.startswith(("w^1_{2,", "b^1_2"))


def assert_close(value, figure, tolerance=CLOSE, of=None):
    """Compare a float with a figure, relative to the figure or to something larger."""
    assert abs(Decimal(float(value)) - Decimal(figure)) <= tolerance * abs(Decimal(of or figure))


def assert_gradient(values, figures, terms):
    """Compare a gradient; a mean is as right as the larger of the terms that it is made of."""
    for value, name in zip(values, NAMES, strict=True):
        largest = max((gradient[name] for gradient in terms), key=lambda f: abs(Decimal(f)))
        assert_close(value, figures[name], LOST if lower_neuron(name) else CLOSE, of=largest)


# Given


def test_the_handout_s_inputs():
    assert handout.network.sizes == (2, 2, 1)
    assert list(FIGURES["theta"]) == NAMES
    assert handout.network.theta.tolist() == [float(n) for n in FIGURES["theta"].values()]
    assert [list(row) for row in handout.x] == [o["x"] for _, o in OBSERVATIONS]
    assert [list(row) for row in handout.y] == [[float(o["y"])] for _, o in OBSERVATIONS]
    assert handout.eta == float(FIGURES["eta"])


# The forward pass


@pytest.mark.parametrize(("k", "figures"), OBSERVATIONS)
def test_forward_pass_of_the_trace(k, figures):
    for name in ("z^1_1", "z^1_2", "a^1_1", "a^1_2", "z^2_1", "yhat"):
        assert_close(t[name, k].value, figures[name])
    assert_close(t["C", k].value, figures["cost"])


@pytest.mark.parametrize(("k", "figures"), OBSERVATIONS)
def test_forward_pass_of_the_network(k, figures):
    z, a = handout.network.forward(handout.x)
    assert_close(z[0][k - 1, 0], figures["z^1_1"])
    assert_close(z[0][k - 1, 1], figures["z^1_2"])
    assert_close(a[1][k - 1, 0], figures["a^1_1"])
    assert_close(a[1][k - 1, 1], figures["a^1_2"])
    assert_close(z[1][k - 1, 0], figures["z^2_1"])
    assert_close(a[2][k - 1, 0], figures["yhat"])
    one = handout.x[k - 1 : k], handout.y[k - 1 : k]
    assert_close(handout.network.cost(*one), figures["cost"])


def test_batch_cost():
    assert_close(t["C"].value, FIGURES["batch_cost"])
    assert_close(handout.network.cost(handout.x, handout.y), FIGURES["batch_cost"])


# Backwards


@pytest.mark.parametrize(("k", "figures"), OBSERVATIONS)
def test_the_five_factors_of_section_3_2_and_their_product(k, figures):
    for name, figure in figures["factors"].items():
        assert_close(t[name, k].value, figure, LOST if name == "da^1_2/dz^1_2" else CLOSE)
    (path,) = t.paths("dC/dw^1_{2,1}", k)
    assert [factor.key for factor in path] == [t[name, k].key for name in figures["factors"]]
    product = prod(factor.value for factor in path)
    assert_close(product, figures["gradient"]["w^1_{2,1}"], LOST)


@pytest.mark.parametrize(("k", "figures"), OBSERVATIONS)
def test_gradient_of_one_observation(k, figures):
    figures, one = figures["gradient"], (handout.x[k - 1 : k], handout.y[k - 1 : k])
    assert list(figures) == NAMES
    assert_gradient([t[f"dC/d{name}", k].value for name in NAMES], figures, [figures])
    assert_gradient(handout.network.gradient(*one), figures, [figures])


def test_batch_gradient_and_the_update_all_nine_of_them():
    terms = [figures["gradient"] for _, figures in OBSERVATIONS]
    gradient = FIGURES["batch_gradient"]
    assert_gradient([t[f"dC/d{name}"].value for name in NAMES], gradient, terms)
    assert_gradient(handout.network.gradient(handout.x, handout.y), gradient, terms)
    changes = [t[f"delta {name}"].value / -handout.eta for name in NAMES]
    assert_gradient(changes, gradient, terms)
    with localcontext(prec=60):
        for name in NAMES:
            assert Decimal(FIGURES["update"][name]) == Decimal("-0.1") * Decimal(gradient[name])


def test_the_parameters_and_the_cost_after_the_step():
    after = handout.network.step(handout.x, handout.y, handout.eta)
    for name, value in zip(NAMES, after.theta, strict=True):
        assert_close(t[f"new {name}"].value, FIGURES["theta_after"][name])
        assert_close(value, FIGURES["theta_after"][name])
    assert_close(t["new C"].value, FIGURES["batch_cost_after"])
    assert_close(after.cost(handout.x, handout.y), FIGURES["batch_cost_after"])


# The figures themselves


def assert_30_digits(exact, figure):
    assert abs(exact - Decimal(figure)) <= Decimal("1e-29") * abs(Decimal(figure))


def batch():
    theta = list(FIGURES["theta"].values())
    x = [figures["x"] for _, figures in OBSERVATIONS]
    return theta, (2, 2, 1), x, [[figures["y"]] for _, figures in OBSERVATIONS]


def test_the_gradients_come_out_again_by_nudging_in_60_digits():
    theta, sizes, x, y = batch()
    for nudged, name in zip(decimal_gradient(theta, sizes, x, y), NAMES, strict=True):
        assert_30_digits(nudged, FIGURES["batch_gradient"][name])
    for k, figures in OBSERVATIONS:
        one = decimal_gradient(theta, sizes, x[k - 1 : k], y[k - 1 : k])
        for nudged, name in zip(one, NAMES, strict=True):
            assert_30_digits(nudged, figures["gradient"][name])


def test_the_costs_come_out_again_before_and_after_the_step():
    theta, sizes, x, y = batch()
    with localcontext(prec=60):
        slopes = decimal_gradient(theta, sizes, x, y)
        before = [Decimal(number) for number in theta]
        after = [n - slope / 10 for n, slope in zip(before, slopes, strict=True)]
        assert_30_digits(decimal_cost(before, sizes, x, y), FIGURES["batch_cost"])
        assert_30_digits(decimal_cost(after, sizes, x, y), FIGURES["batch_cost_after"])
    for number, name in zip(after, NAMES, strict=True):
        assert_30_digits(number, FIGURES["theta_after"][name])


@pytest.mark.parametrize(("k", "figures"), OBSERVATIONS)
def test_what_stands_between_comes_out_again_by_hand(k, figures):
    theta = {name: Decimal(number) for name, number in FIGURES["theta"].items()}
    with localcontext(prec=60):
        x_1, x_2 = figures["x"]
        z_1 = theta["w^1_{1,1}"] * x_1 + theta["w^1_{1,2}"] * x_2 + theta["b^1_1"]
        z_2 = theta["w^1_{2,1}"] * x_1 + theta["w^1_{2,2}"] * x_2 + theta["b^1_2"]
        a_1, a_2 = exact_sigmoid(z_1, 60), exact_sigmoid(z_2, 60)
        z = theta["w^2_{1,1}"] * a_1 + theta["w^2_{1,2}"] * a_2 + theta["b^2_1"]
        yhat = exact_sigmoid(z, 60)
        error = yhat - Decimal(figures["y"])
        by_hand = {"z^1_1": z_1, "z^1_2": z_2, "a^1_1": a_1, "a^1_2": a_2, "z^2_1": z}
        by_hand |= {"yhat": yhat, "cost": error**2}
        factors = [2 * error, yhat * (1 - yhat), theta["w^2_{1,2}"], a_2 * (1 - a_2), Decimal(x_1)]
    for name, exact in by_hand.items():
        assert_30_digits(exact, figures[name])
    for exact, figure in zip(factors, figures["factors"].values(), strict=True):
        assert_30_digits(exact, figure)
