"""The synthetic panel: printed shares exactly, true effects that the estimators recover, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shinrenkei import catalog, synthetic
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics import adjusted, productivity

firms: Any = synthetic.firms
adjusted_change: Any = adjusted.adjusted_change
productivity_change: Any = productivity.productivity_change


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1000, 2000]))
def test_printed_shares_are_exact_and_every_firm_has_a_type(seed: int, n: int) -> None:
    panel = firms(n=n, years=(2013, 2018), seed=seed)
    answers = panel.drop_duplicates("firm_id")["partner_type"]
    assert len(answers) == n
    found = answers.str.get_dummies(";").mean()
    use = catalog.load("partner_use")
    for row in use.dropna(subset="share_pct").to_dict("records"):
        assert found[str(row["partner_type"])] == pytest.approx(row["share_pct"] / 100, abs=1e-12)
    assert (answers != "").all()
    ordered = found[use.sort_values("rank")["partner_type"].astype(str)]
    assert ordered.is_monotonic_decreasing


def test_true_effects_are_recovered_and_raw_differences_are_not() -> None:
    effects = {"university": 800.0, "same_industry_domestic_sme": -300.0}
    panel = firms(n=20_000, years=(2013, 2018), seed=5, effects=effects)
    table = adjusted_change(panel, adjust="none").set_index("partner_type")
    true = pd.Series(panel.attrs["true_effects"])[table.index]
    z = (table["effect"] - true) / table["se"]
    assert abs(z).max() < 4
    assert stats.chi2.sf(np.square(z).sum(), len(z)) > 1e-3
    assert abs(table["raw"] - true).max() > 100


def test_default_effects_stand_in_the_printed_order() -> None:
    true = firms(n=200).attrs["true_effects"]
    printed = catalog.load("partner_productivity").sort_values("rank")["partner_type"].astype(str).tolist()
    assert sorted(true, key=true.__getitem__, reverse=True) == printed


def test_the_change_is_spread_evenly_over_the_years() -> None:
    panel = firms(n=20_000, seed=2)
    half = productivity_change(panel, by=None, start=2013, end=2016).loc[0, "mean"]
    whole = productivity_change(panel, by=None, start=2013, end=2018).loc[0, "mean"]
    assert half / whole == pytest.approx(3 / 5, abs=0.05)


def test_firms_leave_and_enter_and_the_less_productive_leave_sooner() -> None:
    panel = firms(n=5000, seed=1)
    table = productivity.attrition(panel, by=None)
    row: Any = table.iloc[0]
    assert 0.08 < row["share_left"] < 0.3
    assert row["n_entered"] > 100
    assert row["start_of_leavers"] < row["start_of_stayers"]
    assert panel.groupby("firm_id")["year"].nunique().min() == 1
    entrants = panel[panel["founded"] > 2013]
    assert (entrants["year"] >= entrants["founded"]).all()


def test_level_is_that_of_the_printed_value_added_a_person() -> None:
    panel = firms(n=20_000)
    level = (panel["value_added_yen"] / panel["employees"])[panel["year"] == 2013].mean() / 10_000
    assert level == pytest.approx(552, rel=0.03)  # jri-2023, note 3


def test_every_row_and_the_table_say_synthetic() -> None:
    panel = firms(n=200)
    assert panel["synthetic"].all()
    assert panel.attrs["synthetic"] is True
    assert panel.attrs["source_line"]["en"].startswith("Synthetic data")
    assert not panel.duplicated(["firm_id", "year"]).any()
    assert panel["employees"].min() >= 1


def test_the_same_seed_gives_the_same_panel_and_another_does_not() -> None:
    pd.testing.assert_frame_equal(firms(n=300, seed=3), firms(n=300, seed=3))
    assert not firms(n=300, seed=3).equals(firms(n=300, seed=4))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"n": 99}, "n=99 is not a whole number of firms of 100 or more"),
        ({"n": 1e4}, "is not a whole number of firms"),
        ({"years": [2013]}, "is not a list of two or more different years in rising order"),
        ({"years": [2018, 2013]}, "in rising order"),
        ({"years": 2013}, "years=2013 is not a list of two or more"),
        ({"years": "2013"}, "years='2013' is not a list of two or more"),
        ({"years": [2013, 10**30]}, "in rising order"),
        ({"effects": {"university": "a"}}, "The effect of 'university' is 'a'; expected a number"),
        ({"effects": {"university": None}}, "The effect of 'university' is None; expected a number"),
        ({"effects": ["university"]}, "is no mapping of types of partner to numbers"),
        (
            {"effects": {"university": 1e15}},
            "The effect of 'university' is 1000000000000000.0; .* at most 1,000,000",
        ),
        (
            {"effects": {"university": -1_000_001}},
            "The effect of 'university' is -1000001; expected a number",
        ),
        ({"years": [1, 9999]}, r"years=\[1, 9999\] run over 9998 years; expected at most 100"),
        ({"seed": -1}, "seed=-1 is no whole number of 0 or more"),
        ({"effects": {"university": float("inf")}}, "The effect of 'university' is inf"),
        ({"effects": {"univercity": 1.0}}, "Unknown partner type 'univercity'; did you mean 'university'"),
    ],
)
def test_what_cannot_be_made_is_refused(options: dict, match: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=match):
        firms(**options)


def test_a_hundred_years_and_a_million_still_make_a_panel() -> None:
    panel = firms(n=200, years=(1918, 2018), effects={"university": 1e6})
    assert panel["year"].nunique() == 2
    true, held = panel.attrs["true_effects"]["university"], panel["partner_type"].str.contains("university")
    productivity = panel["value_added_yen"] / panel["employees"] / 1000
    assert productivity[held & (panel["year"] == 2018)].mean() == pytest.approx(true, rel=0.05)


def test_numbers_of_numpy_are_numbers_too() -> None:
    panel = firms(np.int64(200), np.array([2013, 2018]), np.int64(3))
    pd.testing.assert_frame_equal(panel, firms(200, (2013, 2018), 3))
