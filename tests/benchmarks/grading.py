"""Seconds to grade a notebook, ours beside plain nbgrader's own example, in one run.

    python -m tests.benchmarks.grading            # ratios to plain nbgrader
    python -m tests.benchmarks.grading scale      # classes of 1 to 500: seconds and memory
    python -m tests.benchmarks.grading scale 50   # of one size

In the ratios the start of a command is not counted: the same class is graded with as many
students as there are workers, and with all.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from ffnn_helpers.grading.fence import ROOM
from tests.grading.course import HW1, Course, lay_out, paper
from tests.grading.elsewhere import dask_cluster, postgresql_server

STUDENTS = 16
ROUNDS = 3
NBGRADER = "nbgrader", "autograde"
GRADE = "ffnn_helpers.grading", "grade"
SIZES = 1, 20, 100, 500


def seconds(course, *words):
    """Run a module in a process of its own; return the seconds it took."""
    started = time.perf_counter()
    run = course.python("-m", *words)
    took = time.perf_counter() - started
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    return took


def plain_course(folder):
    """Lay out nbgrader's own example: an assignment of two notebooks."""
    course = Course(folder / "plain")
    course.nbgrader("quickstart", "plain", cwd=folder)
    course.nbgrader("generate_assignment", "ps1")
    solved = course.folder / "source" / "ps1"
    for n in range(STUDENTS):
        shutil.copytree(solved, course.folder / "submitted" / f"student{n}" / "ps1")
    return course, "ps1", len(list(solved.glob("*.ipynb")))


def our_course(folder, students, *lines):
    course = lay_out(folder, *lines)
    course.nbgrader("generate_assignment", HW1)
    released = course.notebook("release", HW1)
    for n in range(students):
        course.hand_in(f"student{n}", HW1, paper(released, HW1, f"student{n}"))
    return course


def seconds_a_notebook(command, course, assignment, notebooks, workers=None):
    """Grade a class anew, and one student a worker; the difference is the others' time."""
    few = workers or 1
    words = (*command, assignment, "--force", *(("--workers", workers) if workers else ()))
    first = seconds(course, *words, "--student", f"student[0-{few - 1}]")
    everyone = seconds(course, *words, "--student", "student*")
    return (everyone - first) / (STUDENTS - few) / notebooks


def ratios():
    """Print seconds a notebook, and what part they are of plain nbgrader's."""
    with tempfile.TemporaryDirectory() as name:
        plain = plain_course(Path(name, "a"))
        ours = our_course(Path(name, "b"), STUDENTS), HW1, 1
        ways = {
            "plain nbgrader": (NBGRADER, *plain),
            "ours in nbgrader": (NBGRADER, *ours),
            "grade, 1 worker": (GRADE, *ours, 1),
            "grade, 2 workers": (GRADE, *ours, 2),
        }
        measured = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, words in ways.items():
                measured[way].append(seconds_a_notebook(*words))
    middle = {way: statistics.median(times) for way, times in measured.items()}
    for way, times in measured.items():
        each = ", ".join(f"{took:.2f}" for took in times)
        ratio = middle[way] / middle["plain nbgrader"]
        print(f"{way:17} {middle[way]:.2f} s a notebook ({each}), {ratio:.2f} of plain")
    print(f"2 workers: {middle['grade, 1 worker'] / middle['grade, 2 workers']:.2f} times as fast")


def with_sqlite(folder, students, stack):
    return our_course(folder, students)


def with_postgresql(folder, students, stack):
    address = stack.enter_context(postgresql_server())
    return our_course(folder, students, f"c.CourseDirectory.db_url = {address!r}")


def processes(count):
    """Return what tells the command to grade in so many processes."""
    return lambda course, stack: ("--workers", count)


def dask(course, stack):
    """Start a cluster of two workers; return what tells the command of it."""
    client = stack.enter_context(dask_cluster(course))
    return "--dask", client.scheduler.address


WAYS = {
    "SQLite, 1 process": (with_sqlite, processes(1)),
    "SQLite, 2 processes": (with_sqlite, processes(2)),
    "SQLite, 2 Dask workers": (with_sqlite, dask),
    "PostgreSQL, 2 processes": (with_postgresql, processes(2)),
}


def scale(sizes):
    """Print seconds and memory of one command that grades a whole class, of each size and way."""
    print(
        "students  way                        seconds  each   MB in the second fifth, and in the last"
    )
    for students in sizes:
        for way, (lay_out_class, words_for) in WAYS.items():
            with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
                course = lay_out_class(Path(name), students, stack)
                took, megabytes = measured_run(course, *GRADE, HW1, *words_for(course, stack))
            fifth = max(1, len(megabytes) // 5)
            early, late = max(megabytes[fifth : 2 * fifth]), max(megabytes[-fifth:])
            print(
                f"{students:8}  {way:26} {took:7.0f}  {took / students:4.2f}"
                f"  {early:5.0f} {late:5.0f}",
                flush=True,
            )


def measured_run(course, *words):
    """Run a module; return the seconds it took, and the MB of its processes once a second."""
    started, megabytes = time.perf_counter(), []
    with course.running("-m", *words) as run:
        while run.poll() is None:
            try:
                run.wait(1)
            except subprocess.TimeoutExpired:
                megabytes.append(memory(psutil.Process(run.pid)))
    if run.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {run.returncode}.")
    return time.perf_counter() - started, megabytes


def memory(process):
    """Add up the memory of a process and of those that it began, in MB."""
    return sum(map(taken, [process, *process.children(recursive=True)])) / 1e6


def taken(process):
    """Return the bytes that a process takes; 0 if it is a kernel, or has ended."""
    try:
        is_kernel = ROOM in " ".join(process.cmdline())
        return 0 if is_kernel else process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["scale"]:
        scale([int(size) for size in sys.argv[2:]] or SIZES)
    else:
        ratios()
