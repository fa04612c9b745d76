"""What several sources say of one quantity, held against each other by general checks."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Hashable
from importlib.resources import files
from typing import Literal

import pandas as pd

from shinrenkei.claims.facts import Tables
from shinrenkei.cleaning import region
from shinrenkei.metrics.consistency import compare_counts, nested_composition

UNLIKELY = 0.001
"""Below this probability a part is taken to be out of all proportion to its whole."""

_WHAT = {
    "same day": ("二つの資料の同じ時点の件数は等しい", "Two sources give the same count for one day"),
    "does not fall": ("累計は後の時点で減らない", "A cumulative count does not fall"),
    "part of the whole": ("部分は全体を超えない", "A part is no more than its whole"),
    "parts of the whole": ("部分の和は全体を超えない", "The parts sum to no more than their whole"),
    "within": ("事業化・商談中の件数は認定件数を超えない", "Commercialized plans are among the certified"),
    "same indicator": ("二つの資料の同じ数値は等しい", "Two sources give the same number"),
}


_QUANTITIES = {
    "certified": ("認定件数", "plans certified"),
    "commercialized": ("事業化件数", "plans commercialized"),
    "in_negotiation": ("商談中の件数", "plans in negotiation"),
    "sales_million_yen": ("売上高", "sales"),
}


def facts(tables: Tables) -> pd.DataFrame:
    """Return every cumulative count of plans that any table holds, with its source and place."""
    pieces = [_plan_counts(tables), _block_sums(tables), _relationship_sums(tables), _prefecture_sums(tables)]
    return pd.concat(pieces, ignore_index=True)


def _plan_counts(tables: Tables) -> pd.DataFrame:
    counts = tables("plan_counts")
    values = ["certified", "commercialized", "in_negotiation", "sales_million_yen"]
    long = counts.melt(
        ["as_of", "region", "source_id"], values, var_name="quantity", value_name="value"
    ).dropna()
    return long.rename(columns={"region": "group"}).assign(locator="plan_counts").astype(_PLAIN)


def _block_sums(tables: Tables) -> pd.DataFrame:
    """Return the national count where a source prints every block."""
    counts = tables("plan_counts")
    blocks = counts[(counts["region"] != "all") & counts["certified"].notna()]
    every = len(counts["region"].cat.categories) - 1
    sums = (
        blocks.groupby(["as_of", "source_id"], observed=True)["certified"].agg(["sum", "size"]).reset_index()
    )
    sums = sums[sums["size"] == every].rename(columns={"sum": "value"})
    return _as_facts(sums, "all", "plan_counts: sum of the blocks")


def _relationship_sums(tables: Tables) -> pd.DataFrame:
    """Return the plans certified by the end of each cohort: the fiscal years follow on each other."""
    sums = (
        tables("partner_relationship")
        .groupby(["cohort", "source_id"], observed=True)["plans"]
        .sum()
        .reset_index()
    )
    years = sums[sums["cohort"].str.startswith("FY")].sort_values("cohort")
    years = years.assign(
        value=years["plans"].cumsum(),
        as_of=[f"{int(cohort.removeprefix('FY')) + 1}-03-31" for cohort in years["cohort"]],
    )
    days = sums[~sums["cohort"].str.startswith("FY")]
    days = days.assign(value=days["plans"], as_of=days["cohort"].astype("str"))
    both = pd.concat([years, days])
    return _as_facts(both.assign(as_of=pd.to_datetime(both["as_of"])), "all", "partner_relationship: sum")


def _prefecture_sums(tables: Tables) -> pd.DataFrame:
    table = tables("plan_counts_by_prefecture").merge(
        tables("prefectures")[["prefecture", "region"]], on="prefecture"
    )
    sums = (
        table.groupby(["as_of", "source_id", "region"], observed=True)["certified"]
        .sum()
        .reset_index(name="value")
    )
    return _as_facts(sums, sums["region"].astype("str"), "plan_counts_by_prefecture: sum")


_PLAIN = {"group": "str", "source_id": "str", "quantity": "str", "value": "float64", "as_of": "datetime64[s]"}


def _as_facts(sums: pd.DataFrame, group: str | pd.Series, locator: str) -> pd.DataFrame:
    frame = sums[["as_of", "value", "source_id"]].assign(quantity="certified", group=group, locator=locator)
    return frame.astype(_PLAIN)


def across(tables: Tables) -> list[dict[str, object]]:
    """Return a claim for every comparison between sources, in the columns of the ledger."""
    compared = compare_counts(
        facts(tables), within={"commercialized": "certified", "in_negotiation": "certified"}
    )
    other_source = compared["first_source_id"] != compared["second_source_id"]
    between = compared[other_source | (compared["check"] == "same day")]
    # Of two comparisons with one name (a printed count and a sum) the one that does not agree is kept.
    ordered = between.sort_values("agrees", ascending=False, kind="stable").to_dict("records")
    named = {str(row["claim_id"]): row for row in (_claim(dict(row)) for row in ordered)}
    rows = [*named.values(), *_indicators(tables), *_cohorts(tables)]
    records = _recorded()
    for row in rows:
        record = records.get(str(row["claim_id"]), {})
        row["recorded"] = record.get("recorded", "reproduced")
        row["note_ja"], row["note_en"] = record.get("note_ja", ""), record.get("note_en", "")
    return rows


def _recorded() -> dict[str, dict[str, str]]:
    """Return what is on record of the comparisons that do not agree, and what may lie behind it."""
    text = (files("shinrenkei.claims") / "across.csv").read_text(encoding="utf-8")
    return {row["claim_id"]: row for row in csv.DictReader(text.splitlines())}


def _claim(row: dict[Hashable, object]) -> dict[str, object]:
    ja, en = _WHAT[str(row["check"])]
    first, second = (_side(row, side) for side in ("first", "second"))
    day, other = pd.Timestamp(str(row["first_as_of"])).date(), pd.Timestamp(str(row["second_as_of"])).date()
    parts = [
        row["check"],
        row["quantity"],
        row["group"],
        day,
        other,
        row["first_source_id"],
        row["second_source_id"],
    ]
    name = "/".join(map(str, parts))
    value, bound = float(str(row["first_value"])), float(str(row["second_value"]))
    allowed = f"{bound:g}" if row["check"] == "same day" else f"(-∞, {bound:g}]"
    return {
        "claim_id": f"across/{name.replace(' ', '-')}",
        "source_id": "across",
        "locator": f"{first}; {second}",
        "statement_ja": f"{ja}（{_named(row, 'ja')}、{_days(day, other, '～')}）",
        "statement_en": f"{en} ({_named(row, 'en')}, {_days(day, other, ' to ')})",
        "printed": f"{bound:g}",
        "unit": "百万円" if row["quantity"] == "sales_million_yen" else "件",
        "recomputed": value,
        "allowed": allowed,
        "status": "reproduced" if row["agrees"] else "differs",
    }


def _named(row: dict[Hashable, object], lang: Literal["ja", "en"]) -> str:
    """Return the quantity and the regions of a comparison in words."""
    regions = region(pd.Series(str(row["group"]).split("+")), to=lang).tolist()
    quantity = _QUANTITIES[str(row["quantity"])][lang == "en"]
    return f"{quantity}、{'・'.join(regions)}" if lang == "ja" else f"{quantity}, {' and '.join(regions)}"


def _days(first: dt.date, second: dt.date, between: str) -> str:
    return str(first) if first == second else f"{first}{between}{second}"


def _side(row: dict[Hashable, object], side: str) -> str:
    return f"{row[f'{side}_source_id']} ({row[f'{side}_locator']})"


def _indicators(tables: Tables) -> list[dict[str, object]]:
    """Return a claim for each number that two sources give for the same indicator, period and group."""
    known = tables("indicators").dropna(subset=["value"])
    rows: list[dict[str, object]] = []
    for key, same in known.groupby(["indicator", "period", "group", "unit"], dropna=False, sort=True):
        if same["source_id"].nunique() < 2:
            continue
        first, second = same.iloc[0], same.iloc[1]
        name = "/".join("" if part != part else str(part) for part in key)
        rows.append(
            {
                "claim_id": f"across/same-indicator/{name}/{first['source_id']}/{second['source_id']}",
                "source_id": "across",
                "locator": f"{first['source_id']} ({first['locator']}); {second['source_id']} ({second['locator']})",
                "statement_ja": f"{_WHAT['same indicator'][0]}（{first['about_ja']}）",
                "statement_en": f"{_WHAT['same indicator'][1]} ({first['indicator']})",
                "printed": f"{second['value']:g}",
                "unit": first["unit"],
                "recomputed": float(first["value"]),
                "allowed": f"{second['value']:g}",
                "status": "reproduced" if first["value"] == second["value"] else "differs",
            }
        )
    return rows


def _cohorts(tables: Tables) -> list[dict[str, object]]:
    """Return a claim for each dated cohort that lies in a fiscal year whose composition another source gives."""
    table = tables("partner_relationship")
    counts = {
        str(cohort): (
            dict(zip(rows["relationship"], map(int, rows["plans"]), strict=True)),
            str(rows["source_id"].iloc[0]),
        )
        for cohort, rows in table.groupby("cohort", observed=True)
    }
    rows: list[dict[str, object]] = []
    for cohort, (part, source) in counts.items():
        if cohort.startswith("FY"):
            continue
        day = pd.Timestamp(cohort)
        year = f"FY{day.year - (day.month < 4)}"
        if year in counts:
            whole, other = counts[year]
            chance = nested_composition(part, whole)
            rows.append(
                {
                    "claim_id": f"across/part-in-proportion/relationship/{cohort}/{year}/{source}/{other}",
                    "source_id": "across",
                    "locator": f"{source} (partner_relationship); {other} (partner_relationship)",
                    "statement_ja": f"{cohort}までの認定分は、それを含む{year}と構成が釣り合う"
                    "（フィッシャーの正確確率）",
                    "statement_en": f"The plans by {cohort} are in proportion to {year}, which contains them"
                    " (Fisher's exact probability)",
                    "printed": f"{'＋'.join(map(str, part.values()))} / {'＋'.join(map(str, whole.values()))}",
                    "unit": "",
                    "recomputed": chance,
                    "allowed": f"[{UNLIKELY:g}, 1]",
                    "status": "reproduced" if chance >= UNLIKELY else "differs",
                }
            )
    return rows
