"""No function that is wrong gets full marks: the reference solutions, broken in every small way.

The mutants are made of the syntax tree: another operator, a factor or a term left out, another
number, another name, a function left out. None of them needs a kernel.
"""

import ast
import copy
import json
import warnings
from functools import cache

import numpy as np

from ffnn_helpers.grading.code import CALLS, try_out
from tests.grading.course import HW1, HW2, HW3, solutions

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
# What is changed and does not matter, and why.
EQUIVALENT = {
    "sigmoid": {
        "np.greater_equal → np.greater": "at 0 both cases give 1/2",
        "z ≥ 0 → z ≥ 1": "",
    },
}


def mutants(name):
    """Yield what was changed, and the code of each mutant of a reference solution."""
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


@cache
def marked(name):
    """Return each mutant's share of the points, and whether a slip is named."""
    found = {}
    for what, source in mutants(name):
        rows = tried(name, source)
        share = sum(row.share for row in rows) / len(rows)
        found[what] = share, any(row.codes for row in rows)
    return found
