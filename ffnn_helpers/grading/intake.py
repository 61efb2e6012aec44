"""What was handed in, rebuilt from the released notebook before nbgrader sees it.

Only the text of the student's answers and of their own extra cells is taken over. So nothing
else that was done to the notebook, by accident or not, reaches the grader.
"""

import json
import re
from pathlib import Path
from uuid import uuid4

import nbformat
from nbconvert.exporters import NotebookExporter

LARGEST_FILE = 10_000_000  # bytes
LARGEST_CELL = 100_000  # characters
MOST_CELLS = 500
CLAIMED = re.compile(r"""^\s*student\s*=\s*(["'])(.*?)\1""", re.MULTILINE)


def before_converting(assignment, student, notebooks):
    """Prepare one submission: `Autograde.pre_convert_hook`.

    nbgrader would skip a notebook that was renamed, and copy what a link points to, be it the
    gradebook. So links are taken out, and `notebooks`, the list that nbgrader works through, is
    changed in place to the names that were released.
    """
    folder = Path(notebooks[0]).parent
    links = [
        path
        for path in folder.rglob("*")
        if path.is_symlink() or not (path.is_file() or path.is_dir())
    ]
    for link in links:
        link.unlink()
    if links:
        names = ", ".join(sorted(link.name for link in links))
        (folder / LINKS_REMOVED).write_text(names[:1000] + "\n", encoding="utf-8")
    notebooks[:] = [str(folder / name) for name in _released(folder)] or notebooks


LINKS_REMOVED = "links_removed_by_the_grader.txt"


def _released(folder):
    """Name the notebooks of an assignment, for a folder submitted/student/assignment."""
    release = folder.parents[2] / "release" / folder.name
    return sorted(path.name for path in release.glob("*.ipynb"))


class SubmissionExporter(NotebookExporter):
    """Reads a submission: `Autograde.exporter_class`.

    nbgrader reads twice: what was submitted, and what it made of it itself.
    """

    def from_filename(self, filename, resources=None, **kw):
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources, **kw)
        coursedir, ids = self.parent.coursedir, resources["nbgrader"]
        released, source = (
            nbformat.read(
                Path(coursedir.format_path(directory, ".", ids["assignment"]))
                / f"{ids['notebook']}.ipynb",
                as_version=4,
            )
            for directory in (coursedir.release_directory, coursedir.source_directory)
        )
        notebook = rebuild(released, Path(filename))
        _lock(notebook.cells, source.cells)
        return self.from_notebook_node(notebook, resources, **kw)


def _lock(cells, source):
    """Give locked cells the text they have in the source: there, a points cell gives 0."""
    texts = {_grade_id(cell): cell["source"] for cell in source}
    for cell in cells:
        if cell["metadata"].get("nbgrader", {}).get("locked", False):
            cell["source"] = texts.get(_grade_id(cell), cell["source"])


def rebuild(released, path):
    """Put a student's answers into a fresh copy of the released notebook.

    Parameters
    ----------
    released : NotebookNode
        It is changed.
    path : Path
        Where the submission should be. If there is nothing, and one other notebook in its
        folder, that one is taken.

    Returns
    -------
    NotebookNode
        Its metadata ``ffnn`` holds the id that the student typed, as ``claimed``; what they
        said in ``words``; ``notes`` for student and grader; and whether a person should look,
        as ``doubtful``.
    """
    notes, doubtful = [], False
    try:
        found = _find(path)
        if found.name != path.name:
            notes.append(f"The notebook was called {found.name}; it should be {path.name}.")
        submitted = _read_cells(found)
    except Unreadable as error:
        submitted, doubtful = [], True
        notes.append(str(error))
    if (path.parent / LINKS_REMOVED).exists():
        notes.append("Links to other files were taken out of the submission.")
        doubtful = True
    given = {cell["source"] for cell in released.cells}
    released.cells = _with_answers(released.cells, submitted, notes)
    released.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    claimed = ""
    for cell in released.cells:
        if _grade_id(cell) == "student" and (match := CLAIMED.search(cell.source)):
            claimed = match[2].strip()
    words = _words(released.cells, given)
    released.metadata["ffnn"] = {
        "claimed": claimed,
        "notes": notes,
        "doubtful": doubtful,
        "words": words,
    }
    return released


class Unreadable(Exception):
    """A submission from which no cells can be had; the message is for the student."""


def _find(path):
    if path.is_file() and not path.is_symlink():
        return path
    others = sorted(other for other in path.parent.glob("*.ipynb") if other.is_file())
    if len(others) == 1:
        return others[0]
    if not others:
        raise Unreadable(f"There is no notebook {path.name} in the submission.")
    names = ", ".join(other.name for other in others)
    raise Unreadable(
        f"There is no notebook {path.name} in the submission, and it is not clear which of"
        f" {names} is meant."
    )


def _read_cells(path):
    """Read type, source, grade id and id of each cell; nothing else of a submission is used."""
    name = path.name
    if path.stat().st_size > LARGEST_FILE:
        raise Unreadable(f"{name} could not be read: it is larger than 10 MB.")
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError, OSError):
        raise Unreadable(f"{name} could not be read: it is not a whole notebook.") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(f"{name} could not be read: it has no cells, or a format of before 2015.")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"{name} could not be read: it has more than {MOST_CELLS} cells.")
    return [_taken_over(cell) for cell in cells if isinstance(cell, dict)]


def _taken_over(cell):
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    source = source if isinstance(source, str) else ""
    # A half of a character pair is no character: it could not be written to a file.
    source = source[:LARGEST_CELL].encode("utf-8", "replace").decode("utf-8")
    return {
        "cell_type": cell.get("cell_type"),
        "source": source,
        "grade_id": _grade_id(cell),
        "id": cell.get("id") if isinstance(cell.get("id"), str) else None,
    }


def _grade_id(cell):
    metadata = cell.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = ours.get("grade_id") if isinstance(ours, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _with_answers(cells, submitted, notes):
    """Fill in the answers, and put each extra cell of the student behind the cell it followed."""
    place = {}
    for cell in cells:
        place[cell.get("id")] = place[_grade_id(cell) or cell.get("id")] = cell
    answers, extra, before = {}, {}, None
    for taken in submitted:
        cell = place.get(taken["grade_id"]) or place.get(taken["id"])
        if cell is not None:
            before = cell["id"]
            if is_students(cell):
                answers.setdefault(before, []).append(taken["source"])
        elif taken["cell_type"] in ("code", "markdown") and taken["source"].strip():
            extra.setdefault(before, []).append(_own_cell(taken))
    filled = extra.pop(None, [])
    for cell in cells:
        parts = answers.get(cell["id"], [])
        if is_students(cell) and submitted and not parts:
            notes.append(f"The cell {_grade_id(cell) or cell['id']} was missing.")
        if len(parts) > 1:
            notes.append(f"The cell {_grade_id(cell) or cell['id']} came in {len(parts)} parts.")
        if parts:
            text = "\n".join(parts)
            cell["source"] = text if cell["cell_type"] == "code" else without_markup(text)
        filled += [cell, *extra.get(cell["id"], [])]
    return filled


def _words(cells, given):
    """Join what a student wrote in cells that nbgrader knows nothing of."""
    return "\n\n".join(
        cell["source"]
        for cell in cells
        if "nbgrader" not in cell["metadata"]
        and cell["cell_type"] == "markdown"
        and cell["source"] not in given
    )


def is_students(cell):
    """Tell a cell that the student fills in: a solution, or one that nbgrader knows nothing of."""
    ours = cell["metadata"].get("nbgrader")
    return ours is None or ours.get("solution", False)


def _own_cell(taken):
    if taken["cell_type"] == "code":
        return nbformat.v4.new_code_cell(taken["source"], id=_new_id())
    return nbformat.v4.new_markdown_cell(without_markup(taken["source"]), id=_new_id())


def _new_id():
    return f"own-{uuid4().hex[:8]}"


def without_markup(text):
    """Disarm HTML, links and images in Markdown, which would be alive on the grader's page."""
    return text.replace("<", "&lt;").replace("](", "] (").replace("]:", "] :")
