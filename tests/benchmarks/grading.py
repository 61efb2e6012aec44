"""Seconds to grade a notebook, ours beside plain nbgrader's own example, in one run.

    python -m tests.benchmarks.grading

nbgrader's start is not counted: the same class is graded with one student and with all.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.grading.course import HW1, lay_out, paper

STUDENTS = 12
ROUNDS = 3


def nbgrader(folder, *arguments):
    started = time.perf_counter()
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def plain_course(folder):
    """Lay out nbgrader's own example: an assignment of two notebooks."""
    nbgrader(folder, "quickstart", "plain")
    course = folder / "plain"
    nbgrader(course, "generate_assignment", "ps1")
    solved = course / "source" / "ps1"
    for n in range(STUDENTS):
        shutil.copytree(solved, course / "submitted" / f"student{n}" / "ps1")
    return course, "ps1", len(list(solved.glob("*.ipynb")))


def our_course(folder):
    course = lay_out(folder)
    nbgrader(course.folder, "generate_assignment", HW1)
    released = course.notebook("release", HW1)
    for n in range(STUDENTS):
        course.hand_in(f"student{n}", HW1, paper(released, HW1, f"student{n}"))
    return course.folder, HW1, 1


def seconds_a_notebook(course, assignment, notebooks):
    """Grade a class anew, and one student of it anew; the difference is the others' time."""
    force = ("autograde", assignment, "--force")
    one = nbgrader(course, *force, "--student", "student0")
    everyone = nbgrader(course, *force, "--student", "student*")
    return (everyone - one) / (STUDENTS - 1) / notebooks


def main():
    with tempfile.TemporaryDirectory() as name:
        courses = {"plain": plain_course(Path(name)), "ours": our_course(Path(name))}
        measured = {which: [] for which in courses}
        for _ in range(ROUNDS):
            for which, course in courses.items():
                measured[which].append(seconds_a_notebook(*course))
    middle = {which: statistics.median(times) for which, times in measured.items()}
    for which, times in measured.items():
        print(
            f"{which:6} {middle[which]:.2f} s a notebook ({', '.join(f'{t:.2f}' for t in times)})"
        )
    print(f"ours / plain: {middle['ours'] / middle['plain']:.2f}")


if __name__ == "__main__":
    main()
