"""What was read and found in each paper: a table of the gradebook's own database.

nbgrader's tables hold marks only. A record holds what they come from, so that a class can be
looked over, and a second grading can say what it changed. It is written in the transaction
that writes the marks: there is never one without the other.
"""

import json
from fractions import Fraction

from sqlalchemy import Column, MetaData, String, Table, Text, delete, insert, inspect, select

RECORDS = Table(
    "ffnn_record",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("record", Text, nullable=False),
)


def load(gradebook, assignment):
    """Return the records of an assignment: a student's id to a dict.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    assignment : str
    """
    return _found(gradebook, RECORDS.c.assignment == assignment)


def load_one(gradebook, assignment, student):
    """Return one student's record, or None where there is none yet."""
    return _found(gradebook, *_of(assignment, student)).get(student)


def save(gradebook, record, assignment, student):
    """Put a record in the place of the last one; it is there when the transaction is whole."""
    RECORDS.create(gradebook.db.connection(), checkfirst=True)
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    row = {"assignment": assignment, "student": student, "record": text}
    gradebook.db.execute(delete(RECORDS).where(*_of(assignment, student)))
    gradebook.db.execute(insert(RECORDS).values(row))


def _of(assignment, student):
    return RECORDS.c.assignment == assignment, RECORDS.c.student == student


def _found(gradebook, *where):
    """Return the records for which conditions hold; before the first grading there is no table."""
    if not inspect(gradebook.db.connection()).has_table(RECORDS.name):
        return {}
    rows = gradebook.db.execute(select(RECORDS.c.student, RECORDS.c.record).where(*where))
    return {student: json.loads(record) for student, record in sorted(map(tuple, rows))}


def changes(old, new):
    """Say whose mark changed and why: a sentence for each question with other points.

    Examples
    --------
    >>> one = {"points": {"update": "1"}, "answers": {"update": {"Δb₁²": "3"}}, "verdicts": {}}
    >>> two = {"points": {"update": "2"}, "answers": {"update": {"Δb₁²": "2"}}, "verdicts": {}}
    >>> changes(one, two)
    ['update: 1 to 2 points, for other answers']
    """
    said = []
    for question, points in new["points"].items():
        before = old["points"].get(question)
        if before is None or Fraction(before) == Fraction(points):
            continue
        other_answers = old["answers"].get(question) != new["answers"].get(question)
        reason = "for other answers" if other_answers else _other_verdicts(old, new, question)
        if old.get("sheet_of") != new.get("sheet_of"):
            reason = f"on the sheet of {new['sheet_of']!r}"
        said.append(f"{question}: {_short(before)} to {_short(points)} points, {reason}")
    return said


def _other_verdicts(old, new, question):
    before = {step: verdict for step, verdict, *_ in old["verdicts"].get(question, [])}
    after = {step: verdict for step, verdict, *_ in new["verdicts"].get(question, [])}
    changed = [
        f"{step} was {before.get(step)!r} and is {verdict!r}"
        for step, verdict in after.items()
        if before.get(step) != verdict
    ]
    return "; ".join(changed) or "by another rule for the points"


def _short(points):
    return f"{float(Fraction(points)):.4g}"
