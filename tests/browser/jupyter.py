"""A Jupyter server on a folder: its notebooks opened and run as a learner does it, or exported as pages."""

import contextlib
import functools
import http.server
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import nbformat

# One server shows a notebook in both.
FRONT_ENDS = {"JupyterLab": "lab/tree", "Notebook 7": "notebooks"}
SECONDS_TO_START = 60
SETTINGS = (
    "HOME",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)
# What the front ends say of themselves, with no notebook of ours: each a message, and the file that says it.
OWN_MESSAGES = [
    (r"Menu entry for command '.*' is duplicated\.", r"/static/notebook/"),
    (r"Item with index \d+ did not appear within \d+ ms", r"/static/lab/"),
    (r"\[yjs#509\] Not same Y\.Doc", r"/static/(lab|notebook)/"),
    (r"Failed to load resource: .* 403 \(Forbidden\)", r"/static/(lab|notebook)/\w+\.woff"),
]
OWN_ERRORS = [  # while Notebook 7 starts
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
]
# A front end shows a kernel as idle before it can use it: it can when the kernel has answered it.
LISTEN = """window.WebSocket = class extends WebSocket {
    constructor(...about) {
        super(...about);
        this.addEventListener("message", ({ data }) => {
            const text = typeof data === "string" ? data : new TextDecoder().decode(data);
            if (text.includes("kernel_info_reply")) window.kernelHasAnswered = true;
        });
    }
};"""
SHUT_DOWN = """async (name) => {
    const sessions = await (await fetch("/api/sessions")).json();
    for (const { path, id } of sessions) {
        if (path === name) await fetch(`/api/sessions/${id}`, { method: "DELETE" });
    }
}"""
IT_HAS_RUN = """() => {
    const prompts = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")];
    const isBroken = document.querySelector(".jp-Notebook [data-mime-type='application/vnd.jupyter.error']");
    const isDone = !prompts.length || /\\d/.test(prompts.at(-1).textContent) || isBroken;
    return isDone && !prompts.some((prompt) => prompt.textContent.includes("*"));
}"""
SO_MANY_LIVE = """(count) => [...document.querySelectorAll(".ffnn-explorer")]
    .filter((root) => root.ffnnIsLive && root.querySelector(".ffnn-controls")).length === count"""


class Jupyter:
    """JupyterLab and Notebook 7 on a folder, with a home of their own, so that nobody's settings matter.

    Attributes
    ----------
    folder : Path
        Where its notebooks lie.
    address : str
    environment : dict
        For commands that should not see anybody's settings either.
    """

    def __init__(self, folder, home):
        self.folder = folder
        self.environment = os.environ | {name: str(home / name) for name in SETTINGS}
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0"]
        options += [f"--ServerApp.root_dir={folder}", "--ServerApp.disable_check_xsrf=True"]
        options += ["--IdentityProvider.token=", "--ServerApp.password="]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=folder,  # a course's settings are read from where the server was started
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_it_answers(self):
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/api", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.2)
        raise RuntimeError(f"JupyterLab does not answer at {self.address}.")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    @contextlib.contextmanager
    def opened(self, browser, name, front_end="JupyterLab", size=(1280, 900)):
        """Open a notebook, with a kernel that is ready, in a page that collects complaints; end both."""
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.add_init_script(LISTEN)
        page.complaints = complaints_of(page, OWN_MESSAGES, OWN_ERRORS)
        page.goto(f"{self.address}/{FRONT_ENDS[front_end]}/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function("window.kernelHasAnswered")
        try:
            yield page
        finally:
            page.evaluate(SHUT_DOWN, name)
            context.close()

    def lay_out(self, name, *cells):
        """Write a notebook of some code cells, not run yet."""
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.folder / name)

    def export(self, *names, execute=False):
        """Make the pages that plain `jupyter nbconvert --to html` makes of some notebooks."""
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html"]
        subprocess.run(
            [*command, *(["--execute"] if execute else []), *names],
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
        )


@contextlib.contextmanager
def running(folder, home):
    """Start a server on a folder, wait until it answers, and stop it at the end."""
    server = Jupyter(folder, home)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def complaints_of(page, own_messages=(), own_errors=()):
    """Collect the errors and warnings of a page from now on, but for those that are not ours."""
    complaints = []

    def complain(message):
        said, source = message.text, message.location.get("url", "")
        is_own = any(re.match(own, said) and re.search(at, source) for own, at in own_messages)
        if message.type in ("error", "warning") and not is_own:
            complaints.append(f"{said} ({source})")

    def fail(error):
        if str(error) not in own_errors:
            complaints.append(str(error))

    page.on("console", complain)
    page.on("pageerror", fail)
    return complaints


def run_all(page):
    """Run all cells, of a notebook without outputs, and wait for the last."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('li[data-command="runmenu:run-all"]').click()
    page.wait_for_function(IT_HAS_RUN)


def wait_for_live(page, count):
    """Wait until so many explorers on the page live, neither more nor fewer."""
    page.wait_for_function(SO_MANY_LIVE, arg=count)


@contextlib.contextmanager
def served(folder):
    """Serve a folder as files, and nothing but files."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *message):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def alone(browser, address, size=(1280, 900)):
    """Open a page where no host but its own is reached; its complaints leave out what was not reached."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    host = re.match(r"\w+://[^/]+/", address)[0]
    context.route(lambda url: not url.startswith(host), lambda route: route.abort())
    page = context.new_page()
    said = complaints_of(page, OWN_MESSAGES, OWN_ERRORS)
    page.goto(address)
    yield page
    context.close()
    assert [complaint for complaint in said if "net::ERR_FAILED" not in complaint] == []
