"""Tables for a manuscript: escaped, with title and source, the same bytes twice."""

import pandas as pd
import pytest

from shinrenkei import figures
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.figures import journal

TABLE = pd.DataFrame(
    {
        "region": ["近畿", "A&B_% <b>", "Kanto"],
        "plans": pd.array([1200, None, 3], dtype="Int64"),
        "rate": [49.2212, float("nan"), 50.0],
    }
)
WORDS = {"source": "METI & co_1 <i>", "lang": "en", "title": "Rates 100%", "headings": {"plans": "Plans_n"}}


def save(folder, **changes):
    return figures.save_manuscript_table(TABLE, folder, "rates", **{**WORDS, **changes})


def test_latex_is_escaped_and_carries_title_and_source(tmp_path):
    pytest.importorskip("great_tables")
    text = save(tmp_path)[0].read_text(encoding="utf-8")
    for piece in (
        r"Rates 100\%",
        r"Plans\_n",
        "近畿 & 1,200 & 49.2",
        r"A\&B\_\%",
        r"Source: METI \& co\_1",
        "& – & –",
    ):
        assert piece in text
    assert "<b>" not in text


def test_html_is_escaped_and_carries_title_and_source(tmp_path):
    pytest.importorskip("great_tables")
    text = save(tmp_path)[1].read_text(encoding="utf-8")
    for piece in (
        "Rates 100%",
        "Plans_n",
        "A&amp;B_% &lt;b&gt;",
        "Source: METI &amp; co_1 &lt;i&gt;",
        ">1,200<",
        ">–<",
    ):
        assert piece in text
    assert "<b>" not in text
    assert "http" not in text


def test_the_same_table_gives_the_same_bytes(tmp_path):
    pytest.importorskip("great_tables")
    first = [path.read_bytes() for path in save(tmp_path / "a")]
    assert [path.read_bytes() for path in save(tmp_path / "b")] == first


def test_without_great_tables_the_way_round_is_said(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(journal, "import_module", missing)
    with pytest.raises(InputError, match=r"pip install 'shinrenkei\[docs\]', or take save_table"):
        save(tmp_path)
    assert list((tmp_path / "tables").glob("*")) == []


def test_unknown_formats_and_columns_are_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="Unknown table format 'docx'"):
        save(tmp_path, formats=["docx"])
    with pytest.raises(UnknownNameError, match="Unknown column 'plan'; did you mean 'plans'"):
        save(tmp_path, headings={"plan": "x"})
