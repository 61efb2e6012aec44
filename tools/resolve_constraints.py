"""Writes constraints.txt: the newest versions that go together, for every Python and system that the course runs on.

`uv pip compile` resolves for all of them at once and puts a marker where one version does not fit all (NumPy 2.5, for
example, is not for Python 3.11). Run `make test-all` before you commit what it found.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = """\
# The versions that were tested together, written by `make constraints` from the ranges in pyproject.toml.
# Not here: the extra `bench`, whose competitors are compared in an environment of their own.
"""


def main():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [extra for extra in project["optional-dependencies"] if extra != "bench"]
    oldest = project["requires-python"].removeprefix(">=")
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--universal",
        "--python-version",
        oldest,
    ]
    command += [
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--quiet",
    ]
    command += [word for extra in extras for word in ("--extra", extra)]
    pins = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (ROOT / "constraints.txt").write_text(HEADER + pins, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
