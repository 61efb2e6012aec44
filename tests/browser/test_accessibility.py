"""What axe says of each explorer, alone on a plain page, after a move."""

import pytest

from tests.browser.accessibility import violations
from tests.browser.reading import PAGE
from tests.explorers import EXPLORERS


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
def test_axe_finds_nothing_after_a_move(page, explorer):
    page.set_content(PAGE.format(explorer.html))
    page.wait_for_selector(".ffnn-controls")
    for slider in page.locator('input[type="range"]:visible').all()[:1]:
        slider.press("ArrowRight")
    for button in page.get_by_role("button", name="Step", exact=True).all():
        button.click()
    assert violations(page, ".ffnn-explorer") == []


def test_axe_finds_what_is_wrong(page):
    page.set_content(PAGE.format('<main><img src="data:,"><input type="range"></main>'))
    assert {found["rule"] for found in violations(page, "main")} == {"image-alt", "label"}
