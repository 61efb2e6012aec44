"""What happened in the grading of an assignment: who was not graded, who is flagged, which slips."""

from collections import Counter, defaultdict
from pathlib import Path

from nbgrader.api import Gradebook

from ffnn_helpers.grading import records
from ffnn_helpers.grading.configuration import has_gradebook, in_force
from ffnn_helpers.grading.fence import NOT_ISOLATED
from ffnn_helpers.slips import SLIPS


def main(assignment):
    """Print the report; return 1 if a submission could not be graded, or there is none."""
    if not any(Path("submitted").glob(f"*/{assignment}")):
        known = sorted({path.name for path in Path("submitted").glob("*/*") if path.is_dir()})
        print(
            f"Nobody has handed in {assignment!r} in this folder; there is"
            f" {', '.join(known) or 'nothing in submitted/'}."
        )
        return 1
    coursedir, found = in_force().coursedir, {}
    if has_gradebook(coursedir):
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            found = records.load(gradebook, assignment)
    submitted = {path.parent.name for path in Path("submitted").glob(f"*/{assignment}")}
    submitted -= set(coursedir.student_id_exclude.split(","))
    missing = sorted(
        student
        for student in submitted
        if student not in found or not (Path("autograded") / student / assignment).exists()
    )
    print(f"{assignment}: {len(submitted)} submissions, {len(submitted) - len(missing)} graded.")
    for student in missing:
        print(f"  {student}: NOT GRADED. There is no notebook in it, or the log says why.")
    for how, meaning in [
        (NOT_ISOLATED, "it ran with the rights of whoever graded"),
        ("not run", "its points are missing"),
    ]:
        if count := sum(record.get("code") == how for record in found.values()):
            print(f"\n{how.upper()}: the code of {count} submissions; {meaning}.")
    for title, of_record in [("To look at", _doubts), ("Changed since the last grading", _changes)]:
        lines = [line for student in found for line in of_record(student, found[student])]
        if lines:
            print(f"\n{title}:", *lines, sep="\n  ")
    if slips := list(_slips(found)):
        print("\nSlips over the class:", *slips, sep="\n  ")
    return int(bool(missing))


def _doubts(student, record):
    if record["doubtful"]:
        other = f" (fits: {record['fits_better']})" if record["fits_better"] else ""
        yield f"{student}: {' '.join(record['notes'])}{other}"


def _changes(student, record):
    for change in record["changes"]:
        yield f"{student}: {change}"


def _slips(found):
    """List each question's slips with how many students made them, the commonest first."""
    counted = defaultdict(Counter)
    for record in found.values():
        for question, rows in record["verdicts"].items():
            counted[question].update({code for *_, codes in rows for code in codes})
    for question, codes in counted.items():
        for code, students in codes.most_common():
            thought = SLIPS[code].thought.format(step="it") if code in SLIPS else ""
            yield f"{question:16} {students:4}  {code}: {thought}"
