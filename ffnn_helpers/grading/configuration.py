"""configure(): the settings under which plain nbgrader grades this course."""

from pathlib import Path

from nbgrader.apps import NbGraderApp
from sqlalchemy.engine import make_url

SANITIZE = ["nbgrader.preprocessors.OverwriteCells"]  # so plain nbgrader, too, would give 0
AUTOGRADE = [
    "ffnn_helpers.grading.kernel.RunCode",
    "ffnn_helpers.grading.scoring.Score",
    "ffnn_helpers.grading.gradebook.Enter",
    "nbgrader.preprocessors.AssignLatePenalties",
]
FEEDBACK = [
    "nbgrader.preprocessors.GetGrades",
    "ffnn_helpers.grading.feedback.ShowMarks",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]


def configure(c, reveal_answers=False):
    """Set up nbgrader for this course; called in ``nbgrader_config.py``.

    Parameters
    ----------
    c : Config
        What ``get_config()`` returned.
    reveal_answers : bool
        Whether the feedback shows the right number beside a wrong one.
    """
    c.ClearSolutions.code_stub = {"python": ""}
    c.Autograde.exporter_class = "ffnn_helpers.grading.intake.SubmissionExporter"
    c.Autograde.pre_convert_hook = "ffnn_helpers.grading.intake.before_converting"
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    c.Score.reveal_answers = reveal_answers
    c.GenerateFeedback.preprocessors = FEEDBACK
    c.ExportApp.plugin_class = "ffnn_helpers.grading.export.QuestionExport"


def in_force():
    """Return nbgrader's application with the configuration that is in force in this folder."""
    app = NbGraderApp()
    app.load_cwd_config = True
    app.initialize([])
    return app


def gradebook_file(coursedir):
    """Return the file of the gradebook, which need not be there; None for another database."""
    url = make_url(coursedir.db_url)
    is_file = url.get_backend_name() == "sqlite"
    return Path(coursedir.root, url.database or "") if is_file else None


def has_gradebook(coursedir):
    """Tell whether there is a gradebook; to open one that is not there would make it."""
    file = gradebook_file(coursedir)
    return file is None or file.is_file()


def unusual_folders(coursedir):
    """Say which folders are set to other names than nbgrader's own."""
    for usual in ("source", "release", "submitted", "autograded"):
        if getattr(coursedir, f"{usual}_directory") != usual:
            yield (
                f"CourseDirectory.{usual}_directory must be {usual!r}: a hook of nbgrader cannot"
                " know it."
            )
