"""Executes the notebooks of the course and stores them clean.

    python tools/run_notebooks.py                    all of notebooks/
    python tools/run_notebooks.py notebooks/03*      these
    python tools/run_notebooks.py --check            executes nothing; says what is not clean

Clean means that the same page gives the same file, byte for byte: readable cell ids, no metadata but the kernel's and
the tags, cells counted from 1, and nothing left of widgets, whose state a stored page cannot have.
"""

import argparse
import copy
import re
import sys
from pathlib import Path

import nbclient
import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
TAGS = {
    "exercise": "a cell that the learner fills",
    "nbval-ignore-output": "its output is not compared, since it differs from run to run",
    "raises-exception": "its exception is meant",
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

WORDS = re.compile(r"[a-z]+[0-9]*(-([a-z]+[0-9]*|[0-9]+))*")
BY_CHANCE = re.compile(r"[0-9a-f]{8}(-.*)?")  # what nbformat and JupyterLab give a new cell
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")


def is_readable(cell_id):
    """Whether the id is words and numbers, as in "nudge-the-bias" or "cell-07"."""
    return bool(WORDS.fullmatch(cell_id)) and not BY_CHANCE.fullmatch(cell_id)


def execute(notebook, folder):
    """Return the notebook, run in a fresh kernel that starts in `folder`; an exception stops it."""
    notebook = copy.deepcopy(notebook)
    nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def clean(notebook):
    """Return the notebook in its one stored form. A clean notebook comes back as it is."""
    cleaned = nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": METADATA, "cells": []}
    )
    taken = {cell.get("id", "") for cell in notebook.cells if is_readable(cell.get("id", ""))}
    used = set()
    count = 0
    for place, cell in enumerate(notebook.cells, start=1):
        cell = copy.deepcopy(cell)
        if not is_readable(cell.get("id", "")) or cell.id in used:
            cell.id = next(name for name in _numbered(place) if name not in taken | used)
        used.add(cell.id)
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": sorted(tags)} if tags else {})
        if cell.cell_type == "code":
            if cell.execution_count is not None:
                count += 1
                cell.execution_count = count
            cell.outputs = _clean_outputs(cell.outputs, cell.execution_count)
        cleaned.cells.append(cell)
    return cleaned


def _numbered(place):
    while True:
        yield f"cell-{place:02}"
        place += 1


def _clean_outputs(outputs, count):
    """Join neighbouring pieces of one stream; drop widget views and the metadata of outputs."""
    cleaned = []
    for output in outputs:
        output = copy.deepcopy(output)
        if output.output_type == "stream":
            if cleaned and cleaned[-1].get("name") == output.name:
                cleaned[-1].text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            output.metadata = {}
            output.data.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
            if output.output_type == "execute_result":
                output.execution_count = count
        cleaned.append(output)
    return cleaned


def text_of(notebook):
    """Return the text of the file that holds this notebook."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def complaints(text):
    """List what is not clean in the text of a notebook file, in sentences; an empty list if it is clean."""
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        return [f"the format is {notebook.nbformat}.{notebook.nbformat_minor}, not 4.5"]
    cleaned = clean(notebook)
    found = []
    if notebook.metadata != cleaned.metadata:
        found.append("the notebook's metadata has more than the kernel's and the language's name")
    for place, (cell, tidy) in enumerate(zip(notebook.cells, cleaned.cells, strict=True), start=1):
        where = f"cell {place} ({cell.id})"
        if cell.id != tidy.id:
            found.append(f"{where}: the id is not readable, or used twice")
        if cell.metadata != tidy.metadata:
            found.append(f"{where}: metadata other than sorted tags: {sorted(cell.metadata)}")
        found += [
            f"{where}: unknown tag {tag!r}"
            for tag in tidy.metadata.get("tags", [])
            if tag not in TAGS
        ]
        if cell.cell_type == "code":
            if not cell.source.strip():
                found.append(f"{where}: empty")
            elif cell.execution_count is None:
                found.append(f"{where}: not executed")
            elif cell.execution_count != tidy.execution_count:
                found.append(f"{where}: counted {cell.execution_count}, not {tidy.execution_count}")
            if cell.outputs != tidy.outputs:
                found.append(f"{where}: outputs with widget views, metadata or a stream in pieces")
            if ADDRESS.search(str(cell.outputs)):
                found.append(
                    f"{where}: an output shows an address in memory, another one each time"
                )
    if not found and text != text_of(cleaned):
        found.append("the file is not laid out as `make notebooks` writes it")
    return found


def count_compared(notebooks):
    """Return how many code cells nbval compares, and how many are exempt."""
    tags = [c.metadata.get("tags", []) for n in notebooks for c in n.cells if c.cell_type == "code"]
    exempt = sum("nbval-ignore-output" in cell_tags for cell_tags in tags)
    return len(tags) - exempt, exempt


def check(paths):
    """Print what is not clean; return the number of complaints."""
    total = 0
    for path in paths:
        for complaint in complaints(path.read_text(encoding="utf-8")):
            total += 1
            print(f"{path.name}: {complaint}.")
    if not total:
        compared, exempt = count_compared(nbformat.read(path, as_version=4) for path in paths)
        print(
            f"{len(paths)} notebooks are clean; nbval compares {compared} code cells, {exempt} are exempt."
        )
    return total


def run(paths):
    """Execute the notebooks and store them clean."""
    for path in paths:
        executed = execute(nbformat.read(path, as_version=4), path.parent)
        path.write_text(text_of(clean(executed)), encoding="utf-8", newline="\n")
        print(f"{path.name}: executed and stored.")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        help="notebooks; all of notebooks/ if none is named",
    )
    parser.add_argument(
        "--check", action="store_true", help="execute nothing, say what is not clean"
    )
    options = parser.parse_args(arguments)
    paths = options.paths or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not paths:
        return f"There are no notebooks in {NOTEBOOKS}."
    if options.check:
        return 1 if check(paths) else 0
    return run(paths)


if __name__ == "__main__":
    sys.exit(main())
