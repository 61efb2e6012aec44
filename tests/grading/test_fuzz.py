"""Ten thousand notebooks that nobody would hand in, through intake and marking: a fixed seed.

Nothing is run. None may raise an error, and none may earn what was not worked for.
"""

import copy
import json
import random
from contextlib import suppress
from fractions import Fraction

import nbformat
import pytest

from ffnn_helpers.grading import scoring
from ffnn_helpers.grading.intake import collect, rebuild
from ffnn_helpers.grading.returned import grade
from ffnn_helpers.homework import HOMEWORK
from tests.grading.course import HW1, lay_out, paper

SEED, NOTEBOOKS, PARTS = 20_271, 10_000, 10
MOST = {question.name: len(question.asked) for question in HOMEWORK[HW1]}
VALUES = [
    None, True, False, 0, -1, 1, 10**400, 1e308, float("nan"), float("-inf"), "", "x", "0", "\x00",
    "\ud800", "\u202e\u0301é", "𝟙𝟚", "１，５", "=" * 500, "%%answers", "a" * 10_000, [], {}, [[]],
    [None], {"": None}, {"nbgrader": None}, {"nbgrader": {"grade_id": []}}, ["x", 1, None],
]  # fmt: skip
KEYS = ["cells", "source", "metadata", "nbgrader", "grade_id", "id", "cell_type", "nbformat", ""]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = lay_out(tmp_path_factory.mktemp("fuzz"))
    course.nbgrader("generate_assignment", HW1)
    return course.notebook("release", HW1)


def places(value, path=()):
    """Yield the way to every value in a notebook."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def change(chance, notebook):
    """Change one place of a notebook."""
    ways = list(places(notebook))
    if not ways:
        return
    *way, last = chance.choice(ways)
    folder = notebook
    for key in way:
        folder = folder[key]
    old = folder[last]
    kind = chance.randrange(9)
    if kind <= 2:
        folder[last] = copy.deepcopy(chance.choice(VALUES))
    elif kind == 3:
        del folder[last]
    elif kind == 4:
        for _ in range(chance.choice([1, 10, 100, 200])):
            old = [old] if chance.random() < 0.5 else {chance.choice(KEYS): old}
        folder[last] = old
    elif kind == 5 and isinstance(folder, list):
        folder.insert(chance.randrange(len(folder) + 1), copy.deepcopy(old))
    elif kind == 6 and isinstance(folder, list):
        chance.shuffle(folder)
    elif kind == 7 and isinstance(old, str):
        cut = chance.randrange(len(old) + 1)
        folder[last] = old[:cut] + str(chance.choice(VALUES)) + old[cut:]
    else:
        *other, key = chance.choice(ways)
        source = notebook
        try:
            for step in other:
                source = source[step]
            folder[last] = copy.deepcopy(source[key])
        except (LookupError, TypeError):
            folder[last] = None


def written(chance, notebook):
    """Write a notebook as bytes, and break these too, now and then."""
    content = json.dumps(notebook).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        content = content[: chance.randrange(len(content) + 1)]
    if chance.random() < 0.1 and content:
        broken = bytearray(content)
        for _ in range(chance.choice([1, 5, 50])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        content = bytes(broken)
    if chance.random() < 0.05:
        content = chance.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"[", b"\x00", b" "]) + content
    return content


def marked(released, path):
    """Take in and mark what stands in a file, as a grading does where no code was run."""
    notebook = rebuild(nbformat.reads(json.dumps(released), as_version=4), collect(path))
    nbformat.validate(notebook)
    json.dumps(notebook)
    returned = grade(scoring._handed_in(notebook, HW1, "ada", "ada", {}))
    for name, points in returned.points.items():
        assert 0 <= points <= MOST.get(name, 10)
        assert isinstance(points, Fraction | int)
    html = "".join(html + text for html, text in returned.outputs.values())
    html.encode("utf-8")
    return sum(points for name, points in returned.points.items() if name in MOST)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_notebook_stops_the_grader_or_earns_what_it_should_not(released, tmp_path, part):
    chance = random.Random(SEED + part)
    perfect = paper(released, HW1, "ada")
    path = tmp_path / f"{HW1}.ipynb"
    path.write_text(json.dumps(perfect), encoding="utf-8")
    assert marked(released, path) == sum(MOST.values()), "a whole one earns all"
    earned = 0
    for number in range(NOTEBOOKS // PARTS):
        is_blank = number % 2 == 0
        notebook = copy.deepcopy(released if is_blank else perfect)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        with suppress(RecursionError):  # of what changes and writes it, where it nests too deep
            for _ in range(chance.choice([1, 1, 2, 5, 20])):
                change(chance, notebook)
            path.write_bytes(written(chance, notebook))
        try:
            points = marked(released, path)
        except Exception as error:
            error.add_note(f"notebook {number} of part {part}: {path.read_bytes()[:2000]!r}")
            raise
        assert points == 0 or not is_blank, f"notebook {number} of part {part} worked for nothing"
        earned += points > 0
    assert earned > NOTEBOOKS // PARTS / 10, "most of these broke so little that marks remain"
