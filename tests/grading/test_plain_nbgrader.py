"""What nbgrader does by itself, and what we say of it: each claim was tried, and stays tried.

If a claim turns out differently with a new nbgrader, something in the grading may have become
needless, or needed.
"""

import copy
import json
from dataclasses import dataclass

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from ffnn_helpers.homework import HOMEWORK
from tests.grading.course import HW1, Course, cell_of, lay_out_plain, once, paper

pytestmark = pytest.mark.xdist_group("grading-plain")

PLAIN = "plain"
POINTS = 5
RIGHT = "x = 2"


@dataclass(frozen=True)
class Claim:
    """What is said to happen; `outcome` was found by trying it with nbgrader 0.9.6."""

    row: str
    said: str
    student: str
    outcome: str


CLAIMS = [
    Claim("7", "a tag skip-execution on the test gives full marks", "d-skips", "confirmed"),
    Claim("5", "an emptied nbgrader entry stops the whole class", "a1-emptied", "confirmed"),
    Claim("5", "a schema version of the future stops the whole class", "b1-schema", "confirmed"),
    Claim("4", "a cell that was duplicated stops the whole class", "c1-duplicated", "confirmed"),
    Claim("13", "a broken file fails alone", "d-broken", "confirmed"),
    Claim("20", "an object that lies about itself passes the test", "d-liar", "confirmed"),
    Claim("32", "swallowing the interrupt fails the whole submission", "d-swallows", "confirmed"),
    Claim("35", "a kernel that dies fails the whole submission", "d-dies", "confirmed"),
    Claim("42", "the hidden test can be read in the kernel", "d-spies", "confirmed"),
    Claim(
        "45",
        "a time that is no time fails the submission, for want of self.fail",
        "d-time",
        "confirmed",
    ),
    Claim("45", "the code can rewrite the time of its own submission", "d-later", "confirmed"),
    Claim(
        "12", "a link is followed, and the gradebook copied into autograded", "d-link", "confirmed"
    ),
    Claim(
        "6", "flipping grade and solution of a cell fails the submission", "d-flips", "confirmed"
    ),
    Claim("2", "add_missing_cells fails behind a cell that is read-only", "e-deleted", "confirmed"),
    Claim("37", "a warning on stderr costs all points", "d-warns", "confirmed"),
    Claim("46", "a script in an output is alive in the feedback", "d-script", "confirmed"),
    Claim("46", "a script in Markdown is alive in the feedback", "d-markdown", "confirmed"),
]


def meta(grade_id, **more):
    flags = {"grade": False, "locked": False, "solution": False, "task": False}
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **flags, **more}}


def source_notebook():
    solution = "x = 2\n### BEGIN SOLUTION\n### END SOLUTION"
    test = (
        "assert x == 2\n### BEGIN HIDDEN TESTS\nassert x * 3 == 6  # hidden\n### END HIDDEN TESTS"
    )
    cells = [
        new_code_cell("import math", id="given", metadata=meta("given", locked=True)),
        new_code_cell(solution, id="answer", metadata=meta("answer", solution=True)),
        new_code_cell("locked = 1", id="locked", metadata=meta("locked", locked=True)),
        new_code_cell(
            test, id="test", metadata=meta("test", grade=True, locked=True, points=POINTS)
        ),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


LIES = "class Liar:\n    __eq__ = lambda *_: True\n    __mul__ = lambda self, _: self\nx = Liar()"
SWALLOWS = "while True:\n    try:\n        while True:\n            pass\n    except:\n        pass"
SPIES = """
x = 2
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
get_ipython().events.register("post_run_cell", lambda result: open("seen", "w").write(str(seen)))
"""
WARNS = """
import sys

class Two(int):
    def __eq__(self, other):
        print("so far so good", file=sys.stderr)
        return int(self) == other

x = Two(2)
"""
ANSWERS = {
    "d-liar": LIES,
    "d-swallows": SWALLOWS,
    "d-dies": "import os\nos._exit(0)",
    "d-spies": SPIES,
    "d-later": "x = 2\nopen('timestamp.txt', 'w').write('2099-01-01 00:00:00 UTC')",
    "d-warns": WARNS,
    "d-script": "x = 2\nfrom IPython.display import HTML\nHTML('<script>evil()</script>')",
}
HONEST = ["a2-honest", "b2-honest", "c2-honest", "d-honest", "e2-honest"]


def hand_in(course, released, student):
    notebook = copy.deepcopy(released)
    answer, test = cell_of(notebook, "answer"), cell_of(notebook, "test")
    answer["source"] = ANSWERS.get(student, RIGHT)
    if student == "d-skips":
        answer["source"], test["metadata"]["tags"] = "x = 1", ["skip-execution"]
    elif student == "a1-emptied":
        test["metadata"]["nbgrader"] = {}
    elif student == "b1-schema":
        test["metadata"]["nbgrader"]["schema_version"] = 99
    elif student == "c1-duplicated":
        notebook["cells"].insert(1, copy.deepcopy(answer) | {"id": "again"})
    elif student == "d-flips":
        test["metadata"]["nbgrader"] |= {"grade": False, "solution": True}
    elif student == "e-deleted":
        notebook["cells"].remove(test)
    elif student == "d-markdown":
        script = {
            "cell_type": "markdown",
            "id": "m",
            "metadata": {},
            "source": "<script>evil()</script>",
        }
        notebook["cells"].append(script)
    folder = course.hand_in(student, PLAIN, notebook)
    if student == "d-broken":
        course.hand_in(student, PLAIN, '{"cells": [')
    elif student == "d-time":
        (folder / "timestamp.txt").write_text("soon", encoding="utf-8")
    elif student == "d-later":
        (folder / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC", encoding="utf-8")
    elif student == "d-link":
        (folder / "mine.db").symlink_to(course.folder / "gradebook.db")


def grade_plainly(folder):
    course = lay_out_plain(folder)
    path = course.folder / "source" / PLAIN
    path.mkdir()
    notebook = source_notebook()
    nbformat.write(notebook, path / f"{PLAIN}.ipynb")
    course.nbgrader("generate_assignment", PLAIN)
    released = course.notebook("release", PLAIN)
    for student in [*{claim.student for claim in CLAIMS}, *HONEST]:
        hand_in(course, released, student)
    fast = "--Execute.timeout=2"
    said = {"d": course.nbgrader("autograde", PLAIN, "--student=d*", fast, succeeds=False)}
    for group in "abc":
        said[group] = course.nbgrader("autograde", PLAIN, f"--student={group}*", succeeds=False)
    missing = "--OverwriteCells.add_missing_cells=True"
    said["e"] = course.nbgrader("autograde", PLAIN, "--student=e*", missing, succeeds=None)
    for student in ("d-script", "d-markdown"):
        course.nbgrader("generate_feedback", PLAIN, f"--student={student}")
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return Course(once(tmp_path_factory, "plain", grade_plainly) / "course")


@pytest.fixture(scope="module")
def said(plain):
    return json.loads((plain.folder.parent / "said.json").read_text(encoding="utf-8"))


def is_graded(course, student):
    return (course.folder / "autograded" / student / PLAIN / f"{PLAIN}.ipynb").exists()


def points(course, student):
    return course.marks(PLAIN, student)["test"]


def so_it_is(course, said, claim):
    """Tell whether what a claim says has happened."""
    student, folder = claim.student, course.folder / "autograded" / claim.student / PLAIN
    if student[0] in "abc":
        return not is_graded(course, f"{student[0]}2-honest")
    if student in ("d-broken", "d-swallows", "d-dies", "d-flips"):
        return not is_graded(course, student) and is_graded(course, "d-honest")
    if student == "d-time":
        return not is_graded(course, student) and "has no attribute 'fail'" in said["d"]
    if student == "e-deleted":
        return not is_graded(course, student) and "KeyError: 'locked'" in said["e"]
    if student == "d-later":
        return "2099" in (folder / "timestamp.txt").read_text(encoding="utf-8")
    if student == "d-link":
        return (folder / "mine.db").read_bytes().startswith(b"SQLite")
    if student == "d-spies":
        return "# hidden" in (folder / "seen").read_text(encoding="utf-8")
    if student == "d-warns":
        return points(course, student) == 0
    if student in ("d-script", "d-markdown"):
        return "<script>evil()</script>" in course.feedback(PLAIN, student)
    return points(course, student) == POINTS


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"row-{claim.row}-{claim.student}")
def test_claim(plain, said, claim):
    assert so_it_is(plain, said, claim) == (claim.outcome == "confirmed"), claim.said


@pytest.mark.slow
def test_honest_student_gets_the_points_of_plain_nbgrader(plain):
    assert points(plain, "d-honest") == POINTS


@pytest.mark.parametrize("returned", ["nan", "-1", "True", "'3'", "np.float64(0.5)", "array([2])"])
def test_what_is_no_plain_number_gives_full_marks(returned):
    assert determine_grade(cell_that_gave(returned))[0] == POINTS


@pytest.mark.parametrize("returned", ["5.000000000000001", "inf"])
def test_more_than_all_points_fails_the_submission(returned):
    with pytest.raises(ValueError, match="greater"):
        determine_grade(cell_that_gave(returned))


def cell_that_gave(returned):
    """Make a test cell that has run, and gave this back."""
    output = new_output("execute_result", data={"text/plain": returned}, execution_count=1)
    metadata = meta("test", grade=True, locked=True, points=POINTS)
    return new_code_cell("x", id="test", metadata=metadata, outputs=[output])


@pytest.mark.parametrize(
    "assignment",
    [HW1, *(pytest.param(name, marks=pytest.mark.slow) for name in HOMEWORK if name != HW1)],
)
def test_our_notebooks_give_nothing_where_our_grader_does_not_run(tmp_path, assignment):
    course = lay_out_plain(tmp_path)
    course.nbgrader("generate_assignment", assignment, "--ClearSolutions.code_stub={'python': ''}")
    released = course.notebook("release", assignment)
    course.hand_in("ada", assignment, paper(released, assignment, "ada"))
    course.nbgrader("autograde", assignment)
    assert set(course.marks(assignment, "ada").values()) == {0}
