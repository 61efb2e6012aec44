"""A whole class by one command: what nbgrader leaves, whatever happens meanwhile and wherever it runs."""

import os
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ffnn_helpers.grading import records
from tests.grading.course import HW1, Course, lay_out, needs_fence, once, paper
from tests.grading.elsewhere import dask_cluster, postgresql_programs, postgresql_server

pytestmark = [needs_fence, pytest.mark.xdist_group("grading-whole-class")]


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


LATE = "late"
CLASS = ["ada", "blaise", "carl", "dirk", LATE]
IN_FOLDER = "sqlite:///gradebook.db?timeout=0.1"  # seconds to wait for a lock


def begin(folder, database=IN_FOLDER):
    """Lay out a course in which everybody has handed in: one without an end, one late."""
    penalty = 'c.LateSubmissionPlugin.penalty_method = "zero"'
    course = lay_out(folder, penalty, f"c.CourseDirectory.db_url = {database!r}")
    course = replace(course, database="" if database == IN_FOLDER else database)
    course.nbgrader("generate_assignment", HW1)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(HW1, duedate="2027-01-01 12:00:00 UTC")
    released = course.notebook("release", HW1)
    for student in CLASS:
        folder = course.hand_in(student, HW1, handed_in(released, student))
        month = "02" if student == LATE else "01"
        text = f"2027-{month}-01 11:00:00 UTC"
        (folder / "timestamp.txt").write_text(text, encoding="utf-8")
        (folder / "notes.txt").write_text("mine", encoding="utf-8")


def handed_in(released, student):
    """Write a perfect paper, but for Carl, whose function does not come to an end."""
    endless = {"sigmoid": "def sigmoid(z):\n    return sigmoid(z)"}
    return paper(released, HW1, student, code=endless if student == "carl" else None)


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
    return course.python(*words, *(more or ("--workers", 1)))


@pytest.mark.parametrize("workers", [slow(1), 2, slow(8)])
def test_leaves_what_nbgrader_leaves_byte_for_byte(course, by_nbgrader, workers):
    said = grade(course, "--workers", workers)
    assert left(course) == by_nbgrader
    assert f"{len(CLASS)} submissions, {len(CLASS)} graded." in said
    assert by_nbgrader["entered"][LATE][2] > 0, "the penalty is one that can be seen"


def test_second_run_grades_nobody_and_a_new_submission_is_graded(course):
    grade(course)
    before = left(course)
    assert " graded now" not in grade(course)
    assert left(course) == before
    released = course.notebook("release", HW1)
    course.hand_in("ada", HW1, paper(released, HW1, "blaise"))
    assert "1 graded now." in grade(course)
    assert course.is_flagged(HW1, "ada")
    assert "5 graded now." in grade(course, "--force")


@pytest.mark.parametrize(
    ("accident", "is_second_time"),
    [
        slow("when_laid_out", False),
        slow("when_half_entered", False),
        slow("when_entered", False),
        slow("when_half_entered", True),
        slow("when_old_is_away", True),
        ("when_entered", True),
    ],
)
def test_power_fails_and_the_next_run_goes_on(course, by_nbgrader, accident, is_second_time):
    if is_second_time:
        released = course.notebook("release", HW1)
        course.hand_in("carl", HW1, paper(released, HW1, "ada"))
        grade(course)
        course.hand_in("carl", HW1, handed_in(released, "carl"))
    run = strike(course, accident, "carl")
    assert run.returncode == -signal.SIGKILL
    for name, content in autograded(course).items():
        if not is_second_time or not name.startswith("carl/"):
            assert content == by_nbgrader["files"][name], "no half-written file is seen as whole"
    first = course.folder / "autograded" / "ada" / HW1
    when = first.stat().st_mtime_ns, first.stat().st_ino
    grade(course)
    now = left(course)
    if is_second_time:  # the record says what changed, if it was not entered before
        now["records"]["carl"]["changes"] = []
    assert now == by_nbgrader
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == when, "what is done is not done again"


def test_power_fails_and_no_process_goes_on(course):
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as temporary:
        words = "-m", "tests.grading.accidents", "when_entered", "ada", "grade", HW1
        with course.running(*words, environment={"TMPDIR": temporary}) as run:
            run.wait(timeout=60)
        assert run.returncode == -signal.SIGKILL
        for process in _that_know(temporary):
            ended, _, _ = select.select([process], [], [], 20)
            os.close(process)
            assert ended, "a worker or a kernel outlives whoever began it"


def _that_know(folder):
    """Open a handle on each worker, by its environment, and on what runs in a fence of it.

    bubblewrap itself may be left waiting for ever, before anything is run in it.
    """
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_worker = folder.encode() in (place / "environ").read_bytes()
            status = (place / "status").read_text(encoding="utf-8")
            parent = Path("/proc", re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)[1])
            is_fenced = folder.encode() in (parent / "cmdline").read_bytes()
            if is_worker or (is_fenced and (place / "exe").readlink().name != "bwrap"):
                yield os.pidfd_open(int(place.name))
        except OSError:  # it has ended, or is nobody's business
            continue


def test_ctrl_c_ends_the_grading_at_once_and_the_next_run_goes_on(course, by_nbgrader):
    endless = {"sigmoid": "while True:\n    pass\n\ndef sigmoid(z):\n    return z"}
    released = course.notebook("release", HW1)
    course.hand_in("carl", HW1, paper(released, HW1, "carl", code=endless))
    words = "-m", "ffnn_helpers.grading", "grade", HW1, "--workers", 2
    with course.running(*words, stderr=subprocess.PIPE, text=True) as run:
        last = course.folder / "autograded" / LATE
        while run.poll() is None and not last.exists():
            pass  # all but the endless one are done in a few seconds
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=10)  # a cell may take 30 seconds
    assert "Stopped. What is graded is kept; the same command goes on from here." in said
    assert run.returncode == 1
    course.hand_in("carl", HW1, handed_in(released, "carl"))
    grade(course)
    assert left(course) == by_nbgrader


@pytest.mark.slow
def test_worker_that_dies_once_costs_nothing(course, by_nbgrader):
    run = strike(course, "in_a_worker_once", "blaise", "--workers", 2)
    assert run.returncode == 0, run.stderr
    assert left(course) == by_nbgrader


@pytest.mark.slow
def test_submission_that_brings_down_its_worker_costs_only_itself(course, by_nbgrader):
    run = strike(course, "in_a_worker", "blaise", "--workers", 2)
    assert run.returncode == 1
    assert "blaise: NOT GRADED. What graded it died twice" in run.stderr
    now = left(course)
    for what in ("entered", "records"):
        assert now[what] == {s: v for s, v in by_nbgrader[what].items() if s != "blaise"}
    grade(course)
    assert left(course) == by_nbgrader


def test_locked_gradebook_ends_the_grading_and_loses_nothing(course, by_nbgrader):
    with closing(sqlite3.connect(course.folder / "gradebook.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        said = grade(course, succeeds=False)
        assert said.startswith(
            "Another program holds the gradebook locked. What is graded is kept;"
        )
        assert autograded(course) == {}
        other.rollback()
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


@pytest.mark.parametrize("room", [slow(30_000), 150_000, slow(300_000)])
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
        env=course.environment,
    )
    assert run.returncode == 0, run.stderr
    assert "disk" in run.stdout
    assert "full" in run.stdout
    assert "Traceback" not in run.stdout
    assert left(course) == by_nbgrader


def test_two_gradings_of_a_course_do_not_meet(course):
    import fcntl

    (course.folder / "autograded" / ".unfinished").mkdir(parents=True)
    with (course.folder / "autograded" / ".unfinished" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = grade(course, succeeds=False)
    assert said == "This course is being graded by another command; wait for its end.\n"
    assert autograded(course) == {}


def test_what_cannot_be_graded_is_said_in_one_sentence(course):
    said = grade(course, "--student", "nobody", succeeds=False)
    assert said == f"There is no notebook in submitted/nobody/{HW1}/.\n"
    run = course.python("-m", "ffnn_helpers.grading", "grade", "hw9")
    assert (run.returncode, run.stderr) == (1, "The gradebook has no assignment 'hw9'.\n")
    (course.folder / "gradebook.db").unlink()
    said = grade(course, succeeds=False)
    assert said == "There is no gradebook here: run `nbgrader generate_assignment` first.\n"
    assert not (course.folder / "gradebook.db").exists()


# Other machines, and another database


@pytest.fixture
def dask(course):
    pytest.importorskip("distributed")
    with dask_cluster(course) as client:
        yield client


@pytest.mark.slow
def test_dask_leaves_what_nbgrader_leaves(course, by_nbgrader, dask):
    grade(course, "--dask", dask.scheduler.address)
    assert left(course) == by_nbgrader


@pytest.mark.slow
def test_dask_worker_that_is_killed_costs_nothing(course, by_nbgrader, dask):
    processes = dask.run(os.getpid)
    words = "-m", "ffnn_helpers.grading", "grade", HW1, "--dask", dask.scheduler.address
    with course.running(*words) as run:
        busy = None
        while busy is None and run.poll() is None:
            busy = next((worker for worker, keys in dask.processing().items() if keys), None)
        os.kill(processes[busy], signal.SIGKILL)
        assert run.wait(timeout=120) == 0
    assert left(course) == by_nbgrader


@pytest.mark.slow
def test_dask_that_is_not_there_is_said_in_one_sentence(course):
    nowhere = "tcp://127.0.0.1:1"
    said = grade(course, "--dask", nowhere, succeeds=False)
    assert said.endswith(f"There is no Dask scheduler with workers at {nowhere}.\n"), said


@pytest.fixture
def postgresql():
    if postgresql_programs() is None:
        if os.environ.get("REQUIRE_POSTGRESQL"):
            pytest.fail("REQUIRE_POSTGRESQL is set, and there is no PostgreSQL.")
        pytest.skip("There is no PostgreSQL here.")
    with postgresql_server() as address:
        yield address


@pytest.mark.slow
def test_postgresql_holds_what_sqlite_holds(postgresql, by_nbgrader, tmp_path):
    begin(tmp_path, postgresql)
    course = replace(Course(tmp_path / "course"), database=postgresql)
    grade(course, "--workers", 2)
    assert left(course) == by_nbgrader
    assert " graded now" not in grade(course)
    course.nbgrader("autograde", HW1, "--force")
    assert left(course) == by_nbgrader
    assert not (course.folder / "gradebook.db").exists()
