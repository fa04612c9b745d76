"""Office files as tables: what is data, what is not, and every line accounted for."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.cleaning import CleaningError, files, rows
from shinrenkei.cleaning.files import read_table
from shinrenkei.cleaning.headings import find_layout

DATA = Path(__file__).parent / "data"


def lines(table):
    return sorted([*table.cells.index, *table.cuts["row"]])


def test_a_list_with_merged_headings_is_found_among_titles_totals_and_notes():
    table = read_table(DATA / "plans.xlsx")
    assert table.cells.columns.tolist() == [
        "認定番号", "認定年月日", "地域", "コア企業_所在地", "コア企業_名称", "コア企業_資本金(千円)",
        "コア企業_従業員数", "連携先", "売上高_(百万円)",
    ]  # fmt: skip
    assert table.cells.index.tolist() == [6, 7, 8, 9, 10, 11, 12]
    assert dict(zip(table.cuts["row"], table.cuts["reason"], strict=True)) == {
        1: "title", 2: "title", 3: "blank", 4: "heading", 5: "heading", 13: "blank",
        14: "total", 15: "note", 16: "note",
    }  # fmt: skip
    assert table.lines == 16
    assert table.about == ("sheet '認定一覧'", "other sheets were not read: '記入要領'")


def test_cells_are_what_the_sheet_shows():
    cells = read_table(DATA / "plans.xlsx").cells
    assert cells["認定番号"].tolist() == ["0001", "0002", "0003", "0004", "0005", "0006", "0007"]
    assert cells.loc[7, "コア企業_資本金(千円)"] == "95000"
    assert cells.loc[6, "コア企業_資本金(千円)"] == "１０，０００"
    assert cells.loc[11, "認定年月日"] == "2005-12-20"
    assert cells["連携先"].isna().tolist() == [False] * 6 + [True]


def test_what_is_merged_downwards_stands_in_every_row_and_errors_are_seen():
    table = read_table(DATA / "merged_regions.xlsx")
    assert table.cells.to_numpy().tolist() == [
        ["近畿", "大阪府", "101"], ["近畿", "京都府", "30"], ["四国", "愛媛県", "4"], ["四国", "香川県", "#N/A"],
    ]  # fmt: skip
    assert table.cuts.query("reason == 'total'")["row"].tolist() == [4, 7, 8]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("survey_sjis.csv", "encoding Shift_JIS (CP932)"),
        ("survey_euc.csv", "encoding EUC-JP"),
        ("survey_bom.csv", "encoding UTF-8 with BOM"),
    ],
)
def test_one_survey_in_three_encodings_is_one_table(name, encoding):
    table = read_table(DATA / name)
    assert table.about == (encoding,)
    assert table.cells.columns.tolist() == [
        "問1_連携の有無",
        "問1_連携先(複数回答)",
        "問2_従業員数",
        "問3_売上高に占める割合",
        "自由記述",
        "回答日",
    ]
    assert table.cells["問1_連携の有無"].tolist() == ["1", "２", "1", "9"]
    assert table.cells["回答日"].tolist() == ["H17.5.11", "17.5.12", "平成17年５月13日", "平成17年2月30日"]
    assert table.cells.iloc[0]["自由記述"].split() == ["良い点は", "、特にない"]


@pytest.mark.parametrize("name", ["regions.xls", "regions.ods"])
def test_old_excel_and_open_document_are_read_alike(name):
    table = read_table(DATA / name)
    assert table.cells.to_numpy().tolist() == [["北海道", "11", "H17.12.15"], ["東　北", "8", "H17.12.15"]]
    assert table.cuts["reason"].tolist() == ["heading", "total"]


def test_leading_zeros_are_kept_in_text():
    assert read_table(DATA / "panel.tsv").cells["企業コード"].tolist() == ["0012", "0012", "0340"]


def test_a_sheet_may_be_chosen():
    assert read_table(DATA / "plans.xlsx", sheet=2).about == ("sheet '記入要領'",)
    assert read_table(DATA / "plans.xlsx", sheet="認定一覧").lines == 16
    with pytest.raises(CleaningError, match="has no sheet '一覧'; it has '認定一覧', '記入要領'"):
        read_table(DATA / "plans.xlsx", sheet="一覧")
    with pytest.raises(CleaningError, match="has no sheet number 3; it has 2"):
        read_table(DATA / "plans.xlsx", sheet=3)


def test_the_heading_may_be_told():
    table = read_table(DATA / "survey_bom.csv", heading=(3, 3), totals=[])
    assert table.cells.columns.tolist()[:2] == ["連携の有無", "連携先(複数回答)"]
    with pytest.raises(CleaningError, match="Line 99 is empty or beyond the end"):
        read_table(DATA / "survey_bom.csv", heading=(99, 99))


def test_remarks_at_the_end_are_cut_and_a_lone_cell_within_is_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "番号,地域,件数\n1,東北,8\n途中,,\n2,関東,33\n\n以上、経済産業局まとめ,,\n作成日 H17,,\n",
        encoding="utf-8",
    )
    table = read_table(path)
    assert table.cells["番号"].tolist() == ["1", "途中", "2"]
    assert table.cuts.query("row > 1")[["row", "reason"]].to_numpy().tolist() == [
        [5, "blank"],
        [6, "note"],
        [7, "note"],
    ]


def test_words_of_totals_may_be_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("地域,件数\n東北,8\n総合,9\n合計,17\n", encoding="utf-8")
    assert read_table(path).cells["地域"].tolist() == ["東北", "総合"]
    assert read_table(path, totals=["総合"]).cells["地域"].tolist() == ["東北", "合計"]
    assert read_table(path, totals=[]).lines == 4


@pytest.mark.parametrize(
    ("rows", "names", "first"),
    [
        ([["a", "b"], ["1", "2"]], ["a", "b"], 2),
        ([["題"], ["", ""], ["a", "b"], ["1", "2"]], ["a", "b"], 4),
        (
            [["", "", "単位：円"], ["地域", "金額", ""], ["", "前年", "本年"], ["東北", "1", "2"]],
            ["地域", "金額_前年", "金額_本年"],
            4,
        ),
        (
            [["A", "B", "", ""], ["", "C", "", "D"], ["", "E", "F", ""], ["1", "2", "3", "4"]],
            ["A", "B_C_E", "B_C_F", "B_D"],
            4,
        ),
        ([["名称", "名称"], ["x", "y"]], ["名称 [A]", "名称 [B]"], 2),
        ([["a", "b", ""], ["1", "2", "3"]], ["a", "b", "[C]"], 2),
        ([["資本金\n（千円）", "b"], ["1", "2"]], ["資本金 (千円)", "b"], 2),
        # A long preface before a short table.
        ([*[["説明"]] * 30, ["地域", "件数", "率"], ["東北", "1", "2"]], ["地域", "件数", "率"], 32),
        # What e-Stat puts above its tables: names and their values, side by side.
        (
            [
                ["統計名", "調査"],
                ["表番号", "1"],
                ["", ""],
                ["年", "地域", "単位", "値"],
                ["2005", "全国", "円", "1"],
            ],
            ["年", "地域", "単位", "値"],
            5,
        ),
        (
            [["調査日", "H18"], ["地域", "件数", "率", "備考"], *[["東北", "1", "2", "x"]] * 2],
            ["地域", "件数", "率", "備考"],
            3,
        ),
        # Two headings above seven columns.
        (
            [["番号", "企業", *[""] * 5], ["", *"abcdef"], *[["1", *"234567"]] * 3],
            ["番号", *(f"企業_{letter}" for letter in "abcdef")],
            3,
        ),
    ],
)
def test_headings_are_found_and_joined(rows, names, first):
    layout = find_layout(rows)
    assert list(layout.names) == names
    assert layout.first == first


@settings(max_examples=60)
@given(
    body=st.lists(
        st.lists(
            st.sampled_from(["", "合計", "（注）x", "※", "1", "東北", "番号", " ", "a,b", "改\n行"]),
            min_size=0,
            max_size=4,
        ),
        max_size=12,
    ),
    chunk=st.integers(1, 5),
    tail=st.integers(1, 4),
)
def test_every_line_is_data_or_cut_exactly_once(tmp_path_factory, body, chunk, tail):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    frame = [["番号", "地域", "件数", "備考"], *body]
    path.write_text(
        "\n".join(",".join(f'"{cell}"' for cell in row) for row in frame) + "\n", encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "CHUNK", chunk)
        patch.setattr(files, "TAIL", tail)
        table = read_table(path)
    assert lines(table) == list(range(1, table.lines + 1))
    assert table.lines == len(frame)
    for row, cells in table.cells.iterrows():
        given_row = [*frame[int(str(row)) - 1], "", "", "", ""][:4]
        assert ["" if pd.isna(cell) else cell for cell in cells] == given_row


def test_an_entry_beyond_the_headings_is_not_lost(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4,5\n", encoding="utf-8")
    assert read_table(path).cells.columns.tolist() == ["a", "b", "[C]"]
    path.write_text("a,b\n" + "1,2\n" * 300 + "3,4,5\n", encoding="utf-8")
    with pytest.raises(CleaningError, match="line 302: it has an entry in a column without a heading"):
        read_table(path)


def test_files_of_statistics_packages(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"id": ["001", "002"], "size": [1.0, 2.0], "x": [0.5, None]})
    pyreadstat.write_sav(
        frame, str(tmp_path / "a.sav"), variable_value_labels={"size": {1.0: "小規模", 2.0: "大企業"}}
    )
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"))
    frame.to_parquet(tmp_path / "a.parquet")
    sav = read_table(tmp_path / "a.sav")
    assert sav.cells["size"].tolist() == ["小規模", "大企業"]
    assert sav.about == ("value labels stand for codes",)
    pyreadstat.write_xport(frame, str(tmp_path / "a.xpt"))
    for name in ("a.dta", "a.xpt", "a.parquet"):
        cells = read_table(tmp_path / name).cells
        assert cells["id"].tolist() == ["001", "002"]
        assert cells["size"].tolist() == ["1", "2"]
        assert cells["x"].fillna("").tolist() == ["0.5", ""]


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_what_parts_the_cells_is_found(tmp_path, mark):
    path = tmp_path / "a.csv"
    rows = [
        ["地域", "金額", "感想"],
        ["東北", '"1,234"', "よい、,,とても"],
        ["関東", '"12;3"', '"a,b,c,d"'],
        ["近畿", "3", "x"],
    ]
    if mark == ",":
        rows[1][2] = "よい"
    path.write_text("\n".join(mark.join(row) for row in rows), encoding="utf-16")
    assert read_table(path).cells.columns.tolist() == ["地域", "金額", "感想"]
    assert read_table(path).cells["金額"].tolist() == ["1,234", "12;3", "3"]


def test_numbers_keep_their_digits_from_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["n", "x"])
    book.active.append([123456789012345, 0.1])
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").cells.iloc[0].tolist() == ["123456789012345", "0.1"]


def cut(tmp_path, text):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    table = read_table(tmp_path / "a.csv")
    return dict(zip(table.cuts["row"], table.cuts["reason"], strict=True))


def test_totals_may_be_remarked_upon_and_firms_may_begin_like_one(tmp_path):
    text = "企業,件数\n計測工業,1\n合計システム㈱,2\n合計（a+b）,3\n総合計,3\n計（再掲）,3\n平均,1\n"
    assert cut(tmp_path, text) == {1: "heading", 4: "total", 5: "total", 6: "total"}


def test_an_item_that_begins_like_a_remark_is_data(tmp_path):
    text = "項目,件数\n資料費,12\n作成,3\n備考,5\n,***\n資料：経済産業局,\n資料,経済産業局\nなお、速報値である。,\n"
    assert cut(tmp_path, text) == {1: "heading", 6: "note", 7: "note", 8: "note"}


def test_respondents_at_the_end_who_gave_no_answer_are_data(tmp_path):
    text = "番号,問1,問2\nA1,1,2\nA2,,\n３,,\n,,\n以上,,\n"
    assert cut(tmp_path, text) == {1: "heading", 5: "blank", 6: "note"}


def test_numbers_in_a_workbook_read_as_they_are_shown(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c", "d"])
    for numbers in ([0.1 + 0.2, 0.385, 12, 0.5], [1, -0.05, 12345, "x"]):
        book.active.append(numbers)
    for row in (2, 3):
        for column, code in ((1, "0%"), (2, "0.0%;▲0.0%"), (3, "0000"), (4, "0.00")):
            book.active.cell(row, column).number_format = code
    book.save(tmp_path / "a.xlsx")
    cells = read_table(tmp_path / "a.xlsx").cells.to_numpy().tolist()
    assert cells == [["30%", "38.5%", "0012", "0.5"], ["100%", "-5%", "12345", "x"]]


def test_settings_of_another_kind_of_file_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(CleaningError, match=r"a\.csv has no sheets; leave out sheet = 'x'"):
        read_table(tmp_path / "a.csv", sheet="x")
    with pytest.raises(CleaningError, match="is no text file; leave out encoding = 'cp932'"):
        read_table(DATA / "plans.xlsx", encoding="cp932")
