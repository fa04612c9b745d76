"""Agreement of a measured order with a printed one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics.ranks import rank_agreement
from tests.metrics.engines import ENGINES


def agreement(measured: Any, published: Any) -> dict[Any, Any]:
    """Lower is first on both sides, so that both arguments are plain places."""
    return rank_agreement(dict(enumerate(measured)), dict(enumerate(published)), largest_first=False).attrs


orders = st.integers(3, 12).flatmap(lambda n: st.tuples(st.permutations(range(n)), st.permutations(range(n))))


@given(orders)
def test_without_ties_tau_and_its_exact_p_are_scipys(pair: tuple[list[int], list[int]]) -> None:
    result = agreement(*pair)
    expected = stats.kendalltau(*pair, method="exact")
    assert result["tau_b"] == pytest.approx(expected.statistic)
    assert result["p_value"] == pytest.approx(expected.pvalue)
    assert result["p_method"] == "exact"


places = st.integers(3, 5).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 2), min_size=n, max_size=n) for _ in range(2)])
)


@given(places)
def test_with_ties_the_p_value_is_that_of_all_permutations(pair: tuple[list[int], list[int]]) -> None:
    x, y = (np.array(values) for values in pair)
    if len(set(x)) == 1 or len(set(y)) == 1:
        with pytest.raises(InputError, match="no order to compare"):
            agreement(x, y)
        return

    def score(first: np.ndarray, second: np.ndarray) -> int:
        n = len(first)
        return sum(
            int(np.sign(first[i] - first[j]) * np.sign(second[i] - second[j]))
            for i in range(n)
            for j in range(i)
        )

    observed = abs(score(x, y))
    scores = [abs(score(np.array(order), y)) for order in permutations(x)]
    result = agreement(x, y)
    assert result["p_value"] == pytest.approx(np.mean([s >= observed for s in scores]))
    assert result["tau_b"] == pytest.approx(stats.kendalltau(x, y).statistic)


def test_ties_in_one_long_order_are_still_exact() -> None:
    """14 types with two ties: a seeded simulation of 200,000 orders puts the p-value within 0.005."""
    tied = np.array([1, 1, 3, 4, 5, 6, 6, 6, 9, 10, 11, 12, 13, 14])
    order = np.array([3, 1, 2, 6, 4, 9, 5, 8, 7, 13, 10, 11, 14, 12])
    result = agreement(tied, order)
    assert result["p_method"] == "exact"
    rng = np.random.default_rng(0)
    upper = np.triu_indices(14, 1)
    signs = np.sign(np.subtract.outer(tied, tied))[upper]
    random = rng.permuted(np.tile([13, 1, 8, 6, 4, 9, 5, 2, 7, 3, 10, 14, 11, 12], (200_000, 1)), axis=1)
    scores = np.abs(np.sign(random[:, upper[0]] - random[:, upper[1]]) @ signs)
    near = agreement(tied, [13, 1, 8, 6, 4, 9, 5, 2, 7, 3, 10, 14, 11, 12])
    observed = abs(near["concordant"] - near["discordant"])
    assert near["p_value"] == pytest.approx(np.mean(scores >= observed), abs=0.005)


def test_ties_in_both_long_orders_use_the_approximation_and_say_so() -> None:
    x, y = [1, 1, 3, 4, 5, 6, 7, 8, 9, 10], [2, 2, 1, 4, 5, 6, 8, 7, 9, 10]
    result = agreement(x, y)
    assert result["p_value"] == pytest.approx(stats.kendalltau(x, y, method="asymptotic").pvalue)
    assert result["p_method"] == "normal approximation with ties"


def test_the_pairs_that_differ_are_named_in_the_printed_order() -> None:
    measured = pd.DataFrame({"partner_type": ["b", "a", "c", "d"], "mean": [9.0, 7.0, 5.0, np.nan]})
    published = pd.DataFrame({"partner_type": ["a", "b", "c", "e"], "rank": [1, 2, 3, 4]})
    table = rank_agreement(measured, published)
    assert table["partner_type"].tolist() == ["a", "b", "c"]
    assert table["difference"].tolist() == [1, -1, 0]
    assert table.attrs["pairs"] == [("a", "b")]
    assert table.attrs["left_out"] == ["e"]
    assert (table.attrs["concordant"], table.attrs["discordant"], table.attrs["tied"]) == (2, 1, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_agreement(engine: str) -> None:
    measured = pd.DataFrame({"partner_type": list("abcd"), "mean": [4.0, 3.0, 1.0, 2.0]})
    published = pd.DataFrame({"partner_type": list("dcba"), "rank": [4, 3, 2, 1]})
    table = rank_agreement(ENGINES[engine](measured), ENGINES[engine](published))
    assert table.attrs["pairs"] == [("c", "d")]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match=r"measured and published have 1 item\(s\) in common"):
        rank_agreement({"a": 1.0, "b": 2.0}, {"a": 1})
    with pytest.raises(InputError, match="published gives 'a' twice"):
        rank_agreement({"a": 1.0}, pd.Series([1, 2], index=["a", "a"]))
    with pytest.raises(InputError, match="measured gives inf for 'b'; expected a number"):
        rank_agreement({"a": 1.0, "b": np.inf}, {"a": 1, "b": 2})
    with pytest.raises(UnknownNameError, match="Unknown column 'mean'"):
        rank_agreement(pd.DataFrame({"partner_type": ["a"], "median": [1.0]}), {"a": 1})
