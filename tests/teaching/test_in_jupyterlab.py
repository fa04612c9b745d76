"""A unit and a research notebook in JupyterLab in a real browser: Run All, and the figure is there."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.teaching.units import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
TOKEN = secrets.token_hex(16)
SECONDS = 180  # a busy machine starts JupyterLab slowly
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',  # every cell is in the page, not only those in view
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}
NOTEBOOKS = {
    "unit": "teaching/source/01-tidy-table/01-tidy-table.ipynb",
    "research": "02-commercialization-rate.ipynb",
}


def own_places(folder):
    """Return the environment in which Jupyter reads and writes nothing of the user's."""
    names = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    places = {f"JUPYTER_{name}": str(folder / name) for name in names}
    places |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "IPYTHONDIR": str(folder / "ipython")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, **places, "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"), "PATH": path}


def wait_until_it_answers(process, url, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for name, settings in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    words = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    words += [
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.root_dir=notebooks",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words],
            cwd=folder,
            env=own_places(folder),
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_it_answers(process, f"http://127.0.0.1:{port}/api/status?token={TOKEN}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(SECONDS)


@pytest.fixture
def page(lab):
    """A page that can reach the server and nothing else; what it asks of others is kept in ``page.asked``."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(SECONDS * 1000)
        page.asked = []
        page.route(
            lambda url: not url.startswith((lab, "data:", "blob:")),
            lambda route: (page.asked.append(route.request.url), route.abort()),
        )
        yield page
        browser.close()


def run_all(page):
    bar = page.locator("#jp-main-statusbar")  # the toolbar tells of an idle kernel before there is one
    idle = bar.get_by_text(re.compile(r"\| Idle$"))
    idle.wait_for()
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
    run = prompts.filter(has_text=re.compile(r"^\[\d+\]:$"))  # [ ] has not been run, [*] is running
    end = time.monotonic() + SECONDS
    while run.count() < prompts.count() and time.monotonic() < end:
        page.wait_for_timeout(200)
    assert run.count() == prompts.count() > 0, prompts.all_text_contents()
    idle.wait_for()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_shows_the_figures_and_no_error(lab, page, tmp_path, name):
    page.goto(f"{lab}/lab/workspaces/{name}/tree/{NOTEBOOKS[name]}?token={TOKEN}")
    run_all(page)
    said = page.locator(
        ".jp-Notebook .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error'],"
        " .jp-Notebook .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
    ).all_inner_texts()
    assert said == []  # neither an error nor a warning, as of a letter that the type does not have
    figures = page.locator(".jp-Notebook .jp-RenderedImage img")
    assert figures.count() >= 1
    widths = [figures.nth(index).evaluate("image => image.naturalWidth") for index in range(figures.count())]
    assert all(width > 300 for width in widths), widths
    shots = Path(os.environ.get("SHINRENKEI_SCREENSHOTS") or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)
    figures.first.scroll_into_view_if_needed()
    page.screenshot(path=shots / f"jupyterlab-{name}.png")
    assert page.asked == []
