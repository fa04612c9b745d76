"""Coverage as two Markdown tables: the rows that keep the goal at each size, and those that do not."""

from __future__ import annotations

from collections.abc import Mapping

GOAL = (93.5, 96.5)
GOAL_OF_TESTS = (3.5, 6.5)  # rejections in place of 5 %


def keeps_goal(what: str, shares: list[float]) -> bool:
    """Return whether the coverage, or the rejections, are within the goal in each column."""
    low, high = GOAL_OF_TESTS if what.startswith("rejections") else GOAL
    return all(low <= round(100 * share, 1) <= high for share in shares)


def print_tables(columns: Mapping[int, Mapping[str, float]]) -> None:
    """Print the rows of the columns (coverage by row, for each size)."""
    rows = {what: [column[what] for column in columns.values()] for what in next(iter(columns.values()))}
    for heading, kept in (("Within the goal at each size", True), ("Outside it at one size or more", False)):
        chosen = {what: shares for what, shares in rows.items() if keeps_goal(what, shares) == kept}
        if chosen:
            print(f"\n## {heading}\n")
            print("| what | " + " | ".join(f"n = {n}" for n in columns) + " |")
            print("|---|" + "---:|" * len(columns))
            for what, shares in chosen.items():
                print(f"| {what} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |")
