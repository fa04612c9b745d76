"""The static site: every link leads somewhere, nothing from outside, no text is taken for markup."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from shinrenkei import report
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.report.finished import read_runs
from tests.report.trees import HOSTILE, add_run, claims, key_figures, tree

PAGES = ["index", "claims", "02-rate", "03-cases"]
ALL = [f"{page}{ending}" for page in PAGES for ending in (".html", ".en.html")]
VOID = {"meta", "img", "input", "link", "br", "hr"}


class Page(HTMLParser):
    """A page's elements, with a complaint where a tag is not closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def addresses(self) -> list[str]:
        return [
            value
            for _, attrs in self.tags
            for key, value in attrs.items()
            if key in ("href", "src") and value
        ]

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    reports = tree(tmp_path_factory.mktemp("報告 書"))
    assert report.build(reports, claims=claims(), key_figures=key_figures()) == reports / "index.html"
    return reports


def test_the_pages_are_those_of_the_runs_in_both_languages(site):
    assert sorted(path.name for path in site.glob("*")) == sorted([*ALL, "02-rate", "03-cases"])


@pytest.mark.parametrize("name", ALL)
def test_every_link_leads_to_a_file_or_a_place_on_a_page(site, name):
    page = Page(site / name)
    assert page.open == []
    for link in page.addresses():
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc) == ("", ""), link
        target = site / unquote(parts.path) if parts.path else site / name
        assert target.is_file(), link
        if parts.fragment:
            assert {parts.fragment, unquote(parts.fragment)} & set(Page(target).ids()), link


@pytest.mark.parametrize("name", ALL)
def test_nothing_comes_from_outside_and_no_text_becomes_markup(site, name):
    text = (site / name).read_text(encoding="utf-8")
    page = Page(site / name)
    assert not re.search(r"https?:|@import|url\(", text.replace("http-equiv", ""))
    scripts = [tag for tag, _ in page.tags if tag == "script"]
    assert len(scripts) == (1 if name.startswith("claims") else 0)
    assert "<script>alert" not in text
    assert {tag for tag, _ in page.tags} & {"iframe", "object", "embed", "link", "base"} == set()


@pytest.mark.parametrize("name", ALL)
def test_ids_are_unique_pictures_have_words_and_the_language_is_said(site, name):
    page = Page(site / name)
    assert len(page.ids()) == len(set(page.ids()))
    assert all("alt" in attrs for tag, attrs in page.tags if tag == "img")
    assert page.tags[0] == ("html", {"lang": "en" if ".en." in name else "ja"})


def test_a_failed_run_is_told_first_with_its_cell_and_its_words(site):
    text = Page(site / "index.html").text
    assert text.index("失敗した実行 (2/4)") < text.index("主な数値")
    assert f"ValueError : {HOSTILE}".replace(" : ", ": ") in text.replace(" :", ":")
    assert "失敗したセル 3" in text
    assert "The manifest cannot be read" in text


def test_the_index_tells_what_was_run_when_and_the_key_figures(site):
    text = Page(site / "index.en.html").text
    assert "2026-11-21 14:30" in text
    assert "The commercialization rate" in text
    assert "Commercialization rate 49.2% 95% interval" in text
    assert "事業化率" not in text
    assert "Total 1 1 1 3" in text


def test_a_claim_that_stands_otherwise_than_recorded_is_told_on_the_index(site):
    text = Page(site / "index.en.html").text
    assert "otherwise than recorded" in text
    assert "Rate smrj-2007 4.(1)" in text


def test_the_ledger_shows_every_claim_with_differences_first(site):
    page = Page(site / "claims.en.html")
    assert [i for i in page.ids() if "/" in i] == ["smrj-2007/rate", "across/one", "meti-2005/total"]
    assert "49.2212 %" in page.text
    assert "–" in page.text


def test_each_notebook_page_shows_its_runs_parameters_figures_and_tables(site):
    page = Page(site / "02-rate.html")
    assert {"02-rate/default/index.html", "02-rate/default/tables/rate.csv"} <= set(page.addresses())
    assert "lang=en,区分=#1 & <b>" in page.text
    assert HOSTILE in page.text
    english = Page(site / "02-rate.en.html")
    pictures = [attrs["src"] for tag, attrs in english.tags if tag == "img"]
    assert "lang%3Den" in str(pictures[0])


def test_the_same_runs_give_the_same_bytes(site):
    before = {name: (site / name).read_bytes() for name in ALL}
    report.build(site, claims=claims(), key_figures=key_figures())
    assert {name: (site / name).read_bytes() for name in ALL} == before


def test_the_workbook_and_the_metadata_are_offered_where_they_stand(tmp_path):
    assert "shinrenkei.xlsx" not in report.build(tmp_path).read_text(encoding="utf-8")
    coming = report.build(tmp_path, downloads=["ro-crate-metadata.json"]).read_text(encoding="utf-8")
    assert 'href="ro-crate-metadata.json"' in coming
    (tmp_path / "shinrenkei.xlsx").write_bytes(b"PK")
    assert 'href="shinrenkei.xlsx"' in report.build(tmp_path).read_text(encoding="utf-8")


def test_a_report_of_nothing_says_so(tmp_path):
    assert "まだ実行がありません" in Page(report.build(tmp_path / "new")).text


def test_manifests_of_unexpected_shape_never_stop_the_report(tmp_path):
    odd = [
        "[1]",
        "null",
        '{"status": "done", "parameters": [], "timing": "x", "title": null}',
        '{"status": 5}',
    ]
    for number, said in enumerate(odd):
        add_run(tmp_path, "01-odd", f"n={number}")
        (tmp_path / "01-odd" / f"n={number}" / "manifest.json").write_text(said, encoding="utf-8")
    (tmp_path / "01-odd" / ".n=9.part").mkdir()
    (tmp_path / "01-odd" / ".n=9.part" / "manifest.json").write_text("{}", encoding="utf-8")
    assert [run.status for run in read_runs(tmp_path)] == ["failed", "failed", "done", "failed"]
    report.build(tmp_path)
    shutil.rmtree(tmp_path / "01-odd" / "n=2" / "figures")
    report.build(tmp_path)


def test_what_cannot_be_shown_is_one_sentence(tmp_path):
    with pytest.raises(UnknownNameError, match="Unknown column of claims 'claim_id'"):
        report.build(tmp_path, claims=pd.DataFrame({"id": []}))
    with pytest.raises(UnknownNameError, match="Unknown column of key_figures 'label_ja'"):
        report.build(tmp_path, key_figures=pd.DataFrame({"label": ["x"]}))
    with pytest.raises(UnknownNameError, match=r"Unknown download 'x\.zip'"):
        report.build(tmp_path, downloads=["x.zip"])
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="The report cannot be written"):
        report.build(tmp_path / "file")
