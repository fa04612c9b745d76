"""Productivity change by partner type, as ratios to the idiomatic pandas.

    python benchmarks/bench_productivity.py [--firms 2000000] [--rounds 5] [--large]

Two years, fourteen types, several answers a firm, with mean, median and interval of the mean.  The baseline splits
the answers, explodes and groups; it starts from a table that already has both years of a firm in one row, which
spares it the pairing that ours does.  Every timed call comes directly after an untimed one of its own, the ways in
turn, and a ratio is that of the shortest times.  Each result is compared with that of pandas first.  ``--large``
measures the peak memory of 100 million rows from Parquet as well.
"""

from __future__ import annotations

import argparse
import os
import resource
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
from bench_rates import KEEP, shortest
from scipy import stats

from shinrenkei.cleaning.tables import rows
from shinrenkei.metrics.productivity import productivity_change

TYPES = [row["code"] for row in rows("partner_types")]
SHARES = np.linspace(0.47, 0.04, len(TYPES)) ** 1.5 + 0.03
ANSWERS = np.array(
    [";".join(code for bit, code in enumerate(TYPES) if mask >> bit & 1) for mask in range(1 << 14)]
)


def panel(firms: int, seed: int = 0) -> tuple[pa.Table, np.ndarray]:
    """Return a row a firm and year, firm by firm, and the types of each firm."""
    rng = np.random.default_rng(seed)
    held = rng.random((firms, len(TYPES))) < SHARES
    mask = (held @ (1 << np.arange(len(TYPES)))).astype(np.int32)
    persons = np.maximum(rng.integers(1, 300, (firms, 1)) + rng.integers(-5, 6, (firms, 2)), 1)
    level = rng.lognormal(8.6, 0.4, (firms, 1)) + np.array([0, 1]) * rng.normal(100, 800, (firms, 1))
    level[:, 1] += held @ np.linspace(600, -300, len(TYPES))
    answers = pa.DictionaryArray.from_arrays(np.repeat(mask, 2), ANSWERS.tolist()).cast(pa.large_string())
    table = pa.table(
        {
            "firm_id": np.repeat(np.arange(firms) + seed * firms, 2),
            "year": np.tile([2013, 2018], firms),
            "employees": persons.ravel(),
            "value_added_yen": np.rint(level * persons * 1000).ravel(),
            "partner_type": answers,
        }
    )
    return table, held


def idiomatic_pandas(wide: pd.DataFrame) -> pd.DataFrame:
    change = (wide["value_1"] / wide["persons_1"] - wide["value_0"] / wide["persons_0"]) / 1000
    long = pd.DataFrame({"change": change, "type": wide["types"].str.split(";")}).explode("type")
    table = long.groupby("type")["change"].agg(["size", "mean", "std", "median"])
    half = stats.t.ppf(0.975, table["size"] - 1) * table["std"] / np.sqrt(table["size"])
    return table.assign(lower=table["mean"] - half, upper=table["mean"] + half)


def paired(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "value_0": frame["value_added_yen"].to_numpy()[::2],
            "value_1": frame["value_added_yen"].to_numpy()[1::2],
            "persons_0": frame["employees"].to_numpy()[::2],
            "persons_1": frame["employees"].to_numpy()[1::2],
            "types": frame["partner_type"].iloc[1::2].reset_index(drop=True),
        }
    )


def check(table: pd.DataFrame, reference: pd.DataFrame) -> None:
    expected = reference.loc[table["partner_type"]]
    for ours, theirs in (
        ("n", "size"),
        ("mean", "mean"),
        ("median", "median"),
        ("sd", "std"),
        ("mean_lower", "lower"),
    ):
        np.testing.assert_allclose(table[ours], expected[theirs], rtol=1e-9)


def compare(firms: int, rounds: int, folder: Path) -> None:
    table, held = panel(firms)
    frame = table.to_pandas()
    wide = paired(frame)
    flags = {code: np.repeat(column, 2) for code, column in zip(TYPES, held.T, strict=True)}
    bools = frame.drop(columns="partner_type").assign(**flags)
    texts = frame.assign(firm_id="F" + frame["firm_id"].astype("str").str.zfill(8))
    mixed = frame.sample(frac=1, random_state=0, ignore_index=True)
    parquet = folder / "firms.parquet"
    pq.write_table(table, parquet, compression="zstd")
    eager, eager_bools, lists = pl.DataFrame(table), pl.from_pandas(bools), pl.DataFrame(table).with_columns(
        pl.col("partner_type").str.split(";")
    )  # fmt: skip
    connection = duckdb.connect()
    connection.register("firms", table)
    ways: list[tuple[str, float, Callable[[], pd.DataFrame]]] = [
        ("pandas, answers as text", 10, lambda: productivity_change(frame)),
        ("pandas, 14 boolean columns", 15, lambda: productivity_change(bools, by=TYPES)),
        ("pandas, text, firm ids as text", 10, lambda: productivity_change(texts)),
        ("pandas, text, rows in random order", 0, lambda: productivity_change(mixed)),
        ("Polars, answers as text", 10, lambda: productivity_change(eager)),
        ("Polars, 14 boolean columns", 15, lambda: productivity_change(eager_bools, by=TYPES)),
        ("Polars, answers as lists", 0, lambda: productivity_change(lists)),
        ("PyArrow, answers as text", 10, lambda: productivity_change(table)),
        ("DuckDB, answers as text", 0, lambda: productivity_change(connection.sql("from firms"))),
        ("Parquet by Polars", 0, lambda: productivity_change(pl.scan_parquet(parquet))),
    ]
    reference = idiomatic_pandas(wide)
    for name, goal, way in ways:
        check(way(), reference)
        base, ours = shortest([lambda: idiomatic_pandas(wide), way], rounds)
        told = f"(goal {goal:.0f})" if goal else ""
        print(
            f"{name:36} baseline {base * 1e3:7.0f} ms  ours {ours * 1e3:6.0f} ms  {base / ours:5.1f} x {told}",
            flush=True,
        )


def growth(rounds: int) -> None:
    for firms in (250_000, 500_000, 1_000_000, 2_000_000):
        frame = panel(firms)[0].to_pandas()
        (ours,) = shortest([lambda frame=frame: productivity_change(frame)], rounds)  # type: ignore[misc]
        print(
            f"{firms:9,} firms x 2 years {ours * 1e3:7.1f} ms, {ours / firms * 1e9:5.0f} ns a firm",
            flush=True,
        )


def peak(parquet: Path, engine: str) -> None:
    """Run once in this process and print its time and peak memory."""
    start = time.perf_counter()
    source: Any = pl.scan_parquet(parquet) if engine == "Polars" else duckdb.sql(f"from '{parquet}'")
    table = productivity_change(source)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{table.attrs['firms']:,} firms x 2 years from Parquet by {engine:7} {seconds:6.1f} s, "
        f"peak {memory:.2f} GiB (goal below 4)"
    )


def large(folder: Path, parts: int = 50) -> None:
    parquet = folder / "large.parquet"
    with pq.ParquetWriter(parquet, panel(1)[0].schema, compression="zstd") as writer:
        for part in range(parts):
            writer.write_table(panel(1_000_000, seed=part)[0], row_group_size=500_000)
    for engine in ("Polars", "DuckDB"):
        call = [sys.executable, __file__, "--peak", str(parquet), engine]
        subprocess.run(
            call, check=True, env={name: value for name, value in os.environ.items() if name not in KEEP}
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peak", nargs=2, metavar=("PARQUET", "ENGINE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.peak and KEEP.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP})
    if options.peak:
        peak(Path(options.peak[0]), options.peak[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options.firms, options.rounds, Path(folder))
        growth(options.rounds)
        if options.large:
            large(Path(folder))


if __name__ == "__main__":
    main()
