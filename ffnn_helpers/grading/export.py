"""Marks for each question, in a CSV that survives commas and does not run as a formula."""

import csv

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import AssignLatePenalties


class QuestionExport(ExportPlugin):
    """`nbgrader export`: nbgrader's own columns, and then one for each question.

    The late penalty is worked out anew: nbgrader keeps the one of the autograding, when marks
    by hand were still to come.
    """

    def export(self, gradebook):
        rows, columns = [], []
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in map(str, self.assignment):
                continue
            for student in gradebook.students:
                if self.student and student.id not in map(str, self.student):
                    continue
                row = _row(gradebook, assignment, student, self.penalty)
                columns += [name for name in row if name not in columns]
                rows.append(row)
        with open(self.to or "grades.csv", "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows({k: without_formula(v) for k, v in row.items()} for row in rows)

    def penalty(self, student, score, seconds_late):
        plugin = AssignLatePenalties(parent=self).plugin_class(parent=self)
        return plugin.late_submission_penalty(student, score, seconds_late) or 0.0


def _row(gradebook, assignment, student, penalty):
    row = {
        "assignment": assignment.name,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "duedate": assignment.duedate,
        "timestamp": "",
        "raw_score": 0.0,
        "late_submission_penalty": 0.0,
        "score": 0.0,
        "max_score": assignment.max_score,
        "needs_manual_grade": "",
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row
    late = submission.total_seconds_late
    lost = penalty(student.id, submission.score, late) if late > 0 else 0.0
    row |= {
        "timestamp": submission.timestamp,
        "raw_score": round(submission.score, 2),
        "late_submission_penalty": round(lost, 2),
        "score": round(max(0.0, submission.score - lost), 2),
        "needs_manual_grade": submission.needs_manual_grade,
    }
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            waits = grade.needs_manual_grade and grade.manual_score is None
            row[grade.name.removesuffix("_points")] = None if waits else round(grade.score, 2)
    return row


def without_formula(value):
    """Keep a spreadsheet from running what a student was called.

    Examples
    --------
    >>> without_formula("=1+1"), without_formula("Ada"), without_formula(-0.5)
    ("'=1+1", 'Ada', -0.5)
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return "" if value is None else value
