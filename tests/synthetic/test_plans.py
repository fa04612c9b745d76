"""The synthetic register: the published margins exactly, whatever the seed; plausible days; errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei import catalog, synthetic
from shinrenkei.claims import check
from shinrenkei.errors import InputError
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.metrics.survival import commercialization_curve
from shinrenkei.synthetic._quotas import by_odds, ranked, scaled

plans: Any = synthetic.plans


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_published_count_comes_out_whatever_the_seed(seed: int) -> None:
    table = synthetic.compare_plans(plans(seed=seed))
    differing = table[table["printed"] != table["found"]]
    assert differing.empty, differing.to_string()


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("core_firm_capital", "firms"),
        ("core_firm_employees", "firms"),
        ("consortium_members", "plans"),
        ("consortium_area", "plans"),
        ("partner_relationship", "plans"),
        ("support_measures", "plans"),
        ("finance_sources", "plans"),
        ("loan_recipients", "plans"),
        ("loan_security", "loans"),
        ("consortium_agreements", "plans"),
    ],
)
def test_the_comparison_leaves_out_no_printed_count(name: str, counted: str) -> None:
    table = synthetic.compare_plans(plans())
    listed = table.loc[table["table"] == name, "printed"].tolist()
    printed = catalog.load(name)
    whole = [*printed[counted].dropna(), *(printed["selected"].dropna() if "selected" in printed else [])]
    assert sorted(listed) == sorted(int(count) for count in whole)


def test_the_comparison_sees_a_plan_that_is_moved() -> None:
    register = plans()
    register.loc[0, "region"] = "okinawa" if register.loc[0, "region"] != "okinawa" else "kanto"
    table = synthetic.compare_plans(register)
    assert (table["printed"] != table["found"]).sum() >= 2


def test_rates_of_the_register_are_the_published_ones() -> None:
    register = plans(seed=7)
    final = commercialization_rate(register, as_of="2007-03-31").iloc[0]
    assert (final["certified"], final["commercialized"]) == (321, 158)
    counts = commercialization_rate(register, by="region", as_of="2006-12-31").set_index("region")
    printed = catalog.load("plan_counts").query("as_of == '2006-12-31' and region != 'all'")
    for row in printed.itertuples():
        assert counts.loc[row.region, "commercialized"] == row.commercialized
    assert counts["commercialized"].sum() == 135


def test_days_are_plausible() -> None:
    register = plans()
    assert (
        register["first_sales_on"].dropna() > register["certified_on"][register["first_sales_on"].notna()]
    ).all()
    assert register["certified_on"].min() > pd.Timestamp("2005-04-13")  # the day the law came into force
    assert register["certified_on"].is_monotonic_increasing
    for column in ("certified_on", "first_sales_on"):
        assert (register[column].dropna().dt.day_of_week < 5).all()
    wait = (register["first_sales_on"] - register["certified_on"]).dt.days.dropna()
    assert wait.min() >= 14
    assert 120 < wait.median() < 365


@pytest.fixture(scope="module")
def many() -> list[pd.DataFrame]:
    return [plans(seed=seed) for seed in range(60)]


def test_the_later_a_plan_was_certified_the_less_often_it_has_sales(many: list[pd.DataFrame]) -> None:
    pooled = pd.concat(many)
    for day in ("2006-12-31", "2007-03-31"):
        inside = pooled[pooled["certified_on"].between("2006-03-01", day)]
        month = inside["certified_on"].dt.to_period("M")
        share = (inside["first_sales_on"] <= day).groupby(month).mean()
        assert share.diff().dropna().lt(0.01).all()  # what chance leaves
        assert share.iloc[0] > share.iloc[-1] + 0.3


def test_both_fiscal_years_reach_sales_by_one_law(many: list[pd.DataFrame]) -> None:
    tests = [commercialization_curve(one, by="fiscal_year", as_of="2007-03-31") for one in many]
    rejected = [test.attrs["log_rank"]["p_value"] < 0.05 for test in tests]
    assert np.mean(rejected) <= 0.2


def test_no_month_has_a_pile_of_sales(many: list[pd.DataFrame]) -> None:
    sales = pd.concat(many)["first_sales_on"].dropna()
    months = sales.dt.to_period("M").value_counts().sort_index().loc["2006-04":"2007-03"] / len(many)
    assert len(months) == 12
    assert months.max() < 1.35 * months.mean()
    week = sales[sales.between("2006-12-25", "2006-12-31")].size / len(many)
    assert week < 1.5 * months.mean() * 7 / 30.4


def test_sizes_go_together_and_stay_in_their_classes() -> None:
    register = plans(n=5000)
    ranks = register[["capital_yen", "employees"]].rank().corr().iloc[0, 1]
    assert 0.45 < ranks < 0.7
    assert register["capital_yen"].mod(100_000).eq(0).all()
    assert register["employees"].between(1, 300).all()


def test_the_register_tells_its_last_day() -> None:
    register = plans(seed=2)
    assert register.attrs["observed_to"] == "2007-03-31"
    assert register[["certified_on", "first_sales_on"]].max().max() <= pd.Timestamp("2007-03-31")


Count = Callable[[pd.DataFrame], float]


def share(rows: pd.DataFrame, chosen: pd.Series) -> float:
    return float(100 * chosen.sum() / len(rows))


def by_day(column: str, day: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda register: register[register[column] <= day]


certified_first = by_day("certified_on", "2005-09-16")
sold_2006 = by_day("first_sales_on", "2006-12-31")


def area(register: pd.DataFrame, *names: str) -> float:
    return share(register, register["area"].isin(names))


def years(register: pd.DataFrame, relationship: str) -> pd.Series:
    return register.loc[register["relationship"] == relationship, "fiscal_year"].value_counts()


def regions(register: pd.DataFrame) -> pd.Series:
    return register["region"].value_counts()


def with_loan(register: pd.DataFrame) -> pd.DataFrame:
    first = certified_first(register)
    return first[first["government_loan"] | first["private_loan"]]


def secured(register: pd.DataFrame) -> pd.DataFrame:
    return certified_first(register).dropna(subset=["collateral", "guarantor"])


early = "2005-12-15"
CLAIMS: dict[str, Count] = {
    "meti-2005/certified-0916": lambda r: len(certified_first(r)),
    "meti-2005/certified-1003": lambda r: len(by_day("certified_on", "2005-10-03")(r)),
    "meti-2005/added-32": lambda r: len(by_day("certified_on", "2005-10-03")(r)) - len(certified_first(r)),
    "meti-2005/employees-small": lambda r: int((certified_first(r)["employees"] <= 5).sum()),
    "meti-2005/employees-large": lambda r: int((certified_first(r)["employees"] > 200).sum()),
    "meti-2005/relationship-first-time-more": lambda r: (
        certified_first(r)["relationship"].value_counts()["first_time"]
        / certified_first(r)["relationship"].value_counts()["prior_dealings"]
    ),
    "meti-2005/members-3-to-6": lambda r: share(
        certified_first(r), certified_first(r)["members"].between(3, 6)
    ),
    "meti-2005/area-half-and-half": lambda r: area(certified_first(r), "same_prefecture"),
    "meti-2005/agreements-all": lambda r: int(certified_first(r)["partnership_agreement"].sum()),
    "meti-2005/subsidy-selected-within": lambda r: share(
        certified_first(r).query("commercialization_subsidy"),
        certified_first(r)["commercialization_subsidy_selected"],
    ),
    "meti-2005/measures-subsidy-share": lambda r: share(
        certified_first(r), certified_first(r)["commercialization_subsidy"]
    ),
    "meti-2005/measures-loans-share": lambda r: share(
        certified_first(r), certified_first(r)["government_loan"]
    ),
    "meti-2005/government-loans-agree": lambda r: int(certified_first(r)["government_loan"].sum()),
    "meti-2005/finance-none": lambda r: len(certified_first(r)) - len(with_loan(r)),
    "meti-2005/security-total": lambda r: len(secured(r)),
    "meti-2005/security-unsecured-half": lambda r: share(
        secured(r), ~(secured(r)["collateral"] | secured(r)["guarantor"])
    ),
    "meti-2005/security-within-loans": lambda r: share(with_loan(r), with_loan(r)["collateral"].notna()),
    "meti-2007/certified-315": lambda r: len(r) - len(by_day("certified_on", "2007-02-28")(r)),
    "meti-2007/commercialized-within": lambda r: (
        100 * len(sold_2006(r)) / len(by_day("certified_on", "2007-02-28")(r))
    ),
    "smrj-2007/certified-321": len,
    "smrj-2007/commercialized-within": lambda r: share(r, r["first_sales_on"].notna()),
    "smrj-2007/commercialized-grows": lambda r: int(r["first_sales_on"].notna().sum()) - len(sold_2006(r)),
    "smrj-2007/area-same": lambda r: area(r, "same_prefecture"),
    "smrj-2007/area-one": lambda r: area(r, "one_partner_elsewhere"),
    "smrj-2007/area-two": lambda r: area(r, "two_or_more_elsewhere"),
    "smrj-2007/area-wide-60": lambda r: area(r, "one_partner_elsewhere", "two_or_more_elsewhere"),
    "smrj-2007/prior-falls": lambda r: years(r, "prior_dealings")[2006] / years(r, "prior_dealings")[2005],
    "smrj-2007/first-time-grows": lambda r: years(r, "first_time")[2006] / years(r, "first_time")[2005],
    "tohoku-2005/certified-118": lambda r: len(by_day("certified_on", early)(r)),
    "tohoku-2005/certified-since-october": lambda r: (
        len(by_day("certified_on", early)(r)) - len(by_day("certified_on", "2005-10-03")(r))
    ),
    "tohoku-2005/certified-kanto-most": lambda r: (
        regions(by_day("certified_on", early)(r))["kanto"]
        / regions(by_day("certified_on", early)(r)).drop("kanto").max()
    ),
    "tohoku-2005/bureaus-9": lambda r: r["region"].nunique(),
    "taxcom-2007/sales-blocks-within": lambda r: share(
        sold_2006(r), sold_2006(r)["region"].isin(["kanto", "chubu", "kinki", "kyushu"])
    ),
    "taxcom-2007/sales-within-certified": lambda r: max(
        100 * regions(sold_2006(r))[name] / regions(by_day("certified_on", "2007-02-28")(r))[name]
        for name in ("kanto", "chubu", "kinki", "kyushu")
    ),
}


def test_every_claim_about_the_plans_comes_out_as_in_the_ledger(many: list[pd.DataFrame]) -> None:
    ledger = check().set_index("claim_id")["recomputed"]
    for register in many[:5]:
        found = pd.Series({claim: float(count(register)) for claim, count in CLAIMS.items()})
        pd.testing.assert_series_equal(found, ledger[list(CLAIMS)], check_names=False, check_index_type=False)


def test_every_row_and_the_table_say_synthetic() -> None:
    register = plans()
    assert register["synthetic"].dtype == bool
    assert register["synthetic"].all()
    assert register.attrs["synthetic"] is True
    assert register.attrs["source_line"]["ja"].startswith("合成データ")
    assert register["plan_id"].str.startswith("S").all()
    assert register["plan_id"].is_unique


def test_the_same_seed_gives_the_same_register_and_another_does_not() -> None:
    pd.testing.assert_frame_equal(plans(seed=3), plans(seed=3))
    assert not plans(seed=3).equals(plans(seed=4))


@pytest.mark.parametrize("n", [30, 100, 5000])
def test_another_number_of_plans_keeps_the_proportions(n: int) -> None:
    register = plans(n=n)
    assert len(register) == n
    assert register["first_sales_on"].notna().sum() == pytest.approx(158 / 321 * n, abs=2)
    assert (register["area"] == "same_prefecture").sum() == pytest.approx(122 / 321 * n, abs=1.5)
    assert (register["fiscal_year"] == 2005).sum() == pytest.approx(163 / 321 * n, abs=3)


@pytest.mark.parametrize("n", [29, 0, True, 100.0, "321"])
def test_a_number_that_keeps_no_margins_is_refused(n: Any) -> None:
    with pytest.raises(InputError, match="is not a whole number of plans of 30 or more"):
        plans(n=n)


@pytest.mark.parametrize("seed", [-1, "x", True])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(InputError, match=r"seed=.* is no whole number of 0 or more"):
        plans(seed=seed)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12).filter(any), st.integers(0, 5000))
def test_scaled_quotas_sum_up_and_lie_within_one_of_proportion(counts: list[int], total: int) -> None:
    found = scaled(counts, total)
    assert found.sum() == total
    assert (abs(found - np.array(counts) / sum(counts) * total) < 1 + 1e-6).all()
    assert (scaled(counts, sum(counts)) == counts).all()


def test_ranked_classes_fill_in_order_of_the_score() -> None:
    classes = ranked(np.array([0.3, -1.0, 2.0, 0.1]), [1, 2, 1])
    assert classes.tolist() == [1, 0, 2, 1]


def test_as_many_are_drawn_as_asked_for_and_each_by_its_odds() -> None:
    rng = np.random.default_rng(1)
    probability = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.5, 0.0])
    with np.errstate(divide="ignore"):
        log_odds = np.log(probability / (1 - probability))
    drawn = np.array([by_odds(rng, log_odds, 3) for _ in range(4000)])
    assert (drawn.sum(axis=1) == 3).all()
    assert drawn.mean(axis=0) == pytest.approx(probability, abs=0.04)
    assert by_odds(rng, log_odds, 7).tolist() == [True] * 6 + [False]
