"""Other places to grade and to enter: a Dask cluster of this machine, and a PostgreSQL server."""

import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def dask_cluster(course):
    """Start a scheduler and two workers, in a folder that is not the course's; yield a client."""
    from distributed import Client

    away = course.folder.parent / "away"
    away.mkdir()
    where = "--scheduler-file", away / "scheduler.json"
    scheduler = "scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard"
    workers = "worker", "--nworkers", 2, "--nthreads", 1, "--no-dashboard"
    # Else Dask gives what a lost worker held to three others, before it tells anybody.
    no_second_try = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with ExitStack() as stack:
        for program in (scheduler, workers):
            words = "-m", "dask", *program, *where
            stack.enter_context(course.running(*words, cwd=away, environment=no_second_try))
        client = stack.enter_context(Client(scheduler_file=str(where[1]), timeout=60))
        client.wait_for_workers(2, timeout=60)
        yield client


def postgresql_programs():
    """Find the folder of PostgreSQL's programs; None where there is none."""
    found = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    return next((Path(path).parent for path in found if path), None)


@contextmanager
def postgresql_server():
    """Start a server; yield the address of an empty database."""
    programs = postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="ffnn-postgresql", dir="/tmp"))
    settings = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        settings |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    options = f"-k {folder} -c listen_addresses="
    data = "-D", folder / "data"
    try:
        subprocess.run([programs / "initdb", *data, "-A", "trust", "-U", "grader"], **settings)
        start = ["-w", "-l", folder / "log", "-o", options, "start"]
        subprocess.run([programs / "pg_ctl", *data, *start], **settings)
        yield f"postgresql+psycopg://grader@/postgres?host={folder}"
    finally:
        subprocess.run([programs / "pg_ctl", *data, "-m", "immediate", "stop"], **settings)
        shutil.rmtree(folder)
