"""Copies notebooks/ into my_course/, where a learner works.

A file that is already there is never touched, so that `git pull` and `make lab` bring new pages and keep every answer.
To begin a page again, rename or delete your copy of it.
"""

import shutil
import sys
from pathlib import Path

NOT_COPIED = {".ipynb_checkpoints", "__pycache__"}


def lay_out(source, target):
    """Copy every file under `source` that `target` has not; return the two lists (added, kept)."""
    added, kept = [], []
    for original in sorted(source.rglob("*")):
        path = original.relative_to(source)
        if original.is_dir() or NOT_COPIED & set(path.parts):
            continue
        copy = target / path
        if copy.exists() or copy.is_symlink():
            kept.append(path)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, copy)
            added.append(path)
    return added, kept


def main(source, target):
    if not source.is_dir():
        return f"{source}/ is missing: run `make lab` in the folder of the course."
    added, kept = lay_out(source, target)
    print(f"{target}/: {len(added)} files added, {len(kept)} of yours kept as they are.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("notebooks"), Path("my_course")))
