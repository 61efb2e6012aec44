"""Changes the computing code in every small way, one at a time, and counts the changes that a test notices.

    python tools/run_mutants.py                  all mutants; allow about an hour on two cores
    python tools/run_mutants.py --sample 100     a hundred of them, the same hundred each time

The work is done in copies under build/mutants/, so the tree stays as it is and can be worked on. What no test noticed
is written to build/mutants/survivors.txt. cosmic-ray makes the mutants: it also reaches functions that a table of the
module holds, as the operations are, which mutmut passes over.
"""

import argparse
import multiprocessing
import os
import random
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutants"
COMPUTING = ["network", "operations", "steps"]
MODULES = [Path("ffnn_helpers", f"{name}.py") for name in COMPUTING]
# The quickest first, since a mutant dies of the first test that fails.
TESTS = MODULES + [Path("tests", f"test_{name}.py") for name in (*COMPUTING, "notation", "oracles")]
ENOUGH = 0.95


def command():
    """Return the command that tests one mutant, as a list of words."""
    tests = [str(path) for path in TESTS if path.exists()]
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]


def copies(number):
    """Return a queue of fresh copies of the tree, one for each worker."""
    shutil.rmtree(BUILD, ignore_errors=True)
    folders = multiprocessing.Manager().Queue()
    for worker in range(number):
        folder = BUILD / f"copy-{worker}"
        without = shutil.ignore_patterns(".*", "build", "my_course", "__pycache__")
        shutil.copytree(ROOT, folder, ignore=without)
        folders.put(folder)
    return folders


def enter(folders):
    """Begin a worker: it takes a copy of the tree for its own."""
    os.chdir(folders.get())
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # or a mutant lives on in its compiled form
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a third of a second for two
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def seconds_of_tests():
    """Return how long the tests take on the code as it is; they must pass."""
    start = time.monotonic()
    subprocess.run(command(), check=True)
    return time.monotonic() - start


def mutants(sample):
    """Return the mutations, each as a tuple as mutate_and_test takes it."""
    with use_db(BUILD / "mutants.sqlite", WorkDB.Mode.create) as database:
        init(MODULES, database, {})
        found = [item.mutations for item in database.work_items]
    return random.Random(0).sample(found, min(sample, len(found))) if sample else found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="try only this many mutants")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    os.chdir(ROOT)
    folders = copies(options.workers)
    with ProcessPoolExecutor(
        options.workers,
        multiprocessing.get_context("spawn"),
        initializer=enter,
        initargs=(folders,),
    ) as workers:
        timeout = 10 + 3 * workers.submit(seconds_of_tests).result()
        work = mutants(options.sample)
        print(
            f"{len(work)} mutants of {', '.join(map(str, MODULES))}; at most {timeout:.0f} s each.",
            flush=True,
        )
        jobs = [
            workers.submit(mutate_and_test, mutations, shlex.join(command()), timeout)
            for mutations in work
        ]
        survivors = []
        for done, job in enumerate(jobs, start=1):
            result = job.result()
            if not result.is_killed:
                survivors.append(result.diff)
            if done % 50 == 0:
                print(f"{done} tried, {len(survivors)} survived.", flush=True)
    (BUILD / "survivors.txt").write_text("\n\n".join(survivors), encoding="utf-8")
    score = 1 - len(survivors) / len(work)
    print(
        f"{score:.1%} of {len(work)} mutants died; the {len(survivors)} others are in {BUILD / 'survivors.txt'}."
    )
    return 0 if score >= ENOUGH else f"At least {ENOUGH:.0%} should die."


if __name__ == "__main__":
    sys.exit(main())
