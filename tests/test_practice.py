"""practice(): what it asks, what it says, when a skill is mastered, and what it keeps."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffnn_helpers import mastery
from ffnn_helpers import practice as page_module
from ffnn_helpers.answers import read
from ffnn_helpers.checking import verdict
from ffnn_helpers.marking import mark
from ffnn_helpers.mastery import RULE, SKILLS, Attempt, Attempts, Practice, make_question
from ffnn_helpers.notation import number, write
from ffnn_helpers.practice import FILE, WIDGET_VIEW, Page, Progress, practice
from ffnn_helpers.sheets import PRACTICE, row_of
from ffnn_helpers.steps import evaluate
from tests.simulated_learners import (
    CANNOT,
    LEARNERS,
    believes,
    false_mastery,
    guesses,
    knows,
    simulate,
    tosses_a_coin,
)
from tests.strategies import law

ALL = tuple(SKILLS)


def right(step):
    return number(step.value)


def attempts(*outcomes, skill="cost", smaller=False):
    return [Attempt(skill, "C", outcome, smaller=smaller) for outcome in outcomes]


# What is asked


def test_the_skills_are_those_of_the_course_in_its_order():
    assert ALL == (
        "weighted sum",
        "activation",
        "cost",
        "error slope",
        "sigmoid slope",
        "bias chain",
        "link",
        "chain",
        "two paths",
        "mean",
        "update",
    )


@pytest.mark.parametrize("name", ALL)
def test_a_question_gives_what_the_answer_needs(name):
    for count in range(1, 31):
        question = make_question(name, count, count)
        step, trace = question.step, question.step.trace
        given_keys = {*question.sheet.trace.given, *question.shown}
        assert step.key not in given_keys
        assert not question.sheet.graded
        rules = {key: rule for key, rule in trace.recipe.items() if key not in trace.given}
        on_paper = evaluate(rules, {key: trace.given[key] for key in given_keys})[step.key]
        assert on_paper == step.value
        exact = question.sheet.trace[step.key].value
        assert step.value == pytest.approx(exact, rel=1e-2, abs=1e-5)
        assert mark({step.key: right(step)}, trace)[step.key].verdict == "right"


@pytest.mark.parametrize("name", ALL)
def test_three_questions_of_a_skill_are_of_all_its_kinds(name):
    kinds = SKILLS[name].kinds
    assert len(kinds) <= 3 <= SKILLS[name].enough
    for start in range(4):
        asked = [make_question(name, 5, turn).step.symbol for turn in range(start, start + 3)]
        for kind in kinds:
            assert any(re.fullmatch(kind, symbol) for symbol in asked)


def test_a_chain_is_asked_of_both_layers_with_its_links_to_be_worked_out():
    asked = [make_question("chain", 1, turn).step.symbol for turn in range(3)]
    assert {symbol.partition("^")[2][0] for symbol in asked} == {"1", "2"}
    question = make_question("chain", 1)
    assert {symbol[0] for symbol, _ in question.shown} == {"z", "a"}


def test_no_two_questions_in_a_row_have_the_same_sheet():
    def row(count):
        return row_of(mastery.ASSIGNMENT, mastery._student(count))

    assert all(row(count) != row(count + 1) for count in range(1, 400))


def test_a_sheet_that_comes_twice_is_replaced(monkeypatch):
    monkeypatch.setattr(mastery, "row_of", lambda assignment, student: 7)
    assert mastery._student(2) == f"{PRACTICE}question-2-other"


def test_the_same_progress_gives_the_same_question():
    first, second = (
        Practice(ALL, Attempts(attempts("wrong"))),
        Practice(ALL, Attempts(attempts("wrong"))),
    )
    first.next()
    second.next()
    assert first.step.key == second.step.key
    assert first.step.value == second.step.value


def test_a_quantity_belongs_to_its_skill():
    for name, skill in SKILLS.items():
        for kind in skill.kinds:
            for key in mastery.keys_of(skill, kind):
                assert mastery.skill_of(*key) == ("chain" if name == "two paths" else name)


# Which skill comes next


def test_what_went_wrong_comes_first():
    done = [*attempts("right"), *attempts("wrong", skill="chain"), *attempts("right")]
    assert mastery.next_skill(done, ALL) == "chain"


@pytest.mark.parametrize("outcome", ["wrong", "rounded", "shown"])
def test_whatever_was_not_right_is_due(outcome):
    assert mastery.next_skill(attempts(outcome), ALL) == "cost"


def test_of_two_that_are_due_the_one_asked_longer_ago_comes_first():
    done = [*attempts("wrong", skill="mean"), *attempts("right")]
    done += [*attempts("wrong", skill="link"), *attempts("right")]
    assert mastery.next_skill(done, ALL) == "mean"


def test_then_comes_what_is_least_sure():
    done = [*attempts("right", "right"), *attempts("right", skill="chain")]
    assert mastery.next_skill(done, ["cost", "chain"]) == "chain"
    assert mastery.next_skill(done, ["cost", "chain", "mean"]) == "mean"


def test_after_two_that_were_not_right_comes_something_else():
    done = [*attempts("wrong", skill="mean"), *attempts("wrong", skill="link")]
    assert mastery.next_skill(done, ["link", "mean", "update"]) == "update"
    assert mastery.next_skill(done, ["link", "mean"]) == "mean"


def test_a_wrong_answer_to_a_smaller_question_makes_its_skill_due():
    done = [*attempts("right", skill="link"), *attempts("wrong", skill="link", smaller=True)]
    done += attempts("right", skill="chain")
    assert mastery.next_skill(done, ["link", "chain", "mean"]) == "link"


def test_a_smaller_question_on_the_way_does_not_hide_that_a_skill_was_asked_twice():
    done = [*attempts("right", "right", skill="mean"), *attempts("right")]
    done += [*attempts("wrong", skill="link", smaller=True), *attempts("right")]
    assert mastery.next_skill(done, ["cost", "mean"]) == "mean"


@st.composite
def histories(draw):
    names = draw(st.lists(st.sampled_from(ALL), min_size=1, max_size=4, unique=True))
    count = draw(st.integers(0, 30))
    outcomes = draw(
        st.lists(st.sampled_from(["right", "wrong", "shown"]), min_size=count, max_size=count)
    )
    return [name for name in ALL if name in names], outcomes


@law
@given(histories())
def test_no_skill_is_asked_three_times_in_a_row_or_when_it_is_mastered(history):
    names, outcomes = history
    done = []
    for outcome in outcomes:
        still_open = [name for name in names if not mastery.is_mastered(done, name)]
        name = mastery.next_skill(done, names)
        if not still_open:
            assert name is None
            return
        assert name in still_open
        if len(still_open) > 1:
            assert [attempt.skill for attempt in done[-2:]] != [name, name]
        done.append(Attempt(name, "", outcome))


# When a skill is mastered


@pytest.mark.parametrize(
    ("outcomes", "is_mastered"),
    [
        (["right"] * 3, True),
        (["right"] * 2, False),
        (["right", "right", "wrong", "right"], False),
        (["right", "right", "shown", "right"], False),
        (["right", "right", "rounded", "right"], False),
        (["right", "right", "right", "wrong"], False),
        (["wrong", "right", "right", "right"], True),
    ],
)
def test_three_right_in_a_row(outcomes, is_mastered):
    assert mastery.is_mastered(attempts(*outcomes), "cost") == is_mastered


def test_a_smaller_question_takes_mastery_back():
    done = [*attempts("right", "right", "right"), *attempts("wrong", smaller=True)]
    assert not mastery.is_mastered(done, "cost")


@pytest.mark.parametrize("name", ["link", "chain", "two paths"])
def test_where_a_coin_can_tell_w_from_a_it_takes_six_times(name):
    assert not mastery.is_mastered(attempts(*["right"] * 5, skill=name), name)
    assert mastery.is_mastered(attempts(*["right"] * 6, skill=name), name)


def test_the_rule_is_told_in_the_words_of_the_docstring():
    for sentence in RULE.split(". "):
        told = sentence.rstrip(".").split(" when ")[-1].removeprefix("you are ")
        assert told in " ".join(practice.__doc__.split())
    six = {skill.name for skill in SKILLS.values() if skill.enough == 6}
    assert six == {"link", "chain", "two paths"}
    assert {skill.enough for skill in SKILLS.values()} == {3, 6}


# One question after the other


def at(name, **more):
    begun = Practice([name], **more)
    begun.next()
    return begun


def test_a_right_answer_counts_and_ends_the_question():
    begun = at("cost")
    reply = begun.answer(right(begun.step))
    assert reply == mastery.Reply("right", ("Right. That makes 1 of 3 in a row.",))
    assert begun.way == []
    assert [attempt.outcome for attempt in begun.attempts] == ["right"]


@pytest.mark.parametrize("written", ["2,5e-1", "−0.25", "1/4"])
def test_a_number_may_be_written_as_in_the_homework(written):
    assert at("cost").answer(written).outcome != "unread"


@pytest.mark.parametrize("written", ["", "...", "a lot", "nan", "0.5 m"])
def test_what_is_no_number_costs_nothing(written):
    begun = at("cost")
    assert begun.answer(written).outcome == "unread"
    assert begun.attempts == []
    assert begun.answer(right(begun.step)).outcome == "right"
    assert [attempt.outcome for attempt in begun.attempts] == ["right"]


@pytest.mark.parametrize("name", ALL)
def test_a_slip_is_named_with_the_sentence_of_check_and_without_the_answer(name):
    for code in ("weight-left-out", "slope-at-activation", "bias-left-out", "sum-for-mean"):
        begun = at(name)
        step = begun.step
        written = believes(code)(step, {}, None)
        if mark({step.key: written}, step.trace)[step.key].verdict != "slip":
            continue
        reply = begun.answer(written)
        assert reply.sentences[0].startswith(f"{written} is what you get if ")
        if read(written).digits >= 4:
            assert reply.sentences[0] == verdict(written, step)
        told = " ".join([*reply.sentences, begun.asks])
        assert right(step) not in told.replace(number(float(written.replace("−", "-"))), "")


def test_the_mark_and_the_sentence_begin_after_what_is_given():
    question = make_question("activation", 1)
    step = question.step
    (z,) = question.shown
    assert step.trace[z].operation == "given"
    wrong = believes("bias-left-out")(question.sheet.trace[step.key], {}, None)
    found = mark({step.key: wrong}, step.trace)[step.key]
    assert found.verdict == "wrong"
    assert "bias" not in verdict(wrong, step)


@pytest.mark.parametrize(
    ("name", "turn", "code", "smaller"),
    [
        ("chain", 1, "weight-left-out", r"dz\^2_1/da\^1_."),
        ("chain", 1, "slope-at-activation", r"da\^._./dz\^._."),
        ("chain", 1, "last-link-left-out", r"dz\^1_./dw.*"),
        ("two paths", 0, "one-path", r"dC/da\^1_."),
        ("weighted sum", 0, "bias-left-out", r"b\^1_."),
        ("update", 0, "learning-rate-left-out", "eta"),
    ],
)
def test_a_slip_leads_to_the_quantity_that_decides(name, turn, code, smaller):
    begun = at(name, attempts=Attempts(attempts(*["wrong"] * turn, skill=name)))
    asked = begun.step
    written = believes(code)(asked, {}, None)
    assert begun.answer(written).outcome == "wrong"
    assert code in begun.attempts[-1].slips
    assert re.fullmatch(smaller, begun.step.symbol)
    assert begun.asks.startswith("A smaller question first: what is ")
    assert begun.answer(right(begun.step)).outcome == "right"
    assert begun.step is asked
    assert begun.asks.startswith("Once more: what is ")


def test_where_several_slips_lead_to_a_number_the_one_that_tells_them_apart_is_asked(monkeypatch):
    calls = []

    def decides(found, step):
        calls.append([strike.slip.code for strike in found])
        return "da^2_1/dz^2_1", step.k

    monkeypatch.setattr(mastery, "what_decides", decides)
    monkeypatch.setattr(mastery, "matches", lambda answer, value, step: True)
    step = make_question("chain", 1).step
    codes = ("two-left-out", "slope-left-out")
    found = mastery.mark({step.key: 0.1}, step.trace)[step.key]
    found = replace(found, codes=codes)
    smaller = mastery.smaller_question(step, found, {step.key})
    assert smaller.symbol == "da^2_1/dz^2_1"
    assert sorted(calls[0]) == sorted(codes)


def test_a_number_from_nowhere_leads_along_the_links_and_each_is_asked_once():
    begun = at("chain", attempts=Attempts(attempts("wrong", skill="chain")))
    whole, asked = begun.step, []
    links = [link.symbol for link in whole.trace.paths(*whole.key)[0]]
    for _ in links:
        begun.answer("77.7")
        asked.append(begun.step.symbol)
        begun.answer(right(begun.step))
        assert begun.step is whole
    assert asked == links
    reply = begun.answer("77.7")
    assert begun.step is whole
    assert reply.sentences[1] == f"{write(whole.symbol)} is {mastery.KINDS['product']}"
    assert (
        begun.answer("77.7").sentences[1].startswith(f"Its formula: {write(whole.symbol)} = ∂C/∂")
    )


def test_of_a_number_that_is_given_it_is_said_twice_where_it_stands():
    begun = at("mean")
    begun.way.append(begun.step.parents[0])
    said = [begun.answer("77.7").sentences[1] for _ in range(4)]
    stands = f"{write(begun.step.symbol)} is given. Look for it in the tables of the data and"
    assert [sentence.startswith(stands) for sentence in said] == [True, True, False, False]
    assert said[2] == said[3] == 'If you are stuck, press "Show me": it works this out.'


def test_a_smaller_question_has_smaller_ones_and_the_way_leads_back():
    begun = at("two paths")
    begun.answer("77.7")
    begun.answer("77.7")
    assert len(begun.way) == 3
    while begun.way:
        begun.answer(right(begun.step))
    assert [attempt.outcome for attempt in begun.attempts if not attempt.smaller] == ["wrong"]


def test_a_wrong_answer_to_a_smaller_question_is_kept_once_and_a_right_one_not():
    begun = at("chain")
    begun.answer("77.7")
    begun.answer("77.7")
    begun.answer("78.8")
    begun.answer(right(begun.step))
    kept = [(attempt.skill, attempt.outcome, attempt.smaller) for attempt in begun.attempts]
    assert kept == [("chain", "wrong", False), ("error slope", "wrong", True)]
    begun = at("chain")
    begun.answer("77.7")
    begun.answer(right(begun.step))
    assert [attempt.skill for attempt in begun.attempts] == ["chain"]


def test_too_few_digits_are_asked_for_again():
    begun = at("activation")
    reply = begun.answer(number(begun.step.value, 2))
    assert reply.outcome == "rounded"
    assert "Give four significant digits" in reply.sentences[0]
    assert len(begun.way) == 1
    assert begun.answer(right(begun.step)).outcome == "right"
    assert [attempt.outcome for attempt in begun.attempts] == ["rounded"]


def test_to_be_shown_counts_as_help():
    begun = at("cost")
    begun.show()
    assert begun.way == []
    assert [attempt.outcome for attempt in begun.attempts] == ["shown"]


def test_to_be_shown_a_smaller_question_leads_back_to_the_other():
    begun = at("chain")
    whole = begun.step
    begun.answer("77.7")
    smaller = begun.step
    begun.show()
    assert begun.step is whole
    assert begun.found[smaller.key].value == pytest.approx(smaller.value, rel=1e-5)


def test_a_slip_made_again_says_where_to_read():
    begun = at("update")
    code = "learning-rate-left-out"
    reply = begun.answer(believes(code)(begun.step, {}, None))
    assert not any("To read again" in sentence for sentence in reply.sentences)
    begun.answer(right(begun.step))
    begun.answer(right(begun.step))
    begun.next()
    reply = begun.answer(believes(code)(begun.step, {}, None))
    where = "05, Go down the slope"
    assert f"You met this before. To read again: notebook {where}." in reply.sentences
    begun.answer(right(begun.step))
    reply = begun.answer(believes(code)(begun.step, {}, None))
    assert not any("To read again" in sentence for sentence in reply.sentences)


def test_mastery_is_said_and_ends_the_practice():
    begun = Practice(["cost", "activation"])
    said = []
    while True:
        begun.next()
        if not begun.question:
            break
        said += begun.answer(right(begun.step)).sentences
    assert [sentence for sentence in said if "mastered" in sentence] == [
        "Right. Cost is mastered: right three times in a row, each time on new numbers. It is not"
        " asked any more.",
        "Right. Activation is mastered, and with it all that you practise here.",
    ]
    assert begun.step is None
    assert begun.asks == ""


# Simulated learners

MOST = 60  # questions; more tell nothing new, and take longer


def test_who_knows_is_done_after_three_or_six_questions_of_each():
    session = simulate(knows)
    assert session.mastered == set(ALL)
    assert session.questions == session.answers == 8 * 3 + 3 * 6


def test_who_knows_and_is_careless_is_done_soon():
    for seed in range(5):
        session = simulate(LEARNERS["knows, and is careless"], seed=seed)
        assert session.mastered == set(ALL)
        assert session.questions <= 60


@pytest.mark.parametrize("name", ["leaves out the weight", "takes σ′ at σ", "rounds to two digits"])
def test_a_wrong_belief_is_never_called_mastery_and_all_else_is(name):
    session = simulate(LEARNERS[name], most=90)
    assert session.mastered == set(ALL) - CANNOT[name]


@pytest.mark.parametrize(
    ("name", "code"),
    [("leaves out the weight", "weight-left-out"), ("takes σ′ at σ", "slope-at-activation")],
)
def test_a_wrong_belief_is_named(name, code):
    assert simulate(LEARNERS[name], most=10, names=sorted(CANNOT[name])).named == {code}


@pytest.mark.parametrize("name", ["learns the weight", "learns where σ′ is taken"])
def test_who_is_told_twice_loses_little_by_it(name):
    session = simulate(LEARNERS[name])
    assert session.mastered == set(ALL)
    assert session.questions <= simulate(knows).questions + 2


def test_who_guesses_masters_nothing():
    sessions = [simulate(guesses, seed=1, most=30)]
    assert set(false_mastery("guesses", sessions).values()) == {0}


def test_who_tosses_a_coin_over_w_and_a_seldom_masters_what_it_decides():
    sessions = [simulate(tosses_a_coin, seed=seed, most=MOST) for seed in range(10)]
    assert max(false_mastery("tosses a coin over w and a", sessions).values()) <= 0.1


@pytest.mark.slow
def test_who_tosses_a_coin_seldom_masters_it_in_a_hundred_sittings():
    sessions = [simulate(tosses_a_coin, seed=seed, most=MOST) for seed in range(100)]
    assert max(false_mastery("tosses a coin over w and a", sessions).values()) <= 0.1


@pytest.mark.slow
def test_who_guesses_masters_nothing_in_twenty_sittings():
    sessions = [simulate(guesses, seed=seed, most=MOST) for seed in range(20)]
    assert set(false_mastery("guesses", sessions).values()) == {0}


# The file


def test_progress_is_kept_and_read_again(tmp_path):
    progress = Progress(tmp_path / FILE)
    begun = Practice(["chain"], progress)
    begun.next()
    begun.answer("77.7")
    again = Progress(tmp_path / FILE)
    assert again == progress
    assert again[0].asked == mastery.named(begun.question.step)


def test_the_file_can_be_read_by_a_person(tmp_path):
    progress = Progress(tmp_path / FILE)
    progress.add(Attempt("chain", "∂C/∂b₁² of observation 2", "wrong", ("two-left-out",)))
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert "Delete this file to begin again." in text
    assert '"asked": "∂C/∂b₁² of observation 2", "outcome": "wrong"' in text
    assert json.loads(text)["answers"][0]["slips"] == ["two-left-out"]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_two_notebooks_share_the_file(tmp_path):
    first, second = Progress(tmp_path / FILE), Progress(tmp_path / FILE)
    first.add(*attempts("right"))
    second.add(*attempts("wrong"))
    assert [attempt.outcome for attempt in Progress(tmp_path / FILE)] == ["right", "wrong"]


def test_who_deletes_the_file_begins_again(tmp_path):
    progress = Progress(tmp_path / FILE)
    progress.add(*attempts("right"))
    (tmp_path / FILE).unlink()
    progress.add(*attempts("wrong"))
    assert [attempt.outcome for attempt in progress] == ["wrong"]


def written(version=1, **more):
    """Write the file with one answer in it, and something changed of that."""
    entry = {"skill": "cost", "asked": "C", "outcome": "right", "slips": [], "smaller": False}
    answers = [entry | {"day": "2026-11-25"} | more]
    return json.dumps({"about": "", "version": version, "answers": answers}).encode()


def test_what_practice_wrote_is_read_and_not_touched(tmp_path):
    (tmp_path / FILE).write_bytes(written(slips=["two-left-out"]))
    progress = Progress(tmp_path / FILE)
    assert progress == [Attempt("cost", "C", "right", ("two-left-out",), day="2026-11-25")]
    assert (tmp_path / FILE).read_bytes() == written(slips=["two-left-out"])
    assert progress.remark == (
        f"Your progress is kept in {tmp_path / FILE}. You may read or delete it."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        written()[:-1],
        written()[: len(written()) // 2],
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b"9" * 5000,
        b'{"about": "", "version": 1}',
        b'{"about": "", "version": 1, "answers": 3}',
        b'{"about": "", "version": 1, "answers": {}}',
        b'{"about": "", "version": 1, "answers": ""}',
        b'{"about": "", "version": 1, "answers": null}',
        b'{"about": "", "version": 1, "answers": [{}]}',
        b'{"about": "", "version": 1, "answers": [[]]}',
        b'{"about": "", "version": 1, "answers": [], "mine": 1}',
        *(written(version) for version in (2, -1, "1", None, True, [1])),
        *(written(skill=skill) for skill in ("flying", "Cost", "", 3, None, [], {})),
        *(written(outcome=outcome) for outcome in ("great", 1, True, None, ["right"])),
        *(written(asked=asked) for asked in (1, -1, None, ["C"], "\ud800")),
        *(written(day=day) for day in (20261125, None, "\ud800")),
        *(written(slips=slips) for slips in ("two-left-out", {}, None, -1, [-1], [[]], [None])),
        *(written(smaller=smaller) for smaller in (0, -1, "no", None)),
        written(count=-1),
    ],
)
def test_a_broken_or_foreign_file_is_kept_aside(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    (tmp_path / "practice_progress_kept_1.json").write_text("older")
    progress = Progress(tmp_path / FILE)
    assert list(progress) == []
    assert (tmp_path / "practice_progress_kept_2.json").read_bytes() == content
    assert (tmp_path / "practice_progress_kept_1.json").read_text() == "older"
    assert progress.remark.startswith(
        "practice_progress.json was not written by practice, or it is damaged: it is now called"
        " practice_progress_kept_2.json, and a new one begins. Your progress is kept in "
    )
    progress.add(*attempts("right"))
    assert len(Progress(tmp_path / FILE)) == 1


def test_a_file_that_is_damaged_meanwhile_loses_nothing(tmp_path):
    progress = Progress(tmp_path / FILE)
    progress.add(*attempts("right"))
    (tmp_path / FILE).write_bytes(b"{")
    progress.add(*attempts("wrong"))
    assert [attempt.outcome for attempt in Progress(tmp_path / FILE)] == ["right", "wrong"]
    assert (tmp_path / "practice_progress_kept_1.json").read_bytes() == b"{"


def test_a_folder_of_that_name_stays_as_it_is(tmp_path):
    (tmp_path / FILE).mkdir()
    (tmp_path / FILE / "mine").write_text("mine")
    progress = Progress(tmp_path / FILE)
    remark = (
        f"Your progress cannot be kept: {tmp_path / FILE} is a folder."
        " You can practise all the same; it is forgotten when the notebook is closed."
    )
    assert progress.remark == remark
    progress.add(*attempts("right"))
    assert len(progress) == 1
    progress.forget()
    assert progress == []
    assert progress.remark == remark
    assert [path.name for path in tmp_path.rglob("*")] == [FILE, "mine"]


def test_a_file_that_cannot_be_read_stays_as_it_is(tmp_path, monkeypatch):
    Progress(tmp_path / FILE).add(*attempts("right"))
    before = (tmp_path / FILE).read_bytes()

    def refuse(self):
        raise PermissionError("not yours")

    with monkeypatch.context() as patch:
        patch.setattr(page_module.Path, "read_bytes", refuse)
        progress = Progress(tmp_path / FILE)
        progress.add(*attempts("wrong"))
    assert [attempt.outcome for attempt in progress] == ["wrong"]
    assert f"cannot be kept: {tmp_path / FILE} cannot be read." in progress.remark
    assert (tmp_path / FILE).read_bytes() == before


def test_in_a_folder_that_is_read_only_the_file_is_read_and_stays(tmp_path, monkeypatch):
    Progress(tmp_path / FILE).add(*attempts("right"))
    before = (tmp_path / FILE).read_bytes()

    def refuse(*arguments, **more):
        raise PermissionError("read-only")

    monkeypatch.setattr(page_module.tempfile, "mkstemp", refuse)
    monkeypatch.setattr(page_module.Path, "unlink", refuse)
    progress = Progress(tmp_path / FILE)
    progress.add(*attempts("wrong"))
    progress.add(*attempts("shown"))
    assert [attempt.outcome for attempt in progress] == ["right", "wrong", "shown"]
    assert progress.remark == (
        f"Your progress cannot be kept: the folder {tmp_path} cannot be written to."
        " You can practise all the same; it is forgotten when the notebook is closed."
    )
    progress.forget()
    assert progress == []
    assert (tmp_path / FILE).read_bytes() == before


def test_a_file_that_is_never_there_by_half(tmp_path, monkeypatch):
    progress = Progress(tmp_path / FILE)
    progress.add(*attempts("right"))
    before = (tmp_path / FILE).read_bytes()

    def fail(source, target):
        raise OSError("the disk is full")

    monkeypatch.setattr(page_module.os, "replace", fail)
    progress.add(*attempts("wrong"))
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_where_nothing_can_be_written_practice_goes_on(tmp_path):
    progress = Progress(tmp_path / "no such folder" / FILE)
    begun = Practice(["cost"], progress)
    for _ in range(2):
        begun.next()
        begun.answer(right(begun.step))
    assert mastery.right_in_a_row(progress, "cost") == 2
    assert progress.remark == (
        f"Your progress cannot be kept: the folder {tmp_path / 'no such folder'} cannot be written"
        " to. You can practise all the same; it is forgotten when the notebook is closed."
    )


def test_a_broken_file_in_a_folder_that_cannot_be_changed_stays(tmp_path, monkeypatch):
    (tmp_path / FILE).write_text("mine")

    def refuse(self, target):
        raise PermissionError("read-only")

    monkeypatch.setattr(page_module.Path, "rename", refuse)
    progress = Progress(tmp_path / FILE)
    progress.add(*attempts("right"))
    assert (tmp_path / FILE).read_text() == "mine"
    assert len(progress) == 1
    assert progress.remark.startswith("Your progress cannot be kept")


# The page


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Later(list):
    """What is to be called a moment later, called when the test says so."""

    def __call__(self, function):
        self.append(function)

    def pass_by(self):
        while self:
            self.pop(0)()


@pytest.fixture
def opened(tmp_path):
    def show(*names):
        page = Page(names, Progress(tmp_path / FILE), later=Later())
        page._repr_mimebundle_()
        return page

    return show


def type_in(page, text):
    """Press Enter behind a text, as the browser tells of it."""
    page.box._handle_custom_msg({"event": "submit"}, [])
    if page.box.value != text:
        page.box.value = text
    page.later.pass_by()


def shows(widget):
    return widget.layout.display != "none"


def text_of(widget):
    return " ".join(re.sub(r"<[^>]*>", " ", widget.value).split())


def test_an_unknown_skill_lists_those_that_there_are(folder):
    with pytest.raises(ValueError, match="There is no skill 'flying'; there are weighted sum, act"):
        practice("cost", "flying")
    with pytest.raises(ValueError, match="There is no skill 3; there are"):
        practice(3)


def test_skills_are_practised_in_the_order_of_the_course(folder):
    assert practice("chain", "cost").names == ["cost", "chain"]
    assert practice().names == list(ALL)


def test_nothing_is_written_before_the_first_answer(folder):
    practice("cost")._repr_mimebundle_()
    assert list(folder.iterdir()) == []


def test_enter_hands_in_the_text_that_comes_behind_it(opened):
    page = opened("cost")
    type_in(page, right(page.practice.step))
    assert text_of(page.said).startswith("Right. That makes 1 of 3")
    assert [attempt.outcome for attempt in page.progress] == ["right"]
    assert page.box.value == ""


def test_enter_hands_in_a_text_that_was_left_and_is_the_same(opened):
    page = opened("cost")
    page.box.value = right(page.practice.step)
    assert page.progress == []
    type_in(page, page.box.value)
    assert [attempt.outcome for attempt in page.progress] == ["right"]


def test_to_leave_the_box_hands_nothing_in(opened):
    page = opened("cost")
    page.box.value = "77.7"
    page.later.pass_by()
    assert page.progress == []


def test_one_enter_hands_in_once(opened):
    page = opened("cost")
    type_in(page, "77.7")
    assert len(page.progress) == 1
    assert "77.7 is not it" in text_of(page.said)


def test_enter_on_an_empty_box_is_answered_and_takes_away_no_reply(opened):
    page = opened("cost")
    type_in(page, "")
    assert "Nothing here yet" in text_of(page.said)
    type_in(page, "77.7")
    said = page.said.value
    type_in(page, "")
    assert page.said.value == said
    assert "77.7 is not it" in text_of(page.said)


def test_what_cannot_be_read_stays_in_the_box(opened):
    page = opened("cost")
    type_in(page, "<b>a lot</b>")
    assert page.box.value == "<b>a lot</b>"
    assert "<b>" not in page.said.value
    assert "is not a number" in text_of(page.said)


def test_the_buttons_do_what_they_say(opened):
    page = opened("cost", "activation")
    first = page.given.value
    page.box.value = "77.7"
    page.hand_in.click()
    assert shows(page.show_me)
    assert not shows(page.go_on)
    assert right(page.practice.step) not in page.said.value
    shown = right(page.practice.step)
    page.show_me.click()
    assert shown in page.said.value
    assert shows(page.go_on)
    assert not shows(page.box)
    page.go_on.click()
    assert page.given.value != first
    assert shows(page.box)


def test_a_smaller_question_is_asked_in_the_page_and_what_it_gave_is_shown(opened):
    page = opened("chain")
    type_in(page, "77.7")
    assert "A smaller question first: what is ∂C/∂a₁²" in text_of(page.said)
    assert "∂C/∂a₁²" not in page.given.value
    found = right(page.practice.step)
    type_in(page, found)
    assert f"∂C/∂a₁² {found}" in text_of(page.given)
    assert "Once more: what is" in text_of(page.said)


def test_the_keyboard_goes_on_where_the_learner_does(opened, monkeypatch):
    focused = []
    page = opened("chain")
    for widget in (page.box, page.go_on, page.no):
        monkeypatch.setattr(
            type(widget), "focus", lambda self: focused.append(self.description), raising=True
        )
    type_in(page, "77.7")
    page.show_me.click()
    page.show_me.click()
    page.go_on.click()
    page.forget.click()
    assert focused == [
        "Your number",
        "Your number",
        "Next question",
        "Your number",
        "No, keep it",
    ]


def test_progress_is_forgotten_after_asking_once(folder):
    page = practice("cost")
    page._repr_mimebundle_()
    page.box.value = "77.7"
    page.hand_in.click()
    assert (folder / FILE).exists()
    page.forget.click()
    assert "Forget all 1 answer? This cannot be undone." in text_of(page.foot)
    page.no.click()
    assert (folder / FILE).exists()
    assert not shows(page.yes)
    page.forget.click()
    page.yes.click()
    assert not (folder / FILE).exists()
    assert page.progress == []
    assert shows(page.forget)
    assert page.practice.asks.startswith("What is ")


def test_whether_to_forget_stays_asked_while_one_answers(opened):
    page = opened("cost")
    page.forget.click()
    type_in(page, "77.7")
    assert "Forget all 1 answer?" in text_of(page.foot)
    assert shows(page.yes)
    assert not shows(page.forget)
    page.no.click()
    assert "Forget" not in text_of(page.foot)


def test_the_page_says_where_the_file_is_and_when_a_skill_is_mastered(folder):
    page = practice("cost")
    page._repr_mimebundle_()
    assert str(folder / FILE) in text_of(page.foot)
    assert RULE in text_of(page.foot)


def test_enter_does_nothing_while_no_question_is_open(opened):
    page = opened("cost")
    type_in(page, right(page.practice.step))
    said, question = page.said.value, page.practice.question
    type_in(page, "")
    type_in(page, "77.7")
    assert page.practice.question is question
    assert page.practice.way == []
    assert page.said.value == said
    assert [attempt.outcome for attempt in page.progress] == ["right"]
    page.go_on.click()
    assert len(page.practice.way) == 1
    assert len(page.progress) == 1


def test_enter_while_no_question_is_open_does_not_hand_in_to_the_next(opened):
    page = opened("cost")
    type_in(page, right(page.practice.step))
    page.box._handle_custom_msg({"event": "submit"}, [])
    page.go_on.click()
    page.later.pass_by()
    assert "Nothing here yet" not in text_of(page.said)


ALL_MASTERED = "All that you practise here is mastered. You can stop."


def answer_rightly(page):
    if shows(page.go_on):
        page.go_on.click()
    type_in(page, right(page.practice.step))


def test_the_next_question_is_offered_until_all_is_mastered(opened):
    page = opened("cost", "activation")
    answer_rightly(page)
    for mastered in (0, 0, 0, 0, 1):
        assert shows(page.go_on)
        assert f"Mastered: {mastered} of 2." in text_of(page.head)
        assert ALL_MASTERED not in text_of(page.head)
        answer_rightly(page)
    assert text_of(page.head) == ALL_MASTERED
    assert "Activation is mastered, and with it all that you practise here." in text_of(page.said)
    assert not shows(page.go_on)
    assert not shows(page.box)


def test_where_all_was_mastered_before_nothing_is_asked(opened, tmp_path):
    for attempt in attempts("right", "right", "right"):
        Progress(tmp_path / FILE).add(attempt)
    page = opened("cost")
    assert text_of(page.head) == ALL_MASTERED
    assert page.given.value == ""
    assert not shows(page.box)
    assert not shows(page.go_on)
    type_in(page, "77.7")
    assert len(page.progress) == 3


def test_while_a_question_is_open_the_practice_is_not_over(opened):
    page = opened("cost")
    page.progress += attempts("right", "right", "right")  # as another notebook does
    page._refresh()
    assert ALL_MASTERED not in text_of(page.head)
    assert shows(page.box)


def test_what_is_no_longer_mastered_can_be_asked_again(opened, tmp_path):
    for attempt in attempts("right", "right", "right"):
        Progress(tmp_path / FILE).add(attempt)
    page = opened("cost")
    page.progress.append(*attempts("wrong"))  # as another notebook does
    page._refresh()
    assert text_of(page.head) == "Mastered: 0 of 1."
    assert shows(page.go_on)
    page.go_on.click()
    assert shows(page.box)


# Where nothing runs


class Folded(HTMLParser):
    """Collect the text of a page, apart from what is folded away."""

    def __init__(self, html):
        super().__init__()
        self.depth, self.open, self.folded = 0, "", ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.depth += tag == "details"
        self.handle_data(dict(attributes).get("alt") or "")

    def handle_endtag(self, tag):
        self.depth -= tag == "details"

    def handle_data(self, data):
        if self.depth:
            self.folded += data
        else:
            self.open += data


@pytest.mark.parametrize("name", ALL)
def test_a_stored_page_has_one_question_with_its_answer_folded(folder, name):
    bundle = practice(name)._repr_mimebundle_()
    assert set(bundle) == {WIDGET_VIEW, "text/html", "text/plain"}
    page, step = Folded(bundle["text/html"]), make_question(name, 1).step
    answer = right(step)
    assert re.search(rf"[=≈] {re.escape(answer)}", page.folded) or answer in page.folded
    assert f"What is {mastery.named(step)}?" in page.open
    if name != "link":  # there the answer is one of the numbers of the picture
        assert answer not in page.open
    assert answer in bundle["text/plain"].rpartition("One answer:")[2]


def test_the_twin_does_not_depend_on_what_was_answered(folder):
    before = practice("cost")._repr_mimebundle_()
    Progress(folder / FILE).add(*attempts("wrong"))
    after = practice("cost")._repr_mimebundle_()
    for kind in ("text/html", "text/plain"):
        assert before[kind] == after[kind]


def test_the_package_does_not_load_the_widgets():
    code = "import sys, ffnn_helpers.mastery; assert 'ipywidgets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
