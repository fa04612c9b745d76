"""Intervals of means and medians of changes that were trimmed or winsorized at quantiles of all firms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mstats

from shinrenkei.metrics.productivity import productivity_change


def firms_of(changes: np.ndarray, held: np.ndarray | None = None, **more: Any) -> pd.DataFrame:
    """Return firms whose labor productivity changed by so many thousand yen a person."""
    n = changes.size
    table = pd.DataFrame({"firm_id": np.tile(np.arange(n), 2), "year": np.repeat([2013, 2018], n)})
    types = np.where(held, "university", "other") if held is not None else np.full(n, "other")
    levels = np.append(np.full(n, 5000.0), 5000 + changes)
    more = {name: np.tile(values, 2) for name, values in more.items()}
    return table.assign(employees=1, value_added_yen=1000 * levels, partner_type=np.tile(types, 2), **more)


def half(row: Any, name: str = "mean") -> float:
    return float(row[f"{name}_upper"] - row[f"{name}_lower"]) / 2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trimmed_mean_of_all_firms_has_tukeys_and_mclaughlins_interval(seed: int) -> None:
    """With 101 firms a tenth is ten firms at either end, for a quantile of all firms and for SciPy alike."""
    changes = 400 * np.random.default_rng(seed).standard_t(3, size=101)
    row = productivity_change(firms_of(changes), by=None, trim=0.1).iloc[0]
    low, high = mstats.trimmed_mean_ci(changes, limits=(0.1, 0.1), alpha=0.05)
    assert row["mean"] == pytest.approx((low + high) / 2)
    assert half(row) == pytest.approx((high - low) / 2, rel=0.005)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trimming_moves_no_end_of_the_median_of_all_firms_far(seed: int) -> None:
    changes = 400 * np.random.default_rng(seed).normal(size=301)
    plain, trimmed = (
        productivity_change(firms_of(changes), by=None, trim=share).iloc[0] for share in (None, 0.1)
    )
    assert trimmed["median"] == plain["median"]
    for end in ("median_lower", "median_upper"):
        assert trimmed[end] == pytest.approx(plain[end], abs=0.03 * half(plain, "median"))


def brute_errors(changes: np.ndarray, counts: np.ndarray, share: float, *, winsorized: bool) -> float:
    """Return the standard error of a type's treated mean from 3,000 resamples of all firms."""
    rng, means = np.random.default_rng(9), []
    for _ in range(3000):
        drawn = rng.integers(0, changes.size, changes.size)
        values, weight = changes[drawn], counts[drawn]
        low, high = np.quantile(values, [share, 1 - share])
        inside = winsorized | ((values >= low) & (values <= high))
        weight = weight * inside
        means.append(weight @ values.clip(low, high) / weight.sum())
    return float(np.std(means))


@pytest.mark.parametrize("treatment", ["trim", "winsorize"])
@pytest.mark.parametrize("law", ["normal", "standard_exponential"])
@pytest.mark.parametrize("weighted", [False, True])
def test_interval_of_a_types_treated_mean_is_as_wide_as_resampled_firms_say(
    treatment: str, law: str, weighted: bool
) -> None:
    rng = np.random.default_rng(4)
    changes = 500 * getattr(rng, law)(size=400)
    held = rng.random(400) < 0.6
    weight = rng.uniform(0.5, 2, 400) if weighted else np.ones(400)
    options: dict[str, Any] = {treatment: 0.1} | ({"weights": "weight"} if weighted else {})
    table = productivity_change(firms_of(changes, held, weight=weight), **options).set_index("partner_type")
    error = brute_errors(changes, held * weight, 0.1, winsorized=treatment == "winsorize")
    found = half(table.loc["university"]) / 1.97
    assert found == pytest.approx(error, rel=0.08)
    low, high = np.quantile(changes, [0.1, 0.9])
    values = changes[held].clip(low, high)
    as_if_known = values if treatment == "winsorize" else values[(values > low) & (values < high)]
    assert found > 1.05 * as_if_known.std(ddof=1) / np.sqrt(as_if_known.size)


def test_a_type_far_from_the_cut_offs_is_not_widened() -> None:
    """Of firms whose changes all lie well inside none is near a quantile: where it is does not matter to them."""
    rng = np.random.default_rng(1)
    inner, outer = rng.uniform(-1, 1, 60), np.append(rng.uniform(-900, -500, 60), rng.uniform(500, 900, 60))
    table = productivity_change(firms_of(np.append(inner, outer), np.arange(180) < 60), trim=0.1)
    row = table.set_index("partner_type").loc["university"]
    assert half(row) == pytest.approx(2.001 * inner.std(ddof=1) / np.sqrt(60), rel=1e-3)


@pytest.mark.parametrize("treatment", ["trim", "winsorize"])
def test_equal_changes_and_few_firms_are_treated_without_a_warning(treatment: str) -> None:
    for changes in (np.full(12, 30.0), np.array([5.0, 5.0, 9.0]), np.array([0.0] * 9 + [50.0])):
        options: dict[str, Any] = {treatment: 0.1, "min_firms": 1}
        row = productivity_change(firms_of(changes), by=None, **options).iloc[0]
        assert row["mean_lower"] <= row["mean"] <= row["mean_upper"]
