"""What was read and found in each paper: records/assignment/student.json, beside the gradebook.

The gradebook holds marks only. A record holds what they come from, so that a class can be
looked over, and a second grading can say what it changed.
"""

import json
import os
from fractions import Fraction
from pathlib import Path

FOLDER = Path("records")


def path_of(assignment, student):
    return FOLDER / assignment / f"{student}.json"


def load(assignment, student):
    """Return a record, or None where there is none yet."""
    path = path_of(assignment, student)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def save(record, assignment, student):
    """Write a record; whoever reads it meanwhile finds the old one or the new one, whole."""
    path = path_of(assignment, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    unfinished.write_text(text + "\n", encoding="utf-8")
    os.replace(unfinished, path)


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
