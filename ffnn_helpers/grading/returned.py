"""What a student gets back: marks, and for each question a table and a picture.

Nothing in here knows nbgrader. It is worked out from the text of the cells, and from what the
functions gave back when they were tried.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from ffnn_helpers.grading import code
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.marking import mark
from ffnn_helpers.notation import number, write
from ffnn_helpers.picture import picture
from ffnn_helpers.sheets import sheet
from ffnn_helpers.slips import SLIPS
from ffnn_helpers.steps import trace
from ffnn_helpers.tables import Cell, Table

VERDICTS = {
    "right": "✓ right",
    "follow-through": "✓ follows from yours",
    "slip": "✗ slip",
    "rounded early": "≈ rounded",
    "wrong": "✗ wrong",
    "blank": "– blank",
    "not a number": "✗ no number",
}


@dataclass
class Returned:
    """One student's assignment, marked.

    Attributes
    ----------
    points : dict
        Question to a Fraction.
    outputs : dict
        Question to (html, text).
    answers : dict
        Question to {what was asked: what was written}.
    verdicts : dict
        Question to a list of (what was asked, verdict, share, codes of slips).
    notes : list of str
        What else the student should know.
    doubtful : bool
        Whether a person should look at it.
    fits_better : str or None
        Another id whose sheet the numbers fit better: the one on the page, or of the roster.
    """

    points: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    doubtful: bool = False
    fits_better: str | None = None


@dataclass(frozen=True)
class HandedIn:
    """What is marked of a submission.

    Attributes
    ----------
    assignment, student, course : str
        A key of `HOMEWORK`, and whose sheet counts.
    tried_for : str
        Whose functions were tried, which decides on what numbers.
    texts : dict
        Question to the text of its cell.
    code_points : dict
        Function to its points.
    replies : dict
        Function to what it gave back when it was tried; what is missing did not run.
    """

    assignment: str
    student: str
    course: str
    tried_for: str
    texts: dict
    code_points: dict = field(default_factory=dict)
    replies: dict = field(default_factory=dict)


def grade(handed_in, reveal_answers=False):
    """Mark a submission; the same texts and replies get the same marks.

    Parameters
    ----------
    handed_in : HandedIn
    reveal_answers : bool
        Whether the right number stands beside a wrong one.

    Returns
    -------
    Returned
    """
    returned = Returned()
    for part in dict.fromkeys(question.part for question in HOMEWORK[handed_in.assignment]):
        own = sheet(handed_in.assignment, handed_in.student, part, handed_in.course)
        read = read_answers(handed_in, part)
        for question, (_, unknown) in read.items():
            if unknown:
                names = ", ".join(unknown[:5])
                returned.notes.append(f"{question.name}: there is no box called {names}.")
        answers = {key: a for found, _ in read.values() for key, a in found.items()}
        marks = mark(answers, trace(own.network, own.x, own.y, own.eta))
        for question in read:
            of_question = {key: marks[key] for key in question.asked}
            _return_numbers(returned, question, of_question, own, reveal_answers)
    for name, points in handed_in.code_points.items():
        rows = code.try_out(name, handed_in.tried_for, handed_in.replies.get(name))
        _return_code(returned, name, rows, handed_in.texts.get(name, ""), Fraction(points))
    return returned


def read_answers(handed_in, part):
    """Read all answers to the questions on one sheet: question to (answers, unknown names)."""
    read = {}
    for question in HOMEWORK[handed_in.assignment]:
        if question.part == part:
            answers, _, unknown = question.read(handed_in.texts.get(question.name, ""))
            read[question] = answers, unknown
    return read


def _return_numbers(returned, question, marks, own, reveal_answers):
    name = question.name
    returned.points[name] = sum((m.share for m in marks.values()), Fraction(0))
    returned.answers[name] = {write(symbol): m.answer.text for (symbol, _), m in marks.items()}
    returned.verdicts[name] = [
        (write(symbol), m.verdict, str(m.share), list(m.codes)) for (symbol, _), m in marks.items()
    ]
    headings = ["", "your number", "verdict", "points", "why", "read again"]
    if reveal_answers:
        headings.append("right number")
    rows = []
    for (symbol, _), m in marks.items():
        again = SLIPS[m.codes[0]].read if m.codes else ""
        texts = [_as_read(m.answer), VERDICTS[m.verdict], _points(m.share), m.sentence, again]
        if reveal_answers:
            texts.append("" if m.verdict == "right" else number(m.step.value, 6))
        rows.append((write(symbol), [Cell(text) for text in texts]))
    caption = f"{_points(returned.points[name])} of {len(marks)} points"
    returned.outputs[name] = _shown(Table(caption, headings, rows), _picture(marks, own))


def _as_read(answer):
    """Show what was written and, where it is not plain, as what it was read."""
    if answer.value is None or "," not in answer.text:
        return answer.text
    return f"{answer.text} (read as {number(answer.value, 12)})"


def _picture(marks, own):
    """Draw the student's numbers on the network, and mark where the chain broke first."""
    observations = [k for _, k in marks if k]
    if not observations:
        return None
    wrong = [key for key, m in marks.items() if m.share < 1 and m.verdict != "blank"]
    broken = wrong[0] if wrong else None
    k = (broken and broken[1]) or observations[0]
    values = {}
    for (symbol, of), m in marks.items():
        shown = "?" if m.answer.value is None else number(m.answer.value)
        sign = " ✗ here" if (symbol, of) == broken else " ✗" if (symbol, of) in wrong else ""
        if of == k:
            values[symbol, of] = shown + sign
    path = broken[0] if broken and broken[0].startswith("dC/d") else None
    return picture(own, k, values=values, path=path)


def _return_code(returned, name, rows, text, points):
    returned.points[name] = points * sum(row.share for row in rows) / len(rows)
    returned.answers[name] = {"code": text}
    returned.verdicts[name] = [
        (row.what, row.verdict, str(row.share), list(row.codes)) for row in rows
    ]
    each = points / len(rows)
    cells = [
        (
            row.what,
            [Cell(f"{_points(row.share * each)} of {_points(each)}"), Cell(row.sentence)],
        )
        for row in rows
    ]
    caption = f"{_points(returned.points[name])} of {_points(points)} points"
    returned.outputs[name] = _shown(Table(caption, ["", "points", "why"], cells))


def _points(points):
    return number(float(points), 3)


def _shown(table, drawn=None):
    return wide(table.html) + (drawn.html if drawn else ""), table.text


def wide(html):
    """Give our tables the class for which the pages of nbgrader leave space between columns."""
    return html.replace('class="ffnn-table"', 'class="ffnn-table table"')
