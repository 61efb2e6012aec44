"""The explorers as Python draws them: what stands still, and what is sent along."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from ffnn_helpers import Network, explore, handout, new_numbers, picture, sheet, trace, two_paths
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.show import chain, table

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
    program = explore.MODULE.read_text(encoding="utf-8")
    body = program[program.index("const OPERATIONS") : program.index("/** Write digits")]
    assert re.findall(r'^  "?([a-z ]+)"?: \[', body, re.M) == list(OPERATIONS)


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


def yours(explorer):
    return {name: cells[-1].text for name, cells in explorer.tables[1].rows if cells[-1].text}


def test_answers_are_right_or_follow_or_break_the_chain():
    answers = {
        ("z^1_1", 1): "-1.5",
        ("a^1_1", 1): 0.2,
        ("z^2_1", 1): 0.1 * 0.2 + 0.5 * 0.99593 + 1,
        ("C", 1): 7,
        "dC/db^2_1": None,
    }
    assert yours(explore.step(handout, answers=answers)) == {
        "z₁¹": "-1.5 ✓",
        "a₁¹": "0.2 ✗ here the chain breaks",
        "z₁²": "1.517965 ↳ follows from your numbers",
        "C": "7 ✗",
    }


def test_what_is_no_number_breaks_the_chain_too():
    assert yours(explore.step(handout, answers={("a^1_1", 1): "twelve"})) == {
        "a₁¹": "twelve ✗ here the chain breaks"
    }


def test_the_first_break_is_marked_in_the_picture_and_it_begins_there():
    explorer = explore.step(handout, answers={("a^1_2", 1): 0.9, ("z^2_1", 1): 1})
    (drawn,) = explorer.drawings
    assert re.search(r'class="neuron broken" data-symbol="z\^1_2"', drawn.svg)
    assert drawn.svg.count("✗") == 1
    assert "0.9959</tspan> ✗" in drawn.svg
    phases = explorer.data["phases"]
    assert phases[0]["turns"][explorer.data["at"] - 1][0] == "a^1_2"


def test_right_answers_break_nothing():
    explorer = explore.step(handout, answers={("z^1_1", 1): -1.5})
    assert "✗" not in explorer.html.split("<script")[0]
    assert explorer.data["at"] == 0


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
