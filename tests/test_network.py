"""The sigmoid and the vectorised network: right, silent, unchanging, and clear about bad input."""

import warnings
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffnn_helpers import Network, handout, sigmoid, trace
from tests.oracles import exact_sigmoid
from tests.strategies import batches, law

THETA = [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1]
X, Y = [[10, -5], [3, 2]], [0.5, 0.6]


def assert_right(z):
    for number, a in zip(z, sigmoid(z), strict=True):
        assert abs(Decimal(float(a)) - exact_sigmoid(float(number))) <= Decimal("2e-16"), number


# The sigmoid


@law
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=17))
def test_sigmoid_is_right_to_2e_16_for_any_float(z):
    assert_right(z)


def test_sigmoid_is_right_to_2e_16_where_it_bends_and_at_the_ends_of_the_floats():
    tiny, huge = 5e-324, np.finfo(float).max
    ends = [0.0, tiny, 2.3e-308, 1e-16, 36.7, 37.5, 709.7, 709.8, 745.2, 1e16, huge, np.inf]
    assert_right([*np.linspace(-40, 40, 4001), *ends, *(-end for end in ends)])


def test_sigmoid_at_the_ends_is_exactly_0_and_1():
    assert sigmoid([-np.inf, -1e308, 0, 1e308, np.inf]).tolist() == [0, 0, 0.5, 1, 1]


@law
@given(st.lists(st.floats(), min_size=1, max_size=17))
def test_sigmoid_is_silent_for_any_float(z):
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        together = sigmoid(z)
        alone = [sigmoid(number) for number in z]
    assert np.isnan(together).tolist() == np.isnan(z).tolist() == np.isnan(alone).tolist()


@pytest.mark.parametrize("z", [2, 2.0, np.float64(2), np.float32(2), np.int8(2), np.array(2)])
def test_sigmoid_of_one_number_is_a_python_float(z):
    assert type(sigmoid(z)) is float
    assert sigmoid(z) == sigmoid([2.0])[0]


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (2, 1, 3)])
def test_sigmoid_of_an_array_is_a_new_array_of_float64_with_its_shape(shape):
    z = np.ones(shape, dtype=np.float32)
    a = sigmoid(z)
    assert (a.shape, a.dtype) == (shape, np.float64)
    assert (z == 1).all()


# What a network is made of


def test_theta_is_cut_row_by_row_each_neuron_s_weights_and_then_its_bias():
    net = Network((2, 2, 1), THETA)
    assert [w.tolist() for w in net.weights] == [[[0.2, 0.9], [0.7, 0.5]], [[0.1, 0.5]]]
    assert [b.tolist() for b in net.biases] == [[1, 1], [1]]


@law
@given(batches())
def test_weights_and_biases_are_read_only_views_of_theta_for_any_sizes(batch):
    net, *_ = batch
    rows = []
    for (n_in, n_out), w, b in zip(pairwise(net.sizes), net.weights, net.biases, strict=True):
        assert (w.shape, b.shape) == ((n_out, n_in), (n_out,))
        for part in (w, b):
            assert np.shares_memory(part, net.theta)
            with pytest.raises(ValueError, match="read-only"):
                part[0] = 7
        for neuron in range(n_out):
            rows += [*w[neuron], b[neuron]]
    assert rows == net.theta.tolist()


def test_theta_is_kept_as_a_read_only_copy():
    theta = np.array(THETA)
    net = Network((2, 2, 1), theta)
    theta[0] = 7
    assert net.theta.tolist() == THETA
    with pytest.raises(ValueError, match="read-only"):
        net.theta[0] = 7


@pytest.mark.parametrize("sizes", [(2, 2, 1), [2, 2, 1], np.array([2, 2, 1]), (2.0, 2.0, 1.0)])
def test_sizes_become_a_tuple_of_int(sizes):
    net = Network(sizes, THETA)
    assert net.sizes == (2, 2, 1)
    assert [type(size) for size in net.sizes] == [int, int, int]


def test_its_repr_makes_it_again():
    again = eval(repr(handout.network))
    assert (again.sizes, again.theta.tolist()) == ((2, 2, 1), THETA)


def test_float32_is_promoted_everything_is_computed_in_float64():
    theta, x, y = (np.asarray(numbers, dtype=np.float32) for numbers in (THETA, X, Y))
    narrow = Network((2, 2, 1), theta)
    wide = Network((2, 2, 1), theta.astype(np.float64))
    assert narrow.theta.dtype == narrow.predict(x).dtype == np.float64
    assert narrow.forward(x).a[0].dtype == narrow.gradient(x, y).dtype == np.float64
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    assert (narrow.gradient(x, y) == wide.gradient(x64, y64)).all()
    assert narrow.cost(x, y) == wide.cost(x64, y64)


# What it computes


@law
@given(batches())
def test_shapes_follow_from_the_sizes_and_the_batch(batch):
    net, x, y, _ = batch
    K, P = len(x), len(net.theta)
    forward = net.forward(x)
    assert [z.shape for z in forward.z] == [(K, n) for n in net.sizes[1:]]
    assert [a.shape for a in forward.a] == [(K, n) for n in net.sizes]
    assert (forward.a[0] == np.array(x)).all()
    assert (net.predict(x) == forward.a[-1]).all()
    for z, a in zip(forward.z, forward.a[1:], strict=True):
        assert (a == sigmoid(z)).all()
    assert type(net.cost(x, y)) is float
    assert net.gradient(x, y).shape == (P,)


def test_the_cost_adds_the_outputs_and_averages_the_observations_without_a_half():
    # All parameters 0: every output is 0.5. Errors 0.5 and 1.5, then 0.5 and 0.5.
    net = Network((3, 2), [0] * 8)
    assert net.predict([[1, 2, 3]]).tolist() == [[0.5, 0.5]]
    assert net.cost([[1, 2, 3], [4, 5, 6]], [[1, 2], [0, 1]]) == (0.25 + 2.25 + 0.25 + 0.25) / 2


def test_the_gradient_of_one_neuron_is_as_on_paper():
    # yhat = 0.5, so 2(0.5 − 1) · 0.5(1 − 0.5) = −0.25, times x for each weight, times 1.
    assert Network((2, 1), [0, 0, 0]).gradient([[10, -5]], [1]).tolist() == [-2.5, 1.25, -0.25]


@law
@given(batches())
def test_cost_and_gradient_of_a_batch_are_the_mean_over_its_observations(batch):
    net, x, y, _ = batch
    singles = [([row], [target]) for row, target in zip(x, y, strict=True)]
    np.testing.assert_allclose(
        net.cost(x, y), np.mean([net.cost(*one) for one in singles]), rtol=1e-14
    )
    gradients = np.array([net.gradient(*one) for one in singles])
    np.testing.assert_allclose(
        net.gradient(x, y), gradients.mean(axis=0), rtol=0, atol=1e-14 * np.abs(gradients).max()
    )


@law
@given(batches())
def test_a_step_is_theta_minus_eta_times_gradient_and_leaves_the_old_network_as_it_is(batch):
    net, x, y, eta = batch
    before = net.theta.copy()
    new = net.step(x, y, eta)
    assert type(new) is Network
    assert new.sizes == net.sizes
    assert not np.shares_memory(new.theta, net.theta)
    assert (net.theta == before).all()
    np.testing.assert_allclose(new.theta, before - eta * net.gradient(x, y), rtol=0, atol=1e-14)
    assert not new.theta.flags.writeable
    again = Network(new.sizes, new.theta)
    assert (again.predict(x) == new.predict(x)).all()


def test_a_small_step_lowers_the_cost_and_many_more_so():
    net = handout.network
    costs = []
    for _ in range(100):
        costs.append(net.cost(X, Y))
        net = net.step(X, Y, 0.1)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0] / 3


def test_one_output_takes_y_as_a_list_or_as_a_column():
    net, column = handout.network, [[y] for y in Y]
    assert net.cost(X, Y) == net.cost(X, column)
    assert (net.gradient(X, Y) == net.gradient(X, column)).all()
    assert (net.step(X, Y, 0.1).theta == net.step(X, column, 0.1).theta).all()


@pytest.mark.parametrize("arrange", [np.asfortranarray, lambda x: np.repeat(x, 2, axis=0)[::2]])
def test_how_the_batch_lies_in_memory_does_not_matter_and_it_is_not_changed(arrange):
    x = arrange(np.array(X, dtype=float))
    x.flags.writeable = False
    assert (handout.network.gradient(x, Y) == handout.network.gradient(X, Y)).all()


def test_a_large_batch_is_computed_too():
    net = handout.network
    many = net.gradient(X * 500, Y * 500)
    np.testing.assert_allclose(many, net.gradient(X, Y), rtol=1e-12)


# What it says to bad input: the argument, what came, what was expected


def network(**changed):
    return Network(**{"sizes": (2, 2, 1), "theta": THETA, **changed})


RAGGED = [[1, 2], [3]]
WHOLE = "at least two whole numbers above 0"
LIST, TABLE, RATE = "a flat list of numbers", "a table of numbers", "a number above 0"

BAD = {
    "sizes": [
        ((2,), "(2,)", WHOLE),
        ((), "empty", WHOLE),
        ((2, 0, 1), "(2, 0, 1)", WHOLE),
        ((2, -2, 1), "(2, -2, 1)", WHOLE),
        ((2, 2.5, 1), "(2, 2.5, 1)", WHOLE),
        (5, "()", WHOLE),
        (None, "None", WHOLE),
        ("221", "'221'", WHOLE),
        (b"\2\2\1", "b'", WHOLE),
        ((2, "2", 1), "(2, '2', 1)", WHOLE),
        ((True, True, True), "(True, True, True)", WHOLE),
        ((2, 2j, 1), "(2, 2j, 1)", WHOLE),
        ((2, None, 1), "(2, None, 1)", WHOLE),
        ((2, float("nan"), 1), "NaN", "finite"),
        ((2, float("inf"), 1), "infinity", "finite"),
        ((2, 10**400, 1), "(2, 1000", WHOLE),
        ((n for n in (2, 2, 1)), "generator", WHOLE),
        (np.ones((2, 2)), "(2, 2)", WHOLE),
        ([[2], [2, 1]], "[[2], [2, 1]]", WHOLE),
    ],
    "theta": [
        (THETA[:-1], "8 numbers", "9"),
        ([*THETA, 1], "10 numbers", "9"),
        ([], "empty", LIST),
        (None, "None", LIST),
        (0.1, "()", LIST),
        ("0.1", "'0.1'", LIST),
        (["a"] * 9, "['a', 'a'", LIST),
        (np.array([["a", "b"]] * 40), "array([['a', 'b'],", LIST),
        ([True] * 9, "[True, ", LIST),
        ([1j] * 9, "[1j, ", LIST),
        ([None] * 9, "[None, ", LIST),
        ([10**400] * 9, "[1000", LIST),
        ([THETA], "(1, 9)", LIST),
        (RAGGED, "[[1, 2], [3]]", LIST),
        ([*THETA[:-1], float("nan")], "NaN", "finite"),
        ([*THETA[:-1], float("-inf")], "infinity", "finite"),
    ],
    "x": [
        ([[10, -5, 1], [3, 2, 1]], "3 columns", "2"),
        ([[10], [3]], "1 columns", "2"),
        ([10, -5], "(2,)", TABLE),
        (10, "()", TABLE),
        ([[[10, -5]]], "(1, 1, 2)", TABLE),
        ([], "(0,)", TABLE),
        ([[], []], "empty", TABLE),
        (np.empty((0, 2)), "empty", TABLE),
        (None, "None", TABLE),
        ("10", "'10'", TABLE),
        ([["10", "-5"], ["3", "2"]], "[['10', '-5']", TABLE),
        ([[True, False]] * 2, "[[True, False]", TABLE),
        ([[1j, 2]] * 2, "[[1j, 2]", TABLE),
        ([[None, 2]] * 2, "[[None, 2]", TABLE),
        (np.array([[1, 2]] * 2, dtype=object), "array([[1, 2]", TABLE),
        (RAGGED, "[[1, 2], [3]]", TABLE),
        ({"a": 1}, "{'a': 1}", TABLE),
        ([[10, float("nan")], [3, 2]], "NaN", "finite"),
        ([[10, float("inf")], [3, 2]], "infinity", "finite"),
        ([[10, -5]], "1 rows", "each observation needs both"),
    ],
    "y": [
        ([[0.5, 0.6], [0.5, 0.6]], "2 columns", "1"),
        ([[0.5]], "1:", "each observation needs both"),
        ([0.5], "1:", "each observation needs both"),
        ([0.5, 0.6, 0.7], "3:", "each observation needs both"),
        (0.5, "()", TABLE),
        ([], "empty", TABLE),
        (None, "None", TABLE),
        ("ab", "'ab'", TABLE),
        (["a", "b"], "['a', 'b']", TABLE),
        ([True, False], "[True, False]", TABLE),
        ([1j, 1], "[1j, 1]", TABLE),
        ([None, 1], "[None, 1]", TABLE),
        ([[0.5], [0.6, 0.7]], "[[0.5], [0.6, 0.7]]", TABLE),
        ([0.5, float("nan")], "NaN", "finite"),
        ([0.5, float("-inf")], "infinity", "finite"),
    ],
    "eta": [
        (0, "0", RATE),
        (-0.1, "-0.1", RATE),
        (float("nan"), "nan", RATE),
        (float("inf"), "inf", RATE),
        (10**400, "1000", RATE),
        (None, "None", RATE),
        ("0.1", "'0.1'", RATE),
        (b"0.1", "b'0.1'", RATE),
        (True, "True", RATE),
        (np.True_, "True", RATE),
        (1j, "1j", RATE),
        ([0.1], "[0.1]", RATE),
        (np.ones((2, 2)), "array([[1., 1.], [1., 1.]])", RATE),
    ],
}

CALLS = {
    "sizes": [lambda bad: network(sizes=bad)],
    "theta": [lambda bad: network(theta=bad)],
    "x": [
        lambda bad: network().cost(bad, Y),
        lambda bad: network().gradient(bad, Y),
        lambda bad: network().step(bad, Y, 0.1),
        lambda bad: trace(network(), bad, Y, 0.1),
    ],
    "y": [
        lambda bad: network().cost(X, bad),
        lambda bad: network().gradient(X, bad),
        lambda bad: network().step(X, bad, 0.1),
        lambda bad: trace(network(), X, bad, 0.1),
    ],
    "eta": [
        lambda bad: network().step(X, Y, bad),
        lambda bad: trace(network(), X, Y, bad),
    ],
}


@pytest.mark.parametrize(
    ("name", "bad", "came", "expected"),
    [
        pytest.param(name, *row, id=f"{name}-{number}")
        for name, rows in BAD.items()
        for number, row in enumerate(rows, start=1)
    ],
)
def test_bad_input_gets_one_sentence(name, bad, came, expected):
    for call in CALLS[name]:
        with pytest.raises(ValueError) as caught:  # noqa: PT011, the sentence is looked at below
            call(bad)
        sentence = str(caught.value)
        assert name in sentence.split()
        assert came in sentence
        assert expected in sentence
        assert_one_sentence(sentence)


def assert_one_sentence(text):
    assert text.endswith(".")
    assert not text.endswith("..")
    assert "\n" not in text
    assert ". " not in text
    assert len(text) < 160


def test_forward_and_predict_look_at_x_as_well():
    for call in (network().forward, network().predict):
        with pytest.raises(ValueError, match=r"^x has 3 columns, but this network needs 2"):
            call([[1, 2, 3]])


def test_several_outputs_need_a_table_of_y():
    with pytest.raises(ValueError, match=r"^y has shape \(2,\); it must be a table"):
        Network((2, 2), [0] * 6).cost(X, Y)


def test_a_step_that_leaves_the_floats_is_said_and_not_taken():
    with pytest.raises(ValueError, match=r"^eta = 1.7e\+308 is too large: .* finite\.$"):
        network().step(X, [5000, 5000], 1.7e308)


def test_a_table_of_the_wrong_width_is_told_what_its_columns_are():
    net = Network((2, 2, 1), [0] * 9)
    with pytest.raises(ValueError, match=r"^x has 3 columns, .* 2: one for each input\.$"):
        net.predict([[1, 2, 3]])
    with pytest.raises(ValueError, match=r"^y has 2 columns, .* 1: one for each output\.$"):
        net.cost([[1, 2]], [[1, 2]])


@pytest.mark.parametrize("z", [None, "1", [1, [2]], 1j, ..., True])
def test_a_sigmoid_of_no_number_gets_one_sentence(z):
    with pytest.raises(
        ValueError, match=r"^z is .*; it must be a number, or an array of numbers\.$"
    ):
        sigmoid(z)
