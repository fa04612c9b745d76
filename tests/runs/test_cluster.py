import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from shinrenkei.runs import Options, RunSet, gather_inputs, plan_sweep, run_on_cluster, run_plans
from shinrenkei.runs.cluster import ClusterError

pytest.importorskip("distributed")
HERE = str(Path(__file__).parent)
PARAMETERS = "from pathlib import Path\nn: int = 0\ndata: Path | None = None\noutput_dir: str = '.'"


@pytest.fixture
def start():
    """Start processes of Dask, and end them with the test."""
    processes = []

    def run(module, directory, *words):
        directory.mkdir()
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
        log = (directory / "log").open("wb")
        processes.append(subprocess.Popen(command, cwd=directory, stdout=log, stderr=log))
        log.close()
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(start, tmp_path):
    """Start a scheduler and two workers, each a process in a directory of its own."""
    file = tmp_path / "scheduler.json"
    start(
        "dask_scheduler", tmp_path / "s", "--port", "0", "--scheduler-file", str(file), "--host", "127.0.0.1"
    )
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text().rstrip().endswith("}")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]
    words = [address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"]
    workers = [start("dask_worker", tmp_path / f"w{number}", *words) for number in (1, 2)]
    return address, workers


def contents(out):
    return {
        path.relative_to(out): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_a_sweep_on_two_workers_loses_one_and_gives_the_bytes_of_a_sweep_here(
    write_notebook, tmp_path, inputs, cluster
):
    address, workers = cluster
    data = tmp_path / "計画.csv"
    data.write_text("1,2\n")
    notebook = write_notebook(
        "import os, time\nprint(n, data.read_text())\nPath('tables/t.csv').write_text(f'{n}')",
        f"once = Path({str(tmp_path)!r}, f'once-{{n}}')\n"
        "if n == 1 and not once.exists():\n    once.write_text(str(os.getppid()))\n    time.sleep(600)",
        "if n == 2: raise ValueError('two')",
        parameters=PARAMETERS,
    )
    sets = [RunSet(notebook, {"n": [0, 1, 2, 3], "data": [str(data)]})]
    plans = plan_sweep(sets, tmp_path / "there", inputs=inputs)
    victim: list[int] = []

    class Killer:
        """Kills the worker that is at the run which does not end."""

        def planned(self, plans): ...
        def started(self, plan): ...
        def at(self, plan, where): ...

        def finished(self, plan, result):
            if not victim and (tmp_path / "once-1").exists():
                victim.append(worker_of(int((tmp_path / "once-1").read_text()), workers))
                os.kill(victim[0], signal.SIGKILL)

    results = run_on_cluster(
        plans, address, options=Options(), progress=Killer(), gather=partial(gather_inputs, HERE)
    )
    assert [result.status for result in results] == ["done", "done", "failed", "done"]
    assert results[2].sentence.endswith("failed in cell 5, line 1: ValueError: two")
    assert victim
    assert results[0].path == plans[0].place
    here = run_plans(plan_sweep(sets, tmp_path / "here", inputs=inputs), jobs=2)
    assert [result.status for result in here] == ["done", "done", "failed", "done"]
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert run_plans(plans[:1])[0].status == "reused"


def worker_of(pid, workers):
    """Return which worker a process descends from."""
    while pid not in [worker.pid for worker in workers]:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid


def test_a_worker_with_another_library_makes_no_run(write_notebook, tmp_path, inputs, cluster):
    plans = plan_sweep([RunSet(write_notebook("1"))], tmp_path / "out", inputs=inputs)
    [result] = run_on_cluster(
        plans, cluster[0], gather=partial(gather_inputs, str(Path(HERE).parent / "cleaning"))
    )
    assert result.status == "failed"
    assert "has other library than the machine that started the sweep" in result.sentence
    assert not plans[0].place.exists()


def test_no_scheduler_is_told(write_notebook, tmp_path, inputs, monkeypatch):
    monkeypatch.setattr("shinrenkei.runs.cluster.WAIT_SECONDS", 2.0)
    plans = plan_sweep([RunSet(write_notebook("1"))], tmp_path / "out", inputs=inputs)
    with pytest.raises(ClusterError, match="No Dask scheduler with workers answers at 'tcp"):
        run_on_cluster(plans, "tcp://127.0.0.1:1")
