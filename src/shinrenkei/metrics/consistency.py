"""Do counts from several sources agree: on one day, over time, part with whole, and in what they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from shinrenkei.errors import InputError

FACT_COLUMNS = ("quantity", "group", "as_of", "value", "source_id", "locator")

FOUND_COLUMNS = [
    "check",
    "quantity",
    "group",
    "first_as_of",
    "first_value",
    "first_source_id",
    "first_locator",
    "second_as_of",
    "second_value",
    "second_source_id",
    "second_locator",
    "agrees",
]

_Facts = list[dict[str, Any]]


def compare_counts(
    facts: pd.DataFrame, *, whole: str = "all", within: dict[str, str] | None = None
) -> pd.DataFrame:
    """Hold cumulative counts of several sources against each other, each pair that can contradict.

    Four checks: two sources' counts of one thing on one day are equal (``same day``); a cumulative count does
    not fall from one day to the next that any source gives (``does not fall``); a group's count is no more than
    the whole's on the same day or the next one given (``part of the whole``), nor is the sum of the groups
    counted on one day (``parts of the whole``); and one quantity is no more than another that contains it
    (``within``, such as commercialized within certified).

    Parameters
    ----------
    facts
        A row a count: ``quantity``, ``group``, ``as_of`` (date), ``value`` (number), ``source_id``, ``locator``.
    whole
        The group that contains the others.
    within
        Quantities that another contains: ``{"commercialized": "certified"}``.

    Returns
    -------
    pandas.DataFrame
        A row a comparison: the check, both values with date, source and locator, and whether they agree. Of
        ``does not fall`` the first is the earlier one; of the others the first is the part.

    Raises
    ------
    InputError
        Where a column is missing or a value is not known.

    Examples
    --------
    >>> facts = pd.DataFrame({
    ...     "quantity": "certified", "group": "all", "as_of": pd.Timestamp("2006-03-31"),
    ...     "value": [165, 163], "source_id": ["doyu-2006", "smrj-2007"], "locator": ["article", "figure 5"]})
    >>> compare_counts(facts)[["check", "first_value", "second_value", "agrees"]].values.tolist()
    [['same day', 165, 163, False]]
    """
    missing = [name for name in FACT_COLUMNS if name not in facts]
    if missing:
        msg = f"facts has no column {', '.join(missing)}; expected {', '.join(FACT_COLUMNS)}."
        raise InputError(msg)
    if facts[["as_of", "value"]].isna().any(axis=None):
        msg = "facts has a row without as_of or value; leave out what is not printed."
        raise InputError(msg)
    ordered = facts.sort_values(["quantity", "group", "as_of", "source_id"], kind="stable").to_dict("records")
    rows: _Facts = [{str(key): value for key, value in fact.items()} for fact in ordered]
    found = [
        *_same_day(rows),
        *_falls(rows),
        *_parts(rows, whole),
        *_sums(rows, whole),
        *_contained(rows, within or {}),
    ]
    return pd.DataFrame(found, columns=FOUND_COLUMNS)


def _compared(check: str, first: dict[str, Any], second: dict[str, Any], *, agrees: bool) -> dict[str, Any]:
    row = {"check": check, "quantity": first["quantity"], "group": first["group"], "agrees": agrees}
    for side, fact in (("first", first), ("second", second)):
        row |= {f"{side}_{name}": fact[name] for name in ("as_of", "value", "source_id", "locator")}
    return row


def _alike(rows: _Facts, fact: dict[str, Any], **other: Any) -> _Facts:
    wanted = {"quantity": fact["quantity"], "group": fact["group"]} | other
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _same_day(rows: _Facts) -> Iterator[dict[str, Any]]:
    for first, second in combinations(rows, 2):
        same = all(first[name] == second[name] for name in ("quantity", "group", "as_of"))
        if same and (first["source_id"], first["locator"]) != (second["source_id"], second["locator"]):
            yield _compared("same day", first, second, agrees=first["value"] == second["value"])


def _falls(rows: _Facts) -> Iterator[dict[str, Any]]:
    for first in rows:
        later = [row for row in _alike(rows, first) if row["as_of"] > first["as_of"]]
        for second in later:
            if second["as_of"] == min(row["as_of"] for row in later):
                yield _compared("does not fall", first, second, agrees=first["value"] <= second["value"])


def _next(rows: _Facts, fact: dict[str, Any], **other: Any) -> _Facts:
    """Return the counts of the containing thing on the first day, from the fact's on, that any source gives."""
    candidates = [row for row in _alike(rows, fact, **other) if row["as_of"] >= fact["as_of"]]
    return [row for row in candidates if row["as_of"] == min(each["as_of"] for each in candidates)]


def _parts(rows: _Facts, whole: str) -> Iterator[dict[str, Any]]:
    for part in rows:
        if part["group"] != whole:
            for second in _next(rows, part, group=whole):
                yield _compared("part of the whole", part, second, agrees=part["value"] <= second["value"])


def _sums(rows: _Facts, whole: str) -> Iterator[dict[str, Any]]:
    parts = [row for row in rows if row["group"] != whole]
    for quantity, as_of, source_id in sorted(
        {(row["quantity"], row["as_of"], row["source_id"]) for row in parts}
    ):
        same = [
            row
            for row in parts
            if (row["quantity"], row["as_of"], row["source_id"]) == (quantity, as_of, source_id)
        ]
        if len(same) > 1:
            names = "+".join(str(row["group"]) for row in same)
            total = same[0] | {"group": names, "value": sum(row["value"] for row in same)}
            for second in _next(rows, total, group=whole):
                yield _compared("parts of the whole", total, second, agrees=total["value"] <= second["value"])


def _contained(rows: _Facts, within: dict[str, str]) -> Iterator[dict[str, Any]]:
    for first in rows:
        if first["quantity"] in within:
            for second in _next(rows, first, quantity=within[first["quantity"]]):
                yield _compared("within", first, second, agrees=first["value"] <= second["value"])


def nested_composition(part: dict[str, int], whole: dict[str, int]) -> float:
    """Return how likely a part of a cohort is to be made up as it is, or more unlike the rest, by chance.

    A cohort counted early in a year is a part of the year's: what is left after taking it out is the rest of
    the year. Where a class of the part is larger than that of the whole the two contradict (probability 0).

    Parameters
    ----------
    part, whole
        The number of plans in each class, with the same classes.

    Returns
    -------
    float
        Fisher's exact probability for part against rest (0-1); 0 where a class of the part exceeds the whole's.

    Raises
    ------
    InputError
        Where the classes differ or a count is negative.

    References
    ----------
    Fisher, R. A. (1922), "On the interpretation of chi-square from contingency tables", JRSS 85, 87-94; for more than
    two classes the chi-square test of Pearson, K. (1900), Philosophical Magazine 50, 157-175.

    Examples
    --------
    >>> nested_composition({"prior": 29, "first": 40}, {"prior": 121, "first": 42}) < 1e-10
    True
    """
    if set(part) != set(whole) or min([*part.values(), *whole.values()], default=0) < 0:
        msg = f"part has the classes {sorted(part)} and whole {sorted(whole)}; expected the same, from 0 on."
        raise InputError(msg)
    from scipy.stats import chi2_contingency, fisher_exact

    rest = {name: whole[name] - count for name, count in part.items()}
    if min(rest.values()) < 0:
        return 0.0
    table = [list(part.values()), list(rest.values())]
    if not sum(table[0]) or not sum(table[1]):
        return 1.0
    if len(part) == 2:
        return float(fisher_exact(table).pvalue)
    used = [[row[i] for i in range(len(part)) if table[0][i] + table[1][i]] for row in table]
    return float(chi2_contingency(used).pvalue)
