"""The explorers where learners meet them: in JupyterLab, and in a page that was exported from it."""

import contextlib
import functools
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import nbformat
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser.conftest import complaints_of

pytestmark = pytest.mark.slow

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
LIVE = f"""[...document.querySelectorAll('.ffnn-explorer')]
    .filter((root) => root.querySelector('.ffnn-controls')).length === {COUNT}"""
KERNEL_IS_READY = """async () => {
    const [kernel] = await (await fetch("/api/kernels")).json();
    return kernel?.execution_state === "idle" && kernel.connections > 0;
}"""
IT_RUNS = """[...document.querySelectorAll(".jp-Notebook .jp-InputPrompt")]
    .some((prompt) => /[*\\d]/.test(prompt.textContent))"""
VISIBLE = ":visible:not([disabled])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Lay out a folder with a notebook of all explorers, not run yet."""
    made = tmp_path_factory.mktemp("course")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, made / "explorers.ipynb")
    return made


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Point Jupyter to a home of its own, so that nobody's settings matter."""
    home = tmp_path_factory.mktemp("home")
    names = "HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR"
    return {
        **os.environ,
        **{name: str(home / name) for name in (*names, "JUPYTERLAB_WORKSPACES_DIR")},
    }


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def lab(folder, settings):
    """Start JupyterLab, and wait until it answers."""
    port = free_port()
    options = ["--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={folder}"]
    options += ["--IdentityProvider.token=", "--ServerApp.password="]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            break
        except (urllib.error.URLError, ConnectionError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
    yield address
    server.terminate()
    server.wait()


@pytest.fixture
def notebook(browser, lab):
    """Open the notebook in JupyterLab and run all of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 5000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(f"{lab}/lab/tree/explorers.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(KERNEL_IS_READY)
    run_all(page)
    page.wait_for_function(LIVE)
    complaints.clear()  # what JupyterLab says of itself while it starts
    yield page
    context.close()
    assert complaints == []


def run_all(page):
    """Run all cells; what is asked before JupyterLab has its kernel is lost, so ask until it runs."""
    for _ in range(5):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('li[data-command="runmenu:run-all"]').click()
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_function(IT_RUNS, timeout=5000)
            return
    pytest.fail("JupyterLab does not run the notebook.")


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


def test_every_slider_is_dragged(notebook):
    for slider in notebook.locator(f'.ffnn-explorer input[type="range"]{VISIBLE}').all():
        box = slider.bounding_box()
        ends = [{"x": x, "y": box["height"] / 2} for x in (2, box["width"] - 2)]
        slider.drag_to(slider, source_position=ends[0], target_position=ends[1])
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        assert float(slider.input_value()) > high - 0.1 * (high - low)


def test_saving_and_running_still_work_from_inside(notebook):
    slider = notebook.locator('.ffnn-explorer input[type="range"]').first
    slider.click()
    at = active(notebook)
    expect(notebook.locator(".jp-mod-dirty").first).to_be_attached()
    notebook.keyboard.press("Control+s")
    expect(notebook.locator(".jp-mod-dirty")).to_have_count(0)
    notebook.keyboard.press("Shift+Enter")
    notebook.wait_for_function(
        """at => [...document.querySelectorAll('.jp-Notebook .jp-Cell')]
              .findIndex((cell) => cell.classList.contains('jp-mod-active')) === at + 1""",
        arg=at,
    )
    notebook.wait_for_function(LIVE)  # the cell was run, and its explorer lives again


def test_one_key_is_one_move_also_after_the_cell_was_run_again(notebook):
    for _ in range(2):
        notebook.locator(".jp-Cell", has_text="explore.sigmoid()").first.click()
        notebook.keyboard.press("Control+Enter")
        notebook.wait_for_function(LIVE)
    slider = notebook.locator(".ffnn-explorer").first.get_by_label("the weight", exact=True)
    slider.press("ArrowRight")
    assert slider.input_value() == "1.1"
    assert notebook.locator(".ffnn-explorer").first.locator(".ffnn-controls").count() == 1


@pytest.fixture(scope="module")
def exported(folder, settings):
    """Export the notebook as a page, and serve it as a file."""
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--execute"]
    subprocess.run(
        [*command, "--output", "exported", "explorers.ipynb"],
        cwd=folder,
        env=settings,
        check=True,
        capture_output=True,
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *message):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def export(browser, exported):
    """Open the exported page where no other host is reached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.route(lambda address: not address.startswith(exported), lambda route: route.abort())
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(f"{exported}/exported.html")
    page.wait_for_function(LIVE)
    yield page
    context.close()
    assert [said for said in complaints if "net::ERR_FAILED" not in said] == []


def test_the_exported_page_lives_without_a_kernel_or_a_network(export):
    for explorer in export.locator(".ffnn-explorer").all():
        for slider in explorer.locator(f'input[type="range"]{VISIBLE}').all():
            was = slider.input_value()
            slider.press("ArrowLeft")
            assert slider.input_value() != was
        for button in explorer.locator(f"button{VISIBLE}").all():
            button.click()
    assert export.locator(".ffnn-still:visible").count() == 0


def test_the_exported_page_is_printed_with_every_row_and_no_control(export, tmp_path):
    export.emulate_media(media="print")
    assert export.locator(".ffnn-controls:visible").count() == 0
    assert all(row.is_visible() for row in export.locator(".ffnn-explorer tr").all())
    assert export.pdf(path=tmp_path / "page.pdf")[:4] == b"%PDF"
