"""Models of commercialization against published estimates, other implementations and brute force."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter
from scipy import stats
from scipy.optimize import brentq

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics._sandwich import sandwich
from shinrenkei.metrics.models import commercialization_model
from tests.metrics.engines import ENGINES

AS_OF = pd.Timestamp("2007-03-31")


def greene() -> pd.DataFrame:
    """Spector and Mazzeo (1980), the data of Greene's example of binary choice: 32 students."""
    data = sm.datasets.spector.load_pandas()
    return data.exog.assign(commercialized=data.endog.astype(bool))


def simulated(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    plans = pd.DataFrame(
        {
            "members": rng.integers(2, 9, n),
            "loan": rng.random(n) < 0.4,
            "area": rng.choice(["one", "two", "many"], n),
            "region": rng.choice(["kanto", "kinki", "kyushu", "tohoku", "chubu", "shikoku"], n),
            "certified_on": pd.Timestamp("2005-04-01") + pd.to_timedelta(rng.integers(0, 500, n), unit="D"),
        }
    )
    rate = np.exp(-6.8 + 0.15 * plans["members"] + 0.7 * plans["loan"] - 0.5 * plans["area"].eq("many"))
    days = rng.exponential(1 / rate).astype(int)
    sales = plans["certified_on"] + pd.to_timedelta(days, unit="D")
    plans["first_sales_on"] = sales.where(sales <= AS_OF)
    return plans


@pytest.mark.parametrize("errors", ["plain", "sandwich"])
def test_effects_and_errors_agree_with_statsmodels_logit(errors: Any) -> None:
    data = greene()
    table = commercialization_model(data, ["GPA", "TUCE", "PSI"], errors=errors).set_index("term")
    design = sm.add_constant(data[["GPA", "TUCE", "PSI"]])
    options = {"cov_type": "HC0"} if errors == "sandwich" else {}
    fitted = sm.Logit(data["commercialized"].astype(float), design).fit(disp=0, tol=1e-12, **options)
    margins = fitted.get_margeff(at="overall", dummy=True)
    np.testing.assert_allclose(table["std_error"].iloc[:3], fitted.bse.iloc[1:], rtol=1e-5)
    np.testing.assert_allclose(table["effect"].iloc[:3], margins.margeff, rtol=1e-6)
    np.testing.assert_allclose(table["effect_std_error"].iloc[:3], margins.margeff_se, rtol=1e-4)
    np.testing.assert_allclose(
        table[["effect_lower", "effect_upper"]].iloc[:3], margins.conf_int(), rtol=1e-4
    )
    assert table.attrs["effect_interval"] == "delta method"
    assert table.attrs["pseudo_r2"] == pytest.approx(fitted.prsquared, rel=1e-6)
    assert np.isnan(table["effect"]["constant"])


def glm(plans: pd.DataFrame, table: pd.DataFrame, link: str = "logit") -> tuple[Any, np.ndarray]:
    """Return statsmodels' model of loan and members by period, and the plan of each row."""
    rows = by_hand(plans.assign(plan=range(len(plans))), 90)
    rows = rows[rows.groupby("period")["y"].transform("mean").between(0, 1, inclusive="neither")]
    dummies = np.column_stack([rows["period"].eq(p) for p in sorted(rows["period"].unique())])
    x = np.column_stack([rows["members"], rows["loan"], dummies]).astype(float)
    assert x.shape == (table.attrs["rows"], len(table))
    family = sm.families.Binomial(
        sm.families.links.Logit() if link == "logit" else sm.families.links.CLogLog()
    )
    return sm.GLM(rows["y"].to_numpy(), x, family=family), rows["plan"].to_numpy()


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_sandwich_errors_are_those_of_statsmodels_to_the_last_digits(link: Any) -> None:
    plans = simulated()
    options: Any = {"kind": "hazard", "as_of": AS_OF, "link": link, "errors": "sandwich"}
    table = commercialization_model(plans, ["members", "loan"], **options)
    model, plan = glm(plans, table, link)
    start = table["coefficient"].to_numpy()
    fitted = model.fit(
        start_params=start, tol=1e-12, cov_type="cluster", cov_kwds={"groups": pd.factorize(plan)[0]}
    )
    np.testing.assert_allclose(table["std_error"], fitted.bse, rtol=1e-8)
    np.testing.assert_allclose(table[["lower", "upper"]], fitted.conf_int(), rtol=1e-7)
    np.testing.assert_allclose(table["p_value"], fitted.pvalues, rtol=1e-6, atol=1e-15)
    assert table.attrs["errors"] == "clustered by plan (CR1)"
    single = commercialization_model(plans, ["members", "loan"], as_of=AS_OF, errors="sandwich")
    x = np.column_stack([plans["members"], plans["loan"], np.ones(400)]).astype(float)
    alone = sm.GLM(plans["first_sales_on"].notna().astype(float), x, family=sm.families.Binomial())
    np.testing.assert_allclose(
        single["std_error"], alone.fit(cov_type="HC0", tol=1e-12, maxiter=100).bse, rtol=1e-8
    )
    assert single.attrs["errors"] == "sandwich (HC0)"


def test_robust_errors_are_hc2_row_by_row() -> None:
    """Kauermann and Carroll (2001): squared residuals over one less the leverage in the weighted fit."""
    data = greene()
    table = commercialization_model(data, ["GPA", "TUCE", "PSI"]).set_index("term")
    x = np.column_stack([data[["GPA", "TUCE", "PSI"]], np.ones(32)])
    p = 1 / (1 + np.exp(-x @ table["coefficient"].to_numpy()))
    bread = np.linalg.inv(sum(w * np.outer(row, row) for row, w in zip(x, p * (1 - p), strict=True)))
    meat = np.zeros((4, 4))
    for row, share, y in zip(x, p, data["commercialized"], strict=True):
        leverage = share * (1 - share) * row @ bread @ row
        meat += (y - share) ** 2 / (1 - leverage) * np.outer(row, row)
    np.testing.assert_allclose(table["std_error"], np.sqrt(np.diag(bread @ meat @ bread)), rtol=1e-7)
    root = np.sqrt(p * (1 - p))
    covariance, forms = brute_cr2(x * root[:, None], (data["commercialized"] - p) / root, np.arange(32))
    np.testing.assert_allclose(table["std_error"], np.sqrt(np.diag(covariance)), rtol=1e-7)
    np.testing.assert_allclose(
        table["df"], degrees_of_freedom(forms, data["commercialized"].mean()), rtol=1e-7
    )
    assert table.attrs["errors"] == "bias-reduced sandwich (HC2)"
    assert table.attrs["interval"] == table.attrs["effect_interval"] == "profile likelihood"


def brute_cr2(
    x: np.ndarray, residuals: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Bell and McCaffrey (2002) as they print it, with the whole hat matrix."""
    inverse = np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    meat, forms = np.zeros_like(inverse), []
    for label in np.unique(cluster):
        rows = np.flatnonzero(cluster == label)
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - hat[np.ix_(rows, rows)])
        freed = vectors @ np.diag(values**-0.5) @ vectors.T
        score = x[rows].T @ freed @ residuals[rows]
        meat += np.outer(score, score)
        forms.append((np.eye(len(x)) - hat)[rows].T @ freed @ x[rows] @ inverse)
    return inverse @ meat @ inverse, [np.array([one[:, k] for one in forms]) for k in range(x.shape[1])]


def degrees_of_freedom(forms: list[np.ndarray], rate: float) -> list[float]:
    """Satterthwaite's, for errors of the kurtosis that a yes or no of this rate has, from -1 to 0."""
    kurtosis = min(max(1 / rate / (1 - rate) - 6, -1), 0)
    found = []
    for one in forms:
        law, squares = one @ one.T, np.square(one).sum(axis=0)
        found.append(float(np.trace(law) ** 2 / (np.trace(law @ law) + kurtosis * squares @ squares / 2)))
    return found


def fall(x: np.ndarray, y: np.ndarray, column: int, value: float) -> float:
    """Twice the fall of statsmodels' log-likelihood when a coefficient is held at a value, by an offset."""
    family = sm.families.Binomial()
    others = np.delete(x, column, axis=1)
    held = sm.GLM(y, others, family=family, offset=x[:, column] * value).fit(tol=1e-13, maxiter=200)
    return float(2 * (sm.GLM(y, x, family=family).fit(tol=1e-13).llf - held.llf))


@pytest.mark.parametrize("cluster", [None, "region"])
def test_the_profile_falls_to_what_the_sandwich_and_its_t_law_call_for(cluster: str | None) -> None:
    """Rotnitzky and Jewell (1990): the fall over the ratio of the variances, put to the square of a t quantile."""
    plans = simulated(90, seed=2)
    table = commercialization_model(plans, ["members", "loan"], as_of=AS_OF, cluster=cluster, confidence=0.9)
    plain = commercialization_model(plans, ["members", "loan"], as_of=AS_OF, errors="plain")
    x = np.column_stack([plans["members"], plans["loan"], np.ones(90)]).astype(float)
    y = plans["first_sales_on"].notna().to_numpy(dtype=float)
    for number, (row, model) in enumerate(
        zip(table.to_dict("records"), plain.to_dict("records"), strict=True)
    ):
        ratio = (row["std_error"] / model["std_error"]) ** 2
        for end in ("lower", "upper"):
            t = np.sqrt(fall(x, y, number, row[end]) / ratio)
            assert t == pytest.approx(stats.t.ppf(0.95, row["df"]), rel=1e-6)
        t = np.sqrt(fall(x, y, number, 0.0) / ratio)
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(t, row["df"]), rel=1e-5)
        assert row["lower"] < row["coefficient"] < row["upper"]


def test_the_hazards_intervals_are_walds() -> None:
    table = commercialization_model(simulated(150), ["members"], as_of=AS_OF, kind="hazard", link="cloglog")
    reach = stats.t.ppf(0.975, table["df"])
    np.testing.assert_allclose(table["upper"] - table["coefficient"], reach * table["std_error"], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], 2 * stats.t.sf(np.abs(table["z"]), table["df"]), rtol=1e-9)
    assert table.attrs["interval"] == "Wald"
    assert table.attrs["effect_interval"] == "least favorable line"


def test_clustered_errors_and_their_degrees_of_freedom_are_those_of_bell_and_mccaffrey() -> None:
    plans = simulated(150)
    table = commercialization_model(plans, ["members", "loan"], as_of=AS_OF, cluster="region")
    x = np.column_stack([plans["members"], plans["loan"], np.ones(150)]).astype(float)
    y = plans["first_sales_on"].notna().to_numpy(dtype=float)
    p = 1 / (1 + np.exp(-x @ table["coefficient"].to_numpy()))
    root = np.sqrt(p * (1 - p))
    covariance, forms = brute_cr2(x * root[:, None], (y - p) / root, plans["region"].to_numpy())
    np.testing.assert_allclose(table["std_error"], np.sqrt(np.diag(covariance)), rtol=1e-7)
    np.testing.assert_allclose(table["df"], degrees_of_freedom(forms, y.mean()), rtol=1e-7)
    assert table.attrs["clusters"] == 6
    assert table.attrs["notes"][0].startswith("6 clusters: intervals allow for so few")
    assert table.attrs["errors"] == "clustered by region (CR2)"


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_with_whole_leverage_the_sandwich_is_mancl_and_derouens_of_statsmodels(link: Any) -> None:
    """The same code with power -1, against GEE(cov_type="bias_reduced") with independent working correlation."""
    plans = simulated(120, seed=4)
    table = commercialization_model(
        plans, ["members", "loan"], kind="hazard", as_of=AS_OF, link=link, errors="sandwich"
    )
    model, plan = glm(plans, table, link)
    x, y = model.exog, model.endog
    reference = sm.GEE(y, x, plan, family=model.family).fit(
        cov_type="bias_reduced", start_params=table["coefficient"].to_numpy(), scale=1
    )
    mu = model.family.fitted(x @ reference.params)
    slope = 1 / model.family.link.deriv(mu)
    root = np.sqrt(mu * (1 - mu))
    found = sandwich(
        x * (slope / root)[:, None], (y - mu) / root, pd.factorize(plan)[0], np.eye(x.shape[1]), -1
    )
    np.testing.assert_allclose(found.covariance, reference.cov_params(), rtol=1e-7, atol=1e-12)


def test_robust_errors_of_many_plans_are_those_of_the_plain_sandwich() -> None:
    plans = simulated(20_000)
    for options in ({}, {"kind": "hazard", "link": "cloglog"}):
        two = [
            commercialization_model(plans, ["members", "loan"], as_of=AS_OF, errors=errors, **options)  # type: ignore[arg-type]
            for errors in ("robust", "sandwich")
        ]
        for name in ("std_error", "effect_std_error"):
            np.testing.assert_allclose(two[0][name].iloc[:2], two[1][name].iloc[:2], rtol=2e-3)
        widths = [(one["effect_upper"] - one["effect_lower"]).iloc[:2] for one in two]
        np.testing.assert_allclose(widths[0], widths[1], rtol=2e-3)


def test_the_interval_of_an_effect_is_its_range_along_the_profile() -> None:
    """With one indicator all is known by hand: two rates, of which the profile changes both at once."""
    plans = pd.DataFrame(
        {
            "loan": [True] * 20 + [False] * 20,
            "commercialized": [True] * 15 + [False] * 5 + [True] * 8 + [False] * 12,
        }
    )
    row = commercialization_model(plans, "loan").iloc[0]
    assert row["effect"] == pytest.approx(0.35)
    rates, slopes = np.array([0.75, 0.4]), np.array([0.75 * 0.25, -0.4 * 0.6])
    model, hc2 = (np.square(slopes) @ (1 / (n * rates * (1 - rates))) for n in (20, 19))
    # the variance of n values, of excess kurtosis -1 here, is known with a variance of 2 / (n - 1) - 1 / n
    parts = np.square(slopes) / (rates * (1 - rates))
    df = parts.sum() ** 2 / (np.square(parts) * (1 / 19 - 1 / 40)).sum()
    assert row["effect_std_error"] == pytest.approx(np.sqrt(hc2), rel=1e-7)
    allowed = stats.t.ppf(0.975, df) ** 2 * hc2 / model
    made = np.array([15, 8])

    def likelihood(logits: np.ndarray) -> float:
        return float(made @ logits - 20 * np.logaddexp(0, logits).sum())

    top = likelihood(np.log(rates / (1 - rates)))
    for end, sign in (("effect_lower", -1), ("effect_upper", 1)):
        # the best fit along the gradient: made - 20 p goes with the slopes, by one unknown
        def rates_at(push: float) -> np.ndarray:
            return made / 20 + push * slopes

        def off(push: float) -> float:
            p = rates_at(push)
            return 2 * (top - likelihood(np.log(p / (1 - p)))) - allowed

        push = brentq(off, 0, sign * 0.9)
        on, none = rates_at(push)
        assert row[end] == pytest.approx(on - none, rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_intervals_of_effects_hold_the_effect_and_stay_between_minus_one_and_one(seed: int) -> None:
    table = commercialization_model(simulated(45, seed=seed), ["members", "loan"], as_of=AS_OF).iloc[:2]
    assert (table["effect_lower"] <= table["effect"]).all()
    assert (table["effect"] <= table["effect_upper"]).all()
    assert table["effect_lower"].iloc[1] > -1
    assert table["effect_upper"].iloc[1] < 1


def test_a_term_known_from_one_cluster_only_has_no_error_and_a_note() -> None:
    plans = simulated()
    plans["local"] = plans["region"].eq("kinki")
    table = commercialization_model(plans, ["local", "members"], as_of=AS_OF, cluster="region").set_index(
        "term"
    )
    row = table.loc["local=True"]
    assert row[["std_error", "df", "p_value", "lower", "effect_std_error", "effect_lower"]].isna().all()
    others = ["std_error", "df", "p_value", "lower", "effect", "effect_lower", "effect_upper"]
    assert np.isfinite(table.loc["members", others]).all()
    told = "no error of local=True, nor of the effects of local=True: what tells of it is in one cluster only"
    assert any(note.startswith(told) for note in table.attrs["notes"])


@pytest.mark.parametrize("kind", ["logit", "hazard"])
def test_clusters_that_are_exactly_alike_tell_no_error(kind: Any) -> None:
    """Their scores add up to 0 in each, so that the sandwich would be 0 and the interval a point."""
    one = simulated(60, seed=1)
    plans = pd.concat([one.assign(office=office) for office in ("east", "west", "south")])
    table = commercialization_model(
        plans, "loan", as_of=AS_OF, kind=kind, period=365, cluster="office"
    ).set_index("term")
    row = table.loc["loan=True"]
    assert row[["std_error", "df", "p_value", "lower", "effect_lower"]].isna().all()
    assert np.isfinite(row[["coefficient", "effect"]].astype(float)).all()
    assert "or clusters are exactly alike" in " ".join(table.attrs["notes"])


def test_an_end_that_two_clusters_do_not_bound_is_infinite_and_told() -> None:
    """With one degree of freedom 99 % are within 64 errors: far beyond what 24 plans say of a logarithm of odds."""
    plans = pd.DataFrame(
        {
            "loan": [True, False] * 12,
            "office": ["east"] * 11 + ["west"] * 13,
            "commercialized": [True, True, True, False, False, False] * 3 + [True, False] * 3,
        }
    )
    table = commercialization_model(plans, "loan", cluster="office", confidence=0.99).set_index("term")
    row = table.loc["loan=True"]
    assert row["df"] < 1.1
    assert [row["lower"], row["upper"]] == [-np.inf, np.inf]
    assert -1 < row["effect_lower"] < row["effect"] < row["effect_upper"] < 1
    assert row["p_value"] > 0.05
    told = "the data do not bound loan=True, constant: too little is known of its error"
    assert told in table.attrs["notes"]


def test_the_effect_of_a_level_is_the_change_from_the_base_with_the_others_off() -> None:
    plans = simulated()
    table = commercialization_model(plans, ["area", "members"], as_of=AS_OF, base={"area": "one"}).set_index(
        "term"
    )
    assert table.index.tolist() == ["area=many", "area=two", "members", "constant"]
    assert table.attrs["base"] == {"area": "one"}
    b = table["coefficient"]
    index = b["members"] * plans["members"] + b["constant"]
    change = 1 / (1 + np.exp(-index - b["area=two"])) - 1 / (1 + np.exp(-index))
    assert table.loc["area=two", "effect"] == pytest.approx(change.mean(), rel=1e-9)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_delta_method_errors_are_those_of_numerical_derivatives(link: Any) -> None:
    plans = simulated(200, seed=1)
    options: dict[str, Any] = {
        "kind": "hazard",
        "as_of": AS_OF,
        "link": link,
        "errors": "plain",
        "period": 120,
    }
    table = commercialization_model(plans, ["members", "loan"], **options).set_index("term")
    rows = by_hand(plans, 120)
    kept = rows.groupby("period")["y"].transform("mean").between(0, 1, inclusive="neither")
    rows = rows[kept]
    periods = sorted(rows["period"].unique())
    dummies = np.column_stack([rows["period"].eq(p) for p in periods]).astype(float)
    x = np.column_stack([rows["members"], rows["loan"], dummies]).astype(float)

    def probability(matrix: np.ndarray, b: np.ndarray) -> np.ndarray:
        eta = matrix @ b
        return 1 / (1 + np.exp(-eta)) if link == "logit" else 1 - np.exp(-np.exp(eta))

    def effects(b: np.ndarray) -> np.ndarray:
        step = np.zeros_like(x)
        step[:, 0] = 1e-5
        slope = np.mean(probability(x + step, b) - probability(x - step, b)) / 2e-5
        on, off = x.copy(), x.copy()
        on[:, 1], off[:, 1] = 1, 0
        return np.array([slope, np.mean(probability(on, b) - probability(off, b))])

    b = table["coefficient"].to_numpy()
    np.testing.assert_allclose(table["effect"].iloc[:2], effects(b), rtol=1e-5)
    glm_link = sm.families.links.Logit() if link == "logit" else sm.families.links.CLogLog()
    covariance = (
        sm.GLM(rows["y"].to_numpy(), x, family=sm.families.Binomial(glm_link)).fit(tol=1e-12).cov_params()
    )
    jacobian = np.array([(effects(b + h) - effects(b - h)) / 2e-5 for h in np.eye(len(b)) * 1e-5]).T
    expected = np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))
    np.testing.assert_allclose(table["effect_std_error"].iloc[:2], expected, rtol=1e-3)


def by_hand(plans: pd.DataFrame, period: int) -> pd.DataFrame:
    """Expand plans one by one to their periods that ended by AS_OF, up to that of first sales."""
    rows = []
    for plan in plans.to_dict("records"):
        first, last, p = plan["certified_on"], plan["certified_on"] + pd.Timedelta(days=period - 1), 0
        while last <= AS_OF:
            sold = plan["first_sales_on"] is not pd.NaT and first <= plan["first_sales_on"] <= last
            rows.append({**plan, "period": p, "y": float(sold)})
            if sold:
                break
            first, last, p = last + pd.Timedelta(days=1), last + pd.Timedelta(days=period), p + 1
    return pd.DataFrame(rows)


def test_the_hazard_is_the_model_of_plan_periods_expanded_by_hand() -> None:
    plans = simulated()
    table = commercialization_model(plans, ["members", "loan"], kind="hazard", as_of=AS_OF, errors="plain")
    rows = by_hand(plans, 90)
    said = rows.groupby("period")["y"].transform("mean").between(0, 1, inclusive="neither")
    dropped = int((~said).sum())
    assert table.attrs["left_out"].get("plan-periods in which none or all had sales", 0) == dropped
    rows = rows[said]
    dummies = pd.get_dummies(rows["period"]).astype(float)
    design = np.column_stack([rows["members"], rows["loan"], dummies]).astype(float)
    fitted = sm.Logit(rows["y"].to_numpy(), design).fit(disp=0, tol=1e-12, maxiter=100)
    np.testing.assert_allclose(table["coefficient"], fitted.params, rtol=1e-6)
    np.testing.assert_allclose(table["std_error"], fitted.bse, rtol=1e-5)
    assert table["term"].tolist()[2] == "period=1"
    assert table.attrs["rows"] == len(rows)
    assert table.attrs["events"] == int(rows["y"].sum())


# lifelines calls pandas in a way that pandas 4 will not take
@pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0:DeprecationWarning")
def test_the_grouped_hazard_agrees_with_coxs_model() -> None:
    """With short periods the complementary log-log model is Cox's (Prentice and Gloeckler 1978)."""
    plans = simulated(1500, seed=2)
    table = commercialization_model(
        plans, ["members", "loan"], kind="hazard", as_of=AS_OF, link="cloglog", period=15
    ).set_index("term")
    end = plans["first_sales_on"].fillna(AS_OF)
    frame = (
        plans[["members", "loan"]]
        .astype(float)
        .assign(days=(end - plans["certified_on"]).dt.days + 0.5, event=plans["first_sales_on"].notna())
    )
    cox = CoxPHFitter().fit(frame, "days", "event")
    for name in ("members", "loan"):
        term = "loan=True" if name == "loan" else name
        assert table.loc[term, "coefficient"] == pytest.approx(
            cox.params_[name], abs=0.15 * cox.standard_errors_[name]
        )
        assert table.loc[term, "std_error"] == pytest.approx(cox.standard_errors_[name], rel=0.08)
    assert table.attrs["errors"] == "clustered by plan (CR2)"


@pytest.mark.parametrize("period", [30, 90, 180])
def test_young_plans_are_no_quicker_than_old_ones_of_the_same_law(period: int) -> None:
    """The hazard ratio is 1; with the first sales of the cut-off period counted it would be 1.1 to 2."""
    rng = np.random.default_rng(77)
    certified = pd.Timestamp("2005-09-01") + pd.to_timedelta(pd.Series(rng.integers(0, 570, 20_000)), "D")
    sales = certified + pd.to_timedelta(rng.exponential(600, 20_000).astype(int), "D")
    plans = pd.DataFrame({"certified_on": certified, "first_sales_on": sales.where(sales <= AS_OF)})
    plans["cohort"] = np.where(certified >= pd.Timestamp("2006-04-01"), "2006", "2005")
    table = commercialization_model(
        plans, "cohort", kind="hazard", as_of=AS_OF, link="cloglog", period=period, errors="sandwich"
    ).set_index("term")
    assert abs(table["z"].iloc[0]) < 2.6
    whole = 1 - np.exp(-period / 600)
    baseline = 1 - np.exp(-np.exp(table["coefficient"].iloc[1:3]))
    np.testing.assert_allclose(baseline, whole, rtol=0.06)
    rest = (AS_OF - certified).dt.days + 1
    cut = sales.le(AS_OF) & ((sales - certified).dt.days // period >= rest // period) & (rest >= period)
    assert table.attrs["left_out"]["first sales in a period that as_of cuts off"] == cut.sum()


def test_a_plan_followed_for_less_than_a_period_is_told() -> None:
    plans = simulated()
    young = plans.index == 0
    plans["certified_on"] = plans["certified_on"].mask(young, AS_OF - pd.Timedelta("10D"))
    plans["first_sales_on"] = plans["first_sales_on"].mask(young)
    table = commercialization_model(plans, "loan", kind="hazard", as_of=AS_OF)
    assert table.attrs["left_out"]["followed for less than one period"] >= 1
    assert table.attrs["plans"] < 400


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["logit", "hazard"])
def test_every_engine_gives_the_same_model(engine: str, kind: Any) -> None:
    plans = simulated(250, seed=3)
    options: dict[str, Any] = {"kind": kind, "as_of": AS_OF, "cluster": "region"}
    table = commercialization_model(ENGINES[engine](plans), ["members", "loan", "area"], **options)
    expected = commercialization_model(plans, ["members", "loan", "area"], **options)
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9, atol=1e-9)
    assert table.attrs["left_out"] == expected.attrs["left_out"]


def test_rows_without_a_covariate_are_left_out_and_told() -> None:
    plans = simulated()
    plans["members"] = plans["members"].astype(float).mask(plans.index < 7)
    plans["area"] = plans["area"].mask(plans.index < 9)
    table = commercialization_model(plans, ["members", "area"], as_of=AS_OF)
    assert table.attrs["left_out"] == {"without members": 7, "without area": 2}
    assert table.attrs["plans"] == 391


def _undated() -> pd.DataFrame:
    plans = simulated()[["members", "certified_on", "first_sales_on"]]
    plans.loc[0, ["certified_on", "first_sales_on"]] = pd.NaT
    return plans


@pytest.mark.parametrize("kind", ["logit", "hazard"])
@pytest.mark.parametrize("engine", [*ENGINES, "nullable"])
def test_a_plan_without_a_certification_date_is_left_out_in_every_engine(engine: str, kind: Any) -> None:
    plans = _undated()
    given = plans.convert_dtypes(dtype_backend="pyarrow") if engine == "nullable" else ENGINES[engine](plans)
    table = commercialization_model(given, "members", as_of=AS_OF, kind=kind)
    assert table.attrs["left_out"]["without a certification date"] == 1
    complete = commercialization_model(plans.iloc[1:], "members", as_of=AS_OF, kind=kind)
    pd.testing.assert_frame_equal(table, complete, rtol=1e-9)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_plans_of_unknown_certification_are_left_out_and_told(backend: Any) -> None:
    rng = np.random.default_rng(0)
    plans = pd.DataFrame(
        {
            "certified": pd.array([True, True, False, None] * 50, dtype="boolean"),
            "commercialized": pd.array([*(rng.random(199) < 0.5), None], dtype="boolean"),
            "x": rng.normal(size=200),
        }
    )
    table = commercialization_model(plans.convert_dtypes(dtype_backend=backend), "x")
    assert table.attrs["left_out"] == {"of unknown certification": 50, "not certified": 50}
    assert table.attrs["plans"] == 100


def test_a_ratio_that_no_number_holds_is_told() -> None:
    rng = np.random.default_rng(0)
    year = rng.integers(1960, 2005, 300)
    late = rng.random(300) < 1 / (1 + np.exp((year - 1980) * 0.6))
    table = commercialization_model(pd.DataFrame({"founded": year, "commercialized": late}), "founded")
    assert table["ratio"].tolist()[1] == np.inf
    assert table.attrs["notes"][0].startswith("the ratio of constant is too large or small for a number")
    since = commercialization_model(pd.DataFrame({"founded": year - 1980, "commercialized": late}), "founded")
    assert since["effect"].iloc[0] == pytest.approx(table["effect"].iloc[0])
    assert since.attrs["notes"] == []


def test_covariates_without_a_meaning_are_refused() -> None:
    plans = simulated()
    mixed = plans.assign(members=plans["members"].astype(object).where(plans["loan"], "few"))
    listed = plans.assign(members=pd.Series([["a"], ["b"]] * 200, dtype=object))
    for given, covariates, base, message in [
        (plans, "members", {"members": 3}, "base names a level of 'members', which holds numbers"),
        (plans.rename(columns={"members": "constant"}), "constant", None, "Two terms .* the name 'constant'"),
        (mixed, "members", None, r"'members' holds values of no order \(int, str\)"),
        (listed, "members", None, "Column 'members' holds several values in a cell"),
        (ENGINES["pyarrow"](listed), "members", None, r"Column 'members' holds List\(String\)"),
        (plans.assign(members=np.nan), "members", None, r"No rows .* \(left out: 400 without members\)"),
    ]:
        with pytest.raises(InputError, match=message):
            commercialization_model(given, covariates, as_of=AS_OF, base=base)


def test_few_events_for_many_terms_are_noted() -> None:
    table = commercialization_model(greene(), ["GPA", "TUCE", "PSI"])
    assert table.attrs["notes"] == ["11 plans of the rarer outcome for 4 terms: estimates may be far off"]


def test_separated_data_are_refused_with_the_terms_that_do_it() -> None:
    plans = pd.DataFrame(
        {"x": np.arange(40.0), "z": np.tile([0.0, 1.0], 20), "commercialized": np.arange(40) > 19}
    )
    with pytest.raises(InputError, match="The outcome is separated: it follows without error from x"):
        commercialization_model(plans, ["x", "z"])
    level = pd.DataFrame(
        {"area": ["a"] * 20 + ["b"] * 20, "commercialized": [True, False] * 10 + [True] * 20}
    )
    with pytest.raises(InputError, match="separated: it follows without error from area=b"):
        commercialization_model(level, "area")


def test_what_cannot_be_modelled_is_refused() -> None:
    plans = simulated()
    same = pd.DataFrame({"x": [1.0, 2.0], "commercialized": [True, True]})
    with pytest.raises(InputError, match="Of the 2 rows to be fitted all have sales"):
        commercialization_model(same, "x")
    with pytest.raises(InputError, match="Covariate 'x' is 1 in every row used"):
        commercialization_model(plans.assign(x=1.0), "x", as_of=AS_OF)
    with pytest.raises(InputError, match="Covariate 'x' is 'a' in every row used"):
        commercialization_model(plans.assign(x="a"), "x", as_of=AS_OF)
    with pytest.raises(InputError, match=r"Covariate 'x' is infinite in 1 row\(s\)"):
        commercialization_model(
            plans.assign(x=np.where(plans.index == 3, np.inf, plans["members"])), "x", as_of=AS_OF
        )
    with pytest.raises(InputError, match="'twice' follows from the other terms"):
        commercialization_model(plans.assign(twice=2 * plans["members"]), ["members", "twice"], as_of=AS_OF)
    with pytest.raises(InputError, match="kind='hazard' needs as_of"):
        commercialization_model(plans, "loan", kind="hazard")
    with pytest.raises(InputError, match="needs the dates of both"):
        commercialization_model(same.assign(x=1.0), "x", as_of=AS_OF)
    with pytest.raises(InputError, match="period=0 is no whole number of 1 or more"):
        commercialization_model(plans, "loan", kind="hazard", as_of=AS_OF, period=0)
    with pytest.raises(InputError, match="cluster='g' has one value only"):
        commercialization_model(plans.assign(g=1), "loan", as_of=AS_OF, cluster="g")
    with pytest.raises(UnknownNameError, match="Unknown level of area 'onr'; did you mean 'one'"):
        commercialization_model(plans, "area", as_of=AS_OF, base={"area": "onr"})
    with pytest.raises(UnknownNameError, match="Unknown covariate in base 'aera'; did you mean 'area'"):
        commercialization_model(plans, "area", as_of=AS_OF, base={"aera": "one"})
    with pytest.raises(InputError, match="covariates is empty"):
        commercialization_model(plans, [], as_of=AS_OF)


def test_a_date_is_no_covariate() -> None:
    with pytest.raises(
        InputError, match=r"Covariate 'certified_on' holds Datetime.*expected numbers, true and false"
    ):
        commercialization_model(simulated(), ["certified_on"], as_of=AS_OF)


def test_without_a_day_plans_that_were_never_certified_do_not_count() -> None:
    plans = simulated(80)
    plans.loc[:4, "certified_on"] = pd.NaT
    assert commercialization_model(plans, "loan").attrs["left_out"] == {"without a certification date": 5}
    flags = pd.DataFrame(
        {
            "certified": [True] * 8 + [False] * 2,
            "commercialized": [True, False] * 5,
            "x": [1.0, 2, 2, 4, 5] * 2,
        }
    )
    assert commercialization_model(flags, "x").attrs["left_out"] == {"not certified": 2}
    with pytest.raises(InputError, match=r"75 plan.s. have first_sales_on before certified_on"):
        commercialization_model(plans.assign(first_sales_on=pd.Timestamp("1999-01-01")), "loan")


def test_separation_names_the_covariate_and_not_the_baseline() -> None:
    plans = simulated(200)
    plans["told"] = plans["first_sales_on"].notna()
    with pytest.raises(InputError, match="without error from told=True in part of the data"):
        commercialization_model(plans, "told", kind="hazard", as_of=AS_OF)


def test_the_complementary_log_log_model_does_not_run_away() -> None:
    """Thirty plans for which reweighting alone ends at coefficients of 1e14; the likelihood is maximal elsewhere."""
    rng = np.random.default_rng([99, 330])
    loan, size = rng.random(30) < 0.4, rng.normal(size=30)
    certified = pd.Series(AS_OF - pd.to_timedelta(rng.integers(200, 730, 30), unit="D"))
    days = rng.exponential(500 * np.exp(-0.8 * loan - 0.5 * size)).astype(int)
    sales = certified + pd.to_timedelta(days, unit="D")
    plans = pd.DataFrame({"loan": loan, "size": size, "certified_on": certified})
    plans["first_sales_on"] = sales.where(sales <= AS_OF)
    options: Any = {"kind": "hazard", "as_of": AS_OF}
    table = commercialization_model(plans, ["loan", "size"], link="cloglog", **options)
    logit = commercialization_model(plans, ["loan", "size"], **options)
    assert table["coefficient"].abs().max() < 5
    assert table.attrs["log_likelihood"] == pytest.approx(logit.attrs["log_likelihood"], abs=1)


def test_early_sales_are_told_where_a_date_stands_beside_a_time() -> None:
    plans = pa.table(
        {
            "certified_on": [dt.date(2006, 9, 1)] * 2,
            "first_sales_on": [dt.datetime(2005, 9, 1, 18), None],
            "members": [3, 4],
        }
    ).to_pandas(types_mapper=pd.ArrowDtype)
    with pytest.raises(InputError, match=r"1 plan\(s\) have first_sales_on before certified_on"):
        commercialization_model(plans, "members")


def test_a_hazard_without_any_sales_is_told_so() -> None:
    plans = simulated().assign(first_sales_on=pd.Timestamp("2007-04-01"))
    with pytest.raises(
        InputError, match=r"^No plan of the 400 followed has sales by as_of; there is nothing"
    ):
        commercialization_model(plans, "members", kind="hazard", as_of=AS_OF)
