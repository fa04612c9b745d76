"""What cumulative counts at other dates say of a rate whose own base is not printed."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError


def bounded_rate(
    counts: pd.DataFrame, by: list[str] | None = None, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the range in which a commercialization rate must lie where its base was counted on other days.

    A cumulative count never falls, so the plans certified on a day lie between the last count before it and
    the first count after it, and the rate between the commercialized plans over the one and over the other.

    Parameters
    ----------
    counts
        Cumulative counts: columns ``as_of`` (date), ``certified`` and ``commercialized`` (whole numbers,
        missing where not known), and those of ``by``.
    by
        Columns that tell the groups apart; ``["region"]`` by default.
    confidence
        Level of the interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row a known count of commercialized plans: ``as_of``, the columns of ``by``, ``commercialized``,
        ``certified_min`` and ``certified_max`` (the base can be no less and no more; missing where no count
        bounds it), ``source_ids`` (where ``counts`` has ``source_id``: the sources of the counts used, by
        commas), ``rate_min`` and ``rate_max`` (0-1), ``lower`` and ``upper`` (0-1): from the lower Wilson
        limit of the least rate to the upper one of the largest, which covers the rate wherever it lies.

    Raises
    ------
    InputError
        Where a column is missing, a count after a day is below one before it, or ``confidence`` is not
        between 0 and 1.

    References
    ----------
    Horowitz, J. L. and Manski, C. F. (2000), "Nonparametric analysis of randomized experiments with missing
    covariate and outcome data", JASA 95, 77-84: limits of an identified range. Wilson, E. B. (1927), "Probable
    inference, the law of succession, and statistical inference", JASA 22, 209-212. The equations are in
    docs/methods/rates.md.

    Examples
    --------
    >>> counts = pd.DataFrame({
    ...     "as_of": pd.to_datetime(["2006-03-31", "2006-12-31", "2007-02-28"]), "region": "all",
    ...     "certified": pd.array([165, None, 315], dtype="Int64"),
    ...     "commercialized": pd.array([None, 135, None], dtype="Int64")})
    >>> bounded_rate(counts)[["rate_min", "rate_max"]].round(3).values.tolist()
    [[0.429, 0.818]]
    """
    groups = ["region"] if by is None else by
    missing = [name for name in ["as_of", "certified", "commercialized", *groups] if name not in counts]
    if missing:
        msg = f"counts has no column {', '.join(missing)}; its columns are {', '.join(map(str, counts.columns))}."
        raise InputError(msg)
    if not 0 < confidence < 1:
        msg = f"confidence is {confidence!r}; expected a number between 0 and 1, such as 0.95."
        raise InputError(msg)
    known = counts.dropna(subset=["commercialized"])
    rows = [
        _bounds(row, _same_group(counts, row, groups), groups) for row in map(dict, known.to_dict("records"))
    ]
    columns = ["as_of", *groups, "commercialized", "certified_min", "certified_max", "rate_min", "rate_max"]
    columns += ["source_ids"] if "source_id" in counts else []
    whole = dict.fromkeys(("commercialized", "certified_min", "certified_max"), "Int64")
    bounds = pd.DataFrame(rows, columns=columns).astype(
        whole | {"rate_min": "float64", "rate_max": "float64"}
    )
    return _with_limits(bounds, confidence)


def _with_limits(bounds: pd.DataFrame, confidence: float) -> pd.DataFrame:
    from statsmodels.stats.proportion import proportion_confint

    done = bounds["commercialized"].to_numpy("float64")
    least = np.fmax(bounds["certified_min"].to_numpy("float64", na_value=np.nan), done)
    most = bounds["certified_max"].to_numpy("float64", na_value=np.nan)
    lower, _ = proportion_confint(done, np.where(most > 0, most, np.nan), 1 - confidence, method="wilson")
    _, upper = proportion_confint(done, np.where(least > 0, least, np.nan), 1 - confidence, method="wilson")
    unbounded = np.isnan(bounds["certified_min"].to_numpy("float64", na_value=np.nan))
    return bounds.assign(
        lower=np.where(np.isnan(most), 0.0, lower), upper=np.where(unbounded & (done > 0), 1.0, upper)
    )


def _same_group(counts: pd.DataFrame, row: dict[Hashable, object], groups: list[str]) -> pd.DataFrame:
    same = counts["certified"].notna()
    for name in groups:
        same &= counts[name] == row[name]
    return counts[same]


def _bounds(row: dict[Hashable, object], group: pd.DataFrame, groups: list[str]) -> dict[str, object]:
    earlier, later = group[group["as_of"] <= row["as_of"]], group[group["as_of"] >= row["as_of"]]
    before, after = earlier["certified"].max(), later["certified"].min()
    if not pd.isna(before) and not pd.isna(after) and before > after:
        where = ", ".join(f"{name} = {row[name]}" for name in groups)
        msg = f"counts, {where}: certified falls from {before} to {after} around {row['as_of']}; it is cumulative."
        raise InputError(msg)
    done = int(str(row["commercialized"]))
    least = done if pd.isna(before) else max(int(before), done)
    return {name: row[name] for name in ["as_of", *groups]} | {
        "commercialized": done,
        "certified_min": before,
        "certified_max": after,
        "rate_min": 0.0 if pd.isna(after) else done / int(after) if after else None,
        "rate_max": done / least if least else None,
        "source_ids": _sources(
            row, earlier[earlier["certified"] == before], later[later["certified"] == after]
        ),
    }


def _sources(row: dict[Hashable, object], *used: pd.DataFrame) -> str:
    if "source_id" not in row:
        return ""
    names = [str(row["source_id"]), *(str(name) for rows in used for name in rows["source_id"])]
    return ", ".join(dict.fromkeys(names))
