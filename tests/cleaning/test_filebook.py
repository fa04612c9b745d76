"""Codebooks: what they may say, and the sentence where they say something else."""

import pandas as pd
import pytest

from shinrenkei.cleaning import CleaningError
from shinrenkei.cleaning.filebook import find_sources, make_filebook, read_filebook
from shinrenkei.cleaning.headings import find_layout

PLAN = {"name": "plan", "source": "計画", "kind": "text"}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ([], r"has no \[\[columns\]\]; expected one at least"),
        (
            [PLAN | {"kind": "wort"}],
            "column 'plan': unknown kind 'wort'; expected one of 'text', 'normalized'",
        ),
        ([{"source": "x", "kind": "text"}], "column number 1: name: Field required"),
        ([{"name": "a", "kind": "text"}], "column 'a': column 'a' of kind 'text' needs a source column"),
        ([PLAN | {"requird": True}], "column 'plan': 'requird' is no setting"),
        ([PLAN | {"kind": "category"}], "needs values = { printed = code } or categories"),
        ([PLAN | {"kind": "boolean"}], "needs values = { printed = true or false }"),
        ([PLAN, PLAN], "the column 'plan' is defined twice"),
        ([PLAN | {"name": "source_row"}], "'source_row' is added to every file"),
    ],
)
def test_what_a_codebook_may_not_say(columns, sentence):
    with pytest.raises(CleaningError, match=sentence) as caught:
        make_filebook({"columns": columns})
    assert "\n" not in str(caught.value)


def test_what_a_codebook_may_not_say_of_the_file():
    with pytest.raises(CleaningError, match="key names 'firm', which is no single column; there are plan"):
        make_filebook({"columns": [PLAN], "key": ["firm"]})
    with pytest.raises(CleaningError, match="heading runs from line 5 to 4"):
        make_filebook({"columns": [PLAN], "heading": [5, 4]})
    with pytest.raises(CleaningError, match=r"has no \[\[columns\]\]"):
        make_filebook(["columns"])


def test_toml_and_yaml_say_the_same(tmp_path):
    (tmp_path / "a.toml").write_text(
        'heading = 2\n[[columns]]\nname = "plan"\nsource = "計画"\nkind = "text"\n', encoding="utf-8"
    )
    (tmp_path / "a.yaml").write_text(
        "heading: 2\ncolumns:\n- name: plan\n  source: 計画\n  kind: text\n", encoding="utf-8-sig"
    )
    assert read_filebook(tmp_path / "a.toml") == read_filebook(tmp_path / "a.yaml")
    assert read_filebook(tmp_path / "a.toml").heading == (2, 2)


def test_a_codebook_that_cannot_be_read(tmp_path):
    for name, content, sentence in (
        ("a.toml", "= 1", "is not proper TOML in UTF-8"),
        ("a.yml", "a: [", "is not proper YAML in UTF-8"),
        ("b.toml", "a = '地'".encode("cp932"), "is not proper TOML in UTF-8"),
        ("a.json", "{}", r"has the ending \.json; expected a codebook in \.toml or \.yaml"),
    ):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(CleaningError, match=sentence) as caught:
            read_filebook(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(CleaningError, match="does not exist"):
        read_filebook(tmp_path / "none.toml")


def book(source):
    return make_filebook({"columns": [PLAN | {"source": source}]})


def test_headings_are_known_whatever_their_width():
    layout = find_layout([["認定番号", "資本金（千円）", "備 考"], ["1", "2", "3"]])
    assert find_sources(book("資本金(千円)"), layout, "a.csv") == {"資本金(千円)": "資本金(千円)"}
    assert find_sources(book("備考"), layout, "a.csv") == {"備考": "備 考"}


def test_a_heading_that_is_not_there_gets_a_suggestion():
    layout = find_layout([["認定番号", "資本金（千円）"], ["1", "2"]])
    with pytest.raises(
        CleaningError,
        match=r"a\.csv has no heading '資本金' for column 'plan'; did you mean '資本金\(千円\)'\? It has '認定番号'",
    ):
        find_sources(book("資本金"), layout, "a.csv")


def test_a_heading_that_stands_twice_must_be_told_apart():
    layout = find_layout([["金額", "番号", "金額"], ["1", "2", "3"]])
    with pytest.raises(
        CleaningError,
        match=r"the heading '金額' for column 'plan' stands twice; write '金額 \[A\]' and '金額 \[C\]'",
    ):
        find_sources(book("金額"), layout, "a.csv")
    assert find_sources(book("金額 [C]"), layout, "a.csv") == {"金額 [C]": "金額 [C]"}


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ({"kind": "integer", "unit": "ドル"}, "column 'plan': Unknown unit 'ドル'"),
        ({"kind": "money", "unit_out": "人"}, "column 'plan': Unknown unit of money '人'"),
        ({"kind": "date", "era": "安政"}, "column 'plan': Unknown era '安政'"),
        ({"kind": "date", "min": "いつか"}, "column 'plan': 'いつか' cannot be read as a date"),
        ({"kind": "text", "max": 3}, "column 'plan': the kind 'text' has no bounds like 3"),
        ({"kind": "integer", "max": [1, 2]}, r"column 'plan': max: \[1, 2\] is no single value"),
        ({"kind": "answers", "categories": "partners"}, "column 'plan': Unknown code table 'partners'"),
        ({"kind": "answers", "categories": ["a"], "unique": True}, "gives several columns"),
        ({"kind": "boolean", "values": {"有": "yes"}}, "must be true or false"),
        (
            {"kind": "integer", "unit_out": "千円"},
            "unit_out says nothing about the kind 'integer'; it goes with money",
        ),
        ({"kind": "text", "era": "平成"}, "era says nothing about the kind 'text'"),
        ({"kind": "constant"}, "the kind 'constant' needs a value"),
    ],
)
def test_settings_that_no_cell_could_be_read_by_are_refused_at_once(column, sentence):
    with pytest.raises(CleaningError, match=sentence):
        make_filebook({"columns": [{"name": "plan", "source": "計画"} | column]})


def test_bounds_may_be_dates_of_toml(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(
        '[[columns]]\nname = "on"\nsource = "日"\nkind = "date"\nmin = 2005-04-01\n', encoding="utf-8"
    )
    column = read_filebook(path).columns[0]
    assert column.min is not None
    assert column.limit(column.min) == pd.Timestamp(2005, 4, 1)
