"""Models of commercialization against published estimates, other implementations and brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter

from shinrenkei.errors import InputError, UnknownNameError
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


@pytest.mark.parametrize("errors", ["plain", "robust"])
def test_effects_and_errors_agree_with_statsmodels_logit(errors: Any) -> None:
    data = greene()
    table = commercialization_model(data, ["GPA", "TUCE", "PSI"], errors=errors).set_index("term")
    design = sm.add_constant(data[["GPA", "TUCE", "PSI"]])
    options = {"cov_type": "HC0"} if errors == "robust" else {}
    fitted = sm.Logit(data["commercialized"].astype(float), design).fit(disp=0, tol=1e-12, **options)
    margins = fitted.get_margeff(at="overall", dummy=True)
    np.testing.assert_allclose(table["std_error"].iloc[:3], fitted.bse.iloc[1:], rtol=1e-5)
    np.testing.assert_allclose(table["effect"].iloc[:3], margins.margeff, rtol=1e-6)
    np.testing.assert_allclose(table["effect_std_error"].iloc[:3], margins.margeff_se, rtol=1e-4)
    assert table.attrs["pseudo_r2"] == pytest.approx(fitted.prsquared, rel=1e-6)
    assert np.isnan(table["effect"]["constant"])


def test_clustered_errors_are_the_sandwich_of_summed_scores() -> None:
    """Cameron and Miller (2015), eq. 11 and 12: G / (G - 1) (N - 1) / (N - K) times the sandwich."""
    plans = simulated()
    table = commercialization_model(plans, ["members", "loan"], as_of=AS_OF, cluster="region").set_index(
        "term"
    )
    design = np.column_stack([plans["members"], plans["loan"], np.ones(400)]).astype(float)
    y = plans["first_sales_on"].notna().to_numpy(dtype=float)
    p = 1 / (1 + np.exp(-design @ table["coefficient"].to_numpy()))
    assert np.abs(design.T @ (y - p)).max() < 1e-6
    bread = np.linalg.inv((design.T * (p * (1 - p))) @ design)
    scores = pd.DataFrame(design * (y - p)[:, None]).groupby(plans["region"]).sum().to_numpy()
    covariance = 6 / 5 * 399 / 397 * bread @ scores.T @ scores @ bread
    np.testing.assert_allclose(table["std_error"], np.sqrt(np.diag(covariance)), rtol=1e-6)
    assert table.attrs["clusters"] == 6
    assert "6 clusters" in table.attrs["notes"][0]
    assert table.attrs["errors"] == "clustered by region"


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
    """Expand plans to plan-periods one by one: censored plans count in the periods they were seen through."""
    rows = []
    for plan in plans.to_dict("records"):
        sold = plan["first_sales_on"] is not pd.NaT and plan["first_sales_on"] <= AS_OF
        end = plan["first_sales_on"] if sold else AS_OF
        days = (end - plan["certified_on"]).days
        for p in range(days // period + 1):
            if sold and days < (p + 1) * period:
                rows.append({**plan, "period": p, "y": 1.0})
            elif days >= (p + 1) * period:
                rows.append({**plan, "period": p, "y": 0.0})
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
    assert table.attrs["errors"] == "clustered by plan"


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
    pd.testing.assert_frame_equal(table, expected, rtol=1e-7, atol=1e-9)
    assert table.attrs["left_out"] == expected.attrs["left_out"]


def test_rows_without_a_covariate_are_left_out_and_told() -> None:
    plans = simulated()
    plans["members"] = plans["members"].astype(float).mask(plans.index < 7)
    plans["area"] = plans["area"].mask(plans.index < 9)
    table = commercialization_model(plans, ["members", "area"], as_of=AS_OF)
    assert table.attrs["left_out"] == {"without members": 7, "without area": 2}
    assert table.attrs["plans"] == 391


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
