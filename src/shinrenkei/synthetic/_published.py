"""What the sources print of the plans, cohort by cohort, and how it compares with a register of plans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from shinrenkei.synthetic._quotas import table_of


@dataclass(frozen=True)
class Growth:
    """The cumulative counts of the register: the days, all plans by day, and plans by region at two of them."""

    days: tuple[pd.Timestamp, ...]
    certified: tuple[int, ...]
    early_day: pd.Timestamp
    early: dict[str, int]
    late_day: pd.Timestamp
    late: dict[str, int]

    @property
    def first_day(self) -> pd.Timestamp:
        """The day that the tables of meti-2005 count to."""
        return self.days[0]


@cache
def growth() -> Growth:
    """Read how many plans were certified by which day.

    The plans of the first fiscal year are those of the relationship table, whose two years sum to the final
    count; another source's figure for that year is higher and fits neither.
    """
    counts = table_of("plan_counts").dropna(subset="certified")
    counts = counts[counts["as_of"] <= sales_days()[-1]]
    whole = counts[counts["region"] == "all"]
    nation = dict(zip(pd.DatetimeIndex(whole["as_of"]), whole["certified"].astype(int), strict=True))
    regions = counts[counts["region"] != "all"]
    days = sorted(pd.DatetimeIndex(regions["as_of"].unique()))
    early, late = (
        regions[regions["as_of"] == day].set_index("region")["certified"].astype(int) for day in days
    )
    nation[days[0]] = int(early.sum())
    year = first_year()
    nation[year_end(year)] = int(relationship(f"FY{year}").sum())
    ordered = sorted(nation)
    return Growth(
        tuple(ordered),
        tuple(int(nation[day]) for day in ordered),
        days[0],
        {str(region): int(count) for region, count in early.items()},
        days[1],
        {str(region): int(count) for region, count in late.items()},
    )


def sales_days() -> list[pd.Timestamp]:
    """Return the days by which the plans with sales were counted for the whole country."""
    counts = table_of("plan_counts").dropna(subset="commercialized")
    return sorted(counts.loc[counts["region"] == "all", "as_of"])


def first_year() -> int:
    """Return the first fiscal year with plans."""
    return min(
        int(str(cohort)[2:])
        for cohort in table_of("partner_relationship")["cohort"]
        if str(cohort)[:2] == "FY"
    )


def year_end(fiscal_year: int) -> pd.Timestamp:
    """Return the last day of a fiscal year."""
    return pd.Timestamp(fiscal_year + 1, 3, 31)


def relationship(cohort: str) -> pd.Series:
    """Return the plans of a cohort by relationship."""
    table = table_of("partner_relationship")
    return table[table["cohort"] == cohort].set_index("relationship")["plans"].astype(int)


def area(source: str) -> pd.Series:
    """Return the plans of a source by area."""
    table = table_of("consortium_area")
    return table[table["source_id"] == source].set_index("area")["plans"].astype(int)


def sales(day: pd.Timestamp) -> dict[str, int]:
    """Return the plans with sales by a day, by region as far as it is printed, and ``all``."""
    counts = table_of("plan_counts").dropna(subset="commercialized")
    counts = counts[counts["as_of"] == day]
    return dict(zip(counts["region"].astype(str), counts["commercialized"].astype(int), strict=True))


def law_enforced() -> pd.Timestamp:
    """Return the day from which plans could be certified."""
    indicators = table_of("indicators")
    return pd.Timestamp(indicators.loc[indicators["indicator"] == "law_enforced", "period"].iloc[0])


def compare_plans(plans: pd.DataFrame) -> pd.DataFrame:
    """Return every published count of the plans beside the count in a register of plans.

    Parameters
    ----------
    plans : pandas.DataFrame
        A register such as :func:`shinrenkei.synthetic.plans` makes.

    Returns
    -------
    pandas.DataFrame
        A row a published count: ``table``, ``cohort`` (the plans it counts), ``what``, ``printed``, ``found``.
        The tables of meti-2005 count the plans of the first cohort only.

    Examples
    --------
    >>> from shinrenkei import synthetic
    >>> table = synthetic.compare_plans(synthetic.plans(seed=1))
    >>> bool((table["printed"] == table["found"]).all())
    True
    """
    first = plans[plans["certified_on"] <= growth().first_day]
    rows = [*_dates(plans), *_relations_and_area(plans, first), *_firms(first), *_support(first)]
    return pd.DataFrame(rows, columns=["table", "cohort", "what", "printed", "found"])


Row = tuple[str, str, str, int, int]


def _dates(plans: pd.DataFrame) -> list[Row]:
    found: list[Row] = []
    history = growth()
    for day, printed in zip(history.days, history.certified, strict=True):
        count = int((plans["certified_on"] <= day).sum())
        found.append(("plan_counts", f"by {day:%Y-%m-%d}", "certified", printed, count))
    for day, regions in ((history.early_day, history.early), (history.late_day, history.late)):
        by_then = plans.loc[plans["certified_on"] <= day, "region"].value_counts()
        for region, printed in regions.items():
            count = int(by_then.get(region, 0))
            found.append(("plan_counts", f"by {day:%Y-%m-%d}", f"certified, {region}", printed, count))
    for day in sales_days():
        by_then = plans.loc[plans["first_sales_on"] <= day, "region"].value_counts()
        for region, printed in sales(day).items():
            count = int(by_then.sum() if region == "all" else by_then.get(region, 0))
            found.append(("plan_counts", f"by {day:%Y-%m-%d}", f"commercialized, {region}", printed, count))
    return found


def _relations_and_area(plans: pd.DataFrame, first: pd.DataFrame) -> list[Row]:
    found: list[Row] = []
    years = {f"FY{year}": plans[plans["fiscal_year"] == year] for year in plans["fiscal_year"].unique()}
    for cohort, rows in {f"{growth().first_day:%Y-%m-%d}": first, **years}.items():
        counts = rows["relationship"].value_counts()
        for name, printed in relationship(cohort).items():
            found.append(("partner_relationship", cohort, str(name), int(printed), int(counts.get(name, 0))))
    for source, rows in (("meti-2005", first), ("smrj-2007", plans)):
        counts = rows["area"].value_counts()
        several = int(len(rows) - counts.get("same_prefecture", 0))
        for name, printed in area(source).items():
            count = several if name == "multiple_prefectures" else int(counts.get(name, 0))
            found.append(("consortium_area", source, str(name), int(printed), count))
    return found


def _firms(first: pd.DataFrame) -> list[Row]:
    """Compare the size classes; an open class has no bound."""
    found: list[Row] = []
    for table, column, bounds in (
        ("core_firm_capital", "capital_yen", ("lower", "upper", "firms")),
        ("core_firm_employees", "employees", ("lower", "upper", "firms")),
        ("consortium_members", "members", ("members_min", "members_max", "plans")),
    ):
        for row in table_of(table).to_dict("records"):
            low, high, printed = (row[name] for name in bounds)
            inside = pd.Series(True, index=first.index)
            inside &= True if pd.isna(low) else first[column] >= low
            inside &= True if pd.isna(high) else first[column] <= high
            told = str(row.get("size_class", low))
            found.append((table, f"{growth().first_day:%Y-%m-%d}", told, int(printed), int(inside.sum())))
    return found


def _support(first: pd.DataFrame) -> list[Row]:
    found: list[Row] = []
    cohort = f"{growth().first_day:%Y-%m-%d}"
    for row in table_of("support_measures").to_dict("records"):
        name = str(row["measure"])
        found.append(("support_measures", cohort, name, int(row["plans"]), int(first[name].sum())))
        if not pd.isna(row["selected"]):
            count = int(first[f"{name}_selected"].sum())
            found.append(("support_measures", cohort, f"{name}, selected", int(row["selected"]), count))
    for row in table_of("consortium_agreements").dropna(subset="plans").to_dict("records"):
        name = str(row["agreement"])
        count = int(first[f"{name}_agreement"].sum())
        found.append(("consortium_agreements", cohort, name, int(row["plans"]), count))
    crossings: dict[str, tuple[dict[str, str], str]] = {
        "finance_sources": ({"government": "government_loan", "private": "private_loan"}, "plans"),
        "loan_security": ({"collateral": "collateral", "guarantor": "guarantor"}, "loans"),
        "loan_recipients": ({"recipient": "loan_recipient"}, "plans"),
    }
    for table, (columns, counted) in crossings.items():
        for row in table_of(table).to_dict("records"):
            inside = pd.Series(True, index=first.index)
            for name, column in columns.items():
                inside &= first[column].eq(row[name]).fillna(False).astype(bool)
            told = ", ".join(f"{name}={row[name]}" for name in columns)
            found.append((table, cohort, told, int(row[counted]), int(inside.sum())))
    return found
