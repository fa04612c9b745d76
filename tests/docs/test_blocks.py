"""Every code block of the READMEs and the manual is run, or read as the package reads such a file."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from traitlets.config import Config

from tests.docs.pages import DIRECTIVES, FILES, PAGES, PYTHON, SHELL, Block, blocks, name_of
from tests.docs.shell import copy_project, environment, run_shell

RUN = [page for page in PAGES if any(block.language in PYTHON | SHELL for block in blocks(page))]
SHOWN_FILES = [block for page in PAGES for block in blocks(page) if block.language in FILES]
PARSERS: dict[str, Callable[[str], Any]] = {
    "toml": tomllib.loads,
    "json": json.loads,
    "yaml": yaml.safe_load,
    "csv": lambda text: list(csv.reader(text.splitlines(), strict=True)),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the project, and stand in it."""
    folder = copy_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_page_runs_from_top_to_bottom(page: Path, project: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    env = environment(project, tmp_path / "home")
    namespace: dict[str, object] = {"__name__": "__main__", "display": lambda *_: None, "get_config": Config}
    with mpl.rc_context():
        for block in blocks(page):
            if block.language in PYTHON and block.runs_here:
                run_python(block, namespace)
            elif block.language in SHELL and block.runs_here:
                run_shell(block, project, env)


def run_python(block: Block, namespace: dict[str, object]) -> None:
    """Run a block after those above it; an error names the page and its line there."""
    code = compile("\n" * (block.line - 1) + block.code, block.page, "exec")
    exec(code, namespace)  # noqa: S102


def test_nbgrader_has_the_settings_that_the_instructor_is_told() -> None:
    pytest.importorskip("nbgrader")
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange.default import Exchange

    known = {(one.__name__, name) for one in (CourseDirectory, Exchange) for name in one.class_traits()}
    page = next(page for page in PAGES if page.name == "INSTRUCTOR.md")
    for block in blocks(page):
        if block.language == "python" and "Spawner" not in block.code:  # JupyterHub is not installed here
            namespace: dict[str, Any] = {"get_config": Config}
            run_python(block, namespace)
            told = {(name, setting) for name, settings in namespace["c"].items() for setting in settings}
            assert told, block.place
            assert told <= known, block.place


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_is_in_a_language_that_nothing_checks(page: Path) -> None:
    unchecked = [
        block.place for block in blocks(page) if block.language not in PYTHON | SHELL | FILES | DIRECTIVES
    ]
    assert not unchecked


@pytest.mark.parametrize("block", SHOWN_FILES, ids=lambda block: block.place)
def test_a_file_that_a_page_shows_is_one(block: Block) -> None:
    assert PARSERS[block.language](block.code), block.place


@pytest.mark.parametrize(
    "block", [block for block in SHOWN_FILES if block.language == "toml"], ids=lambda block: block.place
)
def test_the_package_reads_the_settings_that_a_page_shows(block: Block, project: Path) -> None:
    from shinrenkei import runs
    from shinrenkei.cleaning.filebook import read_filebook

    content = tomllib.loads(block.code)
    file = project / "notebooks" / "shown.toml"
    file.write_text(block.code, encoding="utf-8")
    if "runs" in content:
        assert runs.plan_sweep(runs.read_runs(file), project / "reports")
    else:
        assert len(read_filebook(file).columns) == len(content["columns"]), block.place


BROKEN = {
    "a command that does not exist": ("mkae docs", "exit status 127"),
    "an unknown command of ours": ("shinrenkei buidl", "No such command 'buidl'"),
    "an unknown option": ("shinrenkei build --chekc", "--chekc"),
    "an unknown parameter": (
        "true\nshinrenkei run notebooks/01-certified-plans.ipynb -p reigon=all",
        "page.md:8: .*\n.*Unknown parameter 'reigon'",
    ),
    "a target that does not exist": ("make no-such-target", "No rule to make target"),
    "a script that does not exist": (".venv/bin/python tools/no-such.py", "No such file"),
    "tests that do not exist": (".venv/bin/python -m pytest tests/no-such", "file or directory not found"),
    "an application that does not exist": ("jupyter labb", "labb"),
    "an application that does not start": ("jupyter lab no-such-directory", "no-such-directory"),
    "an environment that does not exist": ("conda env create -f no-such.yml", "No such file"),
    "a failure that does not happen": ("true  # exit status 2", "exit status 0, not 2"),
    "another failure": ("false  # exit status 2", "exit status 1, not 2"),
    "a failure in the middle": ("true\nfalse\ntrue", "page.md:8: false"),
    "an end in the middle": ("exit 0\ntrue", "the shell left before the last command"),
    "words that are no shell": ("true\nfi", "page.md:8: fi: exit status 2"),
}


@pytest.mark.parametrize(("code", "told"), BROKEN.values(), ids=BROKEN)
def test_a_block_that_does_not_run_is_found(code: str, told: str, project: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=told):
        run_shell(Block("sh", code, "page.md", 7), project, environment(project, tmp_path / "home"))


def test_output_that_is_not_printed_is_found(project: Path, tmp_path: Path) -> None:
    env = environment(project, tmp_path / "home")
    right = (
        "$ echo one; echo two >&2\none\n...\n$ cat no-such-file  # exit status 1\ncat: no-such-file: ...\n"
    )
    run_shell(Block("console", right, "page.md", 1), project, env)
    with pytest.raises(AssertionError, match=re.escape("page.md:4: cat no-such-file")):
        run_shell(Block("console", right.replace("cat: ", "dog: "), "page.md", 1), project, env)


def test_a_block_says_why_it_is_not_run() -> None:
    assert not Block("sh", "# not run here: needs a cluster\nsbatch job", "page.md", 1).runs_here
    assert Block("sh", "# not run here:\nsbatch job", "page.md", 1).runs_here
