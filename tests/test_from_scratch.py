"""The last exercise of the course needs no helpers, and its last cell lets nothing but a whole step pass."""

import contextlib
import io
import json
import re
import runpy
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from ffnn_helpers import handout, new_numbers
from tests.test_solved_notebooks import exercises, fill_in

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "07_training.ipynb"
HEADING = "## Write a whole step from nothing"
ANSWERS = runpy.run_path(str(ROOT / "tests" / "solutions" / "07_training.py"))["SOLUTIONS"]
FUNCTIONS = ["sigmoid", "forward", "gradient", "step"]
PASSED = "Right. You have written one whole step."
NOT_PASSED = "Not complete yet."

# An installed ffnn_helpers can be found even with -I, so every import of it is refused.
WITHOUT_HELPERS = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "ffnn_helpers":
            raise ModuleNotFoundError(f"No module named {name!r}: uninstalled for this test")

sys.meta_path.insert(0, Refuse())
"""


@cache
def cells_of_the_section():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    text = {place: cell.source for place, cell in enumerate(cells) if cell.cell_type == "markdown"}
    first = [place for place, source in text.items() if f"\n{HEADING}\n" in f"\n{source}\n"]
    assert len(first) == 1, f"{NOTEBOOK.name} has no section, or several, {HEADING!r}"
    after = [p for p in text if p > first[0] and re.search(r"(?m)^##? ", text[p])]
    return cells[first[0] : after[0]]


def section():
    """Return the section as a notebook of its own: from its heading to the next one."""
    return nbformat.v4.new_notebook(cells=deepcopy(cells_of_the_section()))


def program(answers):
    """Return the code of the section, with answers in place of the dots; without one, they stay."""
    notebook = section()
    for name, cell in exercises(notebook).items():
        if name in answers:
            cell.source = fill_in(cell.source, answers[name])
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def run_without_helpers(code):
    return subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_HELPERS + code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def lines_printed(answers):
    """Return the lines that the section prints; the last is what Python refuses, if it refuses."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(program(answers), {})
        except (ValueError, TypeError) as error:
            print(f"refused: {error}")
    return printed.getvalue().splitlines()


def verdict_on(answers):
    """Return the last line that the last cell prints, or what is refused before it gets there."""
    return lines_printed(answers)[-1]


def reply_to(what, answers):
    """Return what a judge says of one thing, and the quotients that it prints below, if any."""
    lines = lines_printed(answers)
    place = next(i for i, line in enumerate(lines) if line.startswith(f"{what}: "))
    below = [line.partition(":")[2].strip() for line in lines[place + 1 :][:2] if line[:2] == "  "]
    return lines[place].partition(": ")[2], *below


def test_the_section_asks_for_a_whole_step():
    assert list(exercises(section())) == [*FUNCTIONS, "change_on_paper"]


def test_the_section_imports_only_numpy():
    imports = re.findall(r"(?m)^\s*(?:import|from)\s.*$", program(ANSWERS))
    assert imports == ["import numpy as np"]


def test_the_numbers_typed_in_are_those_of_the_sheets():
    """The section cannot import them, so it must not fall behind when a sheet changes."""
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(program(ANSWERS), names)
    for sheet, typed in [(handout, "theta x y"), (new_numbers, "other other_x other_y")]:
        for own, name in zip([sheet.network.theta, sheet.x, sheet.y], typed.split(), strict=True):
            np.testing.assert_array_equal(names[name], own)
    (call,) = re.findall(r'whole_step\("new numbers", .*, (\S+), (\S+), (\S+)\)', program({}))
    t = new_numbers.trace
    expected = [new_numbers.eta, t["C"].value, t["new C"].value]
    np.testing.assert_allclose([float(number) for number in call], expected, rtol=1e-6)


def test_the_helpers_are_really_gone():
    for statement in ("import ffnn_helpers", "from ffnn_helpers import Network"):
        assert "uninstalled for this test" in run_without_helpers(statement).stderr


def test_a_whole_step_without_the_helpers():
    last = "\nimport json\nprint(json.dumps(step(theta.copy(), x, y, eta).tolist()))"
    result = run_without_helpers(program(ANSWERS) + last)
    assert (result.returncode, result.stderr) == (0, "")
    *lines, theta = result.stdout.splitlines()
    assert lines[-1] == PASSED
    assert not [line for line in lines[:-2] if not line.endswith(": right.")]
    figures = json.loads((ROOT / "tests" / "handout_figures.json").read_text(encoding="utf-8"))
    expected = [float(number) for number in figures["theta_after"].values()]
    np.testing.assert_allclose(json.loads(theta), expected, rtol=1e-14)


def test_as_delivered_it_is_calm():
    result = run_without_helpers(program({}))
    assert (result.returncode, result.stderr) == (0, "")
    *lines, last = filter(None, result.stdout.splitlines())
    assert last == NOT_PASSED
    assert all(line.endswith(": nothing here yet.") for line in lines)


@pytest.mark.parametrize("written", range(4))
def test_what_is_not_yet_written_is_not_an_error(written):
    names = FUNCTIONS[:written]
    assert verdict_on({name: ANSWERS[name] for name in names}) == NOT_PASSED


def test_the_paper_counts():
    assert verdict_on({name: ANSWERS[name] for name in FUNCTIONS}) == NOT_PASSED
    assert verdict_on({**ANSWERS, "change_on_paper": "0.6998262"}) == NOT_PASSED
    assert verdict_on({**ANSWERS, "change_on_paper": "-0.0001738"}) == PASSED


NEW_THETA = (
    "[0.19926511, 0.90033195, 0.99991941, 0.69982621, 0.49999583, 0.99996441, 0.09599831,"
    " 0.49210397, 0.99203185]"
)
BOTH_HIDDEN = "np.array([[0.1824255, 0.9959299], [0.9677045, 0.9836975]])"
BOTH_OUTPUTS = "np.array([[0.8199793], [0.8304217]])"
GRADIENT = (
    "[0.0073488886, -0.0033195127, 0.00080587518, 0.001737863, 0.000041707301, 0.00035591405,"
    " 0.040016933, 0.078960276, 0.079681511]"
)
WRONG = {
    # hard-coded
    "the handout's gradient": {"gradient": f"return np.array({GRADIENT})"},
    "the handout's new theta": {"step": f"return np.array({NEW_THETA})"},
    "everything hard-coded": {
        "forward": f"return {BOTH_HIDDEN}, {BOTH_OUTPUTS}",
        "gradient": "return np.zeros(9)",
        "step": f"return np.array({NEW_THETA})",
    },
    "the handout's learning rate": {"step": "return theta - 0.1 * gradient(theta, x, y)"},
    "a mean over two, always": {
        "gradient": ANSWERS["gradient"]
        .replace("len(x)", "2")
        .replace("mean(axis=0)", "sum(axis=0) / 2")
    },
    # blank, but it fits together: what a gradient check alone would let pass
    "zeros all the way": {
        "forward": "return np.zeros((len(x), 2)), np.zeros((len(x), 1))",
        "gradient": "return np.zeros(9)",
    },
    "no biases, forward and back": {
        "forward": "a1 = sigmoid(x @ W1.T)\nreturn a1, sigmoid(a1 @ W2.T)",
        "gradient": ANSWERS["gradient"].replace(".mean(axis=0)", ".mean(axis=0) * 0"),
    },
    # wrong thoughts
    "no minus in the exponent": {"sigmoid": "return 1 / (1 + np.exp(z))"},
    "no σ at the output": {"forward": "a1 = sigmoid(x @ W1.T + b1)\nreturn a1, a1 @ W2.T + b2"},
    "W not laid on its side": {
        "forward": "a1 = sigmoid(x @ W1 + b1)\nreturn a1, sigmoid(a1 @ W2.T + b2)"
    },
    "no 2": {"gradient": ANSWERS["gradient"].replace("2 * (a2", "(a2")},
    "the error the other way round": {"gradient": ANSWERS["gradient"].replace("a2 - y", "y - a2")},
    "no slope of σ at the output": {
        "gradient": ANSWERS["gradient"].replace("(a2 - y) * a2 * (1 - a2)", "(a2 - y)")
    },
    "no slope of σ in the hidden layer": {
        "gradient": ANSWERS["gradient"].replace("@ W2 * a1 * (1 - a1)", "@ W2")
    },
    "no weight on the way": {
        "gradient": ANSWERS["gradient"].replace("dC_dz2 @ W2 *", "dC_dz2 * np.ones(2) *")
    },
    "sum for mean": {
        "gradient": ANSWERS["gradient"].replace(" / len(x)", "").replace("mean", "sum")
    },
    "new weights too early": {
        "gradient": ANSWERS["gradient"].replace(
            "dC_dz2 @ W2 *", "dC_dz2 @ (W2 - 0.1 * dC_dz2.T @ a1 / len(x)) *"
        )
    },
    "biases do not move": {
        "gradient": ANSWERS["gradient"].replace("dC_dz1.mean(axis=0)", "np.zeros(2)")
    },
    "up the slope": {"step": "return theta + eta * gradient(theta, x, y)"},
    "no learning rate": {"step": "return theta - gradient(theta, x, y)"},
    "no step at all": {"step": "return theta"},
    "the gradient, not the new theta": {"step": "return gradient(theta, x, y)"},
    "the old numbers overwritten": {
        "step": "theta -= eta * gradient(theta, x, y)\nreturn theta",
    },
}


REFUSED = {
    "two numbers for σ": {"sigmoid": "return np.array([0.5, 0.99593])"},
    "the handout's outputs": {"forward": f"return {BOTH_HIDDEN}, {BOTH_OUTPUTS}"},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_numbers_for_one_batch_do_not_fit_another(wrong):
    """NumPy says so, in the learner's own line, before the last cell comes to its verdict."""
    assert verdict_on({**ANSWERS, **wrong}).startswith("refused: ")


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_nothing_else_passes(wrong):
    assert all(ANSWERS[name] != answer for name, answer in wrong.items())
    assert verdict_on({**ANSWERS, **wrong}) == NOT_PASSED


# What the judges say: the page explains these replies, so they must be what it says they are.

PATTERNS = {
    "2 2 2 2 2 2 2 2 2": WRONG["sum for mean"]["gradient"],
    "0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5": WRONG["no 2"]["gradient"],
    "-1 -1 -1 -1 -1 -1 -1 -1 -1": WRONG["the error the other way round"]["gradient"],
    "2 2 1 2 2 1 2 2 1": ANSWERS["gradient"].replace(" / len(x)", ""),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_nine_quotients_name_the_mistake(pattern):
    said, quotients, wrong = reply_to("the nine slopes", {**ANSWERS, "gradient": PATTERNS[pattern]})
    assert (said, quotients) == ("not right yet.", pattern)
    expected = [str(n) for n, quotient in enumerate(pattern.split(), 1) if quotient != "1"]
    assert wrong.split() == expected


@pytest.mark.parametrize("mistake", ["no slope of σ in the hidden layer", "no weight on the way"])
def test_the_last_three_are_right_without_the_way_back(mistake):
    _, quotients, wrong = reply_to("the nine slopes", {**ANSWERS, **WRONG[mistake]})
    assert quotients.endswith(" 1 1 1")
    assert wrong == "1 2 3 4 5 6"


def test_without_the_slope_of_the_output_none_is_right():
    mistake = WRONG["no slope of σ at the output"]
    _, quotients, wrong = reply_to("the nine slopes", {**ANSWERS, **mistake})
    assert wrong == "1 2 3 4 5 6 7 8 9"
    assert len(set(quotients.split())) > 3


REPLIES = {
    "a forgotten return": (
        "the cost before the step",
        {"forward": ANSWERS["forward"].replace("return a1, a2", "a1, a2")},
        "return",
    ),
    "a gradient without return": ("the nine slopes", {"gradient": "forward(theta, x)"}, "return"),
    "one layer handed over": (
        "the cost before the step",
        {"forward": ANSWERS["forward"].replace("return a1, a2", "return a2")},
        "return a1, a2",
    ),
    "layers the wrong way round": (
        "the cost before the step",
        {"forward": ANSWERS["forward"].replace("return a1, a2", "return a2, a1")},
        "(2, 2), and y has (2, 1)",
    ),
    "slopes not joined": (
        "the nine slopes",
        {"gradient": "W1, b1, W2, b2 = split(theta)\nreturn W1, b1, W2, b2"},
        "4 things",
    ),
    "theta changed in place": (
        "handout, old numbers kept",
        WRONG["the old numbers overwritten"],
        "itself",
    ),
    "a paper with the other sign": (
        "change on paper",
        {"change_on_paper": "0.0001738"},
        "Look at the sign",
    ),
    "a paper with two digits": (
        "change on paper",
        {"change_on_paper": "-0.00017"},
        "near, but not it. Keep six digits",
    ),
    "a paper rounded on the way": (
        "change on paper",
        {"change_on_paper": "-0.0001785"},
        "near, but not it. Keep six digits",
    ),
    "a paper too far off to be rounded": (
        "change on paper",
        {"change_on_paper": "-0.0002"},
        "does not agree",
    ),
    "the new weight": ("change on paper", {"change_on_paper": "0.6998262"}, "whole weight"),
    "the slope": ("change on paper", {"change_on_paper": "0.001738"}, "the slope"),
    "a sum for a mean": ("change on paper", {"change_on_paper": "-0.0003476"}, "their mean"),
    "a paper in quotes": ("change on paper", {"change_on_paper": "'-0.0001738'"}, "without quotes"),
    "a verdict in quotes": ("change on paper", {"change_on_paper": "'right.'"}, "without quotes"),
    "a pair on paper": ("change on paper", {"change_on_paper": "-0, 1738"}, "without quotes"),
    "some other paper": ("change on paper", {"change_on_paper": "17"}, "does not agree"),
    "a right paper beside a wrong step": (
        "change on paper",
        {"step": "return theta + eta * gradient(theta, x, y)"},
        "right.",
    ),
    "a paper before the rest": (
        "change on paper",
        dict.fromkeys(FUNCTIONS[1:], "return ..."),
        "waits",
    ),
}


@pytest.mark.parametrize(("what", "wrong", "said"), REPLIES.values(), ids=REPLIES)
def test_a_reply_names_the_slip(what, wrong, said):
    wrong = {**ANSWERS, **wrong}
    assert said in reply_to(what, wrong)[0]
    assert verdict_on(wrong) != PASSED
