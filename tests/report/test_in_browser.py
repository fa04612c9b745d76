"""The site in a real browser: the filter, a phone's width, and the ledger without scripts."""

import shutil

import pytest

from shinrenkei import report
from tests.report.trees import claims, key_figures, tree

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
ROWS = ".claims tbody tr"


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    reports = tree(tmp_path_factory.mktemp("reports"))
    report.build(reports, claims=claims(), key_figures=key_figures())
    return reports


def test_the_ledger_narrows_by_words_result_and_source(browser, site):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "claims.en.html").as_uri())
    rows = page.locator(f"{ROWS}:visible")
    assert rows.count() == 3
    page.fill("input[name=words]", "sum EMPLOYEES")
    assert rows.count() == 1
    assert page.locator("output").inner_text() == "1 / 3 shown"
    page.fill("input[name=words]", "")
    page.select_option("select[name=status]", "differs")
    assert rows.first.get_attribute("id") == "smrj-2007/rate"
    page.select_option("select[name=source]", "meti-2005")
    assert rows.count() == 0
    assert errors == []


def test_without_scripts_the_whole_ledger_stands_there_and_no_dead_control(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "claims.html").as_uri())
    assert page.locator(f"{ROWS}:visible").count() == 3
    assert page.locator("#filter").is_hidden()


@pytest.mark.parametrize("name", ["index.html", "claims.en.html", "02-rate.html", "03-cases.en.html"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_the_screen(browser, site, name, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((site / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    broken = page.evaluate("[...document.images].filter((i) => i.complete && !i.naturalWidth).length")
    assert broken == 0
