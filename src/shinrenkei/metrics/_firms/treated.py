"""Changes beyond a quantile of all firms left out or drawn in, and what that does to means and medians.

The quantiles are themselves estimated from the firms: an interval that took them as given would be too narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from shinrenkei.metrics._firms.regression import hall_sheather
from shinrenkei.metrics._firms.summary import Summary

_NEAREST = 10  # firms around a cut-off that tell which types are there


@dataclass(frozen=True)
class CutOffs:
    """The quantiles beyond which changes are treated, and the firms beyond them.

    Attributes
    ----------
    share : float
        Share of all firms at either end.
    winsorized : bool
        Whether changes beyond the quantiles are drawn in to them, or left out.
    change : array of float, shape (N,)
        All changes as they were.
    ends : tuple of two floats
        The quantiles.
    below, above : array of bool, shape (N,)
        The firms beyond either.
    """

    share: float
    winsorized: bool
    change: np.ndarray
    ends: tuple[float, float]
    below: np.ndarray
    above: np.ndarray

    @classmethod
    def of(cls, change: np.ndarray, share: float, *, winsorized: bool) -> CutOffs:
        """Find the quantiles of all firms."""
        lower, upper = (float(end) for end in np.quantile(change, [share, 1 - share]))
        return cls(share, winsorized, change, (lower, upper), change < lower, change > upper)

    @property
    def kept(self) -> np.ndarray:
        """The rows of the firms that are not beyond the quantiles."""
        return np.flatnonzero(~(self.below | self.above))

    def told(self) -> str:
        """Say in words what was done."""
        return f"{'winsorized' if self.winsorized else 'trimmed'} at {self.share:g} of all firms"

    def mean_of(self, one: Summary, counts: np.ndarray, confidence: float) -> Summary:
        """Return a type's summary whose mean has the interval that the estimated quantiles call for.

        The error is that of the mean's influence function, with what moves the quantiles in it: for all firms
        together the winsorized spread over (1 - 2 share) root n of Tukey and McLaughlin.

        Parameters
        ----------
        one : Summary
            Of the changes as treated, with Student's interval.
        counts : array of float, shape (N,)
            What each of all firms counts for the type: its weight, or 1, and 0 where it is not of the type.
        confidence : float
            Level of the interval.

        References
        ----------
        Tukey, J. W. and McLaughlin, D. H. (1963). Less vulnerable confidence and significance procedures for
        location based on a single sample: trimming/winsorization 1. Sankhya A 25, 331-352. Huber, P. J. (1981). Robust
        Statistics, section 3.3. Wiley.
        """
        from scipy.special import stdtrit

        own, moved = self._influence(one.mean, counts)
        if not one.error > 0 or not np.any(own):
            return one
        error = one.error * math.sqrt(float(np.square(own + moved).sum() / np.square(own).sum()))
        inside = np.count_nonzero(counts[self.kept])
        df = max(min(one.df, inside - 1.0), 1.0)
        half = float(stdtrit(df, (1 + confidence) / 2)) * error
        return replace(one, mean_lower=one.mean - half, mean_upper=one.mean + half, error=error, df=df)

    def _influence(self, mean: float, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what each firm does to a type's mean by its own change, and by moving the quantiles."""
        low, high = (beyond - float(beyond.mean()) for beyond in (self.below, self.above))
        if not self.winsorized:
            own = np.where(self.below | self.above, 0.0, counts * (self.change - mean))
            near = [self._near(end, counts) * (end - mean) for end in self.ends]
            return own, near[0] * low + near[1] * high
        own = counts * (self.change.clip(*self.ends) - mean)
        spacing = self._spacing(self.share), self._spacing(1 - self.share)
        beyond = float(np.mean(counts * self.below)), float(np.mean(counts * self.above))
        return own, beyond[1] * spacing[1] * high - beyond[0] * spacing[0] * low

    def _near(self, end: float, counts: np.ndarray) -> float:
        """Return what a firm near a quantile counts on average."""
        n = self.change.size
        nearest = min(max(_NEAREST, round(hall_sheather(n, self.share) * n)), n)
        return float(counts[np.argpartition(np.abs(self.change - end), nearest - 1)[:nearest]].mean())

    def _spacing(self, at: float) -> float:
        """Return how fast the quantile moves with its probability ``at`` (one over the density)."""
        reach = min(hall_sheather(self.change.size, self.share), self.share)
        low, high = np.quantile(self.change, [max(at - reach, 0.0), min(at + reach, 1.0)])
        return float(high - low) / (2 * reach)

    def confidence_of_median(self, counts: np.ndarray, confidence: float) -> float:
        """Return the level at which a trimmed type's median must be read among the firms kept to hold ``confidence``.

        How many of the kept firms lie below the median hangs on the quantiles too. For all firms together the
        interval is that of the median of all.
        """
        from scipy.special import ndtr, ndtri

        own = float(np.square(counts[self.kept]).sum())
        if self.winsorized or not own:
            return confidence
        low, high = (self._near(end, counts) for end in self.ends)
        moved = low * (self.below - self.below.mean()) - high * (self.above - self.above.mean())
        z = float(ndtri((1 + confidence) / 2)) * math.sqrt(1 + float(np.square(moved).sum()) / own)
        return float(2 * ndtr(z) - 1)
