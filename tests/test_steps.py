"""The recipe of a step, its evaluation, and the trace that shows both: every quantity has a name,
is made of what it says, and is printed so that the printed line is true.
"""

import ast
import re
import tracemalloc
import warnings
from fractions import Fraction
from itertools import pairwise
from math import inf, prod

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ffnn_helpers import Network, handout, trace
from ffnn_helpers.notation import canonical, number_as_given, parameters, write
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.steps import Trace, evaluate, recipe
from tests.oracles import calculate, read, rounded
from tests.strategies import batches, law, shapes

HANDOUT = (handout.network, handout.x, handout.y, handout.eta)
LEAF = re.compile(r"[xy]_\d+|eta|w\^\d+_\{\d+,\d+\}|b\^\d+_\d+")


def assert_one_sentence(text):
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text


# The recipe


def count(sizes, K):
    """Count the quantities of a step, one kind after the other."""
    neurons = sum(sizes[1:])
    weights = sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    theta = weights + neurons
    forward = 2 * neurons + 1  # z and a of each neuron, and C
    links = weights - sizes[0] * sizes[1]  # ∂z/∂a, along each weight but those from x
    slopes = 3 * neurons  # ∂C/∂a, ∂a/∂z and ∂C/∂z
    each = 2 * theta  # ∂z/∂θ and ∂C/∂θ
    batch = 3 * theta + 2  # mean derivative, change and new value; C and new C
    return K * (2 * forward + links + slopes + each) + batch


@law
@given(shapes(), st.integers(1, 4))
@example((2, 2, 1), 2)
def test_a_recipe_has_every_quantity_once_and_nothing_else(sizes, K):
    assert len(recipe(sizes, K)) == count(sizes, K)


def test_the_handout_s_step_has_115_quantities_and_16_given_numbers():
    assert len(recipe((2, 2, 1), 2)) == 115
    assert len(handout.trace) == 115 + 9 + 1 + 2 * 3


@law
@given(shapes(), st.integers(1, 3))
def test_every_parent_is_an_earlier_entry_or_is_given(sizes, K):
    entries = recipe(sizes, K)
    earlier = set()
    for key, (operation, parents) in entries.items():
        assert operation in OPERATIONS
        for symbol, k in parents:
            if (symbol, k) not in entries:
                assert LEAF.fullmatch(symbol)
                assert (k in range(1, K + 1)) == (symbol[0] in "xy")
                assert (k is None) == (symbol[0] not in "xy")
            else:
                assert (symbol, k) in earlier
        earlier.add(key)


@law
@given(batches(layers=3, width=3))
def test_a_recipe_knows_no_numbers_only_names(batch):
    net, x, y, eta = batch
    entries = recipe(net.sizes, len(x))
    assert trace(net, x, y, eta).recipe == entries
    for (symbol, k), (operation, parents) in entries.items():
        assert {type(symbol), type(operation), *(type(parent) for parent, _ in parents)} == {str}
        assert {type(k), *(type(k) for _, k in parents)} <= {int, type(None)}


@law
@given(shapes(), st.integers(1, 3))
def test_every_given_number_is_used(sizes, K):
    used = {parent for _, parents in recipe(sizes, K).values() for parent in parents}
    given_keys = {("eta", None)} | {(name, None) for name in parameters(sizes)}
    for k in range(1, K + 1):
        given_keys |= {(f"x_{i}", k) for i in range(1, sizes[0] + 1)}
        given_keys |= {(f"y_{i}", k) for i in range(1, sizes[-1] + 1)}
    assert given_keys == used - recipe(sizes, K).keys()


def test_what_each_quantity_of_the_handout_is_made_of():
    entries = recipe((2, 2, 1), 2)
    assert entries["z^1_2", 1] == (
        "weighted sum",
        (
            ("w^1_{2,1}", None),
            ("x_1", 1),
            ("w^1_{2,2}", None),
            ("x_2", 1),
            ("b^1_2", None),
        ),
    )
    assert entries["dz^2_1/da^1_2", 1] == ("equal", (("w^2_{1,2}", None),))
    assert entries["dz^1_2/dw^1_{2,1}", 1] == ("equal", (("x_1", 1),))
    assert entries["dz^2_1/dw^2_{1,2}", 1] == ("equal", (("a^1_2", 1),))
    assert entries["dz^2_1/db^2_1", 1] == ("one", ())
    assert entries["dC/dw^1_{2,1}", None] == (
        "mean",
        (("dC/dw^1_{2,1}", 1), ("dC/dw^1_{2,1}", 2)),
    )
    assert entries["new z^2_1", 2][1][:2] == (("new w^2_{1,1}", None), ("new a^1_1", 2))
    assert entries["new z^1_1", 2][1][:2] == (("new w^1_{1,1}", None), ("x_1", 2))


def test_a_hidden_neuron_s_slope_adds_what_comes_back_from_every_neuron_after_it():
    assert recipe((1, 1, 3), 1)["dC/da^1_1", 1] == (
        "sum of products",
        (
            ("dC/dz^2_1", 1),
            ("dz^2_1/da^1_1", 1),
            ("dC/dz^2_2", 1),
            ("dz^2_2/da^1_1", 1),
            ("dC/dz^2_3", 1),
            ("dz^2_3/da^1_1", 1),
        ),
    )


def test_100_000_steps_are_the_most():
    assert count((1, 1), 7691) == 99_991
    assert len(recipe((1, 1), 7691)) == 99_991
    with pytest.raises(ValueError, match=r"^sizes \(1, 1\) with 7692 observations make a trace"):
        recipe((1, 1), 7692)


@pytest.mark.parametrize(
    ("sizes", "K"), [((784, 1024, 1024, 10), 512), ((2, 2, 1), 10**6), ((100_000, 1), 1)]
)
def test_a_trace_of_more_steps_is_refused_in_one_sentence_before_any_work(sizes, K):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="more than 100,000 steps; .* use Network") as caught:
            recipe(sizes, K)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()
    assert_one_sentence(str(caught.value))


def test_trace_refuses_it_as_well():
    net = Network((100, 100, 10), np.zeros(100 * 101 + 10 * 101))
    with pytest.raises(ValueError, match=r"make a trace of more than 100,000 steps; .*\.$"):
        trace(net, np.zeros((50, 100)), np.zeros((50, 10)), 0.1)


# Evaluating


def ancestors(entries, key):
    """Name all that a quantity is made of, itself as well."""
    found, to_do = set(), [key]
    while to_do:
        key = to_do.pop()
        if key not in found:
            found.add(key)
            to_do += entries.get(key, ("given", ()))[1]
    return found


@law
@given(batches(layers=2, width=3, K=2), st.data())
def test_reading_one_value_works_out_what_it_is_made_of_and_nothing_else(batch, data):
    t = trace(*batch)
    key = data.draw(st.sampled_from(list(t.recipe)))
    values = evaluate(t.recipe, t.given)
    assert len(values) == 0
    assert values[key] == t[key].value
    assert set(values) == ancestors(t.recipe, key)


@law
@given(batches(layers=2, width=3, K=2), st.data())
def test_the_order_of_reading_does_not_matter(batch, data):
    t = trace(*batch)
    keys = data.draw(st.permutations(list(t.recipe)))
    values = evaluate(t.recipe, t.given)
    assert {key: values[key] for key in keys} == {
        key: step.value for key, step in t.items() if key in t.recipe
    }


def test_making_a_trace_works_nothing_out():
    t = trace(*HANDOUT)
    list(t), len(t), repr(t), t["new C"], t["new C"].parents, t["new C"].formula
    t.paths("dC/dw^1_{2,1}", 1)
    assert len(t.evaluated) == 0


def test_a_given_value_stands_in_for_the_rule():
    t = handout.trace
    values = evaluate(t.recipe, {**t.given, ("a^1_2", 1): 0.99})
    assert values["a^1_2", 1] == 0.99
    assert values["da^1_2/dz^1_2", 1] == 0.99 * (1 - 0.99)
    assert values["z^2_1", 1] == pytest.approx(0.1 * t["a^1_1", 1].value + 0.5 * 0.99 + 1)
    assert values["a^1_2", 2] == t["a^1_2", 2].value
    assert ("z^1_2", 1) not in values  # what it would have been made of is not asked for


def test_a_given_rule_stands_in_for_the_rule():
    t = handout.trace
    left_out = {("dC/dz^2_1", 1): ("equal", (("dC/da^2_1", 1),))}
    values = evaluate(t.recipe, {**t.given, **left_out})
    assert values["dC/db^2_1", 1] == t["dC/da^2_1", 1].value
    assert values["dC/db^2_1", 2] == t["dC/db^2_1", 2].value
    assert t.recipe["dC/dz^2_1", 1][0] == "product"  # the recipe itself stays as it is


@pytest.mark.parametrize(
    ("struck", "rule"),
    [
        (("z^1_2", 1), ("equal", (("new w^1_{2,1}", None),))),
        (("dz^2_1/da^1_2", 1), ("equal", (("new w^1_{2,1}", None),))),
        (("z^1_1", 2), ("equal", (("z^1_1", 2),))),
    ],
)
def test_a_circle_is_said_not_followed(struck, rule):
    t = handout.trace
    values = evaluate(t.recipe, {**t.given, struck: rule})
    for _ in range(2):
        with pytest.raises(ValueError, match=r"circle\.$") as caught:
            values[struck]
        assert_one_sentence(str(caught.value))
    assert values["z^1_1", 1] == -1.5  # what is not in the circle is there


def test_a_new_weight_used_too_early_is_no_circle_where_it_comes_from_another_layer():
    t = handout.trace
    early = {("dz^2_1/da^1_2", 1): ("equal", (("new w^2_{1,2}", None),))}
    values = evaluate(t.recipe, {**t.given, **early})
    right = t["dC/dw^1_{2,1}", 1].value
    assert values["dC/dw^1_{2,1}", 1] == pytest.approx(right * 0.492104 / 0.5, rel=1e-6)


def test_a_network_of_3000_layers_is_worked_out_without_recursion():
    # z = 4 · 0.5 − 2 = 0 everywhere, and each layer passes on 4 · 0.5(1 − 0.5) = 1 of a slope.
    deep = Network((1,) * 3001, [4, -2] * 3000)
    t = trace(deep, [[0.5]], [[0.25]], 0.1)
    assert t["dC/dw^1_{1,1}"].value == 2 * (0.5 - 0.25) * 0.25 * 0.5
    assert t["new C"].value == pytest.approx(
        deep.step([[0.5]], [[0.25]], 0.1).cost([[0.5]], [[0.25]])
    )
    (path,) = t.paths("dC/dw^1_{1,1}", 1)
    assert len(path) == 2 * 3000 + 1
    assert prod(factor.value for factor in path) == t["dC/dw^1_{1,1}", 1].value


# A step


def test_the_handout_s_lines_as_they_are_printed():
    t = handout.trace
    lines = {
        ("x_2", 1): "x₂ = −5",
        "eta": "η = 0.1",
        "w^1_{2,1}": "w₂,₁¹ = 0.7",
        ("z^1_1", 1): "z₁¹ = 0.2(10) + 0.9(−5) + 1 = −1.5",
        ("z^1_2", 1): "z₂¹ = 0.7(10) + 0.5(−5) + 1 = 5.5",
        ("a^1_1", 1): "a₁¹ = σ(−1.5) ≈ 0.1824",
        ("a^1_2", 1): "a₂¹ = σ(5.5) ≈ 0.9959",
        ("z^2_1", 1): "z₁² = 0.1(0.1824) + 0.5(0.9959) + 1 ≈ 1.516",
        ("yhat", 1): "a₁² = σ(1.5162) ≈ 0.82",
        ("C", 1): "C = (0.82 − 0.5)² ≈ 0.1024",
        ("dC/dyhat", 1): "∂C/∂a₁² = 2(0.82 − 0.5) ≈ 0.64",
        ("dyhat/dz^2_1", 1): "∂a₁²/∂z₁² = 0.82(1 − 0.82) ≈ 0.1476",
        ("dz^2_1/da^1_2", 1): "∂z₁²/∂a₂¹ = w₁,₂² = 0.5",
        ("da^1_2/dz^1_2", 1): "∂a₂¹/∂z₂¹ = 0.9959299(1 − 0.9959299) ≈ 0.004054",
        ("dz^1_2/dw^1_{2,1}", 1): "∂z₂¹/∂w₂,₁¹ = x₁ = 10",
        ("dz^2_1/db^2_1", 1): "∂z₁²/∂b₁² = 1",
        ("dC/dw^1_{2,1}", 1): "∂C/∂w₂,₁¹ = 0.0001915 · 10 ≈ 0.001915",
        "dC/db^2_1": "∂C/∂b₁² = (0.094466 + 0.064897) / 2 ≈ 0.07968",
        "delta w^1_{1,2}": "Δw₁,₂¹ = −0.1 · (−0.00332) ≈ 0.000332",
        "new b^2_1": "new b₁² = 1 − 0.007968 ≈ 0.992",
        "new C": "new C = (0.1008 + 0.05182) / 2 ≈ 0.07631",
    }
    assert {key: repr(t[key]) for key in lines} == lines


def test_a_step_knows_its_name_what_it_is_made_of_and_what_it_is_worth():
    step = handout.trace["z^1_2", 1]
    assert (step.symbol, step.k, step.key) == ("z^1_2", 1, ("z^1_2", 1))
    assert step.operation == "weighted sum"
    assert [parent.key for parent in step.parents] == list(handout.trace.recipe[step.key][1])
    assert step.value == 5.5
    assert type(step.value) is float
    assert step.formula == "w₂,₁¹ x₁ + w₂,₂¹ x₂ + b₂¹"
    assert step.substituted == "0.7(10) + 0.5(−5) + 1"
    assert step.latex == "z^1_2 = 0.7(10) + 0.5(-5) + 1 = 5.5"
    assert step._repr_latex_() == rf"$\displaystyle {step.latex}$"


def test_a_given_step_is_made_of_nothing_and_written_as_it_was_given():
    step = trace(Network((1, 1), [0.123456789, 2]), [[1.0]], [[0]], 0.1)["w^1_{1,1}"]
    assert (step.operation, step.parents) == ("given", ())
    assert step.formula == step.substituted == step.written() == "0.123456789"
    assert repr(step) == "w₁,₁¹ = 0.123456789"


def test_a_step_cannot_be_changed():
    with pytest.raises(AttributeError):
        handout.trace["C"].symbol = "z^1_1"


def fill_in(formula, parents):
    """Put the values into a formula; two symbols side by side are multiplied."""
    values = {write(parent.symbol): f"({number_as_given(parent.value)})" for parent in parents}
    for name in values:
        if f"Σₖ {name}" in formula:
            return formula.replace(
                f"Σₖ {name}", number_as_given(sum(parent.value for parent in parents))
            )
    if values:
        longest_first = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
        formula = re.sub(longest_first, lambda match: values[match[0]], formula)
    return formula.replace(") (", ") · (")


@settings(law, max_examples=30)
@given(batches(layers=3, width=2, K=2))
@example(HANDOUT)
def test_a_formula_filled_in_gives_the_value(batch):
    for step in trace(*batch).values():
        if step.operation != "given":
            exact = calculate(fill_in(step.formula, step.parents))
            assert float(exact) == pytest.approx(step.value, rel=1e-9, abs=1e-14), step


def parts(step):
    """Take a printed line to pieces: what stands between the symbol and the value, sign, value."""
    line = repr(step)
    start = f"{write(step.symbol)} = "
    assert line.startswith(start)
    match = re.fullmatch(r"(?:(.*) ([=≈]) )?(\S+)", line.removeprefix(start))
    middle, sign, value = match.groups()
    return middle, sign or "=", value


@settings(law, max_examples=40)
@given(batches(layers=3, width=3, K=3))
@example(HANDOUT)
def test_a_worked_line_evaluated_as_printed_gives_the_printed_value(batch):
    for step in trace(*batch).values():
        if step.operation == "sigmoid slope" and 1 - step.parents[0].value < 1e-12:
            continue  # from z = 28 on, 1 − a has fewer than four digits left in a float
        middle, _, value = parts(step)
        if middle in {write(parent.symbol) for parent in step.parents}:  # ∂z/∂w = x₁ = 10
            assert value == step.parents[0].written()
        elif middle:
            assert rounded(rounded(calculate(middle), 12), 4) == read(value), step
        assert middle is None or middle in (step.substituted, step.formula)


@settings(law, max_examples=40)
@given(batches(layers=3, width=3, K=3))
@example(HANDOUT)
def test_about_is_written_exactly_where_the_printed_value_is_not_the_value_to_12_digits(batch):
    for step in trace(*batch).values():
        _, sign, value = parts(step)
        same = rounded(Fraction(step.value), 12) == read(value)
        assert sign == ("=" if same or step.operation == "given" else "≈"), step


@pytest.mark.parametrize(
    ("weight", "x", "bias", "line"),
    [
        (0.1, 3, -0.3, "z₁¹ = 0.1(3) − 0.3 = 0"),
        (0.1, 3, 0.2, "z₁¹ = 0.1(3) + 0.2 = 0.5"),
        (-0.5, -3, -1, "z₁¹ = −0.5(−3) − 1 = 0.5"),
        (1.1, 1.1, -1.2, "z₁¹ = 1.1(1.1) − 1.2 = 0.01"),
        (0.33333, 3, 0, "z₁¹ = 0.33333(3) + 0 ≈ 1"),
        (12345.678, 1, 0, "z₁¹ = 12345.678(1) + 0 ≈ 12350"),
    ],
)
def test_lines_that_floats_could_spoil(weight, x, bias, line):
    t = trace(Network((1, 1), [weight, bias]), [[x]], [[0]], 0.1)
    assert repr(t["z^1_1", 1]) == line


def test_a_line_gets_all_digits_where_12_are_not_enough():
    t = trace(Network((1, 1), [28, 0]), [[1]], [[0]], 0.1)
    line = repr(t["da^1_1/dz^1_1", 1])
    middle = "0.9999999999993086(1 − 0.9999999999993086)"
    assert line == f"∂a₁¹/∂z₁¹ = {middle} ≈ 0.0000000000006914"
    assert rounded(calculate(middle), 4) == read("0.0000000000006914")


@settings(law, max_examples=20)
@given(batches(layers=2, width=2, K=2))
@example(HANDOUT)
def test_the_latex_of_a_line_says_the_same_in_ascii_with_balanced_braces(batch):
    for step in trace(*batch).values():
        assert step.latex.isascii()
        assert step.latex.count("{") == step.latex.count("}")
        value = step.written().replace("−", "-")
        assert re.search(rf"(=|\\approx) {re.escape(value)}$", step.latex)


# The trace


def test_a_trace_is_a_mapping_of_all_its_steps():
    t = handout.trace
    assert len(list(t)) == len(t) == len(set(t))
    assert all(key in t for key in t)
    assert [step.key for step in t.values()] == list(t)
    assert ("z^1_2", 1) in t
    assert "C" in t
    assert ("C", None) in t
    assert ("z^1_2", 3) not in t
    assert "z^1_2" not in t
    assert "nonsense" not in t
    assert t.get("nonsense") is None
    assert repr(t) == "Trace of 131 steps, sizes=(2, 2, 1)"
    with pytest.raises(TypeError):
        t["C"] = 0


@law
@given(batches(layers=3))
def test_a_trace_lists_the_given_first_and_then_every_parent_before_its_child(batch):
    listed = set()
    for step in trace(*batch).values():
        assert {parent.key for parent in step.parents} <= listed
        listed.add(step.key)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("w^1_2,1", ("w^1_{2,1}", None)),
        (("dC/dw^1_2,1", 1), ("dC/dw^1_{2,1}", 1)),
        ("delta w^1_2,1", ("delta w^1_{2,1}", None)),
        ("new w^1_2,1", ("new w^1_{2,1}", None)),
        (("yhat", 2), ("a^2_1", 2)),
        (("yhat_1", 2), ("a^2_1", 2)),
        (("new yhat", 2), ("new a^2_1", 2)),
        (("dC/dyhat", 1), ("dC/da^2_1", 1)),
        (("dyhat/dz^2_1", 1), ("da^2_1/dz^2_1", 1)),
        (("z^1_2", np.int64(1)), ("z^1_2", 1)),
        ("C", ("C", None)),
        (("C", 1), ("C", 1)),
        (" C ", ("C", None)),
    ],
)
def test_other_spellings_find_the_same_step(asked, found):
    assert handout.trace[asked].key == found


def test_yhat_with_a_number_counts_outputs():
    t = trace(Network((1, 3), [0] * 6), [[1]], [[1, 2, 3]], 0.1)
    assert t["yhat_3", 1].key == ("a^1_3", 1)


@pytest.mark.parametrize(
    ("asked", "said", "near"),
    [
        (("z^1_3", 1), "t['z^1_3', 1]", r"t\['z^1_[12]', 1\]"),
        (("z^1_2", 3), "t['z^1_2', 3]", r"t\['z^1_2', 1\]"),
        (("z^1_2", 0), "t['z^1_2', 0]", r"t\['z^1_2', 1\]"),
        (("z^1_2", "1"), "t['z^1_2', '1']", r"t\['z^1_2', 1\]"),
        ("z^1_2", "t['z^1_2']", r"t\['z^1_2', 1\]"),
        ("yhat", "t['yhat']", r"t\['a^2_1', 1\]"),
        (("yhat_2", 1), "t['yhat_2', 1]", r"t\['a^2_1', 1\]"),
        (("w^1_{2,1}", 1), "t['w^1_{2,1}', 1]", r"t\['w^1_{2,1}'\]"),
        (("w^1_2,1", 1), "t['w^1_2,1', 1]", r"t\['w^1_{2,1}'\]"),
        ("w_{2,1}^1", "t['w_{2,1}^1']", r"t\['w^1_{2,1}'\]"),
        ("dC/dw^1_{2,3}", "t['dC/dw^1_{2,3}']", r"t\['dC/dw^1_{2,[12]}'\]"),
        ("delta_w^1_{2,1}", "t['delta_w^1_{2,1}']", r"t\['delta w^1_{2,1}'\]"),
        ("c", "t['c']", r"t\['.*\]"),
        ("", "t['']", r"t\['.*\]"),
        (5, "t[5]", None),
        (None, "t[None]", None),
        (("z^1_2", 1, 2), "t['z^1_2', 1, 2]", r"t\['z^1_2', 1\]"),
        ((), "t[]", None),
    ],
)
def test_a_symbol_that_the_network_has_not_gets_one_sentence_with_a_near_one(asked, said, near):
    with pytest.raises(KeyError) as caught:
        handout.trace[asked]
    sentence = str(caught.value)
    assert_one_sentence(sentence)
    assert said in sentence
    assert "2-2-1 network" in sentence
    if near is None:
        assert sentence.endswith("; list(t) names all that it has.")
        return
    near = near.replace("^", r"\^").replace("{", r"\{").replace("}", r"\}")
    assert re.search(rf"; try {near}\.$", sentence), sentence


def test_yhat_alone_is_unknown_where_there_are_several_outputs():
    t = trace(Network((1, 3), [0] * 6), [[1]], [[1, 2, 3]], 0.1)
    with pytest.raises(KeyError, match=r"no t\['yhat', 1\]; try t\['a\^1_1', 1\]\."):
        t["yhat", 1]


def test_what_an_error_suggests_can_be_asked():
    for asked in ["c", ("z^9_9", 1), "yhat", "new y", "dC/dx_1"]:
        with pytest.raises(KeyError) as caught:
            handout.trace[asked]
        suggestion = re.search(r"try t\[(.*)\]\.$", str(caught.value))[1]
        assert ast.literal_eval(suggestion) in handout.trace


def test_tab_completes_the_symbols_and_then_the_observations():
    from IPython.core.completer import IPCompleter, provisionalcompleter

    completer = IPCompleter(namespace={"t": handout.trace}, use_jedi=False)

    def completed(text):
        with warnings.catch_warnings(), provisionalcompleter():
            return [completion.text for completion in completer.completions(text, len(text))]

    assert completed('t["dC/dw^1_{2') == ["2,1}", "2,2}"]
    assert completed('t["new z^1_2", ') == ["1", "2"]
    assert all(key in handout.trace for key in handout.trace._ipython_key_completions_())


# Paths


def symbols(path):
    return [factor.symbol for factor in path]


def test_the_path_to_the_output_s_bias_has_the_factors_of_equation_7_in_its_order():
    (path,) = handout.trace.paths("dC/db^2_1", 1)
    sizes = (2, 2, 1)
    assert symbols(path) == [
        canonical(factor, sizes) for factor in ("dC/dyhat", "dyhat/dz^2_1", "dz^2_1/db^2_1")
    ]


def test_the_path_to_the_hidden_weight_has_the_factors_of_section_3_2_in_its_order():
    (path,) = handout.trace.paths("dC/dw^1_2,1", 1)
    assert symbols(path) == [
        "dC/da^2_1",
        "da^2_1/dz^2_1",
        "dz^2_1/da^1_2",
        "da^1_2/dz^1_2",
        "dz^1_2/dw^1_{2,1}",
    ]
    assert {factor.k for factor in path} == {1}


def test_with_two_outputs_there_are_two_paths_the_first_output_s_first():
    t = trace(Network((2, 2, 2), np.arange(12) / 10), [[1, 2]], [[0.1, 0.2]], 0.1)
    upper, lower = t.paths("dC/dw^1_{2,1}", 1)
    assert symbols(upper)[:3] == ["dC/da^2_1", "da^2_1/dz^2_1", "dz^2_1/da^1_2"]
    assert symbols(lower)[:3] == ["dC/da^2_2", "da^2_2/dz^2_2", "dz^2_2/da^1_2"]
    assert symbols(upper)[3:] == symbols(lower)[3:] == ["da^1_2/dz^1_2", "dz^1_2/dw^1_{2,1}"]


@law
@given(batches(layers=4, width=3, K=1))
def test_there_are_as_many_paths_as_the_widths_of_the_later_layers_multiplied(batch):
    net, *_ = batch
    t = trace(*batch)
    for name in parameters(net.sizes):
        layer = int(re.match(r"[wb]\^(\d+)", name)[1])
        paths = t.paths(f"dC/d{name}", 1)
        assert len(paths) == len({tuple(symbols(path)) for path in paths})
        assert len(paths) == prod(net.sizes[layer + 1 :])
        assert {len(path) for path in paths} == {2 * (len(net.sizes) - layer) + 1}


@law
@given(batches(layers=3, width=3, K=1))
def test_the_factors_of_a_path_fit_together_like_fractions(batch):
    """∂C/∂a · ∂a/∂z · ∂z/∂w: what one is divided by is what the next one is of."""
    t = trace(*batch)
    name = parameters(t.sizes)[0]
    for path in t.paths(f"dC/d{name}", 1):
        fractions = [re.fullmatch(r"d(.*)/d(.*)", symbol).groups() for symbol in symbols(path)]
        assert fractions[0][0] == "C"
        assert fractions[-1][1] == name
        assert all(one[1] == after[0] for one, after in pairwise(fractions))


def test_a_slope_in_the_middle_has_its_paths_too():
    assert [symbols(path) for path in handout.trace.paths("dC/dyhat", 1)] == [["dC/da^2_1"]]
    assert [symbols(path) for path in handout.trace.paths("dC/dz^1_2", 2)] == [
        ["dC/da^2_1", "da^2_1/dz^2_1", "dz^2_1/da^1_2", "da^1_2/dz^1_2"]
    ]


@pytest.mark.parametrize(
    ("symbol", "k"),
    [
        ("dC/dw^1_{2,1}", None),
        ("z^1_2", 1),
        ("C", 1),
        ("w^1_{2,1}", None),
        ("da^1_2/dz^1_2", 1),
        ("delta b^2_1", None),
    ],
)
def test_paths_of_anything_else_get_one_sentence(symbol, k):
    with pytest.raises(ValueError) as caught:  # noqa: PT011, the sentence is looked at below
        handout.trace.paths(symbol, k)
    assert str(caught.value).startswith(f"{symbol} with observation {k} has no paths")
    assert_one_sentence(str(caught.value))


def test_paths_of_an_unknown_symbol_get_the_trace_s_sentence():
    with pytest.raises(KeyError, match=r"try t\['dC/db\^2_1', 1\]\."):
        handout.trace.paths("dC/db^2_1", 3)


# What a given value changes, and what is refused


def test_a_value_given_in_place_of_a_step_is_shown_as_given():
    known = {**handout.trace.given, ("a^1_2", 1): 0.99}
    with_another = Trace((2, 2, 1), handout.trace.recipe, known)
    assert repr(with_another["a^1_2", 1]) == "a₂¹ = 0.99"
    assert with_another["a^1_2", 1].operation == "given"
    assert len(with_another) == len(handout.trace) == len(set(with_another))


@pytest.mark.parametrize("k", [[1], {}, "1", 1.5])
def test_an_observation_that_is_no_whole_number_gets_the_sentence_too(k):
    with pytest.raises(KeyError, match="try t"):
        handout.trace["z^1_2", k]


def test_a_true_value_far_out_is_worked_with_and_not_an_error():
    assert trace(handout.network, [[10, -5]], [[1e200]], eta=0.1)["C"].value == inf


def test_the_parameters_of_a_network_stay_what_they_are():
    with pytest.raises(AttributeError):
        handout.network.theta = [0] * 9


def test_a_circle_names_both_that_are_made_of_each_other():
    rules = {("a", None): ("equal", (("b", None),)), ("b", None): ("equal", (("a", None),))}
    with pytest.raises(ValueError, match=r"^a is made of b, and b is made of a: a circle\.$"):
        evaluate(rules, {})["a", None]


def test_a_value_with_thirteen_digits_is_rounded_only_beyond_the_twelfth():
    far = trace(Network((1, 1), [1, 1e-12]), [[3]], [0.5], eta=1)
    assert repr(far["z^1_1", 1]) == "z₁¹ = 1(3) + 0.000000000001 = 3"


@pytest.mark.parametrize("K", [0, -1, 2.5, "2", True, None])
def test_a_recipe_needs_a_whole_number_of_observations(K):
    with pytest.raises(ValueError, match=r"^K is .*; it must be a whole number above 0\.$"):
        recipe((2, 2, 1), K)


@pytest.mark.parametrize("sizes", [(2,), (2, 0, 1), "221", (2, 2.5, 1)])
def test_a_recipe_needs_sizes(sizes):
    with pytest.raises(ValueError, match=r"^sizes is "):
        recipe(sizes, 1)


def test_what_is_neither_given_nor_made_is_named():
    with pytest.raises(ValueError, match=r" is needed, but it is neither given nor made\.$"):
        evaluate(recipe((1, 1), 1), {("x_1", 1): 1})["z^1_1", 1]


def test_equals_is_written_only_where_the_printed_line_gives_it():
    net = Network((1, 2, 1), [4, 0, -4, 0, 1, 1, -2])
    assert repr(trace(net, [[1]], [[0]], 0.1)["z^2_1", 1]).endswith("≈ −1")
