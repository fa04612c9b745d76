"""Where a run stands: safe names, and directories that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError

MAX_BYTES = 120
PART = ".part-"
OLD = ".old-"
FAILED = ".failed"
DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}


def safe_name(text: str) -> str:
    """Return ``text`` as a name for one directory, on any system.

    Letters (Japanese ones too), digits and ``- _ . , = +`` stay. Anything else becomes ``_``, and a digest
    of the whole text is added, so that two texts never share a name.

    Examples
    --------
    >>> safe_name("region=近畿"), safe_name("../../etc")
    ('region=近畿', '_.._etc-74ccf3c5')
    """
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(char if char.isalnum() or char in "-_.,=+" else "_" for char in normal)
    name = kept.strip(".") or "_"
    while len(name.encode()) > MAX_BYTES:
        name = name[: max(1, len(name) * MAX_BYTES // (len(name.encode()) + 1))]
    plain = name == text and name.split(".")[0].lower() not in DEVICES and not name.endswith(FAILED)
    return name if plain else f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def run_name(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Return the name of a run: the values that differ from the defaults.

    Examples
    --------
    >>> run_name({"fiscal_year": 2006, "region": "kinki"}, {"fiscal_year": 2005, "region": "all"})
    'fiscal_year=2006,region=kinki'
    >>> run_name({"fiscal_year": 2005}, {"fiscal_year": 2005})
    'default'
    """
    different = {
        name: value for name, value in values.items() if name not in defaults or defaults[name] != value
    }
    return safe_name(",".join(f"{name}={_shown(value)}" for name, value in different.items()) or "default")


def failed_place(place: Path) -> Path:
    """Return where a run whose place this is would be kept if it failed.

    Examples
    --------
    >>> failed_place(Path("reports/n/default")).name
    'default.failed'
    """
    return place.with_name(place.name + FAILED)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(_shown(item) for item in value)
    if isinstance(value, Path):
        return value.name
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


@contextmanager
def stage(place: Path) -> Iterator[Path]:
    """Give a new directory beside ``place`` to make a run in; what is left of it at the end is removed.

    Raises
    ------
    InputError
        Where nothing can be written there.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=PART, dir=place.parent))
    except OSError as error:
        raise _not_writable(place.parent, error) from error
    lock = _hold(work)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _not_writable(directory: Path, error: OSError) -> InputError:
    return InputError(f"Runs cannot be written to {str(directory)!r}: {error.strerror}.")


def _hold(work: Path) -> int | None:
    """Lock the staging directory while this process lives, so that nobody takes it for a leftover."""
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = os.open(work, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def remove_leftovers(directory: Path) -> None:
    """Remove what killed processes left in ``directory``, and nothing that a living one is still at."""
    try:
        import fcntl
    except ImportError:
        return
    with suppress(OSError):
        for path in [*directory.glob(f"{PART}*"), *directory.glob(f"{OLD}*")]:
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
                finally:
                    os.close(descriptor)


def put_in_place(finished: Path, place: Path) -> None:
    """Move a finished directory to its place, in the stead of the one that is there."""
    if place.is_symlink():
        msg = f"{place} is a link; a run is only put where a directory of its own can stand."
        raise InputError(msg)
    for _ in range(100):
        if place.exists():
            old = Path(tempfile.mkdtemp(prefix=OLD, dir=place.parent))
            with suppress(FileNotFoundError):  # another process has just moved it away
                place.rename(old / "run")
            shutil.rmtree(old, ignore_errors=True)
        try:
            finished.rename(place)
        except OSError:
            if not place.exists():
                raise
        else:
            return
    msg = f"{place} is being written by other processes all the time."
    raise InputError(msg)


def remove_run(place: Path) -> None:
    """Remove a run: first from its place, then from the disk."""
    if place.is_dir() and not place.is_symlink():
        with tempfile.TemporaryDirectory(prefix=OLD, dir=place.parent, ignore_cleanup_errors=True) as old:
            place.rename(Path(old) / "run")
