"""The explorers as Python draws them: what stands still, and what is sent along."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ffnn_helpers import (
    Network,
    explore,
    handout,
    mark,
    new_numbers,
    picture,
    sheet,
    trace,
    two_paths,
)
from ffnn_helpers.drawing import width_of
from ffnn_helpers.notation import number
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.show import chain, table
from ffnn_helpers.steps import evaluate

WITH_A_TRACE = {
    "forward": explore.forward,
    "chain_rule": explore.chain_rule,
    "step": explore.step,
    "learning_rate": explore.learning_rate,
}
EXPLORERS = {
    "sigmoid": explore.sigmoid(),
    **{name: function(handout) for name, function in WITH_A_TRACE.items()},
    "step with answers": explore.step(handout, answers={("a^1_1", 1): "0.2 </script>"}),
    "forward of two outputs": explore.forward(two_paths),
}
every_explorer = pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
every_function = pytest.mark.parametrize("function", WITH_A_TRACE.values(), ids=WITH_A_TRACE)


class Reader(HTMLParser):
    """Collects the tags that are open at the end, and the text of each script."""

    def __init__(self, text):
        super().__init__()
        self.open, self.scripts, self.tags = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("img", "br", "input"):
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1][0] == "script":
            self.scripts[self.open[-1][1]["type"]] = text


# What stands still


@every_explorer
def test_it_opens_with_a_question_and_shows_its_drawings_and_tables(explorer):
    assert "?" in explorer.question or "Find" in explorer.question
    text = repr(explorer)
    assert text.startswith(explorer.question)
    for part in (*explorer.drawings, *explorer.tables):
        assert repr(part) in text
        assert part.html in explorer.html
    assert set(explorer._repr_mimebundle_()) == {"text/html", "text/plain"}


ASKED = {**{name: (f, handout) for name, f in WITH_A_TRACE.items()}, "sigmoid": (explore.sigmoid,)}
every_asked = pytest.mark.parametrize(
    ("function", "source"), [(f, s) for f, *s in ASKED.values()], ids=ASKED
)


@every_asked
def test_a_page_asks_its_own_question(function, source):
    explorer = function(*source, question="Is a < b?")
    usual = function(*source)
    assert explorer.question == "Is a < b?"
    assert "<strong>Is a &lt; b?</strong>" in explorer.html
    assert usual.question not in explorer.html
    assert repr(explorer) == repr(usual).replace(usual.question, "Is a < b?")


@every_asked
def test_a_question_is_a_text(function, source):
    with pytest.raises(ValueError, match=r"^question is 3; it must be a text"):
        function(*source, question=3)


@every_explorer
def test_the_page_is_well_formed_and_asks_no_other_host(explorer):
    reader = Reader(explorer.html)
    assert reader.open == []
    addresses = [a.get("src") or a.get("href") or "data:" for _, a in reader.tags]
    assert all(address.startswith("data:") for address in addresses)
    assert not re.search(r"\bimport\b|\bfetch\b|https?://", reader.scripts["module"])


@every_explorer
def test_each_image_has_words_and_no_root_has_a_colour(explorer):
    tags = Reader(explorer.html).tags
    assert all(len(attributes["alt"]) > 20 for tag, attributes in tags if tag == "img")
    (root,) = [a for _, a in tags if a.get("class") == "ffnn-explorer"]
    assert set(root) == {"class", "role", "aria-label"}
    assert root["role"] == "group"


@every_explorer
def test_drawings_have_no_ids(explorer):
    assert not any(re.search(r"\bid=|url\(", drawn.svg) for drawn in explorer.drawings)


def test_the_same_is_drawn_twice_and_nothing_comes_from_chance():
    assert explore.step(handout).html == explore.step(handout).html


def test_the_chain_is_the_one_of_chain():
    shown = explore.chain_rule(new_numbers, "w^1_{2,1}", k=2).tables[0]
    assert shown.html == chain(new_numbers, "w^1_{2,1}".join(["dC/d", ""]), 2).html


def test_the_worked_lines_are_those_of_table():
    ours = dict(explore.forward(new_numbers, k=3).tables[0].rows)
    theirs = dict(table(new_numbers, ["z^1_1", "a^2_1", "C"], observations=[3]).rows)
    assert all(ours[name] == cells for name, cells in theirs.items())


def test_the_picture_is_that_of_picture_in_words():
    drawn, _ = explore.chain_rule(new_numbers, "b^2_1", k=2).drawings
    assert drawn.alternative == picture(new_numbers.trace, 2, path="dC/db^2_1").alternative


# What is sent along


@every_explorer
def test_the_numbers_that_are_sent_make_what_is_shown(explorer):
    sent = json.loads(Reader(explorer.html).scripts["application/json"])
    assert sent == json.loads(json.dumps(explorer.data))
    values = []
    for _symbol, _k, rule, *parents in sent["entries"]:
        operands = [values[place] for place in parents[0]] if parents else ()
        values.append(OPERATIONS[rule].compute(operands) if parents else rule)
    named = {(symbol, k): value for (symbol, k, *_), value in zip(sent["entries"], values)}
    for shown in explorer.tables:
        for _, cells in shown.rows:
            for cell in cells:
                assert cell.key is None or cell.key in named or cell.slot in ("product", "sum")


@every_explorer
def test_each_control_can_reach_its_first_number(explorer):
    entries = {symbol: value for symbol, _k, value, *_ in explorer.data["entries"]}
    for control in explorer.data["controls"]:
        assert control["min"] <= entries[control["symbol"]] <= control["max"]


def test_the_page_knows_the_operations_of_python_and_no_other():
    program = (Path(explore.__file__).parent / "steps.js").read_text(encoding="utf-8")
    body = re.search(r"^const OPERATIONS = \{$(.*?)^\};$", program, re.M | re.S)[1]
    assert re.findall(r'^  "?([a-z ]+)"?: \{', body, re.M) == list(OPERATIONS)


def test_a_large_learning_rate_or_weight_is_in_reach():
    far = trace(Network((1, 1), [300.5, 0]), [[2]], [[1]], eta=5000)
    (weight, *_) = explore.forward(far).data["controls"]
    assert weight["max"] >= 300.5
    assert explore.step(far).data["controls"][0]["max"] == 5000
    assert explore.sigmoid(w=-80).data["controls"][0]["min"] <= -80


@pytest.mark.skipif(not shutil.which("node"), reason="There is no node here.")
def test_the_program_has_no_syntax_error():
    checked = subprocess.run(
        ["node", "--check", "--input-type=module"],
        input=explore._module(),
        text=True,
        capture_output=True,
    )
    assert checked.stderr == ""


def test_the_program_is_only_read_when_an_explorer_is_shown():
    code = "import sys, ffnn_helpers; print('ffnn_helpers.explore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# A learner's own numbers


ELSEWHERE = " It costs once, and did so elsewhere."  # said of marks only


def yours(explorer):
    """What stands beside the learner's numbers, by (symbol, k)."""
    cells = [cells[-1] for _, cells in explorer.tables[1].rows]
    return {cell.key: cell.text for cell in cells if cell.text}


def test_each_answer_is_judged_as_the_homework_does():
    answers = {
        ("z^1_1", 1): "-1.5",
        ("z^1_2", 1): "4,5",  # without the bias
        ("a^1_2", 1): 0.98901,
        ("C", 1): 7,
        "dC/db^2_1": None,
    }
    assert yours(explore.step(handout, answers=answers)) == {
        ("z^1_1", 1): "-1.5 ✓ Right.",
        ("z^1_2", 1): (
            "4,5 ✗ Here the chain breaks. This is what you get if the bias is left out of z₂¹."
            " Which term of the sum does not care about the"
            " inputs?"
        ),
        ("a^1_2", 1): "0.98901 ↳ It follows from your own z₂¹ of observation 1.",
        ("C", 1): "7 ✗ Not it, and no slip that we know leads to it.",
    }


def followed_from_one_wrong_number(part):
    """A whole practice sheet, worked without a slip but from one number that is wrong."""
    steps = sheet("hw3_mini_batch_step", "practice-1", part=part).trace
    wrong = ("z^1_2", max(k for _, k in steps.given if k))
    values = evaluate(steps.rules, {wrong: 0.321})
    return steps, wrong, {key: number(values[key], 8) for key in steps.recipe}


@pytest.mark.parametrize("part", ["main", "two_paths"])
def test_on_a_practice_sheet_the_explorer_says_what_the_marks_say(part):
    steps, wrong, answers = followed_from_one_wrong_number(part)
    marks = mark(answers, steps)
    assert {m.verdict for m in marks.values()} == {"right", "follow-through", "wrong"}
    explorer = explore.step(steps, answers=answers)
    assert explorer.data["k"] == explorer.data["broken"]["k"] == wrong[1]
    shown = yours(explorer)
    for key in shown:
        assert marks[key].sentence.removesuffix(ELSEWHERE) in shown[key], key
        assert ("✗" in shown[key]) == (marks[key].verdict not in ("right", "follow-through"))
    assert {key for key in marks if key[1] in (wrong[1], None)} == set(shown)
    assert len(explorer.data["yours"]) == len(answers)
    assert "✗ Here the chain breaks. Not it" in shown[wrong]


def test_what_is_no_number_breaks_the_chain_too():
    (text,) = yours(explore.step(handout, answers={("a^1_1", 1): "twelve"})).values()
    assert text.startswith("twelve ✗ Here the chain breaks. Not a number.")


def test_the_first_break_is_marked_in_the_picture_and_it_begins_there():
    answers = {("a^1_2", 2): 0.9, ("z^2_1", 2): 1, ("z^1_1", 1): -1.5}
    explorer = explore.step(handout, answers=answers)
    (drawn,) = explorer.drawings
    assert re.search(r'class="neuron broken" data-symbol="z\^1_2"', drawn.svg)
    assert re.findall("[^>]*✗[^<]*", drawn.svg) == ["✗ yours 0.9"]
    assert drawn.alternative.endswith(
        "The chain breaks at the activation of neuron 2 of layer 1: yours 0.9."
    )
    assert explorer.data["k"] == 2
    turns = [symbol for phase in explorer.data["phases"] for symbol, *_ in phase["turns"]]
    assert turns[explorer.data["at"] - 1] == "a^1_2"


def test_a_link_that_only_repeats_a_number_is_shown_where_it_was_answered():
    key = ("dz^2_1/da^1_2", 1)
    explorer = explore.step(handout, answers={key: 0.1})
    assert "breaks" in yours(explorer)[key]
    assert 'class="edge positive broken" data-symbol="w^2_{1,2}"' in explorer.drawings[0].svg
    assert key[0] not in str(explore.step(handout).data["phases"])


def test_right_answers_break_nothing():
    explorer = explore.step(handout, answers={("z^1_1", 1): -1.5})
    assert "✗" not in explorer.html.split("<script")[0]
    assert explorer.data["at"] == 0
    assert "broken" not in explorer.data
    assert "No link of your chain breaks" in explorer.question


def test_what_follows_from_a_number_that_is_near_enough_breaks_nothing():
    explorer = explore.step(handout, answers={("a^2_1", 1): 0.8205, ("C", 1): 0.10272})
    assert "↳ It follows from" in yours(explorer)["C", 1]
    assert "broken" not in explorer.data


@pytest.mark.parametrize("blank", [None, ..., ""])
def test_blanks_alone_are_no_answers(blank):
    assert explore.step(handout, answers={("z^1_1", 1): blank}).html == explore.step(handout).html


# What is refused, in one sentence each


@every_function
def test_homework_is_refused_in_its_own_sentence(function):
    with pytest.raises(RuntimeError, match="This is homework"):
        function(sheet("hw1_forward_pass", "ada"))


@every_function
def test_a_practice_sheet_is_taken(function):
    assert function(sheet("hw1_forward_pass", "practice-1")).tables


@every_function
@pytest.mark.parametrize("source", [None, 3, "handout", handout.network])
def test_what_is_no_sheet_or_trace_is_refused(function, source):
    with pytest.raises(ValueError, match=r"^source is .*; it must be a sheet, like handout"):
        function(source)


@pytest.mark.parametrize("function", [explore.forward, explore.chain_rule, explore.step])
@pytest.mark.parametrize("k", [0, 3, True, None, "1"])
def test_an_observation_that_is_not_there_is_refused(function, k):
    with pytest.raises(ValueError, match=r"^k is .*; the observations are 1 to 2\.$"):
        function(handout, k=k)


@pytest.mark.parametrize("symbol", ["w^9_9", "C", 3, ["b^2_1"]])
def test_what_is_no_parameter_is_refused(symbol):
    with pytest.raises(ValueError, match=r"^symbol is .*; it must be a parameter: w\^1_\{1,1\}"):
        explore.chain_rule(handout, symbol)


def test_a_parameter_is_taken_in_the_other_spelling_too():
    assert explore.chain_rule(handout, "w^1_2,1").data["choice"] == "w^1_{2,1}"


def test_what_is_given_is_not_answered():
    with pytest.raises(ValueError, match=r"^answers: x_1 is given"):
        explore.step(handout, answers={("x_1", 1): 10})


@pytest.mark.parametrize("answers", [3, "C", [1]])
def test_answers_that_are_no_dict_are_refused(answers):
    with pytest.raises(ValueError, match=r"^answers is .*; it must be a dict"):
        explore.step(handout, answers=answers)


def test_an_answer_for_nothing_is_refused():
    with pytest.raises(KeyError, match="has no"):
        explore.step(handout, answers={"z^9_9": 1})


@pytest.mark.parametrize("w", [float("nan"), float("inf"), "one", None])
def test_a_neuron_takes_finite_numbers_only(w):
    with pytest.raises(ValueError, match=r"^w, x and b"):
        explore.sigmoid(w=w)


@pytest.mark.parametrize("symbol", ["b^2_1", "w^1_{2,1}", "w^1_{1,1}"])
def test_the_numbers_beside_a_plot_are_not_clipped(symbol):
    plot = explore.chain_rule(handout, symbol).drawings[1]
    left = int(re.search(r'viewBox="(-?\d+) ', plot.svg)[1])
    for tick in ("low", "high"):
        end, text = re.search(rf'data-tick="{tick}" x="(\d+)".*?>(.+?)<', plot.svg).groups()
        assert int(end) - width_of(text) > left, text
