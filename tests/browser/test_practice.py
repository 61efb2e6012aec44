"""practice() where learners meet it: typed into in JupyterLab, and still in a page that was exported."""

import json

import nbformat
import pytest
import run_notebooks
from playwright.sync_api import expect

from ffnn_helpers.mastery import Practice
from ffnn_helpers.practice import FILE
from tests.browser.accessibility import violations_of_ours
from tests.browser.jupyter import FRONT_ENDS, alone, run_all, served

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("practice_in_browser")]

NAME = "practice.ipynb"
CELLS = ["from ffnn_helpers.practice import practice", 'practice("chain")']


@pytest.fixture(scope="module")
def folder(jupyter):
    jupyter.lay_out(NAME, *CELLS)
    return jupyter.folder


@pytest.fixture(params=FRONT_ENDS)
def page(request, browser, jupyter, folder):
    """Run the cell of the practice in each front end, where nobody has practised yet."""
    (folder / FILE).unlink(missing_ok=True)
    with jupyter.opened(browser, NAME, request.param) as page:
        run_all(page)
        page.get_by_label("Your number").wait_for()
        page.complaints.clear()  # what the widgets say of themselves while they are loaded
        yield page
        assert page.complaints == []


def type_in(page, text):
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def type_into_box(page, text):
    page.get_by_label("Your number").focus()
    type_in(page, text)


def says(page, text):
    expect(page.get_by_role("status")).to_contain_text(text)


def answers(folder):
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return [(entry["skill"], entry["outcome"]) for entry in content["answers"]]


def test_a_question_is_answered_by_keyboard_alone(page, folder):
    learner = Practice(["chain"])  # asks the same, and knows the answers
    learner.next()
    page.get_by_label("Your number").focus()
    says(page, learner.asks)

    type_in(page, "77.7")
    learner.answer("77.7")
    says(page, "77.7 is not it")
    says(page, learner.asks)
    assert learner.asks.startswith("A smaller question first")
    assert answers(folder) == [("chain", "wrong")]

    for asked in ("Once more: what is", "Right."):
        right = repr(learner.step.value)
        type_in(page, right)
        learner.answer(right)
        says(page, asked)

    expect(page.get_by_role("button", name="Next question")).to_be_focused()
    page.keyboard.press("Enter")
    learner.next()
    says(page, learner.asks)
    expect(page.get_by_label("Your number")).to_be_focused()
    assert answers(folder) == [("chain", "wrong")]

    type_in(page, repr(learner.step.value))
    says(page, "Right. That makes 1 of 6 in a row.")
    assert answers(folder) == [("chain", "wrong"), ("chain", "right")]


def test_the_buttons_are_reached_by_tab_and_the_notebook_stays_as_it_is(page, folder):
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.get_by_label("Your number").focus()
    page.keyboard.type("0.5")
    for name in ("Hand in", "Show me"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    says(page, "factor by factor")
    assert answers(folder) == [("chain", "shown")]
    expect(page.get_by_role("button", name="Next question")).to_be_focused()
    page.keyboard.press("Space")
    says(page, "What is ")
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_enter_hands_in_what_was_left_and_not_changed(page, folder):
    box = page.get_by_label("Your number")
    box.focus()
    page.keyboard.type("77.7")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(box).to_be_focused()
    assert not (folder / FILE).exists()
    page.keyboard.press("Enter")
    says(page, "77.7 is not it")


def test_the_boxes_and_buttons_have_names_and_enough_contrast(page):
    type_into_box(page, "77.7")
    says(page, "77.7 is not it")
    page.get_by_text("When is a skill mastered?").click()
    assert violations_of_ours(page, ".jp-Notebook") == []


def test_progress_is_forgotten_when_it_was_asked_for_twice(page, folder):
    type_into_box(page, "77.7")
    says(page, "77.7 is not it")
    page.get_by_role("button", name="Forget my progress").press("Enter")
    expect(page.get_by_role("button", name="No, keep it")).to_be_focused()
    assert (folder / FILE).exists()
    page.get_by_role("button", name="Yes, forget all of it").press("Enter")
    expect(page.get_by_role("button", name="Forget my progress")).to_be_visible()
    assert not (folder / FILE).exists()


def test_a_stored_page_shows_a_question_with_its_answer_folded(browser, jupyter, folder):
    notebook = nbformat.read(folder / NAME, as_version=4)
    stored = run_notebooks.clean(run_notebooks.execute(notebook, folder))
    (folder / "stored.ipynb").write_text(run_notebooks.text_of(stored), encoding="utf-8")
    jupyter.export("stored.ipynb")
    with served(folder) as address, alone(browser, f"{address}/stored.html") as page:
        expect(page.locator(".ffnn-practice img")).to_be_visible()
        answer = page.locator(".ffnn-practice details table")
        expect(answer).to_be_hidden()
        page.get_by_text("One answer").click()
        expect(answer).to_be_visible()
