"""Reference values from outside: published tables and examples, and what other packages give.

Each test names its source. None of the values was made by this package.

- Rates: Wilson's interval, Newcombe (1998).
- Time to sales: Kaplan-Meier, medians and log-rank of the remission data of Freireich et al. (1963) as printed by
  Kleinbaum and Klein (2012), and of Miller's leukaemia data as R's ``survival`` package prints them.
- Models: the logit of Greene (2012); HC3 against statsmodels and the formula of MacKinnon and White (1985);
  clustered errors against statsmodels, linearmodels and Stata; median regression of Engel's data, Koenker's quantreg.
- Ranks: Kendall (1970), Hollander and Wolfe (1973), and tau-b with many ties, Agresti (2002).
- Quantiles: intervals of the median by order statistics, Gibbons and Chakraborti (2011) and Conover (1999) as in
  scipy; the bootstrap's law of a median, Efron (1979); its expanded level, Hesterberg (2015).
- Multiple answers: the Kansas farmers, Koziol and Bilder (2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from shinrenkei.metrics._firms.design import Design
from shinrenkei.metrics._firms.intervals import expanded
from shinrenkei.metrics._firms.laws import median_law
from shinrenkei.metrics._firms.regression import bandwidth, frisch_newton, ols
from shinrenkei.metrics._firms.summary import median_ranks
from shinrenkei.metrics.adjusted import adjusted_change
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.productivity import productivity_change
from shinrenkei.metrics.ranks import rank_agreement
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.metrics.survival import commercialization_curve
from shinrenkei.metrics.tabulation import tabulate
from tests.metrics.test_adjusted import TYPES, firms, matrix
from tests.metrics.test_models import greene
from tests.metrics.test_survival import AS_OF, REMISSION, plans_from

# ----------------------------------------------------------------------------------------------- rates


# Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion: comparison of seven
# methods. Statistics in Medicine 17, 857-872, Table I, method 3 (score, no continuity correction), 95 %.
@pytest.mark.parametrize(
    ("done", "base", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_of_newcombe_1998(done: int, base: int, lower: float, upper: float) -> None:
    plans = pd.DataFrame({"commercialized": [True] * done + [False] * (base - done)})
    counts = pd.DataFrame({"certified": [base], "commercialized": [done]})
    for table in (plans, counts):
        row = commercialization_rate(table).iloc[0]
        assert (round(row["lower"], 4), round(row["upper"], 4)) == (lower, upper)


# --------------------------------------------------------------------------------------- time to sales


def test_the_curve_of_the_remission_data_is_the_published_one() -> None:
    """Kleinbaum and Klein (2012), Survival Analysis, 3rd ed., table 2.2: S at 6, 7, 10, 13, 16, 22, 23."""
    curve = commercialization_curve(REMISSION, "drug", as_of=AS_OF)
    drug = curve[curve["drug"] == "6-MP"].set_index("days")
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    for day, survival in published.items():
        assert drug.loc[day, "not_yet"] == pytest.approx(survival, abs=5e-5)
    assert drug.loc[6, "std_error"] == pytest.approx(0.0764, abs=5e-5)
    assert drug.loc[10, "at_risk"] == 15


def test_the_medians_and_the_log_rank_test_are_the_published_ones() -> None:
    """Medians 23 and 8 weeks; log-rank 16.793 on 1 degree of freedom (Kleinbaum and Klein 2012, 2.IV)."""
    curve = commercialization_curve(REMISSION, "drug", as_of=AS_OF)
    assert [group["median_days"] for group in curve.attrs["summary"]] == [23, 8]
    assert curve.attrs["log_rank"]["statistic"] == pytest.approx(16.793, abs=5e-4)
    assert curve.attrs["log_rank"]["df"] == 1
    assert curve.attrs["log_rank"]["p_value"] == pytest.approx(4.17e-5, rel=1e-2)


# Miller, R. G. (1997). Survival Analysis, p. 49: acute myelogenous leukaemia, with and without maintenance.
# Shares and Greenwood's errors as R prints them: summary(survfit(Surv(time, status) ~ x, data = aml)).
AML = plans_from(
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
    [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
    x=["maintained"] * 11 + ["not"] * 12,
)
AML_PRINTED = {
    "maintained": {
        9: (0.909, 0.0867),
        13: (0.818, 0.1163),
        18: (0.716, 0.1397),
        23: (0.614, 0.1526),
        31: (0.491, 0.1642),
        34: (0.368, 0.1627),
        48: (0.184, 0.1535),
    },
    "not": {5: (0.8333, 0.1076), 12: (0.5833, 0.1423), 33: (0.1944, 0.1219), 43: (0.0972, 0.0919)},
}


def test_greenwoods_errors_medians_and_log_rank_are_those_of_rs_survival() -> None:
    curve = commercialization_curve(AML, "x", as_of=AS_OF)
    for group, printed in AML_PRINTED.items():
        rows = curve[curve["x"] == group].set_index("days")
        for day, (share, error) in printed.items():
            assert rows.loc[day, "not_yet"] == pytest.approx(share, abs=5e-4)
            assert rows.loc[day, "std_error"] == pytest.approx(error, abs=5e-5)
    assert [group["median_days"] for group in curve.attrs["summary"]] == [31, 23]
    # survdiff(Surv(time, status) ~ x, data = aml): Chisq = 3.4 on 1 degrees of freedom, p = 0.0653
    assert curve.attrs["log_rank"]["statistic"] == pytest.approx(3.4, abs=0.05)
    assert curve.attrs["log_rank"]["p_value"] == pytest.approx(0.0653, abs=5e-5)


# ----------------------------------------------------------------------------------------------- models


def test_the_logit_is_greenes() -> None:
    """Greene (2012), Econometric Analysis, 7th ed., table 17.1: coefficients and errors of the logit."""
    table = commercialization_model(greene(), ["GPA", "TUCE", "PSI"], errors="plain").set_index("term")
    published = {
        "constant": (-13.021, 4.931),
        "GPA": (2.826, 1.263),
        "TUCE": (0.095, 0.142),
        "PSI": (2.379, 1.065),
    }
    for term, (coefficient, error) in published.items():
        assert table.loc[term, "coefficient"] == pytest.approx(coefficient, abs=6e-4)
        assert table.loc[term, "std_error"] == pytest.approx(error, abs=6e-4)
    assert table.attrs["log_likelihood"] == pytest.approx(-12.8896, abs=5e-5)


def test_hc3_is_that_of_statsmodels() -> None:
    y, x = matrix(firms())
    reference = sm.OLS(y, x).fit(cov_type="HC3", use_t=True)
    table = adjusted_change(firms(), adjust="none").set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(table["effect"], reference.params[TYPES], rtol=1e-9)
    np.testing.assert_allclose(table["se"], reference.bse[TYPES], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], reference.pvalues[TYPES], rtol=1e-7)
    np.testing.assert_allclose(table[["lower", "upper"]], reference.conf_int().loc[TYPES], rtol=1e-9)


def test_hc3_is_the_formula_of_mackinnon_and_white() -> None:
    """MacKinnon and White (1985), Journal of Econometrics 29: residuals over one less their leverage, squared."""
    y, x = (part.to_numpy() for part in matrix(firms(60)))
    inverse = np.linalg.inv(x.T @ x)
    residuals = y - x @ inverse @ x.T @ y
    scaled = residuals / (1 - np.diag(x @ inverse @ x.T))
    errors = np.sqrt(np.diag(inverse @ (x.T * scaled**2) @ x @ inverse))
    table = adjusted_change(firms(60)).set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(table["se"], errors[: len(TYPES)], rtol=1e-9)


def test_clustered_errors_are_those_of_statsmodels_and_linearmodels() -> None:
    from linearmodels.iv import IV2SLS

    y, x = matrix(firms())
    towns = firms().query("year == 2013").set_index("firm_id")["town"]
    one = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": towns.to_numpy()}, use_t=True)
    clusters = pd.Series(pd.factorize(towns)[0], index=towns.index)
    two = IV2SLS(y, x, None, None).fit(cov_type="clustered", clusters=clusters, debiased=True)
    table = adjusted_change(firms(), cluster="town", adjust="none").set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(table["se"], one.bse[TYPES], rtol=1e-9)
    np.testing.assert_allclose(table["se"], two.std_errors[TYPES], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], one.pvalues[TYPES], rtol=1e-7)


def test_clustered_errors_are_those_of_stata_on_grunfelds_data() -> None:
    # Stata, regress invest mvalue kstock, vce(cluster company): ten firms of Grunfeld's data. The output is
    # kept in statsmodels, regression/tests/results/results_grunfeld_ols_robust_cluster.py.
    data = sm.datasets.grunfeld.load_pandas().data.iloc[:200]
    numbers = {name: data[name].to_numpy(float) for name in ("value", "capital")}
    nobody = np.zeros((1, 0), np.bool_)
    design = Design(np.zeros(len(data), np.int32), nobody, (), numbers, ())
    fit = ols(data["invest"].to_numpy(float), design, pd.factorize(data["firm"])[0].astype(np.int32))
    scale = np.array([1 / column.std() for column in numbers.values()])  # the design is standardized
    assert fit.coefficients[1:] * scale == pytest.approx([0.11556215606596, 0.23067848754982], rel=1e-7)
    errors = np.sqrt(np.diag(fit.covariance))[1:] * scale
    assert errors == pytest.approx([0.01589433647768, 0.08496711097464], rel=1e-7)
    assert fit.df == 9


def test_median_regression_is_the_published_one_on_engels_data() -> None:
    # Koenker, R., quantreg (R): rq(foodexp ~ income, tau = 0.5), summary(se = "ker"), whose kernel is wider
    data = sm.datasets.engel.load_pandas().data
    x, y = np.column_stack([np.ones(len(data)), data["income"]]), data["foodexp"].to_numpy()
    beta = frisch_newton(x, y)
    assert beta == pytest.approx([81.48225, 0.56018], abs=1e-5)
    residuals = y - x @ beta
    density = stats.norm.pdf(residuals, scale=bandwidth(residuals))
    bread = np.linalg.inv((x * density[:, None]).T @ x)
    errors = np.sqrt(np.diag(bread @ (x.T @ x) @ bread / 4))
    assert errors == pytest.approx([30.21532, 0.03732], abs=1e-5)


# ------------------------------------------------------------------------------------------------ ranks


def agreement(measured: Any, published: Any) -> dict[Any, Any]:
    """Lower is first on both sides, so that both arguments are plain places."""
    return rank_agreement(dict(enumerate(measured)), dict(enumerate(published)), largest_first=False).attrs


def order_with_inversions(n: int, inversions: int) -> list[int]:
    order: list[int] = []
    for item in range(n):
        moved = min(inversions, item)
        order.insert(item - moved, item)
        inversions -= moved
    return order


# Kendall (1970), appendix table 1: the probability that S is at least the value given, three decimals.
@pytest.mark.parametrize(
    ("n", "score", "tail"), [(5, 8, 0.042), (6, 11, 0.028), (8, 16, 0.031), (10, 21, 0.036), (10, 23, 0.023)]
)
def test_the_exact_tail_is_that_of_kendalls_table(n: int, score: int, tail: float) -> None:
    result = agreement(range(n), order_with_inversions(n, (n * (n - 1) // 2 - score) // 2))
    assert result["concordant"] - result["discordant"] == score
    assert result["p_value"] / 2 == pytest.approx(tail, abs=5e-4)


def test_tau_of_the_tuna_is_that_of_hollander_and_wolfe() -> None:
    """Hollander and Wolfe (1973), p. 187, as in R's help of cor.test: T = 26, tau = 0.4444, p = 0.1194."""
    lightness = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    quality = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]
    result = agreement(lightness, quality)
    assert result["concordant"] == 26
    assert result["tau_b"] == pytest.approx(0.4444444)
    assert result["p_value"] == pytest.approx(0.1194, abs=5e-5)


def test_tau_b_with_many_ties_is_that_of_agrestis_table() -> None:
    """Agresti (2002), Categorical Data Analysis, 2nd ed., table 2.8 and section 2.4.4: C = 1331, D = 849.

    Income by job satisfaction of 96 respondents; Goodman and Kruskal's gamma is printed as 0.221.
    """
    counts = np.array([[1, 3, 10, 6], [2, 3, 10, 7], [1, 6, 14, 12], [0, 1, 9, 11]])
    income, satisfaction = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    result = agreement(income, satisfaction)
    concordant, discordant = result["concordant"], result["discordant"]
    assert (concordant, discordant) == (1331, 849)
    assert (concordant - discordant) / (concordant + discordant) == pytest.approx(0.221, abs=5e-4)
    scipys = stats.kendalltau(income, satisfaction, method="asymptotic")
    assert result["tau_b"] == pytest.approx(scipys.statistic)
    assert result["p_value"] == pytest.approx(scipys.pvalue)


# -------------------------------------------------------------------------------------------- quantiles


@pytest.mark.parametrize(("n", "outer"), [(6, 1), (10, 2), (20, 6), (30, 10), (50, 18), (100, 40)])
def test_median_ranks_are_those_of_the_printed_tables(n: int, outer: int) -> None:
    # the sign test's 95 % intervals, as tabulated for instance in Gibbons and Chakraborti (2011), table G
    assert median_ranks(n, 0.95).outer == outer


@pytest.mark.parametrize(("n", "confidence"), [(12, 0.95), (25, 0.9), (44, 0.95), (101, 0.99)])
def test_median_interval_lies_between_conovers_and_the_next_narrower(n: int, confidence: float) -> None:
    """Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2, as in scipy's quantile_test."""
    change = np.random.default_rng(n).normal(size=n) * 1e6
    panel = pd.DataFrame(
        {
            "firm_id": np.tile(np.arange(n), 2),
            "year": np.repeat([2013, 2018], n),
            "employees": 1,
            "value_added_yen": np.concatenate([np.full(n, 8e6), 8e6 + change]),
        }
    )
    row = productivity_change(panel, by=None, confidence=confidence).iloc[0]
    outer = stats.quantile_test(change / 1e3, p=0.5).confidence_interval(confidence)
    ordered = np.sort(change / 1e3)
    place = int(np.flatnonzero(np.isclose(ordered, outer.low))[0])
    assert outer.low - 1e-6 <= row["median_lower"] <= ordered[place + 1] + 1e-6
    assert ordered[n - place - 2] - 1e-6 <= row["median_upper"] <= outer.high + 1e-6


def test_law_of_the_median_of_thirteen_is_the_one_efron_printed() -> None:
    # Efron, B. (1979), Annals of Statistics 7, 1-26, section 3: probabilities of the 13 order statistics
    printed = {2: 0.0015, 3: 0.0142, 4: 0.0550, 5: 0.1242, 6: 0.1936, 7: 0.2230}
    values = np.arange(1.0, 14.0)
    for rank, probability in printed.items():
        for place in {rank, 14 - rank}:
            found = median_law(values, place) - median_law(values, place - 1)
            assert found == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize("n", [5, 10, 20, 40, 200])
def test_expanded_level_is_hesterbergs(n: int) -> None:
    """Hesterberg (2015), The American Statistician 69: read at Phi(-sqrt(n / (n - 1)) t), t Student's quantile."""
    tail = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    assert (1 - expanded(0.95, n)) / 2 == pytest.approx(tail, rel=1e-9)


# ------------------------------------------------------------------------------------- multiple answers


def test_the_statistic_is_the_sum_published_for_the_kansas_farmers() -> None:
    """Koziol and Bilder (2014), The R Journal 6(1), 144-150: w1 by y1 to y4 gives 4.93, 2.93, 14.29, 0.01.

    The paper prints the four 2 x 2 tables; the statistic depends on nothing else, so any joint answers do.
    """
    ticks = {"y1": (116, 27), "y2": (64, 16), "y3": (83, 2), "y4": (11, 2)}
    printed = {"y1": 4.93, "y2": 2.93, "y3": 14.29, "y4": 0.01}
    frame = pd.DataFrame({"w1": [0] * 239 + [1] * 40})
    for answer, (of_zero, of_one) in ticks.items():
        frame[f"Y_{answer}"] = [i < of_zero for i in range(239)] + [i < of_one for i in range(40)]
        alone = [[of_zero, 239 - of_zero], [of_one, 40 - of_one]]
        found = stats.chi2_contingency(alone, correction=False).statistic
        assert found == pytest.approx(printed[answer], abs=5e-3)
    test = tabulate(frame, "Y", "w1").attrs["test"]
    assert test["pearson"]["statistic"] == pytest.approx(sum(printed.values()), abs=0.02)
    assert test["pearson"]["df"] == 4
    assert "Rao-Scott" in test["method"]
