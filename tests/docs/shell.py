"""Run the shell blocks of a page as a reader types them."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT, Block

STAND_INS = Path(__file__).with_name("stand_ins.sh")
COPIED = ("data", "notebooks", "src", "tests", "tools", "Makefile", "pyproject.toml", "README.md")
COPIED += ("requirements.lock", "environment.yml")
EXIT_STATUS = re.compile(r"\s# exit status (\d+)$")
"""The end of a command that is shown to fail."""

REPOSITORY = re.compile(r"^git clone <[^>]+>")
LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
WATCH = r"""
ended() { printf '\036%s\n' "$1"; printf '\036\n' >&2; [ "$1" -eq "$2" ]; }
"""


@dataclass(frozen=True)
class Step:
    """A command of a shell block: its line on the page, the exit status and the output that are shown."""

    line: int
    text: str
    status: int
    shown: str


def copy_project(folder: Path) -> Path:
    """Copy what the commands of the pages work on, so that they change nothing of the project.

    Compiled code comes along, with the times of its sources, by which it is known to be theirs.
    """
    unwanted = shutil.ignore_patterns(".*", "*.tmp.*", "*.pyc.*")
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
        else:
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


def environment(project: Path, home: Path) -> dict[str, str]:
    """Return the environment of a reader who stands in the copied project and has a home of their own."""
    (home / ".jupyter").mkdir(parents=True)
    (home / ".jupyter" / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}')
    fonts_known = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    own = {"HOME": str(home), "XDG_CACHE_HOME": fonts_known, "BROWSER": "true"}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    fast = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "shinrenkei-fork", "PYTHONUTF8": "1"}
    return os.environ | own | fast | {"PATH": path, "PYTHONPATH": str(project / "src")}


def steps(block: Block) -> Iterator[Step]:
    """Return the commands of a block; in a console block, with the output shown below each."""
    prompt = "$ " if block.language == "console" else ""
    lines = list(enumerate(block.code.splitlines(), start=block.line))
    while lines:
        line, text = lines.pop(0)
        if not text.strip() or text.startswith("#"):
            continue
        assert text.startswith(prompt), f"{block.page}:{line}: a command begins with {prompt!r}"
        text = text.removeprefix(prompt)
        while text.endswith("\\"):
            text += "\n" + lines.pop(0)[1]
        shown = ""
        while prompt and lines and not lines[0][1].startswith(prompt):
            shown += lines.pop(0)[1] + "\n"
        status = EXIT_STATUS.search(text)
        yield Step(line, text, int(status[1]) if status else 0, shown)


def script(page: str, commands: list[Step]) -> str:
    """Return what the shell is given: every command, and after it a mark with its exit status."""
    parts = [f"PAGE={shlex.quote(page)}", f"source {shlex.quote(str(STAND_INS))}", WATCH]
    for step in commands:
        parts += [REPOSITORY.sub("git clone repository", step.text), f"ended $? {step.status} || exit"]
    return "\n".join(parts)


def run_shell(block: Block, project: Path, env: dict[str, str]) -> None:
    """Run a block in a new shell in the project's directory; fail where it does not do what the page shows."""
    commands = list(steps(block))
    done = subprocess.run(
        ["bash", "-c", script(block.page, commands)],
        cwd=project,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    printed = re.split(r"\036(\d+)\n", done.stdout)
    statuses = [int(status) for status in printed[1::2]]
    statuses += [done.returncode] * (len(commands) - len(statuses))  # the shell itself gave up
    for step, status, out, err in zip(
        commands, statuses, printed[::2], done.stderr.split("\036\n"), strict=False
    ):
        told = f"{block.page}:{step.line}: {step.text}"
        assert status == step.status, f"{told}: exit status {status}, not {step.status}\n{out[-2000:]}{err}"
        if step.shown:
            fits = doctest.OutputChecker().check_output(step.shown, out + err, LOOSELY)
            assert fits, f"{told}: the page shows\n{step.shown}but it prints\n{out}{err}"
    assert len(printed[1::2]) == len(commands), f"{block.place}: the shell left before the last command"
