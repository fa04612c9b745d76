"""Bootstrap and permutation, by firm or by cluster: seeded, the same answer on any number of workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms.changes import (
    Columns,
    Deflator,
    Method,
    check_flag,
    check_text,
    few_clusters,
    grouping,
    panel_columns,
    read_changes,
    unit_numbers,
)
from shinrenkei.metrics._firms.drawing import LAWS, SCORE_LAW, Drawing, by_law, drawn, put_further
from shinrenkei.metrics._firms.groups import check_sizes, group_values, labels_of, shown_types
from shinrenkei.metrics._firms.intervals import (
    ChangeKind,
    GroupKind,
    Interval,
    Statistic,
    law_interval,
    reaching_for_skew,
)
from shinrenkei.metrics._firms.remarks import skew_notes, with_remarks
from shinrenkei.metrics._frames import By, check_confidence, one_of
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._resampled_frames import bootstrap, few_resamples, permutation_test, threads

_ENDS = ["estimate", "lower", "upper"]
__all__ = ["Interval", "bootstrap", "bootstrap_change", "bootstrap_interval", "permutation_test"]


def bootstrap_interval(
    values: Sequence[float] | np.ndarray | pd.Series,
    statistic: Statistic = "mean",
    *,
    interval: GroupKind | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Return the bootstrap interval of one group's mean or median, without resampling.

    The median of a resample is an order statistic whose law is known exactly; the sum of a resample has the n-fold
    convolution of the values' law, which is found to a hundredth of a standard error or better. The interval is
    therefore the one that infinitely many resamples would give: there is no Monte Carlo error and no seed.

    Parameters
    ----------
    values : array of float
        One value a firm, without missing or infinite ones; at least two.
    statistic : {"mean", "median"}, default "mean"
        What to estimate.
    interval : {"skew", "expanded", "percentile", "bca"}, optional
        For means, "expanded", but reaching further to the side of the long tail where few values are strongly skewed
        (Hall 1992); percentile, expanded for the number of values (Hesterberg 2015); plain percentile; or
        bias-corrected and accelerated (Efron 1987). The latter two hold less than their level below about 100 values.
        Without it "skew" for the mean and "expanded" for the median.
    confidence : float, default 0.95
        Level of the interval, between 0 and 1.

    Returns
    -------
    Interval
        ``estimate``, ``lower`` and ``upper``, in the unit of ``values``.

    Raises
    ------
    InputError
        Where there are fewer than two values, or missing or infinite ones; where "skew" is asked for a median.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185. Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician 69,
    371-386. Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical Society B
    54, 221-228. Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans, chapter 10. Embrechts, P.,
    Grübel, R. and Pitts, S. M. (1993). Some applications of the fast Fourier transform algorithm in insurance
    mathematics. Statistica Neerlandica 47, 59-75. The equations are in
    docs/methods/productivity.md.

    Examples
    --------
    >>> bootstrap_interval([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0], "median", interval="percentile")
    Interval(estimate=7.0, lower=2.0, upper=16.0)
    """
    one_of(statistic, get_args(Statistic), "statistic")
    default: GroupKind = "skew" if statistic == "mean" else "expanded"
    kind = default if interval is None else interval
    one_of(kind, get_args(GroupKind), "interval")
    if kind == "skew" and statistic == "median":
        message = "interval='skew' is for means; for medians leave interval out."
        raise InputError(message)
    check_confidence(confidence)
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        message = "values holds something else than numbers; expected one number a firm."
        raise InputError(message) from None
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if array.ndim != 1 or array.size < 2 or bad:
        message = f"values has {array.size} values, {bad} of them missing or infinite; expected two or more numbers."
        raise InputError(message)
    if kind == "skew":
        return reaching_for_skew(array, law_interval(array, statistic, "expanded", confidence), confidence)
    return law_interval(array, statistic, kind, confidence)


@carries_mark
def bootstrap_change(
    firms: IntoFrame,
    by: By = "partner_type",
    start: int = 2013,
    end: int = 2018,
    *,
    statistic: Statistic = "mean",
    base: str | None = None,
    joint: bool = False,
    cluster: str | None = None,
    interval: ChangeKind | None = None,
    resamples: int = 2000,
    seed: int = 0,
    workers: int | None = None,
    types: Sequence[str] | None = None,
    method: Method = "level",
    deflator: Deflator = None,
    min_firms: int = 3,
    small: int = 30,
    confidence: float = 0.95,
    columns: Columns = None,
) -> pd.DataFrame:
    """Return bootstrap intervals for the change of labor productivity, by type of partner.

    Parameters
    ----------
    firms, by, start, end, types, method, deflator, min_firms, small, columns
        As for :func:`shinrenkei.metrics.productivity.productivity_change`.
    statistic : {"mean", "median"}, default "mean"
        What to estimate of each type.
    base : str, optional
        Estimate each type's difference from this one; types are then resampled together.
    joint : bool, default False
        Resample firms for all types together. Without it, and without ``base`` and ``cluster``, each type has
        the interval of :func:`bootstrap_interval`, which needs no resampling.
    cluster : str, optional
        Column of the start year (industry, region, ...) whose values are resampled whole.
    interval : {"skew", "expanded", "percentile", "bca", "studentized", "score"}, optional
        For means of single types by firm, "expanded", but reaching further to the side of the long tail where few
        firms' changes are strongly skewed (Hall 1992); percentile, expanded for the number of firms of the type (the
        smaller of two, or the clusters); plain percentile; bias-corrected and accelerated, its acceleration by
        jackknife of the same units; for means, the bootstrap-t with equal arms (Hall 1988), which is drawn for a
        single type too and is for strongly skewed changes by cluster; or, for differences of two medians, a score test
        of both, inverted (Francisco and Fuller 1991), which needs no resampling. Without it "skew" where it can
        be, "score" for the difference of two medians, as no bootstrap holds its level there, and else "expanded".
    resamples : int, default 2000
        Number of resamples; without resampling it does not matter.
    seed : int, default 0
        The same seed gives the same table, whatever the engine, the order of rows and ``workers``.
    workers : int, optional
        Threads; without it one for each processor.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row a type: ``by``, ``n``, ``estimate``, ``lower``, ``upper`` (thousand yen a person, or log points)
        and ``note``. In ``attrs``: ``law`` (how the interval was found), ``units`` (resampled), ``left_out``,
        ``notes`` (on too few resamples among them) and the parameters, ``interval`` being the one that was used.

    Raises
    ------
    InputError
        As for :func:`shinrenkei.metrics.productivity.productivity_change`; where a firm has no cluster, or
        there is only one cluster.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapters 12 to 14. Chapman & Hall.
    Hall, P. (1988). On symmetric bootstrap confidence intervals. Journal of the Royal Statistical Society B 50, 35-45.
    Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical Society B 54,
    221-228. Francisco, C. A. and Fuller, W. A. (1991). Quantile estimation with a complex survey design. Annals of
    Statistics 19, 454-469. The equations are in
    docs/methods/productivity.md.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2013, 2018] * 4, "employees": [10] * 8,
    ...     "value_added_yen": [50e6, 60e6, 40e6, 45e6, 70e6, 68e6, 50e6, 52e6], "partner_type": "university",
    ... })
    >>> bootstrap_change(firms, statistic="median")[["n", "estimate", "lower", "upper"]]
       n  estimate  lower   upper
    0  4     350.0 -200.0  1000.0
    """
    if cluster is not None:
        check_text("cluster", cluster)
    kind = _default(statistic, base, cluster) if interval is None else interval
    check_sizes(min_firms=min_firms, small=small)
    drawing = Drawing(statistic, kind, base, confidence, resamples, seed, threads(workers), max(min_firms, 2))
    drawing.check(cluster)
    check_flag("joint", joint)
    one_of(method, get_args(Method), "method")
    chosen, groups = panel_columns(columns), grouping(firms, by, ["n", *_ENDS, "note"])
    at_start = {cluster: "label"} if cluster else {}
    found = read_changes(
        firms, groups, start, end, method=method, columns=chosen, deflator=deflator, at_start=at_start
    ).in_order()
    shown = shown_types(found.answers.labels, types, groups.name)
    drawing.check_base(found)
    unit = unit_numbers(found, cluster) if cluster else None
    units = found.change.size if unit is None else int(unit.max()) + 1
    told: list[str] = []
    if base is None and cluster is None and not joint and kind != "studentized":
        rows, law = by_law(found, shown, drawing), LAWS[statistic]
    else:
        rows, told = drawn(found, shown, unit, drawing)
        of = f"{units} {f'clusters ({cluster})' if cluster else 'firms'}"
        law = SCORE_LAW if kind == "score" else f"{resamples} resamples of {of}"
        told += [] if kind == "score" else few_resamples(resamples, confidence)
    values = group_values(found.change, found.answers, shown)
    if kind == "skew":
        rows, further = put_further(rows, values, shown, drawing)
        told += further
    sizes = np.array([one.size for one in values], np.int64)
    ends = pd.DataFrame(rows, columns=_ENDS, dtype=float)
    table = pd.DataFrame({groups.name: labels_of(shown), "n": sizes}).join(ends)
    table = with_remarks(table, found, unit, drawing, small)
    notes = [*found.notes, *told, *([] if shown else [f"no firm names any {groups.name}"])]
    notes += [] if cluster is None else few_clusters(units)
    notes += skew_notes(dict(zip(shown, values, strict=True)), drawing, small, cluster)
    table.attrs.update(
        drawing.facts() | {"law": law, "units": units, "left_out": found.left_out, "notes": notes}
    )
    return table


def _default(statistic: Statistic, base: str | None, cluster: str | None) -> ChangeKind:
    if statistic == "median":
        return "expanded" if base is None else "score"
    return "skew" if base is None and cluster is None else "expanded"
