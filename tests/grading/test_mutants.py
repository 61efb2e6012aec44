"""No function that is wrong gets full marks: the reference solutions, broken in every small way.

The mutants are made of the syntax tree: another operator, a factor or a term left out, another
number, another name, a function left out. None of them needs a kernel.
"""

import ast
import copy
import json
import warnings
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from ffnn_helpers.answers import read
from ffnn_helpers.grading import code
from ffnn_helpers.grading.code import CALLS, probe, try_out
from ffnn_helpers.grading.kernel import read_reply
from ffnn_helpers.marking import Mark
from tests.grading.course import HW1, HW2, HW3, Course, solutions

FUNCTIONS = {"sigmoid": HW1, "forward": HW1, "gradient": HW2, "step": HW3}
STUDENT = "ada"

OPERATORS = {
    ast.Add: [ast.Sub, ast.Mult],
    ast.Sub: [ast.Add, ast.Mult],
    ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult, ast.Sub],
    ast.MatMult: [ast.Mult, ast.Add],
}
NAMES = {
    "theta": ["x"],
    "x": ["hidden"],
    "y": ["output"],
    "eta": ["1"],
    "hidden": ["output", "x"],
    "output": ["y", "hidden"],
    "small": ["z"],
    "z": ["small"],
    "weights": ["weights.T"],
    "biases": ["weights"],
    "at_1": ["at_2"],
    "at_2": ["at_1"],
    "at_output": ["output"],
    "at": ["at_output"],
}
CALLED = {
    "np.abs": ["np.negative"],
    "np.exp": ["np.exp2"],
    "np.greater_equal": ["np.less", "np.greater"],
    "at.sum": ["at.mean", "at.max"],
    "len": ["np.size"],
}
LIST = "line 3: np.array([theta[2], theta[5]]) → [theta[2], theta[5]]"
# What was changed without an effect, and why it has none.
EQUIVALENT = {
    "sigmoid": {
        "line 3: np.greater_equal(z, 0) → np.greater(z, 0)": "at 0 both ways give a half",
    },
    "forward": {LIST: "an array takes a list as a summand"},
    "gradient": {LIST: "as above", "line 8: x → hidden": "both have a row for each observation"},
    "step": {LIST: "as above", "line 8: x → hidden": "both have a row for each observation"},
}


@cache
def mutants(name):
    """Return what was changed, and the code, of each mutant of a reference solution."""
    made = {}
    for what, source in _mutants(name):
        times = sum(what == other.partition(" (again")[0] for other in made)
        made[f"{what} (again {times})" if times else what] = source
    return made


def _mutants(name):
    tree = ast.parse(solutions(FUNCTIONS[name])[name])
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    for place, node in enumerate(ast.walk(function)):
        for other in changed(node):
            mutant = copy.deepcopy(tree)
            inside = next(n for n in mutant.body if isinstance(n, ast.FunctionDef))
            before = list(ast.walk(inside))[place]
            Replace(before, other).visit(inside)
            line = getattr(node, "lineno", 0) - function.lineno
            what = f"line {line}: {ast.unparse(node)} → {ast.unparse(other)}"
            yield what, ast.unparse(ast.fix_missing_locations(mutant))


class Replace(ast.NodeTransformer):
    def __init__(self, before, after):
        self.before, self.after = before, after

    def visit(self, node):
        return self.after if node is self.before else self.generic_visit(node)


def changed(node):
    """Yield what could stand in place of a node."""
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS[type(node.op)]:
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
        if node.value:
            yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Call):
        for other in CALLED.get(ast.unparse(node.func), []):
            yield ast.Call(parsed(other), node.args, node.keywords)
        if node.args:
            yield node.args[0]
        if len(node.args) > 1:
            yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in NAMES.get(node.id, []):
            yield parsed(other)


def parsed(text):
    return ast.parse(text, mode="eval").body


def tried(name, source):
    """Run a function on the calls of the grader, without a kernel; mark what comes back."""
    space = {}
    exec(solutions(HW1)["sigmoid"], space)
    results = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        exec(source, space)
        for call in CALLS[name](STUDENT):
            arguments = [np.array(a, float) if isinstance(a, list) else a for a in call.arguments]
            try:
                array = np.asarray(space[name](*arguments), dtype=float)
            except Exception as error:
                results.append({"error": f"{type(error).__name__}: {error}"[:200]})
            else:
                results.append({"shape": list(array.shape), "values": array.ravel().tolist()})
    return try_out(name, STUDENT, json.loads(json.dumps(results)))


def share(rows):
    return sum(row.share for row in rows) / len(rows)


def without_causes(answers, trace):
    """Stand in for `judge`, which takes a second to look for the cause of nine wrong numbers."""
    keys = {trace[key].key: key for key in answers}
    return {
        key: Mark(trace[key], read(answers[own]), "wrong", Fraction(0), "No cause is looked for.")
        for key, own in keys.items()
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_reference_solution_gets_full_marks(name):
    rows = tried(name, solutions(FUNCTIONS[name])[name])
    assert share(rows) == 1
    assert {row.sentence for row in rows} == {"Right."}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_mutant_that_computes_something_else_gets_less(name, monkeypatch):
    monkeypatch.setattr(code, "judge", without_causes)
    made = mutants(name)
    full = {what for what, source in made.items() if share(tried(name, source)) == 1}
    assert full == set(EQUIVALENT[name])
    assert len(made) >= 20


def test_there_are_enough_mutants():
    assert sum(len(mutants(name)) for name in FUNCTIONS) >= 300


# Fewest of the mutants that are told which slip of the catalogue they are.
NAMED = {"sigmoid": 15, "forward": 5, "gradient": 15, "step": 20}


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_mutant_gets_less_also_with_what_a_slip_earns(name):
    marked = {what: tried(name, source) for what, source in mutants(name).items()}
    assert {what for what, rows in marked.items() if share(rows) == 1} == set(EQUIVALENT[name])
    named = [what for what, rows in marked.items() if any(row.codes for row in rows)]
    assert len(named) >= NAMED[name]


OWN_SIGMOID = """
import numpy as np

def sigmoid(z, slope=False):
    value = 1 / (1 + np.exp(-z))
    return value * (1 - value) if slope else value
"""


@pytest.mark.parametrize("name", ["gradient", "step"])
def test_helper_of_the_students_own_is_left_alone_while_a_function_is_tried(name, tmp_path):
    """The probe stands its own σ in for the student's, and must not where σ was not asked for."""
    reply = tmp_path / "reply.json"
    source = solutions(FUNCTIONS[name])[name].replace(
        "from ffnn_helpers import sigmoid", OWN_SIGMOID
    )
    source = source.replace("hidden = sigmoid(", "hidden = sigmoid(slope=False, z=")
    run = Course(tmp_path / "course")
    run.folder.mkdir()
    done = run.python("-c", source + probe(name, STUDENT, str(reply)))
    assert done.returncode == 0, done.stderr
    assert share(try_out(name, STUDENT, read_reply(reply))) == 1
