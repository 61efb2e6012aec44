"""The gradebook: what a grading says of one student is entered in one transaction."""

from contextlib import contextmanager

from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades

from ffnn_helpers.grading import records
from ffnn_helpers.grading.intake import without_markup


@contextmanager
def one_transaction(gradebook):
    """Make one transaction of all that is done within: it is entered whole, or not at all.

    The functions of nbgrader commit after every step. Here these commits end no transaction;
    the end of the block does.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    """
    gradebook.db.remove()
    try:
        with gradebook.engine.begin() as connection:
            gradebook.db.configure(bind=connection, join_transaction_mode="rollback_only")
            yield
            gradebook.db.commit()
    finally:
        gradebook.db.remove()
        gradebook.db.configure(bind=gradebook.engine)


class Enter(SaveAutoGrades):
    """Enters what `Score` found, in place of nbgrader's SaveAutoGrades.

    A notebook that is no homework of this course is entered as nbgrader enters it.
    """

    def preprocess(self, nb, resources):
        graded = resources["ffnn"].get("graded")
        if graded is None:
            return super().preprocess(nb, resources)
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook, one_transaction(gradebook):
            record = enter(gradebook, graded)
        for said in [*record["notes"], *record["changes"]]:
            self.log.warning("%s: %s", graded.student, said)
        return nb, resources


def enter(gradebook, graded):
    """Enter marks, comments, flag and record, and keep what was done by hand.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    graded : Graded

    Returns
    -------
    dict
        The record, with the ``changes`` since the last grading.
    """
    before = records.load_one(gradebook, graded.assignment, graded.student)
    record = graded.record | {"changes": []}
    if before:
        record["changes"] = records.changes(before, record)
    notebook = gradebook.find_submission_notebook(
        graded.notebook, graded.assignment, graded.student
    )
    by_a_person = notebook.flagged and not (before and before["doubtful"])
    notebook.flagged = record["doubtful"] or by_a_person
    for saved in notebook.grades:
        saved.auto_score = graded.scores.get(saved.name)
        _keep_work_by_hand(saved, before, record)
    notes = without_markup("\n\n".join(record["notes"])) or None
    for comment in notebook.comments:
        nothing = "No response." if comment.name in graded.unanswered else None
        comment.auto_comment = notes if comment.name == "student" else nothing
    records.save(gradebook, record, graded.assignment, graded.student)
    return record


def _keep_work_by_hand(saved, before, record):
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
        saved.needs_manual_grade = saved.needs_manual_grade or answer != earlier


def penalise(gradebook, graded, plugin):
    """Enter the penalty for a late submission as nbgrader's AssignLatePenalties does.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    graded : Graded
        It has been entered.
    plugin : nbgrader.plugins.LateSubmissionPlugin
    """
    gradebook.db.flush()
    gradebook.db.expire_all()  # the score is what the marks add up to now
    late = gradebook.find_submission(graded.assignment, graded.student).total_seconds_late
    notebook = gradebook.find_submission_notebook(
        graded.notebook, graded.assignment, graded.student
    )
    lost = None
    if late > 0:
        lost = plugin.late_submission_penalty(graded.student, notebook.score, late)
    notebook.late_submission_penalty = lost and min(max(lost, 0), notebook.score)
