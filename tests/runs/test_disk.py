import errno
import subprocess
import sys
from pathlib import Path

import pytest

from shinrenkei.runs import RunSet, plan_sweep, run_notebook, run_plans, verify_runs

LIMITED = """
import resource, signal, sys
from shinrenkei.runs import gather_inputs, run_notebook
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
result = run_notebook(sys.argv[1], {"size": int(sys.argv[2])}, sys.argv[3], inputs=gather_inputs(sys.argv[4]))
print(result.status, result.sentence)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of POSIX")
def test_a_disk_that_fills_up_leaves_the_good_run_and_nothing_half_written(write_notebook, tmp_path, inputs):
    notebook = write_notebook("print('x' * size)", parameters="size: int = 1")
    out = tmp_path / "out"
    good = run_notebook(notebook, {"size": 400_000}, out, inputs=inputs)
    assert good.status == "done"
    (good.path / "index.html").write_text("spoiled")  # so that it has to be made again
    command = [sys.executable, "-c", LIMITED, str(notebook), "400000", str(out), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("failed n/size=400000 failed: OSError: File too large"), done.stderr
    assert [path.name for path in (out / "n").iterdir()] == ["size=400000"]
    assert (good.path / "index.html").read_text() == "spoiled"
    assert run_notebook(notebook, {"size": 400_000}, out, inputs=inputs).reason == "index.html changed"


@pytest.mark.parametrize("step", ["put_in_place", "write_manifest", "_stage_inputs"])
def test_whatever_cannot_be_written_fails_that_run_and_keeps_what_is_there(
    write_notebook, tmp_path, inputs, monkeypatch, step
):
    notebook = write_notebook("year")
    good = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs)
    before = (good.path / "notebook.ipynb").read_bytes()
    write_notebook("year + 1")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"shinrenkei.runs.execute.{step}", full)
    bad = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs)
    assert (bad.status, bad.sentence) == ("failed", "n/default failed: OSError: No space left on device")
    assert (good.path / "notebook.ipynb").read_bytes() == before
    assert [verdict.problems for verdict in verify_runs(good.path)] == [()]
    assert [path.name for path in (tmp_path / "out" / "n").iterdir()] == ["default"]


def test_thousands_of_runs_are_planned_checked_and_verified(write_notebook, tmp_path, inputs):
    notebook = write_notebook("year")
    [made] = run_plans(plan_sweep([RunSet(notebook)], tmp_path / "out", inputs=inputs))
    plans = plan_sweep([RunSet(notebook, {"year": ["1001:3000"]})], tmp_path / "out", inputs=inputs)
    assert len(plans) == 2000
    assert (
        sum(result.status == "reused" for result in run_plans([p for p in plans if p.place == made.path]))
        == 1
    )
    for number in range(300):
        (tmp_path / "out" / "n" / f"year={number}").mkdir()
        for file in made.path.iterdir():
            if file.is_file():
                (tmp_path / "out" / "n" / f"year={number}" / file.name).hardlink_to(file)
    assert sum(not verdict.problems for verdict in verify_runs(tmp_path / "out")) == 301
