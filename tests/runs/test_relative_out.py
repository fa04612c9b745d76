"""Runs stand where the caller said, seen from where the caller is."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from shinrenkei import runs


@pytest.mark.parametrize("warm", [False, True])
def test_a_relative_directory_is_seen_from_the_callers_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    parameters = nbformat.v4.new_code_cell("x: int = 1  # a number", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[parameters]), tmp_path / "small.ipynb")
    monkeypatch.chdir(tmp_path)
    plan = runs.plan_run("small.ipynb", {}, "reports")
    [result] = runs.run_plans([plan], options=runs.Options(warm=warm))
    assert result.status == "done", result.error
    assert (tmp_path / "reports" / "small" / "default" / "manifest.json").is_file()
