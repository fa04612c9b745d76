"""A file into a tidy one: the answers, what is set aside, and that nothing is lost."""

import csv
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.cleaning import CleaningError, checks
from shinrenkei.cleaning.checks import Seen
from shinrenkei.cleaning.cleaner import clean
from shinrenkei.cleaning.files import read_table

DATA = Path(__file__).parent / "data"


def read_rejects(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    return clean(DATA / "plans.xlsx", DATA / "plans.toml", tmp_path_factory.mktemp("plans") / "plans.parquet")


def test_the_lines_add_up(plans):
    assert (plans.lines, plans.rows_out, plans.rows_rejected, plans.lines_cut) == (16, 4, 3, 9)


def test_the_tidy_file_has_the_answers(plans):
    tidy = pd.read_parquet(plans.out)
    assert tidy["plan_id"].tolist() == ["0001", "0002", "0003", "0007"]
    assert tidy["certified_on"].dt.date.tolist() == [
        date(2005, 6, 1),
        date(2005, 7, 22),
        date(2005, 9, 16),
        date(2006, 3, 30),
    ]
    assert tidy["region"].tolist() == ["kinki", "kinki", "chubu", "okinawa"]
    assert tidy["prefecture"].tolist() == ["大阪府", "京都府", "福井県", "沖縄県"]
    assert tidy["firm"].tolist() == [
        "株式会社小松プロセス",
        "株式会社桑村繊維",
        "有限会社斎藤",
        "合同会社うみ",
    ]
    assert tidy["capital_yen"].tolist() == [10_000_000, 95_000_000, 3_000_000, 5_000_000]
    assert tidy["employees"].tolist() == [45, 120, 8, 3]
    assert tidy["partner_university"].tolist() == [True, True, False, pd.NA]
    assert tidy["partner_local_government"].tolist() == [False, False, True, pd.NA]
    assert tidy["sales_million_yen"].tolist() == [-3, 120, pd.NA, pd.NA]
    assert tidy["source_id"].unique().tolist() == ["own-2006"]
    assert tidy["source_row"].tolist() == [6, 7, 8, 12]


def test_the_tidy_file_is_typed(plans):
    types = pd.read_parquet(plans.out).dtypes.astype(str).to_dict()
    assert types["certified_on"] == "datetime64[us]"
    assert types["capital_yen"] == "Float64"
    assert types["employees"] == "Int64"
    assert types["partner_university"] == "boolean"
    assert types["region"] == "category"


def test_rejects_say_where_what_and_why_beside_the_untouched_row(plans):
    rejects = read_rejects(plans.rejects)
    assert [(r["source_row"], r["column"], r["heading"], r["cell"]) for r in rejects] == [
        ("9", "certified_on", "認定年月日", "平成35年1月1日"),
        ("10", "capital_yen", "コア企業_資本金(千円)", "多数"),
        ("11", "partner", "連携先", "大学、宇宙人"),
    ]
    assert [r["reason"].split(",")[0] for r in rejects] == [
        "平成35年 is not in 平成",
        "it has no digit",
        "'宇宙人' is not a declared answer",
    ]
    cells = read_table(DATA / "plans.xlsx").cells
    for reject in rejects:
        untouched = cells.loc[int(reject["source_row"])].fillna("")
        assert {name: reject[name] for name in cells} == untouched.to_dict()


def test_the_report_tells_what_was_changed_and_how_often(plans):
    report = plans.report.read_text(encoding="utf-8")
    for told in (
        "**16 lines = 4 rows kept + 3 rows rejected + 9 lines cut away.**",
        "| total | 1 | 14 (合 計 \\| 178000) |",
        "- read as missing: `－` 1, `…` 1",
        "- qualifiers read over: `約` 1",
        "- `近畿経済産業局` became `kinki`: 1",
        "| capital_yen | it has no digit | 1 |",
    ):
        assert told in report


def test_csv_says_the_same_as_parquet(plans, tmp_path):
    again = clean(DATA / "plans.xlsx", DATA / "plans.toml", tmp_path / "plans.csv")
    text = again.out.read_bytes().decode("utf-8")
    assert text.splitlines()[1].startswith("0001,2005-06-01,kinki,大阪府,株式会社小松プロセス,10000000,45,")
    assert text.count("\r") == 0
    assert again.rejects.read_bytes() == plans.rejects.read_bytes()


def test_a_survey_in_shift_jis(tmp_path):
    book = {
        "columns": [
            {"name": "q1", "source": "問1_連携の有無", "kind": "category", "values": {"1": "yes", "2": "no"}},
            {
                "name": "partners",
                "source": "問1_連携先(複数回答)",
                "kind": "answers",
                "categories": "partner_types",
            },
            {"name": "lower", "source": "問2_従業員数", "kind": "range_lower"},
            {"name": "upper", "source": "問2_従業員数", "kind": "range_upper"},
            {"name": "share", "source": "問3_売上高に占める割合", "kind": "share"},
            {"name": "note", "source": "自由記述", "kind": "normalized"},
            {"name": "answered_on", "source": "回答日", "kind": "date", "era": "平成"},
        ]
    }
    done = clean(DATA / "survey_sjis.csv", book, tmp_path / "s.parquet")
    tidy = pd.read_parquet(done.out)
    assert tidy["q1"].tolist() == ["yes", "no", "yes"]
    assert tidy["lower"].tolist() == [51, 1, 301]
    assert tidy["upper"].tolist() == [100, 5, pd.NA]
    assert tidy["share"].tolist() == [0.35, 0.5, 0.38]
    assert tidy["note"].fillna("").tolist() == ["良い点は 、特にない", "データなし", ""]
    assert tidy["answered_on"].dt.day.tolist() == [11, 12, 13]
    assert [(r["source_row"], r["column"]) for r in read_rejects(done.rejects)] == [
        ("7", "answered_on"),
        ("7", "q1"),
    ]


def small(tmp_path, text, columns, **settings):
    path = tmp_path / "in.csv"
    path.write_text(text, encoding="utf-8")
    return clean(path, {"columns": columns, **settings}, tmp_path / "out.csv")


def test_rules_of_a_column_are_kept(tmp_path):
    columns = [
        {"name": "id", "source": "番号", "kind": "text", "required": True, "unique": True},
        {"name": "n", "source": "件数", "kind": "integer", "min": 0, "max": 10, "required": True},
        {"name": "on", "source": "日", "kind": "date", "min": "2005-04-01", "max": "平成18年3月31日"},
    ]
    text = "番号,件数,日\nA,1,2005-04-01\nB,-1,2005-04-02\nC,11,\nA,2,\n,3,\nD,－,\nE,4,2006-04-01\nF,5,2006-03-31\n"
    done = small(tmp_path, text, columns)
    reasons = {(r["source_row"], r["column"]): r["reason"] for r in read_rejects(done.rejects)}
    assert reasons == {
        ("3", "n"): "it is below 0",
        ("4", "n"): "it is above 10",
        ("5", "id"): "it must be unique, and stands in row 2 already",
        ("6", "id"): checks.EMPTY,
        ("7", "n"): checks.EMPTY,
        ("8", "on"): "it is above 平成18年3月31日",
    }
    assert done.out.read_text().splitlines()[1:] == ["A,1,2005-04-01,2", "F,5,2006-03-31,9"]


def test_a_key_of_several_columns_is_unique(tmp_path):
    columns = [
        {"name": "firm", "source": "企業", "kind": "text"},
        {"name": "year", "source": "年", "kind": "year"},
    ]
    done = small(tmp_path, "企業,年\nA,2013\nA,2018\nB,2013\nA,平成30年\n", columns, key=["firm", "year"])
    (reject,) = read_rejects(done.rejects)
    assert reject["reason"] == "the key must be unique, and stands in row 3 already"
    assert reject["cell"] == "A, 2018"


def test_several_headings_make_one_column(tmp_path):
    columns = [{"name": "on", "source": ["年", "月", "日"], "join": ".", "kind": "date", "era": "H"}]
    done = small(tmp_path, "年,月,日\n17,4,13\n17,4,31\n", columns)
    assert done.out.read_text().splitlines()[1:] == ["2005-04-13,2"]
    assert read_rejects(done.rejects)[0]["cell"] == "17.4.31"


def test_types_do_not_depend_on_the_values(tmp_path):
    columns = [
        {"name": "x", "source": "x", "kind": "number"},
        {"name": "n", "source": "n", "kind": "integer"},
    ]
    done = small(tmp_path, "x,n\n1,1\n2.5,1.5\n9007199254740993,3\n", columns)
    assert done.out.read_text().splitlines()[1:] == ["1,1,2"]
    reasons = [r["reason"] for r in read_rejects(done.rejects)]
    assert reasons == ["it is not whole", "it has more digits than can be held exactly"]


def test_a_table_without_rows_gives_a_tidy_file_without_rows(tmp_path):
    done = small(tmp_path, "番号,件数\n合計,0\n", [{"name": "n", "source": "件数", "kind": "integer"}])
    assert done.out.read_text() == "n,source_row\n"
    assert (done.lines, done.rows_out, done.lines_cut) == (2, 0, 2)


CELLS = [
    "",
    " ",
    "1",
    "２",
    "▲3",
    "多数",
    "合計",
    "（注）",
    "近畿",
    "大阪",
    "-",
    "x",
    "H17.4.13",
    "1.5",
    "a,b",
    "改\n行",
]


@settings(max_examples=50)
@given(body=st.lists(st.lists(st.sampled_from(CELLS), max_size=4), max_size=15), chunk=st.integers(1, 6))
def test_nothing_is_lost(tmp_path_factory, body, chunk):
    folder = tmp_path_factory.mktemp("c")
    rows = [["番号", "件数", "地域", "日"], *body]
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    columns = [
        {"name": "id", "source": "番号", "kind": "text", "unique": True},
        {"name": "n", "source": "件数", "kind": "integer", "min": 0},
        {"name": "region", "source": "地域", "kind": "region", "required": True},
        {"name": "on", "source": "日", "kind": "date"},
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shinrenkei.cleaning.rows.CHUNK", chunk)
        patch.setattr("shinrenkei.cleaning.files.TAIL", chunk)
        done = clean(folder / "in.csv", {"columns": columns}, folder / "out.csv")
    with done.out.open(encoding="utf-8", newline="") as file:
        kept = [int(row["source_row"]) for row in csv.DictReader(file)]
    aside = {int(row["source_row"]) for row in read_rejects(done.rejects)}
    assert not aside & set(kept)
    assert (len(kept), len(aside)) == (done.rows_out, done.rows_rejected)
    assert done.lines == len(rows) == done.rows_out + done.rows_rejected + done.lines_cut
    for reject in read_rejects(done.rejects):
        source = [*rows[int(reject["source_row"]) - 1], "", "", "", ""][:4]
        assert [reject[name] for name in rows[0]] == source


@given(st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=8))
def test_unique_values_are_remembered_from_piece_to_piece(pieces):
    seen, line = Seen(), 0
    first: dict[int, int] = {}
    for piece in pieces:
        index = range(line + 1, line + 1 + len(piece))
        line += len(piece)
        expected = {}
        for place, value in zip(index, piece, strict=True):
            if value in first:
                expected[place] = first[value]
            first.setdefault(value, place)
        earlier = seen.add(pd.Series([str(v) for v in piece], index=list(index), dtype="str"))
        assert earlier.to_dict() == expected


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_text("n\n1\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("from before", encoding="utf-8")
    monkeypatch.setattr("shinrenkei.cleaning.cleaner.write_report", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        clean(
            tmp_path / "in.csv",
            {"columns": [{"name": "n", "source": "n", "kind": "integer"}]},
            tmp_path / "out.csv",
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "from before"


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on a file's size is POSIX's")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_full_disk_is_told_and_nothing_half_written(tmp_path, ending):
    rows = "".join(f"{number},{number * 7919 % 10007}\n" for number in range(30_000))
    (tmp_path / "in.csv").write_text("番号,件数\n" + rows, encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        "".join(
            f'[[columns]]\nname = "{name}"\nsource = "{name}"\nkind = "integer"\n'
            for name in ("番号", "件数")
        ),
        encoding="utf-8",
    )
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from shinrenkei.cli import main; sys.argv[0] = 'shinrenkei'; main()"
    )
    call = [
        sys.executable,
        "-c",
        script,
        "clean",
        "in.csv",
        "--codebook",
        "book.toml",
        "--out",
        f"out.{ending}",
    ]
    done = subprocess.run(
        call,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert "cannot be read or written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.toml", "in.csv"]


def test_the_output_is_checked_first(tmp_path):
    book = {"columns": [{"name": "n", "source": "n", "kind": "integer"}]}
    (tmp_path / "in.csv").write_text("n\n1\n", encoding="utf-8")
    with pytest.raises(CleaningError, match="is the source itself"):
        clean(tmp_path / "in.csv", book, tmp_path / "in.csv")
    with pytest.raises(CleaningError, match=r"has the ending \.xlsx; expected \.parquet or \.csv"):
        clean(tmp_path / "in.csv", book, tmp_path / "out.xlsx")
    with pytest.raises(CleaningError, match="is no folder"):
        clean(tmp_path / "in.csv", book, tmp_path / "nowhere" / "out.csv")


def test_the_report_tells_of_the_cells_that_are_missing_and_no_others(tmp_path):
    # The gap stands before the last distinct value: it must not be taken for that value's reading.
    columns = [
        {"name": "note", "source": "備考", "kind": "normalized"},
        {"name": "n", "source": "番号", "kind": "text"},
    ]
    done = small(tmp_path, "番号,備考\n1,\n2,ｘ\n3,\n4,y\n", columns)
    report = done.report.read_text(encoding="utf-8")
    assert "| note | 備考 | normalized | 2 | 2 | 0 | 1 | 0 |" in report
    assert "read as missing" not in report.partition("### note")[2]


def test_cells_may_be_declared_to_be_no_answer(tmp_path):
    columns = [
        {"name": "region", "source": "地域", "kind": "region", "missing": ["不明", "－"]},
        {"name": "q", "source": "問", "kind": "integer", "missing": [99]},
    ]
    done = small(tmp_path, "地域,問\n近畿,1\n不明,９９\n-,3\n火星,99\n", columns)
    assert done.out.read_text(encoding="utf-8").splitlines()[1:] == ["kinki,1,2", ",,3", ",3,4"]
    assert "- read as missing: `不明` 1, `-` 1" in done.report.read_text(encoding="utf-8")
    assert [r["cell"] for r in read_rejects(done.rejects)] == ["火星"]


def test_qualifiers_of_shares_are_told(tmp_path):
    columns = [
        {"name": "share", "source": "割合", "kind": "share"},
        {"name": "n", "source": "番号", "kind": "text"},
    ]
    done = small(tmp_path, "番号,割合\n1,約3割\n2,50％以上\n3,0.5\n", columns)
    assert "- qualifiers read over: `約` 1, `以上` 1" in done.report.read_text(encoding="utf-8")
