"""What every page of the course keeps to, as checks: each takes notebooks and returns complaints, in sentences.

    python tools/notebook_checks.py                  all of notebooks/
    python tools/notebook_checks.py notebooks/03*    these; the earlier ones are read for the helpers they introduce

tests/test_notebook_hygiene.py runs them over the course, and shows for each a notebook that it catches.
"""

import ast
import re
import statistics
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
COURSE = [
    "00_start_here",
    "01_sigmoid",
    "02_forward_pass",
    "03_chain_rule",
    "04_hidden_weight",
    "05_mini_batch_step",
    "06_any_network",
    "07_training",
]
REFERENCE = ["glossary"]  # to look things up in; tools/write_glossary.py writes it
LONGEST_CELL = 15
MEDIAN_CELL = 4
SHORTEST_ALT_TEXT = 20
RECAP = "What you have now"
QUESTIONS = "Three questions"
FEWEST_CHOICES = 3
RIGHT = "Right. "
CARD = ["**Do**", "**Learn**", "**Need**", "**Time**"]
IN_WORDS = "*In words:*"
NOTHING_YET = "nothing here yet"
BANNED = re.compile(
    r"\b(simply|obviously|just|let['’]s|trivial(?:ly)?|eas(?:y|ily)|of course)\b",
    re.IGNORECASE,
)
CHOICE = re.compile(
    r"<details>\s*<summary>(.*?)</summary>(.*?)</details>",
    re.DOTALL,
)
ROOM = "<p></p>"
FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1", re.MULTILINE | re.DOTALL)
NOT_A_VERB = re.compile(
    r"\d.*|(the|a|an|introduction|notebook|chapter|part|about)|\w{3,}ing", re.IGNORECASE
)


# Pieces of a notebook


def read(path):
    """Return the notebook in a file."""
    return nbformat.read(path, as_version=4)


def cells_of(notebook, kind):
    """Return (name to complain with, cell) for each cell of a kind: "code" or "markdown"."""
    return [
        (f"cell {place} ({cell.get('id', 'no id')})", cell)
        for place, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == kind
    ]


def tags(cell):
    return cell.metadata.get("tags", [])


def without_code(markdown):
    """Return a markdown cell without its fenced blocks and what stands in backticks."""
    return re.sub(r"`[^`\n]*`", "", re.sub(FENCED, "", markdown))


def prose(markdown):
    """Return the words of a markdown cell: no code, mathematics, addresses or tags."""
    markdown = without_code(markdown)
    for unspoken in (
        r"(?s)\$\$.*?\$\$",
        r"(?s)\\begin\{(\w+\*?)\}.*?\\end\{\1\}",
        r"(?<!\\)\$[^$]*(?<!\\)\$",
        r"(?s)<!--.*?-->",
        r"</?[a-zA-Z][^>]*>",
        r"\]\([^)]*\)",
    ):
        markdown = re.sub(unspoken, " ", markdown)
    return markdown


def headings(notebook):
    """Return (level, text) for each heading of the page."""
    found = []
    for _, cell in cells_of(notebook, "markdown"):
        source = re.sub(FENCED, "", cell.source)
        found += [
            (len(marks), text.strip())
            for marks, text in re.findall(r"(?m)^(#{1,6})\s+(.+)$", source)
        ]
    return found


def code_lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def printed(cell):
    """Return all that the stored outputs of a cell say in plain text."""
    texts = [o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs]
    return "\n".join(texts)


# The card, the order of a page, the words


def card(notebook):
    """A title that begins with a verb, then what you will do, learn, need and the minutes, before any code."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        return ["the first cell is not a title, '# ' and a verb"]
    found = []
    word = first.source[2:].split()[0]
    if NOT_A_VERB.fullmatch(word):
        found.append(f"the title begins with {word!r}, not with a verb")
    if sum(level == 1 for level, _ in headings(notebook)) > 1:
        found.append("there is more than one title ('# ')")
    opening = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            break
        opening += cell.source + "\n"
    found += [f"the card lacks {entry}" for entry in CARD if entry not in opening]
    if not re.search(r"\b\d+ minutes\b", opening):
        found.append("the card does not say how many minutes, as in '20 minutes'")
    return found


def ending(notebook):
    """A recap, then three questions, and nothing after them."""
    sections = [text for level, text in headings(notebook) if level == 2]
    if sections[-2:] != [RECAP, QUESTIONS]:
        return [f"the last two sections are {sections[-2:]}, not '{RECAP}' and '{QUESTIONS}'"]
    told = "".join(f"{cell.source}\n" for cell in notebook.cells if cell.cell_type == "markdown")
    numbers = re.findall(r"(?m)^\*\*(\d)\.\*\* ", told.rpartition(f"## {QUESTIONS}")[2])
    if numbers != ["1", "2", "3"]:
        return [f"'{QUESTIONS}' are not numbered **1.** **2.** **3.**"]
    return []


def self_test(notebook):
    """The last cell asks three questions; each choice is folded, and answers the thought that leads to it.

    One choice of each question is right and begins with "Right. "; each other one ends with a smaller question.
    """
    last = notebook.cells[-1].source if notebook.cells else ""
    questions = re.split(r"(?m)^\*\*\d\.\*\* ", last.rpartition(f"## {QUESTIONS}")[2])[1:]
    if len(questions) != 3:
        return [f"the last cell has {len(questions)} questions, not three"]
    found, places = [], []
    for count, question in enumerate(questions, start=1):
        where = f"question {count}"
        choices = [(label, answer.strip()) for label, answer in CHOICE.findall(question)]
        right = [answer.startswith(RIGHT) for _, answer in choices]
        if len(choices) < FEWEST_CHOICES:
            found.append(f"{where}: {len(choices)} folded choices, at least {FEWEST_CHOICES}")
        if sum(right) != 1:
            found.append(f"{where}: {sum(right)} choices begin with {RIGHT!r}, not one")
        found += [
            f"{where}: the choice {label!r} has LaTeX in its summary, which is not typeset there"
            for label, _ in choices
            if "$" in label
        ]
        found += [
            f"{where}: the choice {label!r} does not end with a question"
            for label, answer in choices
            if not answer.startswith(RIGHT) and not answer.endswith("?")
        ]
        places += [right.index(True)] if any(right) else []
    if not found and len(set(places)) == 1:
        found.append(f"in every question the right choice is number {places[0] + 1}")
    return found


def room_after_folds(notebook):
    """Between a fold and the text after it stands an empty paragraph: JupyterLab gives a fold no margin."""
    return [
        f"{where}: no {ROOM} between a fold and {text!r}"
        for where, cell in cells_of(notebook, "markdown")
        for text in re.findall(r"</details>\n+(?!<details|#|<p></p>)(.{1,20})", cell.source)
    ]


def wording(notebook):
    """None of the words that make a learner feel slow, and no exclamation marks."""
    found = []
    for where, cell in cells_of(notebook, "markdown"):
        words = prose(cell.source)
        found += [f"{where}: says {word!r}" for word in BANNED.findall(words)]
        # n! and 3! are factorials, ![ is a picture
        if re.search(r"(?<![\W_]\w)(?<!\d)!(?!\[|=)", " " + words):
            found.append(f"{where}: has an exclamation mark")
    return found


# Code cells and what they show


def lengths(notebook):
    """A code cell does one thing."""
    return [
        f"{where}: {code_lines(cell)} lines, at most {LONGEST_CELL}"
        for where, cell in cells_of(notebook, "code")
        if code_lines(cell) > LONGEST_CELL
    ]


def median_length(notebooks):
    """Over the whole course, half of the code cells have few lines."""
    lines = [code_lines(cell) for notebook in notebooks for _, cell in cells_of(notebook, "code")]
    if not lines:
        return ["there is no code cell"]
    median = statistics.median(lines)
    return (
        [f"the median code cell has {median} lines, at most {MEDIAN_CELL}"]
        if median > MEDIAN_CELL
        else []
    )


def outputs(notebook):
    """Stored outputs, none of them an error or a warning."""
    cells = cells_of(notebook, "code")
    if not any(cell.outputs for _, cell in cells):
        return ["no outputs are stored: run `make notebooks`"]
    found = []
    for where, cell in cells:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                found.append(f"{where}: stores the error {output.ename}")
            if output.get("name") == "stderr":
                found.append(f"{where}: stores a warning: {output.text.strip()[:60]!r}")
            if "image/svg+xml" in output.get("data", {}) and "text/html" not in output.data:
                found.append(
                    f"{where}: an SVG without text/html, which JupyterLab shows as text in a page not yet run"
                )
    return found


def exercises(notebook):
    """A cell with a `...` to fill is tagged; it, or the cell that judges it later, says calmly that it is empty.

    A guess is no exercise: a cell that takes down an answer, which nobody marks, needs no tag.
    """
    found = []
    cells = cells_of(notebook, "code")
    for place, (where, cell) in enumerate(cells):
        unfilled = has_blank(cell.source)
        if "exercise" in tags(cell):
            judges = cells[place:] if takes_down(cell.source) else cells[place : place + 1]
            if not unfilled:
                found.append(f"{where}: an exercise without a `...` to fill")
            elif not any(NOTHING_YET in printed(judge) for _, judge in judges):
                found.append(f"{where}: as delivered, nothing says {NOTHING_YET!r}")
        elif unfilled and not takes_down(cell.source):
            found.append(f"{where}: has a `...` to fill, but not the tag 'exercise'")
    return found


def has_blank(source):
    """Whether a `...` stands in the code, other than as an index, as in x[..., 0]."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False  # a line magic; the notebook runs, and that is checked elsewhere
    indices = {
        id(n) for s in ast.walk(tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)
    }
    return any(
        isinstance(n, ast.Constant) and n.value is ... and id(n) not in indices
        for n in ast.walk(tree)
    )


def takes_down(source):
    """Whether the cell does nothing but assign, as in guess = ... with no check after it."""
    return all(isinstance(statement, ast.Assign) for statement in ast.parse(source).body)


# For those who do not see the picture


class _Images(HTMLParser):
    """Collects the text alternatives of <img> and <svg>."""

    def __init__(self, html):
        super().__init__()
        self.alternatives = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.alternatives.append(dict(attrs).get("alt") or "")
        if tag == "svg":
            self.alternatives.append(dict(attrs).get("aria-label") or "")


def alt_texts(notebook):
    """Every picture in a markdown cell or an HTML output says in words what it shows."""
    found = []
    for where, cell in cells_of(notebook, "markdown"):
        source = without_code(cell.source)
        texts = re.findall(r"!\[([^\]]*)\]", source) + _Images(source).alternatives
        found += [_too_short(where, text) for text in texts if len(text) < SHORTEST_ALT_TEXT]
    for where, cell in cells_of(notebook, "code"):
        for output in cell.outputs:
            texts = _Images(output.get("data", {}).get("text/html", "")).alternatives
            found += [_too_short(where, text) for text in texts if len(text) < SHORTEST_ALT_TEXT]
    return found


def _too_short(where, text):
    return f"{where}: the text alternative of a picture is {text!r}; say what it shows"


def figures_in_words(notebook):
    """A Matplotlib figure has a described text/plain, or the next cell begins with *In words:*."""
    found = []
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        figures = [o.data for o in cell.outputs if "image/png" in o.get("data", {})]
        silent = [f for f in figures if re.match(r"<Figure size|$", f.get("text/plain", ""))]
        following = notebook.cells[place + 1 : place + 2]
        told = any(
            c.cell_type == "markdown"
            and c.source.startswith(IN_WORDS)
            and len(c.source) >= len(IN_WORDS) + SHORTEST_ALT_TEXT
            for c in following
        )
        if silent and not told:
            found.append(
                f"cell {place + 1} ({cell.id}): a figure, and the next cell does not begin with {IN_WORDS}"
            )
    return found


# What refers to something else


def helpers_introduced(notebook, earlier=()):
    """A name imported from ffnn_helpers stands in backticks in an earlier markdown cell, or an earlier page."""
    told = "".join(f"{cell.source}\n" for page in earlier for _, cell in cells_of(page, "markdown"))
    found = []
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            told += cell.source + "\n"
            continue
        in_backticks = " ".join(re.findall(r"`([^`]+)`", told))
        for name in _imported(cell.source):
            if not re.search(rf"\b{re.escape(name)}\b", in_backticks):
                found.append(
                    f"cell {place} ({cell.id}): imports {name}, which no cell before it introduces as `{name}`"
                )
    return found


def _imported(source):
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ffnn_helpers"
        for alias in node.names
    ]


def links(notebook, folder, itself=""):
    """Each link to a file or a heading leads somewhere, also from a copy of the folder.

    `folder` is where the notebook lies, `itself` its file name. `make lab` shows a learner a copy of notebooks/ and
    nothing above it, so a link may not lead out of the folder.
    """
    found = []
    for where, cell in cells_of(notebook, "markdown"):
        source = without_code(cell.source)
        targets = re.findall(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)", source)
        targets += re.findall(r"<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*[\"']([^\"']+)[\"']", source)
        for target in targets:
            if re.match(r"[a-z]+:", target):  # https:, data:, attachment:
                continue
            path, _, anchor = unquote(target).partition("#")
            file = folder / path if path else folder / itself
            if path and not file.resolve().is_relative_to(folder.resolve()):
                found.append(
                    f"{where}: the link {target} leads out of the folder, where `make lab` cannot follow"
                )
            elif path and not file.exists():
                found.append(f"{where}: the link {target} leads to no file")
            elif anchor and file.suffix == ".ipynb":
                page = notebook if not path or path == itself else read(file)
                if anchor not in anchors(page):
                    found.append(f"{where}: the link {target} leads to no heading")
    return found


def anchors(notebook):
    """Return the names that a link can point to: each heading, with hyphens for its blanks."""
    return {
        re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", text).replace(" ", "-")
        for _, text in headings(notebook)
    }


# All of them


ALONE = [
    card,
    ending,
    self_test,
    room_after_folds,
    wording,
    lengths,
    outputs,
    exercises,
    alt_texts,
    figures_in_words,
]


def complaints(path):
    """List all complaints about one page of the course, but for the tidiness that run_notebooks.py checks."""
    notebook = read(path)
    earlier = [
        read(other) for other in sorted(path.parent.glob("*.ipynb")) if other.name < path.name
    ]
    found = [complaint for check in ALONE for complaint in check(notebook)]
    return found + helpers_introduced(notebook, earlier) + links(notebook, path.parent, path.name)


def main(paths):
    paths = paths or [NOTEBOOKS / f"{name}.ipynb" for name in COURSE]
    total = [f"{path.name}: {complaint}." for path in paths for complaint in complaints(path)]
    total += [
        f"Taken together: {complaint}." for complaint in median_length(read(path) for path in paths)
    ]
    print("\n".join(total) or f"{len(paths)} notebooks, nothing to complain about.")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
