"""Finished runs as their manifests tell them: what was run, when, what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
STATUSES = ("done", "failed")


@dataclass(frozen=True)
class Figure:
    """A figure of a run: its name and its files (paths from the reports folder, by ending)."""

    name: str
    files: Mapping[str, str]

    @property
    def shown(self) -> str:
        """The file that a page shows: SVG where there is one, for it is sharp at every size."""
        return self.files.get("svg") or self.files.get("png") or next(iter(self.files.values()))


@dataclass(frozen=True)
class Failure:
    """Where a run stopped and what was said."""

    cell: int | None
    source: str
    name: str
    message: str


@dataclass(frozen=True)
class Run:
    """One run; paths are relative to the reports folder, with ``/``."""

    notebook: str
    place: str
    title: str
    status: str
    parameters: Mapping[str, Any]
    started: str
    seconds: float | None
    failure: Failure | None
    page: str | None
    source: str | None
    figures: tuple[Figure, ...]
    tables: tuple[str, ...]

    @property
    def name(self) -> str:
        """The folder of the run: ``default``, or the parameters that differ."""
        return self.place.rsplit("/", 1)[-1]

    @property
    def lang(self) -> str | None:
        """The language of its figures, where it has that parameter."""
        lang = self.parameters.get("lang")
        return lang if isinstance(lang, str) else None


def read_runs(reports_dir: Path) -> list[Run]:
    """Return every run under ``reports/<notebook>/<parameters>/``, in order of notebook and name.

    A manifest that cannot be read makes a failed run that says so; it never stops the report.

    Parameters
    ----------
    reports_dir : pathlib.Path
        Folder of the runs.

    Returns
    -------
    list of Run
        The run of the default parameters stands first in its notebook.
    """
    found = [_read_run(path, reports_dir) for path in _manifests(reports_dir)]
    return sorted(found, key=lambda run: (run.notebook, run.name != "default", run.name))


def _manifests(reports_dir: Path) -> Iterator[Path]:
    for path in reports_dir.glob(f"*/*/{MANIFEST}"):
        if not any(part.startswith(".") for part in path.relative_to(reports_dir).parts):
            yield path


def _read_run(path: Path, reports_dir: Path) -> Run:
    folder = path.parent
    place = folder.relative_to(reports_dir).as_posix()
    stem = place.split("/", 1)[0]
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            msg = f"a {type(manifest).__name__} instead of an object"
            raise TypeError(msg)
    except (OSError, ValueError, TypeError) as error:
        failure = Failure(None, "", "manifest.json", f"The manifest cannot be read: {error}.")
        return Run(stem, place, stem, "failed", {}, "", None, failure, None, None, (), ())
    timing = _mapping(manifest.get("timing"))
    seconds = timing.get("seconds")
    return Run(
        notebook=str(manifest.get("notebook") or stem),
        place=place,
        title=str(manifest.get("title") or stem),
        status="done" if manifest.get("status") == "done" else "failed",
        parameters=_mapping(manifest.get("parameters")),
        started=str(timing.get("started") or ""),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        failure=_failure(manifest),
        page=_existing(folder, place, "index.html"),
        source=_existing(folder, place, "notebook.ipynb"),
        figures=_figures(folder, place),
        tables=tuple(f"{place}/tables/{path.name}" for path in sorted((folder / "tables").glob("*.csv"))),
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _failure(manifest: Mapping[str, Any]) -> Failure | None:
    if manifest.get("status") == "done":
        return None
    error = _mapping(manifest.get("error"))
    cell = error.get("cell")
    return Failure(
        cell=cell if isinstance(cell, int) else None,
        source=str(error.get("source") or ""),
        name=str(error.get("name") or manifest.get("status") or "no status"),
        message=str(error.get("message") or ""),
    )


def _existing(folder: Path, place: str, name: str) -> str | None:
    return f"{place}/{name}" if (folder / name).is_file() else None


def _figures(folder: Path, place: str) -> tuple[Figure, ...]:
    files: dict[str, dict[str, str]] = {}
    for path in sorted((folder / "figures").glob("*")):
        ending = path.suffix.removeprefix(".")
        if ending in ("png", "svg", "pdf"):
            files.setdefault(path.stem, {})[ending] = f"{place}/figures/{path.name}"
    return tuple(Figure(name, endings) for name, endings in files.items())
