"""What `check` says to every usual slip at every step of the handout: the rows of verdicts.tsv.

Run ``python -m tests.verdict_table`` to write the table anew, and read it before you commit it.
"""

from pathlib import Path
from unittest import mock

from ffnn_helpers import causes, handout
from ffnn_helpers.causes import strikes
from ffnn_helpers.checking import verdict
from ffnn_helpers.notation import number

TABLE = Path(__file__).with_name("verdicts.tsv")
HEADINGS = ("symbol", "k", "slip", "typed", "sentence")


def rows():
    """Yield a row for every computed step and every slip on the way to it, made nearest to it."""
    for symbol, k in handout.trace.recipe:
        step = handout.trace[symbol, k]
        made, nearest = strikes(step), {}
        for strike in made:
            nearest.setdefault(strike.slip.code, strike)
        for code, strike in nearest.items():
            typed = number(strike.values[step.key], 12).replace("−", "-")
            with mock.patch.object(causes, "strikes", lambda step, made=made: made):  # once a step
                sentence = verdict(float(typed), step)
            yield symbol, str(k or ""), code, typed, sentence


def read():
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines[1:]]


if __name__ == "__main__":
    lines = ["\t".join(row) for row in (HEADINGS, *rows())]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
