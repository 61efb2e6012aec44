"""The catalogue of slips: its sentences, what they point to, and the number each claims to give."""

import json
import math
import re
from pathlib import Path

import pytest

from ffnn_helpers import new_numbers, two_paths
from ffnn_helpers.causes import strikes
from ffnn_helpers.slips import SLIPS

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

# Marks and tables of a class are kept under these names: add to them, and change none.
CODES = [
    "activation-left-out", "ascent", "bias-left-out", "bias-not-updated", "denominator-alone",
    "doubled-for-squared", "error-reversed", "exponent-without-minus", "factors-added",
    "half-put-in", "inputs-swapped", "last-link-left-out", "learning-rate-left-out",
    "learning-rate-squared", "mean-left-out-of-change", "mean-taken-twice", "minus-lost",
    "minus-twice", "new-weight-too-early", "one-observation", "one-path", "other-observation",
    "sigmoid-left-out", "sign-turned-round", "slope-at-activation", "slope-left-out",
    "slope-of-another-neuron", "slope-with-bare-z", "square-left-out", "sum-for-mean",
    "two-left-out", "two-taken-twice", "weight-left-out", "weights-of-another-neuron",
    "weights-transposed", "wrong-count", "wrong-input", "wrong-letter-varies", "wrong-row",
    "wrong-weight",
]  # fmt: skip


def test_the_codes_are_stable_and_unique():
    assert sorted(SLIPS) == CODES
    assert all(code == slip.code for code, slip in SLIPS.items())
    assert len({slip.thought for slip in SLIPS.values()}) == len(SLIPS)
    assert len({slip.rewrite for slip in SLIPS.values()}) == len(SLIPS)


@pytest.mark.parametrize("slip", SLIPS.values(), ids=lambda slip: slip.code)
def test_a_slip_makes_one_calm_sentence_and_a_question(slip):
    sentence = f"This is what you get if {slip.thought.format(step='z₁¹')}. {slip.question}"
    assert re.fullmatch(r"This is what you get if [^.?!:{}]+\. [A-Z0-9].*\?", sentence)
    assert slip.thought[0].islower() or slip.thought.startswith("{step}")
    assert set(re.findall(r"{.*?}", slip.thought)) <= {"{step}"}
    assert "{" not in slip.question
    words = set(re.findall(r"\w+", sentence.lower()))
    assert words.isdisjoint({"simply", "obviously", "just", "clearly", "easy", "careless"})
    assert len(sentence) < 180


def headings():
    """List the headings of the notebooks as a slip names them: "04, Name the five links"."""
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for heading in re.findall(r"^#+ (.+)$", "".join(cell["source"]), re.MULTILINE):
                    yield f"{path.name[:2]}, {heading}"


def test_a_slip_points_to_a_section_of_the_notebooks():
    there = set(headings())
    assert {slip.code: slip.read for slip in SLIPS.values() if slip.read not in there} == {}


def test_where_a_slip_was_seen_is_an_issue_or_a_place_in_the_handout():
    for slip in SLIPS.values():
        for place in slip.seen:
            assert re.fullmatch(r"[\w-]+/[\w.-]+#\d+|handout, (section|equation) \d", place)
    assert sum(bool(slip.seen) for slip in SLIPS.values()) >= 12


# What each slip gives, from formulas that share no code with the recipe

W11, W12, B1, W21, W22, B2, V1, V2, B = -0.7, 1.2, -0.3, -0.8, 1.1, -0.6, 1.3, 0.2, 0.4
X1, X2, Y = (4, 3, 1), (3, 1, 2), (0.7, 0.8, 0.4)
ETA = 0.6
OBSERVATIONS = (0, 1, 2)


def sigma(z):
    return 1 / (1 + math.exp(-z))


def forward(x1, x2):
    top, bottom = sigma(W11 * x1 + W12 * x2 + B1), sigma(W21 * x1 + W22 * x2 + B2)
    return top, bottom, sigma(V1 * top + V2 * bottom + B)


TOP, BOTTOM, OUT = zip(*map(forward, X1, X2), strict=True)


def hat_z(k):
    return V1 * TOP[k] + V2 * BOTTOM[k] + B


def bias_slope(k):
    """Return the slope of the output bias, as the handout's equation 7 has it."""
    return 2 * (OUT[k] - Y[k]) * OUT[k] * (1 - OUT[k])


def weight_slope(k):
    """Return the slope of w₂,₁¹."""
    return bias_slope(k) * V2 * BOTTOM[k] * (1 - BOTTOM[k]) * X1[k]


def mean(of):
    return sum(map(of, OBSERVATIONS)) / 3


MEAN_BIAS, MEAN_WEIGHT = mean(bias_slope), mean(weight_slope)
NEW_V2 = V2 - ETA * mean(lambda k: bias_slope(k) * BOTTOM[k])
A, Y1, Z = OUT[0], Y[0], hat_z(0)  # of the first observation
FACTORS = (2 * (A - Y1), A * (1 - A), V2, BOTTOM[0] * (1 - BOTTOM[0]), X1[0])

# code, where it is made, what is asked, and the number
MADE = [
    ("bias-left-out", "z^1_1", ("z^1_1", 1), 0.8),
    ("bias-left-out", "z^1_1", ("a^1_1", 1), sigma(0.8)),
    ("minus-lost", "z^1_1", ("z^1_1", 1), 6.7),
    ("minus-lost", "z^1_1", ("z^1_1", 1), 6.1),
    ("minus-lost", "z^1_1", ("z^1_1", 1), 1.1),
    ("inputs-swapped", "z^1_1", ("z^1_1", 1), 2.4),
    ("weights-transposed", "z^1_1", ("z^1_1", 1), -5.5),
    ("weights-of-another-neuron", "z^1_1", ("z^1_1", 1), -0.5),
    ("other-observation", "z^1_1", ("z^1_1", 1), -1.2),
    ("other-observation", "C", ("C", 1), (A - 0.8) ** 2),
    ("sigmoid-left-out", "a^1_1", ("a^1_1", 1), 0.5),
    ("sigmoid-left-out", "a^2_1", ("C", 1), (Z - Y1) ** 2),
    ("exponent-without-minus", "a^1_1", ("a^1_1", 1), 1 / (1 + math.exp(0.5))),
    ("denominator-alone", "a^1_1", ("a^1_1", 1), 1 + math.exp(-0.5)),
    ("square-left-out", "C", ("C", 1), A - 0.7),
    ("half-put-in", "C", ("C", 1), (A - 0.7) ** 2 / 2),
    ("doubled-for-squared", "C", ("C", 1), 2 * (A - 0.7)),
    ("two-left-out", "dC/da^2_1", ("dC/dw^1_{2,1}", 1), weight_slope(0) / 2),
    ("two-taken-twice", "dC/da^2_1", ("dC/dw^1_{2,1}", 1), weight_slope(0) * 2),
    ("error-reversed", "dC/da^2_1", ("dC/db^2_1", 1), -bias_slope(0)),
    ("activation-left-out", "da^2_1/dz^2_1", ("dC/db^2_1", 1), 2 * (A - Y1) * (1 - A)),
    ("slope-left-out", "da^2_1/dz^2_1", ("dC/db^2_1", 1), 2 * (A - Y1)),
    ("slope-left-out", "da^1_2/dz^1_2", ("dC/dw^1_{2,1}", 1), bias_slope(0) * V2 * 4),
    (
        "slope-of-another-neuron",
        "da^1_2/dz^1_2",
        ("dC/dw^1_{2,1}", 2),
        bias_slope(1) * V2 * TOP[1] * (1 - TOP[1]) * 3,
    ),
    ("slope-with-bare-z", "da^2_1/dz^2_1", ("dC/db^2_1", 1), 2 * (A - Y1) * A * (1 - Z)),
    (
        "slope-at-activation",
        "da^2_1/dz^2_1",
        ("dC/db^2_1", 1),
        2 * (A - Y1) * sigma(A) * (1 - sigma(A)),
    ),
    ("weight-left-out", "dz^2_1/da^1_2", ("dC/dw^1_{2,1}", 1), weight_slope(0) / V2),
    ("wrong-weight", "dz^2_1/da^1_2", ("dC/dw^1_{2,1}", 1), weight_slope(0) / V2 * V1),
    ("wrong-weight", "dz^2_1/da^1_2", ("dC/dw^1_{2,1}", 1), weight_slope(0) / V2 * W21),
    (
        "new-weight-too-early",
        "dz^2_1/da^1_2",
        ("dC/dw^1_{2,1}", 1),
        weight_slope(0) / V2 * NEW_V2,
    ),
    (
        "wrong-letter-varies",
        "dz^2_1/da^1_2",
        ("dC/dw^1_{2,1}", 1),
        weight_slope(0) / V2 * BOTTOM[0],
    ),
    ("last-link-left-out", "dz^1_2/dw^1_{2,1}", ("dC/dw^1_{2,1}", 1), weight_slope(0) / 4),
    ("sign-turned-round", "dz^2_1/da^1_2", ("dC/dw^1_{2,1}", 1), -weight_slope(0)),
    ("wrong-input", "dz^1_2/dw^1_{2,1}", ("dC/dw^1_{2,1}", 1), weight_slope(0) / 4 * 3),
    (
        "factors-added",
        "dC/dw^1_{2,1}",
        ("dC/dw^1_{2,1}", 1),
        math.prod(FACTORS[:4]) + 4,
    ),
    ("sum-for-mean", "dC/db^2_1", ("dC/db^2_1", None), sum(map(bias_slope, OBSERVATIONS))),
    ("sum-for-mean", "dC/db^2_1", ("delta b^2_1", None), -ETA * 3 * MEAN_BIAS),
    ("mean-left-out-of-change", "delta b^2_1", ("delta b^2_1", None), -ETA * 3 * MEAN_BIAS),
    ("mean-taken-twice", "dC/db^2_1", ("dC/db^2_1", None), MEAN_BIAS / 3),
    ("mean-taken-twice", "delta b^2_1", ("delta b^2_1", None), -ETA * MEAN_BIAS / 3),
    ("wrong-count", "dC/db^2_1", ("dC/db^2_1", None), MEAN_BIAS * 3 / 2),
    ("one-observation", "dC/db^2_1", ("dC/db^2_1", None), bias_slope(1)),
    (
        "wrong-row",
        "dC/dw^1_{2,1}",
        ("dC/dw^1_{2,1}", None),
        mean(lambda k: bias_slope(k) * V1 * TOP[k] * (1 - TOP[k])),
    ),
    ("ascent", "delta b^2_1", ("new b^2_1", None), B + ETA * MEAN_BIAS),
    ("learning-rate-left-out", "delta b^2_1", ("new b^2_1", None), B - MEAN_BIAS),
    ("learning-rate-squared", "delta b^2_1", ("new b^2_1", None), B - 0.36 * MEAN_BIAS),
    ("bias-not-updated", "new b^2_1", ("new b^2_1", None), 0.4),
    ("bias-not-updated", "delta b^2_1", ("delta b^2_1", None), 0),
    ("minus-twice", "new w^1_{2,1}", ("new w^1_{2,1}", None), W21 + ETA * MEAN_WEIGHT),
]


@pytest.mark.parametrize(("code", "symbol", "asked", "value"), MADE)
def test_a_slip_gives_the_number_that_it_claims(code, symbol, asked, value):
    step = new_numbers.trace[asked]
    made = [s for s in strikes(step) if (s.slip.code, s.symbol) == (code, symbol)]
    assert any(s.values[asked] == pytest.approx(value, rel=1e-12, abs=1e-15) for s in made)
    assert step.value != pytest.approx(value, rel=1e-3)


def test_a_path_that_is_lost_is_the_other_path():
    w11, w12, b1, _, _, _, v11, v12, c1, v21, v22, c2 = two_paths.network.theta
    top, bottom = sigma(w11 * 4 + w12 * -2 + b1), two_paths.trace["a^1_2", 1].value
    out1, out2 = sigma(v11 * top + v12 * bottom + c1), sigma(v21 * top + v22 * bottom + c2)
    paths = [
        2 * (out1 - 0.4) * out1 * (1 - out1) * v11 * top * (1 - top) * 4,
        2 * (out2 - 0.9) * out2 * (1 - out2) * v21 * top * (1 - top) * 4,
    ]
    asked = ("dC/dw^1_{1,1}", 1)
    made = [s for s in strikes(two_paths.trace[asked]) if s.slip.code == "one-path"]
    assert [s.values[asked] for s in made] == pytest.approx(paths, rel=1e-12)
    assert two_paths.trace[asked].value == pytest.approx(sum(paths), rel=1e-12)


def test_every_slip_is_made_above_and_its_numbers_are_those_of_the_sheet():
    assert {code for code, *_ in MADE} | {"one-path"} == set(SLIPS)
    assert list(new_numbers.network.theta) == [W11, W12, B1, W21, W22, B2, V1, V2, B]
    assert new_numbers.x == [list(row) for row in zip(X1, X2, strict=True)]
    assert new_numbers.y == [[y] for y in Y]
    assert new_numbers.eta == ETA
    assert new_numbers.trace["C"].value == pytest.approx(mean(lambda k: (OUT[k] - Y[k]) ** 2))


def test_every_slip_changes_a_number_in_a_network_of_two_inputs_and_two_hidden_neurons():
    steps = [new_numbers.trace[key] for key in new_numbers.trace.recipe if key[0][:3] != "new"]
    steps += [new_numbers.trace[f"new {p}"] for p in ("b^2_1", "w^1_{2,1}")]
    struck = {
        strike.slip.code
        for step in steps
        for strike in strikes(step)
        if abs(strike.values[step.key] - step.value) > 1e-3 * abs(step.value)
    }
    assert struck == set(SLIPS) - {"one-path"}  # one output: there is one path
