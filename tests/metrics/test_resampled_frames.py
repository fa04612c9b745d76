"""Statistics of one's own: what a dataframe and a statistic must be like to be resampled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from shinrenkei.errors import InputError
from shinrenkei.metrics.bootstrap import bootstrap, permutation_test
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.survival import commercialization_curve

FIRMS = pd.DataFrame(
    {"firm_id": ["a", "b", None, "d", "e"], "group": [1, 1, 2, 2, 3], "sales": [1.0, 2.0, 3.0, 4.0, 5.0]}
)


@pytest.mark.parametrize(
    ("returned", "match"),
    [
        (None, "statistic returns None; expected a number"),
        ("many", "statistic returns 'many'; expected a number"),
        ({"mean": None}, "statistic returns None for 'mean'; expected a number"),
        ([1.0, 2.0], "statistic returns list; expected a number, or several by name"),
        (np.array([1.0, 2.0]), "statistic returns ndarray; expected a number, or several by name"),
        (pd.DataFrame({"mean": [1.0]}), "statistic returns DataFrame; expected a number"),
        (np.inf, "returns an infinite number .* for the data itself"),
        ({"mean": 1.0, "ratio": -np.inf}, r"returns an infinite number \(ratio\) for the data itself"),
        ({}, "returns no numbers for the data itself"),
    ],
)
def test_a_statistic_that_is_no_number_is_refused(returned: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        bootstrap(FIRMS, lambda rows: returned, resamples=5)
    with pytest.raises(InputError, match=match):
        permutation_test(FIRMS, lambda rows: returned, "sales", permutations=5)


def test_resamples_in_which_a_ratio_is_infinite_have_failed() -> None:
    def ratio(rows: pd.DataFrame) -> float:
        last = int(rows["group"].eq(3).sum())
        return float(rows["sales"].sum()) / last if last else np.inf

    table = bootstrap(FIRMS, ratio, resamples=200)
    assert 30 < table["failed"].item() < 110  # the last row is not drawn in (4/5)^5 = 0.33 of them
    assert np.isfinite(table[["estimate", "lower", "upper", "se"]]).all(axis=None)


def test_a_missing_id_is_refused_where_ids_must_differ() -> None:
    with pytest.raises(InputError, match=r"firm_id is missing in 1 row\(s\); every row needs its id"):
        bootstrap(FIRMS, lambda rows: rows["firm_id"].nunique(), unit="group", distinct=["firm_id"])


def test_nothing_to_deal_out_is_refused() -> None:
    with pytest.raises(InputError, match="shuffle is empty"):
        permutation_test(FIRMS, lambda rows: rows["sales"].mean(), [])


def gap(rows: pd.DataFrame) -> float:
    return float(rows.loc[rows["held"], "rise"].mean() - rows.loc[~rows["held"], "rise"].mean())


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_each_tail_has_the_p_value_of_all_ways_to_deal(alternative: Any) -> None:
    rises = np.random.default_rng(3).normal(size=11) + np.repeat([0.8, 0.0], [5, 6])
    frame = pd.DataFrame({"rise": rises, "held": np.arange(11) < 5})
    exact = stats.permutation_test(
        (rises[:5], rises[5:]),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=np.inf,
        alternative=alternative,
    ).pvalue
    found = permutation_test(frame, gap, "held", alternative=alternative, permutations=2000)
    assert found["p_value"].item() == pytest.approx(exact, abs=0.03)


def test_log_rank_by_permutation_agrees_with_its_chi_square_law() -> None:
    rng = np.random.default_rng(1)
    certified = pd.Timestamp("2005-09-01") + pd.to_timedelta(rng.integers(0, 300, 120), "D")
    held = rng.random(120) < 0.4
    first = certified + pd.to_timedelta(1 + rng.exponential(np.where(held, 300, 450)).astype(int), "D")
    plans = pd.DataFrame({"certified_on": certified, "first_sales_on": first, "held": held})

    def log_rank(rows: pd.DataFrame) -> float:
        curve = commercialization_curve(rows, by="held", as_of="2007-03-31")
        return float(curve.attrs["log_rank"]["statistic"])

    test = commercialization_curve(plans, by="held", as_of="2007-03-31").attrs["log_rank"]
    found = permutation_test(plans, log_rank, "held", alternative="greater", permutations=400, workers=2)
    assert found["estimate"].item() == pytest.approx(test["statistic"])
    assert 0.005 < test["p_value"] < 0.2
    assert found["p_value"].item() == pytest.approx(test["p_value"], abs=0.05)


def test_an_unknown_alternative_is_refused() -> None:
    with pytest.raises(InputError, match="Unknown alternative 'both'"):
        permutation_test(FIRMS, len, "group", alternative="both")  # type: ignore[arg-type]


def test_resamples_whose_rows_a_metric_refuses_have_failed() -> None:
    rng = np.random.default_rng(0)
    plans = pd.DataFrame({"loan": np.arange(40) < 6, "commercialized": rng.random(40) < 0.4})
    plans.loc[:5, "commercialized"] = [
        True,
        True,
        True,
        True,
        True,
        False,
    ]  # without the last one it is separated

    def effect(rows: pd.DataFrame) -> float:
        return float(commercialization_model(rows, "loan")["effect"].iloc[0])

    table = bootstrap(plans, effect, resamples=60, interval="bca")
    assert 10 < table["failed"].item() < 40  # the plan is not drawn in (39/40)^40 = 0.36 of them
    assert np.isfinite(table[["estimate", "lower", "upper"]]).all(axis=None)


def test_resamples_in_which_a_median_is_not_reached_have_failed() -> None:
    days = pd.Series(range(20, 60))
    certified = pd.Series(pd.Timestamp("2005-09-01"), index=days.index)
    plans = pd.DataFrame(
        {"certified_on": certified, "first_sales_on": certified + pd.to_timedelta(days, "D")}
    )

    def median(rows: pd.DataFrame) -> Any:
        return commercialization_curve(rows, as_of="2005-10-12").attrs["summary"][0]["median_days"]

    table = bootstrap(plans, median, resamples=100)
    assert table["estimate"].item() == 39
    assert 10 < table["failed"].item() < 60


def test_a_statistic_that_only_grows_is_told_of_the_test_for_it() -> None:
    frame = pd.DataFrame({"rise": np.arange(8.0), "held": [True, False] * 4})

    def distance(rows: pd.DataFrame) -> float:
        return abs(gap(rows))

    (note,) = permutation_test(frame, distance, "held", permutations=50).attrs["notes"]
    assert "is never negative" in note
    assert "alternative='greater'" in note
    assert permutation_test(frame, gap, "held", permutations=50).attrs["notes"] == []
    greater = permutation_test(frame, distance, "held", permutations=50, alternative="greater")
    assert greater.attrs["notes"] == []


def test_more_draws_than_memory_holds_are_refused() -> None:
    with pytest.raises(
        InputError, match="resamples=1,000,000,000,000 is too many; expected 10,000,000 or fewer"
    ):
        bootstrap(FIRMS, len, resamples=10**12)
    with pytest.raises(
        InputError, match="permutations=1,000,000,000,000 is too many; expected 10,000,000 or"
    ):
        permutation_test(FIRMS, len, "sales", permutations=10**12)
