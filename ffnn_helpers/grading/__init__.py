"""The instructor's side: nbgrader, with marks that are computed outside the student's kernel."""

from ffnn_helpers.grading.configuration import configure

__all__ = ["configure"]
