"""Time to first sales: published data, an independent implementation, every engine, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from scipy import stats

from shinrenkei.errors import InputError
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.survival import commercialization_curve
from tests.metrics.engines import ENGINES

START, AS_OF = pd.Timestamp("2005-01-01"), pd.Timestamp("2007-03-31")


def plans_from(days: Any, events: Any, **columns: Any) -> pd.DataFrame:
    """Make plans followed for so many days: those without sales are certified so many days before the end."""
    days, events = np.asarray(days), np.asarray(events, dtype=bool)
    certified = pd.Series(AS_OF - pd.to_timedelta(days, unit="D")).mask(pd.Series(events), START)
    sales = pd.Series(certified + pd.to_timedelta(days, unit="D")).where(pd.Series(events))
    return pd.DataFrame({"certified_on": certified, "first_sales_on": sales, **columns})


# Remission of leukaemia in weeks, 6-MP against placebo: Freireich et al. (1963), Blood 21, as printed in
# Cox (1972), Regression models and life-tables, JRSS B 34, table 1.
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
REMISSION = plans_from(
    SIX_MP + PLACEBO, SIX_MP_ENDED + [1] * 21, drug=["6-MP"] * 21 + ["placebo"] * 21
)  # fmt: skip


def random_plans(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    group = rng.choice(["hokkaido", "kanto", "kinki"], n)
    days = np.minimum(rng.exponential(np.where(group == "kinki", 150, 300)).astype(int), 700)
    events = rng.random(n) < 0.6
    return days, events, plans_from(days, events, region=group)


@pytest.mark.parametrize("seed", [0, 1])
def test_estimates_and_intervals_agree_with_lifelines(seed: int) -> None:
    days, events, plans = random_plans(seed)
    curve = commercialization_curve(plans, as_of=AS_OF).set_index("days")
    fitted = KaplanMeierFitter().fit(days, events)
    np.testing.assert_allclose(curve["not_yet"], fitted.survival_function_["KM_estimate"], atol=1e-12)
    ends = fitted.confidence_interval_[curve["not_yet"].to_numpy() < 1]
    known = curve[curve["not_yet"] < 1]
    np.testing.assert_allclose(1 - known["upper"], ends["KM_estimate_lower_0.95"], atol=1e-9)
    np.testing.assert_allclose(1 - known["lower"], ends["KM_estimate_upper_0.95"], atol=1e-9)
    assert curve["at_risk"].astype(int).tolist() == fitted.event_table["at_risk"].astype(int).tolist()


# lifelines calls pandas in a way that pandas 4 will not take
in_lifelines = pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0:DeprecationWarning")


@in_lifelines
def test_the_log_rank_test_of_three_groups_agrees_with_lifelines() -> None:
    days, events, plans = random_plans(2)
    test = commercialization_curve(plans, "region", as_of=AS_OF).attrs["log_rank"]
    expected = multivariate_logrank_test(days, plans["region"], events)
    assert test["statistic"] == pytest.approx(expected.test_statistic, rel=1e-9)
    assert test["p_value"] == pytest.approx(expected.p_value, rel=1e-6)
    assert test["df"] == 2


@in_lifelines
@pytest.mark.parametrize("groups", [2, 3, 6])
def test_rounding_adds_no_degree_of_freedom(groups: int) -> None:
    """Of as many groups one follows from the others; their covariance is singular only up to rounding."""
    for seed in range(25):
        days, events, plans = random_plans(seed)
        plans["region"] = np.random.default_rng(seed).integers(0, groups, len(plans))
        test = commercialization_curve(plans, "region", as_of=AS_OF).attrs["log_rank"]
        expected = multivariate_logrank_test(days, plans["region"], events)
        assert test["df"] == groups - 1
        assert test["statistic"] == pytest.approx(expected.test_statistic, rel=1e-9)
        assert test["p_value"] == pytest.approx(expected.p_value, rel=1e-6)


@pytest.mark.parametrize("interval", ["log-log", "greenwood"])
def test_before_the_first_sales_the_interval_is_the_exact_one_of_none_in_so_many(interval: Any) -> None:
    """Five plans followed for 211 days and three for 120, none with sales."""
    plans = pd.DataFrame(
        {"certified_on": pd.to_datetime(["2006-09-01"] * 5 + ["2006-12-01"] * 3), "first_sales_on": pd.NaT}
    )
    curve = commercialization_curve(plans, as_of=AS_OF, interval=interval, confidence=0.9).set_index("days")
    assert (curve["lower"] == 0).all()
    for day, followed in ((0, 8), (120, 8), (211, 5)):
        exact = stats.binomtest(0, followed).proportion_ci(0.9, method="exact").high
        assert curve.loc[day, "upper"] == pytest.approx(exact)
    group = curve.attrs["summary"][0]
    assert (group["median_days"], group["median_lower"]) == (None, None)


def test_sales_before_certification_are_refused_whatever_the_day_asked_about() -> None:
    plans = random_plans(0)[2]
    plans.loc[0, ["certified_on", "first_sales_on"]] = [
        AS_OF + pd.Timedelta("40D"),
        AS_OF + pd.Timedelta("31D"),
    ]
    with pytest.raises(InputError, match=r"1 plan\(s\) have first_sales_on before certified_on"):
        commercialization_curve(plans, as_of=AS_OF)
    for kind in ("logit", "hazard"):
        with pytest.raises(InputError, match=r"1 plan\(s\) have first_sales_on before certified_on"):
            commercialization_model(plans, "region", as_of=AS_OF, kind=kind)


def test_symmetric_intervals_are_greenwoods_formula() -> None:
    """6 weeks: 3 of 21 end, S = 18/21; the variance is S² 3 / (21 · 18) = 0.00583, its root 0.0764."""
    drug = REMISSION[REMISSION["drug"] == "6-MP"]
    row = commercialization_curve(drug, as_of=AS_OF, interval="greenwood").set_index("days").loc[6]
    half = 1.959964 * (18 / 21) * np.sqrt(3 / (21 * 18))
    assert row["upper"] - row["share"] == pytest.approx(half, rel=1e-6)
    assert row["lower"] == max(0, row["share"] - half)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", [None, "region", ["region", "year"]])
def test_every_engine_gives_the_same_curve(engine: str, by: Any) -> None:
    _, _, plans = random_plans(3)
    plans["year"] = np.arange(len(plans)) % 2
    plans.loc[:3, "certified_on"] = pd.NaT
    curve = commercialization_curve(ENGINES[engine](plans), by, as_of=AS_OF)
    expected = commercialization_curve(plans, by, as_of=AS_OF)
    pd.testing.assert_frame_equal(curve, expected, rtol=1e-9)
    assert curve.attrs == expected.attrs
    assert curve.attrs["left_out"] == {"without a certification date": 4}


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_and_times_of_day_count_the_same_days(engine: str) -> None:
    if engine in {"pandas", "dask"}:
        dates = REMISSION.assign(certified_on=REMISSION["certified_on"] + pd.Timedelta("13h"))
    else:
        dates = REMISSION.assign(certified_on=REMISSION["certified_on"].dt.date)
    curve = commercialization_curve(ENGINES[engine](dates), "drug", as_of=AS_OF)
    pd.testing.assert_frame_equal(curve, commercialization_curve(REMISSION, "drug", as_of=AS_OF))


def test_a_plan_certified_later_does_not_count_and_later_sales_are_not_known() -> None:
    plans = pd.DataFrame(
        {
            "certified_on": pd.to_datetime(["2006-01-01", "2006-01-01", "2007-04-01"]),
            "first_sales_on": pd.to_datetime(["2006-03-01", "2007-04-01", "NaT"]),
        }
    )
    curve = commercialization_curve(plans, as_of="2007-03-31")
    assert curve["commercialized"].sum() == 1
    assert curve["days"].tolist() == [0, 59, 454]
    assert curve.attrs["left_out"] == {"certified after as_of": 1}


def test_without_any_sales_the_curve_is_flat_and_says_so() -> None:
    curve = commercialization_curve(plans_from([10, 20, 30], [0, 0, 0], g=["x", "y", "y"]), "g", as_of=AS_OF)
    assert curve["share"].tolist() == [0.0] * 5
    assert curve.attrs["log_rank"] is None
    assert curve.attrs["notes"] == ["no log-rank test: no plan has sales by then"]
    assert all("no sales by then; median not reached" in group["note"] for group in curve.attrs["summary"])
    assert all(group["median_days"] is None for group in curve.attrs["summary"])


@in_lifelines
def test_one_group_has_no_test_and_an_unknown_group_no_part_in_it() -> None:
    days, events, plans = random_plans(4)
    alone = commercialization_curve(plans.assign(region="kinki"), "region", as_of=AS_OF)
    assert alone.attrs["log_rank"] is None
    assert alone.attrs["notes"] == ["no log-rank test: there are no two groups with plans to compare"]
    unknown = plans.assign(region=plans["region"].where(plans["region"] != "kanto"))
    curve = commercialization_curve(unknown, "region", as_of=AS_OF)
    kept = plans["region"].ne("kanto").to_numpy()
    expected = multivariate_logrank_test(days[kept], plans["region"][kept], events[kept])
    assert curve.attrs["log_rank"]["statistic"] == pytest.approx(expected.test_statistic)
    assert len(curve.attrs["summary"]) == 3


@pytest.mark.parametrize("second", ["2007-03-31", "2005-04-01"])
def test_groups_that_were_never_followed_together_have_no_test(second: str) -> None:
    """Two groups with plans: of one all are censored on day 0, or all plans have their sales on one day."""
    plans = pd.DataFrame(
        {
            "certified_on": pd.to_datetime(["2005-04-01"] * 4 + [second] * 4),
            "first_sales_on": pd.to_datetime(["2005-06-01"] * 2 + ["NaT"] * 6),
            "group": ["a"] * 4 + ["b"] * 4,
        }
    )
    if second == "2005-04-01":
        plans["first_sales_on"] = plans["certified_on"]
    curve = commercialization_curve(plans, "group", as_of="2007-03-31")
    assert curve.attrs["log_rank"] is None
    assert curve.attrs["notes"] == [
        "no log-rank test: on each day with sales those still followed were of one group, or all had theirs"
    ]


def test_what_has_no_times_is_refused() -> None:
    with pytest.raises(InputError, match="needs the dates of both"):
        commercialization_curve(pd.DataFrame({"commercialized": [True]}), as_of=AS_OF)
    with pytest.raises(InputError, match="No plan was certified by as_of=1999-01-01"):
        commercialization_curve(
            REMISSION.assign(first_sales_on=REMISSION["first_sales_on"].mask(REMISSION["drug"] > "")),
            as_of="1999-01-01",
        )
    with pytest.raises(InputError, match=r"42 plan.s. have first_sales_on before certified_on"):
        commercialization_curve(REMISSION.assign(first_sales_on=pd.Timestamp("1999-01-01")), as_of=AS_OF)
    with pytest.raises(InputError, match="as_of='March' is not a date"):
        commercialization_curve(REMISSION, as_of="March")
