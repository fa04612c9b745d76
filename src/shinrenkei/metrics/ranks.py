"""Whether a measured order is the printed one: Kendall's tau-b, its p-value, and the pairs that differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import collect, lazy, require_columns

_ENUMERATED = 8
Ranking = IntoFrame | pd.Series | Mapping[Any, float]


def rank_agreement(
    measured: Ranking,
    published: Ranking,
    *,
    item: str = "partner_type",
    value: str = "mean",
    rank: str = "rank",
    largest_first: bool = True,
) -> pd.DataFrame:
    """Return how well the order of measured values matches a printed order, item by item and pair by pair.

    Parameters
    ----------
    measured : dataframe, Series or mapping
        The measured values: columns ``item`` and ``value``, or a value for each item.
    published : dataframe, Series or mapping
        The printed ranks, 1 first: columns ``item`` and ``rank``, or a rank for each item.  Printed without
        values is enough.
    item, value, rank : str
        Columns of the dataframes.
    largest_first : bool, default True
        Whether the largest value has rank 1.

    Returns
    -------
    pandas.DataFrame
        A row an item that both give a place, in the printed order: ``item``, ``measured`` (the value),
        ``measured_rank`` and ``published_rank`` (1 first, ties share their mean), ``difference`` (measured
        less published rank, positive where measured further down).  In ``attrs``: ``tau_b``, ``p_value`` (of
        no association, two-sided), ``p_method``, ``n``, ``concordant``, ``discordant`` and ``tied`` pairs,
        ``pairs`` (the discordant ones, the item printed first standing first) and ``left_out`` (items that
        one of the two lacks).

    Raises
    ------
    InputError
        Where an item stands twice, fewer than two items have both places, or one order is all ties.

    Notes
    -----
    The p-value is exact where at most one of the orders has ties (the law of inversions of a multiset), or
    where both have and there are up to 8 items (all permutations); otherwise it is the normal
    approximation corrected for ties.

    References
    ----------
    Kendall, M. G. (1970). Rank Correlation Methods, 4th ed., chapters 3 to 5. Griffin.
    Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259. The equations are in
    docs/methods/checking.md.

    Examples
    --------
    >>> measured = {"university": 12.0, "sme": 9.0, "large": 7.5, "start_up": 1.0}
    >>> table = rank_agreement(measured, {"university": 1, "large": 2, "sme": 3, "start_up": 4})
    >>> table.attrs["pairs"], round(table.attrs["tau_b"], 3), round(table.attrs["p_value"], 3)
    ([('large', 'sme')], 0.667, 0.333)
    """
    values = _values(measured, item, value, "measured")
    places = _values(published, item, rank, "published")
    known = [name for name in places.index if name in values.index]
    left_out = [name for name in [*values.index, *places.index] if name not in known]
    if len(known) < 2:
        message = f"measured and published have {len(known)} item(s) in common; expected two or more."
        raise InputError(message)
    table = pd.DataFrame({item: known, "measured": values[known].to_numpy(dtype=float)})
    table["measured_rank"] = table["measured"].rank(ascending=not largest_first)
    table["published_rank"] = places[known].rank().to_numpy()
    table["difference"] = table["measured_rank"] - table["published_rank"]
    table = table.sort_values(["published_rank", "measured_rank"], kind="stable", ignore_index=True)
    table.attrs.update({**_agreement(table, item), "left_out": list(dict.fromkeys(left_out))})
    return table


def _values(ranking: Ranking, item: str, column: str, parameter: str) -> pd.Series:
    """Return the known values by item."""
    if isinstance(ranking, Mapping | pd.Series):
        values = pd.Series(ranking, dtype="object")
    else:
        frame = lazy(ranking, parameter)
        require_columns(frame, [item, column])
        values = collect(frame.select(item, column)).set_index(item)[column]
    twice = values.index[values.index.duplicated()]
    if len(twice):
        message = f"{parameter} gives {twice[0]!r} twice; expected a row an item."
        raise InputError(message)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    bad = values.notna() & ~np.isfinite(numbers)
    if bad.any():
        message = (
            f"{parameter} gives {values[bad].iloc[0]!r} for {values.index[bad][0]!r}; expected a number."
        )
        raise InputError(message)
    return numbers.dropna()


def _agreement(table: pd.DataFrame, item: str) -> dict[str, Any]:
    measured, published = table["measured_rank"].to_numpy(), table["published_rank"].to_numpy()
    signs = {
        (i, j): np.sign(measured[j] - measured[i]) * np.sign(published[j] - published[i])
        for i, j in combinations(range(len(table)), 2)
    }
    concordant = sum(int(sign > 0) for sign in signs.values())
    discordant = sum(int(sign < 0) for sign in signs.values())
    possible = np.prod([_untied_pairs(ranks) for ranks in (measured, published)])
    if possible == 0:
        message = "All items have the same place in one of the orders; there is no order to compare."
        raise InputError(message)
    p_value, method = _p_value(measured, published, concordant - discordant)
    names = table[item].tolist()
    return {
        "tau_b": float((concordant - discordant) / np.sqrt(possible)),
        "p_value": p_value,
        "p_method": method,
        "n": len(table),
        "concordant": concordant,
        "discordant": discordant,
        "tied": len(signs) - concordant - discordant,
        "pairs": [(names[i], names[j]) for (i, j), sign in signs.items() if sign < 0],
    }


def _ties(ranks: np.ndarray) -> list[int]:
    return np.unique(ranks, return_counts=True)[1].tolist()


def _untied_pairs(ranks: np.ndarray) -> int:
    return len(ranks) * (len(ranks) - 1) // 2 - sum(size * (size - 1) // 2 for size in _ties(ranks))


def _p_value(measured: np.ndarray, published: np.ndarray, score: int) -> tuple[float, str]:
    """Return the two-sided p-value of Kendall's score, and how it was found."""
    tied = [ranks for ranks in (measured, published) if len(_ties(ranks)) < len(ranks)]
    if len(tied) < 2:
        return _exact(_ties(tied[0] if tied else measured), score), "exact"
    if len(measured) <= _ENUMERATED:
        return _enumerated(measured, published, score), "exact, all permutations"
    from scipy.stats import kendalltau

    return float(
        kendalltau(measured, published, method="asymptotic").pvalue
    ), "normal approximation with ties"


def _exact(ties: list[int], score: int) -> float:
    """Return P(|S| >= |score|) where one order has ``ties`` and the other none.

    The orders with k inversions are counted by the q-multinomial coefficient of the sizes of the ties; the
    score is the number of untied pairs less twice the inversions.
    """
    counts = [1]
    placed = 0
    for size in ties:
        for step in range(1, size + 1):
            counts = _divide(_multiply(counts, placed + step), step)
        placed += size
    pairs = len(counts) - 1
    extreme = sum(count for k, count in enumerate(counts) if abs(pairs - 2 * k) >= abs(score))
    return extreme / sum(counts)


def _multiply(counts: list[int], power: int) -> list[int]:
    """Multiply a polynomial in q by 1 - q^power; whole numbers, so that nothing is rounded."""
    shifted = [0] * power + counts
    return [a - b for a, b in zip(counts + [0] * power, shifted, strict=True)]


def _divide(counts: list[int], power: int) -> list[int]:
    """Divide a polynomial in q by 1 - q^power, of which it is a multiple."""
    quotient = counts.copy()
    for k in range(power, len(quotient)):
        quotient[k] += quotient[k - power]
    return quotient[: len(counts) - power]


def _enumerated(measured: np.ndarray, published: np.ndarray, score: int) -> float:
    upper = np.triu_indices(len(measured), 1)
    signs = np.sign(np.subtract.outer(published, published))[upper]
    orders = measured[np.array(list(permutations(range(len(measured)))))]
    scores = np.sign(orders[:, upper[0]] - orders[:, upper[1]]) @ signs
    return float(np.mean(np.abs(scores) >= abs(score)))
