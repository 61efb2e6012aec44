"""Whose numbers were worked with: the id on the page, the roster's id, and typing errors."""

import csv
from pathlib import Path

from ffnn_helpers.causes import agrees
from ffnn_helpers.grading.returned import read_answers
from ffnn_helpers.sheets import normalised, sheet
from ffnn_helpers.steps import trace

ALIASES = Path("aliases.csv")
FEWEST = 5  # numbers, below which nothing is said about whose they are


def is_alias(claimed, student):
    """Tell whether an instructor has said that an id, typed in error, is this student's.

    ``aliases.csv``, beside the gradebook, has lines of what was typed and the roster's id.
    """
    if not claimed or not ALIASES.exists():
        return False
    with ALIASES.open(encoding="utf-8-sig", newline="") as file:
        pairs = [(row[0], row[1]) for row in csv.reader(file) if len(row) > 1 and all(row[:2])]
    pair = normalised(claimed), normalised(student)
    return pair in [(normalised(typed), normalised(roster)) for typed, roster in pairs]


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
