"""The explorers where learners meet them: in JupyterLab, in Notebook 7, and in a page that was exported."""

import pytest

from tests.browser.jupyter import FRONT_ENDS, alone, run_all, served, wait_for_live

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("test_in_notebooks")]

NAME = "explorers.ipynb"
CELLS = [
    "from ffnn_helpers import explore, handout, new_numbers, two_paths",
    "explore.sigmoid()",
    "explore.forward(new_numbers)",
    "explore.chain_rule(two_paths)",
    "explore.step(handout)",
    "explore.step(handout, answers={('a^1_1', 1): 0.2})",
    "explore.learning_rate(handout)",
]
COUNT = len(CELLS) - 1
TALL = 1280, 5000  # all of it is in view
VISIBLE = ":visible:not([disabled])"
SPIN_UP = 8, 6  # from the right edge and the top of a box for a number: its arrow upwards


@pytest.fixture(scope="module")
def folder(jupyter):
    """Lay out a notebook of all explorers, not run yet."""
    jupyter.lay_out(NAME, *CELLS)
    return jupyter.folder


@pytest.fixture(params=FRONT_ENDS)
def notebook(request, browser, jupyter, folder):
    """Open the notebook in each front end and run all of it."""
    with jupyter.opened(browser, NAME, request.param, TALL) as page:
        run_all(page)
        wait_for_live(page, COUNT)
        yield page
        assert page.complaints == []


def cells(page):
    return page.evaluate(
        """[...document.querySelectorAll('.jp-Notebook .jp-Cell')]
           .map((cell) => [cell.className.includes('jp-CodeCell'), cell.innerText.slice(0, 60)])"""
    )


def active(page):
    return page.evaluate(
        """[...document.querySelectorAll('.jp-Notebook .jp-Cell')]
           .findIndex((cell) => cell.classList.contains('jp-mod-active'))"""
    )


def test_every_control_moves_by_keys_and_the_notebook_stays_as_it_is(notebook):
    before = cells(notebook)
    for explorer in notebook.locator(".ffnn-explorer").all():
        for slider in explorer.locator(f'input[type="range"]{VISIBLE}').all():
            slider.focus()
            was, at = slider.input_value(), active(notebook)
            for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "m", "a", "d", "d", "x", "Enter"):
                notebook.keyboard.press(key)
            assert slider.input_value() != was
            assert active(notebook) == at
        for box in explorer.locator(f'input[type="number"]{VISIBLE}').all():
            box.press("Control+a")
            notebook.keyboard.type("0.5")
            assert float(box.input_value()) == 0.5
        for chooser in explorer.locator(f"select{VISIBLE}").all():
            chooser.focus()
            was = chooser.input_value()
            notebook.keyboard.press("ArrowDown")
            assert chooser.input_value() != was or chooser.locator("option").count() == 1
        for button in explorer.locator(f"button{VISIBLE}").all():
            button.press("Enter")
            button.press("Space")
    assert [kind for kind, _ in cells(notebook)] == [kind for kind, _ in before]


def test_every_slider_and_box_moves_by_mouse(notebook):
    for slider in notebook.locator(f'.ffnn-explorer input[type="range"]{VISIBLE}').all():
        area = slider.bounding_box()
        ends = [{"x": x, "y": area["height"] / 2} for x in (2, area["width"] - 2)]
        slider.drag_to(slider, source_position=ends[0], target_position=ends[1])
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        assert float(slider.input_value()) > high - 0.1 * (high - low)
    for box in notebook.locator(f'.ffnn-explorer input[type="number"]{VISIBLE}').all():
        box.fill(box.get_attribute("min"))
        was, (right, down) = float(box.input_value()), SPIN_UP
        box.click(position={"x": box.bounding_box()["width"] - right, "y": down})
        assert float(box.input_value()) > was


def test_the_buttons_and_the_picture_answer_to_the_mouse(notebook):
    step = notebook.get_by_role("group", name="Explorer: one step").first
    done = step.locator("progress")
    for button, expected in {"Step": 1, "Back": 0, "Skip phase": 6, "Reset": 0}.items():
        step.get_by_role("button", name=button, exact=True).click()
        assert done.evaluate("bar => bar.value") == expected, button
    step.get_by_role("button", name="Play").click()
    step.get_by_role("button", name="Pause").click()
    chain = notebook.get_by_role("group", name="Explorer: the chain rule")
    chain.locator('text [data-symbol="w^2_{2,2}"]').click()
    assert chain.get_by_role("combobox").first.input_value() == "w^2_{2,2}"


def test_saving_and_running_still_work_from_inside(notebook):
    slider = notebook.locator('.ffnn-explorer input[type="range"]').first
    slider.click()
    at = active(notebook)
    with notebook.expect_request(
        lambda asked: asked.method == "PUT" and f"/api/contents/{NAME}" in asked.url,
        timeout=5000,
    ):
        notebook.keyboard.press("Control+s")
    notebook.keyboard.press("Shift+Enter")
    notebook.wait_for_function(
        """at => [...document.querySelectorAll('.jp-Notebook .jp-Cell')]
              .findIndex((cell) => cell.classList.contains('jp-mod-active')) === at + 1""",
        arg=at,
    )
    wait_for_live(notebook, COUNT)  # the cell was run, and its explorer lives again


def test_one_key_is_one_move_also_after_the_cell_was_run_again(notebook):
    for _ in range(2):
        notebook.locator(".jp-Cell", has_text="explore.sigmoid()").first.click()
        notebook.keyboard.press("Control+Enter")
        wait_for_live(notebook, COUNT)
    slider = notebook.locator(".ffnn-explorer").first.get_by_label("the weight", exact=True)
    slider.press("ArrowRight")
    assert slider.input_value() == "1.1"
    assert notebook.locator(".ffnn-explorer").first.locator(".ffnn-controls").count() == 1


@pytest.fixture(scope="module")
def exported(jupyter, folder):
    jupyter.export(NAME, execute=True)
    with served(folder) as address:
        yield f"{address}/explorers.html"


@pytest.fixture
def export(browser, exported):
    """Open the exported page where no other host is reached."""
    with alone(browser, exported) as page:
        wait_for_live(page, COUNT)
        yield page


def test_the_exported_page_lives_without_a_kernel_or_a_network(export):
    for explorer in export.locator(".ffnn-explorer").all():
        for slider in explorer.locator(f'input[type="range"]{VISIBLE}').all():
            was = slider.input_value()
            slider.press("ArrowLeft")
            assert slider.input_value() != was
        for button in explorer.locator(f"button{VISIBLE}").all():
            button.click()
    assert export.locator(".ffnn-still:visible").count() == 0
