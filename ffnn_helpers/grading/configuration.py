"""configure(): the settings under which plain nbgrader grades this course."""

SANITIZE = ["nbgrader.preprocessors.OverwriteCells"]  # so plain nbgrader, too, would give 0
AUTOGRADE = [
    "ffnn_helpers.grading.kernel.RunCode",
    "ffnn_helpers.grading.scoring.Score",
    "nbgrader.preprocessors.SaveAutoGrades",
    "ffnn_helpers.grading.scoring.Comment",  # after SaveAutoGrades, which clears comments
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
