"""What somebody wrote, read as a number: one policy for `check`, the homework and its grading.

A number is an int, a float, a Fraction or Decimal, a NumPy scalar, an array or list with one
number in it, or a text: ``0.25``, ``0,25``, ``-1.2e-3``, ``1.2*10^-3``, ``1/3``. Not a number
are NaN and infinity, complex numbers, True and False, several numbers, and text with anything
else in it, like a unit.
"""

import math
import re
from dataclasses import dataclass

from ffnn_helpers.notation import number

LONGEST = 60
MOST_DIGITS = 12
# float() would take some of these.
NOT_NUMBERS = (bool, str, bytes, bytearray, memoryview, complex, list, tuple)

_DECIMAL = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d{1,4})?"
_POWER = r"(?:[*·×x]10(?:\^|\*\*)\(?([+-]?\d{1,4})\)?)?"
_NUMBER = re.compile(rf"({_DECIMAL}){_POWER}", re.ASCII | re.IGNORECASE)
_FRACTION = re.compile(rf"({_DECIMAL})/({_DECIMAL})", re.ASCII | re.IGNORECASE)
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "\N{NON-BREAKING HYPHEN}": "-", "⁄": "/", "\N{NO-BREAK SPACE}": " "}
)
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")


@dataclass(frozen=True)
class Answer:
    """What stands in one box.

    Attributes
    ----------
    text : str
        As it was written, on one line and cut where it is long; empty for a blank.
    value : float or None
        None for a blank, and for what is not a number.
    digits : int
        How many significant digits were given, at most 12; zeros that end a whole number may
        stand for others, and do not count.
    """

    text: str = ""
    value: float | None = None
    digits: int = 0

    @property
    def is_blank(self):
        return not self.text


def read(written):
    """Read one answer.

    Parameters
    ----------
    written : object
        None, ``...`` and an empty text are blanks.

    Returns
    -------
    Answer

    Examples
    --------
    >>> read("0,930"), read("-1.2*10^-3").value, read("1/8").value
    (Answer(text='0,930', value=0.93, digits=3), -0.0012, 0.125)
    >>> read("0.5 m"), read(True).value
    (Answer(text='0.5 m', value=None, digits=0), None)
    """
    kind = type(written)  # an object may say of itself that it is a text
    if kind is Answer:
        return written
    if written is None or written is ...:
        return Answer()
    if issubclass(kind, str):
        return _read_text(str.__str__(written))
    value = _one_number(written)
    if value is None:
        return Answer(_brief(_safe_repr(written)))
    decimal = number(value, MOST_DIGITS)
    return Answer(_brief(decimal), value, _digits(decimal))


def _read_text(written):
    text = " ".join(written.translate(_SIGNS).split()).strip(" ;")
    text = re.sub(r"10([⁻⁺]?[⁰¹²³⁴-⁹]+)", lambda raised: "10^" + raised[1].translate(_RAISED), text)
    shown = _brief(" ".join(written.split()))
    compact = text.replace(" ", "") if re.search(r"[*·×x/^]|^[+-] ", text) else text
    if not text.strip(".…"):
        return Answer()
    compact = re.sub(r"(\.\.\.|…)$", "", compact)  # the dots that stood in the box before
    if len(compact) > LONGEST:
        return Answer(shown)
    if match := _NUMBER.fullmatch(compact):
        decimal, power = match.groups()
        value = _as_float(f"{decimal}e{power}" if power else decimal)
        mantissa = re.split("e", decimal, flags=re.IGNORECASE)[0]
        return Answer(shown, value, 0 if value is None else _digits(mantissa))
    if match := _FRACTION.fullmatch(compact):
        above, below = map(_as_float, match.groups())
        if above is not None and below and math.isfinite(above / below):
            return Answer(shown, above / below, MOST_DIGITS)
    return Answer(shown)


def _as_float(text):
    """Read a decimal number with a point or a comma; None where a float cannot hold it."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:  # 1.2e3 with a power of ten behind it
        return None
    return value if math.isfinite(value) else None


def _one_number(written):
    """Return a finite float, or None. What a strange object does to be a number is its own affair."""
    try:
        if hasattr(written, "item") and getattr(written, "size", 1) == 1:
            written = written.item()
        elif isinstance(written, (list, tuple)) and len(written) == 1:
            (written,) = written
        if isinstance(written, NOT_NUMBERS):
            return None
        value = float(written)
    except Exception:
        return None
    return value if math.isfinite(value) else None


def _safe_repr(written):
    try:
        return repr(written)
    except Exception:
        return f"a {type(written).__name__} that cannot be shown"


def _brief(text):
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def last_place(value, digits):
    """Return what one unit is worth in the last of so many significant digits.

    Examples
    --------
    >>> last_place(-23.4, 3)
    0.1
    """
    return 10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits)


def _digits(decimal):
    """Count the significant digits of a number as it was written; 1200 may have been rounded."""
    decimal = decimal if re.search("[.,]", decimal) else decimal.rstrip("0")
    return min(len(re.sub(r"\D", "", decimal).lstrip("0")), MOST_DIGITS)


def read_boxes(text, boxes):
    r"""Read a cell of answers, line by line: ``z₁¹ = 0.93   # a note``.

    A worked line is fine, also over several lines: what counts stands after its last = or ≈.
    Where a name comes twice, its last number counts.

    Parameters
    ----------
    text : str
    boxes : dict
        What stands beside each box, to its key.

    Returns
    -------
    answers : dict
        Every key of the boxes, to an `Answer`.
    unknown : list of str
        Names in front of an = that are no box, and lines without one.

    Examples
    --------
    >>> answers, unknown = read_boxes("z₁¹ = 0.2(10) + 1 = 3\nq = 4", {"z₁¹": ("z^1_1", 1)})
    >>> answers["z^1_1", 1].value, unknown
    (3.0, ['q'])
    """
    answers = {key: Answer() for key in boxes.values()}
    names = {_name(box): key for box, key in boxes.items()}
    key, unknown = None, []
    for line in text.splitlines():
        name, *rest = re.split("[=≈]", line.partition("#")[0])
        if line.startswith("%") or not (rest or name.strip()):
            continue
        if not rest:
            unknown.append(_brief(name))
            continue
        if name.strip():  # else it goes on from the line above
            key = names.get(_name(name))
            if key is None:
                unknown.append(_brief(name))
        filled = [answer for answer in map(read, rest) if not answer.is_blank]
        answer = filled[-1] if filled else Answer()
        if key is not None and not answer.is_blank:
            answers[key] = answer
    return answers, unknown


def _name(text):
    return re.sub(r"[\s`*$]", "", text).casefold()
