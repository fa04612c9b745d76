"""Categories are the same from every engine: their order, and missing ones that stay missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from shinrenkei.errors import InputError
from shinrenkei.metrics.bootstrap import bootstrap, bootstrap_change
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.productivity import attrition, productivity_change
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.metrics.survival import commercialization_curve
from shinrenkei.metrics.tabulation import tabulate
from tests.metrics.engines import ENGINES

SIZES = ["small", "middle", "large", "never"]  # the last one has no plans


def _plans() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    sales = pd.Timestamp("2005-10-01") + pd.to_timedelta(rng.integers(0, 300, 200), unit="D")
    return pd.DataFrame(
        {
            "size": pd.Categorical(["large", None, "small", "middle"] * 50, categories=SIZES, ordered=True),
            "loan": pd.array([True, None, False, True, True] * 40, dtype="boolean"),
            "certified_on": pd.to_datetime(["2005-09-01"] * 200),
            "first_sales_on": pd.Series(sales).where(rng.random(200) < 0.5),
        }
    )


def _polars(frame: pd.DataFrame) -> pl.DataFrame:
    """A Categorical of Polars has no order of its own; an Enum has."""
    sizes = pl.Series([size if isinstance(size, str) else None for size in frame["size"]], dtype=pl.String)
    return pl.from_pandas(frame.drop(columns="size")).with_columns(size=sizes.cast(pl.Enum(SIZES)))


def _duckdb(frame: pd.DataFrame) -> Any:
    import duckdb

    return duckdb.from_df(frame)


def _backed_by_arrow(frame: pd.DataFrame) -> pd.DataFrame:
    return ENGINES["pyarrow"](frame).to_pandas(types_mapper=pd.ArrowDtype)


ORDERED: dict[str, Callable[[pd.DataFrame], Any]] = {
    **ENGINES,
    "polars": _polars,
    "polars_lazy": lambda frame: _polars(frame).lazy(),
    "polars_views": lambda frame: _polars(frame).to_arrow(compat_level=pl.CompatLevel.newest()),
    "duckdb": _duckdb,
    "pandas_arrow": _backed_by_arrow,
}
CALLS: dict[str, Callable[[Any], pd.DataFrame]] = {
    "rate": lambda plans: commercialization_rate(plans, "size", as_of="2007-03-31"),
    "rate by two": lambda plans: commercialization_rate(plans, ["loan", "size"]),
    "curve": lambda plans: commercialization_curve(plans, "size", as_of="2007-03-31"),
    "covariate": lambda plans: commercialization_model(plans, "size", as_of="2007-03-31"),
    "cluster": lambda plans: commercialization_model(plans, "loan", as_of="2007-03-31", cluster="size"),
    "question": lambda plans: tabulate(plans, "size"),
    "cross table": lambda plans: tabulate(plans, "loan", "size"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ORDERED)
def test_categories_keep_their_order_and_missing_ones_stay_missing(engine: str, call: str) -> None:
    expected, table = CALLS[call](_plans()), CALLS[call](ORDERED[engine](_plans()))
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9)
    assert table.attrs.get("left_out") == expected.attrs.get("left_out")
    assert table.attrs.get("base") == expected.attrs.get("base")


def test_the_expected_tables_are_what_the_data_say() -> None:
    rates = commercialization_rate(ENGINES["pyarrow"](_plans()), "size", as_of="2007-03-31")
    assert rates["size"].tolist()[:3] == ["small", "middle", "large"]
    assert rates["size"].isna().tolist() == [False, False, False, True]
    assert rates["certified"].tolist() == [50] * 4
    model = CALLS["covariate"](ENGINES["pyarrow"](_plans()))
    assert model["term"].tolist() == ["size=middle", "size=large", "constant"]
    assert model.attrs["left_out"] == {"without size": 50}
    assert CALLS["cluster"](ENGINES["pyarrow"](_plans())).attrs["left_out"]["without size"] == 40


def _firms() -> pd.DataFrame:
    """Return a panel of three years: sizes that no firm has, has in 2011, 2013 or 2018 only, or in all years."""
    n = 90
    rng = np.random.default_rng(0)
    sizes = np.tile(np.array(["small", "middle", None], dtype=object), n)
    sizes[:n][::9], sizes[n : 2 * n][::9], sizes[2 * n :][::9] = "before", "start", "end"
    persons = rng.integers(2, 99, 3 * n)
    return pd.DataFrame(
        {
            "firm_id": np.tile(np.arange(n), 3),
            "year": np.repeat([2011, 2013, 2018], n),
            "employees": persons,
            "value_added_yen": rng.lognormal(15, 0.3, 3 * n) * persons,
            "size": pd.Categorical(sizes, categories=FIRM_SIZES),
        }
    )


FIRM_SIZES = ["unused", "small", "start", "before", "middle", "end"]
MEASURES: dict[str, tuple[Callable[[Any], pd.DataFrame], list[str]]] = {
    "changes": (lambda firms: productivity_change(firms, "size"), ["end", "middle", "small"]),
    "unpaired changes": (
        lambda firms: productivity_change(firms, "size", balanced=False),
        ["end", "middle", "small", "start"],
    ),
    "attrition": (lambda firms: attrition(firms, "size"), ["end", "middle", "small", "start"]),
    "bootstrap": (lambda firms: bootstrap_change(firms, "size"), ["end", "middle", "small"]),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("engine", ORDERED)
def test_groups_that_no_firm_of_the_years_is_in_are_not_shown(engine: str, measure: str) -> None:
    describe, shown = MEASURES[measure]
    expected = describe(_firms().astype({"size": object}))
    assert expected["size"].tolist() == shown
    table = describe(ORDERED[engine](_firms()) if "polars" not in engine else _enums(engine))
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9)
    assert table.attrs == expected.attrs


def _enums(engine: str) -> Any:
    frame = pl.from_pandas(_firms().astype({"size": object})).with_columns(
        pl.col("size").cast(pl.Enum(FIRM_SIZES))
    )
    if engine == "polars_views":
        return frame.to_arrow(compat_level=pl.CompatLevel.newest())
    return frame.lazy() if engine == "polars_lazy" else frame


@pytest.mark.parametrize("engine", ORDERED)
def test_a_missing_unit_is_refused_in_every_engine(engine: str) -> None:
    with pytest.raises(InputError, match=r"size is missing in 50 row\(s\)"):
        bootstrap(ORDERED[engine](_plans()), len, unit="size", resamples=5)


def test_an_encoded_column_has_the_order_that_pandas_shows() -> None:
    sizes = pa.chunked_array(
        [pa.array(["small", "large", None]).dictionary_encode(), pa.array(["a", "large"]).dictionary_encode()]
    )
    plans = pa.table({"size": sizes, "commercialized": [True, False, True, True, False]})
    table = commercialization_rate(plans, "size")
    assert table["size"].tolist()[:3] == list(plans.to_pandas()["size"].cat.categories)
    assert table["certified"].tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize(
    ("entries", "certified"), [(["a", None, "b"], [2, 2, 3]), (["a", "a", "b"], [4, 2, 1])]
)
def test_dictionaries_with_nothing_or_the_same_in_two_entries_are_read_by_value(
    entries: list[Any], certified: list[int]
) -> None:
    sizes = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 0, 1, 2, None]), pa.array(entries))
    table = commercialization_rate(pa.table({"size": sizes, "commercialized": [True] * 7}), "size")
    assert table["size"].dropna().tolist() == ["a", "b"]
    assert table["certified"].tolist() == certified


def test_a_categorical_of_polars_has_the_order_of_the_alphabet() -> None:
    plans = pl.DataFrame({"size": ["small", "large", "middle"] * 20, "commercialized": [True, False] * 30})
    tables = [
        commercialization_rate(plans.cast({"size": pl.Categorical}), "size") for _ in range(10)
    ]  # whose groups come in another order each time
    for table in tables:
        assert table["size"].cat.categories.tolist() == ["large", "middle", "small"]
        assert table["size"].tolist() == ["large", "middle", "small"]


def test_decimals_are_numbers() -> None:
    rng = np.random.default_rng(0)
    plans = pa.table({"capital": rng.integers(1, 9, 90), "commercialized": rng.random(90) < 0.5})
    decimal = plans.set_column(0, "capital", plans["capital"].cast(pa.decimal128(21, 2)))
    table = commercialization_model(decimal, "capital")
    pd.testing.assert_frame_equal(table, commercialization_model(plans, "capital"))
