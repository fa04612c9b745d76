"""The manual builds, is whole and fetches nothing; links of the READMEs lead somewhere."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.docs.pages import MANUAL, PAGES, ROOT, name_of


@pytest.mark.parametrize("page", [page for page in PAGES if page not in MANUAL], ids=name_of)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    for link in links:
        assert "://" in link or (page.parent / link).exists(), link


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    """Return the module that writes parts of pages; Markdown's reader is imported on the way."""
    import markdown_it

    assert markdown_it
    return extension("generated")


def extension(name: str) -> ModuleType:
    spec = spec_from_file_location(name, ROOT / "docs" / "_ext" / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(text=st.text(st.characters(categories=["L", "N", "P", "S", "Z"]), min_size=1))
@example(text="1. 台帳")
@example(text="- [a](b) `c` $d$ {e}`f` | <g> &amp; **h**")
def test_text_of_the_tables_is_shown_as_it_is(generated: ModuleType, text: str) -> None:
    from markdown_it import MarkdownIt

    shown = MarkdownIt("commonmark").render(generated.plain(text))
    assert html.unescape(re.sub(r"</?p>|\n", "", shown)) == " ".join(text.split())


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual with warnings as errors; its code cells are run by the test above."""
    folder = tmp_path_factory.mktemp("manual")
    options = [
        "-W",
        "--keep-going",
        "-q",
        "-D",
        "nb_execution_mode=off",
        "-D",
        "suppress_warnings=myst-nb.lexer",
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            *options,
            "-d",
            str(folder / "doctrees"),
            str(ROOT / "docs"),
            str(folder / "html"),
        ],
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_the_manual_builds_without_warnings(manual: Path) -> None:
    for page in MANUAL:
        assert (manual / page.relative_to(ROOT / "docs").with_suffix(".html")).is_file(), page


def test_the_manual_fetches_nothing_from_outside(manual: Path) -> None:
    fetched = re.compile(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    for page in manual.rglob("*.html"):
        assert not fetched.findall(page.read_text(encoding="utf-8")), page
    for sheet in manual.rglob("*.css"):
        assert not re.search(r"@import|url\(\"?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_formulas_are_mathml(manual: Path) -> None:
    page = (manual / "methods" / "rates.html").read_text(encoding="utf-8")
    assert page.count("<math ") > 5
    assert "\\frac" not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("formula", [r"\frac14 x", r"\frac 1n", r"\tfrac12"])
def test_a_fraction_without_braces_is_refused_as_it_would_be_drawn_wrong(formula: str) -> None:
    with pytest.raises(ValueError, match="a fraction needs braces around both parts"):
        extension("mathml").mathml(formula, as_block=False)


def test_every_public_name_has_an_entry(manual: Path) -> None:
    import shinrenkei as sr

    entries = {
        name
        for page in manual.rglob("*.html")
        for name in re.findall(r"id=\"(?:module-)?([\w.]+)\"", page.read_text(encoding="utf-8"))
    }
    modules = {name: getattr(sr, name) for name in sr.__all__ if type(getattr(sr, name)).__name__ == "module"}
    names = {f"shinrenkei.{name}" for name in sr.__all__}
    for module, value in modules.items():
        names |= {
            f"shinrenkei.{module}.{name}" for name in getattr(value, "__all__", ()) if module != "metrics"
        }
    assert names <= entries, sorted(names - entries)


def test_every_table_and_every_claim_stands_in_the_manual(manual: Path) -> None:
    import shinrenkei as sr

    data = (manual / "data.html").read_text(encoding="utf-8")
    assert all(f'id="table-{name.replace("_", "-")}"' in data for name in sr.tables()["name"])
    ledger = (manual / "ledger.html").read_text(encoding="utf-8")
    assert ledger.count("<tr ") >= len(sr.claims.check())
