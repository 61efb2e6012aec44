"""What was handed in, rebuilt from the released notebook before nbgrader sees it.

Only the text of the student's answers and of their own extra cells is taken over. So nothing
else that was done to the notebook, by accident or not, reaches the grader.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.utils import parse_utc

from ffnn_helpers.grading.fence import Fence
from ffnn_helpers.grading.identity import claimed_in

LARGEST_FILE = 10_000_000  # bytes
LARGEST_CELL = 100_000  # characters
MOST_CELLS = 500


def before_converting(assignment, student, notebooks):
    """Prepare one submission: `Autograde.pre_convert_hook`.

    nbgrader would skip a notebook that was renamed, stop at a time that is no time, and copy
    what a link points to, be it the gradebook. So links and such times are taken out, and
    `notebooks`, the list that nbgrader works through, is changed in place to the names that
    were released.
    """
    folder = Path(notebooks[0]).parent
    try:
        take_out(folder)
        notebooks[:] = [str(folder / name) for name in _released(folder)] or notebooks
    except Exception:
        notebooks.clear()  # nbgrader would go on; without notebooks it does not
        raise


def take_out(folder):
    """Take links and unreadable times out of a submission, and leave a file that says so."""
    found = {"links": _take_out_links(folder), "time": _take_out_time(folder)}
    _remember(folder, [what for what, is_found in found.items() if is_found])


TAKEN_OUT = "taken_out_by_the_grader.txt"
NOTES = {
    "links": "Links to other files were taken out of the submission.",
    "time": "The time of the submission could not be read; it counts as handed in without one.",
}


def _take_out_links(folder):
    """Take out what is neither a file nor a folder; tell whether there was anything."""
    if is_link := folder.is_symlink():
        folder.unlink()
        folder.mkdir()
    links = [
        path
        for path in folder.rglob("*")
        if path.is_symlink() or not (path.is_file() or path.is_dir())
    ]
    for link in links:
        link.unlink()
    return is_link or bool(links)


def _take_out_time(folder):
    """Take out a timestamp that nbgrader could not read; tell whether there was one."""
    path = folder / "timestamp.txt"
    if not path.exists():
        return False
    try:
        with path.open(encoding="utf-8") as file:
            parse_utc(file.read(100))
    except Exception:
        _remove(path)
        return True
    return False


def _remember(folder, found):
    """Leave a file that says what was taken out, for this grading and the next ones."""
    path = folder / TAKEN_OUT
    if found:
        found += _remembered(folder)
        _remove(path)
        path.write_text("\n".join(sorted(set(found))) + "\n", encoding="utf-8")


def _remembered(folder):
    """Return what was taken out of a submission: keys of `NOTES`."""
    try:
        with (folder / TAKEN_OUT).open("rb") as file:
            words = file.read(100).split()
    except OSError:
        return []
    return [what for what in NOTES if what.encode() in words]


def _remove(path):
    """Remove a file, or a folder of that name."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _released(folder):
    """Name the notebooks of an assignment, for a folder submitted/student/assignment."""
    release = folder.parents[2] / "release" / folder.name
    return sorted(path.name for path in release.glob("*.ipynb"))


class SubmissionExporter(NotebookExporter):
    """Reads a submission: `Autograde.exporter_class`.

    nbgrader reads twice: what was submitted, and what it made of it itself. It makes one exporter
    for a class, before it touches anything; so here it is told where code cannot be fenced in.
    """

    def __init__(self, *given, **settings):
        super().__init__(*given, **settings)
        Fence(parent=self).require(self.parent.coursedir.root)

    def from_filename(self, filename, resources=None, **kw):
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources, **kw)
        ids = resources["nbgrader"]
        released = locked(self.parent.coursedir, ids["assignment"], ids["notebook"])
        notebook = rebuild(released, collect(Path(filename)))
        return self.from_notebook_node(notebook, resources, **kw)


def locked(coursedir, assignment, notebook):
    """Read a released notebook, its locked cells with the text of the source.

    In the source a points cell gives 0. Whoever runs the released one would find more.
    """
    released, source = (
        nbformat.read(
            Path(coursedir.format_path(directory, ".", assignment)) / f"{notebook}.ipynb",
            as_version=4,
        )
        for directory in (coursedir.release_directory, coursedir.source_directory)
    )
    texts = {_grade_id(cell): cell["source"] for cell in source.cells}
    for cell in released.cells:
        if cell["metadata"].get("nbgrader", {}).get("locked", False):
            cell["source"] = texts.get(_grade_id(cell), cell["source"])
    return released


@dataclass(frozen=True)
class Submission:
    """What one student handed in: data only, which can be sent to where it is graded.

    Attributes
    ----------
    student : str
    name : str
        Of the notebook, as the student called it.
    content : bytes or None
        Of that notebook; None where there is none.
    notes : tuple of str
        What was found out about it already.
    doubtful : bool
        Whether a person should look.
    """

    student: str
    name: str
    content: bytes | None
    notes: tuple = ()
    doubtful: bool = False


def collect(path):
    """Collect what was handed in.

    Parameters
    ----------
    path : Path
        Where the notebook should be, in ``submitted/student/assignment``. If there is nothing,
        and one other notebook in its folder, that one is taken.

    Returns
    -------
    Submission
    """
    notes, doubtful, name, content = [], False, path.name, None
    try:
        found = _find(path)
        name = _shown(found)
        if found.name != path.name:
            notes.append(f"The notebook was called {name}; it should be {path.name}.")
        with found.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except Unreadable as error:
        notes.append(str(error))
        doubtful = True
    except OSError:
        notes.append(f"{name} could not be read: the system does not let the grader open it.")
        doubtful = True
    if taken_out := _remembered(path.parent):
        notes += [NOTES[what] for what in taken_out]
        doubtful = True
    return Submission(path.parent.parent.name, name, content, tuple(notes), doubtful)


def rebuild(released, submission):
    """Put a student's answers into a fresh copy of the released notebook.

    Parameters
    ----------
    released : NotebookNode
        It is changed.
    submission : Submission

    Returns
    -------
    NotebookNode
        Its metadata ``ffnn`` holds the id that the student typed, as ``claimed``; what they
        said in ``words``; ``notes`` for student and grader; whether a person should look, as
        ``doubtful``; and a ``fingerprint`` of what was handed in.
    """
    notes, doubtful, cells = list(submission.notes), submission.doubtful, []
    for place, cell in enumerate(released.cells):
        cell.setdefault("id", f"cell-{place}")  # formats before 4.5 have none
    if submission.content is not None:
        try:
            cells = _read_cells(submission)
        except Unreadable as error:
            notes.append(str(error))
            doubtful = True
    given = {cell["source"] for cell in released.cells}
    released.cells = _with_answers(released.cells, cells, notes)
    released.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    texts = {_grade_id(cell): cell["source"] for cell in released.cells}
    released.metadata["ffnn"] = {
        "claimed": plain(claimed_in(texts.get("student", ""))),
        "notes": notes,
        "doubtful": doubtful,
        "words": _words(released.cells, given),
        "fingerprint": fingerprint(submission),
    }
    return released


def fingerprint(submission):
    """Return a short text that is another one for every other content."""
    return hashlib.sha256(submission.content or b"").hexdigest()[:32]


class Unreadable(Exception):
    """A submission from which no cells can be had; the message is for the student."""


def _find(path):
    if path.is_file() and not path.is_symlink():
        return path
    others = sorted(
        other
        for other in path.parent.glob("*.ipynb")
        if other.is_file() and other.name not in _released(path.parent)
    )
    if len(others) == 1:
        return others[0]
    if not others:
        raise Unreadable(f"There is no notebook {path.name} in the submission.")
    names = ", ".join(_shown(other) for other in others[:5])
    raise Unreadable(
        f"There is no notebook {path.name} in the submission, and it is not clear which of"
        f" {names} is meant."
    )


def _shown(path):
    """Write the name of a file that somebody else named."""
    return plain(path.name)[:80]


def plain(text, keep=""):
    """Leave out what is no character, or would steer a terminal or a database."""
    controls = {*range(32), *range(127, 160)} - set(map(ord, "\t\n\r" + keep))
    return text.encode("utf-8", "replace").decode("utf-8").translate(dict.fromkeys(controls))


def _read_cells(submission):
    """Read type, source, grade id and id of each cell; nothing else of a submission is used."""
    name = submission.name
    if len(submission.content) > LARGEST_FILE:
        raise Unreadable(f"{name} could not be read: it is larger than 10 MB.")
    try:
        content = json.loads(submission.content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
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
    return {
        "cell_type": cell.get("cell_type"),
        "source": plain(source[:LARGEST_CELL]),
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
    for number, taken in enumerate(submitted):
        cell = place.get(taken["grade_id"]) or place.get(taken["id"])
        if cell is not None:
            before = cell["id"]
            if is_students(cell):
                answers.setdefault(before, []).append(taken["source"])
        elif taken["cell_type"] in ("code", "markdown", "raw") and taken["source"].strip():
            extra.setdefault(before, []).append(_own_cell(taken, f"own-{number}"))
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
    """Join what a student wrote in cells that nbgrader knows nothing of.

    Who wrote no text in a cell for texts may have put it into one for code.
    """
    own = [c for c in cells if "nbgrader" not in c["metadata"] and c["source"] not in given]
    texts = [cell["source"] for cell in own if cell["cell_type"] == "markdown"]
    return "\n\n".join(texts or [cell["source"] for cell in own])


def is_students(cell):
    """Tell a cell that the student fills in: a solution, or one that nbgrader knows nothing of."""
    ours = cell["metadata"].get("nbgrader")
    return ours is None or ours.get("solution", False)


def _own_cell(taken, name):
    if taken["cell_type"] == "code":
        return nbformat.v4.new_code_cell(taken["source"], id=name)
    return nbformat.v4.new_markdown_cell(without_markup(taken["source"]), id=name)


def without_markup(text):
    """Disarm HTML, links and images in Markdown, which would be alive on the grader's page."""
    return text.replace("<", "&lt;").replace("](", "] (").replace("]:", "] :")
