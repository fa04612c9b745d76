"""The change of labor productivity between two years, by type of partner, and the firms it cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms.changes import (
    UNIT,
    Changes,
    Columns,
    Deflator,
    Grouping,
    Method,
    PanelColumns,
    Told,
    check_flag,
    check_text,
    check_weights,
    grouping,
    panel_columns,
    read_changes,
)
from shinrenkei.metrics._firms.groups import (
    DESCRIBED,
    SKEWED_CHANGES,
    Describing,
    MeanInterval,
    check_sizes,
    described,
    shown_types,
)
from shinrenkei.metrics._firms.summary import Summary
from shinrenkei.metrics._firms.treated import CutOffs
from shinrenkei.metrics._firms.unpaired import attrition, unpaired
from shinrenkei.metrics._firms.value_added import value_added, value_added_definitions
from shinrenkei.metrics._frames import By, check_confidence, one_of
from shinrenkei.metrics._marks import carries_mark

__all__ = ["PanelColumns", "attrition", "productivity_change", "value_added", "value_added_definitions"]


@carries_mark
def productivity_change(
    firms: IntoFrame,
    by: By = "partner_type",
    start: int = 2013,
    end: int = 2018,
    *,
    types: Sequence[str] | None = None,
    method: Method = "level",
    weights: str | None = None,
    deflator: Deflator = None,
    winsorize: float | None = None,
    trim: float | None = None,
    trimmed_mean: float = 0.1,
    balanced: bool = True,
    min_firms: int = 3,
    small: int = 30,
    confidence: float = 0.95,
    interval: MeanInterval | None = None,
    columns: Columns = None,
) -> pd.DataFrame:
    """Return how labor productivity changed between two years, by type of partner.

    Labor productivity is value added over persons engaged; its change is taken firm by firm and then
    described for each type. A firm with several partner types counts in each of them, as in the White Paper.

    Parameters
    ----------
    firms : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a firm and year, with the columns that ``columns`` names. The engine picks columns and years.
    by : str, list of str or None, default "partner_type"
        A column of codes (several joined by ``;``, or lists), or boolean columns: their names, or what their
        names begin with (``partner_type`` for ``partner_type_university``, ...; every column that begins so must
        be boolean). Types are shown without a ``partner_type_`` that all the names begin with. None puts all
        firms in one group. Answers are those of the end year.
    start, end : int, default 2013 and 2018
        The two years.
    types : list of str, optional
        The types to show, each once, in this order; without it all that occur. A ``partner_type`` that is neither here
        nor one of the fourteen of the White Paper is an error.
    method : {"level", "log"}, default "level"
        Difference in thousand yen a person, or of logarithms.
    weights : str, optional
        Column of survey weights, above zero; that of the end year counts.
    deflator : mapping of int to float, or str, optional
        Price index (100 in the year whose prices the result is in) by year, or a column that holds it.
    winsorize, trim : float, optional
        Share of all firms at either end whose change is drawn in to the quantile there, or left out.  The intervals
        allow for the quantiles being estimates.
    trimmed_mean : float, default 0.1
        Share of each group left out at either end for the column ``trimmed_mean``.
    balanced : bool, default True
        Firms with both years only. False compares whoever is there in either year, group by group.
    min_firms : int, default 3
        Groups with fewer firms are listed, but not described.
    small : int, default 30
        Groups with fewer firms are called small in their note.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.
    interval : {"skew", "student"}, optional
        Interval of the mean: Student's, but reaching further to the side of the long tail where few firms' changes are
        strongly skewed (Hall 1992); or Student's whatever the changes. Without it "skew", and with ``weights``,
        which "skew" does not take, "student".
    columns : PanelColumns or mapping of str to str, optional
        Names of the firm's id, year, value added and persons; the unit of value added; the separator.

    Returns
    -------
    pandas.DataFrame
        A row a type: ``by``, ``n``, ``mean``, ``mean_lower``, ``mean_upper``, ``median``, ``median_lower``,
        ``median_upper``, ``trimmed_mean``, ``trim_share`` (left out at either end for it), ``sd``,
        ``share_rose`` (0-1), ``note``; with ``balanced=False`` also ``n_start`` and ``n_end``, and ``sd`` and
        ``share_rose`` are empty; ``treatment`` where changes were winsorized or trimmed. Changes in thousand
        yen a person. In ``attrs``: ``unit``, ``firms`` (with both years), ``left_out`` (by reason),
        ``notes``, ``without_answer`` (firms) and the parameters, ``interval`` being the one that was used.

    Raises
    ------
    InputError
        Where a year is absent, a firm-year stands twice, no firm has both years, or a column does not hold
        what it should.

    Notes
    -----
    Changes are strongly skewed where a group of ten firms or more has at most 25 times as many as the square of their
    adjusted sample skewness (Cochran's rule); ``attrs["notes"]`` names these groups. For 30 firms and an exponential
    law Student's interval holds 93 % in place of 95 %, the default 96 %. The intervals of medians hold their level
    whatever the law.

    References
    ----------
    Means: Student's t; with weights Bell, R. M. and McCaffrey, D. F. (2002), Survey Methodology 28, 169-181; for
    skewed changes Hall, P. (1992), Journal of the Royal Statistical Society B 54, 221-228, with the skewness of
    Joanes, D. N. and Gill, C. A. (1998), The Statistician 47, 183-189; treated changes Tukey, J. W. and McLaughlin,
    D. H. (1963), Sankhya A 25, 331-352. Medians: Hettmansperger, T. P. and Sheather, S. J. (1986), Statistics and
    Probability Letters 4, 75-79; with weights Woodruff, R. S. (1952), Journal of the American Statistical Association
    47, 635-646. ``balanced=False``: of means Welch, B. L. (1947), Biometrika 34, 28-35, where their difference is
    skewed Zhou, X.-H. and Dinh, P. (2005), Biostatistics 6, 187-200; of medians Francisco, C. A. and Fuller, W. A.
    (1991), Annals of Statistics 19, 454-469, with weights Donner, A. and Zou, G. Y. (2012), Statistical Methods in
    Medical Research 21, 347-359, from the intervals of the years. The equations are in docs/methods/productivity.md.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm_id": [1, 1, 2, 2, 3, 3], "year": [2013, 2018] * 3, "employees": [10] * 6,
    ...     "value_added_yen": [50e6, 60e6, 40e6, 45e6, 70e6, 68e6],
    ...     "partner_type": ["university"] * 2 + ["university;other"] * 2 + ["university"] * 2,
    ... })
    >>> table = productivity_change(firms).set_index("partner_type")
    >>> table[["n", "mean", "median", "share_rose"]].round(2)
                  n    mean  median  share_rose
    partner_type
    university    3  433.33   500.0        0.67
    other         1     NaN     NaN         NaN
    >>> table.loc["other", "note"]
    'fewer than 3 firms: not described'
    """
    _check(confidence, method, winsorize, trim, trimmed_mean)
    check_flag("balanced", balanced)
    if weights is not None:
        check_text("weights", weights)
    used = _interval_of_mean(interval, weights)
    check_sizes(min_firms=min_firms, small=small)
    extra = {"n_start": not balanced, "n_end": not balanced, "treatment": bool(winsorize or trim)}
    groups = grouping(firms, by, [*DESCRIBED, *(name for name, stands in extra.items() if stands)])
    describing = Describing(confidence, trimmed_mean, min_firms, small, used)
    how: dict[str, Any] = {"types": types, "method": method, "deflator": deflator, "weights": weights}
    how["columns"] = panel_columns(columns)
    if balanced:
        how |= {"winsorize": winsorize, "trim": trim}
    elif winsorize is not None or trim is not None:
        message = "winsorize and trim need the change of each firm; leave them out, or balanced=False."
        raise InputError(message)
    told, table = (_paired if balanced else unpaired)(firms, groups, (start, end), describing, **how)
    table.attrs = {
        "unit": UNIT[method],
        "start": start,
        "end": end,
        "confidence": confidence,
        "interval": used,
        "balanced": balanced,
        "firms": told.firms,
        "without_answer": told.without_answer,
        "left_out": told.left_out,
        "notes": told.notes + ([] if len(table) else [f"no firm names any {groups.name}"]),
    }
    return table


def _interval_of_mean(interval: MeanInterval | None, weights: str | None) -> MeanInterval:
    if interval is None:
        return "skew" if weights is None else "student"
    one_of(interval, get_args(MeanInterval), "interval")
    if interval == "skew" and weights is not None:
        message = "interval='skew' takes no weights; leave out weights, or interval."
        raise InputError(message)
    return interval


def _check(
    confidence: float, method: str, winsorize: float | None, trim: float | None, trimmed_mean: float
) -> None:
    check_confidence(confidence)
    one_of(method, get_args(Method), "method")
    for name, share in {"winsorize": winsorize, "trim": trim, "trimmed_mean": trimmed_mean}.items():
        if share is not None and (not isinstance(share, int | float) or not 0 <= share < 0.5):
            message = f"{name}={share!r} is not a share of 0 or more and below 0.5, such as 0.01."
            raise InputError(message)
    if winsorize is not None and trim is not None:
        message = "winsorize and trim were both given; expected one of them."
        raise InputError(message)


def _treat_outliers(found: Changes, cut_offs: CutOffs) -> Changes:
    """Draw in, or leave out, the changes beyond a quantile of all firms."""
    if cut_offs.winsorized:
        return replace(found, change=found.change.clip(*cut_offs.ends))
    kept = cut_offs.kept
    cut = {"change beyond the trimmed share": found.change.size - kept.size}
    return replace(found.keep(kept), left_out=found.left_out | cut)


def _summaries_of_treated(
    found: Changes, cut_offs: CutOffs, shown: Sequence[Any], describing: Describing, weights: str | None
) -> list[Summary]:
    """Describe the changes of each type as treated, the cut-offs being estimated from all firms."""
    treated, plain = _treat_outliers(found, cut_offs), replace(describing, interval="student")
    weight = found.numbers[weights] if weights else np.ones(found.change.size)
    kept_weights = treated.numbers[weights] if weights else None
    summaries = []
    for label in shown:
        counts = np.where(found.answers.holds(label), weight, 0.0)
        level = cut_offs.confidence_of_median(counts, describing.confidence)
        wide = replace(plain, confidence=level)
        (one,) = wide.summaries(treated.change, treated.answers, [label], kept_weights)
        summaries.append(describing.for_skew(cut_offs.mean_of(one, counts, describing.confidence)))
    return summaries


def _paired(
    firms: IntoFrame,
    groups: Grouping,
    years: tuple[int, int],
    describing: Describing,
    *,
    types: Sequence[str] | None,
    method: Method,
    columns: PanelColumns,
    deflator: Deflator,
    weights: str | None,
    winsorize: float | None,
    trim: float | None,
) -> tuple[Told, pd.DataFrame]:
    """Describe the changes of the firms that have both years."""
    at_end = {weights: "number"} if weights else {}
    found = read_changes(
        firms, groups, *years, method=method, columns=columns, deflator=deflator, at_end=at_end
    )
    shown = shown_types(found.answers.labels, types, groups.name)
    checked = check_weights(found.numbers[weights], weights) if weights else None
    share = trim if winsorize is None else winsorize
    if share:
        cut_offs = CutOffs.of(found.change, share, winsorized=winsorize is not None)
        summaries = _summaries_of_treated(found, cut_offs, shown, describing, weights)
        found = _treat_outliers(found, cut_offs)
    else:
        summaries = describing.summaries(found.change, found.answers, shown, checked)
    table = described(groups.name, shown, summaries, describing)
    if share:
        table.insert(len(table.columns) - 1, "treatment", cut_offs.told())
    told, warnings = found.told(), describing.warnings(shown, summaries, SKEWED_CHANGES)
    return replace(told, notes=[*told.notes, *warnings]), table
