"""The guide for those who teach says what is true: minutes, headings, numbers, and what a check replies."""

import re
from pathlib import Path

import notebook_checks as checks
import pytest

from ffnn_helpers import explore, handout, mastery, new_numbers, sheet, two_paths
from ffnn_helpers.checking import verdict
from ffnn_helpers.notation import number, read_number

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "teaching.md").read_text(encoding="utf-8")
PAGES = {name[:2]: checks.read(checks.NOTEBOOKS / f"{name}.ipynb") for name in checks.COURSE}
NAMES = {
    "t": handout.trace,
    "handout": handout,
    "new_numbers": new_numbers,
    "two_paths": two_paths,
    "explore": explore,
    "sheet": sheet,
}
STUMBLES = re.findall(r"(?m)^\| `(.+?)` \| (−?[\d.]+) \| (.+?) \| (.+?) \|$", GUIDE)
CALLS = re.findall(r"`(explore\.\w+\(.*?\))`", GUIDE)


def minutes(page):
    """Return the minutes on a page's card, and those after which it has a place to rest."""
    card = PAGES[page].cells[0].source.partition("**Time**")[2]
    rest = re.search(r"rest after (\d+)", card)
    return int(re.search(r"(\d+) minutes", card)[1]), rest and int(rest[1])


def plan(heading):
    """Return the rows of a plan: minutes, and where."""
    section = GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [(int(m), where) for m, where in re.findall(r"(?m)^\| (\d+) \| (.*?) \|", section)]


def test_the_minutes_are_those_on_the_cards():
    listed = re.search(r"cards: ((?:\d+, )+\d+) and (\d+) for pages 00 to 05", GUIDE)
    cards = [minutes(f"0{n}")[0] for n in range(8)]
    assert [*map(int, listed[1].split(", ")), int(listed[2])] == cards[:6]
    assert 5.75 * 60 <= sum(cards[:6]) <= 6.25 * 60, "about six hours in all"
    assert f"then {cards[6]} and {cards[7]} for 06 and 07" in GUIDE
    for page, text in re.findall(r"(?m)^### (\d\d) .*: (.*)$", GUIDE):
        total, rest = minutes(page)
        assert text.startswith(f"{total} minutes")
        assert re.findall(r"rest after (\d+)", text) == ([str(rest)] if rest else [])


def test_every_page_has_its_section():
    assert re.findall(r"(?m)^### (\d\d) ", GUIDE) == list(PAGES)


def test_every_heading_that_is_named_is_there():
    named = re.findall(r"(\d\d), \*(.+?)\*", GUIDE)
    assert len(named) > 8
    for page, heading in named:
        assert heading in [text for _, text in checks.headings(PAGES[page])], heading


def test_every_page_of_the_guide_leads_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (DOCS / target).exists(), target


@pytest.mark.parametrize(("asked", "they_have", "said", "question"), STUMBLES)
def test_a_stumble_is_told_as_the_check_tells_it(asked, they_have, said, question):
    step = eval(asked, NAMES)
    reply = verdict(read_number(they_have), step)
    assert said in reply
    assert question.endswith("?")
    for digits in (3, 4, 6):
        assert number(step.value, digits) not in question


def test_every_page_by_hand_has_its_stumbles():
    for page in ("01", "02", "03", "04", "05", "06"):
        section = GUIDE.partition(f"### {page} ")[2].partition("\n### ")[0]
        assert section.count("| `") >= 2


def test_the_slip_that_the_handout_hides_is_hidden():
    t = handout.trace
    assert t["w^1_{2,2}"].value == t["w^2_{1,2}"].value == 0.5
    assert verdict(t["w^1_{2,2}"].value, t["dz^2_1/da^1_2", 1]) == "Right."


@pytest.mark.parametrize("call", CALLS)
def test_an_explorer_of_the_guide_opens(call):
    assert "text/html" in eval(call, NAMES)._repr_mimebundle_()


def test_all_explorers_are_told():
    told = {call.partition("(")[0] for call in CALLS}
    assert told == {
        f"explore.{name}" for name in ("sigmoid", "forward", "chain_rule", "step", "learning_rate")
    }


def test_an_explorer_refuses_the_sheet_of_a_student():
    with pytest.raises(RuntimeError):
        explore.step(sheet("hw3_mini_batch_step", "ada"))


def test_practice_has_the_skill_and_the_count_that_the_guide_names():
    (skill,) = re.findall(r"practice\(\"(.+?)\"\)", GUIDE)
    assert skill in mastery.SKILLS
    assert len(mastery.SKILLS) == 11
    assert "all eleven skills" in GUIDE


def test_the_plan_for_50_minutes_takes_50():
    rows = plan("A plan for 50 minutes: one bias")
    assert sum(m for m, _ in rows) == 50
    assert (minutes("03")[1], True) in [
        (m, where.startswith("03, *Say how wrong")) for m, where in rows
    ]
    at_home = minutes("01")[0] + minutes("02")[0] + minutes("03")[0] - minutes("03")[1]
    assert f"These are {at_home} minutes." in GUIDE


def test_the_plan_for_three_hours_takes_three():
    rows = plan("A plan for three hours: the handout's step")
    assert sum(m for m, _ in rows) == 180
    in_class = {where[:2]: m for m, where in rows if where.endswith("place to rest")}
    assert in_class == {page: minutes(page)[1] for page in ("02", "03", "04", "05")}
    assert f"00 and 01, {minutes('00')[0] + minutes('01')[0]} minutes." in GUIDE
    left = {page: minutes(page)[0] - m for page, m in in_class.items()}
    assert (
        f"{left['02']} minutes of 02, {left['03']} of 03, {left['04']} of 04 and {left['05']} of 05"
        in GUIDE
    )


def test_the_numbers_for_the_board_are_right():
    t = handout.trace
    for key, digits in [
        (("yhat", 1), 6),
        (("dC/da^2_1", 2), 6),
        (("da^2_1/dz^2_1", 2), 6),
        (("C", None), 4),
        (("new C", None), 4),
    ]:
        assert number(t[key].value, digits) in GUIDE, key


def test_what_00_says_of_the_steps_is_on_page_00():
    text = "\n".join(cell.source for cell in PAGES["00"].cells)
    assert "1161" in text
    assert "less than 0.003" in text
