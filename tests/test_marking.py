"""mark(): the order in which an answer is judged, and the laws that no paper breaks."""

import re
from fractions import Fraction
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ffnn_helpers
from ffnn_helpers import Network, new_numbers, sheet, two_paths
from ffnn_helpers.answers import read
from ffnn_helpers.causes import ancestors, rewrites, strikes
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.marking import SHARES, mark
from ffnn_helpers.notation import number
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate
from tests import naming_rates
from tests.strategies import law

t = new_numbers.trace
FULL, HALF, NOTHING = Fraction(1), Fraction(1, 2), Fraction(0)
ROUNDED = Fraction(3, 4)


def judged(answers, trace=t):
    return {key: (m.verdict, m.share) for key, m in mark(answers, trace).items()}


def total(marks):
    return sum(m.share for m in marks.values())


# By example, in the order in which an answer is judged


@pytest.mark.parametrize(
    ("written", "verdict", "share", "sentence"),
    [
        (0.5, "right", FULL, "Right."),
        ("0,5", "right", FULL, "Right."),
        ("1/2", "right", FULL, "Right."),
        ("0.5004", "right", FULL, "Right."),
        (
            "0.8",
            "slip",
            HALF,
            "This is what you get if the bias is left out of z₁¹. Which term of the sum does not"
            " care about the inputs?",
        ),
        ("0.51", "wrong", NOTHING, "Not it, and no slip that we know leads to it."),
        ("0", "wrong", NOTHING, "Not it, and no slip that we know leads to it."),
        (..., "blank", NOTHING, "No answer."),
        ("...", "blank", NOTHING, "No answer."),
        (None, "blank", NOTHING, "No answer."),
        ("0.5 m", "not a number", NOTHING, "Not a number. Write one number, like 0.25 or 0,25."),
        (True, "not a number", NOTHING, "Not a number. Write one number, like 0.25 or 0,25."),
        (
            float("nan"),
            "not a number",
            NOTHING,
            "Not a number. Write one number, like 0.25 or 0,25.",
        ),
    ],
)
def test_one_answer(written, verdict, share, sentence):
    (found,) = mark({("z^1_1", 1): written}, t).values()
    assert (found.verdict, found.share, found.sentence) == (verdict, share, sentence)
    assert found.step.key == ("z^1_1", 1)
    assert found.answer == read(written)


def test_a_few_digits_cost_a_quarter():
    assert judged({("a^1_1", 1): "0.62"}) == {("a^1_1", 1): ("rounded early", ROUNDED)}
    assert judged({("a^1_1", 1): "0.6225"}) == {("a^1_1", 1): ("right", FULL)}


def test_rounding_on_the_way_costs_a_quarter_and_is_named():
    z = 1.3 * 0.62 + 0.2 * 0.38 + 0.4
    slope = 2 * (0.78 - 0.7) * 0.78 * (1 - 0.78)
    for key, value, numbers in [
        (("z^2_1", 1), z, "numbers"),
        (("dC/db^2_1", 1), slope, "activations"),
    ]:
        (found,) = mark({key: f"{value:.5}"}, t).values()
        assert (found.verdict, found.share) == ("rounded early", ROUNDED)
        assert found.sentence == (
            f"This is what you get if the {numbers} on the way are rounded to 2 decimals."
            " Keep six digits."
        )


def test_what_follows_from_an_own_number_is_right():
    answers = {("z^1_1", 1): 0.9, ("a^1_1", 1): "0.7109", ("a^1_2", 1): t["a^1_2", 1].value}
    found = mark(answers, t)["a^1_1", 1]
    assert (found.verdict, found.share) == ("follow-through", FULL)
    assert found.sentence == "It follows from your own z₁¹ of observation 1."
    assert found.carried == (("z^1_1", 1),)


def test_what_was_right_is_not_said_to_be_carried():
    a = [t["a^1_1", 1].value, 0.5]
    z = 1.3 * a[0] + 0.2 * a[1] + 0.4
    answers = {("a^1_1", 1): a[0], ("a^1_2", 1): a[1], ("z^2_1", 1): z}
    assert mark(answers, t)["z^2_1", 1].carried == (("a^1_2", 1),)


@pytest.mark.parametrize("blank", [0, "0.0", ..., "", "half", 1j, 1e200])
def test_what_is_blank_or_zero_or_overflows_carries_nothing(blank):
    value = read(blank).value or 0
    answers = {("a^1_1", 1): blank, ("z^2_1", 1): 1.3 * value + 0.2 * t["a^1_2", 1].value + 0.4}
    assert judged(answers)["z^2_1", 1] == ("wrong", NOTHING)


def test_a_slip_may_be_made_with_an_own_number():
    answers = {("z^1_1", 1): 0.9, ("a^1_1", 1): 0.9}
    found = mark(answers, t)["a^1_1", 1]
    assert (found.verdict, found.share, found.codes) == ("slip", HALF, ("sigmoid-left-out",))
    assert found.carried == (("z^1_1", 1),)


def test_a_slip_costs_once_and_is_named_each_time():
    marks = mark({("z^1_1", 1): 0.8, ("z^1_2", 1): 0.1, ("z^1_1", 2): -0.9}, t)
    assert [m.verdict for m in marks.values()] == ["slip"] * 3
    assert sorted(m.share for m in marks.values()) == [HALF, FULL, FULL]
    free = [m.sentence for m in marks.values() if m.share == 1]
    assert all(sentence.endswith("It costs once, and did so elsewhere.") for sentence in free)


def test_a_slip_is_charged_where_it_is_dearest():
    change = {"delta b^2_1": "0", "new b^2_1": "0.4"}
    marks = mark(change, t)
    assert [(m.codes, m.share) for m in marks.values()] == [
        (("bias-not-updated",), NOTHING),
        (("bias-not-updated",), FULL),
    ]


def test_two_slips_cost_twice():
    marks = mark({("z^1_1", 1): 0.8, ("a^1_1", 1): 0.8}, t)
    assert [m.share for m in marks.values()] == [HALF, HALF]


def test_several_slips_that_explain_a_number_are_said_together():
    value = t["dC/dw^1_{2,1}"].value * 3 * 0.6
    found = mark({"delta w^1_{2,1}": -value}, t)["delta w^1_{2,1}", None]
    assert {"sum-for-mean", "mean-left-out-of-change"} <= set(found.codes)
    assert ", or if " in found.sentence
    assert "Check your " in found.sentence


LINKS = ("dC/da^2_1", "da^2_1/dz^2_1", "dz^2_1/da^1_2", "da^1_2/dz^1_2", "dz^1_2/dw^1_{2,1}")


def wrong_links():
    return {(symbol, 1): 1.1 * t[symbol, 1].value for symbol in LINKS}


def product(values):
    result = 1.0
    for value in values:
        result *= value
    return result


def test_a_derivative_may_be_the_product_of_own_links():
    links = wrong_links()
    answers = {**links, ("dC/dw^1_{2,1}", 1): product(links.values())}
    assert judged(answers)["dC/dw^1_{2,1}", 1] == ("follow-through", FULL)


def test_a_derivative_may_begin_with_an_own_product():
    links = list(wrong_links().values())
    answers = {
        **wrong_links(),
        ("dC/dz^2_1", 1): 0.9 * product(links[:2]),
        ("dC/dw^1_{2,1}", 1): 0.9 * product(links),
    }
    assert judged(answers)["dC/dw^1_{2,1}", 1] == ("follow-through", FULL)
    answers["dC/dw^1_{2,1}", 1] = product(links)
    assert judged(answers)["dC/dw^1_{2,1}", 1] == ("follow-through", FULL)


def test_a_derivative_may_begin_with_the_own_slope_of_the_bias():
    rest = product(t[symbol, 1].value for symbol in LINKS[2:])
    answers = {("a^2_1", 1): 0.77, ("dC/db^2_1", 1): 0.05, ("dC/dw^1_{2,1}", 1): 0.05 * rest}
    found = mark(answers, t)["dC/dw^1_{2,1}", 1]
    assert (found.verdict, found.share) == ("follow-through", FULL)
    assert found.carried == (("dC/db^2_1", 1),)
    assert found.sentence == "It follows from your own ∂C/∂b₁² of observation 1."
    answers["dC/db^2_1", 1] = 0
    assert judged(answers)["dC/dw^1_{2,1}", 1] == ("wrong", NOTHING)


@pytest.mark.parametrize("way", ["recursion", "paths"])
def test_two_paths_may_be_added_early_or_late(way):
    two = two_paths.trace
    beginnings = {("dC/dz^2_1", 1): 0.15, ("dC/dz^2_2", 1): -0.02}
    v = [two["w^2_{1,1}"].value, two["w^2_{2,1}"].value]
    slope, x = two["da^1_1/dz^1_1", 1].value, two["x_1", 1].value
    together = 0.15 * v[0] + -0.02 * v[1]
    answers = {
        **beginnings,
        ("dC/da^1_1", 1): together if way == "paths" else 0.2,
        ("dC/dw^1_{1,1}", 1): (together if way == "paths" else 0.2) * slope * x,
    }
    assert judged(answers, two)["dC/dw^1_{1,1}", 1] == ("follow-through", FULL)


def test_a_new_parameter_is_judged_by_its_change():
    old, change = t["b^2_1"].value, t["delta b^2_1"].value
    assert judged({"new b^2_1": old + change})["new b^2_1", None] == ("right", FULL)
    for wrong in (old + 1.01 * change, f"{old + change:.2f}"):
        assert judged({"new b^2_1": wrong})["new b^2_1", None] != ("right", FULL)
    own = {"delta b^2_1": 2.2 * change, "new b^2_1": old + 2.2 * change}
    assert judged(own)["new b^2_1", None] == ("follow-through", FULL)


@pytest.mark.parametrize("old", ["-0.8", "-0.80", "-0.8000"])
def test_a_weight_that_stays_as_it_was_earns_nothing(old):
    marks = judged({"delta w^1_{2,1}": 0, "new w^1_{2,1}": old})
    assert list(marks.values()) == [("wrong", NOTHING)] * 2
    assert judged({"new w^1_{2,1}": "-0.801"})["new w^1_{2,1}", None] == ("rounded early", ROUNDED)


def test_a_zero_is_never_free_because_its_slip_was_charged_elsewhere():
    trace = evaluate(t.rules, {("a^2_1", k): 1.0 for k in (1, 2)})
    keys = [(symbol, k) for k in (1, 2) for symbol in ("dC/db^2_1", "dC/dw^1_{2,1}")]
    marks = judged({**{("a^2_1", k): 1 for k in (1, 2)}, **{key: trace[key] for key in keys}})
    assert all(marks[key][1] == 0 for key in keys)


def test_a_large_own_number_is_carried():
    answers = {("a^2_1", 1): 4e11, ("C", 1): 1.6e23, "C": 5.333e22}
    assert [verdict for verdict, _ in judged(answers).values()] == [
        "wrong",
        "follow-through",
        "follow-through",
    ]


def test_numbers_that_overflow_on_the_way_are_wrong_and_no_crash():
    huge = {("a^1_1", 1): 1e99, ("a^2_1", 1): 1e99, ("a^2_2", 1): -1e99, ("dC/da^1_1", 1): 1}
    marks = judged({**huge, ("dC/dw^1_{1,1}", 1): 7}, two_paths.trace)
    assert marks["dC/dw^1_{1,1}", 1] == ("wrong", NOTHING)


def test_one_may_go_on_with_the_four_digits_that_were_written():
    theta = [-0.4, 0.3, -1.2, -0.8, -1.1, 0.1, 1.3, -0.6, 1.1]
    trace = ffnn_helpers.trace(Network((2, 2, 1), theta), [[-7, 3]], [0.85], 0.7)
    answers = {
        ("a^2_1", 1): "0.8521",
        ("C", 1): (0.8521 - 0.85) ** 2,
    }  # (0.85212 − 0.85)² = 4.49e-6
    assert judged(answers, trace)["C", 1] == ("follow-through", FULL)


def test_a_slip_that_makes_a_difference_small_is_carried_with_all_its_digits():
    # z₂¹ is the top neuron's, 2.5 for 2.4. By chance a₁² stays right to 1e-3; ŷ − y is small.
    theta = [-0.4, 0.3, -1.2, -0.8, -1.1, 0.1, 1.3, -0.6, 1.1]
    trace = ffnn_helpers.trace(Network((2, 2, 1), theta), [[-7, 3]], [0.8], 0.7)
    z, keys = evaluate(trace.rules, {("z^1_2", 1): 2.5}), [("z^1_2", 1), ("a^2_1", 1), ("C", 1)]
    marks = mark({key: number(z[key]) for key in keys}, trace)
    assert [m.verdict for m in marks.values()] == ["slip", "right", "follow-through"]


def test_a_slip_that_an_own_number_hides_is_carried_with_all_its_digits():
    # Made everywhere, the slip gives 0.4999 for a₂²; made before a₂² only, nearly the same.
    theta = [0.6, -1.3, -0.6, 1.2, -0.3, 0.3, -1.1, 0.8, 1.3, -1.5, 0.2, -0.2]
    trace = ffnn_helpers.trace(Network((2, 2, 2), theta), [[-3, -4]], [[0.3, 0.5]], 0.6)
    asked = asked_in("hw3_mini_batch_step", "two_paths")
    made = [s for s in strikes(trace["dC/dw^1_{1,1}", 1]) if s.slip.code == "weights-transposed"]
    marks = mark({key: number(made[-1].values[key]) for key in asked}, trace)
    assert marks["a^2_2", 1].verdict == "follow-through"
    assert marks["a^2_2", 1].answer.text == "0.4999"
    assert total(marks) == len(asked) - HALF


def test_what_is_not_in_the_trace_cannot_be_marked():
    with pytest.raises(KeyError, match="has no"):
        mark({("z^3_1", 1): 1}, t)


def test_an_empty_paper_has_no_marks():
    assert mark({}, t) == {}


# Laws

PAPERS = [
    ("hw1_forward_pass", "main"),
    ("hw2_chain_rule", "main"),
    ("hw3_mini_batch_step", "main"),
    ("hw3_mini_batch_step", "two_paths"),
]


def asked_in(assignment, part):
    questions = [q for q in HOMEWORK[assignment] if q.part == part]
    return [key for question in questions for key in question.asked]


@lru_cache
def practice(row, part):
    if row == 0:
        return (new_numbers if part == "main" else two_paths).trace
    return sheet("hw3_mini_batch_step", f"practice-{row}", part=part).trace


@st.composite
def blank_papers(draw, first=0):
    """Take a sheet and what one assignment asks of it."""
    assignment, part = draw(st.sampled_from(PAPERS))
    trace = practice(draw(st.integers(first, 400)), part)
    return trace, asked_in(assignment, part)


def test_each_assignment_is_tried():
    assert {assignment for assignment, _ in PAPERS} == set(HOMEWORK)
    parts = {(a, q.part) for a in HOMEWORK for q in HOMEWORK[a]}
    assert parts == set(PAPERS)


def as_on_paper(value, key, decimals=6):
    """Write a number as the page asks for it."""
    if key[0].startswith("new ") and key[0] != "new C":
        return f"{value:.{decimals}f}"
    return number(value)


@law
@given(blank_papers(), st.booleans())
def test_a_perfect_paper_earns_all(paper, with_all_digits):
    trace, asked = paper
    answers = {
        key: trace[key].value if with_all_digits else as_on_paper(trace[key].value, key)
        for key in asked
    }
    marks = mark(answers, trace)
    assert [m.verdict for m in marks.values()] == ["right"] * len(asked)
    assert total(marks) == len(asked)


def ways_to_slip(trace, asked):
    K = sum(symbol == "x_1" for symbol, _ in trace.given)
    for key in asked:
        for slip, _, rules in rewrites(trace.sizes, K, key, frozenset()):
            yield slip, rules


def assert_it_costs_one_step_and_is_named(slip, rules, trace, asked, written):
    values = evaluate({**trace.recipe, **trace.given}, rules, WRONG_OPERATIONS)
    answers = {key: written(values[key], key) for key in asked}
    if any(key[0][0] == "a" and read(answers[key]).value in (0, 1) for key in asked):
        return  # nothing is left of 1 − a, and a slope of 0 earns nothing
    marks = mark(answers, trace)
    assert total(marks) >= len(asked) - 1
    if any(m.verdict != "right" for m in marks.values()):
        assert any(slip.code in m.codes for m in marks.values())
    assert {m.verdict for m in marks.values()} <= {"right", "follow-through", "slip"}


def with_four_digits(value, key):
    return as_on_paper(value, key, decimals=9)


WAYS_TO_WRITE = {"all digits": lambda value, key: value, "four digits": with_four_digits}


@settings(law, max_examples=400)
@given(st.data(), blank_papers(first=1), st.sampled_from(sorted(WAYS_TO_WRITE)))
def test_one_slip_on_a_consistent_paper_costs_at_most_one_step(data, paper, way):
    trace, asked = paper
    slip, rules = data.draw(st.sampled_from(list(ways_to_slip(trace, asked))))
    assert_it_costs_one_step_and_is_named(slip, rules, trace, asked, WAYS_TO_WRITE[way])


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS_TO_WRITE)
@pytest.mark.parametrize(("assignment", "part"), PAPERS)
@pytest.mark.parametrize("row", range(1, 11))
def test_every_slip_at_every_place_costs_at_most_one_step(row, assignment, part, way):
    trace, asked = practice(row, part), asked_in(assignment, part)
    for slip, rules in ways_to_slip(trace, asked):
        assert_it_costs_one_step_and_is_named(slip, rules, trace, asked, WAYS_TO_WRITE[way])


NO_USE = [None, "", "...", "no idea", "0.5 m", 0, "0,0", float("nan"), True, 1j, "1/0", [], 10**400]
EXTREME = [1e308, -1e308, 1e99, -1e99, 1e-320, 1, -1, 1e15]


@st.composite
def papers(draw):
    """Write a paper of truths, slips, random numbers, roundings, blanks and nonsense.

    Each number goes on with the student's own earlier ones, or does not.
    """
    trace, asked = draw(blank_papers())
    careful = draw(st.sampled_from([2, 5, 9]))
    known, answers = {}, {}
    for key in [key for key in trace if key in asked]:
        start = known if draw(st.booleans()) else {}
        value = evaluate(trace.rules, start)[key]
        kind = draw(st.integers(0, 9))
        if kind >= careful:
            other = draw(
                st.sampled_from(["slip", "slip", "random", "rounded", "extreme", "no use"])
            )
            if other == "slip" and (made := strikes(trace[key], start)):
                value = draw(st.sampled_from(made)).values[key]
            elif other == "random":
                value *= draw(st.floats(-4, 4))
            elif other == "rounded":
                value = round(value, draw(st.integers(0, 3)))
            elif other == "extreme":
                value = draw(st.sampled_from(EXTREME))
            elif other == "no use":
                value = draw(st.sampled_from(NO_USE))
        if isinstance(value, float) and abs(value) < 1e20 and draw(st.booleans()):
            value = number(value, draw(st.integers(2, 6)))
        answers[key] = value
        if entered := read(value).value:
            known[key] = entered
    return trace, answers


def depends(trace, answers, marks):
    """Say what an answer was made of, besides what the recipe says: by a slip, or from ∂C/∂b."""
    K = sum(symbol == "x_1" for symbol, _ in trace.given)
    biases = {(s.replace("dC/db", "dC/dz"), k): (s, k) for s, k in answers if "dC/db" in s and k}
    for key, found in marks.items():
        begun = {z: ("equal", (b,)) for z, b in biases.items() if b != key}
        yield key, trace.recipe
        yield key, {**trace.recipe, **begun}
        for slip, _, rules in rewrites(trace.sizes, K, key, frozenset()):
            if slip.code in found.codes:
                yield key, {**trace.recipe, **rules}


def all_that_depends_on(wrong, trace, answers, marks):
    made_of = [
        (key, set(ancestors(recipe, key)) - {key}) for key, recipe in depends(trace, answers, marks)
    ]
    reached = {wrong}
    while more := {key for key, parents in made_of if parents & reached} - reached:
        reached |= more
    return reached


@settings(law, max_examples=120)
@given(st.data(), papers())
def test_truth_in_place_of_a_wrong_step_and_all_that_depends_on_it_never_earns_less(data, paper):
    trace, answers = paper
    marks = mark(answers, trace)
    wrong = [key for key, m in marks.items() if m.verdict != "right"]
    if wrong:
        first = data.draw(st.sampled_from(wrong))
        better = all_that_depends_on(first, trace, answers, marks)
        mended = {**answers, **{key: trace[key].value for key in better}}
        assert total(mark(mended, trace)) >= total(marks)


@settings(law, max_examples=60)
@given(st.data(), papers())
def test_any_paper_is_marked_in_fractions_and_without_its_truth(data, paper):
    trace, answers = paper
    marks = mark(answers, trace)
    assert list(marks) == [key for key in trace if key in answers]
    for key, m in marks.items():
        assert type(m.share) is Fraction
        assert m.share in (SHARES[m.verdict], bool(m.codes)) if m.answer.value else m.share == 0
        assert (m.verdict == "slip") == bool(m.codes)
        assert (m.verdict == "right") == (m.sentence == "Right.")
        assert m.sentence.endswith((".", "?"))
        truth = number(trace[key].value)
        assert len(truth) < 3 or truth not in re.findall(r"[−\d.]*\d", m.sentence)
        assert all(marks[other].verdict != "right" for other in m.carried)
    shuffled = data.draw(st.permutations(list(answers)))
    again = mark({key: answers[key] for key in shuffled}, trace)
    assert [compared(m) for m in again.values()] == [compared(m) for m in marks.values()]


@settings(law, max_examples=60)
@given(st.data(), papers())
def test_a_blank_or_a_zero_carries_nothing_forward(data, paper):
    trace, answers = paper
    lost = data.draw(st.sampled_from(sorted(answers, key=str)))
    known = {lost: 0}
    nothing = data.draw(st.sampled_from(["", "0", "?"]))
    after = [key for key in answers if lost in ancestors(trace.recipe, key)]
    made = {key: evaluate(trace.rules, known)[key] for key in after}
    marks = mark({**answers, **made, lost: nothing}, trace)
    assert marks[lost].share == 0
    for key in after:
        nearest = ancestors(trace.recipe, key, set(answers))
        if any(lost in trace.recipe[step][1] for step in nearest):
            assert marks[key].verdict != "follow-through" or lost not in marks[key].carried


def compared(m):
    return m.step.key, m.answer, m.verdict, m.share, m.sentence, m.codes, m.carried


anything = (
    st.none() | st.text(max_size=8) | st.floats() | st.integers() | st.booleans() | st.binary()
)


@settings(law, max_examples=60)
@given(st.data(), blank_papers())
def test_nothing_that_anybody_writes_breaks_the_marking(data, paper):
    trace, asked = paper
    answers = {key: data.draw(anything) for key in asked}
    marks = mark(answers, trace)
    assert 0 <= total(marks) <= len(asked)


# Naming is honest: tests/naming_rates.py measures, and here is what the rates may be at most

NAMED = {("b", "all digits"): 1 / 1000, ("b", "four"): 1 / 500}
NAMED |= {("c", "all digits"): 1 / 1000, ("c", "four"): 1 / 100}


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["all digits", "four"])
@pytest.mark.parametrize("assignment", HOMEWORK)
def test_slips_of_the_catalogue_are_named(assignment, precision):
    named, tried = naming_rates.measure("a", assignment, precision, rows=range(1, 5))
    assert tried.total() > 500
    assert named.total() >= 0.99 * tried.total()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["all digits", "four"])
@pytest.mark.parametrize(("kind", "sheets"), [("b", 12), ("c", 2)])
def test_numbers_that_no_slip_gives_are_seldom_named(kind, sheets, precision):
    counts = [
        naming_rates.measure(kind, assignment, precision, rows=range(1, sheets + 1))
        for assignment in HOMEWORK
    ]
    named, tried = (sum(counter.total() for counter in column) for column in zip(*counts))
    assert tried > 5000
    assert named < NAMED[kind, precision] * tried
