"""What the student gets back: the tables and pictures of the marks, and no source of a test."""

import re

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_task

RUBRIC = re.compile(r"^.*BEGIN MARK SCHEME.*?END MARK SCHEME[^\n]*", re.DOTALL | re.MULTILINE)


class ShowMarks(NbGraderPreprocessor):
    """Shows of a points cell what was found, and hides how: after nbgrader's GetGrades."""

    def preprocess_cell(self, cell, resources, index):
        if is_grade(cell) and cell.cell_type == "code":
            cell.source = "# Marked by the grader of the course:"
            cell.outputs = [
                output for output in cell.outputs if output.output_type != "execute_result"
            ]
        elif is_task(cell):
            cell.source = RUBRIC.sub("", cell.source)
        return cell, resources
