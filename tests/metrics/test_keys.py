"""Keys: names and values on which every engine agrees, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shinrenkei.errors import InputError
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.metrics.survey import share_table
from shinrenkei.metrics.survival import commercialization_curve
from shinrenkei.metrics.tabulation import tabulate
from tests.metrics.engines import ENGINES

PLANS = pd.DataFrame(
    {
        "certified_on": pd.to_datetime(["2005-09-01"] * 4),
        "first_sales_on": pd.to_datetime(["2005-10-01", "NaT", "NaT", "2006-01-01"]),
        "Q": ["yes", "no", "yes", "no"],
    }
)
CALLS: dict[str, Callable[[Any, Any], pd.DataFrame]] = {
    "rate": commercialization_rate,
    "curve": lambda plans, by: commercialization_curve(plans, by, as_of="2007-03-31"),
    "tabulate": lambda plans, by: tabulate(plans, "Q", by),
    "share_table": lambda plans, by: share_table(plans, "Q", by=by),
}


def _backed_by_arrow(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _duckdb(table: pa.Table) -> Any:
    import duckdb

    return duckdb.connect().from_arrow(table)


def _dask(table: pa.Table) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(table.to_pandas(), npartitions=2)


FROM_ARROW: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": pa.Table.to_pandas,
    "pandas_arrow": _backed_by_arrow,
    "polars": pl.from_arrow,
    "pyarrow": lambda table: table,
    "duckdb": _duckdb,
    "dask": _dask,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", FROM_ARROW)
def test_no_number_is_missing_and_minus_zero_is_zero_in_every_engine(engine: str, call: str) -> None:
    numbers = {"x": [0.0, -0.0, None, float("nan")]}
    plans = pa.Table.from_pandas(PLANS).append_column("x", pa.array(numbers["x"]))
    table = CALLS[call](FROM_ARROW[engine](plans), "x")
    expected = CALLS[call](PLANS.assign(x=[0.0, 0.0, np.nan, np.nan]), "x")
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9)
    assert table["x"].nunique(dropna=False) == 2
    assert not np.signbit(table["x"].dropna()).any()


@pytest.mark.parametrize("name", ["firm.region", "region ", '地域 "a"', "key_0"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_keys_have_any_name_in_every_engine(engine: str, call: str, name: str) -> None:
    plans = PLANS.assign(**{name: ["a", "b", "b", "a"], "x.y": ["a", "a", "b", "b"]})
    table = CALLS[call](ENGINES[engine](plans), [name, "x.y"])
    pd.testing.assert_frame_equal(table, CALLS[call](plans, [name, "x.y"]), rtol=1e-9)
    assert table[name].unique().tolist() == ["a", "b"]


@pytest.mark.parametrize("engine", ENGINES)
def test_questions_answers_filters_and_weights_have_any_name_in_every_engine(engine: str) -> None:
    survey = pd.DataFrame(
        {
            "part.question_a": [True, False, True, True],
            "part.question_b ": [True, True, True, False],
            "firm.asked": [True, True, True, False],
            "w.t": [1.0, 2.0, 3.0, 4.0],
        }
    )
    table = tabulate(ENGINES[engine](survey), "part.question", asked="firm.asked", weights="w.t")
    assert table["answer"].tolist() == ["a", "b "]
    assert table["count"].tolist() == [2, 3]
    assert table["share"].tolist() == pytest.approx([4 / 6, 1])


@pytest.mark.parametrize("bad", [5, True, 1.5])
@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_name_of_a_column_is_refused(call: str, bad: Any) -> None:
    with pytest.raises(
        InputError, match=f"^by={bad} is no column name; expected a name or a list of names.$"
    ):
        CALLS[call](PLANS, bad)
    with pytest.raises(InputError, match=f"^by: {bad} is no column name; expected text.$"):
        CALLS[call](PLANS, ["Q", bad])
    for empty in ("", [["Q"]]):
        with pytest.raises(InputError, match="is no column name"):
            CALLS[call](PLANS, empty)
    with pytest.raises(InputError, match=f"^covariates={bad} is no column name"):
        commercialization_model(PLANS, bad)


@pytest.mark.parametrize("name", ["note", "median_days", "median_lower", "median_upper"])
def test_a_key_takes_no_name_of_the_curves_summary(name: str) -> None:
    with pytest.raises(InputError, match=f"Column '{name}' has the name of a column of the result"):
        CALLS["curve"](PLANS.rename(columns={"Q": name}), name)


@pytest.mark.parametrize("name", ["__rows", "__done", "__early", "__counted", "__undated", "__unknown"])
def test_a_key_takes_no_name_that_the_count_uses(name: str) -> None:
    with pytest.raises(InputError, match=f"Column '{name}' has the name of a column of the result"):
        CALLS["rate"](PLANS.rename(columns={"Q": name}), name)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_times_of_a_zone_are_no_keys(engine: str, call: str) -> None:
    plans = PLANS.assign(on=pd.to_datetime(["2005-09-01", "2005-09-02"] * 2).tz_localize("Asia/Tokyo"))
    with pytest.raises(InputError, match=r"Column 'on' has times of the zone .*; expected plain dates"):
        CALLS[call](ENGINES[engine](plans), "on")


@pytest.mark.parametrize("engine", ENGINES)
def test_times_of_a_zone_beside_counts_do_no_harm(engine: str) -> None:
    counts = pd.DataFrame({"certified": [3], "commercialized": [1]})
    counts["read_at"] = pd.to_datetime(["2007-03-31"]).tz_localize("Asia/Tokyo")
    assert commercialization_rate(ENGINES[engine](counts))["rate"].tolist() == [1 / 3]


@pytest.mark.parametrize("cells", [[["a"], ["b"]] * 2, [None, {"a": 1}] * 2])
@pytest.mark.parametrize("call", CALLS)
def test_cells_of_several_values_are_no_keys(call: str, cells: list[Any]) -> None:
    plans = PLANS.assign(several=cells)
    for engine in ("pandas", "polars", "pyarrow", "duckdb"):
        with pytest.raises(InputError, match=r"Column 'several' holds .*; expected one value a cell"):
            CALLS[call](ENGINES[engine](plans), "several")


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # in Dask
def test_lists_and_booleans_with_gaps_that_dask_reads_from_parquet_are_what_they_are(tmp_path: Path) -> None:
    import dask.dataframe as dd

    path = tmp_path / "plans.parquet"
    columns = {"Q": [["a", "b"], ["a"], None], "flag": [True, None, False], "commercialized": [True] * 3}
    pq.write_table(pa.table(columns), path)
    assert tabulate(dd.read_parquet(path), "Q")["count"].tolist() == [2, 1]
    with pytest.raises(InputError, match="Column 'Q' holds several values in a cell"):
        tabulate(dd.read_parquet(path), "commercialized", "Q")
    table = commercialization_rate(dd.read_parquet(path), "flag")
    pd.testing.assert_frame_equal(table, commercialization_rate(pa.table(columns), "flag"))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("values", [[None] * 4, [Decimal("1.50"), Decimal("2.25"), None, None]])
def test_keys_have_one_type_from_every_engine(values: list[Any], call: str) -> None:
    plans = pa.Table.from_pandas(PLANS).append_column("x", pa.array(values))
    expected = CALLS[call](plans, "x")
    assert expected["x"].dtype == np.float64
    for engine in FROM_ARROW.keys() - {"dask"}:  # which makes text of both
        pd.testing.assert_frame_equal(CALLS[call](FROM_ARROW[engine](plans), "x"), expected, rtol=1e-9)
