"""Sweeps against loops of plain papermill, in the same run: `python benchmarks/bench_runs.py [--quick]`.

Prints each number beside its goal. The baselines are timed on a few runs and scaled to the number of runs of the
sweep; they are interleaved with the sweeps, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 24
CELLS = [
    "seed: int = 0\nfirms: int = 400\noutput_dir: str = '.'",
    "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport statsmodels.formula.api as smf",
    "rng = np.random.default_rng(seed)\n"
    "data = pd.DataFrame({'group': rng.integers(0, 4, firms), 'x': rng.normal(size=firms)})\n"
    "data['y'] = data.x * 2 + data.group + rng.normal(size=firms)",
    "model = smf.ols('y ~ x + C(group)', data).fit()",
    "model.params.round(3).to_frame('estimate')",
    "fig, ax = plt.subplots(figsize=(5, 3))\nax.scatter(data.x, data.y, s=6)\nax.set_title(f'seed {seed}');",
]


def write_notebook(path: Path) -> None:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "source": source,
            "execution_count": None,
            "outputs": [],
        }
        for number, source in enumerate(CELLS)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def timed(call) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a call and all processes it has waited for."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def papermill_command(notebook: Path, out: Path, seed: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "papermill",
        str(notebook),
        str(out),
        "-p",
        "seed",
        str(seed),
        "--no-progress-bar",
    ]


def papermill_cli(notebook: Path, out: Path, runs: int, side_by_side: int) -> None:
    waiting = [papermill_command(notebook, out / f"{seed}.ipynb", seed) for seed in range(runs)]
    running: list[subprocess.Popen[bytes]] = []
    while waiting or running:
        while waiting and len(running) < side_by_side:
            running.append(subprocess.Popen(waiting.pop(), stderr=subprocess.DEVNULL))
        running[0].wait()
        running = [process for process in running if process.poll() is None]


def sweep_command(notebook: Path, out: Path, runs: int, jobs: int) -> None:
    command = [sys.executable, "-m", "shinrenkei", "sweep", str(notebook), "-p", f"seed=0:{runs - 1}"]
    subprocess.run([*command, "--jobs", str(jobs), "--out", str(out)], check=True, capture_output=True)


def show(name: str, value: float, unit: str, goal: str = "") -> None:
    print(f"{name:<58} {value:9.3f} {unit:<8} {goal}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one round")
    rounds = 1 if parser.parse_args().quick else 3
    work = Path(tempfile.mkdtemp())
    notebook = work / "small.ipynb"
    write_notebook(notebook)
    loop, pair, one, two, longer, cpu = [], [], [], [], [], []
    for number in range(rounds):
        loop.append(timed(lambda: papermill_cli(notebook, work, 2, 1))[0] / 2)
        out = work / str(number)
        two.append(timed(lambda: sweep_command(notebook, out / "two", RUNS, 2))[0])
        pair.append(timed(lambda: papermill_cli(notebook, work, 4, 2))[0] / 4)
        one.append(timed(lambda: sweep_command(notebook, out / "one", RUNS, 1))[0])
        seconds, used = timed(lambda: sweep_command(notebook, out / "longer", 4 * RUNS, 2))
        longer.append(seconds)
        cpu.append(used)
    best = {name: min(times) for name, times in (("loop", loop), ("pair", pair), ("one", one), ("two", two))}
    steady = (min(longer) - best["two"]) / (3 * RUNS)
    show("papermill CLI loop", best["loop"], "s/run")
    show("two papermill CLI loops side by side", best["pair"], "s/run")
    show(f"whole command, {RUNS} runs, 2 workers", best["two"], "s")
    show("  faster than a CLI loop", RUNS * best["loop"] / best["two"], "x", "goal 18")
    show("  faster than two CLI loops side by side", RUNS * best["pair"] / best["two"], "x", "goal 9")
    show(f"whole command, {RUNS} runs, 1 worker", best["one"], "s")
    show("steady state, 2 workers", steady, "s/run", "stretch 0.16, limit 0.06")
    show("  faster than a CLI loop", best["loop"] / steady, "x", "goal 35")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
