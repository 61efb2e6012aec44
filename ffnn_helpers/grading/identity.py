"""Whose numbers were worked with: the id on the page, the roster's id, and typing errors."""

import ast
import re
from pathlib import Path

from ffnn_helpers.causes import agrees
from ffnn_helpers.grading.returned import read_answers
from ffnn_helpers.sheets import normalised, sheet
from ffnn_helpers.steps import trace

ALIASES = Path("aliases.csv")
FEWEST = 5  # numbers, below which nothing is said about whose they are


def course_of(source):
    """Return the course for which a released notebook begins its page.

    Raises
    ------
    ValueError
        If its cell ``paper`` names none.

    Examples
    --------
    >>> course_of("paper = begin('hw1_forward_pass', student, course='2027')")
    '2027'
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "begin":
            given = [*node.args[2:3], *(k.value for k in node.keywords if k.arg == "course")]
            if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                return given[0].value
    raise ValueError(
        'The cell `paper` of the source notebook names no course: begin(..., student, course="ffnn").'
    )


def claimed_in(source):
    r"""Return the id that was typed into the cell ``student``: the last one, where there are more.

    Examples
    --------
    >>> claimed_in("student = ''\nstudent = 'ada'  # me")
    'ada'
    """
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        typed = re.findall(r"""^\s*student\s*=\s*["'](.*?)["']""", source, re.MULTILINE)
        return typed[-1].strip() if typed else ""
    typed = [
        line.value.value
        for line in lines
        if isinstance(line, ast.Assign)
        and getattr(line.targets[0], "id", "") == "student"
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    ]
    return typed[-1].strip() if typed else ""


def aliases():
    """Read which typed ids an instructor has settled, and which lines say nothing.

    ``aliases.csv``, beside the gradebook, has lines of what was typed and the roster's id.

    Returns
    -------
    settled : dict
        Both ids normalised.
    faults : list of str
        A sentence for each line that is not two ids.
    """
    settled, faults = {}, []
    text = ALIASES.read_bytes().decode("utf-8-sig", "replace") if ALIASES.exists() else ""
    for place, line in enumerate(text.splitlines(), start=1):
        ids = [part.strip().strip('"') for part in re.split("[,;\t]", line)]
        if len(ids) == 2 and all(ids):
            settled[normalised(ids[0])] = normalised(ids[1])
        elif line.strip():
            faults.append(f"{ALIASES}, line {place}: it must be two ids, like `adaa,ada`.")
    return settled, faults


def is_alias(claimed, student, settled):
    """Tell whether an instructor has said that an id, typed in error, is this student's.

    Examples
    --------
    >>> is_alias("Adaa", "ada", settled={"adaa": "ada"})
    True
    """
    return bool(claimed) and settled.get(normalised(claimed)) == normalised(student)


def look(handed_in, claimed, roster):
    """Say where the numbers fit another sheet better; the marks stay as they are.

    Parameters
    ----------
    handed_in : HandedIn
    claimed : str
        The id that was typed on the page.
    roster : iterable of str

    Returns
    -------
    note : str or None
        For the student; it accuses nobody.
    fits_better : str or None
        The id whose sheet the numbers fit, for the instructor.
    """
    numbers = {
        key: answer.value
        for answers, _ in read_answers(handed_in, "main").values()
        for key, answer in answers.items()
        if answer.value is not None
    }
    own = _fitting(numbers, handed_in, handed_in.student)
    others = [claimed] if claimed and normalised(claimed) != normalised(handed_in.student) else []
    if len(numbers) >= FEWEST and 2 * own <= len(numbers):
        others += [student for student in roster if student.strip()]  # a blank has no sheet
    fits = {other: _fitting(numbers, handed_in, other) for other in others}
    best = max(fits, key=fits.get, default=None)
    if best is None or fits[best] <= own or (best != claimed and 2 * fits[best] <= len(numbers)):
        return None, None
    whose = (
        f"the sheet of {claimed!r}, which stands on the page"
        if best == claimed
        else "another sheet"
    )
    note = (
        f"{fits[best]} numbers are right on {whose}, {own} on the sheet of"
        f" {handed_in.student!r}, which counts. A person will look at it."
    )
    return note, best


def _fitting(numbers, handed_in, student):
    """Count the numbers that are right on a student's sheet."""
    own = sheet(handed_in.assignment, student, course=handed_in.course)
    truth = trace(own.network, own.x, own.y, own.eta)
    return sum(agrees(value, truth[key].value, truth[key]) for key, value in numbers.items())
