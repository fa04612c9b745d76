"""Firm panels as they come: booleans and ids of every kind, missing cells, years, options out of range."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from shinrenkei.errors import InputError
from shinrenkei.metrics import adjusted, bootstrap, productivity
from shinrenkei.metrics._firms import batches
from shinrenkei.metrics._firms.intervals import drawn_intervals
from tests.metrics.engines import ENGINES

adjusted_change: Any = adjusted.adjusted_change
attrition: Any = productivity.attrition
bootstrap_change: Any = bootstrap.bootstrap_change
productivity_change: Any = productivity.productivity_change
IN_MEMORY = [engine for engine in ENGINES if engine != "dask"]


def panel(n: int = 80, seed: int = 0) -> Any:
    """Return a panel with whole ids, a region that is a number, an industry and one or two types a firm."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(["university", "other", "university;other"], n)
    years = [
        pd.DataFrame(
            {
                "firm_id": np.arange(n) + 3,
                "year": year,
                "employees": rng.integers(5, 90, n),
                "partner_type": chosen,
                "region": np.arange(n) % 8 + 1.0,
                "industry": np.where(np.arange(n) % 3, "food", "metal"),
            }
        )
        for year in (2013, 2018)
    ]
    firms = pd.concat(years, ignore_index=True)
    return firms.assign(value_added_yen=rng.normal(5e6, 4e5, 2 * n) * firms["employees"])


def flagged(n: int = 40) -> tuple[Any, pd.Series]:
    """Return a panel with one boolean column of types, and another such column whose first cell is missing."""
    rng = np.random.default_rng(0)
    firms = panel(n).drop(columns="partner_type")
    flags = np.tile(rng.random((n, 2)) < 0.5, (2, 1))
    other = pd.Series([None, *flags[1:, 1]], dtype=object)
    return firms.assign(partner_type_university=flags[:, 0]), other


@pytest.mark.parametrize("engine", IN_MEMORY)
@pytest.mark.parametrize("start", [2013, 2018])
def test_a_boolean_column_with_missing_cells_is_a_type_in_every_engine(engine: str, start: int) -> None:
    firms, other = flagged()
    firms["year"] = firms["year"] if start == 2013 else 4031 - firms["year"]
    expected = productivity_change(firms.assign(partner_type_other=other.astype("boolean")))
    table = productivity_change(ENGINES[engine](firms.assign(partner_type_other=other)))
    pd.testing.assert_frame_equal(table, expected, rtol=1e-12)
    assert table["partner_type"].tolist() == ["university", "other"]
    # the missing cell is in 2013, and answers are those of the end year
    assert table.attrs["without_answer"] == (start == 2018)


def test_two_columns_of_objects_are_what_they_hold() -> None:
    firms, other = flagged()
    both = firms.assign(partner_type_other=other, partner_type_university=other)
    table = productivity_change(both)
    assert table["partner_type"].tolist() == ["university", "other"]
    assert table["n"].tolist() == [sum(map(bool, other[40:]))] * 2


def test_dask_makes_text_of_objects_and_that_is_told() -> None:
    firms, other = flagged()
    with pytest.raises(InputError, match=r"'partner_type_other' holds String; expected .*dtype boolean"):
        productivity_change(ENGINES["dask"](firms.assign(partner_type_other=other)))
    marked = firms.assign(partner_type_other=other.astype("boolean"))
    pd.testing.assert_frame_equal(
        productivity_change(ENGINES["dask"](marked)), productivity_change(marked), rtol=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("value", "held"), [(1, "Int64"), (0.5, "Float64"), ("yes", "String")])
def test_a_column_beside_boolean_ones_that_holds_something_else_is_refused(
    engine: str, value: Any, held: str
) -> None:
    firms = flagged()[0].assign(partner_type_other=value)
    with pytest.raises(InputError, match=rf"Column 'partner_type_other' holds {held}; expected true and fal"):
        productivity_change(ENGINES[engine](firms))
    table = productivity_change(ENGINES[engine](firms), by="partner_type_university")
    assert table["partner_type_university"].tolist() == [False, True]


def test_an_empty_column_beside_boolean_ones_is_refused() -> None:
    firms = flagged()[0].assign(partner_type_other=None)
    for engine in ("pandas", "pyarrow"):
        with pytest.raises(InputError, match="Column 'partner_type_other' holds no value; expected true"):
            productivity_change(ENGINES[engine](firms))


@pytest.mark.parametrize("engine", ENGINES)
def test_boolean_columns_may_be_named_in_full(engine: str) -> None:
    firms, other = flagged()
    firms["partner_type_other"] = other.fillna(value=False).astype(bool)
    named = productivity_change(ENGINES[engine](firms), by=["partner_type_university", "partner_type_other"])
    pd.testing.assert_frame_equal(named, productivity_change(firms), rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "Float64", "Int64"])
def test_firms_without_a_number_to_group_by_have_no_answer(engine: str, dtype: str) -> None:
    firms = panel()
    firms.loc[firms["firm_id"] % 4 == 0, "region"] = np.nan
    firms["region"] = firms["region"].astype(dtype)
    made = ENGINES[engine](firms)
    table = productivity_change(made, by="region")
    assert table["region"].tolist() == [1, 3, 4, 5, 7, 8]
    assert table.attrs["without_answer"] == 20
    left = attrition(made, by="region")
    assert left["region"].tolist() == [1, 3, 4, 5, 7, 8]
    assert left.attrs["without_answer"] == 40


def test_a_polars_nan_is_a_missing_answer_too() -> None:
    import polars as pl

    firms = panel().assign(region=lambda table: table["region"].where(table["firm_id"] % 4 != 0))
    for nan_to_null in (True, False):
        table = productivity_change(pl.from_pandas(firms, nan_to_null=nan_to_null), by="region")
        assert table.attrs["without_answer"] == 20


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_number_is_no_cluster(engine: str) -> None:
    firms = panel()
    firms.loc[firms["firm_id"] % 4 == 0, "region"] = np.nan
    made = ENGINES[engine](firms)
    for clustered in (bootstrap_change, adjusted_change):
        with pytest.raises(InputError, match=r"region is missing for 20 firm\(s\) in the start year"):
            clustered(made, cluster="region")


def test_views_of_text_are_text() -> None:
    import polars as pl

    firms = panel().assign(firm_id=lambda table: "F" + table["firm_id"].astype(str))
    newest = pl.from_pandas(firms).to_arrow(compat_level=pl.CompatLevel.newest())
    assert "string_view" in str(newest.schema)
    pd.testing.assert_frame_equal(productivity_change(newest), productivity_change(firms), rtol=1e-12)
    pd.testing.assert_frame_equal(adjusted_change(newest), adjusted_change(firms), rtol=1e-9)
    lists = pl.from_pandas(firms).with_columns(pl.col("partner_type").str.split(";"))
    for answers in (lists, pl.from_pandas(firms).with_columns(pl.col("partner_type").cast(pl.Categorical))):
        table = productivity_change(answers.to_arrow(compat_level=pl.CompatLevel.newest()))
        pd.testing.assert_frame_equal(table, productivity_change(firms), rtol=1e-12)
    again = pl.concat([pl.from_pandas(firms), pl.from_pandas(firms.iloc[[4]])])
    with pytest.raises(InputError, match="firm 'F7' stands 2 times in 2013"):
        productivity_change(again.to_arrow(compat_level=pl.CompatLevel.newest()))


def test_ids_of_128_bits_are_refused_by_name() -> None:
    import polars as pl

    wide = pl.from_pandas(panel()).with_columns(pl.col("firm_id").cast(pl.Int128))
    with pytest.raises(InputError, match="Column 'firm_id' holds Int128; expected whole numbers of 64 bits"):
        productivity_change(wide)


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "UInt32", "float64", "category"])
def test_ids_of_any_type_of_number_draw_the_same_resamples(dtype: str) -> None:
    firms = panel()
    expected = bootstrap_change(firms, joint=True, resamples=200)
    table = bootstrap_change(firms.astype({"firm_id": dtype}), joint=True, resamples=200)
    pd.testing.assert_frame_equal(table, expected, check_exact=True)
    # an id missing in another year leaves a batch of numbers with gaps
    more = pd.concat([firms, firms.iloc[[0]].assign(firm_id=np.nan, year=2015)], ignore_index=True)
    if dtype == "Int64":
        gaps = more.astype({"firm_id": dtype})
        pd.testing.assert_frame_equal(bootstrap_change(gaps, joint=True, resamples=200), expected)


def test_resamples_equal_to_the_data_count_as_equal_whatever_their_rounding() -> None:
    rng = np.random.default_rng(0)
    draws = np.where(rng.random((400, 1)) < 0.3, 0.3, rng.normal(0.3, 1, (400, 1)))
    without = rng.normal(0.3, 0.1, (4, 1))
    ends = [
        drawn_intervals(draws + (draws == 0.3) * shift, np.array([0.3]), [0.95], without)
        for shift in (0.0, 1e-16, -1e-16)
    ]
    assert np.ptp(np.round(ends, 9), axis=0).max() == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_firms_that_are_there_without_a_usable_value_have_not_left(engine: str) -> None:
    firms = panel(10).assign(partner_type="university")
    firms.loc[10:14, "value_added_yen"] = np.nan  # 2018
    firms.loc[9, "employees"] = 0  # 2013
    row = attrition(ENGINES[engine](firms)).iloc[0]
    counts = ["n_start", "n_end", "n_both", "n_left", "n_unknown_end", "n_entered", "n_unknown_start"]
    assert row[counts].tolist() == [9, 5, 4, 0, 5, 0, 1]
    assert row["share_left"] == 0
    assert np.isnan(row["start_of_leavers"])
    gone = attrition(ENGINES[engine](firms.drop(index=[10, 19]))).iloc[0]
    assert gone[counts].tolist() == [9, 4, 4, 1, 4, 0, 0]
    assert gone["share_left"] == pytest.approx(1 / 9)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "Int64"])
def test_rows_without_a_year_are_counted(engine: str, dtype: str) -> None:
    firms = panel()
    lost = firms.iloc[:5].assign(firm_id=np.arange(5) + 900, year=np.nan)
    more = pd.concat([firms, lost], ignore_index=True).astype({"year": dtype})
    made = ENGINES[engine](more)
    table = productivity_change(made)
    pd.testing.assert_frame_equal(table, productivity_change(firms), rtol=1e-12)
    assert table.attrs["left_out"] == {"missing year": 5}
    assert attrition(made).attrs["left_out"] == {"missing year": 5}
    with pytest.raises(
        InputError, match="No firm has a row for year 2017; the years in the data: 2013, 2018"
    ):
        productivity_change(made, end=2017)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("year", "held"), [(2013.5, "2013.5"), (np.inf, "inf")])
def test_years_that_are_no_whole_numbers_are_refused(engine: str, year: float, held: str) -> None:
    firms = panel().assign(year=lambda table: table["year"].astype(float))
    firms.loc[2, "year"] = year
    with pytest.raises(InputError, match=f"Column 'year' holds {held}; expected whole years, such as 2013"):
        productivity_change(ENGINES[engine](firms))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_id_is_called_missing(engine: str) -> None:
    firms = panel().astype({"firm_id": float})
    firms.loc[3, "firm_id"] = np.nan
    with pytest.raises(
        InputError, match=r"firm_id is missing in 1 firm-year\(s\) of 2013 and 2018; every row"
    ):
        productivity_change(ENGINES[engine](firms))


def test_missing_ids_are_counted_over_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ROWS", 16)
    firms = panel().assign(firm_id=lambda table: "F" + table["firm_id"].astype(str))
    firms.loc[firms.index % 20 == 0, "firm_id"] = None
    with pytest.raises(InputError, match=r"firm_id is missing in 8 firm-year\(s\) of 2013 and 2018"):
        productivity_change(firms)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_firm_that_stands_twice_is_named_as_it_is_written(engine: str) -> None:
    firms = panel()
    for name, again in (("7", firms), ("'F7'", firms.assign(firm_id="F" + firms["firm_id"].astype(str)))):
        twice = pd.concat([again, again.iloc[[4]]], ignore_index=True)
        with pytest.raises(InputError, match=rf"repeat a firm-year: firm {name} stands 2 times in 2013; exp"):
            productivity_change(ENGINES[engine](twice))


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_are_no_control(engine: str) -> None:
    firms = panel().assign(founded_on=pd.Timestamp("1990-04-01"))
    firms["founded_on"] += pd.to_timedelta(firms["firm_id"], unit="D")
    with pytest.raises(InputError, match=r"Control 'founded_on' holds Date.*; expected numbers"):
        adjusted_change(ENGINES[engine](firms), controls=["founded_on"])
    if engine == "pandas":
        firms["founded_on"] = firms["founded_on"].dt.date
        with pytest.raises(InputError, match=r"Control 'founded_on' holds Date"):
            adjusted_change(firms, controls=["founded_on"])


def test_controls_of_python_objects_are_what_they_hold() -> None:
    firms = panel()
    held = firms.astype({"industry": object, "region": object})
    pd.testing.assert_frame_equal(
        adjusted_change(held, controls=["industry", "region"]),
        adjusted_change(firms, controls=["industry", "region"]),
    )


def test_why_no_logarithm_leaves_no_firm_is_told() -> None:
    firms = panel(20).assign(value_added_yen=-5e6)
    with pytest.raises(InputError, match="firms left out: 20 productivity not above zero, no logarithm"):
        productivity_change(firms, method="log")


@pytest.mark.parametrize("measure", [productivity_change, attrition, adjusted_change, bootstrap_change])
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"start": "2013"}, "start='2013' is no whole number"),
        ({"end": 2018.5}, "end=2018.5 is no whole number"),
        ({"types": ["other", "university", "other"]}, "types names 'other' more than once"),
        ({"types": []}, "types is empty; expected one partner_type or more, or None for all that occur"),
        ({"deflator": {2013: "a", 2018: 100}}, r"deflator=\{2013: 'a'\} is no price index"),
        (
            {"deflator": {"2013": 100, "2018": 1}},
            "for 2013; it has: '2013', '2018', which are text; expected whole",
        ),
        ({"deflator": {2018: 100}}, "deflator has no price index for 2013; it has: 2018."),
        (
            {"deflator": 1.0},
            "deflator=1.0 is neither a column's name nor a mapping; expected one such as {2013: 1",
        ),
        ({"columns": "x"}, "columns='x' is no mapping; expected one such as {'firm': 'name in the data'}"),
        ({"columns": ["x"]}, r"columns=\['x'\] is no mapping"),
        ({"columns": {"firm": 5}}, "columns={'firm': 5} gives no text"),
        ({"columns": {"separator": 5}}, "columns={'separator': 5} gives no text"),
        (
            {"columns": {"separator": ""}},
            "separator in columns is empty; expected what stands between two types",
        ),
        ({"columns": productivity.PanelColumns(separator="")}, "separator in columns is empty"),
        ({"by": [3]}, "Unknown column 3"),
    ],
)
def test_options_out_of_range_are_refused_everywhere(measure: Any, options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        measure(panel(), **options)


@pytest.mark.parametrize("measure", [productivity_change, adjusted_change])
@pytest.mark.parametrize("name", ["min_firms", "small"])
@pytest.mark.parametrize("value", ["3", -1, 2.5])
def test_numbers_of_firms_that_are_none_are_refused(measure: Any, name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"{name}={value!r} is no whole number of 0 or more"):
        measure(panel(), **{name: value})


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"balanced": "no"}, "balanced='no' is neither True nor False"),
        ({"balanced": 0}, "balanced=0 is neither True nor False"),
        ({"weights": ["region"]}, r"weights=\['region'\] is no text; expected the name of one column"),
    ],
)
def test_options_of_another_kind_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        productivity_change(panel(), **options)


def test_controls_may_be_none_and_are_names() -> None:
    none = adjusted_change(panel(), controls=None)
    pd.testing.assert_frame_equal(none, adjusted_change(panel(), controls=[]))
    with pytest.raises(InputError, match="Unknown control '3'"):
        adjusted_change(panel(), controls=[3])
    with pytest.raises(InputError, match=r"cluster=\['region'\] is no text; expected the name of one column"):
        adjusted_change(panel(), cluster=["region"])


RESULTS: dict[str, Any] = {
    "changes": productivity_change,
    "treated changes": partial(productivity_change, trim=0.01),
    "unpaired changes": partial(productivity_change, balanced=False),
    "attrition": attrition,
    "bootstrap": bootstrap_change,
    "adjusted": partial(adjusted_change, controls=["industry"]),
}


@pytest.mark.parametrize("result", RESULTS)
def test_a_group_with_the_name_of_a_column_of_the_result_is_refused(result: str) -> None:
    measure = RESULTS[result]
    for name in measure(panel()).columns[1:]:
        firms = panel().rename(columns={"partner_type": name})
        with pytest.raises(
            InputError, match=f"Column '{name}' has the name of a column of the result; rename it"
        ):
            measure(firms, name)
        flags = firms.assign(**{f"{name}_a": firms.index % 2 == 0, f"{name}_b": True}).drop(columns=name)
        with pytest.raises(InputError, match=f"by='{name}' is the name of a column of the result; rename"):
            measure(flags, name)


def test_names_that_only_other_options_give_the_result_are_free() -> None:
    for name in ("treatment", "n_start"):
        table = productivity_change(panel().rename(columns={"partner_type": name}), name)
        assert table[name].tolist() == ["other", "university"]


@pytest.mark.parametrize("result", [name for name in RESULTS if name != "adjusted"])
def test_a_table_without_a_type_has_all_its_columns_and_their_types(result: str) -> None:
    table = RESULTS[result](panel().assign(partner_type=None))
    assert table.empty
    pd.testing.assert_series_equal(table.dtypes, RESULTS[result](panel()).dtypes)


@pytest.mark.parametrize("engine", IN_MEMORY)
@pytest.mark.parametrize("name", ["employees", "value_added_yen", "weight", "index"])
def test_true_and_false_are_no_numbers(engine: str, name: str) -> None:
    firms = panel().assign(weight=1.0, index=100.0).assign(**{name: True})
    with pytest.raises(InputError, match=f"Column '{name}' must hold numbers, but it holds bool"):
        productivity_change(ENGINES[engine](firms), weights="weight", deflator="index")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("value_added_yen", "非公表", "holds '非公表' in row 3, but numbers in 157 of 158 rows"),
        ("year", "2013", "holds '2013' in row 3, but numbers in 157 of 158 rows"),
        ("firm_id", "A3", "holds 'A3' in row 3, but numbers in 157 of 158 rows"),
        ("partner_type", 7, "holds 7 in row 3, but text in 157 of 158 rows"),
        ("partner_type", ["other"], r"holds \['other'\] in row 3, but text in 157 of 158 rows"),
    ],
)
def test_a_column_of_mixed_cells_names_the_first_odd_one(name: str, value: Any, told: str) -> None:
    firms = panel()
    cells = firms[name].tolist()
    cells[3], cells[8:10] = value, [None, None]
    firms[name] = pd.Series(cells, dtype=object)
    with pytest.raises(
        InputError, match=f"Column '{name}' {told}; expected one type in all cells that are not"
    ):
        productivity_change(firms)


def test_empty_cells_are_of_no_kind() -> None:
    firms = panel().astype({"value_added_yen": object})
    firms.loc[3, "value_added_yen"] = None
    assert productivity_change(firms).attrs["left_out"] == {"missing value added or persons": 1}
    with pytest.raises(
        InputError, match="Column 'partner_type' holds what cannot be read as values of one type"
    ):
        productivity_change(panel().assign(partner_type=[object() for _ in range(160)]))


@pytest.mark.parametrize("codes", [3, 200])
@pytest.mark.parametrize("rows", [16, 1 << 19])
def test_missing_elements_of_lists_are_none(codes: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ROWS", rows)
    numbers = np.arange(400) % codes
    lists: list[Any] = [[f"t{k:03}", f"t{(k + 1) % codes:03}"] for k in numbers] * 2
    gaps: list[Any] = [[None, *cell] if k % 3 else [*cell, None] for k, cell in enumerate(lists)]
    gaps[5::50] = [[None] if k % 2 else None for k in range(16)]
    lists[5::50] = [[] if k % 2 else None for k in range(16)]
    firms = panel(400).drop(columns="partner_type")
    expected = productivity_change(firms.assign(code=lists), "code")
    assert len(expected) == codes
    assert expected.attrs["without_answer"] == 4
    for engine in ("pandas", "polars", "pyarrow"):
        table = productivity_change(ENGINES[engine](firms.assign(code=gaps)), "code")
        pd.testing.assert_frame_equal(table, expected, rtol=1e-9)
        assert table.attrs == expected.attrs


@pytest.mark.parametrize("name", ["trim", "winsorize", "trimmed_mean"])
def test_shares_that_are_no_numbers_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}='a' is not a share of 0 or more and below 0.5"):
        productivity_change(panel(), **{name: "a"})


def test_a_long_tail_towards_zero_is_no_other_unit() -> None:
    """Of 30 exponential levels 2 lie below a 300th of the median, but 4 more between that and a 30th."""
    level = 5000 * np.append(
        stats.expon.ppf((np.arange(24) + 6.5) / 30), [0.02, 0.015, 0.01, 0.006, 0.002, 0.001]
    )
    firms = pd.DataFrame({"firm_id": np.tile(np.arange(30), 2), "year": np.repeat([2013, 2018], 30)})
    firms = firms.assign(employees=1, value_added_yen=1000 * np.tile(level, 2))
    assert productivity_change(firms, by=None).loc[0, "n"] == 30
    mixed = firms["firm_id"].isin([3, 4, 5])
    firms["value_added_yen"] = np.where(mixed, firms["value_added_yen"] / 1000, 5e6)
    with pytest.warns(UserWarning, match="10 % of the firms of 201[38] .* looks like thousand yen there"):
        productivity_change(firms, by=None)
