"""The manual and the READMEs: their code runs, their commands exist, their links lead somewhere, they build."""

from __future__ import annotations

import html
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN_HERE = re.compile(r"^# not run here: \w+")
"""The first line of a block that needs what a test has not (a cluster, a network), followed by the reason."""

OUTSIDE = {".", "cd", "conda", "git", "pip", "uv"}
"""Programs of others; only that they are spelt as here is checked."""

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,})(?P<info>[^`\n]*)\n(?P<code>.*?)^ *(?P=mark) *$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    code: str
    page: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: Path, *languages: str) -> list[Block]:
    """Return the page's blocks in one of the languages; options of a code cell are left out."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    found = []
    for match in FENCE.finditer(text):
        words = match["info"].split()
        language = " ".join(words[:2]) if words and words[0].startswith("{") else "".join(words[:1])
        line = text.count("\n", 0, match.start("code")) + 1
        code = textwrap.dedent(match["code"])
        if language == "{code-cell} python":
            code = re.sub(
                r"\A---\n.*?\n---\n", lambda head: "\n" * head[0].count("\n"), code, flags=re.DOTALL
            )
        found.append(Block(language, code, name, line))
    return [block for block in found if block.language in languages]


PYTHON = {page: blocks(page, "python", "{code-cell} python") for page in PAGES}
SHELL = [block for page in PAGES for block in blocks(page, "sh", "bash", "console")]


def run_here(block: Block) -> bool:
    """Say whether a block is meant to run on this machine; one that is not must say why."""
    return not NOT_RUN_HERE.match(block.code)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if PYTHON[page]], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib as mpl

    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__", "display": lambda *_: None}
    with mpl.rc_context():
        for block in PYTHON[page]:
            if run_here(block):
                # the empty lines put an error's line number where the code stands on the page
                code = compile("\n" * (block.line - 1) + block.code, block.page, "exec")
                exec(code, namespace)  # noqa: S102


def commands(block: Block) -> Iterator[list[str]]:
    """Return the words of each command of a shell block."""
    for line in block.code.replace("\\\n", " ").splitlines():
        parts = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=";|&")
        parts.whitespace_split = True
        command: list[str] = []
        for word in [*parts, ";"]:
            if set(word) <= set(";|&"):
                if command:
                    yield command
                command = []
            elif command or not re.fullmatch(r"\w+=.*", word):  # NAME=value before a command is no part of it
                command.append(word)


@pytest.mark.parametrize(
    "block", [block for block in SHELL if run_here(block)], ids=lambda block: block.place
)
def test_the_commands_of_a_page_exist(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    monkeypatch.chdir(tmp_path)
    for words in commands(block):
        check_command(words)


def check_command(words: list[str]) -> None:
    """Fail unless a command and its options exist; ours are parsed as the command line parses them."""
    program, *rest = words
    name = Path(program).name or program
    if name in ("python", "python3") and rest[:1] == ["-m"]:
        name, *rest = rest[1:]
    if name == "shinrenkei":
        check_ours(rest)
    elif name == "make":
        targets = [word for word in rest if not re.match(r"-|\w+=", word)]
        done = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    elif name in ("jupyter", "nbgrader", "dask", "pytest"):
        command = f"jupyter-{rest[0]}" if name == "jupyter" else name
        assert (Path(sys.executable).parent / command).exists(), command
    elif name in ("python", "python3"):
        assert all((ROOT / word).is_file() for word in rest if word.endswith(".py")), words
    else:
        assert name in OUTSIDE, words


def check_ours(words: list[str]) -> None:
    """Parse a call of our command line and check the notebook's parameters, without running anything."""
    from typer.main import get_command

    from shinrenkei import runs
    from shinrenkei.cli import app

    group: Any = get_command(app)
    context = group.make_context("shinrenkei", list(words), resilient_parsing=True)
    _, command, rest = group.resolve_command(context, list(words))
    if "--help" in rest:
        return
    called = command.make_context(command.name, rest, parent=context).params
    given = called.get("parameter") or []
    notebooks = called.get("notebook") or []
    for word in given:
        if word.startswith("data="):
            Path(word.removeprefix("data=")).touch()  # a file of the reader's own
    for notebook in notebooks if isinstance(notebooks, list) else [notebooks]:
        schema = runs.read_parameters(notebook)
        if command.name == "run":
            assert runs.parse_assignments(schema, given)
        elif command.name == "sweep":
            assert set(runs.parse_sweep(schema, given)) == {word.partition("=")[0] for word in given}
    if called.get("runs_file"):
        assert runs.read_runs(called["runs_file"])


def test_a_command_or_option_that_does_not_exist_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for words in (
        "shinrenkei buidl",
        "shinrenkei build --chekc",
        "shinrenkei run notebooks/02-commercialization-rate.ipynb -p regoin=kinki",
        "shinrenkei run notebooks/no-such.ipynb",
        "make no-such-target",
        "jupyter labb",
        "python tools/no-such.py",
        "mkae docs",
    ):
        with pytest.raises(BaseException, match=r"\S"):
            check_command(words.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_toml_blocks_are_toml(page: Path) -> None:
    for block in blocks(page, "toml"):
        assert tomllib.loads(block.code), block.place


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent == ROOT], ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    for link in links:
        assert "://" in link or (page.parent / link).exists(), link


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    """Return the module that writes parts of pages; Markdown's reader is imported on the way."""
    import markdown_it

    assert markdown_it
    spec = spec_from_file_location("generated", ROOT / "docs" / "_ext" / "generated.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(text=st.text(st.characters(categories=["L", "N", "P", "S", "Z"]), min_size=1))
@example(text="1. 台帳")
@example(text="- [a](b) `c` $d$ {e}`f` | <g> &amp; **h**")
def test_text_of_the_tables_is_shown_as_it_is(generated: ModuleType, text: str) -> None:
    from markdown_it import MarkdownIt

    shown = MarkdownIt("commonmark").render(generated.plain(text))
    assert html.unescape(re.sub(r"</?p>|\n", "", shown)) == " ".join(text.split())


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual with warnings as errors; its code cells are run by the test above."""
    folder = tmp_path_factory.mktemp("manual")
    options = [
        "-W",
        "--keep-going",
        "-q",
        "-D",
        "nb_execution_mode=off",
        "-D",
        "suppress_warnings=myst-nb.lexer",
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            *options,
            "-d",
            str(folder / "doctrees"),
            str(ROOT / "docs"),
            str(folder / "html"),
        ],
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_the_manual_builds_without_warnings(manual: Path) -> None:
    for page in (page for page in PAGES if page.parent != ROOT):
        assert (manual / page.relative_to(ROOT / "docs").with_suffix(".html")).is_file(), page


def test_the_manual_fetches_nothing_from_outside(manual: Path) -> None:
    fetched = re.compile(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    for page in manual.rglob("*.html"):
        assert not fetched.findall(page.read_text(encoding="utf-8")), page
    for sheet in manual.rglob("*.css"):
        assert not re.search(r"@import|url\(\"?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_formulas_are_mathml(manual: Path) -> None:
    page = (manual / "methods" / "rates.html").read_text(encoding="utf-8")
    assert page.count("<math ") > 5
    assert "\\frac" not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)


def test_every_public_name_has_an_entry(manual: Path) -> None:
    import shinrenkei as sr

    entries = {
        name
        for page in manual.rglob("*.html")
        for name in re.findall(r"id=\"(?:module-)?([\w.]+)\"", page.read_text(encoding="utf-8"))
    }
    modules = {name: getattr(sr, name) for name in sr.__all__ if type(getattr(sr, name)).__name__ == "module"}
    names = {f"shinrenkei.{name}" for name in sr.__all__}
    for module, value in modules.items():
        names |= {
            f"shinrenkei.{module}.{name}" for name in getattr(value, "__all__", ()) if module != "metrics"
        }
    assert names <= entries, sorted(names - entries)


def test_every_table_and_every_claim_stands_in_the_manual(manual: Path) -> None:
    import shinrenkei as sr

    data = (manual / "data.html").read_text(encoding="utf-8")
    assert all(f'id="table-{name.replace("_", "-")}"' in data for name in sr.tables()["name"])
    ledger = (manual / "ledger.html").read_text(encoding="utf-8")
    assert ledger.count("<tr ") >= len(sr.claims.check())
