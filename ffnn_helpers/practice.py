"""practice(): one question at a time in the page, on new numbers, until it sits.

What is asked and said is decided in mastery.py; here are the boxes and buttons, and the file that
keeps what was answered.
"""

import asyncio
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, fields
from html import escape
from itertools import count
from pathlib import Path

import ipywidgets as widgets

from ffnn_helpers.arguments import brief
from ffnn_helpers.homework import label
from ffnn_helpers.mastery import (
    OUTCOMES,
    RULE,
    SKILLS,
    Attempt,
    Attempts,
    Practice,
    make_question,
    named,
    right_in_a_row,
)
from ffnn_helpers.notation import say, write
from ffnn_helpers.paper import is_chain
from ffnn_helpers.picture import picture
from ffnn_helpers.show import chain, table
from ffnn_helpers.tables import Cell, Table

FILE = "practice_progress.json"
VERSION = 1
ABOUT = "What you answered in practice(), oldest first. Delete this file to begin again."
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
AFTER_ENTER = 0.2  # seconds; the box sends its text right behind the Enter, if it is a new one


def practice(*skills):
    """Practise in the page: a question on new numbers, your answer, a smaller question if you need one.

    Parameters
    ----------
    *skills : str
        "weighted sum", "activation", "cost", "error slope", "sigmoid slope", "bias chain",
        "link", "chain", "two paths", "mean", "update". None of them means all.

    Returns
    -------
    Page

    Raises
    ------
    ValueError
        If there is no such skill.

    Notes
    -----
    A skill is mastered when it is right three times in a row: each time on new numbers, at the
    first try, without help. Link, chain and two paths take six times, since a guess is often right
    there. A wrong answer starts the count again, also a wrong answer to a smaller question.
    A mastered skill is not asked any more, and when all are mastered the practice ends.

    What went wrong when it was last asked comes again first. What you answer is kept in
    practice_progress.json, in the folder of the notebook.

    Examples
    --------
    >>> practice("update")
    Practice: update. Here is one question; the boxes to answer it need a running notebook.
    What is Δb₁¹ of the batch?
    ∂C/∂b₁¹ is 0.000638581.
    η is 0.4.
    <BLANKLINE>
    One answer: Δb₁¹ = −0.4 · 0.000638581 ≈ −0.0002554
    """
    for name in skills:
        if not isinstance(name, str) or name not in SKILLS:
            raise ValueError(f"There is no skill {brief(name)}; there are {', '.join(SKILLS)}.")
    names = [name for name in SKILLS if name in skills or not skills]
    return Page(names, Progress(Path.cwd() / FILE))


# The file


class Progress(Attempts):
    """What was answered so far, kept in a file that one can read.

    The file is read again before each answer is added, so that two notebooks can share it.
    What cannot be read is never written over: a damaged file gets another name, and what cannot
    get one stays as it is.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    aside : str
        The new name of a damaged file.
    problem : str
        Why nothing can be kept; then the file is not touched any more.
    remark : str
        What the learner should know of the file.
    """

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.aside = self.problem = ""
        self._read()

    @property
    def remark(self):
        if self.problem:
            return (
                f"Your progress cannot be kept: {self.problem}."
                " You can practise all the same; it is forgotten when the notebook is closed."
            )
        kept = f"Your progress is kept in {self.path}. You may read or delete it."
        if self.aside:
            return (
                f"{self.path.name} was not written by practice, or it is damaged: it is now called"
                f" {self.aside}, and a new one begins. {kept}"
            )
        return kept

    def add(self, attempt):
        if not self.problem:
            self._read()
        self.append(attempt)
        self._change(lambda: write_whole(self.path, write_attempts(self)))

    def forget(self):
        """Delete the file, and begin again."""
        self.clear()
        self.aside = ""
        self._change(lambda: self.path.unlink(missing_ok=True))

    def _read(self):
        try:
            self[:] = read_attempts(self.path.read_bytes())
        except FileNotFoundError:
            self.clear()
        except OSError:
            what = "is a folder" if self.path.is_dir() else "cannot be read"
            self.problem = f"{self.path} {what}"
        except ValueError:
            self._change(self._put_aside)

    def _put_aside(self):
        names = (f"{self.path.stem}_kept_{n}{self.path.suffix}" for n in count(1))
        aside = next(name for name in names if not self.path.with_name(name).exists())
        self.path.rename(self.path.with_name(aside))
        self.aside = aside

    def _change(self, change):
        """Do something to the folder, as long as it may be changed."""
        if not self.problem:
            try:
                change()
            except OSError:
                self.problem = f"the folder {self.path.parent} cannot be written to"


def read_attempts(content):
    """Read the bytes of the file.

    Raises
    ------
    ValueError
        If practice did not write them.
    """
    try:
        found = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("too deep to be written by practice") from error
    if (
        not isinstance(found, dict)
        or found.keys() != {"about", "version", "answers"}
        or found["version"] is True  # which is 1
        or found["version"] != VERSION
        or not isinstance(found["answers"], list)
        or not all(map(is_attempt, found["answers"]))
    ):
        raise ValueError("not written by practice")
    return [Attempt(**{**entry, "slips": tuple(entry["slips"])}) for entry in found["answers"]]


def is_attempt(entry):
    """Tell whether practice can have written this of an answer."""
    return (
        isinstance(entry, dict)
        and entry.keys() == {field.name for field in fields(Attempt)}
        and entry["skill"] in list(SKILLS)
        and entry["outcome"] in list(OUTCOMES)
        and isinstance(entry["smaller"], bool)
        and isinstance(entry["slips"], list)
        and all(map(is_text, [entry["asked"], entry["day"], *entry["slips"]]))
    )


def is_text(value):
    """Tell whether a value is a text that can be written again; half a character cannot."""
    return isinstance(value, str) and value.isprintable()


def write_attempts(attempts):
    """Write what was answered, an answer a line."""
    lines = [json.dumps(asdict(attempt), ensure_ascii=False) for attempt in attempts]
    answers = ",\n".join(f"    {line}" for line in lines)
    about = json.dumps(ABOUT, ensure_ascii=False)
    return f'{{\n  "about": {about},\n  "version": {VERSION},\n  "answers": [\n{answers}\n  ]\n}}\n'


def write_whole(path, text):
    """Write a file so that it is never there by half: the whole of it takes the old one's place."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


# What is shown of a question


def given(question, found=None):
    """Return the picture and the table of what is given for a question.

    Parameters
    ----------
    question : Question
    found : dict, optional
        (symbol, k) of what was found on the way, to its text.

    Returns
    -------
    list of Picture and Table
    """
    known = earlier(question) | (found or {})
    if not known:
        return pictures(question)
    of = f"observation {question.step.k}" if question.step.k else "whole batch"
    rows = [(name_in(question, key), [Cell(text)]) for key, text in known.items()]
    return [*pictures(question), Table(f"So far, {of}", ["quantity", "value"], rows)]


def pictures(question):
    """Return the picture of the observation; none for the whole batch."""
    if question.skill.of_batch:
        return []
    return [picture(question.sheet, question.step.k, values=question.shown)]


def name_in(question, key):
    """Name a quantity; of which observation it is, only where several are told of."""
    return write(key[0]) if question.step.k else label(*key)


def earlier(question):
    """Return the earlier quantities that a question gives, and η where it is needed, as text."""
    step = question.step
    rates = {parent.key: parent.written() for parent in step.parents if parent.symbol == "eta"}
    return question.shown | rates


def worked_out(step):
    """Show how a step is worked out."""
    if step.operation == "given":
        return paragraphs([repr(step)])
    if is_chain(step):
        return side_by_side([chain(step.trace, *step.key)])
    return side_by_side([table(step.trace, [step.key], caption="Worked out")])


def paragraphs(sentences):
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)


def in_page(html):
    """Dress a piece of the page as the notebook dresses what it shows."""
    return f'<div class="jp-RenderedHTMLCommon">{html}</div>'


def side_by_side(parts):
    """Lay out pictures and tables in a row, beneath each other where it is narrow."""
    boxes = "".join(f'<div style="max-width:100%">{part.html}</div>' for part in parts)
    return f'<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 2em">{boxes}</div>'


# The page


def call_later(function):
    """Call a function a moment later; at once where nothing goes on in between."""
    try:
        asyncio.get_running_loop().call_later(AFTER_ENTER, function)
    except RuntimeError:
        function()


class Page:
    """A place to practise in a notebook; where nothing runs, one question with its answer folded.

    Parameters
    ----------
    names : sequence of str
        The skills.
    progress : Attempts
    later : callable, optional
        Takes a function and calls it a moment later.
    """

    def __init__(self, names, progress, later=call_later):
        self.names, self.progress = list(names), progress
        self.later = later
        self.practice = Practice(names, progress)
        self.widget = None

    def __repr__(self):
        question = make_question(self.names[0], 1)
        lines = [
            f"{self._title()} Here is one question; the boxes to answer it need a running notebook.",
            f"What is {named(question.step)}?",
            *map(repr, pictures(question)),
            *(f"{name_in(question, key)} is {text}." for key, text in earlier(question).items()),
            "",
            f"One answer: {question.step!r}",
        ]
        return "\n".join(lines)

    @property
    def html(self):
        """The static twin: one question of the first skill, with its answer folded."""
        question = make_question(self.names[0], 1)
        return "\n".join(
            [
                '<div class="ffnn-practice">',
                paragraphs([self._title()]),
                paragraphs([f"What is {named(question.step)}? It is {say(question.step.symbol)}."]),
                *(part.html for part in given(question)),
                "<details><summary>One answer</summary>",
                worked_out(question.step),
                "</details>",
                "<p>To type your own answers, run this cell in JupyterLab.</p>",
                "</div>",
            ]
        )

    def _title(self):
        return f"Practice: {', '.join(self.names)}."

    def _repr_mimebundle_(self, include=None, exclude=None):
        self.widget = self.widget or self._build()
        view = self.widget._repr_mimebundle_()
        twin = {"text/html": self.html, "text/plain": repr(self)}
        return {WIDGET_VIEW: view[WIDGET_VIEW], **twin}

    def _build(self):
        self.head, self.given, self.said, self.foot = (widgets.HTML() for _ in range(4))
        self.box = widgets.Text(
            description="Your number",
            placeholder="like 0.25, then Enter",
            continuous_update=False,
            style={"description_width": "initial"},
        )
        self.is_entered = False
        self.box.on_msg(self._on_message)
        self.box.observe(self._on_text, "value")
        self.hand_in = self._button("Hand in", self._hand_in, "primary")
        self.show_me = self._button("Show me", self._show)
        self.go_on = self._button("Next question", self._next, "primary")
        self.forget = self._button("Forget my progress", self._ask_to_forget)
        self.yes = self._button("Yes, forget all of it", self._forget)
        self.no = self._button("No, keep it", self._keep)
        self.is_forgetting = False
        self.replied = ""
        self.practice.next()
        self._refresh()
        row = widgets.Layout(flex_flow="row wrap")
        answering = widgets.Box([self.box, self.hand_in, self.show_me, self.go_on], layout=row)
        forgetting = widgets.Box([self.forget, self.yes, self.no], layout=row)
        return widgets.VBox([self.head, self.given, self.said, answering, self.foot, forgetting])

    def _button(self, text, act, style=""):
        button = widgets.Button(description=text, button_style=style, layout={"width": "auto"})
        button.on_click(lambda _: act())
        return button

    # Enter sends a message, and the text of the box behind it, but only if it is a new one.

    def _on_message(self, _, content, buffers):
        if content.get("event") == "submit" and self.practice.way:
            self.is_entered = True
            self.later(lambda: self.is_entered and self._hand_in())

    def _on_text(self, _):
        if self.is_entered:
            self._hand_in()

    # What the buttons do

    def _hand_in(self):
        self.is_entered = False
        is_nothing_new = self.replied and not self.box.value.strip()  # Enter, twice
        if not self.practice.way or is_nothing_new:
            return
        reply = self.practice.answer(self.box.value)
        if reply.outcome != "unread":
            self.box.value = ""
        self._reply(paragraphs(reply.sentences))

    def _show(self):
        step = self.practice.step
        sentences = self.practice.show()
        self.box.value = ""
        self._reply(worked_out(step) + paragraphs(sentences))

    def _next(self):
        self.practice.next()
        self.box.value = ""
        self._reply()

    def _reply(self, reply=""):
        """Show a reply, and bring the keyboard to where one goes on."""
        self.replied = reply
        self._refresh(reply)
        if self.practice.way:
            self.box.focus()
        elif not self.practice.is_over:
            self.go_on.focus()

    def _ask_to_forget(self):
        self.is_forgetting = True
        self._refresh_foot()
        self.no.focus()

    def _keep(self):
        self.is_forgetting = False
        self._refresh_foot()

    def _forget(self):
        self.progress.forget()
        self.is_forgetting = False
        self._next()

    # What is shown

    def _refresh(self, reply=""):
        """Show where the practice is, and what is replied to the last answer."""
        question, is_open = self.practice.question, bool(self.practice.way)
        found = {key: answer.text for key, answer in self.practice.found.items()}
        self.head.value = in_page(self._head())
        self.given.value = in_page(side_by_side(given(question, found))) if question else ""
        self.said.value = in_page(f'<div role="status">{reply}{self._asks()}</div>')
        for widget in (self.box, self.hand_in, self.show_me):
            show(widget, is_open)
        show(self.go_on, not is_open and not self.practice.is_over)
        self._refresh_foot()

    def _asks(self):
        step = self.practice.step
        if not step:
            return ""
        spoken = escape(say(step.symbol))
        return f"<p><strong>{escape(self.practice.asks)}</strong> It is {spoken}.</p>"

    def _head(self):
        practice = self.practice
        mastered = f"Mastered: {len(practice.mastered)} of {len(self.names)}."
        if practice.is_over:
            return "<p>All that you practise here is mastered. You can stop.</p>"
        if not practice.question:
            return f"<p>{mastered}</p>"
        skill = practice.question.skill
        row = min(right_in_a_row(self.progress, skill.name), skill.enough)
        return (
            f"<p><strong>{escape(skill.name.capitalize())}</strong>: {escape(skill.what)}.<br>"
            f"Right in a row: {row} of {skill.enough}. {mastered}</p>"
        )

    def _refresh_foot(self):
        remarks = [self.progress.remark]
        if self.is_forgetting:
            n = len(self.progress)
            answers = f"{n} answer{'' if n == 1 else 's'}"
            remarks.append(f"Forget all {answers}? This cannot be undone.")
        self.foot.value = in_page(
            f"<details><summary>When is a skill mastered?</summary>{paragraphs([RULE])}</details>"
            f"{paragraphs(remarks)}"
        )
        show(self.forget, not self.is_forgetting)
        show(self.yes, self.is_forgetting)
        show(self.no, self.is_forgetting)


def show(widget, is_shown):
    widget.layout.display = None if is_shown else "none"
