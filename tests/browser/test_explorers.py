"""What an explorer does under the hand: on a plain page, without a kernel, by keys and by mouse."""

import re

import pytest
from playwright.sync_api import expect

from ffnn_helpers import explore, handout, new_numbers, sheet, two_paths
from ffnn_helpers.notation import number
from tests.browser.reading import IN_THE_PAGE, PAGE

EXPLORERS = {
    "sigmoid": explore.sigmoid(),
    "forward": explore.forward(new_numbers),
    "chain_rule": explore.chain_rule(two_paths),
    "step": explore.step(handout),
    "learning_rate": explore.learning_rate(handout),
}
DRAWN = EXPLORERS["forward"].drawings[0]
every_explorer = pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
LIVE = "p[aria-live]"


def opened(page, *explorers):
    page.set_content(PAGE.format("".join(explorer.html for explorer in explorers)))
    page.wait_for_selector(".ffnn-controls")
    return page.locator(".ffnn-explorer").first


def read(page, nth=0):
    root = page.locator(".ffnn-explorer").nth(nth).element_handle()
    return page.evaluate(IN_THE_PAGE, root)


def cell(page, heading):
    row = page.locator("tr", has=page.get_by_role("rowheader", name=heading, exact=True))
    return row.first.locator("td").last


# By keys alone


@every_explorer
def test_every_control_is_reached_with_tab_and_moved_with_keys(page, explorer):
    root = opened(page, explorer)
    controls = root.locator("input:visible, select:visible, button:visible").all()
    page.keyboard.press("Tab")
    for control in controls:
        assert control.evaluate("control => control === document.activeElement")
        if control.get_attribute("type") == "range":
            before = read(page)
            page.keyboard.press("ArrowLeft")
            assert read(page) != before
        page.keyboard.press("Tab")


def test_a_number_is_typed(page):
    root = opened(page, EXPLORERS["forward"])
    box = root.get_by_label("input 1, as a number")
    box.fill("2.5")
    assert "z₁¹ = −0.7(2.5) + 1.2(3) − 0.3 = 1.55".endswith(cell(page, "z₁¹").inner_text())
    assert root.get_by_label("input 1", exact=True).input_value() == "2.5"


@every_explorer
def test_every_number_box_moves_both_ways_by_its_arrows(page, explorer):
    root = opened(page, explorer)
    for box in root.locator('input[type="number"]:visible').all():
        low, high = (float(box.get_attribute(end)) for end in ("min", "max"))
        before = float(box.input_value())
        there, back = ("ArrowDown", "ArrowUp") if before == high else ("ArrowUp", "ArrowDown")
        box.press(there)
        moved = float(box.input_value())
        assert moved != before
        assert low <= moved <= high
        box.press(back)
        assert float(box.input_value()) == before


def test_a_slider_is_dragged(page):
    root = opened(page, EXPLORERS["forward"])
    slider = root.get_by_label("the bias of neuron 1 of layer 2", exact=True)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.6, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=5)
    page.mouse.up()
    assert slider.input_value() == "2"
    assert cell(page, "z₁²").inner_text().endswith("+ 2 ≈ 2.885")


def test_a_line_of_the_picture_chooses_its_parameter(page):
    root = opened(page, EXPLORERS["chain_rule"])
    root.locator('.edge[data-symbol="w^2_{2,2}"] .line').first.dispatch_event("click")
    assert root.locator("caption").first.inner_text().startswith("∂C/∂w₂,₂²")
    assert root.locator("select").first.input_value() == "w^2_{2,2}"


# Nonsense


@pytest.mark.parametrize("nonsense", ["", "-", "e", "--3", "."])
def test_what_is_no_number_changes_nothing(page, nonsense):
    root = opened(page, EXPLORERS["forward"])
    before = read(page)
    box = root.get_by_label("input 1, as a number")
    box.press("Control+a")
    page.keyboard.type(nonsense)
    assert nonsense or page.keyboard.press("Delete") is None
    assert read(page) == before
    box.blur()
    assert box.input_value() == "4"


@every_explorer
@pytest.mark.parametrize("extreme", ["1e300", pytest.param("-1e300", marks=pytest.mark.slow)])
def test_an_extreme_number_is_taken_to_the_end_of_the_slider(page, explorer, extreme):
    root = opened(page, explorer)
    for box in root.locator('input[type="number"]:visible').all():
        box.fill(extreme)
        box.blur()
        low, high = (float(box.get_attribute(end)) for end in ("min", "max"))
        assert low <= float(box.input_value()) <= high
    texts = root.inner_text() + str(read(page))
    assert not any(word in texts for word in ("NaN", "Infinity", "undefined"))


# Read with eyes closed


def test_the_live_region_is_silent_at_the_start_and_speaks_once_the_hand_rests(paused_page):
    page = paused_page
    root = opened(page, EXPLORERS["forward"])
    page.clock.run_for(5000)
    assert root.locator(LIVE).inner_text() == ""
    slider = root.get_by_label("input 1", exact=True)
    slider.press("ArrowRight")
    page.clock.run_for(300)
    slider.press("ArrowRight")
    page.clock.run_for(399)
    assert root.locator(LIVE).inner_text() == ""
    page.clock.run_for(1)
    said = root.locator(LIVE).inner_text()
    assert said.startswith("Input 1 is 4.2. The output is 0.")
    assert cell(page, "C, mean").inner_text().split()[-1] in said


@every_explorer
def test_the_live_region_speaks_in_words(page, explorer):
    root = opened(page, explorer)
    moved = root.locator('input[type="range"]:visible').first
    moved.press("ArrowRight")
    if root.get_by_text("Step", exact=True).count():
        root.get_by_text("Step", exact=True).click()
    page.wait_for_function("document.querySelector('p[aria-live]').textContent")
    assert not any(sign in root.locator(LIVE).inner_text() for sign in "^_{}₁¹∂[]?")


@every_explorer
def test_each_control_and_drawing_has_words(page, explorer):
    root = opened(page, explorer)
    for part in root.locator("input, select, progress, svg[role=img]").all():
        assert len(part.get_attribute("aria-label")) > 5
    assert root.get_attribute("role") == "group"


# The page around it


def test_two_of_the_same_are_independent(page):
    opened(page, EXPLORERS["forward"], EXPLORERS["forward"])
    before = read(page, 1)
    page.get_by_label("input 1, as a number").first.fill("2.5")
    assert read(page, 1) == before
    assert read(page, 0) != before


@every_explorer
def test_it_comes_to_life_again_from_a_page_that_was_saved_alive(page, explorer):
    opened(page, explorer)
    saved = page.content()
    page.set_content(saved)
    page.wait_for_function("document.querySelector('.ffnn-explorer').ffnnIsLive")
    assert page.locator(".ffnn-controls").count() == 1
    assert page.locator(".ffnn-drawings").count() == 1


@every_explorer
def test_what_was_saved_alive_stands_still_where_nothing_runs(page, browser, explorer):
    root = opened(page, explorer)
    if explorer is EXPLORERS["step"]:
        press(root, "Skip phase")
    saved = page.content()
    context = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.set_content(saved)
    assert still.get_by_text("It stands still.").is_visible()
    assert still.locator("button:visible, input:visible, select:visible").count() == 0
    drawings = still.locator("img:visible, svg[role=img]:visible")
    assert drawings.count() == len(explorer.drawings)
    assert all(row.is_visible() for row in still.locator("tr").all())
    context.close()


# Read with eyes open: letters large enough, and dark enough on their ground

SMALLEST_LETTER = 11  # CSS pixels
SCALE = "(image) => image.getBoundingClientRect().width / image.naturalWidth"
LETTERS = """(root) => [...root.querySelectorAll("svg text")]
    .filter((text) => text.textContent)
    .map((text) => {
        const { a } = text.getScreenCTM();
        const { fontSize, fill } = getComputedStyle(text);
        return [text.textContent, Math.abs(a || text.getScreenCTM().b) * parseFloat(fontSize), fill];
    })"""


@pytest.mark.parametrize("width", [400, 600, 1280])
@every_explorer
def test_letters_are_large_and_dark_enough(page, explorer, width):
    page.set_viewport_size({"width": width, "height": 900})
    root = opened(page, explorer)
    letters = page.evaluate(LETTERS, root.element_handle())
    assert letters
    for text, size, colour in letters:
        assert size >= SMALLEST_LETTER - 0.05, text
        assert contrast(colour) >= 4.5, text
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("width", [400, 800])
@every_explorer
def test_the_letters_of_a_still_drawing_are_large_enough_except_on_paper(browser, explorer, width):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.set_content(PAGE.format(explorer.html))
    for image in page.locator("img").all():
        assert 13 * image.evaluate(SCALE) >= SMALLEST_LETTER - 0.05
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.emulate_media(media="print")
    for image in page.locator("img").all():
        assert image.bounding_box()["width"] <= width
    context.close()


def test_a_still_drawing_is_scrolled_also_where_its_container_grows_with_it(page):
    # as in an ipywidget, whose parts are laid out in a row
    page.set_viewport_size({"width": 400, "height": 900})
    page.set_content(PAGE.format(f'<div style="display:flex"><div>{DRAWN.html}</div></div>'))
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert page.locator(".ffnn-drawing").evaluate("(box) => box.scrollWidth > box.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator("img").evaluate(SCALE) == 1


def contrast(colour):
    """Of a colour on white, by the rule of WCAG 2."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)


def test_a_drawing_that_is_wider_than_the_page_is_scrolled_by_keys(page):
    page.set_viewport_size({"width": 600, "height": 900})
    root = opened(page, EXPLORERS["forward"])
    box = root.get_by_role("group", name="the drawing")
    page.wait_for_function("document.querySelector('.ffnn-drawing').tabIndex === 0")
    page.keyboard.press("Tab")
    assert box.evaluate("box => box === document.activeElement")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.ffnn-drawing').scrollLeft > 0")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("document.querySelector('.ffnn-drawing').tabIndex === -1")


@every_explorer
def test_reset_brings_the_first_numbers_back(page, explorer):
    root = opened(page, explorer)
    before = read(page)
    slider = root.locator('input[type="range"]:visible').first
    was = slider.input_value()
    slider.press("ArrowRight")
    assert slider.input_value() != was
    for button in root.get_by_text("Step", exact=True).all():
        button.click()
    root.get_by_text("Reset", exact=True).click()
    assert slider.input_value() == was
    assert read(page) == before


def test_keys_stay_inside_but_commands_do_not(page):
    root = opened(page, EXPLORERS["sigmoid"])
    page.evaluate(
        "window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key), true)"
    )
    root.locator('input[type="range"]').first.focus()
    for key in ("ArrowDown", "m", "Enter", "Control+s", "Shift+Enter", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard.filter((key) => !['Control', 'Shift'].includes(key))") == [
        "s",
        "Enter",
        "Escape",
    ]


@every_explorer
def test_in_print_no_control_is_left_and_every_row_is(page, explorer):
    root = opened(page, explorer)
    page.emulate_media(media="print")
    assert root.locator(".ffnn-controls").is_hidden()
    assert all(row.is_visible() for row in root.locator("tr").all())


@every_explorer
def test_where_nothing_runs_a_picture_and_a_table_stand_still(browser, explorer):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(PAGE.format(explorer.html))
    assert page.locator("img").count() == len(explorer.drawings)
    assert page.locator("tr").count() == sum(1 + len(table.rows) for table in explorer.tables)
    assert page.get_by_text("It stands still.").is_visible()
    context.close()


# Phases


def press(root, name, times=1):
    for _ in range(times):
        root.get_by_role("button", name=name, exact=True).click()


def slot(root, symbol):
    return root.locator(f'svg [data-slot="value"][data-symbol="{symbol}"]')


def test_a_quantity_is_open_until_its_turn_has_come(page):
    root = opened(page, EXPLORERS["step"])
    assert slot(root, "z^1_1").inner_html() == "?"
    press(root, "Step")
    assert slot(root, "z^1_1").inner_html() == "−1.5"
    assert slot(root, "a^1_1").inner_html() == "?"
    assert [row.inner_text() for row in root.locator("tbody th:visible").all()] == ["C", "z₁¹"]
    press(root, "Back")
    assert slot(root, "z^1_1").inner_html() == "?"


def test_a_phase_is_skipped(page):
    root = opened(page, EXPLORERS["step"])
    done = 0
    for phase in EXPLORERS["step"].data["phases"]:
        press(root, "Skip phase")
        done += len(phase["turns"])
        assert root.locator("progress").evaluate("bar => bar.value") == done
        assert root.locator("table").nth(1).locator("tbody tr:visible").count() == len(
            phase["turns"]
        )
    assert done == root.locator("progress").evaluate("bar => bar.max")


def test_each_line_of_the_picture_shows_what_the_phase_does_with_the_numbers(page):
    root = opened(page, EXPLORERS["step"])

    def term(symbol):
        return root.locator(f'[data-slot="term"][data-symbol="{symbol}"]').inner_html()

    press(root, "Skip phase")
    assert term("w^1_{1,2}") == "0.9(−5)"
    assert term("b^2_1") == ""
    press(root, "Skip phase", 2)
    assert term("w^2_{1,1}") == "0.09447 · 0.1824"
    press(root, "Skip phase")
    assert term("b^2_1") == number(handout.trace["dC/db^2_1"].value)
    press(root, "Skip phase")
    assert term("b^2_1") == handout.trace["delta b^2_1"].substituted
    press(root, "Skip phase")
    assert term("w^1_{1,2}").endswith("(−5)")
    assert slot(root, "z^1_1").inner_html() == handout.trace["new z^1_1", 1].written()
    assert root.locator("svg text", has_text="new z₁¹ = ").count() == 1


def test_the_cost_stands_before_and_after(page):
    root = opened(page, EXPLORERS["step"])
    cost = root.locator("table").first.locator("td[data-slot]")
    assert cost.all_inner_texts() == ["?", "?"]
    press(root, "Skip phase", 6)
    written = [handout.trace[symbol].written() for symbol in ("C", "new C")]
    assert cost.all_inner_texts() == written


def test_play_goes_on_by_itself_and_stops_at_the_end(paused_page):
    page = paused_page
    root = opened(page, EXPLORERS["step"])
    press(root, "Play")
    page.clock.run_for(3000)
    assert root.locator("progress").evaluate("bar => bar.value") == 3
    press(root, "Pause")
    page.clock.run_for(3000)
    assert root.locator("progress").evaluate("bar => bar.value") == 3
    press(root, "Play")
    page.clock.run_for(70_000)
    assert root.locator("progress").evaluate("bar => bar.value === bar.max")
    assert root.get_by_role("button", name="Play", exact=True).is_visible()


def test_the_learners_numbers_stand_beside_the_true_ones_and_the_break_is_marked(page):
    answers = {("z^1_1", 1): "-1.5", ("a^1_2", 2): 0.9, ("z^2_1", 2): 1.6}
    root = opened(page, explore.step(handout, answers=answers))
    picture = root.locator(".ffnn-picture")

    def yours():
        return [text for text in root.locator("tr:visible td:last-child").all_inner_texts() if text]

    assert yours()[-1].startswith("0.9 ✗ Here the chain breaks.")
    assert root.locator(".broken").get_attribute("data-symbol") == "z^1_2"
    assert root.locator("svg text", has_text="✗ yours 0.9").count() == 1
    assert "The chain breaks at the activation of neuron 2" in picture.get_attribute("aria-label")
    root.get_by_label("observation", exact=True).select_option("1")
    assert root.locator(".broken").count() == 0
    assert root.locator("svg text", has_text="✗").count() == 0
    assert "breaks" not in picture.get_attribute("aria-label")
    press(root, "Reset")
    press(root, "Step")
    assert yours()[-1] == "-1.5 ✓ Right."
    # What was said of the moves before may still stand there.
    expect(root.locator(LIVE)).to_have_text(re.compile(r"is −1\.5\. Yours: -1\.5 ✓ Right\.$"))


@pytest.mark.parametrize("part", ["main", "two_paths"])
def test_a_practice_sheet_is_stepped_through_with_what_a_learner_wrote(page, part):
    steps = sheet("hw3_mini_batch_step", "practice-1", part=part).trace
    answers = {key: number(steps[key].value, 10) for key in steps.recipe}
    root = opened(page, explore.step(steps, answers={**answers, ("a^1_1", 1): "0.9 m"}))
    rows = root.locator("table").nth(1).locator("tr:visible td:last-child")
    assert "0.9 m ✗ Here the chain breaks. Not a number." in rows.all_inner_texts()[-1]
    press(root, "Skip phase")
    for _ in ("cost", "backward", "mean", "update", "cost again"):
        press(root, "Skip phase")
        assert all(text.endswith("✓ Right.") for text in rows.all_inner_texts())
    assert root.locator("progress").evaluate("bar => bar.value === bar.max")


def test_a_walk_that_diverges_says_so(page):
    root = opened(page, EXPLORERS["learning_rate"])
    found = {}
    for eta in ("0.05", "1", "10", "70"):
        root.get_by_label("the learning rate, as a number").fill(eta)
        found[eta] = root.locator(".ffnn-verdict").inner_text().split()[1].strip(":")
    assert list(found.values()) == ["crawls", "converges", "bounces", "diverges"]
