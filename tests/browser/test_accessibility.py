"""What axe says of each explorer, alone on a plain page: after a move, and where it stands still."""

import re

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


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
def test_axe_finds_nothing_where_it_stands_still(page, explorer):
    # While it lives its images are hidden, and axe passes over what is hidden.
    page.set_viewport_size({"width": 400, "height": 900})
    page.set_content(PAGE.format(without_program(explorer.html)))
    assert violations(page, ".ffnn-explorer") == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_axe_finds_a_still_image_without_words(page):
    html = without_program(EXPLORERS["forward"].html)
    page.set_content(PAGE.format(re.sub(r'<img alt=".*?"', "<img", html)))
    assert [found["rule"] for found in violations(page, ".ffnn-explorer")] == ["image-alt"]


def without_program(html):
    return re.sub(r'<script type="module">.*?</script>', "", html, flags=re.S)


def test_axe_finds_what_is_wrong(page):
    page.set_content(PAGE.format('<main><img src="data:,"><input type="range"></main>'))
    assert {found["rule"] for found in violations(page, "main")} == {"image-alt", "label"}
