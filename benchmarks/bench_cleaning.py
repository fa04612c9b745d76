"""How much faster a column is read than cell by cell, as ratios within one run.

    python benchmarks/bench_cleaning.py [--cells 1000000]

Each way is timed directly after an untimed call of its own, the two ways in turn, and the ratio is that of the
shortest times: the machine's own noise hits both alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.cleaning import normalize_text, parse_number
from shinrenkei.cleaning.errors import Unreadable
from shinrenkei.cleaning.numbers import Unit, amount_of, in_base_units
from shinrenkei.cleaning.symbols import symbol_of
from shinrenkei.cleaning.text import plain

WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
WORDS = ("株式会社", "有限会社", "製作所", "北海道", "ﾃﾞ-ﾀ", "（第１版）", "コーヒ－", "Ａ－１")


def amounts(cells: int, distinct: int, seed: int = 0) -> pd.Series:
    """Return cells of which 70 % are amounts, 2.5 % dates, and the rest names."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, 10**9, distinct)
    kinds = rng.random(distinct)
    pool = [_cell(int(number), kind) for number, kind in zip(numbers, kinds, strict=True)]
    taken = rng.integers(0, distinct, cells) if distinct < cells else rng.permutation(distinct)
    return pd.Series(pool, dtype="str").iloc[taken].reset_index(drop=True)


def _cell(number: int, kind: float) -> str:
    if kind < 0.7:
        text = (
            f"{number:,}",
            f"{number:,}円",
            f"▲{number / 100:,.2f}",
            f"{number}千円",
            f"{number % 10**6 / 10}億円",
        )
        return text[number % 5].translate(WIDE) if number % 3 == 0 else text[number % 5]
    if kind < 0.725:
        return f"平成{number % 30 + 1}年{number % 12 + 1}月{number % 28 + 1}日第{number}号"
    return f"{WORDS[number % 8]}　{number}番 {WORDS[number // 8 % 8]}"


def by_cell(value: Any) -> int | float | None:
    """Read one cell with the library's own parser, as Series.apply would."""
    try:
        return in_base_units(amount_of(value), Unit())
    except Unreadable:
        symbol_of(value)
        return None


def shortest(first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Return the shortest time of each, measured in turn after an untimed call."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, kept in zip((first, second), times, strict=True):
            call()
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return min(times[0]), min(times[1])


def report(name: str, goal: float, slow: Callable[[], Any], fast: Callable[[], Any], rounds: int) -> None:
    """Print one line: the two times, the ratio, and the goal."""
    before, after = shortest(slow, fast, rounds)
    ratio = before / after
    print(
        f"{name:32} apply {before * 1e3:8.0f} ms  ours {after * 1e3:6.0f} ms  {ratio:6.1f} x  (goal {goal} x)"
    )


def main() -> None:
    """Measure and print the ratios."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--cells", type=int, default=1_000_000)
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    few, many = amounts(given.cells, 2_000), amounts(given.cells, given.cells)
    for name, goal, cells in (("2,000 distinct", 50, few), ("all distinct", 4, many)):
        report(
            f"parse_number, {name}",
            goal,
            lambda cells=cells: cells.apply(by_cell),
            lambda cells=cells: parse_number(cells, errors="coerce"),
            given.rounds,
        )
        report(
            f"normalize_text, {name}",
            goal,
            lambda cells=cells: cells.apply(plain),
            lambda cells=cells: normalize_text(cells),
            given.rounds,
        )


if __name__ == "__main__":
    main()
