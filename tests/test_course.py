"""tools/course.py writes the course in one language, and nothing over what is there."""

from __future__ import annotations

import json
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = spec_from_file_location("course", ROOT / "tools" / "course.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tags(cell):
    return cell.metadata.get("tags", [])


@pytest.mark.parametrize(("lang", "other"), [("ja", "en"), ("en", "ja")])
def test_a_course_holds_one_language_and_every_cell_of_it(tool, tmp_path, lang, other):
    units = tool.write_course(tool.TEACHING, lang, tmp_path / "course")
    assert (tmp_path / "course" / "nbgrader_config.py").read_bytes() == (
        tool.TEACHING / "nbgrader_config.py"
    ).read_bytes()
    for unit in units:
        whole = nbformat.read(tool.TEACHING / "source" / unit / f"{unit}.ipynb", as_version=4)
        one = nbformat.read(tmp_path / "course" / "source" / unit / f"{unit}.ipynb", as_version=4)
        nbformat.validate(one)
        assert [cell.id for cell in one.cells] == [c.id for c in whole.cells if other not in tags(c)]
        assert any(lang in tags(cell) for cell in one.cells)
        sources = {cell.id: cell.source for cell in whole.cells}
        changed = [cell for cell in one.cells if cell.source != sources[cell.id]]
        assert [tags(cell) for cell in changed] == ([["parameters"]] if lang == "en" else [])
        parameters = next(cell for cell in one.cells if "parameters" in tags(cell))
        assert f'lang: Literal["ja", "en"] = "{lang}"' in parameters.source


def test_a_folder_that_holds_anything_is_left_alone(tool, tmp_path, monkeypatch):
    (tmp_path / "gradebook.db").write_text("grades")
    with pytest.raises(SystemExit) as end:
        tool.main(["--lang", "ja", "--out", str(tmp_path)])
    assert end.value.code == (
        f"{tmp_path}: an empty or a new folder is expected, so that nobody's submissions or grades are lost."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]
    with pytest.raises(ValueError, match="an empty or a new folder is expected"):
        tool.write_course(tool.TEACHING, "ja", tmp_path / "gradebook.db")


def test_an_unknown_language_is_refused(tool, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        tool.main(["--lang", "fr", "--out", str(tmp_path / "course")])
    assert end.value.code == 2
    assert "'fr'" in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_a_folder_without_units_is_named(tool, tmp_path):
    with pytest.raises(ValueError, match=r"source: no unit .* was found"):
        tool.write_course(tmp_path, "ja", tmp_path / "course")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not a notebook"),
        (
            {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
            "tagged .parameters. .* is expected",
        ),
    ],
)
def test_a_broken_unit_is_named_and_nothing_is_written(tool, tmp_path, content, reason):
    teaching = tmp_path / "teaching"
    shutil.copytree(tool.TEACHING / "source" / "01-tidy-table", teaching / "source" / "01-tidy-table")
    broken = teaching / "source" / "02-broken" / "02-broken.ipynb"
    broken.parent.mkdir()
    broken.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=f"02-broken.ipynb.* {reason}"):
        tool.write_course(teaching, "ja", tmp_path / "course")
    assert not (tmp_path / "course").exists()


def test_what_to_do_next_is_said(tool, tmp_path, capsys):
    tool.main(["--lang", "en", "--out", str(tmp_path / "course")])
    assert "nbgrader generate_assignment 01-tidy-table" in capsys.readouterr().out
