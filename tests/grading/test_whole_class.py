"""A whole class by one command: the same marks as nbgrader's own, whatever happens meanwhile."""

import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ffnn_helpers.grading import records
from tests.grading.course import HW1, Course, lay_out, needs_fence, once, paper

pytestmark = [needs_fence, pytest.mark.xdist_group("grading-whole-class")]

LATE = "late"
CLASS = ["ada", "blaise", "carl", "dirk", LATE]
SETTINGS = [
    'c.LateSubmissionPlugin.penalty_method = "zero"',
    'c.CourseDirectory.db_url = "sqlite:///gradebook.db?timeout=0.1"',
]


def begin(folder):
    """Lay out a course in which everybody has handed in: one without an end, one late."""
    course = lay_out(folder, *SETTINGS)
    course.nbgrader("generate_assignment", HW1, "--db=sqlite:///gradebook.db")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(HW1, duedate="2027-01-01 12:00:00 UTC")
    released = course.notebook("release", HW1)
    endless = {"sigmoid": "def sigmoid(z):\n    return sigmoid(z)"}
    for student in CLASS:
        code = endless if student == "carl" else None
        handed_in = course.hand_in(student, HW1, paper(released, HW1, student, code=code))
        month = "02" if student == LATE else "01"
        text = f"2027-{month}-01 11:00:00 UTC"
        (handed_in / "timestamp.txt").write_text(text, encoding="utf-8")
        (handed_in / "notes.txt").write_text("mine", encoding="utf-8")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    return once(tmp_path_factory, "whole-class", begin)


@pytest.fixture(scope="module")
def by_nbgrader(begun, tmp_path_factory):
    """Return what `nbgrader autograde` makes of the class."""

    def autograde(folder):
        shutil.copytree(begun, folder, dirs_exist_ok=True)
        Course(folder / "course").nbgrader("autograde", HW1)

    return left(Course(once(tmp_path_factory, "whole-class-nbgrader", autograde) / "course"))


@pytest.fixture
def course(begun, tmp_path):
    """Return a course of which nothing is graded."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path / "course")


def left(course):
    """Return all that a grading leaves: gradebook, records and files."""
    with course.gradebook() as gradebook:
        entered = {
            submission.student.id: [
                submission.timestamp,
                notebook.flagged,
                notebook.late_submission_penalty,
                sorted((g.name, g.auto_score, g.needs_manual_grade) for g in notebook.grades),
                sorted((c.name, c.auto_comment) for c in notebook.comments),
            ]
            for submission in gradebook.assignment_submissions(HW1)
            for notebook in submission.notebooks
        }
        found = records.load(gradebook, HW1)
    return {"entered": entered, "records": found, "files": autograded(course)}


def autograded(course):
    """Return the files that nbgrader would see: a path to its content and its rights."""
    root = course.folder / "autograded"
    paths = [path for path in root.glob("*/**/*") if path.is_file()]
    shown = [path for path in paths if not path.relative_to(root).parts[0].startswith(".")]
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode) for path in shown}


def grade(course, *more, succeeds=True):
    run = course.python("-m", "ffnn_helpers.grading", "grade", HW1, *more)
    assert (run.returncode == 0) == succeeds, run.stdout + run.stderr
    return run.stdout + run.stderr


def strike(course, accident, victim, *more):
    """Grade, and let an accident happen."""
    words = ("-m", "tests.grading.accidents", accident, victim, "grade", HW1)
    return course.python(*words, "--workers", 1, *more)


@pytest.mark.parametrize("workers", [1, 2, pytest.param(8, marks=pytest.mark.slow)])
def test_leaves_what_nbgrader_leaves_byte_for_byte(course, by_nbgrader, workers):
    said = grade(course, "--workers", workers)
    assert left(course) == by_nbgrader
    assert f"{len(CLASS)} submissions, {len(CLASS)} graded." in said
    assert by_nbgrader["entered"][LATE][2] > 0, "the penalty is one that can be seen"


def test_second_run_grades_nobody_and_a_new_submission_is_graded(course):
    grade(course)
    before = left(course)
    assert " graded in " not in grade(course)
    assert left(course) == before
    released = course.notebook("release", HW1)
    course.hand_in("ada", HW1, paper(released, HW1, "blaise"))
    assert "1 graded in " in grade(course)
    assert course.is_flagged(HW1, "ada")
    assert "5 graded in " in grade(course, "--force")


@pytest.mark.parametrize(
    "accident", ["when_laid_out", "when_half_entered", "when_entered", "when_half_moved"]
)
def test_power_fails_and_the_next_run_goes_on(course, by_nbgrader, accident):
    more = ["--force"] if accident == "when_half_moved" else []
    if more:
        grade(course)
    run = strike(course, accident, "carl", *more)
    assert run.returncode == -signal.SIGKILL
    for name, content in autograded(course).items():
        assert content == by_nbgrader["files"][name], "no half-written file is seen as whole"
    first = course.folder / "autograded" / "ada" / HW1
    when = first.stat().st_mtime_ns, first.stat().st_ino
    grade(course)
    assert left(course) == by_nbgrader
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == when, "what is done is not done again"


def test_power_fails_and_no_process_goes_on(course):
    run = strike(course, "when_entered", "ada")
    assert run.returncode == -signal.SIGKILL
    for process in _in_folder(course.folder):
        ended, _, _ = select.select([process], [], [], 20)
        assert ended, "a worker outlives whoever began it"


def _in_folder(folder):
    """Open a handle on each process that works in a folder."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(place / "cwd")).is_relative_to(folder):
                yield os.pidfd_open(int(place.name))
        except OSError:  # it has ended, or is nobody's business
            continue


def test_worker_that_dies_once_costs_nothing(course, by_nbgrader):
    run = strike(course, "in_a_worker_once", "blaise", "--workers", 2)
    assert run.returncode == 0, run.stderr
    assert left(course) == by_nbgrader


def test_submission_that_brings_down_its_worker_costs_only_itself(course, by_nbgrader):
    run = strike(course, "in_a_worker", "blaise", "--workers", 2)
    assert run.returncode == 1
    assert "blaise: NOT GRADED. The process that graded it died" in run.stderr
    now = left(course)
    for what in ("entered", "records"):
        assert now[what] == {s: v for s, v in by_nbgrader[what].items() if s != "blaise"}
    grade(course)
    assert left(course) == by_nbgrader


def test_locked_gradebook_ends_the_grading_and_loses_nothing(course, by_nbgrader):
    with sqlite3.connect(course.folder / "gradebook.db") as other:
        other.execute("BEGIN IMMEDIATE")
        said = grade(course, succeeds=False)
    assert said.startswith("Another program holds the gradebook locked. What is graded is kept;")
    assert autograded(course) == {}
    with sqlite3.connect(course.folder / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        said = grade(course, succeeds=False)
    assert "The gradebook cannot be used: database is locked." in said
    grade(course)
    assert left(course) == by_nbgrader


ON_A_SMALL_DISK = """
import pathlib, shutil, subprocess, sys

given, disk, *command = sys.argv[1:]
course = pathlib.Path(disk, "course")
shutil.copytree(given, course)
ballast = course.parent / "ballast"
with ballast.open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
    file.truncate(ballast.stat().st_size - {room})
print(subprocess.run(command, cwd=course, capture_output=True, text=True).stderr)
ballast.unlink()
subprocess.run(command, cwd=course, check=True, capture_output=True)
for name in ("autograded", "gradebook.db"):
    target = pathlib.Path(given, name)
    if target.is_file():
        target.unlink()
    (shutil.copytree if name == "autograded" else shutil.copy)(course / name, target)
"""


@pytest.mark.parametrize("room", [30_000, 150_000, 300_000])
def test_full_disk_ends_the_grading_and_the_next_run_goes_on(course, by_nbgrader, room):
    disk = course.folder.parent / "disk"
    disk.mkdir()
    small = "bwrap", "--dev-bind", "/", "/", "--size", "4000000", "--tmpfs", disk
    script = sys.executable, "-c", ON_A_SMALL_DISK.format(room=room), course.folder, disk
    command = sys.executable, "-m", "ffnn_helpers.grading", "grade", HW1, "--workers", "1"
    run = subprocess.run(
        [*small, *script, *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert run.returncode == 0, run.stderr
    assert "disk" in run.stdout
    assert "full" in run.stdout
    assert "Traceback" not in run.stdout
    assert left(course) == by_nbgrader


def test_two_gradings_of_a_course_do_not_meet(course):
    import fcntl

    (course.folder / "autograded" / ".unfinished").mkdir(parents=True)
    handle = os.open(course.folder / "autograded" / ".unfinished", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        said = grade(course, succeeds=False)
    finally:
        os.close(handle)
    assert said == "This course is being graded by another command; wait for its end.\n"
    assert autograded(course) == {}


def test_what_cannot_be_graded_is_said_in_one_sentence(course):
    run = course.python("-m", "ffnn_helpers.grading", "grade", "hw9")
    assert (run.returncode, run.stderr) == (1, "The gradebook has no assignment 'hw9'.\n")
    (course.folder / "gradebook.db").unlink()
    said = grade(course, succeeds=False)
    assert said == "There is no gradebook here: run `nbgrader generate_assignment` first.\n"
    assert not (course.folder / "gradebook.db").exists()
