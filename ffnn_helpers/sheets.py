"""A sheet is everything one needs to work a step by hand: a network, a batch, a learning rate.

The handout is the first. `sheet` gives each student one of their own: a row of a frozen table,
chosen by the student's id and by nothing else.
"""

import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

from ffnn_helpers import notation
from ffnn_helpers.arguments import brief, finite_array
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.network import Network
from ffnn_helpers.steps import trace

# Drawn once by tools/draw_sheets.py, each proved fair, and never changed again: another row, or
# another number of rows, would change the sheet of a student who has begun to work on it.
FROZEN = Path(__file__).parent / "frozen"
VERSION = "1"
PARTS = {"main": ((2, 2, 1), 3), "two_paths": ((2, 2, 2), 1)}  # sizes and K

PRACTICE = "practice-"  # with this an id begins that is no student's


@dataclass(frozen=True, eq=False)
class Sheet:
    """One network, one batch and one learning rate, and the step that follows from them.

    Attributes
    ----------
    network : Network
    x : list of list of float, K rows of n_in
    y : list of list of float, K rows of n_out
    eta : float
    graded : bool
        Whether it is a student's homework.
    trace : Trace
        Every quantity of the step, worked out when first asked for. A graded sheet has none,
        and says so in a RuntimeError.

    Examples
    --------
    >>> handout.trace["new b^2_1"]
    new b₁² = 1 − 0.007968 ≈ 0.992
    """

    network: Network
    x: list
    y: list
    eta: float
    graded: bool = False

    @cached_property
    def trace(self):
        if self.graded:
            raise RuntimeError(
                "This is homework, so its steps are yours to work out;"
                f' a sheet with student="{PRACTICE}1" is there to try everything.'
            )
        return trace(self.network, self.x, self.y, self.eta)

    def nudge(self, symbol, by):
        """Return the same sheet with one parameter moved.

        Parameters
        ----------
        symbol : str
            A parameter, like ``b^2_1``.
        by : float
            How far it is moved.

        Returns
        -------
        Sheet

        Raises
        ------
        ValueError
            If the network has no such parameter, or by is not a finite number.

        Examples
        --------
        >>> handout.nudge("b^2_1", by=0.01).trace["b^2_1"]
        b₁² = 1.01
        """
        parameters = notation.parameters(self.network.sizes)
        named = notation.canonical(symbol, self.network.sizes) if isinstance(symbol, str) else None
        if named not in parameters:
            raise ValueError(
                f"{symbol!r} is no parameter of this network; they are {', '.join(parameters)}."
            )
        (by,) = finite_array("by", [by], 1, "a number, like 0.01")
        theta = self.network.theta.copy()
        theta[parameters.index(named)] += by
        return replace(self, network=Network(self.network.sizes, theta))


handout = Sheet(
    network=Network(sizes=(2, 2, 1), theta=[0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1]),
    x=[[10, -5], [3, 2]],
    y=[[0.5], [0.6]],
    eta=0.1,
)

# The handout's numbers hide mistakes: with K = 2, or a weight of 0.5, a lost factor can come
# back elsewhere. On these no slip of the catalogue gives a right derivative.
new_numbers = Sheet(
    network=Network(sizes=(2, 2, 1), theta=[-0.7, 1.2, -0.3, -0.8, 1.1, -0.6, 1.3, 0.2, 0.4]),
    x=[[4, 3], [3, 1], [1, 2]],
    y=[[0.7], [0.8], [0.4]],
    eta=0.6,
)

# Two outputs, so that a hidden weight reaches the cost by two paths.
two_paths = Sheet(
    network=Network(
        sizes=(2, 2, 2),
        theta=[-0.6, -0.8, 0.2, 1.3, 1.2, -0.7, 0.9, 0.7, 0.6, 0.3, -0.4, 0.8],
    ),
    x=[[4, -2]],
    y=[[0.4, 0.9]],
    eta=0.3,
)


def sheet(assignment, student, part="main", course="ffnn"):
    """Return the sheet of a student, the same for ever.

    Parameters
    ----------
    assignment : str
        Like ``"hw3_mini_batch_step"``.
    student : str
        The student's id. Upper and lower case, and spaces around it, make no difference. What
        begins with ``practice-`` is no student: that sheet shows its trace.
    part : str
        "main", or "two_paths" for the 2-2-2 network, where the assignment has one.
    course : str
        Another course has other sheets.

    Returns
    -------
    Sheet

    Raises
    ------
    ValueError
        If there is no such assignment or part, or the id is no text or empty.

    Examples
    --------
    >>> sheet("hw2_chain_rule", "practice-1").network.sizes
    (2, 2, 1)
    """
    row = row_of(assignment, student, course)
    parts = dict.fromkeys(question.part for question in HOMEWORK[assignment])
    if part not in parts:
        raise ValueError(f"{assignment} has no part {brief(part)}; it has {' and '.join(parts)}.")
    sizes, K = PARTS[part]
    values = dict(zip(columns(part), _numbers(_lines(part)[row]), strict=True))
    theta = [values[symbol, None] for symbol in notation.parameters(sizes)]
    x, y = (
        [[values[f"{letter}_{i}", k] for i in range(1, width + 1)] for k in range(1, K + 1)]
        for letter, width in (("x", sizes[0]), ("y", sizes[-1]))
    )
    graded = not normalised(student).startswith(PRACTICE)
    return Sheet(Network(sizes, theta), x, y, values["eta", None], graded)


def row_of(assignment, student, course="ffnn"):
    """Return which row of the frozen tables is a student's sheet.

    Only SHA-256 decides: it is the same on every machine, and in every release.
    """
    if not isinstance(assignment, str) or assignment not in HOMEWORK:
        raise ValueError(
            f"There is no assignment {brief(assignment)}; there are {', '.join(HOMEWORK)}."
        )
    if not isinstance(course, str):
        raise ValueError(f'course is {brief(course)}; it must be a text, like "ffnn".')
    text = "\n".join([course, assignment, VERSION, normalised(student)])
    return _digest(text) % len(_lines("main"))


def normalised(student):
    """Write an id in the one way in which it counts.

    Examples
    --------
    >>> normalised(" Ada ")
    'ada'
    """
    if not isinstance(student, str):
        raise ValueError(f'student is {brief(student)}; it must be a text, like "ada".')
    composed = unicodedata.normalize("NFC", student).strip().casefold()
    if not composed:
        raise ValueError('student is empty; it must be your id, like "ada".')
    return unicodedata.normalize("NFC", composed)  # casefold may take a letter and its accent apart


def check_word(student):
    """Return a word that another id seldom shares, so that a typing error shows.

    Examples
    --------
    >>> check_word(" Ada ") == check_word("ada")
    True
    """
    words = (FROZEN / "words.txt").read_text(encoding="utf-8").split()
    return words[_digest("check word\n" + normalised(student)) % len(words)]


def _digest(text):
    return int.from_bytes(sha256(text.encode(errors="surrogatepass")).digest(), "big")


def columns(part):
    """List what a row of a frozen table holds: (symbol, k), as the given of a trace."""
    sizes, K = PARTS[part]
    data = [
        (f"{letter}_{i}", k)
        for k in range(1, K + 1)
        for letter, width in (("x", sizes[0]), ("y", sizes[-1]))
        for i in range(1, width + 1)
    ]
    return [*((symbol, None) for symbol in notation.parameters(sizes)), *data, ("eta", None)]


def heading(key):
    symbol, k = key
    return f"{symbol} of observation {k}" if k else symbol


@lru_cache
def frozen_rows(part):
    """Read the frozen table of a part: a tuple of numbers for each row."""
    return [_numbers(line) for line in _lines(part)]


@lru_cache
def _lines(part):
    _, *lines = (FROZEN / f"{part}.csv").read_text(encoding="utf-8").splitlines()
    return lines


def _numbers(line):
    return tuple(int(n) if "." not in n else float(n) for n in line.split(","))
