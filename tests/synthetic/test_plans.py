"""The synthetic register: the published margins exactly, whatever the seed; plausible days; errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei import catalog, synthetic
from shinrenkei.errors import InputError
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.synthetic._quotas import ranked, scaled

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


def test_sizes_go_together_and_stay_in_their_classes() -> None:
    register = plans(n=5000)
    ranks = register[["capital_yen", "employees"]].rank().corr().iloc[0, 1]
    assert 0.45 < ranks < 0.7
    assert register["capital_yen"].mod(100_000).eq(0).all()
    assert register["employees"].between(1, 300).all()


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
