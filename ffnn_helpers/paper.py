"""begin(): one student's homework on the page: the numbers, the boxes, and a check of the form.

Nothing in here knows whether an answer is right. What was written is read as it will be read for
the marks, and a derivative is held against the student's own nudge, never against the truth.
"""

import getpass
import math
import os
import re
from html import escape
from textwrap import fill

from ffnn_helpers import sheets
from ffnn_helpers.answers import last_place
from ffnn_helpers.arguments import brief
from ffnn_helpers.homework import FUNCTIONS, HOMEWORK, NUDGE
from ffnn_helpers.network import Network
from ffnn_helpers.notation import number, number_as_given, parameters, write
from ffnn_helpers.operations import write_difference, write_product, write_sum
from ffnn_helpers.picture import picture
from ffnn_helpers.show import table, worked
from ffnn_helpers.steps import trace
from ffnn_helpers.tables import BLANK, Cell, Table

GRADER = "FFNN_STUDENT"  # the environment variable in which the grader names the student
AGREES = 0.02  # a nudge of 0.01 is off by less, and a slip by more
FEW_DIGITS = 4
LONGEST_ID = 60
WIDTH = 76  # fits beside the prompt of a narrow window


def begin(assignment, student, course="ffnn"):
    """Lay out the homework of a student; in a notebook, the cells of answers are read from now on.

    Parameters
    ----------
    assignment : str
        Like ``"hw1_forward_pass"``.
    student : str
        The student's id. Where it is empty, the name of the account on this computer stands in
        for it, and the page says so. The grader, who knows the id, has the last word.
    course : str

    Returns
    -------
    Paper

    Raises
    ------
    ValueError
        If there is no such assignment, or no id and no name to guess it from.

    Examples
    --------
    >>> paper = begin("hw1_forward_pass", "practice-1")
    >>> paper.points("batch_cost")
    1 point, for 1 box. It is marked after you have handed in.
    """
    paper = Paper(assignment, student, course)
    from IPython import get_ipython  # only where somebody works on a page

    if shell := get_ipython():
        shell.register_magic_function(paper.answers_cell, "cell", "answers")
    return paper


class Paper:
    """One student's homework; shown, it is the sheet with all that is given.

    Attributes
    ----------
    assignment, student, course : str
    questions : dict
        Name to `Question`.
    sheet, two_paths : Sheet
        The numbers; the second, with its two outputs, only where the assignment asks for it.
    """

    def __init__(self, assignment, student, course="ffnn"):
        self.assignment, self.course = assignment, course
        self.student, self.is_guessed = _who(student)
        self.sheet = sheets.sheet(assignment, self.student, course=course)
        self.student = self.student.strip()
        self.questions = {question.name: question for question in HOMEWORK[assignment]}

    @property
    def two_paths(self):
        return sheets.sheet(self.assignment, self.student, "two_paths", self.course)

    def __repr__(self):
        sentences = [fill(sentence, WIDTH) for sentence in self.sentences()]
        return "\n\n".join([*sentences, *map(repr, self.given())])

    def _repr_mimebundle_(self, include=None, exclude=None):
        sentences = [f"<p>{sentence}</p>" for sentence in self.sentences(html=True)]
        html = "\n".join([*sentences, *(part.html for part in self.given())])
        return {"text/html": html, "text/plain": repr(self)}

    def given(self):
        """Return the tables and the picture of all that is given."""
        parameters = table(self.sheet, "parameters", caption="The parameters")
        return [table(self.sheet, "data"), parameters, picture(self.sheet)]

    def sentences(self, html=False):
        """Say whose numbers these are, and what to do if they are somebody else's."""
        whose = " ".join(self.student.split())[:LONGEST_ID]
        word = sheets.check_word(self.student)
        if html:
            whose, word = f"<strong>{escape(whose)}</strong>", f"<strong>{word}</strong>"
        if not self.sheet.graded:
            yield (
                f"These are the numbers of {whose}: a practice sheet, and nobody's homework."
                f" Check word: {word}. To hand in, put your own id into the cell above."
            )
        elif self.is_guessed:
            yield (
                f"Nobody has put in an id, so these are the numbers of {whose}, the name of the"
                f" account on this computer. Check word: {word}. That is a guess. If your course"
                " knows you by another id, put it between the quotes in the cell above, and run"
                " both cells again."
            )
        else:
            yield (
                f"These are the numbers of {whose}. Check word: {word}. If this is not you, put"
                " your id into the cell above, and run both cells again."
            )
        if self.needs_eta:
            yield f"Learning rate: η = {number_as_given(self.sheet.eta)}."

    @property
    def needs_eta(self):
        asked = [symbol for question in self.questions.values() for symbol, _ in question.asked]
        return any(symbol.startswith("delta ") for symbol in asked)

    def points(self, name):
        """Say what a question, or a function to write, is worth.

        Raises
        ------
        ValueError
            If the assignment has neither.
        """
        functions = FUNCTIONS[self.assignment]
        if name in functions:
            print(
                f"{functions[name]} points. Your function is tried on other numbers after you have"
                " handed in."
            )
            return
        count = len(self._question(name, functions).asked)
        what = (
            "1 point, for 1 box. It is"
            if count == 1
            else f"{count} points, 1 for each box. They are"
        )
        print(f"{what} marked after you have handed in.")

    def boxes(self, name):
        """Return the blank table of a question: a box for each quantity that is asked.

        Raises
        ------
        ValueError
            If the assignment has no such question.
        """
        question = self._question(name)
        names = names_only(question.part)
        headings, rows = ["quantity"], []
        if question.shows != "name":
            headings.append("formula")
        if question.shows == "example":
            headings.append("in the handout, country 1")
        for symbol, k in question.asked:
            cells = [of_paths(names[symbol, k])] if question.shows != "name" else []
            if question.shows == "example":
                cells.append(worked(sheets.handout.trace[symbol, k]))
            rows.append((write(symbol), [*map(Cell, cells), Cell(BLANK)]))
        return Table(title(name), [*headings, "yours"], rows)

    def answers_cell(self, line, cell):
        """Print the check of the form of one cell of answers: the cell magic ``%%answers``."""
        try:
            question = self._question(line.strip())
        except ValueError as error:
            print(fill(str(error), WIDTH))
        else:
            print("\n".join(form_check(question, cell)))

    def _question(self, name, functions=()):
        if name not in self.questions:
            raise ValueError(
                f"{self.assignment} has no question {brief(name)}; it has"
                f" {', '.join([*self.questions, *functions])}."
            )
        return self.questions[name]


def _who(typed):
    """Return the id that counts, and whether it is guessed."""
    if student := os.environ.get(GRADER, "").strip():
        return student, False
    if isinstance(typed, str) and not typed.strip():
        return _account(), True
    return typed, False


def _account():
    """Return the name under which nbgrader hands in, where nobody says another."""
    try:
        import pwd  # not on Windows
    except ImportError:
        return getpass.getuser()
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise ValueError(
            "Nobody has put in an id: put yours between the quotes in the cell above."
        ) from None
    return os.environ.get("JUPYTERHUB_USER", name) if name == "jovyan" else name


def title(name):
    """Write the name of a question as a heading: "Observation 1"."""
    return name.replace("_", " ").capitalize()


def names_only(part):
    """Return a trace that has every name and formula, and no numbers of anybody's."""
    sizes, K = sheets.PARTS[part]
    P = len(parameters(sizes))
    return trace(Network(sizes, [0] * P), [[0] * sizes[0]] * K, [[0] * sizes[-1]] * K, eta=1)


def is_chain(step):
    """Tell a derivative of the cost for one observation that is a product along a path."""
    return bool(step.k) and step.symbol.startswith("dC/d") and step.operation != "error slope"


def of_paths(step):
    """Write what a quantity is made of; a derivative of the cost, along its paths."""
    if not is_chain(step):
        return step.formula
    paths = step.trace.paths(*step.key)
    return write_sum([write_product([write(link.symbol) for link in path]) for path in paths])


def form_check(question, text):
    """Say how a cell of answers is read, line by line, and never whether a number is right.

    Parameters
    ----------
    question : Question
    text : str

    Yields
    ------
    str
    """
    answers, nudge, unknown = question.read(text)
    asked = list(zip(question.boxes, answers.values()))
    every = [*asked, *zip(question.nudge_boxes, nudge.values())]
    is_empty = all(answer.is_blank for _, answer in every)
    if is_empty:
        yield "Nothing here yet."
    else:
        width = max(len(name) for name, _ in every)
        yield from (f"{name.ljust(width)}  {_as_read(answer)}" for name, answer in every)
    yield f"Filled: {sum(answer.value is not None for _, answer in asked)} of {len(asked)}."
    unread = [name for name, answer in asked if not answer.is_blank and answer.value is None]
    if unread:
        yield fill(f"No points for {', '.join(unread)} until one number stands there.", WIDTH)
    few = [name for name, answer in asked if 0 < answer.digits < FEW_DIGITS]
    if few:
        yield fill(
            f"Fewer than four digits: {', '.join(few)}. That is enough if only zeros follow.", WIDTH
        )
    if unknown:
        yield fill(
            f"No box here is called {', '.join(unknown)}. Leave what stands before the = as it"
            " was, and the = too.",
            WIDTH,
        )
    if nudge and not is_empty:
        yield fill(_compared_with_nudge(question, answers, nudge), WIDTH)


def _as_read(answer):
    if answer.is_blank:
        return "nothing here yet"
    if answer.value is None:
        return f"{answer.text!r} is not a number; write one number, like 0.25 or 0,25"
    shown = answer.text.replace("-", "−")
    if re.fullmatch(r"−?\d*\.?\d+", shown, re.ASCII):
        return shown
    return f"{answer.text} is read as {number(answer.value, 12)}"


def _compared_with_nudge(question, answers, nudge):
    """Hold a student's derivative against the same student's nudge."""
    symbol = f"dC/d{question.nudged}"
    name = write(symbol)
    own = next(answer.value for key, answer in answers.items() if key[0] == symbol)
    up, down = nudge.values()
    if up.value is None or down.value is None:
        return (
            f"The two costs of the nudge carry no points. Fill in both, and this cell holds your"
            f" {name} against them."
        )
    slope = (up.value - down.value) / (2 * NUDGE)
    costs = write_difference(*(number(cost.value, 12) for cost in (up, down)))
    line = f"({costs}) / {2 * NUDGE} ≈ {number(slope)}"
    if own is None:
        return f"Your nudge says {line}. There is no {name} yet to hold against it."
    largest = max(abs(slope), abs(own))
    blur = (_last_place(up) + _last_place(down)) / 2 / (2 * NUDGE)
    if abs(slope - own) > AGREES * largest + blur:
        return (
            f"Your nudge says {line}, and your {name} is {number(own)}. The two do not agree, so"
            " one of them is wrong."
        )
    if blur > AGREES / 2 * largest:
        return (
            f"Your nudge says {line}, but the two costs have too few digits to tell. Give them more"
            " decimals."
        )
    return f"Your nudge says {line}. Your {name} agrees with it."


def _last_place(answer):
    """Return what one unit in the last digit of an answer is worth."""
    if not answer.value:
        return math.inf
    return last_place(answer.value, answer.digits)
