"""The profile likelihood against fits by a general optimizer, and against published intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from shinrenkei.metrics._profile import Line, line_of


def drawn(seed: int, rows: int = 60, columns: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return columns, an outcome and the estimates of a logit, which are finite."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(rows, columns - 1)), np.ones(rows)])
    y = rng.random(rows) < expit(x @ np.linspace(0.8, -0.4, columns))
    return x, y, np.asarray(Logit(y.astype(float), x).fit(disp=0, tol=1e-13).params)


def by_hand(x: np.ndarray, y: np.ndarray, contrast: np.ndarray, at: float, start: np.ndarray) -> Any:
    """Return what a general optimizer makes of the likelihood with the sum held at a value."""
    return minimize(
        lambda b: np.logaddexp(0, x @ b).sum() - y @ x @ b,
        start + contrast * (at - contrast @ start) / (contrast @ contrast),
        jac=lambda b: x.T @ (expit(x @ b) - y),
        constraints={"type": "eq", "fun": lambda b: contrast @ b - at, "jac": lambda _: contrast},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )


def ends(line: Line, reach: float) -> list[float]:
    return [line.scale * line.end(side, reach).place for side in (-1, 1)]


@pytest.mark.parametrize("contrast", [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.7, -1.5, 0.2]])
def test_the_ends_are_those_of_a_general_optimizer(contrast: list[float]) -> None:
    x, y, b = drawn(3)
    sum_of = np.array(contrast)
    top = np.logaddexp(0, x @ b).sum() - y @ x @ b

    def off(at: float) -> float:
        return float(2 * (by_hand(x, y, sum_of, at, b).fun - top) - 2.3**2)

    centre = sum_of @ b
    expected = [brentq(off, *sorted([centre, centre + side * 6]), xtol=1e-9) for side in (-1, 1)]
    assert ends(line_of(x, y, b, sum_of), 2.3) == pytest.approx(expected, abs=1e-5)


def test_the_path_is_of_best_fits_from_end_to_end() -> None:
    x, y, b = drawn(5)
    contrast = np.array([1.0, 1.0, 0.0])
    line = line_of(x, y, b, contrast)
    low, high = line.end(-1, 2.0), line.end(1, 2.0)
    path = line.path(low, high)
    np.testing.assert_allclose(path[2], b, rtol=1e-9)
    places = line.scale * np.array([low.place, high.place])
    np.testing.assert_allclose((path @ contrast)[[0, 4]], places, rtol=1e-12)
    np.testing.assert_allclose((path @ contrast)[[1, 3]], (places + contrast @ b) / 2, rtol=1e-9)
    for fit in path:
        np.testing.assert_allclose(fit, by_hand(x, y, contrast, fit @ contrast, b).x, atol=2e-5)


def test_the_interval_of_a_dose_is_the_published_one() -> None:
    """Venables and Ripley (2002), Modern Applied Statistics with S, 4th ed., p. 190: tobacco budworms.

    R's confint(glm(cbind(dead, alive) ~ sex + ldose, binomial), "ldose") prints 0.8228708 and 1.3390581; it draws a
    spline through some places of the profile.
    """
    dead = [1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16]
    x = np.array([[dose % 6, dose < 6, 1.0] for dose in range(12) for _ in range(20)])
    y = np.concatenate([np.arange(20) < count for count in dead])
    b = np.asarray(Logit(y.astype(float), x).fit(disp=0, tol=1e-13).params)
    line = line_of(x, y, b, np.array([1.0, 0.0, 0.0]))
    assert ends(line, 1.959963984540054) == pytest.approx([0.8228708, 1.3390581], abs=3e-5)


@given(
    seed=st.integers(0, 10_000),
    reach=st.floats(0.1, 4),
    scale=st.floats(1e-3, 1e3),
    shift=st.floats(-1e3, 1e3),
)
def test_ends_go_with_the_unit_of_a_column_and_not_with_its_origin(
    seed: int, reach: float, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=24), np.ones(24)])
    y = rng.random(24) < expit(x @ [0.6, 0.2])
    yes, no = x[y, 0], x[~y, 0]
    assume(yes.size > 2 and no.size > 2 and yes.min() < no.max() and no.min() < yes.max())
    b = np.asarray(Logit(y.astype(float), x).fit(disp=0, tol=1e-13).params)
    assume(np.abs(b).max() < 5)
    first = line_of(x, y, b, np.array([1.0, 0.0]))
    moved = np.column_stack([x[:, 0] / scale + shift / scale, np.ones(24)])
    other = line_of(moved, y, np.array([b[0] * scale, b[1] - b[0] * shift]), np.array([1.0, 0.0]))
    expected = [scale * end for end in ends(first, reach)]
    assert ends(other, reach) == pytest.approx(expected, rel=1e-5, abs=1e-6 * scale)
    low, high = ends(first, reach)
    assert low < b[0] < high
    for side in (-1, 1):
        assert first.fallen(first.end(side, reach)) == pytest.approx(reach, rel=1e-8)
