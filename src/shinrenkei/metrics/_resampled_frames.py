"""Bootstrap and permutation of any statistic of a dataframe."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms.intervals import Kind, drawn_intervals, expanded
from shinrenkei.metrics._frames import (
    as_names,
    check_confidence,
    check_whole,
    collect,
    lazy,
    one_of,
    require_columns,
)

Statistic = Callable[[pd.DataFrame], Any]
Alternative = Literal["two-sided", "greater", "less"]
JACKKNIFE_PARTS = 500
MOST = 10_000_000  # resamples, whose statistics still lie in memory


def bootstrap(
    frame: IntoFrame,
    statistic: Statistic,
    *,
    unit: str | None = None,
    distinct: Sequence[str] = (),
    interval: Kind = "expanded",
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    workers: int = 1,
) -> pd.DataFrame:
    """Return bootstrap intervals of any statistic of a dataframe.

    For the mean or median change of productivity :func:`bootstrap_change` does the same much faster.

    Parameters
    ----------
    frame : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        The data; it is collected.
    statistic : callable
        Takes a pandas DataFrame such as ``frame`` and returns a number, or several by name (a Series or a
        mapping).
    unit : str, optional
        Column that names the firm, or the cluster, whose rows are drawn together; without it rows are drawn.
        Its values are new in each resample, so that a firm drawn twice is two firms.
    distinct : list of str, optional
        Further columns that must differ between two draws of one unit: the firms' ids when clusters are drawn.
    interval : {"expanded", "percentile", "bca"}, default "expanded"
        Percentile, expanded for the number of units; plain percentile; or bias-corrected and accelerated, its
        acceleration by jackknife over the units, over 500 parts of them where there are more.
    resamples : int, default 2000
        Number of resamples.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.
    seed : int, default 0
        The same seed gives the same table on any number of workers.
    workers : int, default 1
        Threads.

    Returns
    -------
    pandas.DataFrame
        A row a number that ``statistic`` returns: ``name``, ``estimate``, ``lower``, ``upper``, ``se``, and
        ``failed``: the resamples in which it was missing or infinite, or in which ``statistic`` refused the rows drawn
        (with an InputError, as a model does whose outcome is separated).
        ``attrs["notes"]`` tells where there are too few resamples for an interval at this level.

    Raises
    ------
    InputError
        Where there is one unit only, a unit or an id of ``distinct`` is missing, or ``statistic`` returns something
        else than numbers, or an infinite one of the data itself.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapters 13 and 14. Chapman & Hall.
    The equations are in docs/methods/resampling.md.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"firm_id": [1, 1, 2, 2, 3], "sales": [10.0, 12.0, 20.0, 21.0, 5.0]})
    >>> table = bootstrap(firms, lambda rows: rows["sales"].mean(), unit="firm_id", resamples=200)
    >>> table[["name", "estimate", "failed"]]
            name  estimate  failed
    0  statistic      13.6       0
    """
    one_of(interval, get_args(Kind), "interval")
    check_confidence(confidence)
    check_counts(resamples=resamples, workers=workers)
    check_whole("seed", seed, 0)
    units = _Units.of(frame, unit, tuple(distinct))
    estimates = _estimates(statistic(units.frame))
    names = list(estimates)

    def one(number: int) -> list[float]:
        drawn = np.random.default_rng([seed, number]).integers(0, units.count, units.count)
        return _again(statistic, units.take(drawn), names)

    def without(part: np.ndarray) -> list[float]:
        return _again(statistic, units.take(np.setdiff1d(np.arange(units.count), part)), names)

    with ThreadPoolExecutor(workers) as pool:
        draws = _finite(np.array(list(pool.map(one, range(resamples)))))
        parts = np.array_split(np.arange(units.count), min(units.count, JACKKNIFE_PARTS))
        left = _finite(np.array(list(pool.map(without, parts)))) if interval == "bca" else None
    values = np.array(list(estimates.values()))
    level = expanded(confidence, units.count) if interval == "expanded" else confidence
    ends = drawn_intervals(draws, values, [level] * values.size, left)
    failed = np.isnan(draws).sum(axis=0)
    enough = failed < resamples - 1
    spread = [np.nanstd(draws[:, k], ddof=1) if enough[k] else np.nan for k in range(values.size)]
    table = pd.DataFrame(
        {
            "name": names,
            "estimate": values,
            "lower": ends[0],
            "upper": ends[1],
            "se": spread,
            "failed": failed,
        }
    )
    table.attrs["notes"] = few_resamples(resamples, confidence)
    return table


def permutation_test(
    frame: IntoFrame,
    statistic: Statistic,
    shuffle: str | Sequence[str],
    *,
    unit: str | None = None,
    within: str | Sequence[str] | None = None,
    alternative: Alternative = "two-sided",
    permutations: int = 9999,
    seed: int = 0,
    workers: int = 1,
) -> pd.DataFrame:
    """Return how often a statistic as far out comes about when some columns are dealt out anew.

    Parameters
    ----------
    frame : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        The data; it is collected.
    statistic : callable
        Takes a pandas DataFrame such as ``frame`` and returns a number, or several by name.
    shuffle : str or list of str
        Columns that are dealt out anew among the units, together: the partner types, for instance.
    unit : str, optional
        Column that names the firm, or the cluster; the shuffled columns must be the same in all rows of a unit.
        Without it each row is a unit.
    within : str or list of str, optional
        Deal out only among units with the same values here (industry, region), which must not vary in a unit.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        Which statistics are as far out: those in either tail (twice the smaller one), as large, or as small. For
        one that only grows with the difference, such as that of a log-rank test, "greater".
    permutations : int, default 9999
        Number of random permutations.
    seed : int, default 0
        The same seed gives the same table on any number of workers.
    workers : int, default 1
        Threads.

    Returns
    -------
    pandas.DataFrame
        A row a number that ``statistic`` returns: ``name``, ``estimate``, ``p_value`` (the data itself
        counted as one permutation) and ``failed`` (the permutations in which it was missing, or ``statistic`` refused
        the rows with an InputError).  In ``attrs``: ``notes``.

    Raises
    ------
    InputError
        Where no column is to be shuffled, one varies within a unit, or ``statistic`` returns something else than
        numbers, or an infinite one of the data itself.

    References
    ----------
    Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in
    Genetics and Molecular Biology 9, article 39. The equations are in
    docs/methods/resampling.md.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"rise": [1.0, 2.0, 3.0, 7.0, 8.0, 9.0], "university": [False] * 3 + [True] * 3})
    >>> def gap(rows):
    ...     return rows.loc[rows["university"], "rise"].mean() - rows.loc[~rows["university"], "rise"].mean()
    >>> permutation_test(firms, gap, "university", permutations=999)["p_value"].item() < 0.2
    True
    """
    one_of(alternative, get_args(Alternative), "alternative")
    check_counts(permutations=permutations, workers=workers)
    check_whole("seed", seed, 0)
    columns, strata = as_names(shuffle, "shuffle"), as_names(within, "within")
    if not columns:
        message = "shuffle is empty; expected one or more columns to deal out anew."
        raise InputError(message)
    units = _Units.of(frame, unit, (), needed=(*columns, *strata))
    firsts = units.frame.iloc[units.starts[:-1]].reset_index(drop=True)
    _refuse_varying(units, firsts, [*columns, *strata])
    blocks = [np.arange(units.count)]
    if strata:
        blocks = [
            np.asarray(rows) for rows in firsts.groupby(strata, dropna=False, observed=True).indices.values()
        ]
    sizes = np.diff(units.starts)
    estimates = _estimates(statistic(units.frame))
    names = list(estimates)

    def one(number: int) -> list[float]:
        rng = np.random.default_rng([seed, number])
        dealt = np.arange(units.count)
        for block in blocks:
            dealt[block] = rng.permutation(block)
        rows = np.repeat(dealt, sizes)
        anew = {name: firsts[name].take(rows).set_axis(units.frame.index) for name in columns}
        return _again(statistic, units.frame.assign(**anew), names)

    with ThreadPoolExecutor(workers) as pool:
        draws = np.array(list(pool.map(one, range(permutations))))
    values = np.array(list(estimates.values()))
    slack = 1e-9 * np.abs(values)  # the same statistic in another order of sums is the same
    failed = np.isnan(draws).sum(axis=0)
    tails = {"greater": (draws >= values - slack).sum(axis=0), "less": (draws <= values + slack).sum(axis=0)}
    p_values = {side: (tail + 1) / (permutations - failed + 1) for side, tail in tails.items()}
    p_values["two-sided"] = np.minimum(1, 2 * np.minimum(p_values["greater"], p_values["less"]))
    known = np.where(np.isnan(values), np.nan, p_values[alternative])
    table = pd.DataFrame({"name": names, "estimate": values, "p_value": known, "failed": failed})
    table.attrs["notes"] = _one_sided(names, values, draws) if alternative == "two-sided" else []
    return table


def _one_sided(names: Sequence[Any], values: np.ndarray, draws: np.ndarray) -> list[str]:
    """Warn of statistics that are never negative, of which small ones are as a rule not far out."""
    never = (values >= 0) & ~(draws < 0).any(axis=0)
    return [
        f"{name} is never negative: if it only grows with the difference, alternative='greater' is the test"
        for name, one in zip(names, never, strict=True)
        if one
    ]


@dataclass(frozen=True)
class _Units:
    """A dataframe sorted by unit, where each unit's rows begin, and the columns to make distinct in a draw."""

    frame: pd.DataFrame
    starts: np.ndarray
    unit: str | None
    distinct: tuple[str, ...]

    @property
    def count(self) -> int:
        """The number of units."""
        return self.starts.size - 1

    @classmethod
    def of(
        cls, frame: IntoFrame, unit: str | None, distinct: tuple[str, ...], needed: Sequence[str] = ()
    ) -> _Units:
        """Collect ``frame`` and find its units."""
        query = lazy(frame, "frame")
        require_columns(query, [*([unit] if unit else []), *distinct, *needed])
        table = collect(query, [unit] if unit else [])
        for name in dict.fromkeys([*([unit] if unit else []), *distinct]):
            missing, what = int(table[name].isna().sum()), "unit" if name == unit else "id"
            if missing:
                message = f"{name} is missing in {missing} row(s); every row needs its {what}."
                raise InputError(message)
        if unit is None:
            starts = np.arange(len(table) + 1)
        else:
            first = np.flatnonzero(~table[unit].duplicated().to_numpy())
            starts = np.append(first, len(table))
        if starts.size < 3:
            message = f"There is {starts.size - 1} unit to draw from; expected two or more."
            raise InputError(message)
        return cls(table, starts, unit, distinct)

    def take(self, drawn: np.ndarray) -> pd.DataFrame:
        """Return the rows of some units, each draw of a unit being a unit of its own."""
        sizes = (self.starts[1:] - self.starts[:-1])[drawn]
        ends = np.cumsum(sizes)
        number = np.repeat(np.arange(drawn.size), sizes)
        rows = np.repeat(self.starts[drawn] - (ends - sizes), sizes) + np.arange(ends[-1])
        table = self.frame.iloc[rows].reset_index(drop=True)
        names = {name: pd.factorize(table[name])[0] * drawn.size + number for name in self.distinct}
        if self.unit is not None:
            names[self.unit] = number
        return table.assign(**names) if names else table


def _refuse_varying(units: _Units, firsts: pd.DataFrame, columns: Sequence[str]) -> None:
    rows = np.repeat(np.arange(units.count), np.diff(units.starts))
    for name in columns:
        first = firsts[name].take(rows).set_axis(units.frame.index)
        varies = ~(units.frame[name].eq(first) | (units.frame[name].isna() & first.isna()))
        if varies.any():
            where = units.frame[units.unit].tolist()[int(varies.to_numpy().argmax())]
            message = (
                f"{name} varies within {units.unit} {where!r}; expected one value a unit (such as that of the last "
                "year, put into all its rows first)."
            )
            raise InputError(message)


def _numbers(found: Any) -> dict[Any, float]:
    """Return what a statistic gave as numbers by name."""
    if not isinstance(found, pd.Series | Mapping):
        found = {"statistic": found}
    return {name: _number(value, name) for name, value in found.items()}


def _again(statistic: Statistic, rows: pd.DataFrame, names: Sequence[Any]) -> list[float]:
    """Return the numbers of some rows, missing where ``statistic`` refuses them or has none (None)."""
    try:
        found = _numbers(statistic(rows))
    except InputError:
        found = {}
    return [found.get(name, np.nan) for name in names]


def _number(value: Any, name: Any) -> float:
    if value is pd.NA:
        return np.nan
    if isinstance(value, str | bytes) or not hasattr(value, "__float__") or np.ndim(value):
        what = repr(value) if isinstance(value, str | bytes) or value is None else type(value).__name__
        label = "" if name == "statistic" else f" for {name!r}"
        message = (
            f"statistic returns {what}{label}; expected a number, or several by name (a Series or mapping)."
        )
        raise InputError(message)
    return float(value)


def _finite(numbers: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _estimates(found: Any) -> dict[Any, float]:
    """Return the numbers of the data itself, refusing infinite ones and none at all."""
    numbers = _numbers(found)
    infinite = [name for name, value in numbers.items() if np.isinf(value)]
    if infinite or not numbers:
        what = f"an infinite number ({infinite[0]})" if infinite else "no numbers"
        message = f"statistic returns {what} for the data itself; expected one number or more, none of them infinite."
        raise InputError(message)
    return numbers


def check_counts(**counts: int) -> None:
    """Refuse a number of resamples or workers that is no whole number of 1 or more, or more than can be held."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = f"{name}={value!r} is not a whole number of 1 or more."
            raise InputError(message)
        if value > MOST:
            message = f"{name}={value:,} is too many; expected {MOST:,} or fewer."
            raise InputError(message)


def few_resamples(resamples: int, confidence: float) -> list[str]:
    """Return the note on resamples so few that none is expected beyond the end of an interval."""
    least = math.ceil(round(2 / (1 - confidence), 6))
    if resamples >= least:
        return []
    return [
        f"resamples={resamples} is too few for an interval at the level {confidence:g}; expected {least:,} or more"
    ]


def threads(workers: int | None) -> int:
    """Return the number of threads: as many as asked for, or one for each processor."""
    if workers is not None:
        check_counts(workers=workers)
    return workers or os.cpu_count() or 1
