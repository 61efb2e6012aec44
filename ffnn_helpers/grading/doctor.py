"""Says in plain words whether the configuration that is really in force grades safely."""

import os
import shutil
import stat
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from traitlets.utils.importstring import import_item

from ffnn_helpers.grading.configuration import (
    AUTOGRADE,
    FEEDBACK,
    SANITIZE,
    gradebook_file,
    has_gradebook,
    in_force,
    unusual_folders,
)
from ffnn_helpers.grading.fence import NOT_ISOLATED, WAYS_OUT, Fence, fault, tried
from ffnn_helpers.grading.identity import aliases, course_of
from ffnn_helpers.grading.intake import SubmissionExporter, before_converting
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.sheets import row_of

MEND = "Is configure(get_config()) called in nbgrader_config.py, and nothing set after it?"


def examine(folder="."):
    """Examine the course in a folder.

    Returns
    -------
    list of (str, str)
        "good", "bad" or "note", and a sentence.
    """
    app = in_force()
    found = [*_lists(app), *_surroundings(app)]
    if has_gradebook(app.coursedir):
        with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
            found += [*_points(gradebook), *_roster(gradebook)]
    else:
        found.append(("note", "There is no gradebook yet; nbgrader generate_assignment makes it."))
    return found


def _lists(app):
    autograde = Autograde(coursedir=app.coursedir, parent=app)
    feedback = GenerateFeedback(coursedir=app.coursedir, parent=app)
    for what, is_so in [
        (
            "Submissions are rebuilt from the released notebook",
            autograde.exporter_class is SubmissionExporter,
        ),
        (
            "Links and renamed notebooks are looked after",
            autograde.pre_convert_hook is before_converting,
        ),
        (
            "What comes before the grading is in order",
            _are(autograde.sanitize_preprocessors, SANITIZE, app),
        ),
        (
            "Marks are computed outside the student's kernel",
            _are(autograde.autograde_preprocessors, AUTOGRADE, app),
        ),
        ("Feedback shows no source of a test", _are(feedback.preprocessors, FEEDBACK, app)),
    ]:
        yield ("good", f"{what}.") if is_so else ("bad", f"NOT SO: {what}. {MEND}")


def _are(preprocessors, wanted, parent):
    """Tell whether these are the preprocessors that are wanted, in this order, and none was switched off."""
    classes = [import_item(one) if isinstance(one, str) else one for one in preprocessors]
    return classes == [import_item(one) for one in wanted] and all(
        one(parent=parent).enabled == one().enabled for one in classes
    )


def _surroundings(app):
    yield from _fence(app)
    gradebook = gradebook_file(app.coursedir)
    if gradebook and gradebook.is_file() and _is_open_to_all(gradebook.resolve()):
        yield (
            "note",
            "Everybody who has an account on this machine can read the gradebook, and what is handed"
            " in: close the course's folder to others with `chmod 700 .`.",
        )
    yield from (("bad", sentence) for sentence in unusual_folders(app.coursedir))
    if shutil.which("alembic") is None:
        yield (
            "bad",
            "nbgrader calls a program `alembic` and there is none on the PATH: activate the"
            " environment (source .venv/bin/activate) instead of calling .venv/bin/nbgrader.",
        )


def _is_open_to_all(path):
    """Tell whether any user can read a file, on a system that knows users."""
    passes = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return os.name == "posix" and passes and bool(path.stat().st_mode & stat.S_IROTH)


def _fence(app):
    """Say how code is run, and try the fence."""
    code = Fence(parent=app).code
    if code == NOT_ISOLATED:
        yield (
            "bad",
            f"{NOT_ISOLATED}: the code of students runs with your rights. It can read the gradebook"
            " and other submissions, and reach the network. Take c.Fence.code out of your settings.",
        )
    elif code == "not run":
        yield "note", "Code is not run, and its points are missing: c.Fence.code says so."
    elif why := fault(app.coursedir.root):
        yield "bad", f"{why} Nothing will be graded. {WAYS_OUT}"
    else:
        held = ", ".join(tried(str(Path(app.coursedir.root).resolve())))
        yield "good", f"The code of students is fenced in. Tried: {held}."


def _points(gradebook):
    for assignment in gradebook.assignments:
        for notebook in assignment.notebooks:
            if notebook.name not in HOMEWORK:
                yield (
                    "note",
                    f"{notebook.name} is no homework of this course; it gets no marks from it.",
                )
                continue
            most = {cell.name: cell.max_score for cell in notebook.grade_cells}
            for question in HOMEWORK[notebook.name]:
                points = most.get(f"{question.name}_points")
                if points != len(question.asked):
                    yield (
                        "bad",
                        f"{assignment.name}: {question.name} has {points} points and"
                        f" {len(question.asked)} boxes of one point each.",
                    )


def _roster(gradebook):
    """Name who shares a sheet, in the assignments as they stand in the gradebook."""
    students = [student.id for student in gradebook.students]
    for assignment in gradebook.assignments:
        for notebook in assignment.notebooks:
            if notebook.name not in HOMEWORK:
                continue
            page = gradebook.find_source_cell("paper", notebook.name, assignment.name)
            rows = defaultdict(list)
            for student in students:
                rows[row_of(notebook.name, student, course_of(page.source))].append(student)
            for same in rows.values():
                for one, other in combinations(same, 2):
                    yield "note", f"{one} and {other} have the same numbers in {assignment.name}."
    yield from (("bad", fault) for fault in aliases()[1])


def main():
    """Print what was found; return 1 if anything is bad."""
    found = examine()
    for verdict, sentence in found:
        print(f"{verdict:5} {sentence}")
    return int(any(verdict == "bad" for verdict, _ in found))
