"""A Chromium that is already there, pages in it that reach no other host, and a Jupyter server for them."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.jupyter import complaints_of, running

CHROMIUMS = "chromium", "chromium-browser", "google-chrome"
SIZE = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser():
    """Start the browser once; where there is none, there is nothing to test, unless one is required."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found:
        missing = f"There is no browser here: none of {', '.join(CHROMIUMS)} is installed."
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(f"{missing} REQUIRE_BROWSER is set.")
        pytest.skip(missing)
    # A container's root may not use the sandbox.
    flags = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=[*flags, "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def context(browser):
    opened = browser.new_context(viewport=SIZE)
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context):
    """Open an empty page; what goes wrong in it fails the test."""
    opened = context.new_page()
    complaints = complaints_of(opened)
    yield opened
    opened.close()
    assert complaints == []


@pytest.fixture
def paused_page(browser):
    """Open an empty page in which time passes only where a test says so."""
    context = browser.new_context()
    opened = context.new_page()
    opened.clock.install(time=0)
    opened.clock.pause_at(1000)
    yield opened
    context.close()


@pytest.fixture(scope="module")
def jupyter(browser, tmp_path_factory):
    """Start a server of JupyterLab and Notebook 7 on an empty folder, one for the tests of a file."""
    with running(tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")) as server:
        yield server
