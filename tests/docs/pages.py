"""The pages of the repository and their fenced blocks, as the tests read them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "data", "docs", "notebooks", "src", "tests", "tools")
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(page for name in FOLDERS for page in (ROOT / name).rglob("*.md"))]
    if "_build" not in page.parts and ".ipynb_checkpoints" not in page.parts
)
MANUAL = [page for page in PAGES if page.is_relative_to(ROOT / "docs")]

PYTHON = {"python", "{code-cell} python"}
SHELL = {"sh", "bash", "console"}
FILES = {"toml", "json", "yaml", "csv"}
"""Languages of blocks that show a file."""

DIRECTIVES = {"{eval-rst}", "{toctree}", "{include}"}
"""Blocks that are no code but tell Sphinx what to put there."""

NOT_RUN_HERE = re.compile(r"# not run here: \w+")
"""The first line of a block that needs what a test has not (a cluster, a network), followed by the reason."""

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,})(?P<info>[^`\n]*)\n(?P<code>.*?)^ *(?P=mark) *$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; ``line`` is that of its first line of code."""

    language: str
    code: str
    page: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def runs_here(self) -> bool:
        return not NOT_RUN_HERE.match(self.code)


def name_of(page: Path) -> str:
    """Return where a page stands in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """Return the page's blocks; options of a code cell are left out."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        words = match["info"].split() or [""]
        language = " ".join(words[:2]) if words[0] == "{code-cell}" else words[0]
        line = text.count("\n", 0, match.start("code")) + 1
        code = textwrap.dedent(match["code"])
        if words[0] == "{code-cell}":
            code = re.sub(
                r"\A---\n.*?\n---\n", lambda head: "\n" * head[0].count("\n"), code, flags=re.DOTALL
            )
        found.append(Block(language, code, name_of(page), line))
    return found
