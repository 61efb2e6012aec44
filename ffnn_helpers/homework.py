"""What each assignment asks: the questions worked by hand, answer by answer.

The page of the student, the printed sheet, the marking and the test of the sheets' fairness all
read it here.
"""

from dataclasses import dataclass

from ffnn_helpers import notation
from ffnn_helpers.answers import read_boxes

NUDGE = 0.01  # how far a student moves a parameter, up and down, to measure a slope


@dataclass(frozen=True)
class Question:
    """One page of boxes to fill in.

    Attributes
    ----------
    name : str
        Its name in the notebook, and in the gradebook.
    asked : tuple of (str, int or None)
        The quantities, (symbol, k), in the order of their boxes. Each is worth one point.
    part : str
        Which of the student's sheets: "main", the 2-2-1 network with three observations, or
        "two_paths", the 2-2-2 network with one.
    shows : str
        What its blank table shows beside a box: "example", the formula and the line of the
        handout's network; "formula"; or "name" alone.
    nudged : str or None
        A parameter whose slope the student may measure too. The two costs that this takes have
        boxes of their own, which are worth nothing.
    """

    name: str
    asked: tuple
    part: str = "main"
    shows: str = "name"
    nudged: str | None = None

    @property
    def boxes(self):
        """Return what stands beside each box that is marked, to its key."""
        return {notation.write(symbol): (symbol, k) for symbol, k in self.asked}

    @property
    def nudge_boxes(self):
        """Return what stands beside each cost of a nudge, to the parameter and how far it moved."""
        name = self.nudged and notation.write(self.nudged)
        moves = {"+": NUDGE, "−": -NUDGE} if name else {}
        return {f"C at {name} {sign} {NUDGE}": (self.nudged, by) for sign, by in moves.items()}

    def read(self, text):
        """Read a cell of answers: the `Answer` of every box, and the names that are no box.

        Returns
        -------
        answers : dict
            Each key of `asked` to its answer.
        nudge : dict
            Each key of the boxes of a nudge to its answer.
        unknown : list of str
        """
        answers, unknown = read_boxes(text, self.boxes | self.nudge_boxes)
        nudge = {key: answers.pop(key) for key in self.nudge_boxes.values()}
        return answers, nudge, unknown


def label(symbol, k):
    """Name a quantity where several observations are told of.

    Examples
    --------
    >>> label("dC/db^2_1", 3), label("dC/db^2_1", None)
    ('∂C/∂b₁², observation 3', '∂C/∂b₁²')
    """
    return notation.write(symbol) + (f", observation {k}" if k else "")


def _of(k, *symbols):
    return tuple((symbol, k) for symbol in symbols)


ACTIVATIONS = ("a^1_1", "a^1_2", "a^2_1")
FORWARD = ("z^1_1", "a^1_1", "z^1_2", "a^1_2", "z^2_1", "a^2_1", "C")
BIAS, WEIGHT = "b^2_1", "w^1_{2,1}"  # the two parameters of the handout
SLOPES = (f"dC/d{BIAS}", f"dC/d{WEIGHT}")

HOMEWORK = {
    "hw1_forward_pass": (
        Question("observation_1", _of(1, *FORWARD), shows="example"),
        Question("observation_2", _of(2, *FORWARD), shows="formula"),
        Question("observation_3", _of(3, *ACTIVATIONS, "C")),
        Question("batch_cost", _of(None, "C"), shows="formula"),
    ),
    "hw2_chain_rule": (
        Question("forward_pass", _of(1, *ACTIVATIONS)),
        Question(
            "output_bias",
            _of(1, "dC/da^2_1", "da^2_1/dz^2_1", f"dC/d{BIAS}"),
            shows="formula",
            nudged=BIAS,
        ),
        Question(
            "hidden_weight",
            _of(1, "dz^2_1/da^1_2", "da^1_2/dz^1_2", f"dz^1_2/d{WEIGHT}", f"dC/d{WEIGHT}"),
            nudged=WEIGHT,
        ),
        Question("observation_2", _of(2, *ACTIVATIONS, *SLOPES)),
    ),
    "hw3_mini_batch_step": (
        Question("observation_1", _of(1, *ACTIVATIONS, *SLOPES), nudged=WEIGHT),
        Question("observation_2", _of(2, *ACTIVATIONS, *SLOPES)),
        Question("observation_3", _of(3, *ACTIVATIONS, *SLOPES)),
        Question("gradient", _of(None, *SLOPES)),
        Question(
            "update",
            _of(None, f"delta {BIAS}", f"delta {WEIGHT}", f"new {BIAS}", f"new {WEIGHT}"),
        ),
        Question(
            "two_paths",
            _of(1, "a^1_1", "a^1_2", "a^2_1", "a^2_2", "dC/dz^2_1", "dC/dz^2_2")
            + _of(1, "dC/da^1_1", "dC/dw^1_{1,1}"),
            part="two_paths",
        ),
    ),
}

# The rest of the points: the functions to write, and the answer in words.
FUNCTIONS = {
    "hw1_forward_pass": {"sigmoid": 4, "forward": 6},
    "hw2_chain_rule": {"gradient": 12},
    "hw3_mini_batch_step": {"step": 14},
}
WORDS = {"hw1_forward_pass": 6, "hw2_chain_rule": 6, "hw3_mini_batch_step": 7}
