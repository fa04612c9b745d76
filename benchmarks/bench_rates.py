"""The commercialization rate on many plans, as ratios to the idiomatic pandas and to hand-written queries.

    python benchmarks/bench_rates.py [--rows 10000000] [--rounds 15] [--large]

Region (9, text) by fiscal year (15), rate and Wilson interval.  Every timed call comes directly after an untimed
one of its own, the ways of a line in turn, and a ratio is that of the shortest times; memory that is freed stays
in the process, because on some hosts getting it back costs more than the work.  Each result is compared with that
of pandas first.  ``--large`` measures the peak memory of 100 million rows from Parquet as well.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from statsmodels.stats.proportion import proportion_confint

from shinrenkei.metrics.rates import commercialization_rate

KEEP = {
    "MALLOC_TRIM_THRESHOLD_": "-1",
    "MALLOC_MMAP_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
REGIONS = np.array(
    ["hokkaido", "tohoku", "kanto", "chubu", "kinki", "chugoku", "shikoku", "kyushu", "okinawa"]
)
BY = ["region", "fiscal_year"]
SQL = "select region, fiscal_year, count(*) certified, sum(commercialized::int) done from {} group by all"


def plans(rows: int, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    codes = pa.array(rng.integers(0, 9, rows, dtype=np.int8))
    return pa.table(
        {
            "region": pa.DictionaryArray.from_arrays(codes, REGIONS.tolist()).cast(pa.large_string()),
            "fiscal_year": rng.integers(2005, 2020, rows),
            "commercialized": rng.random(rows) < 0.45,
        }
    )


def with_interval(counts: pd.DataFrame) -> pd.DataFrame:
    """Finish a hand-written query: the interval, and the rows in order."""
    lower, upper = proportion_confint(counts["done"], counts["certified"], method="wilson")
    return counts.assign(rate=counts["done"] / counts["certified"], lower=lower, upper=upper).sort_values(BY)


def idiomatic_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    counts = frame.groupby(BY)["commercialized"].agg(["sum", "count"]).reset_index()
    return with_interval(counts.rename(columns={"sum": "done", "count": "certified"}))


def hand_polars(frame: pl.LazyFrame) -> pd.DataFrame:
    query = frame.group_by(BY).agg(certified=pl.len(), done=pl.col("commercialized").sum())
    return with_interval(query.collect().to_pandas())


def hand_duckdb(connection: duckdb.DuckDBPyConnection, source: str) -> pd.DataFrame:
    return with_interval(connection.sql(SQL.format(source)).df())


def shortest(calls: list[Callable[[], Any]], rounds: int) -> list[float]:
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, kept in zip(calls, times, strict=True):
            call()
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return [min(kept) for kept in times]


def line(
    name: str, baseline: Callable[[], Any], ours: Callable[[], Any], goal: float, rounds: int,
    hand: Callable[[], Any] | None = None,
) -> None:  # fmt: skip
    reference, table = baseline(), ours()
    for column in ("rate", "lower", "upper"):
        np.testing.assert_allclose(table[column], reference[column], rtol=1e-9)
    times = shortest([baseline, ours, *([hand] if hand else [])], rounds)
    by_hand = f"  {times[1] / times[2]:5.2f} of the hand-written query (goal 1.1)" if hand else ""
    print(
        f"{name:34} baseline {times[0] * 1e3:6.1f} ms  ours {times[1] * 1e3:6.1f} ms  "
        f"{times[0] / times[1]:5.2f} x (goal {goal}){by_hand}",
        flush=True,
    )


def compare(rows: int, rounds: int, folder: Path) -> None:
    table = plans(rows)
    parquet = folder / "plans.parquet"
    pq.write_table(table, parquet, compression="zstd")
    frame, eager = table.to_pandas(), pl.DataFrame(table)
    connection = duckdb.connect()
    connection.register("strings", table)

    def rate(source: Any) -> pd.DataFrame:
        return commercialization_rate(source, BY)

    def pandas() -> pd.DataFrame:
        return idiomatic_pandas(frame)

    def read_pandas() -> pd.DataFrame:
        return idiomatic_pandas(pd.read_parquet(parquet))

    file = f"read_parquet('{parquet}')"
    line("pandas", pandas, lambda: rate(frame), 1, rounds)
    line("Polars", pandas, lambda: rate(eager), 5, rounds, lambda: hand_polars(eager.lazy()))
    line(
        "Parquet by Polars", read_pandas, lambda: rate(pl.scan_parquet(parquet)), 5, rounds,
        lambda: hand_polars(pl.scan_parquet(parquet)),
    )  # fmt: skip
    line(
        "DuckDB, text", pandas, lambda: rate(connection.sql("from strings")), 2, rounds,
        lambda: hand_duckdb(connection, "strings"),
    )  # fmt: skip
    line(
        "Parquet by DuckDB", read_pandas, lambda: rate(connection.sql(f"from {file}")), 4, rounds,
        lambda: hand_duckdb(connection, file),
    )  # fmt: skip
    line("PyArrow", pandas, lambda: rate(table), 1, rounds)


def peak(parquet: Path, engine: str) -> None:
    """Run one rate in this process and print its time and peak memory."""
    start = time.perf_counter()
    source: Any = pl.scan_parquet(parquet) if engine == "Polars" else duckdb.sql(f"from '{parquet}'")
    certified = commercialization_rate(source, BY)["certified"].sum()
    seconds = time.perf_counter() - start
    # ru_maxrss would carry over the parent's peak
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    memory = int(status["VmHWM"].split()[0]) / 2**20
    print(
        f"{certified:,} plans from Parquet by {engine:7} {seconds:6.2f} s, peak {memory:.2f} GiB (goal below 4)"
    )


def large(folder: Path, parts: int = 10) -> None:
    parquet = folder / "large.parquet"
    with pq.ParquetWriter(parquet, plans(1).schema, compression="zstd") as writer:
        for part in range(parts):
            writer.write_table(plans(10_000_000, seed=part), row_group_size=1_000_000)
    for engine in ("Polars", "DuckDB"):
        call = [sys.executable, __file__, "--peak", str(parquet), engine]
        subprocess.run(
            call, check=True, env={name: value for name, value in os.environ.items() if name not in KEEP}
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peak", nargs=2, metavar=("PARQUET", "ENGINE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.peak and KEEP.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP})
    if options.peak:
        peak(Path(options.peak[0]), options.peak[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options.rows, options.rounds, Path(folder))
        if options.large:
            large(Path(folder))


if __name__ == "__main__":
    main()
