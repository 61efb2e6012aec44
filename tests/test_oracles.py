"""Four ways to every derivative agree, two by two: the trace, the vectorised network, automatic
differentiation by a library, and nudging.
"""

from itertools import combinations
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings

from ffnn_helpers import Network, handout, trace
from ffnn_helpers.notation import parameters
from tests.oracles import (
    automatic_gradient,
    central_differences,
    decimal_gradient,
    matrix_cost,
)
from tests.strategies import batches, law

HANDOUT = (handout.network, handout.x, handout.y, handout.eta)
EPS = np.finfo(float).eps


def traced_gradient(net, x, y):
    t = trace(net, x, y, 0.1)
    return [t[f"dC/d{name}"].value for name in parameters(net.sizes)]


def assert_same(one, other, tolerance=1e-12):
    """To 1e-12 of the largest entry."""
    np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * np.abs(one).max())


# The gradient


@law
@given(batches())
@example(HANDOUT)
def test_trace_network_and_automatic_differentiation_agree_pairwise(batch):
    net, x, y, _ = batch
    gradients = {
        "trace": traced_gradient(net, x, y),
        "network": net.gradient(x, y),
        "library": automatic_gradient(net.theta, net.sizes, x, y),
    }
    for one, other in combinations(gradients, 2):
        assert_same(gradients[one], gradients[other])


@settings(law, max_examples=20)
@given(batches(layers=3, width=3, K=2))
@example(HANDOUT)
def test_nudging_in_60_digits_gives_the_same_gradient(batch):
    net, x, y, _ = batch
    nudged = [float(slope) for slope in decimal_gradient(net.theta, net.sizes, x, y)]
    assert_same(nudged, traced_gradient(net, x, y))
    assert_same(nudged, net.gradient(x, y))
    assert_same(nudged, automatic_gradient(net.theta, net.sizes, x, y))


@law
@given(batches())
@example(HANDOUT)
def test_nudging_in_floats_agrees_as_far_as_floats_can(batch):
    """(C(θ + h) − C(θ − h)) / 2h is wrong in two ways, and h = ∛ε balances them.

    Bent: the cost is no straight line, which costs h²/6 · C‴. With 2h it costs four times as
    much, so the two answers differ by three times what the first is wrong; we allow all three.
    Rounded: a cost is some hundred roundings of numbers that are at most 1 + C beside it, most
    of which cancel; the division by h makes 10 ε (1 + C) / h of them.
    """
    net, x, y, _ = batch
    h = EPS ** (1 / 3)

    def cost(theta):
        return float(matrix_cost(np.array(theta), net.sizes, x, y))

    nudged = np.array(central_differences(cost, net.theta, h))
    bent = np.abs(nudged - central_differences(cost, net.theta, 2 * h))
    rounded = 10 * EPS * (1 + cost(net.theta)) / h
    for gradient in (
        traced_gradient(net, x, y),
        net.gradient(x, y),
        automatic_gradient(net.theta, net.sizes, x, y),
    ):
        assert (np.abs(nudged - gradient) <= bent + rounded).all()


def test_float_nudges_of_the_handout_are_good_to_9_digits_of_the_largest():
    net, x, y, _ = HANDOUT
    nudged = central_differences(
        lambda theta: Network(net.sizes, theta).cost(x, y), net.theta, 6e-6
    )
    assert_same(nudged, net.gradient(x, y), tolerance=1e-9)


# Everything else


@law
@given(batches())
@example(HANDOUT)
def test_every_z_a_and_cost_is_the_same_in_trace_and_network_before_and_after_the_step(batch):
    net, x, y, eta = batch
    t = trace(net, x, y, eta)
    after = net.step(x, y, eta)
    for which, new in ((net, ""), (after, "new ")):
        forward = which.forward(x)
        for layer, n in enumerate(net.sizes[1:], start=1):
            for letter, table in (("z", forward.z[layer - 1]), ("a", forward.a[layer])):
                traced = [
                    [t[f"{new}{letter}^{layer}_{neuron}", k].value for neuron in range(1, n + 1)]
                    for k in range(1, len(x) + 1)
                ]
                np.testing.assert_allclose(traced, table, rtol=0, atol=1e-12)
        for k, (row, target) in enumerate(zip(x, y, strict=True), start=1):
            assert t[f"{new}C", k].value == pytest.approx(which.cost([row], [target]), rel=1e-12)
        assert t[f"{new}C"].value == pytest.approx(which.cost(x, y), rel=1e-12)


@law
@given(batches())
@example(HANDOUT)
def test_every_change_and_new_parameter_is_the_same_in_trace_and_network(batch):
    net, x, y, eta = batch
    t = trace(net, x, y, eta)
    after = net.step(x, y, eta).theta
    changes = [t[f"delta {name}"].value for name in parameters(net.sizes)]
    assert_same([t[f"new {name}"].value for name in parameters(net.sizes)], after)
    assert_same(changes, -eta * net.gradient(x, y))


@law
@given(batches())
@example(HANDOUT)
def test_each_observation_s_derivatives_are_the_gradient_of_a_batch_of_one(batch):
    net, x, y, _ = batch
    t = trace(net, x, y, 0.1)
    for k, (row, target) in enumerate(zip(x, y, strict=True), start=1):
        traced = [t[f"dC/d{name}", k].value for name in parameters(net.sizes)]
        assert_same(traced, automatic_gradient(net.theta, net.sizes, [row], [target]))


@law
@given(batches(layers=3))
@example(HANDOUT)
def test_the_products_along_all_paths_add_up_to_what_the_recursion_gives(batch):
    net, x, y, _ = batch
    t = trace(net, x, y, 0.1)
    for k in range(1, len(x) + 1):
        recursion = {name: t[f"dC/d{name}", k].value for name in parameters(net.sizes)}
        sums = [
            sum(prod(factor.value for factor in path) for path in t.paths(f"dC/d{name}", k))
            for name in recursion
        ]
        assert_same(list(recursion.values()), sums)


def test_a_trace_takes_anything_with_sizes_and_theta():
    net = handout.network
    stranger = SimpleNamespace(sizes=[2, 2, 1], theta=net.theta.astype(np.float32))
    t = trace(stranger, handout.x, [0.5, 0.6], 0.1)
    same = Network(net.sizes, stranger.theta)
    assert traced_gradient(same, handout.x, handout.y) == [
        t[f"dC/d{name}"].value for name in parameters(net.sizes)
    ]


def test_a_deep_network_agrees_too():
    net = Network((1,) * 41, [2.0, -1.0] * 40)
    x, y = [[0.7], [-0.4]], [0.9, 0.2]
    gradients = [
        traced_gradient(net, x, y),
        net.gradient(x, y),
        automatic_gradient(net.theta, net.sizes, x, np.reshape(y, (-1, 1))),
    ]
    for one, other in combinations(gradients, 2):
        assert_same(one, other)
