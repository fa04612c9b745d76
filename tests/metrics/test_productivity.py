"""Labor productivity change: hand cases, an oracle in plain pandas, every engine, every form of an answer."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from shinrenkei import adjusted_change, bootstrap_change
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics import productivity
from shinrenkei.metrics._firms.skewness import for_skew, moments
from shinrenkei.metrics._firms.summary import median_ranks, weighted_error
from shinrenkei.metrics.productivity import PanelColumns
from tests.metrics.engines import ENGINES
from tests.metrics.skewness import skewness_of

# cells of a table may be of any type to the checker; what they are is what is tested
attrition: Any = productivity.attrition
productivity_change: Any = productivity.productivity_change
TYPES = ["university", "intermediary", "other", "local_government"]


def panel(n: int = 200, seed: int = 0, years: tuple[int, ...] = (2013, 2018)) -> Any:
    """Return a firm panel in the order of its firms, with one to three types a firm."""
    rng = np.random.default_rng(seed)
    chosen = [";".join(rng.choice(TYPES, rng.integers(1, 4), replace=False)) for _ in range(n)]
    parts = [
        pd.DataFrame(
            {
                "firm_id": np.arange(n) * 7 + 3,
                "year": year,
                "employees": (persons := rng.integers(1, 300, n)),
                "value_added_yen": np.rint(rng.lognormal(15.4, 0.4, n)) * persons,
                "partner_type": chosen,
                "weight": rng.uniform(0.5, 3, n),
            }
        )
        for year in years
    ]
    return pd.concat(parts).sort_values(["firm_id", "year"], ignore_index=True)


def oracle(firms: pd.DataFrame, start: int = 2013, end: int = 2018) -> Any:
    """Return the idiomatic pandas way: pivot, split, explode, group."""
    firms = firms.assign(level=firms["value_added_yen"] / firms["employees"] / 1000)
    wide = firms.pivot_table(index="firm_id", columns="year", values="level")
    last = firms[firms["year"] == end].set_index("firm_id")["partner_type"]
    long = pd.DataFrame({"change": wide[end] - wide[start], "type": last.str.split(";")}).explode("type")
    return long.dropna().groupby("type")["change"].agg(["size", "mean", "median", "std", list])


def test_a_firm_counts_in_each_of_its_types_as_in_plain_pandas() -> None:
    firms = panel()
    table = productivity_change(firms).set_index("partner_type")
    expected = oracle(firms).loc[table.index]
    assert table["n"].tolist() == expected["size"].tolist()
    for ours, theirs in (("mean", "mean"), ("median", "median"), ("sd", "std")):
        np.testing.assert_allclose(table[ours], expected[theirs], rtol=1e-12)
    for label, values in expected["list"].items():
        row = table.loc[str(label)]
        assert row["trimmed_mean"] == pytest.approx(stats.trim_mean(values, 0.1), rel=1e-12)
        assert row["share_rose"] == pytest.approx(np.mean(np.array(values) > 0))
        interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert [row["mean_lower"], row["mean_upper"]] == pytest.approx([interval.low, interval.high])
        # scipy's own exact interval for a quantile (Conover 1999) is the outer one of the two interpolated
        exact = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
        assert exact.low <= row["median_lower"] <= row["median"] <= row["median_upper"] <= exact.high


def test_hand_case_in_thousand_yen_a_person() -> None:
    firms = pd.DataFrame(
        {
            "firm_id": ["x", "x", "y", "y", "z", "z"],
            "year": [2013, 2018] * 3,
            "employees": [10, 20, 5, 5, 1, 1],
            # a person: x 5,000 -> 6,000; y 4,000 -> 3,500; z 7,000 -> 7,300 thousand yen
            "value_added_yen": [50e6, 120e6, 20e6, 17.5e6, 7e6, 7.3e6],
            "partner_type": ["university;other"] * 2 + ["university"] * 2 + ["university"] * 2,
        }
    )
    table = productivity_change(firms, min_firms=1).set_index("partner_type")
    # university: 1000, -500, 300: mean 800/3, median 300, two of three rose
    assert table.loc["university", "mean"] == pytest.approx(800 / 3)
    assert table.loc["university", "median"] == 300
    assert table.loc["university", "share_rose"] == pytest.approx(2 / 3)
    assert table.loc["other", "mean"] == 1000
    assert table.loc["other", "note"] == "small group (n < 30); one firm: no interval"
    assert table.attrs["unit"] == "thousand yen a person"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ids", ["int", "text", "long text"])
def test_every_engine_gives_the_same_table(engine: str, ids: str) -> None:
    firms = panel(400, years=(2012, 2013, 2018)).sample(frac=1, random_state=1)
    if ids != "int":
        end = "" if ids == "text" else "-a long name that does not fit into a key"
        firms["firm_id"] = "F" + firms["firm_id"].astype(str) + end
    expected = productivity_change(firms, weights=None)
    table = productivity_change(ENGINES[engine](firms))
    pd.testing.assert_frame_equal(table, expected, check_exact=False, rtol=1e-12, atol=1e-9)
    assert table.attrs == expected.attrs
    np.testing.assert_allclose(
        expected.set_index("partner_type")["mean"].sort_index(), oracle(firms)["mean"].sort_index()
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_deflator_and_missing_values_are_the_same_in_every_engine(engine: str) -> None:
    firms = panel(300)
    firms["index"] = np.where(firms["year"] == 2013, 100.0, 104.0)
    firms["employees"] = firms["employees"].astype("Int64")
    firms.loc[[3, 4], "employees"] = pd.NA
    firms.loc[7, "value_added_yen"] = np.nan
    firms.loc[11, "employees"] = 0
    firms.loc[21, "partner_type"] = None
    expected = productivity_change(firms, weights="weight", deflator="index")
    table = productivity_change(ENGINES[engine](firms), weights="weight", deflator="index")
    pd.testing.assert_frame_equal(table, expected, rtol=1e-12, atol=1e-9)
    assert table.attrs == expected.attrs
    assert table.attrs["left_out"]["missing value added or persons"] == 3
    assert table.attrs["left_out"]["persons not above zero"] == 1
    assert table.attrs["without_answer"] == 1


@pytest.mark.parametrize("form", ["list", "categorical", "flags", "prefixed flags", "array in text"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_form_of_an_answer_gives_the_same_table(engine: str, form: str) -> None:
    firms = panel(150)
    expected = productivity_change(firms, types=TYPES)
    by: str | list[str] = "partner_type"
    flags = firms["partner_type"].str.get_dummies(";").astype(bool)
    if form == "list":
        if engine == "dask":
            pytest.skip("Dask keeps lists as text")
        firms["partner_type"] = firms["partner_type"].str.split(";")
    elif form == "categorical":
        firms["partner_type"] = firms["partner_type"].astype("category")
    elif form == "flags":
        firms, by = firms.drop(columns="partner_type").join(flags), list(flags.columns)
    elif form == "prefixed flags":
        firms = firms.drop(columns="partner_type").join(flags.add_prefix("partner_type_"))
    else:
        firms["partner_type"] = firms["partner_type"].str.replace(";", " ; ")
    table = productivity_change(ENGINES[engine](firms), by=by, types=TYPES)
    pd.testing.assert_frame_equal(table, expected, rtol=1e-12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(
        st.floats(-4.8e3, 9e4).map(lambda x: round(x, 3)) | st.sampled_from([0.0, 1.0, -2.5]),
        min_size=1,
        max_size=80,
    ),
    trim=st.sampled_from([0.0, 0.1, 0.25, 0.49]),
)
def test_order_statistics_are_exact_whatever_the_values(changes: list[float], trim: float) -> None:
    n = len(changes)
    firms = pd.DataFrame(
        {
            "firm_id": np.repeat(np.arange(n), 2),
            "year": np.tile([2013, 2018], n),
            "employees": 1,
            "value_added_yen": np.ravel([[5e6, 5e6 + 1000 * one] for one in changes]),
        }
    )
    row = productivity_change(firms, by=None, min_firms=1, trimmed_mean=trim).iloc[0]
    found = (firms["value_added_yen"][1::2].to_numpy() / 1000) - 5000.0
    assert row["median"] == pytest.approx(np.median(found), rel=1e-12, abs=1e-9)
    assert row["mean"] == pytest.approx(found.mean(), rel=1e-9, abs=1e-6)
    assert row["trimmed_mean"] == pytest.approx(stats.trim_mean(found, trim), rel=1e-9, abs=1e-6)
    ranks = median_ranks(n, 0.95)
    if ranks.outer:
        ordered = np.sort(found)
        d, w = ranks.outer, ranks.weight
        assert row["median_lower"] == pytest.approx(w * ordered[d - 1] + (1 - w) * ordered[d], abs=1e-9)
        assert row["median_upper"] == pytest.approx(
            w * ordered[n - d] + (1 - w) * ordered[n - d - 1], abs=1e-9
        )
    else:
        assert "too few firms" in row["note"] or "no interval" in row["note"]


@pytest.mark.parametrize("n", [10, 15, 30, 51])
def test_median_interval_covers_at_its_level_for_the_double_exponential(n: int) -> None:
    # Hettmansperger and Sheather (1986) derive the interpolation from this law
    rng = np.random.default_rng(n)
    draws = np.sort(rng.laplace(size=(200_000, n)), axis=1)
    ranks = median_ranks(n, 0.95)
    d, w = ranks.outer, ranks.weight
    lower = w * draws[:, d - 1] + (1 - w) * draws[:, d]
    upper = w * draws[:, n - d] + (1 - w) * draws[:, n - d - 1]
    assert np.mean((lower < 0) & (upper > 0)) == pytest.approx(0.95, abs=0.002)


def test_too_few_firms_for_the_median_say_so() -> None:
    assert median_ranks(5, 0.95).outer == 0  # 1 - 2/2**5 = 0.9375
    table = productivity_change(panel(5), by=None)
    assert np.isnan(table.loc[0, "median_lower"])
    assert "too few firms for an interval of the median" in table.loc[0, "note"]


def test_equal_weights_change_nothing_but_the_interval_of_the_median() -> None:
    firms = panel(120).assign(weight=2.5)
    plain = productivity_change(firms, trimmed_mean=0.0)
    weighted = productivity_change(firms, weights="weight", trimmed_mean=0.0)
    same = ["n", "mean", "mean_lower", "mean_upper", "median", "trimmed_mean", "sd", "share_rose"]
    pd.testing.assert_frame_equal(weighted[same], plain[same], rtol=1e-10)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=40), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_weighted_error_and_its_degrees_of_freedom_are_those_of_the_whole_matrices(
    weights: list[float], seed: int
) -> None:
    # Bell and McCaffrey (2002): the law of a quadratic form in normal residuals, by its matrix; HC2 by statsmodels
    n, shares = len(weights), np.array(weights) / sum(weights)
    values = np.random.default_rng(seed).normal(size=n)
    error, df = weighted_error(shares, values - shares @ values)
    fit = sm.WLS(values, np.ones(n), weights=shares).fit(cov_type="HC2", use_t=True)
    assert error == pytest.approx(float(fit.bse[0]), rel=1e-8)
    residuals = np.eye(n) - np.outer(np.ones(n), shares)
    form = np.diag(shares**2 / (1 - shares)) @ residuals @ residuals.T
    assert df == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form), rel=1e-7)
    assert 1 <= df <= n - 1


def test_a_firm_with_all_the_weight_leaves_one_degree_of_freedom() -> None:
    shares = np.array([1 - 2e-17, 1e-17, 1e-17])
    error, df = weighted_error(shares, np.array([0.0, 1.0, 2.0]))
    assert df == 1
    assert 0 <= error < 1e-6


def test_interval_of_a_weighted_mean_holds_its_level() -> None:
    # three quarters of the firms come from one half, and the weights undo it; without the correction 92.9 to 93.4 %
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(4000):
        high = rng.random(30) < 0.75
        shares = np.where(high, 1 / 3, 1.0)
        shares /= shares.sum()
        values = rng.normal(high, 1.0)
        error, df = weighted_error(shares, values - shares @ values)
        inside += abs(shares @ values - 0.5) <= stats.t.ppf(0.975, df) * error
    assert 0.942 <= inside / 4000 <= 0.958


def of_level(row: Any) -> list[float]:
    return [row["mean_lower"], row["mean_upper"]]


def halls_ends(mean: float, error: float, t: float, skewness: float) -> list[float]:
    """Return where Hall's transformed statistic is t and -t, found by search."""

    def beyond(end: float, x: float) -> float:
        ratio = (mean - end) / error
        return ratio + skewness * ratio**2 / 3 + skewness**2 * ratio**3 / 27 + skewness / 6 - x

    reach = 100 * t * error
    return [optimize.brentq(beyond, mean - reach, mean + reach, args=(x,)) for x in (t, -t)]


@pytest.mark.parametrize("n", [10, 13, 30, 101])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("side", [1, -1])
def test_mean_of_skewed_changes_reaches_as_far_as_halls_transformation(
    n: int, confidence: float, side: int
) -> None:
    changes = side * 100 * np.random.default_rng(n).lognormal(sigma=1.4, size=n)
    options = {"confidence": confidence}
    row, plain = (
        productivity_change(with_changes(changes), **options, **more).iloc[0]
        for more in ({}, {"interval": "student"})
    )
    t, error = stats.t.ppf((1 + confidence) / 2, n - 1), stats.sem(changes)
    assert n <= 25 * stats.skew(changes, bias=False) ** 2
    halls = halls_ends(changes.mean(), error, t, skewness_of(changes) / np.sqrt(n))
    students = [changes.mean() - t * error, changes.mean() + t * error]
    assert of_level(plain) == pytest.approx(students)
    assert of_level(row) == pytest.approx([min(halls[0], students[0]), max(halls[1], students[1])])
    short, long = ("mean_lower", "mean_upper")[::side]
    assert row[short] == plain[short]  # the end on the side of the short tail stays
    assert side * row[long] > side * plain[long]
    same = [name for name in row.index if name not in ("mean_lower", "mean_upper")]
    pd.testing.assert_series_equal(row[same], plain[same])


@pytest.mark.parametrize("balanced", [True, False])
def test_fewer_than_ten_firms_tell_nothing_of_skewness_and_keep_students_interval(balanced: bool) -> None:
    changes = 100 * np.array([1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0, 90.0])
    firms = with_changes(changes)
    table = productivity_change(firms, balanced=balanced)
    plain = productivity_change(firms, balanced=balanced, interval="student")
    pd.testing.assert_frame_equal(table, plain, check_flags=False)
    assert table.attrs["interval"] == "skew"
    more = productivity_change(with_changes(np.append(changes, 300.0)))
    assert "reaches further" in " ".join(more.attrs["notes"])


@pytest.mark.parametrize("n", [2, 3, 12, 30, 101])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_mean_of_other_changes_has_scipys_t_interval(n: int, confidence: float) -> None:
    changes = 300 * stats.norm.ppf((np.arange(n) + 0.5) / n) + np.linspace(0, 1, n) ** 2
    assert n < 10 or n > 25 * stats.skew(changes, bias=False) ** 2
    table = productivity_change(with_changes(changes), min_firms=1, confidence=confidence)
    interval = stats.ttest_1samp(changes, 0).confidence_interval(confidence)
    assert of_level(table.iloc[0]) == pytest.approx([interval.low, interval.high])
    assert table.attrs["notes"] == []
    assert table.attrs["interval"] == "skew"


def test_the_default_is_for_skewed_changes_but_with_weights_students() -> None:
    changes = 100 * np.random.default_rng(5).lognormal(sigma=1.4, size=40)
    firms = with_changes(changes).assign(weight=3.0)
    plain, skew = (productivity_change(firms, interval=kind) for kind in (None, "skew"))
    pd.testing.assert_frame_equal(plain, skew)
    weighted = productivity_change(firms, weights="weight")
    assert (skew.attrs["interval"], weighted.attrs["interval"]) == ("skew", "student")
    students = productivity_change(firms, interval="student").iloc[0]
    assert of_level(weighted.iloc[0]) == pytest.approx(of_level(students))
    assert students["mean_upper"] < skew["mean_upper"].iloc[0]


FEW = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=40)


def skew_and_student(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the interval for skewed values, and Student's."""
    mean, error, skewness = moments(values)
    t = float(stats.t.ppf((1 + confidence) / 2, values.size - 1))
    student = np.array([mean - t * error, mean + t * error])
    return np.array(for_skew(mean, error, t, skewness)), student


@given(FEW, st.sampled_from([0.5, 0.95, 0.999]))
def test_no_interval_is_narrower_for_skewed_values(values: list[float], confidence: float) -> None:
    skew, student = skew_and_student(np.array(values), confidence)
    assert skew[0] <= student[0] <= student[1] <= skew[1]
    assert np.isfinite(skew).all()
    assert (skew == student).any()


@given(FEW, st.floats(0.01, 100), st.floats(-1e5, 1e5))
def test_interval_for_skewed_values_moves_with_them(values: list[float], scale: float, shift: float) -> None:
    array = np.array(values)
    skewness = abs(stats.skew(array, bias=array.size < 10)) if np.ptp(array) > 0.01 else 0.0
    assume(abs(array.size - 25 * skewness**2) > 1e-3)  # rounding may decide at the edge
    skew, _ = skew_and_student(array, 0.95)
    slack = 1e-6 * (scale * (np.ptp(array) + 1) + abs(shift))
    moved, _ = skew_and_student(scale * array + shift, 0.95)
    np.testing.assert_allclose(moved, scale * skew + shift, atol=slack)
    mirrored, _ = skew_and_student(-scale * array - shift, 0.95)
    np.testing.assert_allclose(mirrored, -(scale * skew + shift)[::-1], atol=slack)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e7 / 3])
@pytest.mark.parametrize("n", [2, 3, 10, 30])
def test_equal_changes_are_not_skewed_by_rounding(value: float, n: int) -> None:
    mean, error, skewness = moments(np.full(n, value))
    assert skewness == 0
    assert mean == pytest.approx(value)
    assert error == pytest.approx(0, abs=1e-12 * value)


@pytest.mark.parametrize("changes", [[5.0, 5.0, 5.0], [1.0, 4.0], [0.0, 0.0, 9.0], [-9.0, 0.0, 0.0, 0.0]])
def test_the_fewest_changes_have_an_interval(changes: list[float]) -> None:
    for balanced in (True, False):
        row = productivity_change(with_changes(np.array(changes)), balanced=balanced, min_firms=1).iloc[0]
        assert np.isfinite(row[["mean_lower", "mean_upper"]].astype(float)).all()
        assert row["mean_lower"] <= row["mean"] <= row["mean_upper"]
    alone = productivity_change(with_changes(np.array([3.0])), min_firms=1).iloc[0]
    assert np.isnan(of_level(alone)).all()
    assert alone["note"] == "small group (n < 30); one firm: no interval"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("balanced", [True, False])
def test_intervals_for_skewed_changes_are_the_same_in_every_engine(engine: str, balanced: bool) -> None:
    options = {"interval": "skew", "balanced": balanced}
    firms = panel(60)
    firms.loc[firms["year"] == 2018, "value_added_yen"] *= np.random.default_rng(2).lognormal(0, 1.2, 60)
    expected = productivity_change(firms, **options)
    plain = productivity_change(firms, interval="student", balanced=balanced)
    assert (expected["mean_upper"] > plain["mean_upper"] + 1).any()
    table = productivity_change(ENGINES[engine](firms), **options)
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9)
    assert table.attrs["interval"] == "skew"
    assert table.attrs["notes"] == expected.attrs["notes"]


def test_a_firm_of_weight_two_counts_as_two_firms() -> None:
    firms = panel(40)
    again = firms[firms["firm_id"] < 60].assign(firm_id=lambda table: -table["firm_id"])
    twice = productivity_change(pd.concat([firms, again]), by=None)
    firms["weight"] = np.where(firms["firm_id"] < 60, 2.0, 1.0)
    once = productivity_change(firms, by=None, weights="weight")
    for name in ("mean", "median", "share_rose"):
        assert once.loc[0, name] == pytest.approx(twice.loc[0, name])


def test_log_method_gives_log_points() -> None:
    firms = panel(50)
    table = productivity_change(firms, by=None, method="log")
    level = firms["value_added_yen"] / firms["employees"]
    expected = np.log(level[1::2].to_numpy() / level[::2].to_numpy())
    assert table.loc[0, "mean"] == pytest.approx(expected.mean())
    assert table.attrs["unit"] == "log points"


def test_firms_without_a_logarithm_are_counted() -> None:
    firms = panel(50)
    firms.loc[0, "value_added_yen"] = -5e6
    table = productivity_change(firms, by=None, method="log")
    assert table.loc[0, "n"] == 49
    assert table.attrs["left_out"] == {"productivity not above zero, no logarithm": 1}


def test_deflator_puts_both_years_into_the_prices_of_the_base() -> None:
    firms = panel(50)
    real = firms.assign(value_added_yen=firms["value_added_yen"] / np.where(firms["year"] == 2018, 1.1, 0.9))
    expected = productivity_change(real, by=None)
    table = productivity_change(firms, by=None, deflator={2013: 90.0, 2018: 110.0})
    pd.testing.assert_frame_equal(table, expected)


def test_winsorizing_and_trimming_are_named_in_the_table() -> None:
    firms = panel(100)
    firms.loc[1, "value_added_yen"] *= 30
    plain = productivity_change(firms, by=None)
    drawn_in = productivity_change(firms, by=None, winsorize=0.05)
    cut = productivity_change(firms, by=None, trim=0.05)
    assert drawn_in.loc[0, "treatment"] == "winsorized at 0.05 of all firms"
    assert cut.loc[0, "treatment"] == "trimmed at 0.05 of all firms"
    assert (drawn_in.loc[0, "n"], cut.loc[0, "n"]) == (100, 90)
    assert cut.attrs["left_out"] == {"change beyond the trimmed share": 10}
    assert abs(drawn_in.loc[0, "mean"]) < abs(plain.loc[0, "mean"]) / 2
    assert drawn_in.loc[0, "median"] == plain.loc[0, "median"]
    level = firms["value_added_yen"] / firms["employees"] / 1000
    change = level[1::2].to_numpy() - level[::2].to_numpy()
    low, high = np.quantile(change, [0.05, 0.95])
    assert drawn_in.loc[0, "mean"] == pytest.approx(change.clip(low, high).mean())


def test_unbalanced_comparison_is_the_difference_of_the_years() -> None:
    firms = panel(200)
    firms = firms.drop(index=firms.index[[0, 3, 10, 101]])
    table = productivity_change(firms, by=None, balanced=False)
    level = firms["value_added_yen"] / firms["employees"] / 1000
    after, before = level[firms["year"] == 2018], level[firms["year"] == 2013]
    assert table.loc[0, ["n_start", "n_end"]].tolist() == [len(before), len(after)]
    assert table.loc[0, "mean"] == pytest.approx(after.mean() - before.mean())
    assert table.loc[0, "median"] == pytest.approx(after.median() - before.median())
    welch = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    assert of_level(table.loc[0]) == pytest.approx([*welch])
    assert np.isnan(table.loc[0, "share_rose"])


def test_unbalanced_medians_have_the_interval_that_the_law_of_the_levels_calls_for() -> None:
    """A median of n normal values has the variance pi / 2n of theirs, if there are many."""
    levels = {
        year: centre + spread * stats.norm.ppf((np.arange(n) + 0.5) / n)
        for year, centre, spread, n in ((2013, 5000, 300, 5000), (2018, 5600, 200, 3000))
    }
    firms = pd.concat(
        pd.DataFrame(
            {
                "firm_id": np.arange(level.size) + year * 10_000,  # nobody is there in both
                "year": year,
                "employees": 10,
                "value_added_yen": level * 10_000,
            }
        )
        for year, level in levels.items()
    )
    row = productivity_change(firms, by=None, balanced=False).iloc[0]
    error = np.sqrt(np.pi / 2 * (300**2 / 5000 + 200**2 / 3000))
    assert row["median"] == pytest.approx(600)
    ends = row[["median_lower", "median_upper"]] - 600
    assert ends.tolist() == pytest.approx([-1.96 * error, 1.96 * error], rel=0.005)
    few = pd.concat([one.head(5) for _, one in firms.groupby("year")])
    row = productivity_change(few, by=None, balanced=False).iloc[0]
    assert np.isnan(row["median_lower"])
    assert row["note"].endswith("too few firms for an interval of the median at this level")


@pytest.mark.parametrize("skewed", [2013, 2018])
def test_unbalanced_comparison_of_unlike_years_reaches_further_on_the_side_of_the_long_tail(
    skewed: int,
) -> None:
    rng = np.random.default_rng(6)
    before, after = (
        5000 + (800 * rng.lognormal(sigma=1.2, size=n) if year == skewed else rng.normal(0, 300, n))
        for year, n in ((2013, 35), (2018, 50))
    )
    firms = pd.DataFrame(
        {"firm_id": np.arange(85), "year": np.repeat([2013, 2018], [35, 50]), "employees": 1}
    )
    firms = firms.assign(value_added_yen=1000 * np.append(before, after))
    row, plain = (
        (table := productivity_change(firms, by=None, balanced=False, interval=kind)).iloc[0].to_dict()
        | table.attrs
        for kind in ("skew", "student")
    )
    test = stats.ttest_ind(after, before, equal_var=False)
    welch = [*test.confidence_interval(0.95)]
    assert of_level(plain) == pytest.approx(welch)
    gap, error = after.mean() - before.mean(), np.hypot(stats.sem(before), stats.sem(after))
    third = [stats.kstat(one, 3) / one.size**2 for one in (before, after)]
    skewness = (third[1] - third[0]) / error**3
    halls = halls_ends(gap, error, stats.t.ppf(0.975, test.df), skewness)
    assert abs(skewness) > 0.2
    assert of_level(row) == pytest.approx([min(halls[0], welch[0]), max(halls[1], welch[1])])
    long = "mean_upper" if skewed == 2018 else "mean_lower"
    assert [name for name in ("mean_lower", "mean_upper") if row[name] != plain[name]] == [long]
    assert (row["median_lower"], row["sd"]) == pytest.approx((plain["median_lower"], np.nan), nan_ok=True)
    start = "all: levels make the difference of the years' means so skewed (skewness of 0.2 or more) that "
    assert row["notes"][1].startswith(start + "the interval of the mean reaches further")
    assert plain["notes"][1].startswith(start + "Student's interval of the mean may hold less")


def test_years_that_are_skewed_alike_keep_the_interval_of_their_difference() -> None:
    level = 4000 * np.random.default_rng(6).lognormal(sigma=1.2, size=35)
    firms = pd.DataFrame({"firm_id": np.arange(70), "year": np.repeat([2013, 2018], 35), "employees": 1})
    firms = firms.assign(value_added_yen=1000 * np.append(level, level + 100))
    tables = [
        productivity_change(firms, by=None, balanced=False, interval=kind) for kind in (None, "student")
    ]
    pd.testing.assert_frame_equal(*tables)
    assert len(tables[0].attrs["notes"]) == 1


def test_attrition_counts_who_left_and_who_entered() -> None:
    firms = pd.DataFrame(
        {
            "firm_id": [1, 1, 2, 3, 4, 4],
            "year": [2013, 2018, 2013, 2018, 2013, 2018],
            "employees": 10,
            "value_added_yen": [50e6, 60e6, 30e6, 45e6, 40e6, np.nan],
            "partner_type": ["university", "university;other", "other", "university", "other", "other"],
        }
    )
    table = attrition(firms).set_index("partner_type")
    counts = ["n_start", "n_end", "n_both", "n_left", "n_entered"]
    # firm 4 has no value added in 2018, so that its change cannot be measured, but it is there: it has not left
    assert table.loc["university", counts].tolist() == [1, 2, 1, 0, 1]
    assert table.loc["other", counts].tolist() == [2, 1, 0, 1, 0]
    assert table["n_unknown_end"].to_dict() == {"university": 0, "other": 1}
    assert (table["n_unknown_start"] == 0).all()
    assert table.loc["other", "start_of_leavers"] == pytest.approx(3000)
    assert table.loc["university", "end_of_entrants"] == pytest.approx(4500)
    assert table.loc["other", "share_left"] == 0.5
    assert table.attrs["left_out"] == {"missing value added or persons": 1}


def test_types_are_shown_in_the_order_asked_for_and_without_firms_too() -> None:
    table = productivity_change(panel(), types=["other", "overseas_firm", "university"])
    assert table["partner_type"].tolist() == ["other", "overseas_firm", "university"]
    assert table.loc[1, "note"] == "no firms"
    assert table.loc[1, "n"] == 0


def test_types_come_in_the_order_of_the_white_papers_list() -> None:
    shown = productivity_change(panel())["partner_type"].tolist()
    assert shown == ["university", "local_government", "other", "intermediary"]


def test_groups_that_are_no_partner_types_may_have_any_value() -> None:
    firms = panel().assign(industry=lambda table: table["firm_id"] % 3)
    table = productivity_change(firms, by="industry")
    assert table["industry"].tolist() == [0, 1, 2]
    assert table["n"].sum() == 200


def test_small_and_tiny_groups_say_so() -> None:
    firms = panel(60)
    firms["partner_type"] = np.where(firms["firm_id"] < 14, "university", "other")
    table = productivity_change(firms).set_index("partner_type")
    assert table.loc["university", "note"] == "fewer than 3 firms: not described"
    assert np.isnan(table.loc["university", "mean"])
    assert table.loc["university", "n"] == 2
    assert table.loc["other", "note"] == ""
    assert productivity_change(firms, small=100)["note"].str.contains("small group \\(n < 100\\)").any()


def test_an_unknown_partner_type_names_the_closest() -> None:
    firms = panel()
    firms["partner_type"] = firms["partner_type"].str.replace("university", "univeristy")
    with pytest.raises(InputError, match="Unknown partner type 'univeristy'; did you mean 'university'"):
        productivity_change(firms)
    with pytest.raises(UnknownNameError, match="did you mean 'university'"):
        productivity_change(panel(), types=["univercity"])


def test_types_of_ones_own_are_accepted_when_named() -> None:
    firms = panel()
    firms["partner_type"] = firms["partner_type"].str.replace("university", "startup")
    table = productivity_change(firms, types=["startup", "other"])
    assert table["partner_type"].tolist() == ["startup", "other"]


@pytest.mark.parametrize("engine", ENGINES)
def test_bad_input_is_one_clear_sentence(engine: str) -> None:
    make = ENGINES[engine]
    firms = panel(20)
    with pytest.raises(
        InputError, match="No firm has a row for year 2017; the years in the data: 2013, 2018"
    ):
        productivity_change(make(firms), end=2017)
    again = pd.concat([firms, firms.iloc[[4]]], ignore_index=True)
    name = firms.loc[4, "firm_id"]
    with pytest.raises(
        InputError, match=rf"1 row\(s\) repeat a firm-year: firm .*{name}.* stands 2 times in 2013"
    ):
        productivity_change(make(again))
    with pytest.raises(InputError, match="No firm has its productivity in both 2013 and 2018"):
        productivity_change(make(firms.assign(employees=firms["employees"].where(firms["year"] == 2013, 0))))
    with pytest.raises(InputError, match="Column 'employees' must hold numbers"):
        productivity_change(make(firms.assign(employees="ten")))
    with pytest.raises(
        UnknownNameError, match="Unknown column 'value_added_yen'; did you mean 'value_added'"
    ):
        productivity_change(make(firms.rename(columns={"value_added_yen": "value_added"})))
    with pytest.raises(UnknownNameError, match="Unknown column 'partner'"):
        productivity_change(make(firms), by="partner")


def test_infinite_values_are_counted_and_left_out() -> None:
    firms = panel(20)
    firms.loc[4, "value_added_yen"] = np.inf
    table = productivity_change(firms, by=None)
    assert table.loc[0, "n"] == 19
    assert table.attrs["left_out"] == {"infinite value added or persons": 1}


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e-3, "thousand yen"), (1e-6, "million yen"), (1e-8, "hundred million yen")]
)
def test_a_median_a_thousand_times_off_names_the_likely_unit(factor: float, unit: str) -> None:
    firms = panel(50)
    firms["value_added_yen"] *= factor
    with pytest.warns(UserWarning, match=f"was taken to be in yen and looks like {unit}"):
        productivity_change(firms)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        right = productivity_change(firms, columns={"unit": unit.replace(" ", "_")})
    pd.testing.assert_frame_equal(right, productivity_change(panel(50)), rtol=1e-9)


def mixed_up(rows: Any, **options: Any) -> list[str]:
    """Return the warnings on a panel of 20,000 firms of which some are in thousand yen in both years."""
    firms = panel(400)
    firms = pd.concat(
        [firms.assign(firm_id=firms["firm_id"] + 10_000 * k) for k in range(50)], ignore_index=True
    )
    firms["industry"] = np.array(list("ABCDEFG"))[firms["firm_id"] % 7]
    lost = rows(firms)
    firms["value_added_yen"] = firms["value_added_yen"].where(~lost, firms["value_added_yen"] / 1000)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        productivity_change(firms, **options)
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("balanced", [True, False])
def test_a_group_in_another_unit_than_the_others_is_named(balanced: bool) -> None:
    told = mixed_up(lambda firms: firms["industry"] == "D", by="industry", balanced=balanced)
    assert len(told) == 2
    where = "; 'value_added_yen' looks like thousand yen there and like yen elsewhere: bring all firms to one unit."
    assert re.fullmatch(
        rf"The median .* of 2018 is [34],\d+ thousand yen a person, but [345].?\d* in 'D'{where}", told[1]
    )
    start = "16 % of the firms of 2013 have .*" if balanced else "The median .* of 2013 .* in 'D'"
    assert re.fullmatch(rf"{start}{where}", told[0])


def test_a_tiny_group_in_another_unit_is_named() -> None:
    firms = panel(400)
    firms["industry"] = np.where(firms["firm_id"] <= 10, "tiny", "other")
    firms.loc[firms["industry"] == "tiny", "value_added_yen"] /= 1000
    with pytest.warns(UserWarning, match=r"in 'tiny'; 'value_added_yen' looks like thousand yen there"):
        productivity_change(firms, by="industry")


def test_a_share_of_the_firms_in_another_unit_is_told() -> None:
    told = mixed_up(lambda firms: firms["firm_id"] % 10 == 3)
    assert [one.split(" have ")[0] for one in told] == [
        "10 % of the firms of 2013",
        "10 % of the firms of 2018",
    ]
    assert all("looks like thousand yen there and like yen elsewhere" in one for one in told)


def test_one_firm_off_and_firms_that_differ_much_are_no_other_unit() -> None:
    assert mixed_up(lambda firms: firms["firm_id"] == 3) == []
    firms = panel(3000)
    firms["value_added_yen"] *= np.random.default_rng(0).lognormal(0, 1, 6000)
    firms.loc[::9, "value_added_yen"] *= -1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        productivity_change(firms)


def test_the_unit_may_stand_in_the_columns_name() -> None:
    firms = panel(50)
    firms["va_million_yen"] = firms["value_added_yen"] / 1e6
    firms["va_hundred_million_yen"] = firms["value_added_yen"] / 1e8
    table = productivity_change(firms, columns=PanelColumns(value_added="va_hundred_million_yen"))
    pd.testing.assert_frame_equal(table, productivity_change(firms), rtol=1e-9)
    table = productivity_change(firms, columns=PanelColumns(value_added="va_million_yen"))
    pd.testing.assert_frame_equal(table, productivity_change(firms), rtol=1e-9)


def test_firms_that_changed_a_thousandfold_are_told() -> None:
    firms = panel(300)
    firms.loc[[1, 5], "value_added_yen"] /= 1000
    table = productivity_change(firms)
    assert table.attrs["notes"] == [
        "2 of 300 firms changed about a thousand times; check that both years are in one unit"
    ]
    firms.loc[1:20:2, "value_added_yen"] /= 1000
    with (
        pytest.warns(UserWarning, match="changed about a thousand times"),
        pytest.warns(
            UserWarning, match="3 % of the firms of 2018 have a labor productivity about a thousand tim"
        ),
    ):
        productivity_change(firms)


def with_changes(changes: np.ndarray) -> Any:
    """Return firms whose labor productivity changed by so many thousand yen a person."""
    n = changes.size
    levels = np.concatenate([np.full(n, 5000.0), 5000 + changes])
    table = pd.DataFrame({"firm_id": np.tile(np.arange(n), 2), "year": np.repeat([2013, 2018], n)})
    return table.assign(employees=1, value_added_yen=1000 * levels, partner_type="university")


LONGER = (
    "university: changes are so skewed (n < 25 x skewness squared) that the interval of the mean reaches further to "
    "the side of the long tail than Student's interval, which interval='student' gives; medians do not need it"
)
DOUBTFUL = (
    "university: changes are so skewed (n < 25 x skewness squared) that Student's interval of the mean may hold less "
    "than it says; interval='skew' allows for it, and medians do not suffer"
)


def test_a_mean_of_strongly_skewed_changes_is_told_by_cochrans_rule() -> None:
    rng = np.random.default_rng(3)
    seen = set()
    for n in (30, 100, 400):
        for power in (1.0, 1.3, 1.6):
            firms = with_changes(changes := 500 * rng.exponential(size=n) ** power)
            told = bool(n <= 25 * stats.skew(changes, bias=False) ** 2)
            assert productivity_change(firms).attrs["notes"] == [LONGER] * told
            assert productivity_change(firms, interval="student").attrs["notes"] == [DOUBTFUL] * told
            seen.add(told)
    assert seen == {True, False}
    small = with_changes(500 * rng.exponential(size=29) ** 3)
    assert productivity_change(small).attrs["notes"] == [LONGER]
    assert (
        productivity_change(small, interval="student").attrs["notes"] == []
    )  # its note says that it is small


def test_types_whose_interval_is_students_are_not_told() -> None:
    rng = np.random.default_rng(7)
    firms = with_changes(np.append(rng.normal(size=40), rng.exponential(size=40) ** 2) * 400)
    firms["partner_type"] = np.tile(np.repeat(["university", "other"], 40), 2)
    (note,) = productivity_change(firms).attrs["notes"]
    assert note.startswith("other: changes are so skewed")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"confidence": 95}, "confidence=95 is not between 0 and 1"),
        ({"winsorize": 0.5}, "winsorize=0.5 is not a share"),
        ({"trim": 0.1, "winsorize": 0.1}, "winsorize and trim were both given"),
        ({"trim": 0.1, "balanced": False}, "need the change of each firm"),
        ({"method": "ratio"}, "Unknown method 'ratio'"),
        ({"weights": "employees_"}, "Unknown column 'employees_'; did you mean 'employees'"),
        ({"deflator": {2013: 100.0}}, "deflator has no price index for 2018; it has: 2013"),
        ({"deflator": {2013: 100.0, 2018: 0.0}}, "price index of 2018 must be above zero"),
        ({"columns": {"person": "employees"}}, "Unknown entry of columns 'person'; did you mean 'persons'"),
        ({"columns": {"unit": "oku"}}, "Unknown unit 'oku'"),
        ({"by": ["employees", "weight"]}, "Column 'employees' must hold true and false"),
        ({"interval": "bca"}, "Unknown interval 'bca'. Known: skew, student"),
        ({"interval": "skew", "weights": "weight"}, "interval='skew' takes no weights"),
    ],
)
def test_wrong_options_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        productivity_change(panel(30), **options)


def test_weights_that_are_no_weights_are_refused() -> None:
    firms = panel(30)
    firms.loc[1, "weight"] = -1
    firms.loc[[3, 5], "weight"] = np.inf
    firms.loc[7, "weight"] = np.nan
    with pytest.raises(
        InputError, match="'weight' holds weights that are none: 1 missing, 2 infinite, 1 not ab"
    ):
        productivity_change(firms, weights="weight")


def test_missing_firm_ids_are_refused() -> None:
    firms = panel(30)
    firms["firm_id"] = firms["firm_id"].astype("Int64").mask(firms["firm_id"] == 3)
    with pytest.raises(InputError, match=r"firm_id is missing in 2 firm-year\(s\) of 2013 and 2018"):
        productivity_change(firms)


@pytest.mark.parametrize("engine", ENGINES)
def test_years_may_be_decimal_numbers_but_no_text_and_no_dates(engine: str) -> None:
    firms = panel(40)
    table = productivity_change(ENGINES[engine](firms.assign(year=firms["year"].astype(float))))
    pd.testing.assert_frame_equal(table, productivity_change(firms), rtol=1e-9)
    text = firms.assign(year=firms["year"].astype("str"))
    dates = firms.assign(year=pd.to_datetime(text["year"]))
    for wrong in (text, dates):
        with pytest.raises(InputError, match=r"Column 'year' must hold numbers \(years such as 2013\)"):
            productivity_change(ENGINES[engine](wrong))


def test_one_year_twice_is_refused() -> None:
    with pytest.raises(InputError, match="start and end are both 2018; expected two different years"):
        productivity_change(panel(20), start=2018, end=2018)
    with pytest.raises(InputError, match="start and end are both 2018"):
        attrition(panel(20), start=2018, end=2018)
    for metric in (productivity_change, attrition, bootstrap_change):
        with pytest.raises(InputError, match="start=2018 is after end=2013; expected the earlier"):
            metric(panel(20), start=2018, end=2013)


@pytest.mark.parametrize("metric", [productivity_change, attrition, adjusted_change, bootstrap_change])
@pytest.mark.parametrize("options", [{"by": 5}, {"by": True}, {"types": 5}, {"by": [3]}], ids=str)
def test_what_is_no_name_is_refused(metric: Any, options: dict) -> None:
    firms = panel(20).assign(industry="food")
    with pytest.raises(InputError, match=r"(by|types)=(5|True) is no|Unknown column 3"):
        metric(firms, **options)


def test_why_no_firm_is_left_is_told() -> None:
    with pytest.raises(
        InputError, match=r"both 2013 and 2018 \(firm-years left out: 40 persons not above zero\)"
    ):
        productivity_change(panel(20).assign(employees=0))


@pytest.mark.parametrize("answer", ["", None])
def test_firms_that_name_no_type_are_told(answer: str | None) -> None:
    firms = panel(20).assign(partner_type=pd.array([answer] * 40, dtype="str"))
    for table in (productivity_change(firms), attrition(firms)):
        assert table.empty
        assert table.attrs["notes"] == ["no firm names any partner_type"]


def test_the_same_change_in_all_firms_is_told() -> None:
    firms = panel(100)
    firms["value_added_yen"] = firms["employees"] * (4_000_100 + 300_100.7 * (firms["year"] == 2018))
    for options in ({}, {"weights": "weight"}):
        table = productivity_change(firms, by=None, **options)
        assert table["note"].tolist() == ["the same change in all firms"]
        assert table.loc[0, "mean_upper"] - table.loc[0, "mean_lower"] < 1e-6
    tiny = productivity_change(firms, by=None, min_firms=101)
    assert tiny["note"].tolist() == ["fewer than 101 firms: not described"]
    firms.loc[1, "value_added_yen"] *= 1.001
    assert productivity_change(firms, by=None)["note"].tolist() == [""]


def test_answers_as_numbers_are_refused_by_name() -> None:
    firms = panel(20).assign(partner_type_university=1, partner_type_other=0).drop(columns="partner_type")
    with pytest.raises(InputError, match="'partner_type_university' holds Int64; expected true and false"):
        productivity_change(firms)
