"""The commercialization rate: outside reference values, every engine, and what must be refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import narwhals
import narwhals.stable.v1
import narwhals.stable.v2
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics.rates import commercialization_rate
from tests.metrics.engines import ENGINES

COUNTS = pd.DataFrame(
    {
        "as_of": pd.to_datetime(["2007-03-31", "2007-02-28", "2007-02-28", "2007-02-28"]),
        "region": ["all", "kanto", "kinki", "tohoku"],
        "certified": pd.array([321, 73, 62, 31], dtype="Int64"),
        "commercialized": pd.array([158, 23, 31, None], dtype="Int64"),
        "source_id": ["smrj-2007", "taxcom-2007", "taxcom-2007", "taxcom-2007"],
    }
)
PLANS = pd.DataFrame(
    {
        "plan_id": ["A", "B", "C", "D", "E", "F"],
        "region": ["kinki", "kinki", "kinki", "kanto", "kanto", None],
        "certified_on": pd.to_datetime(
            ["2005-09-01", "2006-04-01", "2007-04-02", "2005-09-16", "NaT", "2006-01-10"]
        ),
        "first_sales_on": pd.to_datetime(
            ["2006-01-01", "NaT", "2007-05-01", "2007-04-01", "NaT", "2007-03-31"]
        ),
    }
)


def one(certified: int, commercialized: int, **options: Any) -> pd.Series:
    frame = pd.DataFrame({"certified": [certified], "commercialized": [commercialized]})
    return commercialization_rate(frame, **options).iloc[0]


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_ends_solve_the_score_equation(pair: tuple[int, int]) -> None:
    """Wilson (1927): |p - x| = z sqrt(x (1 - x) / n) at both ends x."""
    base, done = pair
    row = one(base, done)
    for end in (row["lower"], row["upper"]):
        assert 0 <= end <= 1
        assert abs(done / base - end) == pytest.approx(
            1.959963984540054 * np.sqrt(end * (1 - end) / base), abs=1e-7
        )


def test_published_regions_each_have_their_rate_and_a_missing_partner_stays_empty() -> None:
    table = commercialization_rate(COUNTS, ["as_of", "region"]).set_index("region")
    assert table.loc["all", "rate"] == 158 / 321
    assert table.loc["kinki", "rate"] == 31 / 62
    assert table.loc["tohoku", ["rate", "lower", "upper", "commercialized"]].isna().all()
    assert table.loc["tohoku", "certified"] == 31
    assert table.loc["tohoku", "note"] == "commercialized not given"
    assert str(table.dtypes["certified"]) == "Int64"
    assert table.attrs["confidence"] == 0.95
    assert table.attrs["method"] == "Wilson"


def test_a_group_with_a_count_that_lacks_its_partner_has_no_rate() -> None:
    regions = COUNTS[COUNTS["region"] != "all"]
    empty = commercialization_rate(regions).iloc[0]
    assert pd.isna(empty["rate"])
    assert empty["certified"] == 166
    assert empty["note"] == "commercialized not given in 1 of 3 rows"
    skipped = commercialization_rate(regions, missing="skip").iloc[0]
    assert (skipped["certified"], skipped["commercialized"], skipped["rate"]) == (135, 54, 54 / 135)
    assert skipped["note"] == "1 of 3 rows without both counts left out"


def test_no_certified_plans_give_no_rate() -> None:
    row = one(0, 0)
    assert pd.isna(row["rate"])
    assert row["note"] == "no certified plans"


def test_a_small_group_says_so() -> None:
    assert one(29, 3)["note"] == "small group (n < 30)"
    assert one(30, 3)["note"] == ""
    assert one(30, 3, small=50)["note"] == "small group (n < 50)"


def test_as_of_chooses_the_rows_of_a_counts_table() -> None:
    table = commercialization_rate(COUNTS, "region", as_of="2007-02-28")
    assert table["region"].tolist() == ["kanto", "kinki", "tohoku"]
    with pytest.raises(InputError, match="No counts as of 2006-01-01; the table has: 2007-02-28, 2007-03-31"):
        commercialization_rate(COUNTS, "region", as_of="2006-01-01")


@pytest.mark.parametrize(
    ("rows", "by", "message"),
    [
        ({}, None, "several dates .2007-03-31, 2007-02-28. .* add 'as_of' to by"),
        ({"as_of": "2007-02-28"}, None, r"region 'all' would be added to its parts \(kanto, kinki, tohoku\)"),
        ({"as_of": "2007-02-28", "region": "kinki"}, None, "more than once in one group, in row 0 .*=kinki"),
        ({"region": ["kinki", "kanto", "kinki", "tohoku"], "as_of": "2007-02-28"}, "region",
         "from smrj-2007, taxcom-2007; add 'source_id' to by"),
    ],
)  # fmt: skip
def test_cumulative_counts_that_overlap_are_not_added(rows: dict, by: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        commercialization_rate(COUNTS.assign(**rows), by)


def test_counts_of_separate_parts_are_added() -> None:
    parts = COUNTS[COUNTS["region"].isin(["kanto", "kinki"])]
    row = commercialization_rate(parts).iloc[0]
    assert (row["certified"], row["commercialized"]) == (135, 54)


@pytest.mark.parametrize(
    ("certified", "commercialized", "message"),
    [
        ([10, 5], [3, 6], r"commercialized \(6\) is above certified \(5\) in row 1 \(region=kinki\)"),
        ([10, -1], [3, 0], "certified is -1 in row 1"),
        ([10, 5], [3, 2.5], "commercialized is 2.5 in row 1"),
        ([10, np.inf], [3, 2], "certified is inf in row 1"),
    ],
)
def test_what_is_no_pair_of_counts_is_refused_with_its_row(
    certified: list, commercialized: list, message: str
) -> None:
    frame = pd.DataFrame(
        {"region": ["kanto", "kinki"], "certified": certified, "commercialized": commercialized}
    )
    with pytest.raises(InputError, match=message):
        commercialization_rate(frame, "region")


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.1, float("nan"), True, "0.95"])
def test_a_confidence_outside_its_range_is_refused(confidence: Any) -> None:
    with pytest.raises(InputError, match=r"confidence=.* is not between 0 and 1"):
        one(10, 5, confidence=confidence)


def test_an_unknown_column_or_option_gets_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="Unknown column 'regoin'; did you mean 'region'"):
        commercialization_rate(COUNTS, "regoin")
    with pytest.raises(UnknownNameError, match="Unknown adjust 'holm'"):
        one(10, 5, adjust="holm")
    with pytest.raises(InputError, match="by names 'region' more than once"):
        commercialization_rate(COUNTS, ["region", "region"])
    with pytest.raises(InputError, match="has the name of a column of the result"):
        commercialization_rate(COUNTS, "certified")


def test_what_is_no_dataframe_or_no_plan_table_is_refused() -> None:
    with pytest.raises(InputError, match="plans is a list; expected a dataframe"):
        commercialization_rate([1, 2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"neither counts .* its columns are: a"):
        commercialization_rate(pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match="'certified_on' holds String; expected dates"):
        commercialization_rate(PLANS.assign(certified_on="2005-09-01"))


@pytest.mark.parametrize("engine", ENGINES)
def test_microdata_counts_what_had_happened_by_the_date(engine: str) -> None:
    """C is certified later, D sold later, E has no date; A and F count as sold, F on the very day."""
    table = commercialization_rate(ENGINES[engine](PLANS), "region", as_of="2007-03-31")
    assert table["region"].tolist()[:2] == ["kanto", "kinki"]
    assert table["region"].isna().tolist() == [False, False, True]
    assert table["certified"].tolist() == [1, 2, 1]
    assert table["commercialized"].tolist() == [0, 1, 1]
    assert table["note"].str.contains("1 plan.s. without a certification date left out").tolist() == [
        True,
        False,
        False,
    ]
    assert table.attrs["left_out"] == {"without a certification date": 1, "certified after as_of": 1}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", [None, "region", ["region", "year"]])
def test_every_engine_gives_the_same_table(engine: str, by: Any) -> None:
    rng = np.random.default_rng(0)
    plans = pd.DataFrame(
        {
            "region": rng.choice(["kanto", "kinki", "okinawa"], 500),
            "year": rng.integers(2005, 2008, 500),
            "commercialized": rng.random(500) < 0.4,
        }
    )
    base = plans.groupby(by or np.zeros(500, dtype=int))["commercialized"]
    table = commercialization_rate(ENGINES[engine](plans), by)
    assert table["certified"].tolist() == base.size().tolist()
    assert table["commercialized"].tolist() == base.sum().tolist()
    pd.testing.assert_frame_equal(table, commercialization_rate(plans, by), check_exact=False, rtol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_reads_a_counts_table(engine: str) -> None:
    table = commercialization_rate(ENGINES[engine](COUNTS), ["as_of", "region"])
    pd.testing.assert_frame_equal(table, commercialization_rate(COUNTS, ["as_of", "region"]))


def test_a_time_of_day_on_the_last_day_still_counts() -> None:
    plans = PLANS.iloc[[5]].assign(first_sales_on=pd.Timestamp("2007-03-31 18:00"))
    assert commercialization_rate(plans, as_of=dt.date(2007, 3, 31))["commercialized"].item() == 1


def test_columns_of_python_dates_are_read_as_dates() -> None:
    plans = PLANS.assign(
        certified_on=PLANS["certified_on"].dt.date.astype(object).where(PLANS["certified_on"].notna())
    )
    pd.testing.assert_frame_equal(
        commercialization_rate(plans, "region"), commercialization_rate(PLANS, "region")
    )


def test_plans_of_unknown_outcome_are_told_and_never_counted_as_not_yet() -> None:
    plans = pd.DataFrame({"commercialized": pd.array([True, False, None], dtype="boolean")})
    row = commercialization_rate(plans).iloc[0]
    assert pd.isna(row["rate"])
    assert row["note"].startswith("1 plan(s) of unknown outcome")
    row = commercialization_rate(plans, missing="skip").iloc[0]
    assert (row["certified"], row["rate"]) == (2, 0.5)


def test_plans_of_unknown_certification_are_told_as_such() -> None:
    plans = pd.DataFrame(
        {
            "certified": pd.array([True, True, False, None] * 10, dtype="boolean"),
            "commercialized": [True, False] * 20,
        }
    )
    table = commercialization_rate(plans, small=0)
    assert table["note"].tolist() == ["10 plan(s) of unknown certification left out"]
    assert table.attrs["left_out"] == {"of unknown certification": 10, "not certified": 10}


def test_a_table_without_one_name_or_one_value_a_cell_is_refused() -> None:
    plans = pd.DataFrame({("a", "b"): [1, 2], ("commercialized", ""): [True, False]})
    with pytest.raises(InputError, match="plans has names of 2 levels"):
        commercialization_rate(plans)
    lists = pl.DataFrame({"region": [["kanto"], ["kinki"]], "commercialized": [True, False]})
    with pytest.raises(InputError, match=r"Column 'region' holds List.*expected one value a cell"):
        commercialization_rate(lists, "region")


@pytest.mark.parametrize("engine", ENGINES)
def test_sales_before_certification_are_refused_with_the_plan(engine: str) -> None:
    plans = PLANS.assign(first_sales_on=pd.Timestamp("2005-09-02"))
    with pytest.raises(
        InputError, match=r"4 plan.s. have first_sales_on before certified_on \(plan \w: 2005-09-02 "
    ):
        commercialization_rate(ENGINES[engine](plans), "region")


def test_an_outcome_without_its_date_cannot_be_told_as_of_a_date() -> None:
    plans = pd.DataFrame({"commercialized": [True, False]})
    with pytest.raises(InputError, match="as_of needs a date of first sales"):
        commercialization_rate(plans, as_of="2007-03-31")


def test_adjusted_intervals_are_those_of_the_adjusted_level() -> None:
    three = COUNTS.iloc[:3]
    level = 1 - 0.05 / 3
    adjusted = commercialization_rate(three, "region", adjust="bonferroni")
    pd.testing.assert_frame_equal(
        adjusted, commercialization_rate(three, "region", confidence=level), check_exact=False
    )
    assert adjusted.attrs["interval_confidence"] == pytest.approx(level)
    sidak = commercialization_rate(three, "region", adjust="sidak")
    assert sidak.attrs["interval_confidence"] == pytest.approx(0.95 ** (1 / 3))
    assert sidak.attrs["comparisons"] == 3
    assert (sidak["upper"] < adjusted["upper"]).all()


def test_the_given_table_is_left_as_it_was() -> None:
    before = COUNTS.copy(deep=True)
    commercialization_rate(COUNTS, ["as_of", "region"])
    pd.testing.assert_frame_equal(COUNTS, before)


@pytest.mark.parametrize("engine", ENGINES)
def test_keys_of_any_kind_and_name_come_back_as_they_were(engine: str) -> None:
    """Whole numbers far apart, text with a gap, dates, and a column named like one used inside."""
    plans = pd.DataFrame(
        {
            "far": [-(10**12), 10**12, 10**12, 5],
            "rows": ["a", None, "b", "a"],
            "on": pd.to_datetime(["2005-04-01", "2005-04-01", "2006-04-01", "2006-04-01"]),
            "flag": [True, False, True, True],
            "commercialized": [True, False, True, False],
        }
    )
    for by in (["far"], ["rows"], ["on"], ["flag"], ["far", "rows"]):
        table = commercialization_rate(ENGINES[engine](plans), by)
        expected = (
            plans.groupby(by, dropna=False, sort=True)["commercialized"].agg(["size", "sum"]).reset_index()
        )
        assert table["certified"].tolist() == expected["size"].tolist()
        assert table["commercialized"].tolist() == expected["sum"].tolist()
        assert [str(value) for value in table[by[0]]] == [str(value) for value in expected[by[0]]]


@pytest.mark.parametrize("engine", ENGINES)
def test_keys_too_large_for_signed_whole_numbers_keep_their_value_and_order(engine: str) -> None:
    large = 2**63 + 2**40
    plans = pd.DataFrame(
        {"id": np.array([large, 7, large], dtype="uint64"), "commercialized": [True, False, True]}
    )
    table = commercialization_rate(ENGINES[engine](plans), "id")
    assert table["id"].tolist() == [7, large]
    assert table["commercialized"].tolist() == [0, 2]


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_keys_and_outcomes_are_kept_apart_in_every_engine(engine: str) -> None:
    plans = pd.DataFrame(
        {
            "year": pd.array([2005, None, 2005, None, 2006], dtype="Int64"),
            "commercialized": pd.array([True, True, None, False, False], dtype="boolean"),
        }
    )
    table = commercialization_rate(ENGINES[engine](plans), "year", missing="skip")
    assert table["certified"].tolist() == [1, 1, 2]
    assert table["commercialized"].tolist() == [1, 0, 1]
    assert table["year"].isna().tolist() == [False, False, True]
    assert table["note"].str.startswith("1 plan(s) of unknown outcome left out").tolist() == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("outcomes", [[True, False, None], [True, False, False]])
def test_missing_outcomes_are_told_from_parquet_with_or_without_its_statistics(
    outcomes: list[bool | None], statistics: bool, tmp_path: Path
) -> None:
    for part, held in enumerate(([True, True, False], outcomes)):
        frame = pl.DataFrame({"region": ["tohoku", "kanto", "tohoku"], "commercialized": held})
        frame.write_parquet(tmp_path / f"{part}.parquet", statistics=statistics)
    rows = pl.scan_parquet(tmp_path / "*.parquet")
    for plans in (rows, rows.filter(pl.col("region") != "kinki"), rows.collect()):
        table = commercialization_rate(plans, "region")
        assert table["certified"].tolist() == [2, 4]
        assert table["note"].str.contains("1 plan(s) of unknown outcome", regex=False).tolist() == [
            False,
            None in outcomes,
        ]
        assert table["commercialized"].isna().tolist() == [False, None in outcomes]


def test_plans_that_were_not_certified_do_not_count_and_are_told() -> None:
    plans = pd.DataFrame({"certified": [True, True, False], "commercialized": [True, False, False]})
    table = commercialization_rate(plans)
    assert table["certified"].item() == 2
    assert table.attrs["left_out"] == {"not certified": 1}


MAKERS = [pd.DataFrame, pl.DataFrame, pa.table]


@pytest.mark.parametrize("make", MAKERS)
def test_a_column_without_any_date_means_no_sales_yet(make: Any) -> None:
    plans = make({"certified_on": [dt.date(2005, 9, 16)] * 2, "first_sales_on": [None, None]})
    table = commercialization_rate(plans, as_of="2007-03-31")
    assert (table["certified"].item(), table["commercialized"].item()) == (2, 0)


@pytest.mark.parametrize("make", MAKERS)
def test_a_column_without_any_count_gives_an_empty_rate(make: Any) -> None:
    table = commercialization_rate(make({"certified": [69], "commercialized": [None]}))
    assert table["certified"].item() == 69
    assert table[["commercialized", "rate", "lower"]].isna().all(axis=None)


def test_remarks_do_not_make_two_cells_of_one() -> None:
    twice = COUNTS.iloc[[0, 0]].assign(
        source_id=["a", "b"], indicator_ja=["販売達成", "事業化"], note=["x", "y"]
    )
    with pytest.raises(InputError, match=r"more than once in one group.*from a, b; add 'source_id' to by"):
        commercialization_rate(twice, ["as_of", "region"])


def test_times_with_a_zone_no_rows_and_a_small_that_is_no_number_are_refused() -> None:
    zoned = PLANS.assign(certified_on=PLANS["certified_on"].dt.tz_localize("Asia/Tokyo"))
    with pytest.raises(
        InputError, match="'certified_on' has times of the zone Asia/Tokyo; expected plain dates"
    ):
        commercialization_rate(zoned)
    with pytest.raises(InputError, match="plans has no rows"):
        commercialization_rate(COUNTS.iloc[:0])
    with pytest.raises(InputError, match="small='x' is no whole number of 0 or more"):
        one(10, 5, small="x")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_without_any_date_may_be_read_as_numbers(engine: str) -> None:
    plans = PLANS.dropna(subset=["certified_on"])[["certified_on", "region"]].assign(first_sales_on=np.nan)
    table = commercialization_rate(ENGINES[engine](plans), "region", as_of="2007-03-31")
    assert table["certified"].sum() > 0
    assert (table["commercialized"] == 0).all()


@pytest.mark.parametrize("value", [pd.NaT, "2007-03-31 12:00", 20070331])
def test_a_day_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"as_of=.* is not a date; expected one such as '2007-03-31'"):
        commercialization_rate(PLANS, as_of=value)


def test_the_day_may_be_given_in_any_way() -> None:
    expected = commercialization_rate(PLANS, as_of="2007-03-31")
    for value in (dt.date(2007, 3, 31), pd.Timestamp("2007-03-31 23:59"), np.datetime64("2007-03-31")):
        pd.testing.assert_frame_equal(commercialization_rate(PLANS, as_of=value), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["pandas", "polars_lazy", "pyarrow", "duckdb"])
@pytest.mark.parametrize("version", [narwhals, narwhals.stable.v1, narwhals.stable.v2])
def test_frames_of_narwhals_are_read_as_those_in_them(version: Any, engine: str) -> None:
    plans = PLANS.assign(
        certified_on=PLANS["certified_on"].dt.date.astype(object).where(PLANS["certified_on"].notna())
    )
    table = commercialization_rate(version.from_native(ENGINES[engine](plans)), "region")
    pd.testing.assert_frame_equal(table, commercialization_rate(PLANS, "region"))


@pytest.mark.parametrize("version", [narwhals, narwhals.stable.v1, narwhals.stable.v2])
def test_views_of_text_in_frames_of_narwhals_are_read(version: Any) -> None:
    plans = pa.table({"region": pa.array(["a", "b"], pa.string_view()), "commercialized": [True, False]})
    table = commercialization_rate(version.from_native(plans), "region")
    assert table["commercialized"].tolist() == [1, 0]


@pytest.mark.parametrize("as_of", [None, "2007-03-31"])
@pytest.mark.parametrize("backed_by_arrow", [True, False])
def test_a_date_may_be_set_beside_a_time(as_of: str | None, backed_by_arrow: bool) -> None:
    days = {"certified_on": [dt.date(2005, 9, 1)] * 2, "first_sales_on": [dt.datetime(2005, 9, 1, 18), None]}
    plans: Any = pa.table(days)
    early: Any = pa.table(days | {"certified_on": [dt.date(2006, 9, 1)] * 2})
    if backed_by_arrow:
        plans, early = (table.to_pandas(types_mapper=pd.ArrowDtype) for table in (plans, early))
    assert commercialization_rate(plans, as_of=as_of)["commercialized"].item() == 1
    with pytest.raises(InputError, match=r"1 plan\(s\) have .* \(2005-09-01 before 2006-09-01\)"):
        commercialization_rate(early, as_of=as_of)


def test_a_name_that_stands_twice_is_told() -> None:
    import dask.dataframe as dd

    twice = pd.DataFrame([["kinki", "kinki", True]], columns=["region", "region", "commercialized"])
    arrow = pa.table([["kinki"], ["kinki"], [True]], names=list(twice.columns))
    for plans in (twice, arrow, dd.from_pandas(twice, npartitions=1)):
        with pytest.raises(
            InputError, match=r"^Column 'region' stands 2 times in plans; expected each name once\.$"
        ):
            commercialization_rate(plans)


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_in_text_are_told_what_makes_dates_of_them_there(engine: str) -> None:
    plans = pd.DataFrame({"certified_on": ["2005-09-01"], "first_sales_on": ["2006-01-01"]})
    how = "pandas.to_datetime makes them from text" if engine == "pandas" else "cast text to a type of dates"
    with pytest.raises(InputError, match=f"'certified_on' holds String; expected dates .{how}"):
        commercialization_rate(ENGINES[engine](plans))
