"""Sandwich errors against the whole hat matrix, and what a cluster alone can tell."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.metrics import _sandwich
from shinrenkei.metrics._sandwich import sandwich


def by_the_whole_hat_matrix(
    x: np.ndarray, residuals: np.ndarray, cluster: np.ndarray, power: float, kurtosis: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The covariance, and the degrees of freedom of each coefficient, with no short cut."""
    inverse = np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    meat, forms = np.zeros_like(inverse), []
    for label in np.unique(cluster):
        rows = np.flatnonzero(cluster == label)
        values, vectors = np.linalg.eigh(np.eye(rows.size) - hat[np.ix_(rows, rows)])
        freed = vectors @ np.diag(values**power) @ vectors.T
        score = x[rows].T @ freed @ residuals[rows]
        meat += np.outer(score, score)
        forms.append((np.eye(len(x)) - hat)[:, rows] @ freed @ x[rows] @ inverse)
    df = []
    for column in np.array(forms).transpose(2, 0, 1):
        law = column @ column.T
        fourth = kurtosis * np.square(np.square(column).sum(axis=0)).sum() / 2
        df.append(np.trace(law) ** 2 / (np.trace(law @ law) + fourth))
    return inverse @ meat @ inverse, np.array(df)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=7, max_size=12),
    power=st.sampled_from([0.0, -0.5, -1.0]),
    kurtosis=st.sampled_from([0.0, -1.0, 3.0]),
    at_once=st.sampled_from([1, 40, 1 << 20]),
    seed=st.integers(0, 1000),
)
def test_it_is_that_of_the_whole_hat_matrix(
    sizes: list[int], power: float, kurtosis: float, at_once: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = cluster.size
    x = np.column_stack([np.ones(rows), rng.normal(size=(rows, 3)) * [1.0, 1e6, 1e-6]])[
        :, : 2 + 2 * (rows > 9)
    ]
    residuals = rng.normal(size=rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sandwich, "_NUMBERS_AT_ONCE", at_once)
        found = sandwich(x, residuals, cluster, np.eye(x.shape[1]), power, kurtosis)
        alone = sandwich(x, residuals, None, np.eye(x.shape[1]), power, kurtosis)
    for one, units in ((found, cluster), (alone, np.arange(rows))):
        covariance, df = by_the_whole_hat_matrix(x, residuals, units, power, kurtosis)
        scale = np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(
            one.covariance / np.outer(scale, scale), covariance / np.outer(scale, scale), atol=1e-6
        )
        np.testing.assert_allclose(one.freedom, df, rtol=1e-5)


def test_the_variance_has_no_bias_where_errors_are_alike() -> None:
    """Bell and McCaffrey (2002), theorem 1: the expected CR2 is the variance itself, of however few clusters."""
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(5), [2, 3, 4, 6, 12])
    x = np.column_stack([np.ones(27), rng.normal(size=27), cluster < 2])
    hat = x @ np.linalg.solve(x.T @ x, x.T)
    # the covariance is a quadratic form of the residuals: its mean is the sum over an orthonormal basis of errors
    mean: Any = sum(sandwich(x, column, cluster, np.eye(3)).covariance for column in (np.eye(27) - hat).T)
    np.testing.assert_allclose(mean, np.linalg.inv(x.T @ x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cluster", [None, [0, 0, 1, 1, 1, 2, 3, 3, 3, 3]])
def test_degrees_of_freedom_are_those_of_the_variance_over_all_signs(cluster: list[int] | None) -> None:
    """Errors of 1 or -1 have an excess kurtosis of -2; over all of them the variance's own two moments are known."""
    x = np.column_stack([np.ones(10), np.random.default_rng(2).normal(size=10)])
    units = None if cluster is None else np.array(cluster)
    outside = np.eye(10) - x @ np.linalg.solve(x.T @ x, x.T)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=10)))
    found = [sandwich(x, row, units, np.eye(2), kurtosis=-2.0) for row in signs @ outside]
    variances = np.array([np.diag(one.covariance) for one in found])
    expected = 2 * variances.mean(axis=0) ** 2 / variances.var(axis=0)
    np.testing.assert_allclose(found[0].freedom, expected, rtol=1e-9)


def test_a_column_of_one_cluster_is_not_told_and_leaves_the_others_as_they_are() -> None:
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(8), 5)
    x = np.column_stack([np.ones(40), rng.normal(size=40), cluster == 3])
    residuals = rng.normal(size=40)
    residuals -= x @ np.linalg.lstsq(x, residuals)[0]
    found = sandwich(x, residuals, cluster, np.eye(3))
    assert found.told.tolist() == [True, True, False]
    assert np.isfinite(found.covariance).all()
    single = sandwich(np.column_stack([np.ones(40), np.arange(40) == 7]), residuals, None, np.eye(2))
    assert single.told.tolist() == [True, False]
