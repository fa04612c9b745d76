"""The bootstrap: exact laws against enumeration, resamples against theory, scipy and plain NumPy."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics import bootstrap as module
from shinrenkei.metrics._firms.answers import Answers, split_answers
from shinrenkei.metrics._firms.intervals import expanded, jackknife, medians_without_each
from shinrenkei.metrics._firms.laws import (
    mean_below_itself,
    mean_quantile,
    median_between,
    median_law,
    median_quantile,
)
from shinrenkei.metrics._firms.resampling import Sample, draw, resampled, sample_of
from shinrenkei.metrics._firms.studentized import t_ratios
from shinrenkei.metrics.productivity import productivity_change
from tests.metrics.engines import ENGINES
from tests.metrics.skewness import skewness_of

bootstrap_change: Any = module.bootstrap_change
bootstrap_interval = module.bootstrap_interval
TYPES = ["university", "intermediary", "other"]


def firms(n: int = 300, seed: int = 0) -> Any:
    """Return a panel of two years with several types a firm and eight industries."""
    rng = np.random.default_rng(seed)
    held = rng.random((n, 3)) < [0.5, 0.3, 0.2]
    held[~held.any(axis=1), 0] = True
    chosen = [";".join(np.array(TYPES)[row]) for row in held]
    before = rng.lognormal(8.5, 0.3, n)
    after = before + rng.normal(200, 800, n) + held @ [500, 0, -300]
    persons = rng.integers(2, 200, n)
    parts = [
        pd.DataFrame(
            {
                "firm_id": np.arange(n),
                "year": year,
                "employees": persons,
                "value_added_yen": level * persons * 1000,
                "partner_type": chosen,
                "industry": [f"industry {i % 8}" for i in range(n)],
            }
        )
        for year, level in ((2013, before), (2018, after))
    ]
    return pd.concat(parts, ignore_index=True)


def sample(n: int = 300, seed: int = 0, unit: np.ndarray | None = None) -> Sample:
    """Return changes and answers of three types as the kernels take them."""
    import pyarrow as pa

    table = firms(n, seed)
    level = (table["value_added_yen"] / table["employees"] / 1000).to_numpy()
    encoded = pa.array(table["partner_type"][:n]).cast(pa.large_string()).dictionary_encode()
    answers = split_answers(encoded.indices.to_numpy(), encoded.dictionary, ";")
    order = [answers.labels.index(label) for label in TYPES]
    return sample_of(level[n:] - level[:n], answers, order, unit)


def members(held: Sample) -> np.ndarray:
    """Return which types each firm has (bool, firms by types)."""
    return held.answers.table()[held.answers.codes]


@pytest.mark.parametrize(
    "values", [[3.0, 1.0, 7.0], [1.0, 2.0, 4.0, 8.0], [2.0, 2.0, 5.0, 9.0], [1.0, 3.0, 3.0, 4.0, 9.0]]
)
def test_law_of_the_median_is_that_of_all_resamples(values: list[float]) -> None:
    every = np.median(list(itertools.product(values, repeat=len(values))), axis=1)
    for at in np.unique(every):
        assert median_law(np.array(values), at) == pytest.approx(np.mean(every <= at), abs=1e-12)
    for probability in (0.01, 0.025, 0.1, 0.3, 0.5, 0.77, 0.975, 0.999):
        exact = np.quantile(every, probability, method="inverted_cdf")
        assert median_quantile(np.array(values), probability) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("n", [20, 21, 300, 301])
def test_median_quantiles_agree_with_brute_force(n: int) -> None:
    rng = np.random.default_rng(n)
    values = np.round(rng.lognormal(size=n), 2)  # some ties
    draws = np.median(values[rng.integers(0, n, (40_000, n))], axis=1)
    for probability in (0.025, 0.2, 0.975):
        found = median_quantile(values, probability)
        error = 4 * np.sqrt(probability * (1 - probability) / draws.size)
        assert np.mean(draws < found - 1e-9) - error < probability < np.mean(draws <= found + 1e-9) + error


@pytest.mark.parametrize(
    "values", [[3.0, 1.0], [3.0, 1.0, 7.0], [0.0, 0.0, 0.0, 0.0, 1e9], [2.0, 2.0, 5.0, 9.0, -30.0, 0.5]]
)
def test_law_of_the_mean_is_that_of_all_resamples(values: list[float]) -> None:
    every = np.sort(np.mean(list(itertools.product(values, repeat=len(values))), axis=1))
    slack = 0.003 * every.std()
    for probability in (1e-15, 0.001, 0.0249, 0.1, 0.3, 0.77, 0.975, 0.999):
        found = mean_quantile(np.array(values), probability)
        assert np.mean(every < found - slack) <= probability <= np.mean(every <= found + slack)
        assert min(values) <= found <= max(values)
    mean = np.mean(values)
    below = np.mean(every < mean - slack) + np.mean(np.abs(every - mean) <= slack) / 2
    assert mean_below_itself(np.array(values)) == pytest.approx(below, abs=5e-3)


@pytest.mark.parametrize("law", ["skewed", "outlier", "ones and zeros"])
def test_law_of_the_mean_is_close_to_that_of_many_resamples(law: str) -> None:
    rng = np.random.default_rng(30)
    values = {
        "skewed": rng.lognormal(sigma=2, size=60),
        "outlier": np.append(rng.normal(size=59), 1000.0),
        "ones and zeros": rng.integers(0, 2, 60).astype(float),
    }[law]
    draws = np.concatenate([values[rng.integers(0, 60, (20_000, 60))].mean(axis=1) for _ in range(10)])
    for probability in (0.005, 0.025, 0.25, 0.975, 0.995):
        found, slack = mean_quantile(values, probability), 0.01 * draws.std()
        # the share of 200,000 resamples is known to 4 standard errors of at most 0.0045
        assert (
            np.mean(draws < found - slack) - 0.0045 <= probability <= np.mean(draws <= found + slack) + 0.0045
        )


@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=40),
    st.sampled_from(["mean", "median"]),
    st.sampled_from(["expanded", "percentile", "bca"]),
    st.sampled_from([0.5, 0.95, 0.999]),
)
def test_every_sample_has_an_interval_within_its_values(
    values: list[float], statistic: Any, interval: Any, confidence: float
) -> None:
    found = bootstrap_interval(values, statistic, interval=interval, confidence=confidence)
    assert min(values) - 1e-6 <= found.lower <= found.upper <= max(values) + 1e-6


@pytest.mark.parametrize("n", [31, 33, 41, 75])
def test_expanded_interval_of_an_odd_numbers_median_holds_its_level(n: int) -> None:
    # the values at the ends alone would hold 97.1 % for 31 values and 94.0 % for 41
    place = expanded(0.95, n)
    ranks = [median_between(np.arange(float(n)), (1 + sign * place) / 2) for sign in (-1, 1)]
    draws = np.sort(np.random.default_rng(n).normal(size=(40_000, n)), axis=1)
    low, high = (
        draws[:, int(at)] + (at - int(at)) * (draws[:, int(at) + 1] - draws[:, int(at)]) for at in ranks
    )
    assert 0.95 <= np.mean((low <= 0) & (high >= 0)) <= 0.965


@pytest.mark.parametrize("median", [False, True])
def test_endpoint_error_is_what_theory_says_for_this_many_resamples(median: bool) -> None:
    # a bootstrap whose resamples hang together (bad seeding) looks right and fails here: its error is larger
    held = sample(400, seed=3)
    values = held.values[members(held)[:, 0]]
    quantile = median_quantile if median else mean_quantile
    resamples, seeds = 500, range(60)
    for probability in (0.025, 0.975):
        exact = quantile(values, probability)
        if median:
            # the law is a staircase: compare the share of resamples up to the exact quantile
            target = median_law(values, exact)
            sd = np.sqrt(target * (1 - target) / resamples)
        else:
            density = stats.norm.pdf(stats.norm.ppf(probability)) / (values.std() / np.sqrt(values.size))
            sd = np.sqrt(probability * (1 - probability) / resamples) / density
        errors = []
        for seed in seeds:
            draws = resampled(held, median=median, resamples=resamples, seed=seed, workers=2)[:, 0]
            reached = np.mean(draws <= exact + 1e-9) - median_law(values, exact) if median else None
            errors.append(np.quantile(draws, probability) - exact if reached is None else reached)
        # 60 seeds: the root mean square lies within 30 % of theory in all but 1 of 1,000 trials
        assert np.sqrt(np.mean(np.square(errors))) / sd == pytest.approx(1, abs=0.3)


def test_resamples_are_independent_of_each_other() -> None:
    held = sample(200, seed=1)
    draws = resampled(held, median=False, resamples=20_000, seed=5, workers=2)[:, 0]
    for lag in (1, 2, 64):
        assert abs(np.corrcoef(draws[lag:], draws[:-lag])[0, 1]) < 4 / np.sqrt(draws.size)
    other = resampled(held, median=False, resamples=20_000, seed=6, workers=2)[:, 0]
    assert abs(np.corrcoef(draws, other)[0, 1]) < 4 / np.sqrt(draws.size)


def test_drawn_counts_are_multinomial() -> None:
    states = np.random.SeedSequence(0).generate_state(4 * 20_000, np.uint64).reshape(-1, 4)
    counts = np.empty((20_000, 7), np.uint8)
    for state, row in zip(states, counts, strict=True):
        draw(state, row)
    assert (counts.sum(axis=1) == 7).all()
    observed = np.bincount(counts[:, 3], minlength=8)[:5]
    expected = stats.binom.pmf(np.arange(5), 7, 1 / 7) * 20_000
    assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-3
    # two units' counts hang together as they must: correlation -1 / (units - 1)
    assert np.corrcoef(counts[:, 0], counts[:, 6])[0, 1] == pytest.approx(-1 / 6, abs=0.03)


@pytest.mark.parametrize("median", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_joint_resamples_have_the_law_of_plain_numpy(median: bool, clustered: bool) -> None:
    n = 150
    unit = np.arange(n) % 12 if clustered else None
    held = sample(n, seed=2, unit=unit)
    draws = resampled(held, median=median, resamples=4000, seed=0, workers=2)
    rng, count = np.random.default_rng(9), 12 if clustered else n
    inside = members(held)
    statistic = np.median if median else np.mean
    plain = np.empty((4000, 3))
    for row in plain:
        weights = np.bincount(rng.integers(0, count, count), minlength=count)[np.arange(n) % count]
        row[:] = [statistic(np.repeat(held.values[on], weights[on])) for on in inside.T]
    for one, two in itertools.product(range(3), repeat=2):
        ours, theirs = draws[:, one] - draws[:, two] / 2, plain[:, one] - plain[:, two] / 2
        assert stats.ks_2samp(ours, theirs).pvalue > 1e-3


@pytest.mark.parametrize("statistic", ["mean", "median"])
@pytest.mark.parametrize("cluster", [None, "industry"])
@pytest.mark.parametrize("interval", ["percentile", "bca"])
def test_the_same_seed_gives_the_same_table_on_any_number_of_workers(
    statistic: str, cluster: str | None, interval: str
) -> None:
    options = {
        "statistic": statistic,
        "cluster": cluster,
        "interval": interval,
        "base": "other",
        "resamples": 300,
    }
    tables = [bootstrap_change(firms(), seed=4, workers=workers, **options) for workers in (1, 2, 3, 7)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)
    other = bootstrap_change(firms(), seed=5, **options)
    assert (other["lower"] != tables[0]["lower"]).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_engine_and_order_of_rows_do_not_change_the_resamples(engine: str) -> None:
    expected = bootstrap_change(firms(), joint=True, resamples=200)
    shuffled = firms().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        bootstrap_change(ENGINES[engine](shuffled), joint=True, resamples=200), expected
    )


def test_marginal_intervals_are_those_of_each_types_firms() -> None:
    table = bootstrap_change(firms(), statistic="median").set_index("partner_type")
    level = firms().assign(level=lambda rows: rows["value_added_yen"] / rows["employees"] / 1000)
    wide = level.pivot_table(index="firm_id", columns="year", values="level")
    change = wide[2018] - wide[2013]
    held = firms().drop_duplicates("firm_id").set_index("firm_id")["partner_type"].str.contains("university")
    expected = bootstrap_interval(change[held], "median", interval="expanded")
    row = table.loc["university"]
    assert [row["estimate"], row["lower"], row["upper"]] == pytest.approx(
        [expected.estimate, expected.lower, expected.upper]
    )
    assert table["estimate"].tolist() == pytest.approx(productivity_change(firms())["median"].tolist())


@pytest.mark.parametrize("statistic", ["mean", "median"])
@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("n", [40, 41])
def test_intervals_are_those_of_scipy_up_to_its_resampling(statistic: Any, method: Any, n: int) -> None:
    values = np.random.default_rng(n).lognormal(size=n)
    found = bootstrap_interval(values, statistic, interval=method)
    function = np.mean if statistic == "mean" else np.median
    drawn = stats.bootstrap(
        (values,),
        function,
        n_resamples=60_000,
        method=method.replace("bca", "BCa"),
        rng=np.random.default_rng(1),
    )
    error = drawn.standard_error * (0.05 if statistic == "mean" else 0.12)  # a median moves in steps
    assert found.lower == pytest.approx(drawn.confidence_interval.low, abs=error)
    assert found.upper == pytest.approx(drawn.confidence_interval.high, abs=error)


def test_joint_intervals_agree_with_the_marginal_law() -> None:
    law = bootstrap_change(firms(), statistic="mean")
    drawn = bootstrap_change(firms(), statistic="mean", joint=True, resamples=20_000)
    width = law["upper"] - law["lower"]
    assert (abs(law["lower"] - drawn["lower"]) < 0.03 * width).all()
    assert (abs(law["upper"] - drawn["upper"]) < 0.03 * width).all()


@pytest.mark.parametrize("n", [2, 3, 6, 7, 40, 41])
def test_medians_without_each_value_are_those_of_brute_force(n: int) -> None:
    values = np.round(np.random.default_rng(n).normal(size=n), 1)
    brute = [np.median(np.delete(values, i)) for i in range(n)]
    np.testing.assert_allclose(medians_without_each(values), brute, atol=1e-12)


@pytest.mark.parametrize("statistic", ["mean", "median"])
@pytest.mark.parametrize("clustered", [False, True])
def test_jackknife_is_that_of_brute_force(statistic: Any, clustered: bool) -> None:
    unit = np.arange(60) % 9 if clustered else None
    held = sample(60, seed=8, unit=unit)
    inside = members(held)
    function = np.mean if statistic == "mean" else np.median
    units = np.arange(60) if unit is None else unit
    brute = [
        [function(held.values[on & (units != left)]) for on in inside.T]
        for left in range(int(units.max()) + 1)
    ]
    np.testing.assert_allclose(jackknife(held, statistic, 2), brute, rtol=1e-12)


def test_difference_from_the_base_leaves_the_base_empty() -> None:
    table = bootstrap_change(firms(), base="university", resamples=500).set_index("partner_type")
    means = productivity_change(firms()).set_index("partner_type")["mean"]
    assert table.loc["other", "estimate"] == pytest.approx(means["other"] - means["university"])
    assert table.loc["university", "note"] == "base"
    assert np.isnan(table.loc["university", "estimate"])
    assert table.loc["other", "lower"] < table.loc["other", "estimate"] < table.loc["other", "upper"] < 0


def test_law_and_parameters_stand_beside_the_table() -> None:
    assert "exact law" in bootstrap_change(firms(), statistic="median").attrs["law"]
    drawn = bootstrap_change(firms(), cluster="industry", resamples=50)
    assert drawn.attrs["law"] == "50 resamples of 8 clusters (industry)"
    assert drawn.attrs["units"] == 8


def test_any_statistic_may_be_bootstrapped_by_firm() -> None:
    table = firms(80)

    def both(rows: pd.DataFrame) -> pd.Series:
        return productivity_change(rows, types=TYPES).set_index("partner_type")["mean"]

    one = module.bootstrap(table, both, unit="firm_id", resamples=60, seed=2, workers=1)
    two = module.bootstrap(table, both, unit="firm_id", resamples=60, seed=2, workers=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert one["name"].tolist() == TYPES
    means = productivity_change(table).set_index("partner_type")["mean"]
    assert one["estimate"].tolist() == pytest.approx(means[TYPES].tolist())
    law = bootstrap_change(table).set_index("partner_type").loc[TYPES]
    width = (law["upper"] - law["lower"]).to_numpy()
    assert (abs(one["lower"].to_numpy() - law["lower"].to_numpy()) < 0.35 * width).all()


def test_clusters_drawn_twice_keep_their_firms_apart() -> None:
    seen = []

    def count(rows: pd.DataFrame) -> float:
        seen.append(rows.groupby(["firm_id", "year"]).size().max())
        return float(len(rows))

    module.bootstrap(firms(40), count, unit="industry", distinct=["firm_id"], resamples=20)
    assert set(seen) == {1}


def test_bca_of_any_statistic_is_scipys() -> None:
    values = pd.DataFrame({"x": np.random.default_rng(0).lognormal(size=50)})
    found = module.bootstrap(values, lambda rows: rows["x"].var(), interval="bca", resamples=4000).iloc[0]
    drawn = stats.bootstrap(
        (values["x"].to_numpy(),),
        lambda x, axis: np.var(x, ddof=1, axis=axis),
        n_resamples=20_000,
        method="BCa",
        rng=np.random.default_rng(1),
    )
    assert found["lower"] == pytest.approx(drawn.confidence_interval.low, rel=0.12)
    assert found["upper"] == pytest.approx(drawn.confidence_interval.high, rel=0.12)
    assert found["se"] == pytest.approx(drawn.standard_error, rel=0.06)


def test_permutation_p_value_is_close_to_the_exact_one() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"rise": rng.normal(size=11), "university": [True] * 5 + [False] * 6})
    frame.loc[frame["university"], "rise"] += 1.0

    def gap(rows: pd.DataFrame) -> float:
        return rows.loc[rows["university"], "rise"].mean() - rows.loc[~rows["university"], "rise"].mean()

    one, two = (frame.loc[frame["university"] == on, "rise"] for on in (True, False))
    exact = stats.permutation_test(
        (one, two), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), n_resamples=np.inf
    ).pvalue
    found = module.permutation_test(frame, gap, "university", permutations=1500, workers=2)
    assert found.loc[0, "p_value"] == pytest.approx(exact, abs=0.03)
    again = module.permutation_test(frame, gap, "university", permutations=1500, workers=1)
    pd.testing.assert_frame_equal(found, again, check_exact=True)


def test_permutation_within_strata_never_leaves_them() -> None:
    frame = pd.DataFrame({"industry": ["a"] * 4 + ["b"] * 4, "type": [1, 1, 1, 1, 0, 0, 0, 0], "x": range(8)})

    def share(rows: pd.DataFrame) -> float:
        return float(rows.loc[rows["industry"] == "a", "type"].mean())

    found = module.permutation_test(frame, share, "type", within="industry", permutations=200)
    assert found.loc[0, "p_value"] == 1
    free = module.permutation_test(frame, share, "type", permutations=2000)
    assert free.loc[0, "p_value"] == pytest.approx(2 / 70, abs=0.02)


def test_permutation_moves_a_firms_years_together() -> None:
    table = firms(30)

    def check(rows: pd.DataFrame) -> float:
        assert len(rows[["firm_id", "partner_type"]].drop_duplicates()) == rows["firm_id"].nunique()
        return float(rows["partner_type"].eq("university").sum())

    module.permutation_test(table, check, "partner_type", unit="firm_id", permutations=20)
    table.loc[0, "partner_type"] = "none"
    with pytest.raises(InputError, match="partner_type varies within firm_id 0"):
        module.permutation_test(table, check, "partner_type", unit="firm_id", permutations=5)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"statistic": "mode"}, "Unknown statistic 'mode'"),
        (
            {"interval": "BCa"},
            "Unknown interval 'BCa'. Known: bca, expanded, percentile, score, skew, studentized",
        ),
        ({"resamples": 0}, "resamples=0 is not a whole number"),
        ({"resamples": 10**12}, "resamples=1,000,000,000,000 is too many; expected 10,000,000 or fewer"),
        ({"joint": "no"}, "joint='no' is neither True nor False"),
        ({"cluster": ["industry"]}, r"cluster=\['industry'\] is no text; expected the name of one column"),
        ({"workers": 0}, "workers=0 is not a whole number"),
        ({"min_firms": "3"}, "min_firms='3' is no whole number"),
        ({"small": -1}, "small=-1 is no whole number"),
        ({"base": "univercity"}, "Unknown base 'univercity'; did you mean 'university'"),
        ({"cluster": "town"}, "Unknown column 'town'"),
        ({"cluster": "country"}, "country has one value only"),
        ({"cluster": "gap"}, "gap is missing for 1 firm"),
    ],
)
def test_wrong_options_are_refused(options: dict, match: str) -> None:
    table = firms(30).assign(country="Japan", gap="x")
    table.loc[0, "gap"] = None
    with pytest.raises((InputError, UnknownNameError), match=match):
        bootstrap_change(table, **options)


def test_values_that_cannot_be_resampled_are_refused() -> None:
    with pytest.raises(InputError, match="1 values, 0 of them missing"):
        bootstrap_interval([1.0])
    with pytest.raises(InputError, match="3 values, 1 of them missing or infinite"):
        bootstrap_interval([1.0, np.nan, 2.0])


def test_expanded_interval_is_students_for_normal_looking_values() -> None:
    # for symmetric values whose resampled mean is nearly normal, the expanded interval is Student's
    values = stats.norm.ppf((np.arange(40) + 0.5) / 40)
    found = bootstrap_interval(values, "mean")
    student = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.upper == pytest.approx(student.high, rel=0.01)
    plain = bootstrap_interval(values, "mean", interval="percentile")
    assert plain.upper < 0.97 * student.high


def test_constant_values_have_an_interval_of_no_width() -> None:
    for statistic in ("mean", "median"):
        found = bootstrap_interval([2.0] * 9, statistic, interval="bca")
        assert (found.lower, found.upper) == (2.0, 2.0)


def test_small_groups_and_few_clusters_are_told() -> None:
    table = bootstrap_change(firms(80), small=1000)
    assert set(table["note"]) == {"small group (n < 1000)"}
    clustered = bootstrap_change(firms(80), cluster="industry", resamples=40)
    assert clustered.attrs["notes"] == [
        "only 8 clusters: clustered errors tend to be too small below about 40"
    ]


@pytest.mark.parametrize(
    ("resamples", "confidence", "least"),
    [
        (1, 0.95, "40"),
        (39, 0.95, "40"),
        (40, 0.95, ""),
        (19, 0.9, "20"),
        (20, 0.9, ""),
        (50, 0.9999, "20,000"),
    ],
)
def test_too_few_resamples_for_an_interval_are_told(resamples: int, confidence: float, least: str) -> None:
    table = bootstrap_change(firms(40), joint=True, small=0, resamples=resamples, confidence=confidence)
    note = f"resamples={resamples} is too few for an interval at the level {confidence}; expected {least} or more"
    assert table.attrs["notes"] == ([note] if least else [])
    frame = pd.DataFrame({"sales": [1.0, 4.0, 2.0, 9.0]})
    one = module.bootstrap(
        frame, lambda rows: rows["sales"].mean(), resamples=min(resamples, 40), confidence=confidence
    )
    assert bool(one.attrs["notes"]) == bool(least)
    for options in ({}, {"statistic": "median", "base": "other"}):  # which draw nothing
        assert bootstrap_change(firms(40), small=0, resamples=1, **options).attrs["notes"] == []


def test_the_same_change_in_all_firms_is_told() -> None:
    table = firms(80)
    others = ~table["partner_type"].str.contains("intermediary")
    level = 4000.1 + (table["year"] == 2018) * (300.7 + others * table["firm_id"])
    table["value_added_yen"] = level * table["employees"] * 1000
    alone = table[others | (table["partner_type"] == "intermediary")]
    options: list[dict] = [{}, {"joint": True, "resamples": 100}, {"statistic": "median"}]
    for option in options:
        notes = bootstrap_change(alone, small=0, **option).set_index("partner_type")["note"]
        assert notes.to_dict() == {
            "university": "",
            "intermediary": "the same change in all firms",
            "other": "",
        }
    table["value_added_yen"] = table["employees"] * 4e6
    notes = bootstrap_change(table, base="other", small=0).set_index("partner_type")["note"]
    assert notes["university"] == "the same change in all firms, and in those of the base"


def test_the_groups_themselves_are_no_clusters() -> None:
    with pytest.raises(InputError, match="cluster='partner_type' is the column of the groups themselves"):
        bootstrap_change(firms(80), cluster="partner_type", resamples=20)


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "g": [True, False, True]})
    for call in (
        lambda: bootstrap_change(firms(80), joint=True, seed=seed),
        lambda: module.bootstrap(frame, len, seed=seed),
        lambda: module.permutation_test(frame, len, "g", seed=seed),
    ):
        with pytest.raises(InputError, match=r"seed=.* is no whole number of 0 or more"):
            call()


def test_a_base_of_too_few_firms_is_refused() -> None:
    table = firms(80)
    table.loc[table["firm_id"] == table["firm_id"].iloc[0], "partner_type"] = "overseas_firm"
    with pytest.raises(InputError, match=r"The base 'overseas_firm' has 1 firm\(s\); expected 3 or more"):
        bootstrap_change(table, base="overseas_firm", resamples=20)


def test_resamples_without_a_type_are_told() -> None:
    table = firms(80)
    few = table["firm_id"].isin(table["firm_id"].drop_duplicates().iloc[:3])
    table.loc[few, "partner_type"] = "overseas_firm"
    notes = bootstrap_change(table, joint=True, interval="expanded", resamples=500).attrs["notes"]
    # three of 80 firms: none of them is drawn in exp(-3), 5 %, of the resamples
    assert len(notes) == 1
    assert notes[0].startswith("overseas_firm: ")
    assert notes[0].endswith(" of 500 resamples drew no firm with it, and are left out")
    assert 5 <= int(notes[0].split()[1]) <= 50


def plain_ratios(held: Sample, base: int | None, draws: int, count: int) -> np.ndarray:
    """Return t ratios of plain NumPy: a difference of weighted means over its error by linearization."""
    rng, inside = np.random.default_rng(11), members(held)
    unit = held.unit if held.unit.size else np.arange(held.values.size)
    own = np.array([held.values[on].mean() for on in inside.T])
    own = own if base is None else own - own[base]
    found = np.empty((draws, inside.shape[1]))
    for row in found:
        weights = np.bincount(rng.integers(0, count, count), minlength=count)
        times = weights[unit]
        means = [np.average(held.values, weights=times * on) for on in inside.T]
        moves = np.stack(
            [on * (held.values - mean) / (times @ on) for on, mean in zip(inside.T, means, strict=True)]
        )
        moves = moves if base is None else moves - moves[base]
        of_unit = np.stack([np.bincount(unit, weights=move, minlength=count) for move in moves])
        errors = np.sqrt(of_unit**2 @ weights)
        shown = np.array(means) if base is None else np.array(means) - means[base]
        row[:] = (shown - own) / np.where(errors > 0, errors, np.nan)
    return found


@pytest.mark.parametrize("base", [None, 1])
@pytest.mark.parametrize("clustered", [False, True])
def test_t_ratios_have_the_law_of_plain_numpy(base: int | None, clustered: bool) -> None:
    unit = np.arange(150) % 15 if clustered else None
    held = sample(150, seed=2, unit=unit)
    errors, ratios = t_ratios(held, base, resamples=3000, seed=0, workers=2)
    plain = plain_ratios(held, base, 3000, 15 if clustered else 150)
    for kind in (0, 1, 2):
        if kind != base:
            assert stats.ks_2samp(ratios[:, kind], plain[:, kind]).pvalue > 1e-3
    if base is None and not clustered:
        groups = [held.values[on] for on in members(held).T]
        expected = [one.std() / np.sqrt(one.size) for one in groups]
        np.testing.assert_allclose(errors, expected, rtol=1e-12)


def test_studentized_interval_is_that_of_a_plain_loop_over_the_same_resamples() -> None:
    held = sample(60, seed=4)
    _, ratios = t_ratios(held, None, resamples=200, seed=3, workers=1)
    states = np.random.SeedSequence(3).generate_state(800, np.uint64).reshape(200, 4)
    counts = np.empty(60, np.uint8)
    for state, row in zip(states, ratios, strict=True):
        draw(state, counts)
        for ratio, on in zip(row, members(held).T, strict=True):
            drawn = np.repeat(held.values[on], counts[on])
            if np.unique(drawn).size < 2:
                assert np.isnan(ratio)
                continue
            error = drawn.std() / np.sqrt(drawn.size)
            assert ratio == pytest.approx((drawn.mean() - held.values[on].mean()) / error, abs=1e-9)


def test_studentized_interval_reaches_as_far_as_its_ratios() -> None:
    table = bootstrap_change(firms(), interval="studentized", resamples=400, seed=2)
    plain = productivity_change(firms())
    assert table["estimate"].tolist() == pytest.approx(plain["mean"].tolist())
    assert (table["upper"] - table["estimate"]).tolist() == pytest.approx(
        (table["estimate"] - table["lower"]).tolist()
    )
    # some 90 to 190 firms whose changes are close to normal: hardly other than Student's
    width = plain["mean_upper"] - plain["mean_lower"]
    np.testing.assert_allclose(table["upper"] - table["lower"], width, rtol=0.12)
    assert table.attrs["interval"] == "studentized"
    assert table.attrs["law"] == "400 resamples of 300 firms"


def test_studentized_interval_holds_its_level_for_the_exponential_law() -> None:
    # Student's and the percentile interval hold 91.5 to 93 % there; 1,000 samples are known to 0.7 points
    rng, inside = np.random.default_rng(21), 0
    every = Answers(np.zeros(30, np.int32), np.array([0, 1]), np.array([0], np.int32), ["all"])
    for number in range(1000):
        values = rng.exponential(size=30)
        held = sample_of(values, every, [0], None)
        errors, ratios = t_ratios(held, None, resamples=400, seed=number, workers=1)
        inside += abs(values.mean() - 1) <= np.quantile(np.abs(ratios), 0.95) * errors[0]
    assert 0.935 <= inside / 1000 <= 0.965


@pytest.mark.parametrize("cluster", [None, "industry"])
@pytest.mark.parametrize("base", [None, "other"])
def test_studentized_intervals_do_not_depend_on_the_workers(cluster: str | None, base: str | None) -> None:
    options = {"interval": "studentized", "cluster": cluster, "base": base, "resamples": 200}
    tables = [bootstrap_change(firms(), workers=workers, **options) for workers in (1, 2, 5)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)
    assert (tables[0].dropna()["lower"] < tables[0].dropna()["upper"]).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_studentized_intervals_are_the_same_in_every_engine(engine: str) -> None:
    options = {"interval": "studentized", "base": "other", "resamples": 100}
    expected = bootstrap_change(firms(80), **options)
    shuffled = firms(80).sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(bootstrap_change(ENGINES[engine](shuffled), **options), expected, rtol=1e-9)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=3, max_size=12), st.integers(0, 99))
def test_studentized_intervals_of_any_changes_hold_the_estimate(values: list[float], seed: int) -> None:
    n = len(values)
    before = np.full(n, 2e6)
    table = pd.DataFrame({"firm_id": np.tile(np.arange(n), 2), "year": np.repeat([2013, 2018], n)})
    table = table.assign(employees=1, value_added_thousand_yen=np.concatenate([before, before + values]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the changes are not plausible, and the package says so
        row = bootstrap_change(
            table, by=None, interval="studentized", resamples=50, seed=seed,
            columns={"value_added": "value_added_thousand_yen"},
        ).iloc[0]  # fmt: skip
    if row["lower"] == row["lower"]:
        assert row["lower"] <= row["estimate"] <= row["upper"]
        assert np.isfinite([row["lower"], row["upper"]]).all()
    if len(set(values)) == 1:
        assert row["lower"] == pytest.approx(row["upper"])


@pytest.mark.parametrize("statistic", ["mean", "median"])
@pytest.mark.parametrize("base", [None, "other"])
@pytest.mark.parametrize("cluster", [None, "industry"])
def test_the_interval_left_out_is_told(statistic: str, base: str | None, cluster: str | None) -> None:
    of_median, of_mean = "score" if base else "expanded", "expanded" if base or cluster else "skew"
    kind = of_median if statistic == "median" else of_mean
    options = {"statistic": statistic, "base": base, "cluster": cluster, "resamples": 100}
    table = bootstrap_change(firms(80), **options)
    assert table.attrs["interval"] == kind
    pd.testing.assert_frame_equal(table, bootstrap_change(firms(80), interval=kind, **options))


@pytest.mark.parametrize("values", [["a", "b"], [None, "1,000"], [[1.0], [2.0, 3.0]]])
def test_values_that_are_no_numbers_are_refused(values: Any) -> None:
    with pytest.raises(
        InputError, match="values holds something else than numbers; expected one number a firm"
    ):
        bootstrap_interval(values)


def tailed(n: int = 40, seed: int = 4, side: int = 1) -> Any:
    """Return firms of which those of one type have strongly skewed changes, and those of the other normal ones."""
    rng = np.random.default_rng(seed)
    changes = 300 * np.append(side * rng.lognormal(sigma=1.3, size=n), rng.normal(size=n))
    table = pd.DataFrame({"firm_id": np.tile(np.arange(2 * n), 2), "year": np.repeat([2013, 2018], 2 * n)})
    levels = np.append(np.full(2 * n, 60_000.0), 60_000 + changes)
    types = np.tile(np.repeat(["university", "other"], n), 2)
    return table.assign(employees=1, value_added_yen=1000 * levels, partner_type=types)


def changes_of(table: Any, label: str) -> np.ndarray:
    level = table.loc[table["partner_type"] == label, "value_added_yen"].to_numpy() / 1000
    return np.asarray(np.diff(level.reshape(2, -1), axis=0)[0])


def halls_end(values: np.ndarray, confidence: float, side: int) -> float:
    """Return where Hall's transformed statistic reaches Student's quantile, above (1) or below (-1) the mean."""
    a = skewness_of(values) / np.sqrt(values.size)
    t = stats.t.ppf((1 + confidence) / 2, values.size - 1)

    def beyond(ratio: float) -> float:
        return float(ratio + a * ratio**2 / 3 + a**2 * ratio**3 / 27 + a / 6 + side * t)

    return float(values.mean() - optimize.brentq(beyond, -100 * t, 100 * t) * stats.sem(values))


@pytest.mark.parametrize("n", [10, 30, 101])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_mean_of_skewed_values_reaches_as_far_as_halls_transformation(
    n: int, side: int, confidence: float
) -> None:
    values = side * np.random.default_rng(n).lognormal(sigma=1.3, size=n)
    assert n <= 25 * stats.skew(values, bias=False) ** 2
    found = bootstrap_interval(values, confidence=confidence)
    plain = bootstrap_interval(values, interval="expanded", confidence=confidence)
    student = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    low, high = (halls_end(values, confidence, end) for end in (-1, 1))
    lower, upper = min(plain.lower, student.low, low), max(plain.upper, student.high, high)
    assert (found.lower, found.upper) == pytest.approx((lower, upper))
    if side == 1:
        assert found.upper > plain.upper
    else:
        assert found.lower < plain.lower
    assert bootstrap_interval(values, interval="skew", confidence=confidence) == found


def test_mean_of_other_values_and_median_have_the_expanded_interval() -> None:
    values = np.random.default_rng(1).normal(size=40)
    assert bootstrap_interval(values) == bootstrap_interval(values, interval="expanded")
    values = values**4
    assert bootstrap_interval(values) != bootstrap_interval(values, interval="expanded")
    median = bootstrap_interval(values, "median", interval="expanded")
    assert bootstrap_interval(values, "median") == median


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=30))
def test_no_bootstrap_interval_is_narrower_for_skewed_values(values: list[float]) -> None:
    found = bootstrap_interval(values)
    plain = bootstrap_interval(values, interval="expanded")
    assert found.lower <= plain.lower <= plain.upper <= found.upper
    assert np.isfinite([found.lower, found.upper]).all()


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("joint", [False, True])
def test_types_of_skewed_changes_reach_further_and_are_told(side: int, joint: bool) -> None:
    table = tailed(side=side)
    options = {"joint": joint, "resamples": 500}
    found = bootstrap_change(table, **options)
    plain = bootstrap_change(table, interval="expanded", **options)
    ends = found.set_index("partner_type"), plain.set_index("partner_type")
    changes = changes_of(table, "university")
    student = stats.ttest_1samp(changes, 0).confidence_interval(0.95)
    for name, students, longer, farther in (("lower", student.low, -1, min), ("upper", student.high, 1, max)):
        expected = ends[1][name].copy()
        expected["university"] = farther(expected["university"], students)
        if side == longer:
            expected["university"] = halls_end(changes, 0.95, side)
        pd.testing.assert_series_equal(ends[0][name], expected)
    assert found["estimate"].tolist() == plain["estimate"].tolist()
    because = "university: changes are so skewed (n < 25 x skewness squared) that "
    assert found.attrs["notes"] == [
        because
        + "the interval of the mean reaches further to the side of the long tail than the expanded percentile "
        "interval, which interval='expanded' gives; medians do not need it"
    ]
    assert plain.attrs["notes"] == [
        because
        + "this interval of the mean may hold less than it says; interval='skew' allows for it, and medians "
        "do not suffer"
    ]
    assert found.attrs["interval"] == "skew"
    assert found.attrs["law"] == plain.attrs["law"]


def test_clusters_of_skewed_changes_are_told_what_allows_for_it() -> None:
    table = tailed().assign(industry=lambda rows: "industry " + (rows["firm_id"] % 40).astype(str))
    notes = bootstrap_change(table, cluster="industry", resamples=100).attrs["notes"]
    assert any(
        "university: changes" in note and "interval='studentized' allows for it" in note for note in notes
    )
    with_t = bootstrap_change(table, cluster="industry", interval="studentized", resamples=100)
    assert not any("skewed" in note for note in with_t.attrs["notes"])


@pytest.mark.parametrize("engine", ENGINES)
def test_intervals_for_skewed_changes_are_the_same_in_every_engine(engine: str) -> None:
    expected = bootstrap_change(tailed())
    shuffled = tailed().sample(frac=1, random_state=3)
    found = bootstrap_change(ENGINES[engine](shuffled))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    assert found.attrs["notes"] == expected.attrs["notes"]


@pytest.mark.parametrize(
    "options",
    [{"statistic": "median"}, {"base": "other"}, {"cluster": "industry"}],
    ids=lambda one: next(iter(one)),
)
def test_interval_for_skewed_changes_is_for_means_of_single_types(options: dict) -> None:
    with pytest.raises(
        InputError, match="interval='skew' is for means of single types without cluster; leave interval out"
    ):
        bootstrap_change(firms(80), interval="skew", **options)
    with pytest.raises(InputError, match="interval='skew' is for means; for medians leave interval out"):
        bootstrap_interval([1.0, 2.0, 4.0], "median", interval="skew")


@pytest.mark.parametrize("joint", [False, True])
def test_types_of_too_few_firms_have_no_interval_for_skewed_changes_either(joint: bool) -> None:
    table = tailed()
    table.loc[table["firm_id"] == 0, "partner_type"] = "overseas_firm"
    found = bootstrap_change(table, min_firms=1, joint=joint, resamples=200).set_index("partner_type")
    assert np.isnan(found.loc["overseas_firm", "lower"])
    equal = tailed().assign(value_added_yen=9e7)
    found = bootstrap_change(equal, joint=joint, resamples=50)
    assert found[["lower", "estimate", "upper"]].to_numpy().tolist() == [[0, 0, 0]] * 2
    assert found.attrs["notes"] == []


def test_studentized_intervals_are_for_means() -> None:
    with pytest.raises(InputError, match="interval='studentized' is for means; for medians leave interval"):
        bootstrap_change(firms(80), statistic="median", interval="studentized")
    for call in (lambda kind: bootstrap_interval([1.0, 2.0], interval=kind), lambda kind: module.bootstrap(
        firms(20), len, interval=kind
    )):  # fmt: skip
        with pytest.raises(UnknownNameError, match="Unknown interval 'studentized'"):
            call("studentized")


def test_a_type_of_the_same_firms_as_the_base_differs_by_nothing() -> None:
    table = firms(80)
    table["partner_type"] = table["partner_type"].str.replace("other", "other;overseas_firm")
    row = bootstrap_change(table, base="other", interval="studentized", resamples=50).set_index(
        "partner_type"
    ).loc["overseas_firm"]  # fmt: skip
    assert [row["estimate"], row["lower"], row["upper"]] == [0, 0, 0]
