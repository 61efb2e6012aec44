"""Seconds to grade a notebook, ours beside plain nbgrader's own example, in one run.

    python -m tests.benchmarks.grading            # ratios to plain nbgrader
    python -m tests.benchmarks.grading scale 500  # a class of 500: seconds and memory

The start of a command is not counted: the same class is graded with one student and with all.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.grading.course import HW1, lay_out, paper

STUDENTS = 16
ROUNDS = 3
NBGRADER = "nbgrader", "autograde"
GRADE = "ffnn_helpers.grading", "grade"


def module(folder, *words):
    """Run a module in a process of its own; return the seconds it took."""
    started = time.perf_counter()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", *map(str, words)]
    subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, check=True, capture_output=True
    )
    return time.perf_counter() - started


def plain_course(folder):
    """Lay out nbgrader's own example: an assignment of two notebooks."""
    module(folder, "nbgrader", "quickstart", "plain")
    course = folder / "plain"
    module(course, "nbgrader", "generate_assignment", "ps1")
    solved = course / "source" / "ps1"
    for n in range(STUDENTS):
        shutil.copytree(solved, course / "submitted" / f"student{n}" / "ps1")
    return course, "ps1", len(list(solved.glob("*.ipynb")))


def our_course(folder, students=STUDENTS):
    course = lay_out(folder)
    module(course.folder, "nbgrader", "generate_assignment", HW1)
    released = course.notebook("release", HW1)
    for n in range(students):
        course.hand_in(f"student{n}", HW1, paper(released, HW1, f"student{n}"))
    return course.folder, HW1, 1


def seconds_a_notebook(command, course, assignment, notebooks, *more):
    """Grade a class anew, and one student of it anew; the difference is the others' time."""
    words = (*command, assignment, "--force", *more)
    one = module(course, *words, "--student", "student0")
    everyone = module(course, *words, "--student", "student*")
    return (everyone - one) / (STUDENTS - 1) / notebooks


def ratios():
    """Print seconds a notebook, and what part they are of plain nbgrader's."""
    with tempfile.TemporaryDirectory() as name:
        plain, ours = plain_course(Path(name)), our_course(Path(name))
        ways = {
            "plain nbgrader": (NBGRADER, *plain),
            "ours in nbgrader": (NBGRADER, *ours),
            "grade, 1 worker": (GRADE, *ours, "--workers", "1"),
            "grade, 2 workers": (GRADE, *ours, "--workers", "2"),
        }
        measured = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, words in ways.items():
                measured[way].append(seconds_a_notebook(*words))
    middle = {way: statistics.median(times) for way, times in measured.items()}
    for way, times in measured.items():
        each = ", ".join(f"{seconds:.2f}" for seconds in times)
        ratio = middle[way] / middle["plain nbgrader"]
        print(f"{way:17} {middle[way]:.2f} s a notebook ({each}), {ratio:.2f} of plain")
    print(f"2 workers: {middle['grade, 1 worker'] / middle['grade, 2 workers']:.2f} times as fast")


def scale(students, *more):
    """Print seconds and memory of one command that grades a class of a size.

    `more` are arguments of the command, as ``--workers 2`` or ``--dask ADDRESS``.
    """
    with tempfile.TemporaryDirectory() as name:
        course, assignment, _ = our_course(Path(name), students)
        seconds = module(course, *GRADE, assignment, *more)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{students} students {' '.join(more)}: {seconds:.0f} s, {seconds / students:.2f} s each,"
        f" {memory:.0f} MB in the largest process"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["scale"]:
        scale(int(sys.argv[2]), *sys.argv[3:])
    else:
        ratios()
