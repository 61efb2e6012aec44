"""`python -m ffnn_helpers` prints the handout's whole step."""

import os
import subprocess
import sys

import pytest

from ffnn_helpers import handout, table
from ffnn_helpers.show import PARTS


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "ffnn_helpers", *arguments],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture(scope="module")
def printed():
    return run().stdout.decode("utf-8").replace("\r\n", "\n")


def test_every_step_is_printed(printed):
    for key in handout.trace.recipe:
        assert repr(handout.trace[key]).rpartition(" ")[2] in printed
    for symbol, k in handout.trace.given:
        assert handout.trace[symbol, k].written() in printed


def test_parts_come_in_the_order_in_which_one_works_them_out(printed):
    shown = [table(handout.trace, part).text for part in ("data", "parameters", *PARTS)]
    positions = [printed.index(text) for text in shown]
    assert positions == sorted(positions)
    assert "η = 0.1" in printed


def test_the_cost_before_and_after(printed):
    assert "≈ 0.07774" in printed
    assert printed.rstrip().endswith("≈ 0.07631")


def test_it_fits_a_terminal(printed):
    assert max(map(len, printed.splitlines())) <= 100


def test_a_pipe_that_is_not_utf8_gets_utf8():
    piped = run(PYTHONIOENCODING="cp1252")
    assert piped.returncode == 0
    assert "z₁¹" in piped.stdout.decode("utf-8")


def test_help_says_what_it_does():
    assert b"one mini-batch step" in run("-h").stdout


def test_an_argument_is_not_needed():
    assert run("more").returncode == 2
