"""Where marks meet nbgrader's notebooks: into the outputs of the points cells."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, determine_grade, is_grade
from traitlets import Bool

from ffnn_helpers.grading import identity
from ffnn_helpers.grading.code import CALLS
from ffnn_helpers.grading.fence import NOT_ISOLATED
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


@dataclass(frozen=True)
class Graded:
    """What the gradebook is told of one student's notebook.

    Attributes
    ----------
    assignment, notebook, student : str
    scores : dict
        The id of a points cell to its points, or None where a person has to mark.
    unanswered : frozenset of str
        Cells that came back as they were handed out.
    record : dict
        What the marks come from; see `records`.
    """

    assignment: str
    notebook: str
    student: str
    scores: dict
    unanswered: frozenset
    record: dict


class Score(NbGraderPreprocessor):
    """Puts the marks where nbgrader looks for them: after `RunCode`."""

    reveal_answers = Bool(False, help="Show the right numbers in the feedback.").tag(config=True)

    def preprocess(self, nb, resources):
        ids, found = resources["nbgrader"], resources.get("ffnn")
        if ids["notebook"] not in HOMEWORK:
            return nb, resources
        if found is None:
            raise ValueError("RunCode did not run; grade without --no-execute.")
        with Gradebook(ids["db_url"]) as gradebook:
            everybody = roster(gradebook, ids["assignment"])
        settled, _ = identity.aliases()
        found["graded"] = score(nb, ids, found, everybody, settled, self.reveal_answers)
        return nb, resources


def roster(gradebook, assignment):
    """Return the ids of all students; nbgrader adds one only when it comes to their submission."""
    handed_in_too = {path.parent.name for path in SUBMITTED.glob(f"*/{assignment}")}
    return sorted(handed_in_too | {student.id for student in gradebook.students})


def score(nb, ids, found, roster, settled, reveal_answers):
    """Mark a notebook that was run, and put the marks into its outputs.

    Parameters
    ----------
    nb : NotebookNode
        It is changed.
    ids : dict
        Its ``assignment``, ``notebook`` and ``student``.
    found : dict
        What `RunCode` found.
    roster : list of str
    settled : dict
        Of `identity.aliases`.
    reveal_answers : bool

    Returns
    -------
    Graded
    """
    facts = nb.metadata.get("ffnn", {})
    claimed, student = facts.get("claimed", ""), ids["student"]
    alias = identity.is_alias(claimed, student, settled)
    whose = claimed if alias else student
    handed_in = _handed_in(nb, ids["notebook"], whose, student, found["replies"])
    not_run = {}
    if found["code"] == "not run":
        not_run, handed_in = handed_in.code_points, replace(handed_in, code_points={})
    returned = grade(handed_in, reveal_answers)
    for name in not_run:
        returned.answers[name] = {"code": handed_in.texts.get(name, "")}
    how = HOW_IT_WAS_RUN.get(found["code"], [])
    returned.notes = [*facts.get("notes", []), *how, *found["events"], *returned.notes]
    returned.doubtful = bool(facts.get("doubtful") or found["events"])
    if not alias:
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
    record = {
        "sheet_of": whose,
        "claimed": claimed,
        "fits_better": returned.fits_better,
        "notes": returned.notes,
        "doubtful": returned.doubtful,
        "points": {question: str(points) for question, points in returned.points.items()},
        "answers": returned.answers,
        "verdicts": returned.verdicts,
        "code": found["code"],
        "words": facts.get("words", ""),
        "fingerprint": facts.get("fingerprint", ""),
    }
    scores = {_id(cell): determine_grade(cell)[0] for cell in nb.cells if is_grade(cell)}
    unanswered = frozenset(_id(cell) for cell in nb.cells if _is_unanswered(cell))
    return Graded(ids["assignment"], ids["notebook"], student, scores, unanswered, record)


def _id(cell):
    return cell.metadata.nbgrader.grade_id


def _is_unanswered(cell):
    """Tell, as nbgrader's SaveAutoGrades does, a cell that came back as it was."""
    ours = cell.metadata.get("nbgrader", {})
    return ours.get("solution", False) and ours.get("checksum") == compute_checksum(cell)


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
