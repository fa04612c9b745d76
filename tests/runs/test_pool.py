import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shinrenkei.runs import Options, RunSet, plan_sweep, read_manifest, run_plans, sweep
from shinrenkei.runs.execute import NoProgress
from shinrenkei.runs.pool import Pool
from shinrenkei.runs.template import can_fork
from tests.runs.hard import CELLS

pytestmark = pytest.mark.skipif(not can_fork(), reason="kernels can be forked on Linux only")
HERE = str(Path(__file__).parent)
PARAMETERS = "n: int = 0\noutput_dir: str = '.'"


def contents(out):
    """Return every file of every run, manifests without what may differ."""
    found = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for path in [path for path in found if path.name == "manifest.json"]:
        manifest = json.loads(found[path])
        del manifest["timing"]
        found[path] = json.dumps(manifest).encode()
    return found


def wait_until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_cold_and_forked_kernels_on_one_worker_and_on_two_give_the_same_bytes(
    write_notebook, tmp_path, inputs
):
    notebook = write_notebook(*CELLS, parameters=PARAMETERS)
    found = []
    for jobs, warm in ((2, True), (1, True), (1, False)):
        out = tmp_path / f"{jobs}-{warm}"
        runs = RunSet(notebook, {"n": [0] if not warm else [0, 1, 2]})
        results = sweep([runs], out, jobs=jobs, inputs=inputs, options=Options(warm=warm))
        assert [result.status for result in results] == ["done"] * len(results), results[0].sentence
        found.append(contents(out))
    two, one, cold = found
    assert one == two
    assert {path: text for path, text in one.items() if "default" in path.parts} == cold
    assert two[Path("n/default/tables/left_open.txt")] == b"not closed"


def test_a_sweep_of_failures_goes_on_reports_each_and_leaves_no_process(write_notebook, tmp_path, inputs):
    notebook = write_notebook(
        "import os, signal, subprocess, sys, time\nfrom pathlib import Path\n"
        "sleeper = subprocess.Popen(['sleep', '600'])\n"
        f"Path({str(tmp_path)!r}, f'pids-{{n}}').write_text(f'{{os.getpid()}} {{sleeper.pid}}')",
        "print('before')\nif n == 1:\n    raise ValueError('一' * 3)\n"
        "if n == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "if n == 3:\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    time.sleep(600)\n"
        "if n == 4: os._exit(3)\n"
        "if n == 5: sys.exit(0)\n"
        "if n == 6: os.abort()",
        parameters=PARAMETERS,
    )
    runs = RunSet(notebook, {"n": list(range(8))})
    results = sweep([runs], tmp_path / "out", jobs=2, inputs=inputs, options=Options(timeout=8))
    said = {result.name: (result.status, result.sentence.partition(": ")[2]) for result in results}
    assert said["default"] == said["n=7"] == ("done", "")
    assert said["n=1"] == ("failed", "ValueError: 一一一")
    assert said["n=3"] == ("failed", "TimeoutError: the run took longer than 8 seconds")
    for name in ("n=2", "n=4", "n=6"):
        assert said[name] == (
            "failed",
            "DeadKernelError: the kernel died (killed, out of memory, or crashed)",
        )
    kept = sorted(path.name for path in (tmp_path / "out" / "n").iterdir())
    assert [name for name in kept if name.endswith(".failed")] == [f"n={n}.failed" for n in (1, 2, 3, 4, 6)]
    failed = read_manifest(tmp_path / "out" / "n" / "n=1.failed")
    assert failed is not None
    assert (failed["status"], failed["error"]["cell"], failed["error"]["line"]) == ("failed", 4, 3)
    assert results[6].error is not None
    assert results[6].error["last"][0] == "Fatal Python error: Aborted"
    pids = [int(pid) for path in tmp_path.glob("pids-*") for pid in path.read_text().split()]
    assert len(pids) == 16
    wait_until(lambda: not any(map(is_alive, pids)))


class Killer(NoProgress):
    """Kills a process, so many times, whenever a run comes to its second cell."""

    def __init__(self, times):
        self.times = times
        self.kill = lambda: None

    def at(self, plan, where):
        if where == "cell 3 of 3" and self.times:
            self.times -= 1
            self.kill()


def run_in_pool(plans, killer, choose):
    pool = Pool(plans, 1, Options(), killer)
    killer.kill = lambda: os.kill(choose(pool).pid, signal.SIGKILL)
    try:
        return pool.run()
    finally:
        pool.close()


@pytest.fixture
def plans(write_notebook, tmp_path, inputs):
    notebook = write_notebook("import time; time.sleep(0.5)\nn", parameters=PARAMETERS)
    return plan_sweep([RunSet(notebook, {"n": [0, 1]})], tmp_path / "out", inputs=inputs)


def test_a_run_whose_worker_dies_is_made_by_another(plans):
    results = run_in_pool(plans, Killer(1), lambda pool: pool.workers[0].process)
    assert [result.status for result in results] == ["done", "done"]


def test_a_run_that_kills_its_workers_fails_and_the_others_go_on(plans):
    results = run_in_pool(plans, Killer(2), lambda pool: pool.workers[0].process)
    assert [result.status for result in results] == ["failed", "done"]
    assert "WorkerDiedError: the worker process died" in results[0].sentence


def test_runs_outlive_the_server_of_their_kernels(plans):
    results = run_in_pool(plans, Killer(1), lambda pool: pool.kernels.process)
    assert [result.status for result in results] == ["done", "done"]


def test_a_failed_run_is_tried_again_only_where_asked_for(write_notebook, tmp_path, inputs):
    count = tmp_path / "count"
    count.write_text("")
    notebook = write_notebook(
        f"from pathlib import Path\ncount = Path({str(count)!r})\ncount.write_text(count.read_text() + 'x')\n"
        "assert len(count.read_text()) > 1",
        parameters=PARAMETERS,
    )
    runs = [RunSet(notebook)]
    assert sweep(runs, tmp_path / "out", inputs=inputs)[0].status == "failed"
    count.write_text("")
    assert sweep(runs, tmp_path / "out", inputs=inputs, options=Options(retries=1))[0].status == "done"
    assert count.read_text() == "xx"
    assert [path.name for path in (tmp_path / "out" / "n").iterdir()] == ["default"]


SWEEP = """
import sys
from shinrenkei.runs import RunSet, gather_inputs, sweep, Options
try:
    sweep([RunSet(sys.argv[1], {"n": [0, 1, 2]})], sys.argv[2], inputs=gather_inputs(sys.argv[4]),
          options=Options(warm=sys.argv[3] == "warm"))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("signum", "kind"), [(signal.SIGINT, "warm"), (signal.SIGKILL, "warm"), (signal.SIGINT, "cold")]
)
def test_a_stopped_sweep_leaves_whole_runs_and_no_process_and_is_resumed(
    write_notebook, tmp_path, inputs, signum, kind
):
    notebook = write_notebook(
        "import os, time\nfrom pathlib import Path",
        f"Path({str(tmp_path)!r}, f'pid-{{n}}').write_text(str(os.getpid()))",
        f"if n and Path({str(tmp_path / 'slow')!r}).exists(): time.sleep(600)",
        parameters=PARAMETERS,
    )
    (tmp_path / "slow").touch()
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", SWEEP, str(notebook), str(out), kind, HERE])
    wait_until((tmp_path / "pid-1").exists, 60)
    time.sleep(0.2)
    process.send_signal(signum)
    assert process.wait(30) == {signal.SIGINT: 130, signal.SIGKILL: -9}[signum]
    pids = [int(path.read_text()) for path in tmp_path.glob("pid-*") if path.read_text()]
    wait_until(lambda: not any(map(is_alive, pids)))
    left = sorted(path.name.partition("-")[0] for path in (out / "n").iterdir())
    assert left == ([".part", "default"] if signum == signal.SIGKILL else ["default"])

    (tmp_path / "slow").unlink()
    results = sweep([RunSet(notebook, {"n": [0, 1, 2]})], out, inputs=inputs)
    assert [result.status for result in results] == ["reused", "done", "done"]
    assert sorted(path.name for path in (out / "n").iterdir()) == ["default", "n=1", "n=2"]


def test_where_nothing_can_be_forked_ordinary_kernels_do(write_notebook, tmp_path, inputs, monkeypatch):
    notebook = write_notebook("print(n)\nif n == 2: raise ValueError('x')", parameters=PARAMETERS)
    runs = RunSet(notebook, {"n": [0, 1, 2]})
    forked = sweep([runs], tmp_path / "forked", jobs=2, inputs=inputs)
    monkeypatch.setattr(sys.modules["shinrenkei.runs.sweep"], "can_fork", lambda: False)
    plain = sweep([runs], tmp_path / "plain", jobs=2, inputs=inputs)
    assert (
        [result.status for result in plain]
        == [result.status for result in forked]
        == ["done", "done", "failed"]
    )
    assert contents(tmp_path / "forked") == contents(tmp_path / "plain")


def test_a_notebook_of_a_run_that_cannot_be_written_fails_alone(write_notebook, tmp_path, inputs):
    notebook = write_notebook("n", parameters=PARAMETERS)
    out = tmp_path / "out"
    (out / "n").mkdir(parents=True)
    (out / "elsewhere").mkdir()
    (out / "n" / "n=1").symlink_to(out / "elsewhere")
    plans = plan_sweep([RunSet(notebook, {"n": [0, 1, 2]})], out, inputs=inputs)
    results = run_plans(plans, jobs=2)
    assert [result.status for result in results] == ["done", "failed", "done"]
    assert "is a link" in results[1].sentence
    assert list((out / "elsewhere").iterdir()) == []


def test_a_library_that_starts_a_thread_when_imported_is_not_forked(
    write_notebook, tmp_path, inputs, monkeypatch
):
    library = "from threading import Event, Thread\nthread = Thread(target=Event().wait, daemon=True)\nthread.start()\n"
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "threaded_library.py").write_text(library)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    notebook = write_notebook(
        "import threaded_library\nassert threaded_library.thread.is_alive()", parameters=PARAMETERS
    )
    results = sweep([RunSet(notebook, {"n": [0, 1]})], tmp_path / "out", jobs=2, inputs=inputs)
    assert [result.status for result in results] == ["done", "done"], results[0].sentence
