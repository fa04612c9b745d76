"""People's own plan files: read with dtypes, or refused in a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.errors import InputError
from shinrenkei.own_data import read_plans


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
        ("plans.txt", "x\n", r"plans.txt is a .txt; expected .csv or .parquet"),
        ("plans.csv", "", "plans.csv cannot be read"),
    ],
)
def test_a_wrong_file_gets_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_plans(write(tmp_path / name, text))


def test_a_missing_file_and_another_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; expected a plan file"):
        read_plans(tmp_path / "none.csv")
    (tmp_path / "sjis.csv").write_bytes("認定,事業化\n1,1\n".encode("cp932"))
    with pytest.raises(InputError, match=r"sjis.csv cannot be read"):
        read_plans(tmp_path / "sjis.csv")
