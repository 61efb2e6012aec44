"""Every exercise can be solved as its page asks, and nothing but a solution passes.

tests/solutions/ holds, for each notebook, what a learner would type in place of the dots,
and something wrong for the same place: a usual slip, or a function that returns one number.
"""

import ast
import runpy
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def exercises(notebook):
    """Return the exercise cells by the name that each of them asks for."""
    found = {}
    for cell in notebook.cells:
        if "exercise" in cell.metadata.get("tags", []):
            statement = next(s for s in ast.parse(cell.source).body if has_dots(s))
            name = (
                statement.name
                if isinstance(statement, ast.FunctionDef)
                else statement.targets[0].id
            )
            assert name not in found, f"{name} is asked for twice"
            found[name] = cell
    return found


def has_dots(node):
    return any(isinstance(n, ast.Constant) and n.value is ... for n in ast.walk(node))


def fill_in(source, answer):
    """Put an answer in place of the dots: an expression, or the lines of a function."""
    lines = source.splitlines()
    dots = [i for i, line in enumerate(lines) if line.endswith("...")]
    indent = lines[dots[0]][: -len(lines[dots[0]].lstrip())] if lines[dots[0]][0] == " " else ""
    if not indent:
        lines[dots[0]] = lines[dots[0]].removesuffix("...") + answer
    else:
        lines[dots[0] : dots[-1] + 1] = [indent + line for line in answer.splitlines()]
    return "\n".join(lines)


def run_with(path, answers):
    """Run a notebook with its exercises filled in; return what each exercise printed."""
    notebook = nbformat.read(path, as_version=4)
    cells = exercises(notebook)
    assert set(cells) == set(answers), "tests/solutions and the notebook ask for other names"
    for name, cell in cells.items():
        cell.source = fill_in(cell.source, answers[name])
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    return {
        name: "".join(output.get("text", "") for output in cell.outputs).splitlines()
        for name, cell in cells.items()
        if "check(" in cell.source
    }


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param


@pytest.fixture
def answers(notebook):
    return runpy.run_path(str(ROOT / "tests" / "solutions" / f"{notebook.stem}.py"))


def test_every_exercise_can_be_solved(notebook, answers):
    printed = run_with(notebook, answers["SOLUTIONS"])
    wrong = {
        name: lines
        for name, lines in printed.items()
        if not lines or not all(line.startswith("Right.") for line in lines)
    }
    assert not wrong


def test_a_wrong_answer_does_not_pass(notebook, answers):
    printed = run_with(notebook, answers["WRONG"])
    passed = {
        name: lines
        for name, lines in printed.items()
        if all(line.startswith("Right.") for line in lines)
    }
    assert not passed


def test_every_notebook_has_its_solutions():
    solved = {path.stem for path in (ROOT / "tests" / "solutions").glob("*.py")}
    assert solved
    assert solved == {path.stem for path in NOTEBOOKS}
