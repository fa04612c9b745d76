"""Adjusted comparisons: statsmodels, linearmodels, published quantile regressions, and known true effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import linprog
from statsmodels.stats.multitest import multipletests

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics import adjusted
from shinrenkei.metrics._firms.design import inverse_of_gram
from shinrenkei.metrics._firms.regression import frisch_newton
from shinrenkei.metrics.bootstrap import bootstrap_change
from shinrenkei.metrics.productivity import productivity_change
from tests.metrics.engines import ENGINES

adjusted_change: Any = adjusted.adjusted_change
TYPES = ["university", "intermediary", "other"]
EFFECTS = np.array([500.0, 0.0, -300.0])
INDUSTRY = {"food": 0.0, "metal": 900.0, "software": -400.0, "textiles": 200.0}


def firms(n: int = 400, seed: int = 0, noise: float = 600.0) -> Any:
    """Return a panel whose types go with industry and size, so that raw differences mislead."""
    rng = np.random.default_rng(seed)
    industry = rng.choice(list(INDUSTRY), n, p=[0.4, 0.3, 0.2, 0.1])
    persons = np.rint(rng.lognormal(3, 0.8, n)) + 1
    lift = np.where(industry == "metal", 0.3, 0.0) + 0.05 * np.log(persons)
    held = rng.random((n, 3)) < np.array([0.3, 0.25, 0.2]) + lift[:, None] * [1, 0.3, 0]
    change = 100 + held @ EFFECTS + pd.Series(industry).map(INDUSTRY) + 80 * np.log(persons)
    change = change.to_numpy() + rng.normal(0, noise, n) * np.where(held[:, 0], 1.6, 0.7)
    before = 6000.0 + rng.normal(0, 300, n)
    chosen = [";".join(np.array(TYPES)[row]) for row in held]
    parts = [
        pd.DataFrame(
            {
                "firm_id": np.arange(n),
                "year": year,
                "employees": persons,
                "value_added_yen": level * persons * 1000,
                "partner_type": chosen,
                "industry": industry,
                "town": [f"town {i % 45}" for i in range(n)],
                "founded": 1950 + np.arange(n) % 60,
            }
        )
        for year, level in ((2013, before), (2018, before + change))
    ]
    return pd.concat(parts, ignore_index=True)


def matrix(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return outcome and regressors for other packages, made by pandas."""
    start, end = (table[table["year"] == year].set_index("firm_id") for year in (2013, 2018))
    change = (
        end["value_added_yen"] / end["employees"] - start["value_added_yen"] / start["employees"]
    ) / 1000
    x = end["partner_type"].str.get_dummies(";")[TYPES].astype(float)
    x = x.assign(constant=1.0, log_employees=np.log(start["employees"]))
    dummies = pd.get_dummies(start["industry"], dtype=float).drop(columns="food")
    return change, x.join(dummies)


def test_raw_differences_are_regressions_on_one_type() -> None:
    y, x = matrix(firms())
    table = adjusted_change(firms()).set_index("partner_type")
    clustered = adjusted_change(firms(), cluster="town").set_index("partner_type")
    towns = firms().query("year == 2013")["town"].to_numpy()
    for label in TYPES:
        alone = sm.add_constant(x[label])
        plain = sm.OLS(y, alone).fit(cov_type="HC3", use_t=True).conf_int().loc[label]
        assert table.loc[label, "raw"] == pytest.approx(y[x[label] == 1].mean() - y[x[label] == 0].mean())
        assert table.loc[label, ["raw_lower", "raw_upper"]].tolist() == pytest.approx(plain.tolist())
        grouped = sm.OLS(y, alone).fit(cov_type="cluster", cov_kwds={"groups": towns}, use_t=True)
        found = clustered.loc[label, ["raw_lower", "raw_upper"]].tolist()
        assert found == pytest.approx(grouped.conf_int().loc[label].tolist())


def test_difference_from_a_base_is_the_difference_of_two_effects() -> None:
    y, x = matrix(firms())
    reference = sm.OLS(y, x).fit(cov_type="HC3", use_t=True)
    table = adjusted_change(firms(), base="other")
    assert table["against"].tolist() == ["without it"] * 3 + ["other"] * 2
    row = table[(table["against"] == "other") & (table["partner_type"] == "university")].iloc[0]
    test = reference.t_test("university - other = 0")
    assert row["effect"] == pytest.approx(test.effect[0])
    assert row["se"] == pytest.approx(test.sd.item())
    means = productivity_change(firms()).set_index("partner_type")["mean"]
    assert row["raw"] == pytest.approx(means["university"] - means["other"])


def test_raw_difference_from_a_base_counts_the_firms_that_have_both() -> None:
    # a bootstrap of firms, which keeps each firm's types together, is the reference for the error
    y, x = matrix(firms(300))
    rng = np.random.default_rng(0)
    draws = []
    for rows in rng.integers(0, 300, (4000, 300)):
        values, held = y.to_numpy()[rows], x.to_numpy()[rows]
        draws.append(values[held[:, 0] == 1].mean() - values[held[:, 1] == 1].mean())
    table = adjusted_change(firms(300), base="intermediary")
    row = table[(table["against"] == "intermediary") & (table["partner_type"] == "university")].iloc[0]
    assert (row["raw_upper"] - row["raw_lower"]) / (2 * 1.968) == pytest.approx(np.std(draws), rel=0.05)


@pytest.mark.parametrize("cluster", [None, "town"])
def test_raw_differences_of_medians_are_those_of_the_medians_themselves(cluster: str | None) -> None:
    y, x = matrix(firms())
    table = adjusted_change(firms(), model="median", cluster=cluster, base="other")
    with_base = table[table["against"] == "other"].set_index("partner_type")
    alone = bootstrap_change(firms(), statistic="median", base="other", cluster=cluster).set_index(
        "partner_type"
    )
    for label, row in with_base.iterrows():
        expected = alone.loc[label, ["estimate", "lower", "upper"]].tolist()
        assert row[["raw", "raw_lower", "raw_upper"]].tolist() == pytest.approx(expected)
    row = table[table["against"] == "without it"].set_index("partner_type").loc["university"]
    one, two = (y[x["university"] == held] for held in (1, 0))
    assert row["raw"] == pytest.approx(one.median() - two.median())
    if cluster is None:  # no firm is in both: the normal law with densities by another estimate is near
        densities = [stats.gaussian_kde(side)(side.median())[0] for side in (one, two)]
        error = np.sqrt(
            sum(1 / (4 * len(side) * f**2) for side, f in zip((one, two), densities, strict=True))
        )
        assert row["raw_upper"] - row["raw_lower"] == pytest.approx(2 * 1.96 * error, rel=0.3)


@pytest.mark.parametrize("model", ["mean", "median"])
def test_too_few_firms_for_an_interval_of_a_median_have_none_of_its_raw_difference_and_say_so(
    model: str,
) -> None:
    table = firms()
    few = table["firm_id"].isin(table["firm_id"].unique()[:5])
    table.loc[few, "partner_type"] = "overseas_firm"
    row = adjusted_change(table, model=model).set_index("partner_type").loc["overseas_firm"]
    assert np.isfinite(row["lower"])
    assert np.isnan(row["raw_lower"]) == (model == "median")
    assert row["note"] == "small group (n < 30)" + (
        "; no interval of the raw difference" if model == "median" else ""
    )


def test_true_effects_are_recovered_where_raw_differences_mislead() -> None:
    table = adjusted_change(firms(20_000)).set_index("partner_type").loc[TYPES]
    assert (abs(table["effect"] - EFFECTS) < 4 * table["se"]).all()
    assert table.loc["university", "raw_lower"] > 550  # most of 500 true, and what industry and size add


@pytest.mark.parametrize("seed", range(30))
def test_median_regression_finds_the_least_absolute_residuals(seed: int) -> None:
    # whole numbers and few distinct rows: many firms are fitted exactly, and several solutions are as good
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(20, 120)), int(rng.integers(2, 6))
    x = np.column_stack([np.ones(n), rng.random((n, k - 1)) < 0.4]).astype(float)
    y = np.round(x @ rng.normal(size=k) * 3 + rng.standard_t(2, n), 0 if seed % 2 else 9)
    eye = np.eye(n)
    least = linprog(
        np.r_[np.zeros(k), np.ones(2 * n)],
        A_eq=np.hstack([x, eye, -eye]),
        b_eq=y,
        bounds=[(None, None)] * k + [(0, None)] * (2 * n),
    ).fun
    assert np.abs(y - x @ frisch_newton(x, y)).sum() <= least * (1 + 1e-7)


def test_adjusted_medians_are_those_of_statsmodels() -> None:
    y, x = matrix(firms())
    reference = sm.QuantReg(y, x).fit(0.5, max_iter=10_000)
    table = adjusted_change(firms(), model="median").set_index("partner_type").loc[TYPES]
    # several medians fit equally well here (their sums of absolute residuals agree to 1e-8): not the same one
    np.testing.assert_allclose(table["effect"], reference.params[TYPES], atol=0.1 * table["se"].min())
    raw = [y[x[label] == 1].median() - y[x[label] == 0].median() for label in TYPES]
    np.testing.assert_allclose(table["raw"], raw, rtol=1e-9)


def test_errors_of_adjusted_medians_are_those_of_a_bootstrap() -> None:
    y, x = (part.to_numpy() for part in matrix(firms(600)))
    rng = np.random.default_rng(0)
    draws = np.array([frisch_newton(x[rows], y[rows])[:3] for rows in rng.integers(0, 600, (300, 600))])
    table = adjusted_change(firms(600), model="median").set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(table["se"], draws.std(axis=0), rtol=0.15)
    grouped = adjusted_change(firms(600), model="median", cluster="town").set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(grouped["se"], table["se"], rtol=0.25)  # towns mean nothing here


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_table(engine: str) -> None:
    shuffled = firms(200).sample(frac=1, random_state=2)
    controls = ["industry", "log_employees", "age"]
    expected = adjusted_change(firms(200), controls=controls, cluster="town", base="other")
    table = adjusted_change(ENGINES[engine](shuffled), controls=controls, cluster="town", base="other")
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9, atol=1e-9)
    assert table.attrs == expected.attrs


@pytest.mark.parametrize("method", ["bonferroni", "holm", "fdr_bh"])
def test_p_values_are_adjusted_by_the_named_method(method: str) -> None:
    table = adjusted_change(firms(), adjust=method)
    np.testing.assert_allclose(table["p_adjusted"], multipletests(table["p_value"], method=method)[1])
    assert table.attrs["adjustment"] == method


def test_holm_is_the_hand_computed_one() -> None:
    # Holm (1979): three p-values in order times 3, 2, 1, never falling, at most 1
    table = adjusted_change(firms(), adjust="holm")
    p = np.sort(table["p_value"].to_numpy())
    expected = np.maximum.accumulate(np.minimum(1, p * [3, 2, 1]))
    np.testing.assert_allclose(np.sort(table["p_adjusted"].to_numpy()), expected)


def test_age_and_categories_of_numbers_can_be_controls() -> None:
    y, x = matrix(firms())
    start = firms().query("year == 2013").set_index("firm_id")
    x = x.drop(columns=["log_employees", "metal", "software", "textiles"]).assign(age=2013 - start["founded"])
    reference = sm.OLS(y, x).fit(cov_type="HC3")
    table = adjusted_change(firms(), controls=["age"]).set_index("partner_type").loc[TYPES]
    np.testing.assert_allclose(table["effect"], reference.params[TYPES], rtol=1e-9)
    decades = firms().assign(decade=lambda rows: rows["founded"] // 10 * 10)
    numbers = adjusted_change(decades, controls=["C(decade)"])
    texts = adjusted_change(decades.assign(decade=decades["decade"].astype(str)), controls=["decade"])
    pd.testing.assert_frame_equal(numbers, texts, rtol=1e-9)
    assert numbers.attrs["columns"] == 1 + 3 + 5


def test_a_firm_alone_in_its_category_adds_nothing() -> None:
    table = firms()
    table["industry"] = np.where(table["firm_id"] == 7, "alone", table["industry"])
    without = adjusted_change(table[table["firm_id"] != 7]).set_index("partner_type")
    found = adjusted_change(table).set_index("partner_type")
    np.testing.assert_allclose(found["effect"], without["effect"], rtol=1e-9)
    np.testing.assert_allclose(found["se"], without["se"], rtol=1e-9)


def test_firms_with_one_type_each_need_a_base() -> None:
    table = firms()
    table["partner_type"] = np.array(TYPES)[table["firm_id"] % 3]
    with pytest.raises(
        InputError, match=r"Every firm has exactly one partner_type.*name a base, one of inter"
    ):
        adjusted_change(table)
    found = adjusted_change(table, base="other")
    assert found["against"].tolist() == ["other", "other"]
    y, x = matrix(table)
    reference = sm.OLS(y, x.drop(columns="other")).fit(cov_type="HC3")
    np.testing.assert_allclose(
        found.set_index("partner_type")["effect"], reference.params[found["partner_type"]], rtol=1e-9
    )


def test_firms_without_an_answer_or_a_control_are_counted() -> None:
    table = firms()
    table.loc[table["firm_id"] == 3, "partner_type"] = None
    table.loc[table["firm_id"] == 4, "industry"] = None
    table.loc[table["firm_id"] == 5, "founded"] = np.nan
    found = adjusted_change(table, controls=["industry", "age"])
    assert found.attrs["firms"] == 397
    assert found.attrs["left_out"] == {
        "industry missing or not defined": 1,
        "age missing or not defined": 1,
        "without an answer": 1,
    }


def test_tiny_types_stay_out_of_the_model_and_say_so() -> None:
    table = firms()
    table.loc[table["firm_id"] < 2, "partner_type"] += ";local_government"
    found = adjusted_change(table, types=[*TYPES, "local_government", "overseas_firm"]).set_index(
        "partner_type"
    )
    assert found.loc["local_government", "note"] == "fewer than 3 firms"
    assert found.loc["overseas_firm", "note"] == "no firms"
    assert np.isnan(found.loc["local_government", "effect"])
    plain = adjusted_change(firms()).set_index("partner_type")
    assert found.loc["other", "effect"] == pytest.approx(plain.loc["other", "effect"])


def test_few_clusters_are_told() -> None:
    found = adjusted_change(firms(), controls=["log_employees"], cluster="industry")
    told = "only 4 clusters: clustered errors tend to be too small below about 40"
    assert found.attrs["notes"] == [f"{told}; errors='bias_reduced' allows for it"]
    assert found.attrs["df"] == 3
    assert found["df"].eq(3).all()
    median = adjusted_change(firms(), controls=["log_employees"], cluster="industry", model="median")
    assert median.attrs["notes"] == [told]


def bell_and_mccaffrey(x: np.ndarray, y: np.ndarray, unit: np.ndarray, contrast: np.ndarray) -> Any:
    """Bell and McCaffrey (2002), sections 3 and 4, with the whole hat matrix: estimate, error, degrees of freedom."""
    inverse = np.linalg.inv(x.T @ x)
    beta, hat = inverse @ x.T @ y, x @ inverse @ x.T
    variance, forms = 0.0, []
    for label in np.unique(unit):
        rows = np.flatnonzero(unit == label)
        values, vectors = np.linalg.eigh(np.eye(rows.size) - hat[np.ix_(rows, rows)])
        freed = vectors @ np.diag(values**-0.5) @ vectors.T @ x[rows] @ inverse @ contrast
        variance += float(freed @ (y - x @ beta)[rows]) ** 2
        forms.append((np.eye(len(x)) - hat)[:, rows] @ freed)
    law = np.array(forms) @ np.array(forms).T
    return contrast @ beta, np.sqrt(variance), np.trace(law) ** 2 / np.trace(law @ law)


@pytest.mark.parametrize("cluster", ["town", "industry", None])
def test_bias_reduced_errors_are_those_of_bell_and_mccaffrey(cluster: Any) -> None:
    table = firms(90)
    y, x = (part.to_numpy() for part in matrix(table))
    start = table[table["year"] == 2013]
    unit = np.arange(90) if cluster is None else start[cluster].to_numpy()
    if cluster == "industry":  # its own columns would be known from one cluster each
        x = x[:, :5]
    controls = ["log_employees", "industry"][: 1 if cluster == "industry" else 2]
    options: Any = {"controls": controls, "cluster": cluster, "errors": "bias_reduced", "base": "other"}
    found = adjusted_change(table, **options).set_index(["partner_type", "against"])
    for (name, against), weights in {
        ("university", "without it"): [1, 0, 0],
        ("other", "without it"): [0, 0, 1],
        ("intermediary", "other"): [0, 1, -1],
    }.items():
        row = found.loc[(name, against)]
        contrast = np.r_[weights, np.zeros(x.shape[1] - 3)]
        assert [row["effect"], row["se"], row["df"]] == pytest.approx(
            bell_and_mccaffrey(x, y, unit, contrast)
        )
        reach = stats.t.ppf(0.975, row["df"]) * row["se"]
        assert [row["lower"], row["upper"]] == pytest.approx([row["effect"] - reach, row["effect"] + reach])
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["t"]), row["df"]))


@pytest.mark.parametrize("cluster", ["town", None])
def test_bias_reduced_raw_differences_are_those_of_the_two_sides_stacked(cluster: Any) -> None:
    table = firms(90)
    y, x = (part.to_numpy() for part in matrix(table))
    unit = np.arange(90) if cluster is None else table.loc[table["year"] == 2013, cluster].to_numpy()
    found = adjusted_change(table, cluster=cluster, errors="bias_reduced", base="other")
    found = found.set_index(["partner_type", "against"])
    held = x[:, :3] == 1
    for key, other in ((("university", "without it"), ~held[:, 0]), (("university", "other"), held[:, 2])):
        rows = np.r_[np.flatnonzero(held[:, 0]), np.flatnonzero(other)]
        first = np.arange(rows.size) < held[:, 0].sum()
        sides = np.column_stack([first, ~first]).astype(float)
        raw, se, df = bell_and_mccaffrey(sides, y[rows], unit[rows], np.array([1.0, -1.0]))
        row, reach = found.loc[key], stats.t.ppf(0.975, df) * se
        assert row["raw"] == pytest.approx(raw)
        assert [row["raw_lower"], row["raw_upper"]] == pytest.approx([raw - reach, raw + reach])


def test_bias_reduced_errors_name_themselves_and_need_no_note_on_few_clusters() -> None:
    found = adjusted_change(firms(), controls=[], cluster="industry", errors="bias_reduced")
    assert found.attrs["errors"] == "clustered by industry (CR2)"
    assert found.attrs["notes"] == []
    assert found["df"].between(1, 3).all()
    assert adjusted_change(firms(), errors="bias_reduced").attrs["errors"] == "HC2"


def test_bias_reduced_errors_of_many_firms_are_the_standard_ones() -> None:
    one, two = (adjusted_change(firms(8000), errors=errors) for errors in ("standard", "bias_reduced"))
    np.testing.assert_allclose(one["se"], two["se"], rtol=2e-3)
    np.testing.assert_allclose(one["upper"] - one["lower"], two["upper"] - two["lower"], rtol=2e-3)


@pytest.mark.parametrize("errors", ["standard", "bias_reduced"])
def test_a_type_in_one_cluster_only_has_no_error_and_says_so(errors: Any) -> None:
    table = firms()
    there = table["town"].eq("town 3")
    table["partner_type"] = np.where(there, "local_government", table["partner_type"])
    found = adjusted_change(table, cluster="town", errors=errors).set_index("partner_type")
    row = found.loc["local_government"]
    assert np.isfinite([row["raw"], row["effect"]]).all()
    assert row[["raw_lower", "raw_upper", "se", "lower", "upper", "p_value", "p_adjusted"]].isna().all()
    assert row["note"] == "in one cluster only: its error is not known"
    others = found.drop(index="local_government")
    assert others[["se", "p_adjusted"]].notna().all(axis=None)
    assert (others["p_adjusted"] >= others["p_value"]).all()


@pytest.mark.parametrize(
    ("change", "options", "match"),
    [
        ({}, {"controls": ["sector"]}, "Unknown control 'sector'"),
        ({}, {"controls": ["log_employes"]}, "Unknown control 'log_employes'; did you mean 'log_employees'"),
        (
            {},
            {"controls": ["log_industry"]},
            "log_industry needs numbers, but column 'industry' holds String",
        ),
        ({}, {"controls": ["industry", "industry"]}, "controls names 'industry' more than once"),
        ({}, {"controls": ["partner_type"]}, "'partner_type' is what the firms are grouped by"),
        ({}, {"model": "ols"}, "Unknown model 'ols'"),
        ({}, {"errors": "HC2"}, "Unknown errors 'HC2'. Known: bias_reduced, standard"),
        ({}, {"errors": "bias_reduced", "model": "median"}, "errors='bias_reduced' is for model='mean' only"),
        ({}, {"adjust": "tukey"}, "Unknown adjust 'tukey'"),
        ({}, {"base": "univercity"}, "Unknown base 'univercity'; did you mean 'university'"),
        ({}, {"cluster": "nation"}, "Unknown column 'nation'"),
        ({"same": 1.0}, {"controls": ["same"]}, "'same' is determined by the other columns"),
        (
            {"copy": "employees"},
            {"controls": ["copy", "employees"]},
            "'employees' is determined by the other",
        ),
        ({"partner_type": "university"}, {}, "No partner_type has 3 firms or more and firms without it"),
        ({"value_added_yen": "flat"}, {}, "The change of productivity is the same for all 400 firms"),
    ],
)
def test_what_cannot_be_estimated_is_refused(change: dict, options: dict, match: str) -> None:
    table = firms()
    for name, value in change.items():
        table[name] = table.get(value, value)
    if change.get("value_added_yen") == "flat":
        table["value_added_yen"] = table["employees"] * 5e6
    with pytest.raises((InputError, UnknownNameError), match=match):
        adjusted_change(table, **options)


def test_more_columns_than_firms_are_refused() -> None:
    with pytest.raises(InputError, match=r"The model has .* columns, but only 12 firms"):
        adjusted_change(firms(12), controls=["town"], min_firms=1)


def test_inverse_of_gram_names_the_dependent_column() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    x = np.column_stack([x, x[:, 0] - 2 * x[:, 2]])
    with pytest.raises(InputError, match="'d' is determined by the other columns"):
        inverse_of_gram(x.T @ x, ["a", "b", "c", "d"])
    np.testing.assert_allclose(
        inverse_of_gram(x[:, :3].T @ x[:, :3], ["a", "b", "c"]),
        np.linalg.inv(x[:, :3].T @ x[:, :3]),
        rtol=1e-10,
    )


def test_one_name_is_a_list_of_one() -> None:
    one = adjusted_change(firms(80), controls="industry", types="university")
    pd.testing.assert_frame_equal(
        one, adjusted_change(firms(80), controls=["industry"], types=["university"])
    )


def test_why_no_firm_is_left_is_told() -> None:
    with pytest.raises(
        InputError, match=r"known of 0 firms only.*\(firms left out: 80 size missing or not defined\)"
    ):
        adjusted_change(firms(80).assign(size=np.nan), controls=["size"])


def test_rounding_is_no_change() -> None:
    table = firms(80)
    table["value_added_yen"] = table["employees"] * 5e6 / 3 * np.where(table["year"] == 2018, 1.1, 1.0)
    with pytest.raises(InputError, match="is the same for all 80 firms"):
        adjusted_change(table)


def test_types_of_skewed_changes_are_told_that_their_intervals_are_doubtful() -> None:
    rng = np.random.default_rng(4)
    held = np.repeat([True, False], [30, 270])
    change = np.where(held, rng.lognormal(sigma=1.3, size=300), rng.normal(size=300)) * 300
    firms = pd.DataFrame({"firm_id": np.tile(np.arange(300), 2), "year": np.repeat([2013, 2018], 300)})
    firms = firms.assign(
        employees=1,
        value_added_yen=1000 * np.append(np.full(300, 60_000.0), 60_000 + change),
        partner_type=np.tile(np.where(held, "university", ""), 2),
    )
    firms.loc[firms["firm_id"] >= 200, "partner_type"] = "other"
    (note,) = adjusted_change(firms, controls=[]).attrs["notes"]
    assert note == (
        "university: changes are so skewed (n < 25 x skewness squared) that the intervals of raw differences and "
        "effects may hold less than they say; model='median' does not suffer"
    )
    assert adjusted_change(firms, controls=[], model="median").attrs["notes"] == []
