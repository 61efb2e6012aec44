"""What practice asks next, what it says to an answer, and when a skill is mastered.

Nothing in here knows of a page or a file: a question is made of a sheet, an answer is judged as
the homework is, and every rule is read off the list of what was answered so far.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from ffnn_helpers import causes
from ffnn_helpers.answers import read
from ffnn_helpers.causes import links, strikes, what_decides
from ffnn_helpers.checking import KINDS, verdict
from ffnn_helpers.marking import mark, matches
from ffnn_helpers.notation import number, read_number, write
from ffnn_helpers.paper import of_paths
from ffnn_helpers.sheets import PARTS, PRACTICE, row_of, sheet
from ffnn_helpers.slips import SLIPS
from ffnn_helpers.steps import Step, Trace, recipe

ASSIGNMENT = "hw3_mini_batch_step"  # its sheets have all that a skill needs
IN_WORDS = {3: "three", 6: "six"}
DIGITS = 6  # of an earlier quantity that is given, so that four come out right
RULE = (
    "A skill is mastered when you are right three times in a row: each time on new numbers, at"
    " the first try, without help. Link, chain and two paths take six times, since a guess is often"
    " right there. A wrong answer starts the count again, also a wrong answer to a smaller question."
    " A mastered skill is not asked any more."
)
PARENTS = "parents"
FORWARD = "forward pass"


@dataclass(frozen=True)
class Skill:
    """One thing to be able to do.

    Attributes
    ----------
    name : str
    what : str
        What is worked out, in words.
    kinds : tuple of str
        Patterns of the symbols that are asked. They take turns, so that each is among the last
        three where there are two or three.
    shows : str
        Which earlier quantities are given: the "parents" of what is asked, or the whole
        "forward pass" of its observation.
    of_batch : bool
        Whether it is asked for the whole batch, or for one observation.
    part : str
        The sheets: "main", a 2-2-1 network, or "two_paths", a 2-2-2 network.
    enough : int
        How often it must be right in a row to be mastered. Where a coin can choose between w
        and a, three times in a row come too easily.
    """

    name: str
    what: str
    kinds: tuple
    shows: str = PARENTS
    of_batch: bool = False
    part: str = "main"
    enough: int = 3


SKILLS = {
    skill.name: skill
    for skill in (
        # Of a hidden z two digits are all: only the others tell whether the digits are kept.
        Skill("weighted sum", "z, what a neuron adds up", (r"z\^1_.", r"z\^2_.", r"z\^2_.")),
        Skill("activation", "a, what σ makes of z", (r"a\^._.",)),
        Skill("cost", "C, how wrong one output is", ("C",)),
        Skill(
            "error slope", "∂C/∂ŷ, how the cost moves with the output", (r"dC/da\^2_.",), FORWARD
        ),
        Skill("sigmoid slope", "∂a/∂z, how a moves with z", (r"da\^._./dz\^._.",), FORWARD),
        Skill(
            "bias chain",
            "∂C/∂b of the output's neuron, a product of two slopes",
            (r"dC/db\^2_.*",),
            FORWARD,
        ),
        Skill(
            "link",
            "∂z/∂w and ∂z/∂a, where one letter varies and the other holds still",
            (r"dz\^2_./da\^1_.", r"dz\^1_./dw.*", r"dz\^2_./dw.*"),
            FORWARD,
            enough=6,
        ),
        Skill(
            "chain",
            "∂C/∂w and ∂C/∂b, a product of links, one of them a w or an a",
            (r"dC/dw\^2_.*", r"dC/dw\^1_.*", r"dC/db\^1_.*"),
            FORWARD,
            enough=6,
        ),
        Skill(
            "two paths",
            "∂C/∂w where two paths lead to the cost",
            (r"dC/dw\^1_.*",),
            FORWARD,
            part="two_paths",
            enough=6,
        ),
        Skill("mean", "∂C/∂w and ∂C/∂b of the batch", (r"dC/db.*", r"dC/dw.*"), of_batch=True),
        Skill(
            "update", "Δ, how far a parameter moves", (r"delta b.*", r"delta w.*"), of_batch=True
        ),
    )
}


@cache
def keys_of(skill, kind):
    """List what a skill may ask of one kind: (symbol, k), in the order of the recipe."""
    return [
        key
        for key in recipe(*PARTS[skill.part])
        if re.fullmatch(kind, key[0]) and (key[1] is None) == skill.of_batch
    ]


def skill_of(symbol, k):
    """Return the name of the skill that works out a quantity, or None.

    Examples
    --------
    >>> skill_of("dz^2_1/da^1_2", 1), skill_of("dC/db^2_1", None), skill_of("eta", None)
    ('link', 'mean', None)
    """
    for skill in SKILLS.values():
        asks = any(re.fullmatch(kind, symbol) for kind in skill.kinds)
        if asks and (k is None) == skill.of_batch:
            return skill.name
    return None


def named(step):
    """Name what is asked; a parameter belongs to no observation, and needs no more than its symbol.

    Examples
    --------
    >>> question = make_question("link", 1)
    >>> named(question.step), named(question.step.trace["eta"])
    ('∂z₁²/∂a₁¹ of observation 1', 'η')
    """
    is_parameter = step.k is None and step.key not in step.trace.recipe
    return write(step.symbol) if is_parameter else causes.named(*step.key)


# A question


@dataclass(frozen=True, eq=False)
class Question:
    """One quantity of one sheet, with the earlier ones that it needs.

    Attributes
    ----------
    skill : Skill
    sheet : Sheet
    step : Step
        What is asked. In its trace, the quantities that are shown are given, as printed.
    shown : dict
        (symbol, k) of each earlier quantity that is given, to its text.
    """

    skill: Skill
    sheet: object
    step: Step
    shown: dict


def make_question(name, number, turn=0):
    """Ask for one quantity of a fresh sheet.

    Parameters
    ----------
    name : str
        A key of `SKILLS`.
    number : int
        Which question it is, from 1. It chooses the sheet, and two in a row differ.
    turn : int
        How often the skill was asked before; it chooses whose turn it is of its kinds.

    Returns
    -------
    Question

    Examples
    --------
    >>> make_question("sigmoid slope", 1).step.key[0][:2]
    'da'
    """
    skill = SKILLS[name]
    numbers = sheet(ASSIGNMENT, _student(number), part=skill.part)
    exact = numbers.trace
    keys = keys_of(skill, skill.kinds[turn % len(skill.kinds)])
    key = Random(f"{name} {number}").choice(keys)
    shown = {earlier: exact[earlier].written(DIGITS) for earlier in _shown_with(skill, exact[key])}
    as_printed = {earlier: read_number(text) for earlier, text in shown.items()}
    trace = Trace(exact.sizes, exact.recipe, exact.given | as_printed)
    return Question(skill, numbers, trace[key], shown)


def _student(number):
    """Name whose sheet a question is of: nobody's, and another than that of the question before."""
    student = f"{PRACTICE}question-{number}"
    same = row_of(ASSIGNMENT, student) == row_of(ASSIGNMENT, f"{PRACTICE}question-{number - 1}")
    return f"{student}-other" if same else student


def _shown_with(skill, step):
    """List the keys of the earlier quantities that are given."""
    if skill.shows == PARENTS:
        return [parent.key for parent in step.parents if parent.operation != "given"]
    return [key for key in step.trace.recipe if key[1] == step.k and re.match(r"[za]\^", key[0])]


# What was answered so far, and what follows from it

OUTCOMES = {
    "right": "right, at the first try and without help",
    "rounded": "too few digits, or rounded on the way",
    "wrong": "wrong at the first try",
    "shown": "the answer was shown",
}


@dataclass(frozen=True)
class Attempt:
    """The first answer to one question.

    Attributes
    ----------
    skill : str
    asked : str
        The quantity, in words.
    outcome : str
        A key of `OUTCOMES`.
    slips : tuple of str
        The codes of the slips that lead to the answer.
    smaller : bool
        Whether it was a smaller question on the way to another; only a wrong answer is kept.
    day : str
        Like "2026-11-25".
    """

    skill: str
    asked: str
    outcome: str
    slips: tuple = ()
    smaller: bool = False
    day: str = ""


def _whole_questions(attempts):
    """Leave out the smaller questions."""
    return [attempt for attempt in attempts if not attempt.smaller]


def right_in_a_row(attempts, name):
    """Count how often a skill was right in a row, up to now.

    Examples
    --------
    >>> attempts = [Attempt("cost", "C", outcome) for outcome in ("right", "wrong", "right")]
    >>> right_in_a_row(attempts, "cost"), right_in_a_row(attempts, "chain")
    (1, 0)
    """
    count = 0
    for attempt in attempts:
        if attempt.skill == name:
            count = count + 1 if attempt.outcome == "right" else 0
    return count


def is_mastered(attempts, name):
    """Tell whether the rule calls a skill mastered; it is written in `RULE`.

    A skill whose kinds take turns is asked for each of them within three questions, so that
    none of them can be left out.
    """
    return right_in_a_row(attempts, name) >= SKILLS[name].enough


def next_skill(attempts, names):
    """Choose the skill of the next question.

    What went wrong when it was last asked is due, the one asked longest ago first. Where
    nothing is due, the least sure skill is asked: with the fewest right in a row, and of these the
    first in the course. After two answers in a row that were not right comes something that is
    not due, and after two questions of one skill comes another, as long as there is one.

    Parameters
    ----------
    attempts : sequence of Attempt
    names : sequence of str
        The skills that are practised, in the order of the course.

    Returns
    -------
    str or None
        None where all of them are mastered.

    Examples
    --------
    >>> next_skill([], ["weighted sum", "activation"])
    'weighted sum'
    >>> next_skill([Attempt("cost", "C", "wrong")], ["weighted sum", "cost"])
    'cost'
    """
    choices = [name for name in names if not is_mastered(attempts, name)]
    last_two = _whole_questions(attempts)[-2:]
    if len(last_two) == 2 and last_two[0].skill == last_two[1].skill:
        choices = [name for name in choices if name != last_two[0].skill] or choices
    last = {attempt.skill: place for place, attempt in enumerate(attempts)}
    due = [name for name in choices if name in last and attempts[last[name]].outcome != "right"]
    others = [name for name in choices if name not in due]
    is_stuck = len(last_two) == 2 and all(attempt.outcome != "right" for attempt in last_two)
    if due and not (is_stuck and others):
        return min(due, key=last.get)
    return min(others, key=lambda name: right_in_a_row(attempts, name), default=None)


def smaller_question(step, mark, asked):
    """Find the earlier quantity that decides why an answer is wrong.

    Where several slips lead to it, that is the one that tells them apart; where one does, the
    quantity that it strikes, or what it leaves out there; else the first link, or the first of what
    the step is made of, that nobody has asked for.

    Parameters
    ----------
    step : Step
    mark : Mark
        Of a wrong answer.
    asked : collection of (str, int or None)
        What is asked already: the step itself, and what was asked on the way.

    Returns
    -------
    Step or None
        None where nothing earlier is left to ask for.
    """
    left = [key for key in _deciding(step, mark) if key not in asked]
    return step.trace[left[0]] if left else None


def _deciding(step, mark):
    """List the keys of what may decide why an answer is wrong, the surest first."""
    strike_of = {}  # of each slip that leads to the answer, the strike nearest to the step
    for strike in strikes(step):
        if strike.slip.code in mark.codes and matches(mark.answer, strike.values[step.key], step):
            strike_of.setdefault(strike.slip.code, strike)
    made = list(strike_of.values())
    tells_apart = what_decides(made, step) if len(made) > 1 else None
    keys = [tells_apart] if tells_apart else []
    keys += [(strike.symbol, step.k) for strike in made]
    for strike in made:
        if strike.symbol == step.symbol:
            keys += _left_out(strike.slip, step)
    parts = links(step) or step.parents
    return keys + [part.key for part in parts if part.operation not in ("given", "one")]


def _left_out(slip, step):
    """List the keys of what a step is made of, but not where the slip is made there."""
    parents = tuple(parent.key for parent in step.parents)
    rules = slip.rewrite(step.key, step.operation, parents, step.trace.recipe)
    kept = {parent for _, wrong_parents in rules for parent in wrong_parents}
    return [parent for parent in parents if parent not in kept]


# One learner at work


def _what_it_is(mark):
    """Say what an answer is, as `check` does; the marking knows a slip also by three digits."""
    if mark.verdict == "wrong":
        return verdict(mark.answer, mark.step)
    return re.sub("^This is", f"{number(mark.answer.value, DIGITS)} is", mark.sentence)


def _more_digits(mark):
    """Say to somebody who writes two digits, where these are not all, what they may cost."""
    value = mark.step.value
    if mark.codes or not 0 < mark.answer.digits <= 2 or number(value, 2) == number(value, 12):
        return ()
    return ("You wrote few digits. Keep six on the way, and write four.",)


@dataclass(frozen=True)
class Reply:
    """What is said to an answer.

    Attributes
    ----------
    outcome : str
        "right", "rounded", "wrong" or "unread".
    sentences : tuple of str
    """

    outcome: str
    sentences: tuple


class Attempts(list):
    """What was answered so far, kept nowhere."""

    def add(self, attempt):
        self.append(attempt)


class Practice:
    """Questions, answers, smaller questions, and back.

    Parameters
    ----------
    names : sequence of str
        The skills, in the order of the course.
    attempts : sequence of Attempt, with a method add
        What was answered before; it grows.

    Attributes
    ----------
    question : Question or None
        None before the first, and when all is mastered.
    way : list of Step
        What is asked: the question's own step, then each smaller question that is still open.
        The last one is to be answered. Empty where the question is finished.
    found : dict
        (symbol, k) of each smaller question that was answered, to the answer.
    """

    def __init__(self, names, attempts=None):
        self.names = list(names)
        self.attempts = Attempts() if attempts is None else attempts
        self._ask(None)

    def _ask(self, question):
        self.question = question
        self.way = [question.step] if question else []
        self.found = {}
        self._noted = set()  # the keys of what was answered
        self._hints = Counter()  # how many were given to each key
        # Slips that were made before this question: where to read is said once in a question.
        self._met = {code for attempt in self.attempts for code in attempt.slips}

    @property
    def step(self):
        """Return what is to be answered now; None where the question is finished."""
        return self.way[-1] if self.way else None

    @property
    def asks(self):
        """Return the sentence that asks for the step; empty where the question is finished."""
        if not self.way:
            return ""
        if len(self.way) > 1:
            return f"A smaller question first: what is {named(self.step)}?"
        return f"{'Once more: what' if self._noted else 'What'} is {named(self.step)}?"

    @property
    def mastered(self):
        return [name for name in self.names if is_mastered(self.attempts, name)]

    @property
    def is_over(self):
        """Tell whether no question is open and every skill is mastered."""
        return not self.way and len(self.mastered) == len(self.names)

    def next(self):
        """Ask the next question, or none where all is mastered."""
        name = next_skill(self.attempts, self.names)
        if not name:
            self._ask(None)
            return
        asked = [attempt.skill for attempt in _whole_questions(self.attempts)]
        self._ask(make_question(name, len(asked) + 1, turn=asked.count(name)))

    def answer(self, written):
        """Judge an answer to what is asked, and go on: to a smaller question, back, or to the end.

        Parameters
        ----------
        written : str or float

        Returns
        -------
        Reply
        """
        step = self.step
        answer = read(written)
        if answer.is_blank:
            return Reply("unread", ("Nothing here yet. Type one number, like 0.25.",))
        if answer.value is None:
            return Reply("unread", (verdict(written, step),))
        found = mark(self.found | {step.key: answer}, step.trace)[step.key]
        sentence = _what_it_is(found)
        if found.verdict in ("right", "follow-through"):
            self._note("right")
            return Reply("right", (" ".join([sentence, *self._go_back(answer)]),))
        if found.verdict == "rounded early":
            self._note("rounded")
            return Reply("rounded", (sentence,))
        self._note("wrong", found.codes)
        more = [*self._read_again(found.codes), *_more_digits(found), *self._help(step, found)]
        return Reply("wrong", (sentence, *more))

    def show(self):
        """Give up on what is asked: its number counts as found, and as helped.

        Returns
        -------
        tuple of str
        """
        self._note("shown")
        return self._go_back(read(number(self.step.value, DIGITS)))

    def _go_back(self, answer):
        """Leave what is answered, for the larger question or for the end."""
        done = self.way.pop()
        if not self.way:
            return self._end()
        self.found[done.key] = answer
        return ()

    def _end(self):
        name, enough = self.question.skill.name, self.question.skill.enough
        row = right_in_a_row(self.attempts, name)
        if row == 0:
            return ("The count begins again with the next question, on new numbers.",)
        if row < enough:
            return (f"That makes {row} of {enough} in a row.",)
        if len(self.mastered) < len(self.names):
            return (
                f"{name.capitalize()} is mastered: right {IN_WORDS[enough]} times in a row, each"
                " time on new numbers. It is not asked any more.",
            )
        return (f"{name.capitalize()} is mastered, and with it all that you practise here.",)

    def _help(self, step, found):
        """Open a smaller question, or say more about this one where there is none."""
        smaller = smaller_question(step, found, {*self.found, *(one.key for one in self.way)})
        if smaller:
            self.way.append(smaller)
            return ()
        name = write(step.symbol)
        what_it_is = f"{name} is {KINDS[step.operation]}"
        has_formula = step.operation != "given"
        hints = [
            what_it_is,
            f"Its formula: {name} = {of_paths(step)}." if has_formula else what_it_is,
            'If you are stuck, press "Show me": it works this out.',
        ]
        hint = hints[min(self._hints[step.key], 2)]
        self._hints[step.key] += 1
        return (hint,)

    def _note(self, outcome, slips=()):
        """Keep the first outcome of a question; of a smaller one, only if it is wrong."""
        step = self.step
        if step.key in self._noted:
            return
        self._noted.add(step.key)
        is_smaller = len(self.way) > 1
        skill = skill_of(*step.key) if is_smaller else self.question.skill.name
        if skill and (outcome == "wrong" or not is_smaller):
            today = date.today().isoformat()
            self.attempts.add(
                Attempt(skill, named(step), outcome, tuple(slips), is_smaller, day=today)
            )

    def _read_again(self, codes):
        """Say where the first slip is explained, once it was made before."""
        if not codes or codes[0] not in self._met:
            return ()
        self._met.remove(codes[0])
        return (f"You met this before. To read again: notebook {SLIPS[codes[0]].read}.",)
