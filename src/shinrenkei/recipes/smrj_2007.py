"""What the codebooks of smrj-2007 cannot say: counts behind shares whose base stands elsewhere."""

from __future__ import annotations

import pandas as pd

from shinrenkei.cleaning.numbers import parse_number
from shinrenkei.errors import BuildError
from shinrenkei.recipes.tidy import ReadRaw
from shinrenkei.rounding import bases_behind, counts_behind


def area_with_counts(frame: pd.DataFrame, read: ReadRaw) -> pd.DataFrame:
    """Add the counts behind the shares, of all plans certified by the same date."""
    certified = parse_number(read("smrj-2007/plan_counts")["認定件数"]).iloc[0]
    return frame.assign(件数=_counts(frame, int(certified)))


def themes_with_counts(frame: pd.DataFrame, read: ReadRaw) -> pd.DataFrame:
    """Add the counts behind the shares for the section's total of ties, and the other bases that fit."""
    ties = read("smrj-2007/academic_partners").set_index("機関").loc["合計", "合計"]
    base = int(parse_number(ties))
    fitting = bases_behind(_shares(frame), range(1, base + 1))
    return frame.assign(件数=_counts(frame, base), 母数=str(base), 当てはまる母数=" ".join(map(str, fitting)))


def _shares(frame: pd.DataFrame) -> list[float]:
    return [float(parse_number(share.rstrip("％"))) for share in frame["割合"]]


def _counts(frame: pd.DataFrame, base: int) -> list[str]:
    found = [counts_behind(share, base) for share in _shares(frame)]
    for share, counts in zip(frame["割合"], found, strict=True):
        if len(counts) != 1:
            msg = f"{share} of {base} stands for {len(counts)} whole counts; expected exactly one."
            raise BuildError(msg)
    return [str(counts[0]) for counts in found]
