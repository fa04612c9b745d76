"""Is a report still what its inputs give: a digest of what it was made from, and of each file written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from shinrenkei.files import replace_file

_STATE = ".report.json"


def digest_of(parts: Iterable[str]) -> str:
    """Return one digest of several, in their order.

    Examples
    --------
    >>> digest_of(["a", "b"]) == digest_of(["ab"])
    False
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_current(folder: Path, key: str) -> bool:
    """Return whether the report in a folder was made from what ``key`` stands for and is whole."""
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        return bool(state["key"] == key) and all(
            _digest(folder / name) == digest for name, digest in state["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def remember(folder: Path, key: str, files: Iterable[str]) -> None:
    """Record what the report was made from and the files it consists of."""
    state = {"key": key, "files": {name: _digest(folder / name) for name in files}}
    replace_file(folder / _STATE, f"{json.dumps(state, indent=1)}\n".encode())


def forget(folder: Path) -> None:
    """Drop the record, before the report is written anew."""
    (folder / _STATE).unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
