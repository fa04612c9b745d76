"""Rates of several groups compared with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from shinrenkei.errors import InputError
from shinrenkei.metrics.rate_comparisons import compare_rates
from tests.metrics.engines import ENGINES

# Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, table II: contrasts (a) to (h), method 10.
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]
COUNTS = pd.DataFrame(
    {
        "region": ["kinki", "kanto", "chubu", "kyushu"],
        "certified": [62, 73, 48, 27],
        "commercialized": [31, 23, 26, 18],
    }
)


def pair(x: int, n: int, y: int, m: int) -> pd.DataFrame:
    return pd.DataFrame({"group": ["a", "b"], "certified": [n, m], "commercialized": [x, y]})


@pytest.mark.parametrize(("x", "n", "y", "m", "lower", "upper"), NEWCOMBE)
def test_differences_have_the_intervals_that_newcombe_prints(
    x: int, n: int, y: int, m: int, lower: float, upper: float
) -> None:
    row = compare_rates(pair(x, n, y, m), "group", base="b").iloc[0]
    assert row["difference"] == pytest.approx(x / n - y / m)
    assert (row["lower"], row["upper"]) == pytest.approx((lower, upper), abs=0.0001)


@given(st.integers(1, 90), st.integers(1, 90), st.data())
def test_intervals_and_tests_are_those_of_statsmodels_and_scipy(n: int, m: int, data: Any) -> None:
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    row = compare_rates(pair(x, n, y, m), "group", base="b", confidence=0.9).iloc[0]
    ends = confint_proportions_2indep(x, n, y, m, method="newcomb", alpha=0.1)
    assert (row["lower"], row["upper"]) == pytest.approx(ends, abs=1e-9)
    counts = np.array([[x, n - x], [y, m - y]])
    if 0 < x + y < n + m:
        expected = stats.chi2_contingency(counts, correction=False).pvalue
        assert row["p_value"] == pytest.approx(expected, abs=1e-12)
    exact = compare_rates(pair(x, n, y, m), "group", base="b", test="exact").iloc[0]
    assert exact["p_value"] == pytest.approx(stats.fisher_exact(counts).pvalue)


def test_each_group_stands_against_all_others_and_p_values_are_adjusted_by_holm() -> None:
    table = compare_rates(COUNTS, "region").set_index("region")
    assert (table["against"] == "the others").all()
    assert table.loc["kinki", "rate_against"] == pytest.approx((23 + 26 + 18) / (73 + 48 + 27))
    alone = compare_rates(pair(31, 62, 67, 148), "group", base="b").iloc[0]
    for name in ("difference", "lower", "upper", "p_value"):
        assert table.loc["kinki", name] == pytest.approx(alone[name])
    expected = multipletests(table["p_value"], method="holm")[1]
    np.testing.assert_allclose(table["p_adjusted"], expected)
    assert (table.attrs["comparisons"], table.attrs["adjustment"]) == (4, "holm")
    whole = stats.chi2_contingency(
        [COUNTS["commercialized"], COUNTS["certified"] - COUNTS["commercialized"]], correction=False
    )
    assert table.attrs["test"]["statistic"] == pytest.approx(whole.statistic)
    assert (table.attrs["test"]["df"], table.attrs["test"]["p_value"]) == pytest.approx((3, whole.pvalue))


def test_a_base_is_compared_with_nothing_and_does_not_count_among_the_comparisons() -> None:
    table = compare_rates(COUNTS, "region", base="kanto", adjust="bonferroni").set_index("region")
    assert table["difference"].isna().tolist() == [False, True, False, False]
    assert table.loc["kanto", "note"] == "base"
    assert table.attrs["comparisons"] == 3
    others = table.drop(index="kanto")
    np.testing.assert_allclose(others["p_adjusted"], np.minimum(3 * others["p_value"], 1))


def test_groups_without_a_known_rate_stay_empty_and_are_none_of_the_others() -> None:
    counts = pd.concat([COUNTS, pd.DataFrame({"region": ["tohoku"], "certified": [31]})])
    table = compare_rates(counts, "region").set_index("region")
    assert np.isnan(table.loc["tohoku", ["rate_against", "difference", "p_adjusted"]].astype(float)).all()
    assert table.loc["kinki", "rate_against"] == pytest.approx(67 / 148)
    assert table.attrs["comparisons"] == 4


def test_few_expected_plans_are_told_of_the_exact_test() -> None:
    counts = pair(3, 5, 100, 300)
    assert "fewer than 5 expected: test='exact' is surer" in compare_rates(counts, "group")["note"].iloc[0]
    assert compare_rates(counts, "group", test="exact")["note"].iloc[0] == "small group (n < 30)"


def test_rates_that_do_not_vary_have_no_test() -> None:
    table = compare_rates(pair(0, 40, 0, 50), "group")
    assert table.attrs["test"] is None
    assert table["p_value"].tolist() == [1, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_compares_microdata_alike(engine: str) -> None:
    rng = np.random.default_rng(0)
    certified = pd.Timestamp("2005-09-01") + pd.to_timedelta(pd.Series(rng.integers(0, 600, 300)), "D")
    sales = certified + pd.to_timedelta(rng.integers(0, 900, 300), "D")
    plans = pd.DataFrame(
        {
            "region": rng.choice(["kanto", "kinki", "chubu"], 300),
            "certified_on": certified,
            "first_sales_on": sales,
        }
    )
    expected = compare_rates(plans, "region", as_of="2006-12-31")
    found = compare_rates(ENGINES[engine](plans), "region", as_of="2006-12-31")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    assert found.attrs == expected.attrs


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"by": "region", "base": "kinky"}, "Unknown base 'kinky'; did you mean 'kinki'"),
        ({"by": None}, "by is empty; expected one or more columns"),
        ({"by": "region", "test": "z"}, "Unknown test 'z'"),
        ({"by": "region", "adjust": "tukey"}, "Unknown adjust 'tukey'"),
        ({"by": "note"}, "Column 'note' has the name of a column of the result"),
    ],
)
def test_wrong_options_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        compare_rates(COUNTS.assign(note="x"), **options)


def test_groups_that_hold_each_other_are_refused() -> None:
    counts = pd.concat(
        [COUNTS, pd.DataFrame({"region": ["all"], "certified": [210], "commercialized": [98]})]
    )
    with pytest.raises(InputError, match="The group 'all' holds the plans of the others"):
        compare_rates(counts, "region")
    against_all = compare_rates(counts, "region", base="all").set_index("region")
    assert against_all.loc["kinki", "rate_against"] == pytest.approx(98 / 210)
    with pytest.raises(InputError, match=r"1 group\(s\) have a rate; expected two or more"):
        compare_rates(COUNTS.head(1), "region")
