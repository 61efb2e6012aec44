"""Grades a class, and lets an accident happen at one moment: ``python -m tests.grading.accidents``.

Its arguments are the accident's name, whom it strikes, and those of ``ffnn_helpers.grading``.
"""

import os
import signal
import sys
from pathlib import Path

from ffnn_helpers.grading import pool, whole_class
from ffnn_helpers.grading.__main__ import main

STRUCK = Path("struck")  # holds the id of whom a worker dies for


def power_fails(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def when_laid_out(victim):
    """Fail when the autograded folder lies aside, and before the gradebook knows of it."""
    lay_out = whole_class.Course._lay_out

    def lay_out_and_fail(course, student, text):
        aside = lay_out(course, student, text)
        return power_fails() if student == victim else aside

    whole_class.Course._lay_out = lay_out_and_fail


def when_half_entered(victim):
    """Fail within the transaction, when all but the last is written."""
    penalise = whole_class.penalise

    def fail(gradebook, graded, plugin):
        gradebook.db.flush()
        return power_fails() if graded.student == victim else penalise(gradebook, graded, plugin)

    whole_class.penalise = fail


def when_entered(victim):
    """Fail when the gradebook has it, and the folder is not in its place."""
    rename = Path.rename

    def fail(path, target):
        is_it = victim in path.parts and path.is_relative_to(whole_class.UNFINISHED)
        return power_fails() if is_it else rename(path, target)

    Path.rename = fail


def when_old_is_away(victim):
    """Fail when the old folder is away, and the gradebook not yet changed."""
    rename = Path.rename

    def rename_and_fail(path, target):
        moved = rename(path, target)
        return power_fails() if victim in path.parts and Path(target).name == "old" else moved

    Path.rename = rename_and_fail


def in_a_worker(victim):
    """Let the process that grades a submission die, as often as it tries."""
    STRUCK.write_text(victim, encoding="utf-8")
    pool.grade_and_time = die


def in_a_worker_once(victim):
    """Let the process that grades a submission die, the first time."""
    STRUCK.write_text(victim, encoding="utf-8")
    pool.grade_and_time = die_once


GRADE = pool.grade_and_time


def die(submission, scheme):
    if submission.student == STRUCK.read_text(encoding="utf-8"):
        power_fails()
    return GRADE(submission, scheme)


def die_once(submission, scheme):
    if submission.student == STRUCK.read_text(encoding="utf-8"):
        STRUCK.write_text("nobody", encoding="utf-8")
        power_fails()
    return GRADE(submission, scheme)


if __name__ == "__main__":
    accident, victim, *arguments = sys.argv[1:]
    from tests.grading import accidents  # so that a worker finds the functions by their names

    getattr(accidents, accident)(victim)
    sys.exit(main(arguments))
