"""What makes a bootstrap interval of a type doubtful or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.metrics._firms.changes import Changes
from shinrenkei.metrics._firms.drawing import Drawing
from shinrenkei.metrics._firms.groups import ROUNDING, SAME_CHANGE, SKEWED_CHANGES, doubtful_means
from shinrenkei.metrics._firms.skewness import moments, too_skewed
from shinrenkei.metrics._firms.summary import median_ranks

_FEW_CLUSTERS = 10  # of one type
_ALONE, _BASE_ALONE, _TOO_FEW = _UNKNOWN = (
    "in one cluster only: its error is not known",
    "the base is in one cluster only: no error is known",
    "too few firms for an interval of the difference at this level",
)
_NO_ERROR = "no interval, as each cluster has as many firms above the median as below"


def with_remarks(
    table: pd.DataFrame, found: Changes, unit: np.ndarray | None, drawing: Drawing, small: int
) -> pd.DataFrame:
    """Return the table with its notes, and without the intervals that the data do not tell."""
    shown = table.iloc[:, 0].tolist()
    remarks = [_remark(found, label, unit, drawing) for label in shown]
    table = table.copy()
    table.loc[[remark in _UNKNOWN for remark in remarks], ["lower", "upper"]] = np.nan
    if drawing.interval == "score":
        empty = table["estimate"].notna() & table["lower"].isna()
        remarks = [
            _NO_ERROR if none and remark not in _UNKNOWN else remark
            for remark, none in zip(remarks, empty, strict=True)
        ]
    notes = [
        "; ".join(filter(None, [drawing.note(size, label, small), remark]))
        for size, label, remark in zip(table["n"], shown, remarks, strict=True)
    ]
    table["note"] = pd.Series(notes, dtype="str")
    return table


def _remark(found: Changes, label: Any, unit: np.ndarray | None, drawing: Drawing) -> str:
    """Say what makes the interval of a type, or of its difference from the base, doubtful or unknown."""
    if label == drawing.base:
        return ""
    sides = [found.answers.holds(one) for one in (label, drawing.base) if one is not None]
    if any(np.count_nonzero(side) < drawing.min_firms for side in sides):
        return ""  # not described, as its note says
    clusters = [0 if unit is None else np.unique(unit[side]).size for side in sides]
    if unit is not None and min(clusters) < 2:
        return _ALONE if clusters[0] < 2 else _BASE_ALONE
    if len(sides) == 2 and (sides[0] == sides[1]).all():
        return "same firms as the base"
    if drawing.interval == "score" and not all(
        median_ranks(int(side.sum()), drawing.confidence).outer for side in sides
    ):
        return _TOO_FEW
    if all(_is_constant(found.change[side]) for side in sides):
        return SAME_CHANGE if len(sides) == 1 else f"{SAME_CHANGE}, and in those of the base"
    return f"in {clusters[0]} clusters only" if unit is not None and clusters[0] < _FEW_CLUSTERS else ""


def _is_constant(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= ROUNDING * np.abs(values).max())


def skew_notes(
    values: Mapping[Any, np.ndarray], drawing: Drawing, small: int, cluster: str | None
) -> list[str]:
    """Name the types whose mean has an interval that is doubtful, though they are not small."""
    allows = drawing.interval in ("skew", "studentized")
    if drawing.statistic == "median" or drawing.base is not None or allows:
        return []
    known = {label: one for label, one in values.items() if one.size >= max(small, 2)}
    doubtful = [label for label, one in known.items() if too_skewed(moments(one)[2])]
    return doubtful_means(doubtful, SKEWED_CHANGES, "this interval", "studentized" if cluster else "skew")
