"""Sweeps against loops of plain papermill, in one run: `python benchmarks/bench_runs.py [--quick] [--project]`.

Prints each number beside its goal. Every call is timed as a whole command, start-up included. The baselines are
timed on a few runs and scaled to the number of runs of the sweep; they are interleaved with the sweeps, so that a
busy machine slows both, and the best of the rounds counts. `--project` runs the project's own notebooks instead.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shinrenkei import runs
from shinrenkei.runs.manifest import write_manifest

ROOT = Path(__file__).resolve().parents[1]
RUNS = 24
GROUPS = (
    "rng = np.random.default_rng(seed)\n"
    "data = pd.DataFrame({'group': rng.integers(0, 4, firms), 'x': rng.normal(size=firms)})\n"
    "data['y'] = data.x * 2 + data.group + rng.normal(size=firms)"
)
CELLS = (
    "seed: int = 0\nfirms: int = 400\noutput_dir: str = '.'",
    "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport statsmodels.formula.api as smf",
    GROUPS,
    "model = smf.ols('y ~ x + C(group)', data).fit()",
    "model.params.round(3).to_frame('estimate')",
    "fig, ax = plt.subplots(figsize=(5, 3))\nax.scatter(data.x, data.y, s=6)\nax.set_title(f'seed {seed}');",
)


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


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a call and of all processes it has waited for."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def papermill(notebook: Path, out: Path, values: dict[str, Any]) -> list[str]:
    words = [word for name, value in values.items() for word in ("-p", name, str(value))]
    return [sys.executable, "-m", "papermill", str(notebook), str(out), "--no-progress-bar", *words]


def side_by_side(commands: list[list[str]], width: int) -> None:
    """Run commands, so many at a time."""
    running: list[subprocess.Popen[bytes]] = []
    for command in commands:
        if len(running) == width:
            running.pop(0).wait()
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for process in running:
        process.wait()


def shinrenkei(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "shinrenkei", *map(str, words)], check=True, capture_output=True)


def sweep(notebook: Path, out: Path, count: int, jobs: int) -> None:
    shinrenkei("sweep", notebook, "-p", f"seed=0:{count - 1}", "--jobs", jobs, "--out", out)


def show(name: str, value: float, unit: str, goal: str = "") -> None:
    print(f"{name:<56} {value:9.3f} {unit:<6} {goal}", flush=True)


def speed(work: Path, rounds: int) -> None:
    notebook = work / "small.ipynb"
    write_notebook(notebook)
    times: dict[str, list[float]] = {}
    for number in range(rounds):
        out = work / str(number)
        out.mkdir()
        loop = [papermill(notebook, out / f"{seed}.ipynb", {"seed": seed}) for seed in range(4)]
        calls: dict[str, Callable[[], None]] = {
            "loop": lambda loop=loop: side_by_side(loop[:2], 1),
            "two": lambda out=out: sweep(notebook, out / "two", RUNS, 2),
            "pair": lambda loop=loop: side_by_side(loop, 2),
            "one": lambda out=out: sweep(notebook, out / "one", RUNS, 1),
            "long": lambda out=out: sweep(notebook, out / "long", 4 * RUNS, 2),
        }
        for name, call in calls.items():
            seconds, cpu = timed(call)
            times.setdefault(name, []).append(seconds)
            times.setdefault(f"{name} cpu", []).append(cpu)
    best = {name: min(found) for name, found in times.items()}
    loop_run, pair_run = best["loop"] / 2, best["pair"] / 4
    steady = (best["long"] - best["two"]) / (3 * RUNS)
    show("papermill CLI loop", loop_run, "s/run")
    show("two papermill CLI loops side by side", pair_run, "s/run")
    show(f"whole command, {RUNS} runs, 2 workers", best["two"], "s")
    show("  faster than a CLI loop", RUNS * loop_run / best["two"], "x", "goal 18")
    show("  faster than two CLI loops side by side", RUNS * pair_run / best["two"], "x", "goal 9")
    show(f"whole command, {RUNS} runs, 1 worker", best["one"], "s")
    show("steady state, 2 workers", steady, "s/run", "stretch 0.16")
    show("  faster than a CLI loop", loop_run / steady, "x", "goal 35")
    show("CPU of a run, steady state", (best["long cpu"] - best["two cpu"]) / (3 * RUNS), "s", "goal 0.4")


def own_memory(command: list[str]) -> float:
    """Return the most memory in MB that a command and its descendants had for themselves at a time."""
    process, most = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), 0.0
    while process.poll() is None:
        most = max(most, sum(_private_mb(pid) for pid in _descendants(process.pid)))
        time.sleep(0.1)
    return most


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found.extend(map(int, children))
    return found


def _private_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024


def memory(work: Path) -> None:
    notebook = work / "small.ipynb"
    write_notebook(notebook)
    command = [
        sys.executable,
        "-m",
        "shinrenkei",
        "sweep",
        str(notebook),
        "-p",
        f"seed=0:{RUNS - 1}",
        "--force",
    ]
    used = [own_memory([*command, "--out", str(work / "memory"), "--jobs", str(jobs)]) for jobs in (1, 2, 3)]
    show("memory of its own for a further worker", (used[2] - used[0]) / 2, "MB", "goal 150")


def unchanged(work: Path) -> None:
    """Check a thousand runs that need not be made: one is made, the others are given its files."""
    notebook = work / "small.ipynb"
    write_notebook(notebook)
    inputs = runs.gather_inputs(
        None, ROOT / "requirements.lock", [ROOT / "data" / name for name in ("processed", "raw")], ROOT
    )
    plans = runs.plan_sweep([runs.RunSet(notebook, {"seed": ["0:999"]})], work / "many", inputs=inputs)
    [made] = runs.run_plans(plans[:1])
    manifest = runs.read_manifest(made.path)
    for plan in plans[1:]:
        shutil.copytree(made.path, plan.place)
        write_manifest(
            plan.place, {**(manifest or {}), "key": plan.key, "parameters": plan.fresh["parameters"]}
        )
    found = [timed(lambda: sweep(notebook, work / "many", 1000, 2))[0] for _ in range(3)]
    show("1,000 runs checked and found unchanged", min(found), "s", "goal 3")


def startup() -> None:
    notebook = ROOT / "notebooks" / "02-commercialization-rate.ipynb"
    for words, goal in ((["--help"], "goal 0.15"), (["params", notebook], "goal 0.5")):
        found = [timed(lambda words=words: shinrenkei(*words))[0] for _ in range(5)]
        show(f"shinrenkei {words[0]}", min(found), "s", goal)


def project(work: Path) -> None:
    """Run the project's own notebooks by `sweep` on two workers, and by the papermill CLI one after the other."""
    plans = runs.plan_sweep(runs.read_runs(ROOT / "notebooks" / "runs.toml"), work / "plain")
    commands = []
    for number, plan in enumerate(plans):
        out = work / "plain" / str(number)
        out.mkdir(parents=True)
        given = {name: value for name, value in plan.fresh["parameters"].items() if value is not None}
        commands.append(papermill(plan.notebook.path, out / "out.ipynb", {**given, "output_dir": out}))
    ours = min(
        timed(
            lambda n=n: shinrenkei(
                "sweep", "--runs", ROOT / "notebooks" / "runs.toml", "-j", 2, "--out", work / f"w{n}"
            )
        )[0]
        for n in range(2)
    )
    theirs = timed(lambda: side_by_side(commands, 1))[0]
    show(f"{len(plans)} runs of the project, papermill CLI", theirs, "s")
    show("the same, sweep on 2 workers", ours, "s")
    show("  faster", theirs / ours, "x", "goal 5")
    shinrenkei("sweep", "--runs", ROOT / "notebooks" / "runs.toml", "-j", 2, "--cold", "--out", work / "cold")
    differing = [
        path
        for path in (work / "cold").rglob("*")
        if path.is_file()
        and path.name != "manifest.json"
        and path.read_bytes() != (work / "w0" / path.relative_to(work / "cold")).read_bytes()
    ]
    show("files that differ between cold and forked kernels", len(differing), "files", "goal 0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--project", action="store_true", help="the project's own notebooks")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        if words.project:
            project(work)
            return
        startup()
        speed(work, 1 if words.quick else 3)
        memory(work)
        unchanged(work)


if __name__ == "__main__":
    main()
