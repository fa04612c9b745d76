"""A synthetic register of certified plans that carries the published margins."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError
from shinrenkei.synthetic import _published as published
from shinrenkei.synthetic._quotas import (
    SOURCE_LINE,
    by_odds,
    dealt,
    dealt_flags,
    dealt_names,
    generator,
    ranked,
    scaled,
    table_of,
)

# What no source prints, and is made up here
FIRST_PLANS_AFTER = pd.Timedelta(days=90)  # from the law's first day to the first certification
SALES_AFTER = pd.Timedelta(weeks=2)  # from certification to the first sales, at the least; whole weeks
WAIT = 640.0  # mean days from then on, without what follows; such that the printed 135 lie in the middle
OPEN_CLASS = 3  # an open class of size ends at three times its bound, or a third of it
SIZES_TOGETHER = 0.6  # correlation of the ranks of capital and employees
SOONER = {
    "commercialization_subsidy_selected": 0.4,
    "prior_dealings": 0.3,
}  # logarithm of the ratio of hazards


def plans(n: int = 321, seed: int = 0) -> pd.DataFrame:
    """Return a synthetic register of certified plans, a row a plan, that carries the published margins.

    Values are sampled to exact quotas: how many plans have each value is what the sources print, which plans
    have it is drawn. Size of capital and employees go together by ranks, and first sales with what is said below;
    everything else is independent given its quotas, as the sources print no cross tables.

    The margins hold for the cohorts that the sources count, one within the other:

    - certified by 2005-09-16: relationship, area (one prefecture or several), members, capital and employees of
      the core firm, agreements, support measures and how many were selected, finance, recipients and security
      of loans (meti-2005);
    - by 2005-12-15: regions, all nine (tohoku-2005); by 2007-02-28: regions, six printed ones (taxcom-2007); the
      other three share the rest in proportion to their plans of 2005-12-15;
    - fiscal years 2005 and 2006: relationship (smrj-2007). Their sum is the final count; the 165 plans that
      doyu-2006 gives for fiscal year 2005 contradict it and are not followed;
    - by 2007-03-31: all plans, and area in three classes (smrj-2007);
    - first sales by 2006-12-31 (all, and four regions: meti-2007, taxcom-2007) and by 2007-03-31 (smrj-2007).

    Plans certified after 2005-09-16 get the properties of the first cohort's tables in the same proportions,
    though no source prints theirs. Amounts within a class and days are made up. Days of certification are spread
    evenly over the periods between the days of the counts. First sales follow one exponential law from two weeks
    after certification, sooner with a selected subsidy and with prior dealings: which plans have them by each of
    the two days is drawn, to the printed counts, by the odds of that law within the plan's own time (Pareto
    sampling), and the day by the same law. :func:`compare_plans` lists all published counts.

    What the sources print and the register does not carry: the 41 plans in negotiation (meti-2007), the amounts of
    sales and the target of 197.2 billion yen, the mean amounts of loans, and the 191 ties with universities and
    institutes (smrj-2007), which are printed for no plan.

    Parameters
    ----------
    n : int, default 321
        Number of plans, at least 30. With the published number all margins hold exactly; with another, in
        proportion, by largest remainders.
    seed : int, default 0
        The same seed gives the same register.

    Returns
    -------
    pandas.DataFrame
        ``plan_id``, ``certified_on``, ``first_sales_on`` (empty: none by 2007-03-31), ``region``,
        ``fiscal_year``, ``relationship``, ``area``, ``members``, ``capital_yen``, ``employees``,
        ``government_loan``, ``private_loan``, ``loan_recipient``, ``collateral`` and ``guarantor`` (empty where
        the loan's security is not known), a boolean column each for the support measures (and
        ``commercialization_subsidy_selected``) and agreements, and ``synthetic`` (always true), in the order of
        ``certified_on``. ``attrs`` carries ``synthetic``, ``source_line``, ``seed`` and ``observed_to`` (the last
        day on record, 2007-03-31).

    Raises
    ------
    InputError
        Where ``n`` is below 30.

    Examples
    --------
    >>> register = plans()
    >>> len(register), int(register["first_sales_on"].notna().sum())
    (321, 158)
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 30:
        message = f"n={n!r} is not a whole number of plans of 30 or more, for which margins can be kept."
        raise InputError(message)
    rng = generator(seed)
    n = int(n)
    period, region = _periods_and_regions(rng, n)
    first = period == 0
    table = pd.DataFrame(
        {"region": region, "relationship": _relationship(rng, period), "area": _area(rng, first)}
    )
    table = table.join(_sizes(rng, first)).join(_support(rng, first))
    table = table.join(_days(rng, period, table))
    table = table.sort_values("certified_on", kind="stable", ignore_index=True)
    year = table["certified_on"].dt.year - (table["certified_on"].dt.month < 4)
    table.insert(0, "plan_id", [f"S{number:0{len(str(n))}d}" for number in range(1, n + 1)])
    table.insert(2, "fiscal_year", year.astype("int64"))
    table["synthetic"] = True
    lead = ["plan_id", "certified_on", "first_sales_on"]
    table = table[[*lead, *(name for name in table.columns if name not in lead)]]
    table.attrs = {"synthetic": True, "source_line": dict(SOURCE_LINE), "seed": seed}
    table.attrs["observed_to"] = f"{published.sales_days()[-1]:%Y-%m-%d}"
    return table


def _periods_and_regions(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the period (between two days of the printed counts) and the region of each plan."""
    history = published.growth()
    periods = np.repeat(np.arange(len(history.days)), scaled(np.diff([0, *history.certified]), n))
    early, late = history.days.index(history.early_day), history.days.index(history.late_day)
    blocks = [periods <= early, (periods > early) & (periods <= late), periods > late]
    between, after = _late_regions(history)
    region = np.empty(n, dtype=object)
    for block, quotas in zip(blocks, (history.early, between, after), strict=True):
        region[block] = dealt_names(rng, quotas, int(block.sum()))
    return periods, region


def _late_regions(history: published.Growth) -> tuple[dict[str, int], dict[str, int]]:
    """Return the plans by region between the two days with regions, and the proportions afterwards."""
    total = history.certified[history.days.index(history.late_day)]
    silent = {region: count for region, count in history.early.items() if region not in history.late}
    rest = scaled(list(silent.values()), total - sum(history.late.values()))
    late = history.late | dict(zip(silent, rest.tolist(), strict=True))
    return {region: late[region] - count for region, count in history.early.items()}, late


def _relationship(rng: np.random.Generator, period: np.ndarray) -> np.ndarray:
    """Return the relationship: by the first cohort, the rest of the first fiscal year, and the second."""
    days, year = published.growth().days, published.first_year()
    until = days.index(published.year_end(year))
    first = published.relationship(f"{days[0]:%Y-%m-%d}")
    rest = published.relationship(f"FY{year}") - first
    found = np.empty(period.size, dtype=object)
    blocks = [period == 0, (period > 0) & (period <= until), period > until]
    for block, counts in zip(blocks, (first, rest, published.relationship(f"FY{year + 1}")), strict=True):
        found[block] = dealt_names(rng, counts.to_dict(), int(block.sum()))
    return found


def _area(rng: np.random.Generator, first: np.ndarray) -> np.ndarray:
    """Return the area: one prefecture or several within the first cohort, three classes over all plans."""
    whole, early = published.area("smrj-2007"), published.area("meti-2005")
    one = "same_prefecture"
    several = np.empty(first.size, np.bool_)
    in_first, in_all = int(early.sum() - early[one]), int(whole.sum() - whole[one])
    several[first] = dealt_flags(rng, in_first, int(early.sum()), int(first.sum()))
    later = int(whole.sum() - early.sum())
    several[~first] = dealt_flags(rng, in_all - in_first, later, int((~first).sum()))
    found = np.full(first.size, one, dtype=object)
    found[several] = dealt_names(rng, whole.drop(one).to_dict(), int(several.sum()))
    return found


def _sizes(rng: np.random.Generator, first: np.ndarray) -> pd.DataFrame:
    """Return capital, employees and members: classes to quota in order of two scores that go together."""
    columns = {name: np.zeros(first.size, np.int64) for name in ("members", "capital_yen", "employees")}
    bounds = ("lower", "upper", "firms")
    for cohort in (first, ~first):
        size = int(cohort.sum())
        score = rng.standard_normal(size)
        other = SIZES_TOGETHER * score + np.sqrt(1 - SIZES_TOGETHER**2) * rng.standard_normal(size)
        columns["capital_yen"][cohort] = _within(rng, "core_firm_capital", bounds, score, 100_000)
        columns["employees"][cohort] = _within(rng, "core_firm_employees", bounds, other, 1)
        members = ("members_min", "members_max", "plans")
        columns["members"][cohort] = _within(rng, "consortium_members", members, rng.random(size), 1)
    return pd.DataFrame(columns)


def _within(
    rng: np.random.Generator, name: str, columns: tuple[str, str, str], score: np.ndarray, step: int
) -> np.ndarray:
    """Return amounts: the class by rank of ``score``, the place in it by the logarithm, in whole ``step``."""
    low, high, counts = (table_of(name)[column].astype("Float64") for column in columns)
    classes = ranked(score, counts.tolist())
    bottom = np.ceil(low.fillna(high / OPEN_CLASS).to_numpy(float)[classes] / step) * step
    top = np.floor(high.fillna(low * OPEN_CLASS).to_numpy(float)[classes] / step) * step
    drawn = np.exp(rng.uniform(np.log(bottom), np.log(top + step)))
    return np.clip(np.floor(drawn / step) * step, bottom, top).astype(np.int64)


def _support(rng: np.random.Generator, first: np.ndarray) -> pd.DataFrame:
    """Return finance, support measures and agreements, cohort by cohort."""
    parts = []
    for cohort in (first, ~first):
        size = int(cohort.sum())
        part = _finance(rng, size)
        base = int(table_of("finance_sources")["plans"].sum())
        for row in table_of("support_measures").to_dict("records"):
            name, plans_with = str(row["measure"]), int(row["plans"])
            if name not in part:  # the government's loans are known from the finance
                part[name] = dealt_flags(rng, plans_with, base, size)
            if not pd.isna(row["selected"]):
                inside = np.flatnonzero(part[name])
                selected = np.zeros(size, np.bool_)
                selected[inside] = dealt_flags(rng, int(row["selected"]), plans_with, inside.size)
                part[f"{name}_selected"] = selected
        for row in table_of("consortium_agreements").dropna(subset="plans").to_dict("records"):
            part[f"{row['agreement']}_agreement"] = dealt_flags(rng, int(row["plans"]), base, size)
        parts.append(part.set_axis(np.flatnonzero(cohort), axis=0))
    return pd.concat(parts).sort_index()


def _finance(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Return who lent, to whom, and against what security (known for some of the loans only)."""
    sources, security = table_of("finance_sources"), table_of("loan_security")
    recipients = table_of("loan_recipients").set_index("recipient")["plans"]
    table = sources[["government", "private"]].iloc[dealt(rng, sources["plans"].tolist(), size)]
    table = table.astype(bool).set_axis(["government_loan", "private_loan"], axis=1).reset_index(drop=True)
    lent = np.flatnonzero(table.any(axis=1))
    got = dealt_names(rng, {str(name): int(count) for name, count in recipients.items()}, lent.size)
    table["loan_recipient"] = pd.Series(got, index=lent, dtype="str").reindex(table.index)
    known = security["loans"].astype(int).tolist()
    kinds = dealt(rng, [*known, int(recipients.sum()) - sum(known)], lent.size)
    for name in ("collateral", "guarantor"):
        values = pd.array([*security[name], None], dtype="boolean")[kinds]
        table[name] = pd.Series(values, index=lent, dtype="boolean").reindex(table.index)
    return table


def _days(rng: np.random.Generator, period: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """Return the days of certification and first sales, to the counts of plans with sales by two days."""
    history = published.growth()
    edges = np.array([published.law_enforced() + FIRST_PLANS_AFTER, *history.days], dtype="datetime64[D]")
    certified = _weekday_between(rng, edges[period], edges[period + 1])
    first_cut, last_cut = np.array(published.sales_days(), dtype="datetime64[D]")
    opens = certified + np.timedelta64(SALES_AFTER.days, "D")
    pace = np.exp(sum(weight * _has(table, name) for name, weight in SOONER.items()))
    by_first, by_last = (_hazard(cut - opens, pace) for cut in (first_cut, last_cut))
    early = _sold_early(rng, table["region"].to_numpy(), by_first)
    late = _sold_late(rng, np.where(early, 0.0, by_last - by_first))
    reached = np.where(late, by_first + _truncated(rng, by_last - by_first), _truncated(rng, by_first))
    day = opens + np.floor(reached * WAIT / pace).astype(np.int64)
    sold = np.busday_offset(np.minimum(day, np.where(late, last_cut, first_cut)), 0, roll="backward")
    sold[late] = np.maximum(sold[late], np.busday_offset(first_cut, 1, roll="backward"))
    sold[~(early | late)] = np.datetime64("NaT", "D")
    return pd.DataFrame({"certified_on": certified, "first_sales_on": sold}).astype("datetime64[s]")


def _has(table: pd.DataFrame, name: str) -> np.ndarray:
    return table[name].to_numpy(float) if name in table else table["relationship"].eq(name).to_numpy(float)


def _hazard(exposure: np.ndarray, pace: np.ndarray) -> np.ndarray:
    """Return the cumulative hazard of first sales over the days in which they could come (exponential law)."""
    return pace * np.maximum(exposure.astype(float), 0.0) / WAIT


def _truncated(rng: np.random.Generator, hazard: np.ndarray) -> np.ndarray:
    """Return the cumulative hazard at which sales come, given that they come before it reaches ``hazard``."""
    return -np.log1p(rng.random(hazard.size) * np.expm1(-hazard))


def _log_odds(hazard: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds of sales against none."""
    with np.errstate(divide="ignore"):
        return np.log(np.expm1(hazard))


def _sold_early(rng: np.random.Generator, region: np.ndarray, hazard: np.ndarray) -> np.ndarray:
    """Return which plans have sales by the first day: to quota in each region printed, and in the others."""
    total, sales = published.growth().certified[-1], published.sales(published.sales_days()[0])
    printed = {name: count for name, count in sales.items() if name != "all"}
    quotas = [*printed.values(), sales["all"] - sum(printed.values())]
    shares = scaled([*quotas, total - sum(quotas)], region.size)[:-1]
    sold = np.zeros(region.size, np.bool_)
    for place, quota in zip([*([name] for name in printed), None], shares, strict=True):
        inside = ~np.isin(region, list(printed)) if place is None else np.isin(region, place)
        sold |= by_odds(rng, np.where(inside, _log_odds(hazard), -np.inf), int(quota))
    return sold


def _sold_late(rng: np.random.Generator, hazard: np.ndarray) -> np.ndarray:
    """Return which plans have their first sales between the two days, to quota."""
    early, last = (published.sales(day)["all"] for day in published.sales_days())
    return by_odds(
        rng, _log_odds(hazard), round((last - early) * hazard.size / published.growth().certified[-1])
    )


def _weekday_between(rng: np.random.Generator, after: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Return a random weekday after one day and up to another; the last day where there is none between."""
    first, last = np.busday_offset(after, 1, roll="backward"), np.busday_offset(until, 0, roll="backward")
    count = np.busday_count(first, last + 1)
    step = np.floor(rng.random(after.size) * np.maximum(count, 1)).astype(np.int64)
    return np.where(count > 0, np.busday_offset(first, step, roll="forward"), until)
