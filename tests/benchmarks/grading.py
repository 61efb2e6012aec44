"""Seconds to grade a notebook, ours beside plain nbgrader's own example, in one run.

    python -m tests.benchmarks.grading

nbgrader's start is not counted: the same class is graded with one student and with all.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.test_readme import ROOT, hand_in

STUDENTS = 12
ROUNDS = 3
NAME = "hw1_forward_pass"


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
    course = folder / "ours"
    shutil.copytree(ROOT / "assignments", course)
    nbgrader(course, "generate_assignment", NAME)
    source = json.loads((course / "source" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    for n in range(STUDENTS):
        hand_in(course, NAME, f"student{n}")
        path = course / "submitted" / f"student{n}" / NAME / f"{NAME}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        for cell, solved in zip(notebook["cells"], source["cells"], strict=True):
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in ("sigmoid", "forward"):
                cell["source"] = solved["source"]
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return course, NAME, 1


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
