"""What the student gets back: the tables and pictures of the marks, and no source of a test."""

import re

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_task
from traitlets import List

from ffnn_helpers.homework import HOMEWORK

RUBRIC = re.compile(r"[^\n]*BEGIN MARK SCHEME.*?END MARK SCHEME[^\n]*", re.DOTALL)


# The page of nbgrader leaves no space between the columns of a table in a text.
STYLE = "<style>.rendered_html td { padding-right: 1em; vertical-align: top; }</style>\n\n"


class ShowMarks(NbGraderPreprocessor):
    """Shows of a points cell what was found, and hides how: after nbgrader's GetGrades."""

    display_data_priority = List(
        config=True
    )  # nbgrader sets it for all, and warns if it is missing

    def preprocess(self, nb, resources):
        if resources["nbgrader"]["notebook"] not in HOMEWORK:
            return nb, resources
        nb, resources = super().preprocess(nb, resources)
        nb.cells[0].source = STYLE + nb.cells[0].source
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        if is_grade(cell) and cell.cell_type == "code":
            cell.source = "# Marked by the grader of the course:"
            cell.outputs = [
                output for output in cell.outputs if output.output_type != "execute_result"
            ]
        elif is_task(cell):
            cell.source = RUBRIC.sub("", cell.source)
            if _waits(cell, resources["nbgrader"]):
                cell.source += "\n\n**Not marked yet.** Its points are missing in the score above."
        return cell, resources


def _waits(cell, ids):
    """Tell whether a person has still to mark an answer."""
    where = ids["notebook"], ids["assignment"], ids["student"]
    with Gradebook(ids["db_url"]) as gradebook:
        return gradebook.find_grade(cell.metadata.nbgrader.grade_id, *where).needs_manual_grade
