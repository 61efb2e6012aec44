"""Every page of the course as a learner meets it: just cloned, run, exported, printed, and read by axe."""

import contextlib
import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pypdf
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser.accessibility import violations_of_ours
from tests.browser.jupyter import alone, run_all, served, wait_for_live
from tests.browser.test_explorers import SMALLEST_LETTER

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("test_course_pages")]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
every_page = pytest.mark.parametrize("name", NAMES)
TALL = 1280, 6000
NARROW = 800, 20000  # beside the list of files a column of 350 pixels is left
ALL_CELLS_DRAWN = (
    ".jp-Cell { content-visibility: visible !important; }"  # also those that are not in view
)
RAN = "ran_"
SHOWN = """() => {
    const area = document.querySelector(".jp-Notebook");
    const isSeen = (element) => element.getClientRects().length > 0;
    const isLoaded = (image) => image.complete && image.naturalWidth > 0;
    const all = (selector) => [...area.querySelectorAll(selector)];
    return {
        images: all("img").filter((image) => isSeen(image) && isLoaded(image)).length,
        rows: all(".jp-OutputArea-output tr").filter(isSeen).length,
        empty: all(".jp-OutputArea-output").filter((output) => !output.offsetHeight).map((output) => output.outerHTML),
        texts: all(".jp-OutputArea-output, .jp-RenderedMarkdown").map((part) => part.innerText),
    };
}"""
BREAKAGE = [
    r"data:image|<svg|<img|<table|<script",  # the source instead of what it draws
    r"[Mm]odel not found|[Ll]oading widget|Error displaying widget",
    r"JavaScript output is disabled",
    r"\$\$|\\(frac|partial|sigma|begin)\b",  # mathematics that was not typeset
]
ERRORS = """.jp-Notebook :is([data-mime-type='application/vnd.jupyter.error'],
    [data-mime-type='application/vnd.jupyter.stderr'])"""
CELLS_TO_PRINT = ".jp-OutputArea-output :is(th, td):not(details *)"  # a folded answer stays folded
LETTERS = """() => [...document.querySelectorAll(".jp-Notebook img[src^='data:image/svg']")]
    .map((image) => 13 * image.getBoundingClientRect().width / image.naturalWidth)"""
COMMANDS = "Skip phase", "Reset"


def read(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def code_cells(name):
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def cells_that_call(beginning, name):
    return sum(
        bool(re.search(rf"^{re.escape(beginning)}", cell.source, re.M)) for cell in code_cells(name)
    )


def explorers_in(name):
    return cells_that_call("explore.", name)


def stored(name):
    """All HTML that is stored in a notebook's outputs, and how many pictures there are besides."""
    bundles = [output.get("data", {}) for cell in code_cells(name) for output in cell.outputs]
    html = "\n".join(bundle.get("text/html", "") for bundle in bundles)
    pictures = sum("image/png" in bundle and "text/html" not in bundle for bundle in bundles)
    return html, pictures


@pytest.fixture(scope="module")
def course(jupyter):
    """Lay out the pages, and beside each a copy that has never been run."""
    shutil.copytree(NOTEBOOKS, jupyter.folder, dirs_exist_ok=True)
    for name in NAMES:
        notebook = read(name)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, jupyter.folder / f"{RAN}{name}")
    return jupyter


@every_page
def test_a_fresh_clone_shows_every_picture_and_table_before_anything_is_run(browser, course, name):
    html, pictures = stored(name)
    expected = {"images": html.count("<img") + pictures, "rows": html.count("<tr")}
    with course.opened(browser, name, size=TALL) as page:
        with contextlib.suppress(PlaywrightTimeout):  # what is missing is said below
            page.wait_for_function(
                f"(expected) => ({SHOWN})().images >= expected", arg=expected["images"]
            )
            page.wait_for_function(
                f"(signs) => !signs.some((sign) => ({SHOWN})().texts.some((text) => new RegExp(sign).test(text)))",
                arg=BREAKAGE,
            )
        shown = page.evaluate(SHOWN)
        assert page.locator(".ffnn-controls").count() == 0  # it was not trusted
    assert {what: shown[what] for what in expected} == expected
    assert shown["empty"] == []
    assert [text for text in shown["texts"] for sign in BREAKAGE if re.search(sign, text)] == []
    assert page.complaints == []


@every_page
def test_in_a_narrow_window_the_letters_of_every_still_drawing_stay_large(browser, course, name):
    html, _ = stored(name)
    count = html.count('src="data:image/svg')
    with course.opened(browser, name, size=NARROW) as page:
        page.add_style_tag(content=ALL_CELLS_DRAWN)
        page.wait_for_function(
            f"(count) => ({LETTERS})().filter(isFinite).length === count", arg=count
        )
        assert [size for size in page.evaluate(LETTERS) if size < SMALLEST_LETTER - 0.05] == []


@pytest.fixture(scope="module", params=NAMES)
def run_page(request, browser, course):
    """Run all of a page that holds no outputs; the glossary has nothing to run."""
    name = request.param
    with course.opened(browser, f"{RAN}{name}", size=TALL) as page:
        if code_cells(name):
            run_all(page)
        page.course_name = name
        yield page


def test_run_all_brings_every_explorer_to_life_and_no_error_or_warning(run_page):
    name = run_page.course_name
    wait_for_live(run_page, explorers_in(name))
    assert run_page.locator(ERRORS).all_inner_texts() == []
    practised = run_page.locator(
        ".jp-CodeCell", has=run_page.locator(".jp-OutputArea .jupyter-widgets")
    )
    expect(practised).to_have_count(cells_that_call("practice(", name))
    assert run_page.complaints == []


def test_axe_finds_nothing_of_ours(run_page):
    wait_for_live(run_page, explorers_in(run_page.course_name))
    run_page.add_style_tag(content=ALL_CELLS_DRAWN)
    assert violations_of_ours(run_page, ".jp-Notebook") == []


# Exported, as plain `jupyter nbconvert --to html` does it, where no other host is reached


@pytest.fixture(scope="module")
def exported(course):
    course.export(*NAMES)
    with served(course.folder) as address:
        yield lambda name: f"{address}/{name.replace('.ipynb', '.html')}"


@every_page
def test_the_exported_page_lives_and_is_printed_with_every_row_and_no_control(
    browser, exported, name, tmp_path
):
    html, _ = stored(name)
    with alone(browser, exported(name)) as page:
        wait_for_live(page, explorers_in(name))
        page.emulate_media(media="print")
        assert page.locator(".ffnn-controls:visible").count() == 0
        assert page.locator(".jp-OutputArea-output tr").count() >= html.count("<tr")
        cells = page.locator(CELLS_TO_PRINT).all_text_contents()
        words = page.locator("body").inner_text()
        page.pdf(path=tmp_path / "page.pdf")
    # The state of the page says what is hidden, and the text of the PDF what is cut off.
    printed = "".join(leaf.extract_text() for leaf in pypdf.PdfReader(tmp_path / "page.pdf").pages)
    printed = without_blanks(printed)
    for cell, times in Counter(map(without_blanks, cells)).items():
        assert printed.count(cell) >= times, cell
    for command in COMMANDS:
        assert printed.count(without_blanks(command)) == words.count(command)


def without_blanks(text):
    return re.sub(r"\s", "", text)
