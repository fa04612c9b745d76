"""People's own plan files: read with dtypes, or refused in a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.cleaning import clean
from shinrenkei.errors import InputError
from shinrenkei.own_data import (
    certified_in,
    check_years,
    followed_to,
    matching,
    only,
    read_firms,
    read_plans,
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_a_plan_is_read_with_dates_and_blocks(tmp_path: Path) -> None:
    path = write(
        tmp_path / "plans.csv",
        "certified_on,first_sales_on,region\nH17.9.16,,近畿\n2006-01-10,平成18年12月1日,大阪府\n",
    )
    plans = read_plans(path)
    assert plans["certified_on"].tolist() == [pd.Timestamp("2005-09-16"), pd.Timestamp("2006-01-10")]
    assert plans["first_sales_on"].isna().tolist() == [True, False]
    assert plans["region"].tolist() == ["kinki", "kinki"]
    rate = sr.commercialization_rate(plans, as_of="2007-03-31")
    assert (rate["certified"].item(), rate["commercialized"].item()) == (2, 1)


def test_counts_are_read_as_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "counts.csv", "region,certified,commercialized\n近畿,６２,31\n関東,73件,23\n")
    counts = read_plans(path)
    rates = sr.commercialization_rate(counts, by="region").set_index("region")
    assert rates["certified"].to_dict() == {"kinki": 62, "kanto": 73}


def test_parquet_keeps_its_dtypes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"certified_on": pd.to_datetime(["2006-01-10"]), "first_sales_on": pd.Series([pd.NaT])}
    )
    frame.to_parquet(tmp_path / "plans.parquet")
    assert read_plans(tmp_path / "plans.parquet")["certified_on"].item() == pd.Timestamp("2006-01-10")


def test_the_block_is_told_by_the_prefecture(tmp_path: Path) -> None:
    text = "certified_on,first_sales_on,prefecture\n2006-01-10,,福井\n"
    assert read_plans(write(tmp_path / "plans.csv", text))["region"].tolist() == ["kinki"]


PANEL = "firm_id,year,value_added_yen,employees,partner_type,region\n"


def test_a_firm_panel_is_read_with_numbers_and_blocks(tmp_path: Path) -> None:
    rows = "A,2013,1億円,１０,university;intermediary,大阪府\nA,2018,120000000,10,university;intermediary,大阪府\n"
    firms = read_firms(write(tmp_path / "firms.csv", PANEL + rows))
    assert firms["value_added_yen"].tolist() == [100_000_000, 120_000_000]
    assert firms["region"].tolist() == ["kinki", "kinki"]
    change = sr.productivity_change(firms, min_firms=1)
    assert change["mean"].tolist() == [2_000.0, 2_000.0]


def test_a_workbook_and_a_shift_jis_file_are_read_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"region": ["近畿", "関東"], "certified": [62, 73], "commercialized": [31, 23]})
    frame.to_excel(tmp_path / "counts.xlsx", index=False)
    frame.to_csv(tmp_path / "counts.csv", index=False, encoding="cp932")
    for name in ("counts.xlsx", "counts.csv"):
        assert read_plans(tmp_path / name)["certified"].tolist() == [62, 73]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "plans.csv",
            "certified_on,region\n2006-01-10,近畿\n",
            "plans.csv has no column first_sales_on; expected",
        ),
        ("plans.csv", "region,certified\n近畿,3\n", "plans.csv has no column commercialized; expected"),
        (
            "plans.csv",
            "certified_on,first_sales_on\n2006-02-30,\n",
            "plans.csv, column certified_on: .*2006-02-30",
        ),
        ("plans.csv", "certified,commercialized\n三十？,1\n", "plans.csv, column certified: "),
        ("plans.docx", "x\n", "plans.docx"),
        ("plans.csv", "", "plans.csv"),
    ],
)
def test_a_wrong_plan_file_gets_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_plans(write(tmp_path / name, text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "firm_id,year,employees\nA,2013,1\n",
            "has no column value_added_yen, partner_type; expected firm_id",
        ),
        (PANEL + "A,2013,many,1,university,近畿\n", "column value_added_yen: .*many"),
    ],
)
def test_a_wrong_firm_panel_gets_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_firms(write(tmp_path / "firms.csv", text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; expected a file"):
        read_plans(tmp_path / "none.csv")


def test_partners_may_be_named_as_surveys_name_them(tmp_path: Path) -> None:
    rows = "A,平成25年,1億円,１０人,大学、公設試,大阪府\nA,2018,120000000,10,大学・公設試,大阪府\n"
    firms = read_firms(write(tmp_path / "firms.csv", PANEL + rows))
    assert firms["year"].tolist() == [2013, 2018]
    assert set(firms["partner_type"]) == {"university;public_research_institute"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_panel_that_was_cleaned_is_read_whatever_its_question_is_called(
    tmp_path: Path, ending: str
) -> None:
    rows = "A,2013,100000,10,大学、公設試\nA,2018,120000,10,大学\nB,2013,100000,10,\nB,2018,100000,10,\n"
    raw = write(tmp_path / "raw.csv", "企業,年,付加価値額（千円）,従業者数,連携先\n" + rows)
    kinds = {"firm_id": ("企業", "text"), "year": ("年", "year"), "employees": ("従業者数", "integer")}
    columns: list[dict[str, object]] = [
        {"name": name, "source": source, "kind": kind} for name, (source, kind) in kinds.items()
    ]
    columns.append({"name": "value_added_yen", "source": "付加価値額(千円)", "kind": "money", "unit": "千円"})
    columns.append({"name": "q7", "source": "連携先", "kind": "answers", "categories": "partner_types"})
    done = clean(raw, {"columns": columns}, tmp_path / f"firms.{ending}")
    firms = read_firms(done.out)
    assert firms["partner_type_university"].tolist() == [True, True, pd.NA, pd.NA]
    change = sr.productivity_change(firms, types=["university"], min_firms=1)
    assert (change["n"].item(), change["mean"].item()) == (1, 2_000.0)


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (
            {"certified_on": [38455], "first_sales_on": [None]},
            r"column certified_on: .*38455 \(row 0; it is not",
        ),
        ({"certified": [True], "commercialized": [False]}, "column certified: .*it is a truth value"),
    ],
)
def test_columns_of_the_wrong_kind_are_named(
    tmp_path: Path, frame: dict[str, list[object]], sentence: str
) -> None:
    pd.DataFrame(frame).to_parquet(tmp_path / "plans.parquet")
    with pytest.raises(InputError, match=f"plans.parquet, {sentence}"):
        read_plans(tmp_path / "plans.parquet")


def test_a_partner_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "firms.csv", PANEL + "A,2013,1,1,宇宙人,近畿\n")
    with pytest.raises(InputError, match=r"firms.csv, column partner_type: .*'宇宙人' \(row 2"):
        read_firms(path)


def test_a_region_is_kept_where_the_data_know_regions():
    plans = pd.DataFrame({"region": ["kinki", "kanto"], "plans": [1, 2]})
    assert only(plans, "region", "kanto", None)["plans"].tolist() == [2]
    assert only(plans, "region", "all", None) is plans
    assert only(plans, "region", "okinawa", None).empty
    with pytest.raises(
        InputError, match=r"^own.csv has no column industry, so industry=E cannot be asked for; it has region"
    ):
        only(plans, "industry", "E", "folder/own.csv")


@pytest.mark.parametrize("name", ["firms.csv", "firms.parquet"])
def test_synthetic_firms_read_from_a_file_still_say_that_they_are(tmp_path: Path, name: str) -> None:
    made = sr.synthetic.firms(n=100, years=(2013, 2018))
    path = tmp_path / name
    made.to_parquet(path) if name.endswith("parquet") else made.to_csv(path, index=False)
    firms = only(read_firms(path), "region", made["region"].iloc[0], path)
    assert firms.attrs["synthetic"] is True
    assert firms.attrs["source_line"] == {
        "ja": f"合成データ、{name}（利用者のデータ）",
        "en": f"Synthetic data, {name} (the user's own data)",
    }


@pytest.mark.parametrize(
    "text",
    [
        "region,certified,commercialized\n近畿,62,31\n",
        "synthetic,certified,commercialized\nfalse,62,31\n,3,1\n",
    ],
)
def test_data_that_do_not_say_so_are_not_called_synthetic(tmp_path: Path, text: str) -> None:
    plans = read_plans(write(tmp_path / "plans.csv", text))
    assert plans.attrs["synthetic"] is False
    assert plans.attrs["source_line"]["en"] == "plans.csv (the user's own data)"


def test_a_mark_of_synthetic_rows_that_is_neither_true_nor_false_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "plans.csv", "synthetic,certified,commercialized\ntrue,62,31\nperhaps,3,1\n")
    with pytest.raises(InputError, match=r"plans\.csv, column synthetic: .*perhaps"):
        read_plans(path)


def test_a_value_that_no_row_has_is_told_with_those_there_are() -> None:
    firms = pd.DataFrame({"industry": ["E", "G", "G"], "region": ["kinki", "kanto", "kinki"]})
    assert matching(firms, None, industry="G", region="all").index.tolist() == [1, 2]
    with pytest.raises(InputError, match=r"^The data has no row with industry=Z; industry is there: E, G\.$"):
        matching(firms, None, industry="Z", region="all")
    with pytest.raises(
        InputError, match=r"^own.csv has no row with region=kanto where industry=E; region is there: kinki\.$"
    ):
        matching(firms, "folder/own.csv", industry="E", region="kanto")


def test_a_fiscal_year_without_plans_is_told_with_those_there_are() -> None:
    plans = pd.DataFrame({"certified_on": pd.to_datetime(["2006-03-31", "2006-04-01", ""])})
    assert certified_in(plans, 2005, None).index.tolist() == [0]
    with pytest.raises(InputError, match=r"plans.csv has no plan .* fiscal year 2010; .*: 2005, 2006\.$"):
        certified_in(plans, 2010, "plans.csv")
    counts = pd.DataFrame({"certified": [3], "commercialized": [1]})
    assert certified_in(counts, 2010, None) is counts


def test_plans_are_followed_no_further_than_the_record_goes() -> None:
    plans = pd.DataFrame(
        {
            "certified_on": pd.to_datetime(["2006-05-01", "2006-12-11"]),
            "first_sales_on": pd.to_datetime(["2007-02-05", ""]),
        }
    )
    assert followed_to(plans, 2010) == pd.Timestamp("2007-02-05")
    assert followed_to(plans, 2005) == pd.Timestamp("2006-03-31")
    assert followed_to(plans.assign(as_of=pd.Timestamp("2007-03-01")), 2010) == pd.Timestamp("2007-03-01")
    made = sr.synthetic.plans()
    assert [followed_to(made, year) for year in (2005, 2006, 2010)] == [
        pd.Timestamp(day) for day in ("2006-03-31", "2007-03-31", "2007-03-31")
    ]
    assert followed_to(only(made, "region", "hokkaido", None), 2010) == pd.Timestamp("2007-03-31")


@pytest.mark.parametrize(("start", "end"), [(2018, 2013), (2015, 2015)])
def test_a_change_that_runs_backwards_is_refused(start: int, end: int) -> None:
    with pytest.raises(InputError, match=f"start={start} is not before end={end}; expected an earlier year"):
        check_years(start, end)
    check_years(2013, 2018)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_heading_alone_is_said_to_have_no_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"own.{ending}"
    heading = pd.DataFrame(columns=PANEL.strip().split(","))
    heading.to_csv(path, index=False) if ending == "csv" else heading.to_parquet(path)
    for read_own in (read_firms, read_plans):
        with pytest.raises(InputError, match=f"own.{ending} has a heading, but no rows; expected one row"):
            read_own(path)
