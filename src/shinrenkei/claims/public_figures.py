"""The statements of the public figures beyond the five documents, recomputed, by source."""

from __future__ import annotations

from shinrenkei.claims.facts import Recompute, Tables, one, rows, total


def _certified(t: Tables, as_of: str, region: str = "all") -> float:
    return one(t, "plan_counts", "certified", as_of=as_of, region=region)


def _commercialized(t: Tables, as_of: str, region: str = "all") -> float:
    return one(t, "plan_counts", "commercialized", as_of=as_of, region=region)


def _in_blocks(t: Tables, column: str) -> float:
    return total(t, "plan_counts", column, source_id="taxcom-2007")


def _sales(t: Tables, region: str) -> float:
    return one(t, "plan_counts", "sales_million_yen", as_of="2006-12-31", region=region)


def _largest_share_of_a_block(t: Tables) -> float:
    blocks = rows(t, "plan_counts", source_id="taxcom-2007").groupby("region", observed=True)
    counts = blocks[["certified", "commercialized"]].max().dropna()
    return float((100 * counts["commercialized"] / counts["certified"]).max())


def _hokkaido_rate(t: Tables) -> float:
    at = "2007-09-30"
    return 100 * _commercialized(t, at, "hokkaido") / _certified(t, at, "hokkaido")


def _sales_or_negotiation(t: Tables) -> float:
    return _commercialized(t, "2006-12-31") + one(
        t, "plan_counts", "in_negotiation", as_of="2006-12-31", region="all"
    )


def _newly(t: Tables, source: str) -> float:
    return one(t, "indicators", "value", indicator="newly_certified", source_id=source)


def _members(t: Tables) -> float:
    return one(t, "indicators", "value", indicator="certified_core_firms_in_association")


def _fy2005(t: Tables) -> float:
    return one(t, "plan_counts", "certified", source_id="doyu-2006")


def _subsidy(t: Tables, column: str, program: str) -> float:
    return one(t, "program_budgets", column, program=program, source_id="subsidy-2005")


def _selected_share(program: str) -> Recompute:
    return lambda t: 100 * _subsidy(t, "selected", program) / _subsidy(t, "applied", program)


def _selected_later(t: Tables) -> float:
    earlier = one(t, "support_measures", "selected", measure="commercialization_subsidy")
    return _subsidy(t, "selected", "pilot") - earlier


def _selected_of_certified(t: Tables) -> float:
    certified = rows(t, "plan_counts", as_of="2005-12-15", source_id="tohoku-2005")
    return (
        100
        * _subsidy(t, "selected", "pilot")
        / float(certified.loc[certified["region"] != "all", "certified"].sum())
    )


RECOMPUTE: dict[str, dict[str, Recompute]] = {
    "meti-2007": {
        "certified-315": lambda t: _certified(t, "2007-03-31") - _certified(t, "2007-02-28"),
        "blocks-within": lambda t: 100 * _in_blocks(t, "certified") / _certified(t, "2007-02-28"),
        "commercialized-within": lambda t: (
            100 * _commercialized(t, "2006-12-31") / _certified(t, "2007-02-28")
        ),
        "negotiation-within": lambda t: 100 * _sales_or_negotiation(t) / _certified(t, "2007-02-28"),
    },
    "taxcom-2007": {
        "kinki-sales-share": lambda t: 100 * _sales(t, "kinki") / _sales(t, "all"),
        "sales-blocks-within": lambda t: (
            100 * _in_blocks(t, "commercialized") / _commercialized(t, "2006-12-31")
        ),
        "sales-within-certified": _largest_share_of_a_block,
    },
    "hokkaido-2007": {
        "rate": _hokkaido_rate,
        "certified-33": lambda t: _certified(t, "2007-09-30", "hokkaido") + _newly(t, "hokkaido-2007"),
        "certified-grows": lambda t: (
            _certified(t, "2007-09-30", "hokkaido") - _certified(t, "2007-02-28", "hokkaido")
        ),
    },
    "kansai-2019": {
        "total-230": lambda t: total(t, "plan_counts_by_prefecture", "certified", as_of="2019-06-07"),
        "new-7": lambda t: total(t, "plan_counts_by_prefecture", "newly_certified", as_of="2019-06-07"),
        "grows": lambda t: _certified(t, "2019-06-07", "kinki") - _certified(t, "2007-02-28", "kinki"),
    },
    "doyu-2006": {
        "fy2005-165": lambda t: total(t, "partner_relationship", "plans", cohort="FY2005"),
        "members-within": lambda t: 100 * _members(t) / _fy2005(t),
        "certified-grows": lambda t: _fy2005(t) - _certified(t, "2005-10-03"),
    },
    "subsidy-2005": {
        "applied-343": lambda t: total(t, "program_budgets", "applied", source_id="subsidy-2005"),
        "selected-213": lambda t: total(t, "program_budgets", "selected", source_id="subsidy-2005"),
        "budget-41": lambda t: (
            total(t, "program_budgets", "budget_million_yen", source_id="tohoku-2005") / 100
        ),
        "selected-within-pilot": _selected_share("pilot"),
        "selected-within-formation": _selected_share("formation"),
        "selected-grows": _selected_later,
        "selected-within-certified": _selected_of_certified,
    },
}
