"""``python -m ffnn_helpers.grading grade``: many workers grade, and one writer enters.

What is entered of a student is entered whole. So whatever ends a grading, the next one goes on
where it ended.
"""

import errno
import logging
import multiprocessing
import os
import shutil
import statistics
import sys
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, OverwriteCells
from nbgrader.utils import find_all_files
from sqlalchemy.exc import OperationalError
from tqdm import tqdm

from ffnn_helpers.grading import records, report
from ffnn_helpers.grading.configuration import has_gradebook, in_force
from ffnn_helpers.grading.fence import Fence
from ffnn_helpers.grading.gradebook import enter, one_transaction, penalise
from ffnn_helpers.grading.identity import aliases
from ffnn_helpers.grading.intake import collect, fingerprint, locked, take_out
from ffnn_helpers.grading.scoring import SUBMITTED, roster
from ffnn_helpers.grading.worker import SETTINGS, Scheme, grade
from ffnn_helpers.homework import HOMEWORK

AUTOGRADED = Path("autograded")
UNFINISHED = AUTOGRADED / ".unfinished"  # nbgrader does not look into it
AHEAD = 2  # submissions for each worker that are read before it is free
TRIES = 12  # at a locked gradebook; SQLite itself waits 5 s each time
AGAIN = "What is graded is kept; the same command goes on from here."
DIED = "NOT GRADED. The process that graded it died twice, the second time with nothing else to do."


class Stop(Exception):
    """Ends a grading early; the message is for the instructor."""


def main(assignment, workers=None, scheduler=None, students="*", force=False):
    """Grade an assignment, and print what happened.

    Parameters
    ----------
    assignment : str
    workers : int, optional
        Processes on this machine; as many as it has processors, if nothing is said.
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
    os.chdir(app.coursedir.root)
    started, seconds = time.monotonic(), []
    pool = Pool(workers or os.cpu_count() or 1, scheduler)
    try:
        with Course(app, assignment) as course:
            if not scheduler:
                _require_fence(app)
            seconds += _grade(course, course.waiting(students, force), pool)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"The gradebook cannot be used: {error.orig}. {AGAIN}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Stopped. {AGAIN}", file=sys.stderr)
        return 1
    status = report.main(assignment)
    if seconds:
        print(
            f"\n{len(seconds)} graded in {time.monotonic() - started:.0f} s. One took"
            f" {statistics.median(seconds):.1f} s, and the longest {max(seconds):.1f} s."
        )
    return status


def _grade(course, students, pool):
    """Grade and enter; yield the seconds that each one took."""
    with tqdm(total=len(students), unit="paper", disable=None) as bar:
        for student, outcome in outcomes(course, students, pool):
            bar.update()
            why = course.enter(student, *outcome) if isinstance(outcome, tuple) else outcome
            if why:
                bar.write(f"{student}: {why}", file=sys.stderr)
            else:
                yield outcome[0]


def _require_fence(app):
    try:
        Fence(parent=app).require(app.coursedir.root)
    except NbGraderException as refused:
        raise Stop(str(refused)) from None


class Course:
    """A course's folder and gradebook, in which nobody else is grading meanwhile."""

    def __init__(self, app, assignment):
        self.app, self.coursedir, self.assignment = app, app.coursedir, assignment
        self.converter = Autograde(coursedir=self.coursedir, parent=app)
        aside = CourseDirectory(parent=app, autograded_directory=str(UNFINISHED))
        self.aside = Autograde(coursedir=aside, parent=app)
        self.late = AssignLatePenalties(parent=app)
        self.late.init_plugin()

    def __enter__(self):
        if not has_gradebook(self.coursedir):
            raise Stop("There is no gradebook here: run `nbgrader generate_assignment` first.")
        UNFINISHED.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(_alone(UNFINISHED))
            for left in UNFINISHED.iterdir():
                shutil.rmtree(left)
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
        graded = {} if force else records.load(self.gradebook, self.assignment)
        excluded = self.coursedir.student_id_exclude.split(",")
        folders = sorted(SUBMITTED.glob(f"{students}/{self.assignment}"))
        found = [f.parent.name for f in folders if any(f.glob("*.ipynb"))]
        return [
            student
            for student in found
            if student not in excluded
            if student not in graded or not self._is_entered(student, graded[student])
        ]

    def _is_entered(self, student, record):
        submitted, place = (
            folder / student / self.assignment for folder in (SUBMITTED, AUTOGRADED)
        )
        times = [path / "timestamp.txt" for path in (submitted, place)]
        written = [path.read_bytes() if path.is_file() else b"" for path in times]
        return (
            (place / f"{self.scheme.notebook}.ipynb").exists()
            and record.get("fingerprint") == fingerprint(self._collected(submitted))
            and written[0] == written[1]
        )

    def collect(self, student):
        """Read what a student handed in; links in it are taken out."""
        folder = SUBMITTED / student / self.assignment
        take_out(folder)
        return self._collected(folder)

    def _collected(self, folder):
        return collect(folder / f"{self.scheme.notebook}.ipynb")

    def enter(self, student, _, text, graded):
        """Enter a graded submission: the folder is laid out aside, and moved when all else is done.

        Returns
        -------
        str or None
            Why it could not be entered.

        Raises
        ------
        Stop
            If the disk is full, or the gradebook stays locked.
        OperationalError
            If the gradebook cannot be written.
        """
        for _ in range(TRIES):
            try:
                aside = self._lay_out(student, text)
                with one_transaction(self.gradebook):
                    self._enter(student, graded)
                self._put_in_place(student, aside)
                return None
            except (OperationalError, InvalidEntry) as error:
                # nbgrader's functions wrap what the database says.
                cause = error.__context__ if isinstance(error, InvalidEntry) else error
                if not isinstance(cause, OperationalError):
                    return f"NOT GRADED. It could not be entered: {error}."
                if "locked" not in str(cause.orig):
                    raise cause from None
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise Stop(f"The disk is full. {AGAIN}") from error
                return f"NOT GRADED. It could not be entered: {error}."
            except Exception as error:
                return f"NOT GRADED. It could not be entered: {type(error).__name__}: {error}."
        raise Stop(f"Another program holds the gradebook locked. {AGAIN}")

    def _enter(self, student, graded):
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
        shutil.rmtree(aside.parent, ignore_errors=True)
        aside.mkdir(parents=True)
        source = Path("source", self.assignment)
        excluded = self.converter.exclude_overwriting.get(self.assignment, [])
        for folder in (SUBMITTED / student / self.assignment, source):
            for path in map(Path, find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"])):
                name = path.relative_to(folder)
                if folder != source or str(name) not in excluded:
                    (aside / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, aside / name)
        (aside / f"{self.scheme.notebook}.ipynb").write_text(text, encoding="utf-8")
        self.aside.set_permissions(self.assignment, student)
        return aside

    def _put_in_place(self, student, aside):
        place, old = AUTOGRADED / student / self.assignment, aside.parent / "old"
        place.parent.mkdir(exist_ok=True)
        if place.exists():
            place.rename(old)
        aside.rename(place)
        shutil.rmtree(aside.parent)


@contextmanager
def _alone(folder):
    """Hold a folder, so that a second grading does not work in it; Windows cannot."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Stop("This course is being graded by another command; wait for its end.") from None
    finally:
        os.close(handle)


class Pool:
    """Where submissions are graded: processes of this machine, or the workers of a cluster."""

    def __init__(self, workers, scheduler=None):
        self.workers, self.scheduler = workers, scheduler

    @contextmanager
    def open(self):
        """Yield an executor, and how many submissions it can grade at once."""
        if self.scheduler:
            from distributed import Client

            with Client(self.scheduler) as client, client.get_executor(pure=False) as executor:
                yield executor, max(1, sum(client.nthreads().values()))
            return
        kinds = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in kinds else None)
        if "forkserver" in kinds:  # imports once what each process needs
            context.set_forkserver_preload([__name__])
        with ProcessPoolExecutor(self.workers, context, _prepare) as executor:
            try:
                yield executor, self.workers
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                raise


def _prepare():
    """Prepare a process of this machine: silent, and gone as soon as the one that began it is."""
    logging.disable(logging.WARNING)  # the report tells it
    parent = multiprocessing.parent_process()

    def follow():
        parent.join()
        os._exit(1)  # kernels go with whoever began them

    threading.Thread(target=follow, daemon=True).start()


def outcomes(course, students, pool):
    """Grade submissions in any order.

    If a process dies, each submission that was under way is tried again alone: one that brings
    down whoever grades it does no harm to the others.

    Yields
    ------
    student : str
    outcome : tuple or str
        (seconds, text, graded); or why there is none.
    """
    waiting = deque(students)
    while waiting:
        for student in (yield from _until_broken(course, waiting, pool)):
            if (yield from _until_broken(course, deque([student]), Pool(1, pool.scheduler))):
                yield student, DIED


def _until_broken(course, waiting, pool):
    """Grade what waits; if the pool breaks, return the students whose submissions were under way."""
    under_way = {}
    with suppress(BrokenExecutor), pool.open() as (executor, at_once):
        while waiting or under_way:
            while waiting and len(under_way) < AHEAD * at_once:
                student = waiting.popleft()
                try:
                    submission = course.collect(student)
                except OSError as error:
                    yield student, f"NOT GRADED. It could not be read: {error}."
                    continue
                under_way[student] = None  # a pool that is broken takes no more
                under_way[student] = executor.submit(timed, submission, course.scheme)
            done, _ = wait(under_way.values(), return_when=FIRST_COMPLETED)
            for student in [one for one, future in under_way.items() if future in done]:
                outcome = _outcome(under_way[student])
                del under_way[student]
                yield student, outcome
    return list(under_way)


def _outcome(future):
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except NbGraderException as refused:
        raise Stop(str(refused)) from None
    except Exception as error:
        return f"NOT GRADED. {type(error).__name__}: {error}."


def timed(submission, scheme):
    """Grade one submission, and say how many seconds that took."""
    started = time.monotonic()
    text, graded = grade(submission, scheme)
    return time.monotonic() - started, text, graded
