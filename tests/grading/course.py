"""A course of its own for a test: its folder, nbgrader in a process apart, and papers handed in."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ffnn_helpers.causes import rewrites
from ffnn_helpers.grading import records
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.notation import number
from ffnn_helpers.sheets import sheet
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate, trace

# Half of the time that a command takes is to import what it needs.
ONE_AFTER_ANOTHER = """
import json, os, sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp

for folder, arguments in json.loads(sys.argv[1]):
    os.chdir(folder)
    app = NbGraderApp()
    app.initialize(arguments)
    try:
        app.start()
    except (NoStart, SystemExit) as end:
        if getattr(end, "code", 0):
            raise
    while app := app.subapp:
        app.clear_instance()
"""
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
needs_fence = pytest.mark.usefixtures("fence")
ROOT = Path(__file__).parents[2]
ASSIGNMENTS = ROOT / "assignments"
HW1, HW2, HW3 = HOMEWORK
WORDS = "Your answer: It hardly moves, because σ is flat there."


@dataclass(frozen=True)
class Course:
    """A course's folder, and beside it the home of whoever works in it."""

    folder: Path
    database: str = ""  # its address, where it is not gradebook.db in the folder

    @property
    def home(self):
        return self.folder.parent / "home"

    def nbgrader(self, *arguments, succeeds=True, cwd=None, **environment):
        """Run one nbgrader command in a process of its own; return what it said."""
        run = self.python("-m", "nbgrader", *arguments, cwd=cwd, **environment)
        said = run.stdout + run.stderr
        assert succeeds is None or (run.returncode == 0) == succeeds, said
        return said

    @property
    def environment(self):
        """Return the variables of a process that sees no settings of whoever runs the tests."""
        programs = Path(sys.executable).parent  # nbgrader calls a bare `alembic`
        folders = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"
        return {
            "PATH": f"{programs}{os.pathsep}{os.defpath}",
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            **{name: str(self.home / name.lower()) for name in folders},
        }

    def python(self, *arguments, cwd=None, **environment):
        """Run Python in the course's folder, to its end."""
        self.home.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd or self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    @contextmanager
    def running(self, *arguments, cwd=None, environment=None, **streams):
        """Run Python in the course's folder meanwhile; it ends with the block."""
        self.home.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=cwd or self.folder,
            env=self.environment | (environment or {}),
            **(SILENT | streams),
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def commands(self, *commands):
        """Run nbgrader's commands one after another in one process: a folder, and the arguments."""
        steps = [(str(folder), [*map(str, arguments)]) for folder, *arguments in commands]
        run = self.python("-c", ONE_AFTER_ANOTHER, json.dumps(steps))
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout + run.stderr

    @contextmanager
    def gradebook(self):
        from nbgrader.api import Gradebook

        address = self.database or f"sqlite:///{self.folder / 'gradebook.db'}"
        with Gradebook(address, "ffnn") as gradebook:
            yield gradebook

    def marks(self, assignment, student):
        """Return the points of each question, by its name without `_points`."""
        with self.gradebook() as gradebook:
            submission = gradebook.find_submission(assignment, student)
            return {
                grade.name.removesuffix("_points"): grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }

    def is_flagged(self, assignment, student):
        with self.gradebook() as gradebook:
            return gradebook.find_submission_notebook(assignment, assignment, student).flagged

    def has_manual_work(self, assignment, student):
        with self.gradebook() as gradebook:
            notebook = gradebook.find_submission_notebook(assignment, assignment, student)
            return {g.name.removesuffix("_points"): g.needs_manual_grade for g in notebook.grades}

    def record(self, assignment, student):
        with self.gradebook() as gradebook:
            return records.load_one(gradebook, assignment, student)

    def notebook(self, stage, assignment, student="."):
        """Read a notebook of source, release, submitted or autograded."""
        path = self.folder / stage / student / assignment / f"{assignment}.ipynb"
        return json.loads(path.read_text(encoding="utf-8"))

    def feedback(self, assignment, student):
        path = self.folder / "feedback" / student / assignment / f"{assignment}.html"
        return path.read_text(encoding="utf-8")

    def hand_in(self, student, assignment, notebook, name=None):
        """Put a notebook where a collected one would be: a dict, a text or bytes."""
        folder = self.folder / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(notebook) if isinstance(notebook, dict) else notebook
        content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        (folder / (name or f"{assignment}.ipynb")).write_bytes(content)
        return folder


def lay_out(folder, *lines):
    """Copy the project's assignments into a course, with more lines of configuration."""
    course = Course(Path(folder) / "course")
    shutil.copytree(ASSIGNMENTS / "source", course.folder / "source")
    given = (ASSIGNMENTS / "nbgrader_config.py").read_text(encoding="utf-8")
    (course.folder / "nbgrader_config.py").write_text(
        "\n".join([given, *lines, ""]), encoding="utf-8"
    )
    return course


def lay_out_plain(folder):
    """Lay out the same course without a word of configuration that is ours."""
    course = lay_out(folder)
    (course.folder / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "ffnn"\n', encoding="utf-8"
    )
    return course


def once(tmp_path_factory, name, make):
    """Make a folder once, also where several workers of pytest-xdist ask for it."""
    import fcntl

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            make(folder)
            (folder / "made").touch()
        assert (folder / "made").exists(), f"{name} could not be made; the first test says why"
    return folder


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def source_of(cell):
    return "".join(cell["source"])


def cell_of(notebook, name):
    """Find a cell by its grade id, or by its id where nbgrader knows nothing of it."""
    return next(c for c in notebook["cells"] if name in (grade_id(c), c.get("id")))


@cache
def solutions(assignment):
    """Read the reference solutions out of the source: the name of a function to its cell."""
    path = ASSIGNMENTS / "source" / assignment / f"{assignment}.ipynb"
    found = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = source_of(cell)
        is_solution = cell["metadata"].get("nbgrader", {}).get("solution")
        if is_solution and cell["cell_type"] == "code" and "def " in source:
            found[grade_id(cell)] = re.sub(r"\n *### (BEGIN|END) SOLUTION", "", source)
    return found


def true_values(assignment, student, part="main", rules=None, course="ffnn"):
    """Return every quantity of a student's sheet, or what comes out by other rules."""
    own = sheet(assignment, student, part=part, course=course)
    truth = trace(own.network, own.x, own.y, own.eta)
    return evaluate(truth.rules, rules or {}, WRONG_OPERATIONS)


def rules_of_slip(code, symbol, key):
    """Return the rules by which a slip is made at one place, in every observation."""
    for slip, place, rules in rewrites((2, 2, 1), 3, key, frozenset()):
        if slip.code == code and place == symbol:
            return rules
    raise LookupError(f"no slip {code} at {symbol}")


def written(key, value):
    """Write a number as a page asks for it."""
    return f"{value:.6f}" if key[0].startswith("new ") else number(value)


def answers(question, values, write=written):
    """Fill in the boxes of one question."""
    lines = [f"{box} = {write(key, values[key])}" for box, key in question.boxes.items()]
    return "\n".join([f"%%answers {question.name}", *lines])


def paper(
    released, assignment, student, rules=None, code=None, words=WORDS, write=written, course="ffnn"
):
    """Fill in a released notebook.

    Parameters
    ----------
    released : dict
    assignment, student : str
    rules : dict, optional
        Of a slip, in the main part.
    code : dict, optional
        Other functions than the reference solutions, by name.
    words : str or None
        The answer in words; None leaves it as it was.
    write : callable
        Of a key and a value.
    course : str
    """
    filled = copy.deepcopy(released)
    for question in HOMEWORK[assignment]:
        of_part = rules if question.part == "main" else None
        values = true_values(assignment, student, question.part, of_part, course)
        cell_of(filled, question.name)["source"] = answers(question, values, write)
    for name, source in (solutions(assignment) | (code or {})).items():
        cell_of(filled, name)["source"] = source
    if words is not None:
        cell_of(filled, "your-answer")["source"] = words
    return filled
