"""Rates of several groups compared: differences with their intervals, tests, and p-values for all of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._frames import By, one_of
from shinrenkei.metrics._intervals import Floats, wilson
from shinrenkei.metrics._keys import column_names
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._multiple import Adjustment, adjusted_p_values
from shinrenkei.metrics.rates import Missing, commercialization_rate

Test = Literal["score", "exact"]
THE_OTHERS = "the others"
_RESULT = ("against", "rate_against", "difference", "lower", "upper", "p_value", "p_adjusted", "note")
_FEW_EXPECTED = 5


@carries_mark
def compare_rates(
    plans: IntoFrame,
    by: By,
    *,
    base: Any = None,
    test: Test = "score",
    adjust: Adjustment = "holm",
    confidence: float = 0.95,
    as_of: str | dt.date | None = None,
    missing: Missing = "empty",
    small: int = 30,
) -> pd.DataFrame:
    """Return how the commercialization rate of each group differs from that of the others, or of a base.

    Parameters
    ----------
    plans, as_of, missing, small
        As for :func:`shinrenkei.commercialization_rate`; the groups must share no plans.
    by : str or list of str
        Columns that make the groups.
    base : label, optional
        The group to compare with (with several columns in ``by`` a tuple of labels); without it each group is
        compared with all others together.
    test : {"score", "exact"}, default "score"
        The score test of equal rates (Pearson's chi-square without correction), or Fisher's exact test.
    adjust : str, default "holm"
        Adjustment of the p-values for the number of comparisons, of those that statsmodels names (``none``,
        ``bonferroni``, ``sidak``, ``holm``, ``holm-sidak``, ``simes-hochberg``, ``hommel``, ``fdr_bh``, ``fdr_by``).
    confidence : float, default 0.95
        Level of each interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row a group: ``by``, ``against`` ("the others", or the base), ``certified`` and ``commercialized`` (Int64,
        plans), ``rate`` and ``rate_against`` (0-1), ``difference`` of the two with ``lower`` and ``upper``,
        ``p_value``, ``p_adjusted`` and ``note``. In ``attrs``: ``test`` of all groups being alike (``method``,
        ``statistic``, ``df``, ``p_value``; None where there is nothing to test), ``comparisons``, ``adjustment``,
        ``interval``, ``confidence`` and ``left_out``.

    Raises
    ------
    InputError
        As for :func:`shinrenkei.commercialization_rate`; where there are no two groups with a rate, ``base`` is none
        of them, or a group called ``all`` holds the others.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 17, 873-890, method 10. Holm, S. (1979). A simple sequentially rejective multiple
    test procedure. Scandinavian Journal of Statistics 6, 65-70. The equations are in
    docs/methods/rates.md.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"region": ["kinki", "chubu"], "certified": [70, 80], "commercialized": [56, 48]})
    >>> table = compare_rates(counts, "region", base="chubu").set_index("region")
    >>> table.loc["kinki", ["difference", "lower", "upper", "p_value"]].astype(float).round(4).tolist()
    [0.2, 0.0524, 0.3339, 0.008]
    """
    one_of(test, get_args(Test), "test")
    one_of(adjust, get_args(Adjustment), "adjust")
    names = column_names(by)
    _check_names(names)
    table = commercialization_rate(
        plans, names, confidence=confidence, as_of=as_of, missing=missing, small=small
    )
    left_out = table.attrs["left_out"]
    labels = list(table[names].itertuples(index=False, name=None))
    certified, done = (
        table[name].to_numpy(dtype=float, na_value=np.nan) for name in ("certified", "commercialized")
    )
    known = table["rate"].notna().to_numpy()
    _check_groups(labels, known, base is None)
    place = None if base is None else _place(base, labels, known)
    others = _others(certified, done, known, place)
    compared = known & (others[0] > 0)
    if place is not None:
        compared[place] = False
    found = _compared((certified, done), others, compared, confidence, test)
    table = table.drop(columns=["lower", "upper"])
    table.insert(len(names), "against", THE_OTHERS if base is None else _label(base))
    found["p_adjusted"] = adjusted_p_values(found["p_value"], adjust)
    for name, values in found.items():
        table.insert(len(table.columns) - 1, name, values)
    few = compared & (_least_expected((certified, done), others) < _FEW_EXPECTED) & (test == "score")
    table["note"] = _notes(table["note"].tolist(), few, place)
    table.attrs = {
        "test": _of_all(certified[known], done[known]),
        "comparisons": int(compared.sum()),
        "adjustment": adjust,
        "interval": "Newcombe",
        "confidence": confidence,
        "left_out": left_out,
    }
    return table


def _check_names(names: list[str]) -> None:
    if not names:
        message = "by is empty; expected one or more columns whose groups are compared."
        raise InputError(message)
    for name in names:
        if name in _RESULT:
            message = f"Column {name!r} has the name of a column of the result; rename it first."
            raise InputError(message)


def _check_groups(labels: list[tuple[Any, ...]], known: np.ndarray, against_others: bool) -> None:
    if known.sum() < 2:
        message = f"{int(known.sum())} group(s) have a rate; expected two or more to compare."
        raise InputError(message)
    if against_others and any("all" in label for label in labels):
        message = "The group 'all' holds the plans of the others; leave its rows out, or name a base."
        raise InputError(message)


def _place(base: Any, labels: list[tuple[Any, ...]], known: np.ndarray) -> int:
    wanted = base if isinstance(base, tuple) else (base,)
    with_rate = [label for label, one in zip(labels, known, strict=True) if one]
    if wanted not in with_rate:
        error = unknown_name("base", _label(base), map(_label, with_rate))
        raise error
    return labels.index(wanted)


def _label(base: Any) -> str:
    return ", ".join(map(str, base)) if isinstance(base, tuple) else str(base)


def _others(certified: Floats, done: Floats, known: np.ndarray, place: int | None) -> tuple[Floats, Floats]:
    """Return the plans, and those with sales, that each group is compared with."""
    if place is not None:
        return np.full(certified.size, certified[place]), np.full(done.size, done[place])
    return certified[known].sum() - certified, done[known].sum() - done


def _compared(
    own: tuple[Floats, Floats],
    others: tuple[Floats, Floats],
    compared: np.ndarray,
    confidence: float,
    test: Test,
) -> dict[str, Floats]:
    """Return the rate compared with, the difference with its interval, and the p-value, of each group."""
    names = ("rate_against", "difference", "lower", "upper", "p_value")
    found = {name: np.full(compared.size, np.nan) for name in names}
    (n, x), (m, y) = (tuple(part[compared] for part in pair) for pair in (own, others))
    if not n.size:
        return found
    p, q = x / n, y / m
    (low_p, high_p), (low_q, high_q) = wilson(p, n, confidence), wilson(q, m, confidence)
    values = (
        q,
        p - q,
        p - q - np.hypot(p - low_p, high_q - q),
        p - q + np.hypot(high_p - p, q - low_q),
        _score_p_values(x, n, y, m) if test == "score" else _exact_p_values(x, n, y, m),
    )
    for name, known in zip(names, values, strict=True):
        found[name][compared] = known
    return found


def _score_p_values(x: Floats, n: Floats, y: Floats, m: Floats) -> Floats:
    """Return the p-values of equal rates, with the variance of the pooled rate; 1 where no rate varies."""
    from scipy.special import ndtr

    pooled = (x + y) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = np.divide(x / n - y / m, error, out=np.zeros_like(error), where=error > 0)
    return np.asarray(2 * ndtr(-np.abs(z)))


def _exact_p_values(x: Floats, n: Floats, y: Floats, m: Floats) -> Floats:
    from scipy.stats import fisher_exact

    tables = np.stack([x, n - x, y, m - y], axis=1).astype(int)
    return np.array([fisher_exact(counts.reshape(2, 2)).pvalue for counts in tables])


def _least_expected(own: tuple[Floats, Floats], others: tuple[Floats, Floats]) -> Floats:
    """Return the smallest of the four counts that equal rates would lead one to expect."""
    (n, x), (m, y) = own, others
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = (x + y) / (n + m)
    return np.asarray(np.fmin(n, m) * np.fmin(rate, 1 - rate))


def _of_all(certified: Floats, done: Floats) -> dict[str, Any] | None:
    """Return the chi-square test of one rate for all groups."""
    from scipy.stats import chi2

    rate = done.sum() / certified.sum()
    if not 0 < rate < 1:
        return None
    statistic = float(np.sum((done - certified * rate) ** 2 / (certified * rate * (1 - rate))))
    df = certified.size - 1
    return {
        "method": "Pearson chi-square",
        "statistic": statistic,
        "df": df,
        "p_value": float(chi2.sf(statistic, df)),
    }


def _notes(notes: list[str], few: np.ndarray, place: int | None) -> list[str]:
    remark = f"fewer than {_FEW_EXPECTED} expected: test='exact' is surer"
    return [
        "; ".join(filter(None, ["base" if row == place else "", note, remark if is_few else ""]))
        for row, (note, is_few) in enumerate(zip(notes, few, strict=True))
    ]
