"""Where submissions are graded: in processes of this machine, or on a cluster by Dask."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress

from nbgrader.converters.base import NbGraderException

from ffnn_helpers.grading.worker import grade

AHEAD = 2  # submissions for each worker: one that is graded, and the next
LONGEST_WAIT = 30  # seconds, for a scheduler and its first worker
DIED = "NOT GRADED. What graded it died twice, the second time with nothing else to do."


class Stop(Exception):
    """Ends a grading; the message is for the instructor."""


class Interrupted(Stop):
    """Ends a grading that can go on later."""


class Pool:
    """Where submissions are graded: processes of this machine, or the workers of a cluster."""

    def __init__(self, workers, scheduler=None):
        self.workers, self.scheduler = workers, scheduler

    def open(self):
        """Open it: a context of an executor, and a function that counts what it does at once."""
        return self._cluster() if self.scheduler else self._processes()

    @contextmanager
    def _processes(self):
        kinds = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in kinds else None)
        if "forkserver" in kinds:  # imports once what each process needs
            context.set_forkserver_preload(["ffnn_helpers.grading.__main__"])
        executor = ProcessPoolExecutor(self.workers, context, _prepare)
        try:
            yield executor, lambda: self.workers
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()  # kernels go with whoever began them
            raise
        finally:
            executor.shutdown(cancel_futures=True)

    @contextmanager
    def _cluster(self):
        try:
            from distributed import Client
        except ImportError:
            raise Stop("Dask is not installed here: pip install '.[grading,cluster]'") from None
        try:
            client = Client(self.scheduler, timeout=LONGEST_WAIT)
            client.wait_for_workers(1, timeout=LONGEST_WAIT)
        except (OSError, TimeoutError, ValueError):
            raise Stop(f"There is no Dask scheduler with workers at {self.scheduler}.") from None
        with client:
            executor = client.get_executor(pure=False)
            try:
                yield executor, lambda: max(1, sum(client.nthreads().values()))
            finally:
                executor.shutdown(wait=False)


def _prepare():
    """Prepare a process of this machine: silent, and gone as soon as the one that began it is."""
    logging.disable(logging.CRITICAL)  # the report tells it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began it is told, and ends it
    parent = multiprocessing.parent_process()

    def follow():
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def outcomes(collect, scheme, students, pool):
    """Grade submissions in any order.

    If a process dies, each submission that was under way is tried again alone: one that brings
    down whoever grades it does no harm to the others.

    Parameters
    ----------
    collect : callable
        Of a student's id; it returns the `Submission`.
    scheme : Scheme
    students : iterable of str
    pool : Pool

    Yields
    ------
    student : str
    outcome : tuple or str
        (seconds, text, graded); or why there is none.

    Raises
    ------
    Stop
        If nothing can be graded there, or not any more.
    """
    waiting = deque(students)
    while waiting:
        for student in (yield from _until_broken(collect, scheme, waiting, pool)):
            alone = deque([student]), Pool(1, pool.scheduler)
            if (yield from _until_broken(collect, scheme, *alone)):
                yield student, DIED


def _until_broken(collect, scheme, waiting, pool):
    """Grade what waits; if the pool breaks, return the students whose submissions were under way."""
    under_way = {}
    with suppress(BrokenExecutor), pool.open() as (executor, at_once):
        while waiting or under_way:
            while waiting and len(under_way) < AHEAD * at_once():
                student = waiting.popleft()
                try:
                    submission = collect(student)
                except Exception as error:  # it is told, and the others are graded
                    yield student, f"NOT GRADED. It could not be read: {error}."
                    continue
                under_way[student] = None  # a pool that is broken takes no more
                under_way[student] = executor.submit(grade_and_time, submission, scheme)
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
    except (CancelledError, OSError) as error:
        raise Interrupted("The scheduler is gone.") from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask's word for it
            raise BrokenExecutor from error
        return f"NOT GRADED. {type(error).__name__}: {error}."


def grade_and_time(submission, scheme):
    """Grade one submission, and say how many seconds that took, or why it could not be graded."""
    started = time.monotonic()
    try:
        text, graded = grade(submission, scheme)
    except NbGraderException:
        raise
    except Exception as error:  # not every error can be sent from a process to another
        return f"NOT GRADED. {type(error).__name__}: {error}."
    return time.monotonic() - started, text, graded
