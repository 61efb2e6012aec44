"""``python -m ffnn_helpers.grading grade``: many workers grade, and one writer enters.

What is entered of a student is entered whole. So whatever ends a grading, the next one goes on
where it ended.
"""

import errno
import logging
import os
import shutil
import statistics
import sys
import warnings
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, OverwriteCells
from nbgrader.utils import find_all_files, rmtree
from sqlalchemy.exc import OperationalError, SAWarning
from tqdm import tqdm

from ffnn_helpers.grading import records, report
from ffnn_helpers.grading.configuration import has_gradebook, in_force, unusual_folders
from ffnn_helpers.grading.fence import Fence
from ffnn_helpers.grading.gradebook import enter, one_transaction, penalise
from ffnn_helpers.grading.identity import aliases
from ffnn_helpers.grading.intake import collect, fingerprint, locked, take_out
from ffnn_helpers.grading.pool import Interrupted, Pool, Stop, outcomes
from ffnn_helpers.grading.scoring import SUBMITTED, roster
from ffnn_helpers.grading.worker import SETTINGS, Scheme
from ffnn_helpers.homework import HOMEWORK

AUTOGRADED = Path("autograded")
UNFINISHED = AUTOGRADED / ".unfinished"  # nbgrader does not look into it
LOCK = UNFINISHED / "lock"
TRIES = 12  # at a locked gradebook; SQLite itself waits 5 s each time
GOES_ON = "What is graded is kept; the same command goes on from here."


def main(assignment, workers=None, scheduler=None, students="*", force=False):
    """Grade an assignment, and print what happened.

    Parameters
    ----------
    assignment : str
    workers : int, optional
        Processes on this machine; as many as there are processors, if nothing is said.
    scheduler : str, optional
        The address of a Dask scheduler, whose workers grade instead.
    students : str
        Which ones: an id, or a pattern like ``a*``.
    force : bool
        Whether to grade again who is graded already.

    Returns
    -------
    int
        The exit status: 0 if everybody who handed in is graded.
    """
    app = in_force()
    app.log.setLevel(logging.WARNING)  # the report tells the rest
    logging.getLogger("tornado.application").disabled = True  # nbgrader's tracebacks; we say it
    warnings.filterwarnings("ignore", category=SAWarning)  # of nbgrader's way to add a submission
    os.chdir(app.coursedir.root)
    pool = Pool(workers or _processors(), scheduler)
    try:
        with Course(app, assignment) as course:
            if not scheduler:
                Fence(parent=app).require(app.coursedir.root)
            waiting = course.waiting(students, force)
            how_long, failed = _grade(course, waiting, pool)
        status = report.main(assignment)
    except NbGraderException:
        return 1  # the fence has said why
    except Stop as stop:
        goes_on = isinstance(stop, Interrupted) and not force
        print(f"{stop} {GOES_ON}" if goes_on else stop, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"The gradebook cannot be used: {error.orig}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped." if force else f"Stopped. {GOES_ON}", file=sys.stderr)
        return 1
    if how_long:
        print(
            f"\n{len(how_long)} graded now. One took {statistics.median(how_long):.1f} s, and the"
            f" longest {max(how_long):.1f} s."
        )
    return 1 if failed else status


def _processors():
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _grade(course, students, pool):
    """Grade and enter; return the seconds that each one took, and who could not be graded."""
    how_long, failed = [], []
    bar = tqdm(total=len(students), unit="paper", disable=None)
    with bar, closing(outcomes(course.collect, course.scheme, students, pool)) as found:
        for student, outcome in found:
            why = outcome if isinstance(outcome, str) else course.enter(student, *outcome[1:])
            if why:
                failed.append(student)
                bar.write(f"{student}: {why}", file=sys.stderr)
            else:
                how_long.append(outcome[0])
            bar.update()
    return how_long, failed


class Course:
    """A course's folder and gradebook, to which no second command like this one writes meanwhile."""

    def __init__(self, app, assignment):
        self.app, self.coursedir, self.assignment = app, app.coursedir, assignment
        self.converter = Autograde(coursedir=self.coursedir, parent=app)
        aside = CourseDirectory(parent=app, autograded_directory=str(UNFINISHED))
        self.converter_aside = Autograde(coursedir=aside, parent=app)
        self.late = AssignLatePenalties(parent=app)
        self.late.init_plugin()

    def __enter__(self):
        for sentence in unusual_folders(self.coursedir):
            raise Stop(sentence)
        if not has_gradebook(self.coursedir):
            raise Stop("There is no gradebook here: run `nbgrader generate_assignment` first.")
        UNFINISHED.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(_alone())
            for left in UNFINISHED.iterdir():
                if left.is_dir():
                    rmtree(left)
            book = Gradebook(self.coursedir.db_url, self.coursedir.course_id)
            self.gradebook = stack.enter_context(book)
            self.scheme = self._scheme()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._open.close()

    def _scheme(self):
        """Prepare what is the same for all submissions."""
        try:
            notebooks = self.gradebook.find_assignment(self.assignment).notebooks
        except MissingEntry:
            raise Stop(f"The gradebook has no assignment {self.assignment!r}.") from None
        names = [notebook.name for notebook in notebooks]
        if len(names) != 1 or names[0] not in HOMEWORK:
            raise Stop(
                f"{self.assignment} is no homework of this course, but {', '.join(names)}:"
                f" grade it with `nbgrader autograde {self.assignment}`."
            )
        ids = {"assignment": self.assignment, "notebook": names[0], "student": ""}
        resources = {"nbgrader": ids | {"db_url": self.coursedir.db_url}}
        released = locked(self.coursedir, self.assignment, names[0])
        released, _ = OverwriteCells(parent=self.app).preprocess(released, resources)
        return Scheme(
            self.assignment,
            names[0],
            nbformat.writes(released),
            roster(self.gradebook, self.assignment),
            aliases()[0],
            {name: self.app.config[name] for name in SETTINGS if name in self.app.config},
        )

    def waiting(self, students, force):
        """Name who handed in and is not graded yet, or all where that is forced."""
        excluded = self.coursedir.student_id_exclude.split(",")
        folders = sorted(SUBMITTED.glob(f"{students}/{self.assignment}"))
        found = [folder.parent.name for folder in folders if any(folder.glob("*.ipynb"))]
        found = [student for student in found if student not in excluded]
        if not found:
            raise Stop(f"There is no notebook in submitted/{students}/{self.assignment}/.")
        if force:
            return found
        return [student for student in found if not self._is_entered(student)]

    def _is_entered(self, student):
        """Tell whether what a student handed in is what was graded last."""
        record = records.load_one(self.gradebook, self.assignment, student)
        submitted, place = (
            folder / student / self.assignment for folder in (SUBMITTED, AUTOGRADED)
        )
        try:
            return (
                record is not None
                and (place / f"{self.scheme.notebook}.ipynb").exists()
                and record.get("fingerprint") == fingerprint(self._collected(submitted))
                and _time_of(submitted) == _time_of(place)
            )
        except OSError:
            return False  # whoever grades it will say why

    def collect(self, student):
        """Read what a student handed in; links in it are taken out."""
        folder = SUBMITTED / student / self.assignment
        take_out(folder)
        return self._collected(folder)

    def _collected(self, folder):
        return collect(folder / f"{self.scheme.notebook}.ipynb")

    def enter(self, student, text, graded):
        """Enter a graded submission: all is laid out aside, and moved when the gradebook has it.

        Returns
        -------
        str or None
            Why it could not be entered.

        Raises
        ------
        Interrupted
            If the disk is full, or the gradebook stays locked.
        OperationalError
            If the gradebook cannot be written.
        """
        try:
            aside = self._lay_out(student, text)
            for _ in range(TRIES):
                try:
                    self._enter(student, graded, aside)
                    return None
                except OperationalError as error:
                    if "locked" not in str(error.orig):
                        raise
        except OperationalError as error:
            if "full" in str(error.orig):
                raise Interrupted("The disk is full.") from error
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Interrupted("The disk is full.") from error
            return f"NOT GRADED. It could not be entered: {error}."
        except Exception as error:
            return f"NOT GRADED. It could not be entered: {type(error).__name__}: {error}."
        raise Interrupted("Another program holds the gradebook locked.")

    def _enter(self, student, graded, aside):
        place, old = AUTOGRADED / student / self.assignment, aside.parent / "old"
        place.parent.mkdir(exist_ok=True)
        try:
            with one_transaction(self.gradebook):
                self._enter_marks(student, graded)
                # Where there is no folder, nobody takes a submission for graded: so the old one
                # is away before the gradebook changes.
                if place.exists():
                    place.rename(old)
        except Exception as error:
            if old.exists():
                old.rename(place)
            # nbgrader's functions wrap what the database says.
            if isinstance(error, InvalidEntry) and isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise
        aside.rename(place)
        _keep(place.parent)
        rmtree(aside.parent)

    def _enter_marks(self, student, graded):
        if not self.converter.create_student:
            self.gradebook.find_student(student)
        self.gradebook.update_or_create_student(student)
        when = self.coursedir.get_existing_timestamp(str(SUBMITTED / student / self.assignment))
        given = {"timestamp": when} if when else {}
        self.gradebook.update_or_create_submission(self.assignment, student, **given)
        enter(self.gradebook, graded)
        penalise(self.gradebook, graded, self.late.plugin_inst)

    def _lay_out(self, student, text):
        """Lay out what nbgrader would put into ``autograded/``, beside its place."""
        aside = UNFINISHED / student / self.assignment
        if aside.parent.exists():
            rmtree(aside.parent)
        aside.mkdir(parents=True)
        source = Path("source", self.assignment)
        excluded = self.converter.exclude_overwriting.get(self.assignment, [])
        for folder in (SUBMITTED / student / self.assignment, source):
            for path in map(Path, find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"])):
                name = path.relative_to(folder)
                if folder != source or str(name) not in excluded:
                    (aside / name).parent.mkdir(parents=True, exist_ok=True)
                    (aside / name).unlink(missing_ok=True)  # it may be read-only
                    shutil.copy(path, aside / name)
        notebook = aside / f"{self.scheme.notebook}.ipynb"
        notebook.write_text(text, encoding="utf-8")
        self.converter_aside.set_permissions(self.assignment, student)
        _keep(notebook)
        _keep(aside)
        return aside


def _time_of(folder):
    """Read when a submission was handed in, as it stands there."""
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(100)


def _keep(path):
    """Wait until a file or folder is on the disk, so that no loss of power takes it back."""
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


@contextmanager
def _alone():
    """Hold the lock of a course, so that a second grading does not begin; Windows cannot."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with LOCK.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = "This course is being graded by another command; wait for its end."
            raise Stop(held) from None
        yield
