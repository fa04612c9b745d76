import json
import re
from pathlib import Path

import pytest

from shinrenkei.errors import InputError
from shinrenkei.runs import Options, read_manifest, run_notebook


def texts(run: Path) -> list[str]:
    notebook = json.loads((run / "notebook.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output.get("text") or output["data"]["text/plain"] for output in outputs]


def test_a_run_is_whole_and_is_reused_until_something_changes(write_notebook, tmp_path, inputs):
    notebook = write_notebook(
        "import pathlib\nprint(year)\npathlib.Path(output_dir, 'tables/t.csv').write_text(f'{year}\\n')\n0"
    )
    first = run_notebook(notebook, {"year": 2006}, tmp_path / "out", inputs=inputs)
    assert (first.status, first.reason, first.name) == ("done", "not run yet", "year=2006")
    assert texts(first.path) == ["2006\n", "0"]
    manifest = read_manifest(first.path)
    assert manifest is not None
    assert sorted(manifest["outputs"]) == ["index.html", "notebook.ipynb", "tables/t.csv"]
    assert (first.path / "tables/t.csv").read_text() == "2006\n"

    assert run_notebook(notebook, {"year": 2006}, tmp_path / "out", inputs=inputs).status == "reused"
    (first.path / "tables/t.csv").write_text("2007\n")
    again = run_notebook(notebook, {"year": 2006}, tmp_path / "out", inputs=inputs)
    assert (again.status, again.reason) == ("done", "tables/t.csv changed")
    assert (again.path / "tables/t.csv").read_text() == "2006\n"
    assert [path.name for path in first.path.parent.iterdir()] == ["year=2006"]


def test_a_failed_run_is_kept_beside_and_leaves_the_good_one(write_notebook, tmp_path, inputs):
    notebook = write_notebook("print('so far')\n1 / (year - 2005)", parameters="year: int = 2006")
    good = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs)
    write_notebook("print('so far')\n1 / (year - 2006)", parameters="year: int = 2006")
    bad = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs)
    assert bad.status == "failed"
    assert bad.sentence == "n/default failed in cell 3, line 2: ZeroDivisionError: division by zero"
    assert bad.error is not None
    assert bad.error["last"] == ["so far"]
    assert texts_up_to_error(bad.path) == ["so far\n"]
    manifest = read_manifest(good.path)
    assert manifest is not None
    assert manifest["key"] == good.key != bad.key


def texts_up_to_error(run: Path) -> list[str]:
    notebook = json.loads((run / "notebook.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output["text"] for output in outputs if output["output_type"] == "stream"]


def test_a_cell_that_never_ends_is_given_up(write_notebook, tmp_path, inputs):
    notebook = write_notebook("import time\nprint('waiting', flush=True)\ntime.sleep(600)")
    result = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs, options=Options(timeout=6))
    assert result.status == "failed"
    assert re.fullmatch(  # on a busy machine the time can be up before the third cell
        r"n/default failed in cell \d: TimeoutError: the run took longer than 6 seconds", result.sentence
    )


def test_a_killed_kernel_is_reported(write_notebook, tmp_path, inputs):
    notebook = write_notebook("1", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    result = run_notebook(notebook, {}, tmp_path / "out", inputs=inputs)
    assert result.status == "failed"
    assert "cell 4: DeadKernelError: the kernel died" in result.sentence


def test_a_file_is_given_to_the_notebook_and_its_place_to_nobody(write_notebook, tmp_path, inputs):
    (tmp_path / "secret").mkdir()
    data = tmp_path / "secret" / "計画.csv"
    data.write_text("1,2\n")
    notebook = write_notebook(
        "print(data, data.read_text())", parameters="from pathlib import Path\ndata: Path | None = None"
    )
    result = run_notebook(notebook, {"data": data}, tmp_path / "out", inputs=inputs)
    assert texts(result.path) == ["inputs/data/計画.csv 1,2\n\n"]
    assert result.name == "data=計画.csv"
    assert not (result.path / "inputs").exists()
    for path in result.path.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes()
    data.write_text("1,3\n")
    changed = run_notebook(notebook, {"data": data}, tmp_path / "out", inputs=inputs)
    assert changed.reason == "inputs/data/計画.csv changed"


def test_values_are_data_and_never_code_or_markup(write_notebook, tmp_path, inputs):
    notebook = write_notebook("print(title)", parameters="title: str = 'x'")
    title = '\'); import os; os.abort() #\n"""<script>alert(1)</script>\\'
    result = run_notebook(notebook, {"title": title}, tmp_path / "out", inputs=inputs)
    assert texts(result.path) == [title + "\n"]
    page = (result.path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_output_directory_that_cannot_be_written_is_said_before_anything_runs(
    write_notebook, tmp_path, inputs
):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match=r"Runs cannot be written to .*out"):
        run_notebook(write_notebook(), {}, tmp_path / "out", inputs=inputs)
