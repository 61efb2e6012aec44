"""print_sheet() and print_key(): homework on paper, as HTML files that a browser prints well.

Each file stands alone: its styles and its picture are inside, and nothing in it runs.
"""

from html import escape
from pathlib import Path

from ffnn_helpers.homework import label
from ffnn_helpers.notation import number, number_as_given, read_number, write
from ffnn_helpers.operations import add, write_sum
from ffnn_helpers.paper import is_chain, names_only, of_paths, title
from ffnn_helpers.picture import picture
from ffnn_helpers.sheets import PARTS, check_word
from ffnn_helpers.show import chain, table, worked
from ffnn_helpers.steps import trace
from ffnn_helpers.tables import Cell, Table

STYLE = """
body { font: 11pt/1.3 system-ui, "DejaVu Sans", sans-serif; color: #000; background: #fff;
  max-width: 186mm; margin: 8mm auto; }
h1 { font-size: 15pt; margin: 0 0 1mm; }
h2 { font-size: 12pt; margin: 5mm 0 1mm; break-after: avoid; }
.sheet h2 { break-before: page; }
p { margin: 0 0 1mm; }
table { border-collapse: collapse; font-size: 9.5pt; margin: 0 0 2mm; break-inside: avoid; }
caption { font-weight: bold; text-align: left; padding: 1mm 0; }
th, td { border: 0.3mm solid #777; padding: 0.8mm 1.6mm; text-align: left; }
.ffnn-table { font-size: 8.6pt; }
tr, img { break-inside: avoid; }
td.box { min-width: 25mm; height: 6.2mm; }
img { display: block; width: 112mm; }
.beside { display: flex; flex-wrap: wrap; gap: 0 6mm; align-items: flex-start; }
@page { size: A4; margin: 12mm; }
@media print { body { margin: 0 0.5mm; max-width: none; } }
"""


NEW_DIGITS = 5  # of a change, where what matters of a new parameter is its change


def print_sheet(paper, path):
    """Write the homework of a student as a page to print, with an empty box for each step asked.

    Parameters
    ----------
    paper : Paper
        Like ``Paper("hw1_forward_pass", "practice-1")``.
    path : str or Path
        Where the HTML file is written.

    Examples
    --------
    >>> from ffnn_helpers.paper import Paper
    >>> print_sheet(Paper("hw1_forward_pass", "practice-1"), "sheet.html")  # doctest: +SKIP
    """
    parts = []
    for part, questions in _parts(paper):
        tables = "\n".join(_blank_table(question) for question in questions)
        parts.append(f'{_given(paper, part)}\n<div class="beside">\n{tables}\n</div>')
    digits = "Four significant digits are enough; keep six or more on the way."
    if paper.needs_eta:
        digits += " Give each new parameter six decimals."
    _save(path, "sheet", f"Homework: {_spoken(paper)}", paper, [f"<p>{digits}</p>", *parts])


def print_key(paper, path, instructor=False):
    """Write the key to a sheet: every step asked, its formula, its numbers and its value.

    Parameters
    ----------
    paper : Paper
    path : str or Path
        Where the HTML file is written.
    instructor : bool
        Whether it is the instructor who asks; nobody else gets the key to homework.

    Raises
    ------
    ValueError
        If the sheet is a student's homework, and no instructor asks.
    """
    if paper.sheet.graded and not instructor:
        raise ValueError(
            f"This is the homework of {paper.student}; its key is written with instructor=True."
        )
    parts = []
    for part, questions in _parts(paper):
        sheet = _sheet(paper, part)
        steps = trace(sheet.network, sheet.x, sheet.y, sheet.eta)
        tables = [_worked_table(question, steps).html for question in questions]
        parts.append("\n".join([_given(paper, part), *tables]))
    _save(path, "key", f"Key: {_spoken(paper)}", paper, parts)


def _parts(paper):
    """Yield each sheet's name and the questions that are asked on it."""
    for part in PARTS:
        questions = [q for q in paper.questions.values() if q.part == part]
        if questions:
            yield part, questions


def _sheet(paper, part):
    return paper.sheet if part == "main" else paper.two_paths


def _given(paper, part):
    """Write the data, the parameters and the picture of one sheet."""
    sheet = _sheet(paper, part)
    data, parameters = table(sheet, "data"), table(sheet, "parameters", caption="The parameters")
    lines = [f'<div class="beside">{data.html}\n{parameters.html}</div>', picture(sheet).html]
    if part != "main":
        lines.insert(0, f"<h2>{title(part)}: another network</h2>")
    elif paper.needs_eta:
        lines.insert(1, f"<p>Learning rate: η = {number_as_given(sheet.eta)}</p>")
    return "\n".join(lines)


def _blank_table(question):
    """Write a question as a table of boxes to write in, with the formulas that its page shows."""
    names = names_only(question.part)
    with_formulas = question.shows != "name"
    headings = ["", "formula", "your number"] if with_formulas else ["", "your number"]
    rows = []
    for key in question.asked:
        formula = f"<td>{escape(of_paths(names[key]))}</td>" if with_formulas else ""
        rows.append(
            f'<tr><th scope="row">{escape(label(*key))}</th>{formula}<td class="box"></td></tr>'
        )
    columns = "".join(f'<th scope="col">{text}</th>' if text else "<td></td>" for text in headings)
    return (
        f"<table>\n<caption>{title(question.name)}</caption>\n<thead><tr>{columns}</tr></thead>\n"
        "<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"
    )


def _worked_table(question, steps):
    rows = [row for key in question.asked for row in _worked_rows(steps[key])]
    return Table(title(question.name), ["quantity", "formula", "worked"], rows)


def _worked_rows(step):
    """Write a step in one line; a derivative of the cost along each of its paths, and their sum."""
    if step.symbol.startswith("new "):
        yield write(step.symbol), [Cell(step.formula), Cell(_moved(step), step.key, "worked")]
        return
    if not is_chain(step):
        yield write(step.symbol), [Cell(step.formula), Cell(worked(step), step.key, "worked")]
        return
    factors = {write(link.symbol) for path in step.trace.paths(*step.key) for link in path}
    for heading, cells in chain(step.trace, *step.key).rows:
        if heading not in factors:
            yield heading, cells


def _moved(step):
    """Write a new parameter with as many digits as its change takes."""
    old, change = (parent.written(NEW_DIGITS) for parent in step.parents)
    new = add([read_number(old), read_number(change)])
    return f"{write_sum([old, change])} ≈ {number(new, digits=12)}"


def _spoken(paper):
    return escape(paper.assignment.replace("_", " "))


def _save(path, kind, heading, paper, parts):
    whose = f"For {escape(paper.student)}. Check word: {check_word(paper.student)}."
    body = "\n".join([f"<h1>{heading}</h1>", f"<p>{whose}</p>", *parts])
    Path(path).write_text(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n"
        f'<body class="{kind}">\n{body}\n</body>\n</html>\n',
        encoding="utf-8",
    )
