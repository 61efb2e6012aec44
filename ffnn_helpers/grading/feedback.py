"""What the student gets back: the tables and pictures of the marks, and no source of a test."""

import re

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_task

RUBRIC = re.compile(r"[^\n]*BEGIN MARK SCHEME.*?END MARK SCHEME[^\n]*", re.DOTALL)


# The page of nbgrader leaves no space between the columns of a table in a text.
STYLE = "<style>.rendered_html td { padding-right: 1em; vertical-align: top; }</style>\n\n"


class ShowMarks(NbGraderPreprocessor):
    """Shows of a points cell what was found, and hides how: after nbgrader's GetGrades."""

    def preprocess(self, nb, resources):
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
        return cell, resources
