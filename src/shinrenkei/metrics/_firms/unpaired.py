"""Two years compared without pairing firms, and the firms that pairing cannot see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.metrics._firms.answers import Answers
from shinrenkei.metrics._firms.changes import (
    Columns,
    Deflator,
    Grouping,
    Method,
    PanelColumns,
    Told,
    answers_of,
    check_weights,
    grouping,
    layout_of,
    panel_columns,
    warn_of_units,
)
from shinrenkei.metrics._firms.deflating import deflated
from shinrenkei.metrics._firms.groups import Describing, described, group_values, labels_of, shown_types
from shinrenkei.metrics._firms.median_gaps import score_interval
from shinrenkei.metrics._firms.panel import Labels, Panel, Side, pair, read_panel
from shinrenkei.metrics._firms.summary import Summary
from shinrenkei.metrics._frames import By
from shinrenkei.metrics._marks import carries_mark

# what became of a firm of one year: no row in the other, a row without a usable value, or with one
_ALONE, _UNKNOWN, _KNOWN = 0.0, 1.0, 2.0
_COUNTS = ("n_start", "n_end", "n_both", "n_left", "n_unknown_end", "n_entered", "n_unknown_start")
_MEASURES = ("share_left", "start_of_stayers", "start_of_leavers", "end_of_stayers", "end_of_entrants")
_UNLIKE_YEARS = "levels make the difference of the years' means so skewed (skewness of 0.2 or more)"


@dataclass(frozen=True)
class _Year:
    """The firms of one year whose productivity is known."""

    level: np.ndarray
    answers: Answers
    weights: np.ndarray | None


def unpaired(
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
) -> tuple[Told, pd.DataFrame]:
    """Compare whoever is there in either year: differences of the years' means, medians and trimmed means."""
    panel, _ = _read_both(firms, groups, years, columns, deflator, weights)
    sides = [_known(side, groups, columns, method, weights) for side in (panel.start, panel.end)]
    labels = sorted({label for side in sides for label in side.answers.labels}, key=str)
    shown = shown_types(labels, types, groups.name)
    plain = replace(describing, interval="student")
    before, after = (plain.summaries(one.level, one.answers, shown, one.weights) for one in sides)
    pairs = zip(before, after, strict=True)
    changes = [describing.for_skew(_difference(one, two, describing.confidence)) for one, two in pairs]
    if weights is None:
        levels = [group_values(one.level, one.answers, shown) for one in sides]
        together = zip(changes, *levels, strict=True)
        changes = [_by_score(*one, confidence=describing.confidence) for one in together]
    table = described(groups.name, shown, changes, describing)
    table.insert(2, "n_start", np.array([one.n for one in before], np.int64))
    table.insert(3, "n_end", np.array([two.n for two in after], np.int64))
    left_out = dict(panel.left_out)
    undefined = sum(int(np.count_nonzero(side.level <= 0)) for side in (panel.start, panel.end))
    if method == "log" and undefined:
        left_out["productivity not above zero, no logarithm"] = undefined
    unanswered = sum(int(np.count_nonzero(side.answers.codes < 0)) for side in sides)
    notes = ["firms are not paired: the intervals take the two years as independent samples"]
    notes += describing.warnings(shown, changes, _UNLIKE_YEARS)
    return Told(sum(side.level.size for side in sides), unanswered, left_out, notes), table


def _read_both(
    firms: IntoFrame,
    groups: Grouping,
    years: tuple[int, int],
    columns: PanelColumns,
    deflator: Deflator,
    weights: str | None = None,
) -> tuple[Panel, tuple[np.ndarray, np.ndarray]]:
    wanted = {weights: "number"} if weights else {}
    layout = layout_of(groups, columns, deflator, wanted, wanted, answers_at=("start", "end"))
    panel = deflated(read_panel(firms, layout, *years), deflator, years)
    warn_of_units(panel, groups, columns, years)
    return panel, pair(panel, firms, layout, years)


def _known(side: Side, groups: Grouping, columns: PanelColumns, method: Method, weights: str | None) -> _Year:
    log = method == "log"
    rows = np.flatnonzero(side.level > 0 if log else ~np.isnan(side.level))
    level = np.log(side.level[rows]) if log else side.level[rows]
    held = side.labels[groups.column] if groups.column else None
    answer = Labels(held.codes[rows], held.dictionary) if held else None
    return _Year(
        level,
        answers_of(answer, groups, columns, rows.size),
        check_weights(side.numbers[weights][rows], weights) if weights else None,
    )


def _difference(before: Summary, after: Summary, confidence: float) -> Summary:
    """Return the second year less the first.

    The mean's interval is Welch's, its skewness from those of the years (Zhou and Dinh 2005); the median's comes from
    the intervals of the years (Donner and Zou 2012).
    """
    from scipy.special import stdtrit

    error, df, skewness = _error_of_difference(before, after)
    mean, half = after.mean - before.mean, float(stdtrit(df, (1 + confidence) / 2)) * error
    one, two = before.median, after.median
    below = math.hypot(two - after.median_lower, before.median_upper - one)
    above = math.hypot(after.median_upper - two, one - before.median_lower)
    return Summary(
        n=min(before.n, after.n),
        mean=mean,
        mean_lower=mean - half,
        mean_upper=mean + half,
        median=two - one,
        median_lower=two - one - below,
        median_upper=two - one + above,
        trimmed_mean=after.trimmed_mean - before.trimmed_mean,
        sd=math.nan,
        share_rose=math.nan,
        error=error,
        df=df,
        skewness=skewness,
    )


def _error_of_difference(before: Summary, after: Summary) -> tuple[float, float, float]:
    """Return the standard error of the difference of two means, its degrees of freedom and its skewness."""
    error = math.hypot(before.error, after.error)
    if not error > 0:  # the values of either year are all the same, or one year has too few
        return error, min(before.df, after.df), 0.0
    parts = before.error / error, after.error / error
    df = 1 / (parts[0] ** 4 / before.df + parts[1] ** 4 / after.df)
    return error, df, after.skewness * parts[1] ** 3 - before.skewness * parts[0] ** 3


def _by_score(change: Summary, before: np.ndarray, after: np.ndarray, *, confidence: float) -> Summary:
    """Return a difference whose median has the interval of a score test of both years' medians."""
    if math.isnan(change.median):
        return change
    later = np.arange(before.size + after.size) >= before.size
    lower, upper = score_interval(np.concatenate([before, after]), later, ~later, None, confidence)
    return replace(change, median_lower=lower, median_upper=upper)


@carries_mark
def attrition(
    firms: IntoFrame,
    by: By = "partner_type",
    start: int = 2013,
    end: int = 2018,
    *,
    types: Sequence[str] | None = None,
    deflator: Deflator = None,
    columns: Columns = None,
) -> pd.DataFrame:
    """Return how many firms of each type left and entered between two years, and how productive they were.

    A change can only be measured for firms with both years; this is the table of what that hides. A firm whose
    row is there, but without a value that can be used, has neither left nor entered, and is counted apart.

    Parameters
    ----------
    firms, by, start, end, types, deflator, columns
        As for :func:`productivity_change`. A firm that left is counted by its answer of the start year, one
        that entered by that of the end year, one that stayed by that of the start year.

    Returns
    -------
    pandas.DataFrame
        A row a type: ``by``; ``n_start`` and ``n_end`` (firms whose productivity is known in that year);
        ``n_both`` (known in both), ``n_left`` (no row in the end year), ``n_unknown_end`` (a row, but no usable
        value), which add up to ``n_start``; ``n_entered`` (no row in the start year) and ``n_unknown_start`` (a
        row, but no usable value), which with those known in both add up to ``n_end`` (by their answers of the
        end year); ``share_left`` (``n_left / n_start``, 0-1); the mean productivity in thousand yen a person: of
        the start year ``start_of_stayers`` (known in both) and ``start_of_leavers``, of the end year
        ``end_of_stayers`` and ``end_of_entrants`` (empty where there are none), and ``note``. In ``attrs``:
        ``unit``, ``start``, ``end``, ``left_out`` (firm-years by reason), ``without_answer`` (firm-years) and
        ``notes``.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm_id": ["a", "a", "b", "c"], "year": [2013, 2018, 2013, 2018], "employees": [10] * 4,
    ...     "value_added_yen": [50e6, 60e6, 40e6, 45e6], "partner_type": ["university"] * 4,
    ... })
    >>> attrition(firms)[["partner_type", "n_start", "n_end", "n_both", "n_left", "n_entered"]]
      partner_type  n_start  n_end  n_both  n_left  n_entered
    0   university        2      2       1       1          1
    """
    chosen, groups = panel_columns(columns), grouping(firms, by, [*_COUNTS, *_MEASURES, "note"])
    panel, (ours, theirs) = _read_both(firms, groups, (start, end), chosen, deflator)
    known = ~np.isnan(panel.start.level[ours]) & ~np.isnan(panel.end.level[theirs])
    counted, labels = [], set()
    for side, paired in ((panel.start, ours), (panel.end, theirs)):
        fate = np.full(side.level.size, _ALONE)
        fate[paired] = np.where(known, _KNOWN, _UNKNOWN)
        year = _known(side, groups, chosen, "level", None)
        labels |= set(year.answers.labels)
        counted.append((year, fate[~np.isnan(side.level)]))
    shown = shown_types(sorted(labels, key=str), types, groups.name)
    levels = [group_values(year.level, year.answers, shown) for year, _ in counted]
    fates = [group_values(fate, year.answers, shown) for year, fate in counted]
    rows = [_attrition_row(*cells) for cells in zip(*levels, *fates, strict=True)]
    table = pd.DataFrame(rows, columns=list(_COUNTS + _MEASURES))
    table = table.astype(dict.fromkeys(_COUNTS, "int64") | dict.fromkeys(_MEASURES, "float64"))
    table.insert(0, groups.name, labels_of(shown))
    notes = ["" if row["n_start"] or row["n_end"] else "no firms" for row in rows]
    table["note"] = pd.Series(notes, dtype="str")
    table.attrs = {"unit": "thousand yen a person", "start": start, "end": end, "left_out": panel.left_out}
    table.attrs["without_answer"] = sum(np.count_nonzero(year.answers.codes < 0) for year, _ in counted)
    table.attrs["notes"] = [] if shown else [f"no firm names any {groups.name}"]
    return table


def _attrition_row(
    before: np.ndarray, after: np.ndarray, fate_before: np.ndarray, fate_after: np.ndarray
) -> dict[str, float]:
    left = int((fate_before == _ALONE).sum())
    return {
        "n_start": before.size,
        "n_end": after.size,
        "n_both": int((fate_before == _KNOWN).sum()),
        "n_left": left,
        "n_unknown_end": int((fate_before == _UNKNOWN).sum()),
        "n_entered": int((fate_after == _ALONE).sum()),
        "n_unknown_start": int((fate_after == _UNKNOWN).sum()),
        "share_left": left / before.size if before.size else math.nan,
        "start_of_stayers": _mean(before[fate_before == _KNOWN]),
        "start_of_leavers": _mean(before[fate_before == _ALONE]),
        "end_of_stayers": _mean(after[fate_after == _KNOWN]),
        "end_of_entrants": _mean(after[fate_after == _ALONE]),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else math.nan
