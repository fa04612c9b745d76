"""Sampling to exact quotas: how many rows get each value is fixed, which rows get it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.catalog import load
from shinrenkei.errors import InputError

SOURCE_LINE = {
    "ja": "合成データ（公表値に合わせて作成したもので、実在の計画・企業ではない）",
    "en": "Synthetic data (made to carry the published margins; no real plan or firm)",
}


@cache
def table_of(name: str) -> pd.DataFrame:
    """Return a published table, read once; it is not to be changed."""
    return load(name)


def generator(seed: int) -> np.random.Generator:
    """Return the generator of a seed, refusing one that is no whole number of 0 or more."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        message = f"seed={seed!r} is no whole number of 0 or more."
        raise InputError(message)
    return np.random.default_rng(seed)


def scaled(counts: Sequence[float] | np.ndarray, total: int) -> np.ndarray:
    """Return whole numbers in proportion to ``counts`` that sum to ``total``, by largest remainders.

    Examples
    --------
    >>> scaled([69, 101, 151], 32).tolist()
    [7, 10, 15]
    >>> scaled([3, 4], 7).tolist()
    [3, 4]
    """
    shares = np.asarray(counts, dtype=np.float64)
    if not total or not shares.sum():
        return np.zeros(shares.size, np.int64)
    exact = shares / shares.sum() * total
    whole = np.floor(exact + 1e-9).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def dealt(rng: np.random.Generator, quotas: Sequence[float], size: int) -> np.ndarray:
    """Return the numbers of the classes in random order, each as often as its quota, scaled to ``size``, says."""
    return rng.permutation(np.repeat(np.arange(len(quotas)), scaled(quotas, size)))


def dealt_names(rng: np.random.Generator, quotas: Mapping[Any, float], size: int) -> np.ndarray:
    """Return names in random order, each as often as its quota says."""
    return np.array(list(quotas), dtype=object)[dealt(rng, list(quotas.values()), size)]


def dealt_flags(rng: np.random.Generator, count: int, base: int, size: int) -> np.ndarray:
    """Return true for ``count`` of ``base`` rows, scaled to ``size``."""
    return dealt(rng, [base - count, count], size).astype(np.bool_)


def ranked(score: np.ndarray, quotas: Sequence[float]) -> np.ndarray:
    """Return the number of each row's class when the classes are filled, to their quotas, in order of ``score``."""
    classes = np.empty(score.size, np.int64)
    classes[np.argsort(score, kind="stable")] = np.repeat(np.arange(len(quotas)), scaled(quotas, score.size))
    return classes


def by_odds(rng: np.random.Generator, log_odds: np.ndarray, number: int) -> np.ndarray:
    """Return which rows are drawn (bool): ``number`` of those whose odds are above 0, by their odds.

    Pareto sampling (Rosen 1997, Journal of Statistical Planning and Inference 62, 159-191): nearly the law of
    independent draws with these odds, given that so many are drawn.
    """
    order = rng.logistic(size=log_odds.size) + log_odds
    taken = np.zeros(log_odds.size, np.bool_)
    taken[np.argsort(-order, kind="stable")[: min(number, int(np.isfinite(log_odds).sum()))]] = True
    return taken
