import json

import pytest

from shinrenkei.errors import InputError
from shinrenkei.runs import rerun_runs, run_notebook, verify_runs


@pytest.fixture
def run(write_notebook, tmp_path, inputs):
    notebook = write_notebook(
        "import os\nfrom pathlib import Path\nPath('tables/t.csv').write_text(f'{year}')\nyear",
        f"if Path({str(tmp_path / 'other')!r}).exists(): Path('tables/t.csv').write_text('other')",
    )
    return run_notebook(notebook, {"year": 2006}, tmp_path / "out", inputs=inputs).path


def problems(directory):
    return [problem for verdict in verify_runs(directory) for problem in verdict.problems]


def test_every_file_that_changed_is_named(run, tmp_path):
    assert problems(tmp_path / "out") == problems(run) == []
    (run / "tables" / "t.csv").write_text("2007")
    (run / "figures" / "x.png").write_text("x")
    assert problems(tmp_path / "out") == ["figures/x.png was added", "tables/t.csv changed"]


def test_a_changed_manifest_is_told_by_its_key(run, tmp_path):
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"parameters": {"year": 2007}}))
    assert problems(run) == ["manifest.json changed: its key is not that of the inputs it states"]
    path.write_text("{")
    assert problems(run) == ["manifest.json is missing or cannot be read"]
    path.unlink()
    assert problems(tmp_path / "out") == ["manifest.json is missing or cannot be read"]


def test_a_run_is_made_again_and_every_difference_is_named(run, tmp_path, inputs):
    assert [v.problems for v in rerun_runs(verify_runs(run), inputs)] == [()]
    (tmp_path / "other").touch()
    [verdict] = rerun_runs(verify_runs(run), inputs)
    assert verdict.problems == ("tables/t.csv comes out otherwise when run again",)


def test_a_run_of_a_file_that_is_not_kept_says_so(write_notebook, tmp_path, inputs):
    notebook = write_notebook("data", parameters="data: Path | None = None\n")
    path = tmp_path / "x.csv"
    path.write_text("1")
    run = run_notebook(notebook, {"data": path}, tmp_path / "out", inputs=inputs).path
    [verdict] = rerun_runs(verify_runs(run), inputs)
    assert verdict.problems == ("cannot be run again: it was given inputs/data/x.csv, which is not kept",)


def test_nothing_to_verify_is_told(tmp_path):
    with pytest.raises(InputError, match="There are no runs in"):
        verify_runs(tmp_path)
    with pytest.raises(InputError, match="There is no directory"):
        verify_runs(tmp_path / "none")
