"""Where marks meet nbgrader: into the outputs of the points cells, and into the gradebook."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Bool

from ffnn_helpers.grading import identity, records
from ffnn_helpers.grading.code import CALLS
from ffnn_helpers.grading.fence import NOT_ISOLATED
from ffnn_helpers.grading.intake import without_markup
from ffnn_helpers.grading.kernel import NOT_RUN, not_graded, question_of
from ffnn_helpers.grading.returned import HandedIn, grade, wide
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.paper import Paper
from ffnn_helpers.picture import picture

SUBMITTED = Path("submitted")
UNKNOWN = "The grader of the course does not know this question."
HOW_IT_WAS_RUN = {
    "not run": [NOT_RUN],
    NOT_ISOLATED: [f"{NOT_ISOLATED}: the code was run with the rights of whoever graded it."],
}


class Score(NbGraderPreprocessor):
    """Puts the marks where nbgrader looks for them: after `RunCode`."""

    reveal_answers = Bool(False, help="Show the right numbers in the feedback.").tag(config=True)

    def preprocess(self, nb, resources):
        ids, found = resources["nbgrader"], resources.get("ffnn")
        if ids["notebook"] not in HOMEWORK:
            return nb, resources
        if found is None:
            raise ValueError("RunCode did not run; grade without --no-execute.")
        facts = nb.metadata.get("ffnn", {})
        claimed, student = facts.get("claimed", ""), ids["student"]
        alias = identity.is_alias(claimed, student)
        whose = claimed if alias else student
        handed_in = _handed_in(nb, ids["notebook"], whose, student, found["replies"])
        if found["code"] == "not run":
            found["not run"], handed_in = handed_in.code_points, replace(handed_in, code_points={})
        returned = grade(handed_in, self.reveal_answers)
        for name in found.get("not run", ()):
            returned.answers[name] = {"code": handed_in.texts.get(name, "")}
        how = HOW_IT_WAS_RUN.get(found["code"], [])
        returned.notes = [*facts.get("notes", []), *how, *found["events"], *returned.notes]
        returned.doubtful = bool(facts.get("doubtful") or found["events"])
        with Gradebook(ids["db_url"]) as gradebook:
            students = {other.id for other in gradebook.students}
            found["waiting"] = _waiting(gradebook, ids)
        if not alias:
            # nbgrader puts a student on the roster only when it comes to their submission.
            handed_in_too = {path.parent.name for path in SUBMITTED.glob(f"*/{ids['assignment']}")}
            roster = sorted(handed_in_too | students)
            note, returned.fits_better = identity.look(handed_in, claimed, roster)
            if note:
                returned.notes.append(note)
                returned.doubtful = True
        page = Paper(handed_in.assignment, handed_in.student, handed_in.course)
        for cell in nb.cells:
            if is_grade(cell) and cell.cell_type == "code":
                cell.outputs = _outputs(returned, cell)
            elif shown := _page(question_of(cell), page):
                cell.outputs = [new_output("display_data", data=shown)]
        found["returned"], found["whose"] = returned, whose
        return nb, resources


def _waiting(gradebook, ids):
    """Name what waits for a person, before SaveAutoGrades puts all that was marked by hand there."""
    notebook = gradebook.find_submission_notebook(
        ids["notebook"], ids["assignment"], ids["student"]
    )
    return {saved.name for saved in notebook.grades if saved.needs_manual_grade}


def _handed_in(nb, assignment, student, tried_for, replies):
    texts, code_points = {}, {}
    by_hand = {question.name for question in HOMEWORK[assignment]}
    for cell in nb.cells:
        name = question_of(cell)
        if is_grade(cell) and name in CALLS and name not in by_hand:
            code_points[name] = cell.metadata.nbgrader.points
        elif name and not is_grade(cell):
            texts[name] = cell.source
    course = identity.course_of(texts.get("paper", ""))
    return HandedIn(assignment, student, course, tried_for, texts, code_points, replies)


def _outputs(returned, cell):
    name, most = question_of(cell), Fraction(cell.metadata.nbgrader.points)
    if name not in returned.points:
        return [not_graded(NOT_RUN if name in returned.answers else UNKNOWN)]
    html, text = returned.outputs[name]
    points = float(min(returned.points[name], most))  # above the most, nbgrader would give up
    return [
        new_output("display_data", data={"text/html": html, "text/plain": text}),
        new_output("execute_result", data={"text/plain": repr(points)}, execution_count=1),
    ]


def _page(name, page):
    """Make the outputs of the cells that show the sheet, as the student saw them; None for others.

    What the kernel brought back for them may have been made by the student.
    """
    if name == "paper":
        shown = page
    elif name == "two_paths_sheet":
        shown = picture(page.two_paths)
    elif name.startswith("boxes_"):
        shown = page.boxes(name.removeprefix("boxes_"))
    else:
        return None
    bundle = shown._repr_mimebundle_()
    return {kind: wide(text) for kind, text in bundle.items() if kind != "image/svg+xml"}


class Comment(NbGraderPreprocessor):
    """Writes notes, flag and record, and keeps what was done by hand: after SaveAutoGrades."""

    def preprocess(self, nb, resources):
        ids, returned = resources["nbgrader"], resources["ffnn"].get("returned")
        if returned is None:
            return nb, resources
        before = records.load(ids["assignment"], ids["student"])
        record = {
            "sheet_of": resources["ffnn"]["whose"],
            "claimed": nb.metadata.get("ffnn", {}).get("claimed", ""),
            "fits_better": returned.fits_better,
            "notes": returned.notes,
            "doubtful": returned.doubtful,
            "points": {question: str(points) for question, points in returned.points.items()},
            "answers": returned.answers,
            "verdicts": returned.verdicts,
            "code": resources["ffnn"]["code"],
            "words": nb.metadata.get("ffnn", {}).get("words", ""),
        }
        record["changes"] = records.changes(before, record) if before else []
        for said in [*record["notes"], *record["changes"]]:
            self.log.warning("%s: %s", ids["student"], said)
        with Gradebook(ids["db_url"]) as gradebook:
            where = ids["notebook"], ids["assignment"], ids["student"]
            notebook = gradebook.find_submission_notebook(*where)
            by_a_person = notebook.flagged and not (before and before["doubtful"])
            notebook.flagged = returned.doubtful or by_a_person
            for saved in notebook.grades:
                is_waiting = saved.name in resources["ffnn"]["waiting"]
                _keep_work_by_hand(saved, is_waiting, before, record)
            notes = gradebook.find_comment("student", *where)
            notes.auto_comment = without_markup("\n\n".join(returned.notes)) or None
            gradebook.db.commit()
        records.save(record, ids["assignment"], ids["student"])
        return nb, resources


def _keep_work_by_hand(saved, is_waiting, before, record):
    """Queue an answer for a person if it is new or waits, and not if that person has marked it."""
    name = saved.name.removesuffix("_points")
    if name in record["points"]:
        answer, earlier = record["answers"].get(name), before and before["answers"].get(name)
        marked_elsewhere = True
    elif name in record["answers"]:  # code that was not run
        answer, earlier = record["answers"][name], before and before["answers"].get(name)
        saved.auto_score, marked_elsewhere = None, False
    else:  # in words
        answer, earlier = record["words"], before and before["words"]
        saved.auto_score = None if answer else 0
        marked_elsewhere = not answer
    if saved.manual_score is None:
        saved.needs_manual_grade = not marked_elsewhere
    else:
        saved.needs_manual_grade = is_waiting or answer != earlier
