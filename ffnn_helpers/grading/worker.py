"""One submission, graded: a function of data alone, so any worker can do it, on any machine."""

from dataclasses import dataclass

import nbformat
from traitlets.config import Config

from ffnn_helpers.grading.intake import rebuild
from ffnn_helpers.grading.kernel import RunCode
from ffnn_helpers.grading.scoring import Score, score

# The classes whose settings decide about a mark.
SETTINGS = ["Fence", "RunCode", "Execute", "ExecutePreprocessor", "NotebookClient", "Score"]


@dataclass(frozen=True)
class Scheme:
    """What is the same for all submissions of an assignment.

    Attributes
    ----------
    assignment, notebook : str
    released : str
        The notebook that was handed out, with locked cells as nbgrader wants them.
    roster : list of str
    settled : dict
        Of `identity.aliases`.
    settings : dict
        Of the classes in `SETTINGS`.
    """

    assignment: str
    notebook: str
    released: str
    roster: list
    settled: dict
    settings: dict


def grade(submission, scheme):
    """Grade one submission: the same data get the same marks, if no time limit is met.

    Parameters
    ----------
    submission : Submission
    scheme : Scheme

    Returns
    -------
    text : str
        The autograded notebook.
    graded : Graded

    Raises
    ------
    NbGraderException
        If the code of students cannot be fenced in here.
    """
    notebook = rebuild(nbformat.reads(scheme.released, as_version=4), submission)
    ids = {
        "assignment": scheme.assignment,
        "notebook": scheme.notebook,
        "student": submission.student,
    }
    resources = {"nbgrader": ids, "metadata": {}}
    config = Config(scheme.settings)
    RunCode(config=config).preprocess(notebook, resources)
    reveal_answers = Score(config=config).reveal_answers
    found = resources["ffnn"]
    graded = score(notebook, ids, found, scheme.roster, scheme.settled, reveal_answers)
    return nbformat.writes(notebook) + "\n", graded
