"""What a run was made from and what it made: digests, and the file that states them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError
from shinrenkei.runs.place import failed_place

MANIFEST = "manifest.json"
VERSION = 1
CHUNK = 1 << 20


@dataclass(frozen=True)
class Inputs:
    """What runs depend on beside their notebook and parameters.

    Attributes
    ----------
    library : str
        SHA-256 of the library's source.
    lock : str or None
        SHA-256 of the file that pins the packages, where there is one.
    files : mapping of str to str
        Name and SHA-256 of every other file that the notebooks read.
    versions : mapping of str to str
        Versions of Python and of the packages.
    """

    library: str
    lock: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def gather_inputs(
    library: str | Path | None = None,
    lock: str | Path | None = None,
    files: Iterable[str | Path] = (),
    base: str | Path = ".",
) -> Inputs:
    """Digest what runs depend on, once for many runs.

    Parameters
    ----------
    library : path, optional
        The directory of the library's source; that of the package this module belongs to if not given.
    lock : path, optional
        The file that pins the packages; it may be missing.
    files : iterable of paths
        Other files, or directories of files, that the notebooks read through the library.
    base : path
        The directory that names of ``files`` are relative to, so that they say nothing of this machine.

    Returns
    -------
    Inputs
    """
    package = Path(__file__).resolve().parents[1]
    root = Path(base).resolve()
    found = sorted({path for given in files for path in _files_under(Path(given).resolve())})
    return Inputs(
        library=tree_digest(package if library is None else Path(library)),
        lock=file_digest(Path(lock)) if lock is not None and Path(lock).is_file() else None,
        files={_relative(path, root): file_digest(path) for path in found},
        versions=package_versions(package.name),
    )


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _files_under(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (found for found in path.rglob("*") if found.is_file() and not _is_litter(found))
    elif path.is_file():
        yield path
    else:
        msg = f"There is no input file {str(path)!r}."
        raise InputError(msg)


def _is_litter(path: Path) -> bool:
    return (
        "__pycache__" in path.parts or ".ipynb_checkpoints" in path.parts or path.suffix in {".pyc", ".pyo"}
    )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_digest(directory: Path) -> str:
    """Return one SHA-256 over the names and contents of all files under ``directory``."""
    total = hashlib.sha256()
    for path in sorted(_files_under(directory), key=lambda path: path.relative_to(directory).as_posix()):
        total.update(f"{path.relative_to(directory).as_posix()}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


def package_versions(package: str) -> dict[str, str]:
    """Return the versions of Python, of ``package`` and of what it requires, in order of name."""
    import platform
    import re
    from importlib import metadata

    found = {"python": platform.python_version()}
    try:
        requirements = [line for line in metadata.requires(package) or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        requirements = []
    names = {package, *(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in requirements)}
    for name in sorted(names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def run_key(fresh: Mapping[str, Any]) -> str:
    """Return the digest of everything a run depends on."""
    text = json.dumps({"manifest": VERSION, **fresh}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def fresh_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the key of a finished run was made from, as its manifest states it."""
    stated = {name: manifest["inputs"].get(name) for name in ("notebook", "library", "lock", "files")}
    return {**stated, **{name: manifest.get(name) for name in ("parameters", "versions", "seed")}}


def output_digests(directory: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run but its manifest, in order of name."""
    return {name: file_digest(directory / name) for name in output_names(directory)}


def output_names(directory: Path) -> list[str]:
    """Return the names of every file of a run but its manifest."""
    names: list[str] = []
    for folder, folders, files in os.walk(directory):
        folders.sort()
        names.extend((Path(folder) / file).relative_to(directory).as_posix() for file in files)
    return sorted(name for name in names if name != MANIFEST)


def write_manifest(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(directory: Path) -> dict[str, Any] | None:
    """Return the manifest of a run, or None where there is none that can be read."""
    try:
        found = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    complete = isinstance(found, dict) and all(
        isinstance(found.get(name), kind)
        for name, kind in (
            ("key", str),
            ("status", str),
            ("parameters", dict),
            ("inputs", dict),
            ("outputs", dict),
        )
    )
    return found if complete and found.get("manifest") == VERSION else None


def why_not_current(directory: Path, key: str, fresh: Mapping[str, Any]) -> str:
    """Say why the run in ``directory`` cannot stand for the one with ``key``; empty where it can.

    Parameters
    ----------
    directory : Path
        The place of the run.
    key : str
        The key of the run as it would be made now.
    fresh : mapping
        ``notebook``, ``library``, ``lock``, ``files``, ``parameters``, ``versions`` and ``seed`` of now.
    """
    if not directory.exists():
        return "failed last time" if failed_place(directory).exists() else "not run yet"
    found = read_manifest(directory)
    if found is None:
        return f"{MANIFEST} is missing or cannot be read"
    if found["status"] != "done":
        return "did not finish"
    if found["key"] != key:
        return _what_changed(found, fresh)
    return "; ".join(changed_outputs(directory, found["outputs"])[:3])


def _what_changed(found: Mapping[str, Any], fresh: Mapping[str, Any]) -> str:
    old = fresh_of(found)
    changed = [
        name for name in ("notebook", "parameters", "library", "lock", "seed") if old.get(name) != fresh[name]
    ]
    for group in ("files", "versions"):
        before, after = old.get(group) or {}, fresh[group]
        changed.extend(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
    return f"{', '.join(changed)} changed" if changed else "made by another version of the runner"


def changed_outputs(directory: Path, recorded: Mapping[str, str]) -> list[str]:
    """Return a remark for each file of a run that is not as its manifest records it."""
    present = set(output_names(directory))
    remarks = [f"{name} is missing" for name in recorded if name not in present]
    remarks += [f"{name} was added" for name in sorted(present - set(recorded))]
    remarks += [
        f"{name} changed"
        for name in recorded
        if name in present and file_digest(directory / name) != recorded[name]
    ]
    return sorted(remarks)
