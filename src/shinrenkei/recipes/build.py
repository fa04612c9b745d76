"""The build: ``data/raw`` and ``data/codebooks`` to ``data/processed``, whole or not at all."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.errors import BuildError, InputError
from shinrenkei.files import replace_file
from shinrenkei.recipes.codes import CODE_TABLES
from shinrenkei.recipes.raw import read_package, read_raw, resource, shown
from shinrenkei.recipes.tables import Table, read_tables, schema
from shinrenkei.recipes.tidy import Recipe, tidy_table
from shinrenkei.tabular import csv_bytes, read_csv_bytes, strings

REFERENCES = {
    "sources": ("sources", "source_id"),
    "regions": ("regions", "region"),
    "prefectures": ("prefectures", "prefecture"),
    "partner_types": ("partner_types", "partner_type"),
    "case_plans.case_id": ("case_plans", "case_id"),
}
"""What a codebook's ``references`` may name: the tidy table and its column."""

Progress = Callable[[str], None]


def build(data: Path, progress: Progress | None = None) -> dict[str, bytes]:
    """Return every file of ``data/processed`` as the raw tables and the codebooks give it.

    Parameters
    ----------
    data
        The folder that holds ``raw`` and ``codebooks``.
    progress
        Called with the name of each table as it is built.

    Returns
    -------
    dict of str to bytes
        ``<table>.csv`` for each table, and ``datapackage.json``.

    Raises
    ------
    BuildError
        With file, row, column, the cell and what was expected, where a raw table cannot be read.
    """
    raw = data / "raw"
    package = read_package(raw)

    @cache
    def read(name: str) -> pd.DataFrame:
        return read_raw(raw, resource(package, name))

    tables = read_tables(data / "codebooks")
    frames: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        if progress:
            progress(name)
        frames[name] = (
            CODE_TABLES[table.generated](package) if table.generated else tidy_table(table, read, find_recipe)
        )
    _check_references(tables, frames)
    files = {f"{name}.csv": csv_bytes(frame) for name, frame in frames.items()}
    described = [
        describe(table, frames[name], files[f"{name}.csv"], package) for name, table in tables.items()
    ]
    return files | {"datapackage.json": _package_bytes(described)}


def find_recipe(raw_name: str, function: str) -> Recipe:
    """Return the function that a codebook names for a raw table: it stands in the source's module."""
    module = "shinrenkei.recipes." + raw_name.split("/")[0].replace("-", "_")
    try:
        found: Recipe = getattr(importlib.import_module(module), function)
    except (ModuleNotFoundError, AttributeError):
        msg = f"No recipe {function!r} for {raw_name}; expected a function of that name in {module}."
        raise BuildError(msg) from None
    return found


def describe(table: Table, frame: pd.DataFrame, content: bytes, package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Frictionless resource of one tidy table: schema, units, sources and locators."""
    raw = [name for part in table.parts for name in part.raw]
    names = sorted({name.split("/")[0] for name in raw})
    entry: dict[str, Any] = {
        "name": table.name,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "title": table.title_ja,
        "title_en": table.title_en,
        "encoding": "utf-8",
        "format": "csv",
        "mediatype": "text/csv",
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "rows": len(frame),
        "source_ids": names,
        "sources": [source for source in package["sources"] if source["name"] in names],
        "locators": {name: resource(dict(package), name)["locator"] for name in raw},
        "notes": {"ja": table.note_ja, "en": table.note_en},
        "schema": schema(table, REFERENCES),
    }
    for field in entry["schema"]["fields"]:
        if field.get("kind") == "category":
            values = [str(value) for value in frame[field["name"]].cat.categories]
            field.setdefault("constraints", {})["enum"] = values
    return entry


def _package_bytes(resources: list[dict[str, Any]]) -> bytes:
    package = {
        "profile": "tabular-data-package",
        "name": "shinrenkei",
        "title": "新連携の公表資料：整形済みの表",
        "title_en": "The published record of the new-partnership scheme, tidy",
        "description": "Built from data/raw by `shinrenkei build`; never edited.",
        "resources": resources,
    }
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def _check_references(tables: Mapping[str, Table], frames: Mapping[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        for field in table.fields:
            if field.references is None:
                continue
            if field.references not in REFERENCES:
                msg = (
                    f"data/codebooks/{name}.toml, {field.name}: references {field.references!r}; "
                    f"expected one of {', '.join(REFERENCES)}."
                )
                raise BuildError(msg)
            target, column = REFERENCES[field.references]
            cells = strings(frames[name][[field.name]])[field.name]
            unknown = sorted(set(cells) - set(strings(frames[target])[column]) - {""})
            if unknown:
                msg = f"{name}.{field.name} names {', '.join(unknown)}; no row of {target}.{column} has it."
                raise BuildError(msg)


def write(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the built files that differ from those in place, each whole or not at all.

    Returns
    -------
    list of str
        The names of the files that were written or removed.

    Raises
    ------
    BuildError
        Where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stale = [path for path in folder.glob("*.csv") if path.name not in files]
        changed = [name for name, content in files.items() if _content(folder / name) != content]
        for name in changed:
            replace_file(folder / name, files[name])
        for path in stale:
            path.unlink()
    except InputError as error:
        raise BuildError(str(error)) from None
    except OSError as error:
        msg = f"{shown(folder)} cannot be written to ({error.strerror}); expected a writable folder."
        raise BuildError(msg) from None
    return [*changed, *(path.name for path in stale)]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def check(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return a sentence for each processed file that is not what the build gives; none where all agree."""
    known = [
        f"{shown(path)} is made by no codebook."
        for path in sorted(folder.glob("*.csv"))
        if path.name not in files
    ]
    return [*filter(None, map(partial(_difference, folder), files.items())), *known]


def _difference(folder: Path, built: tuple[str, bytes]) -> str | None:
    name, content = built
    path, here = folder / name, _content(folder / name)
    if here == content:
        return None
    if here is None:
        return f"{shown(path)} is missing; run `shinrenkei build`."
    if path.suffix != ".csv":
        return f"{shown(path)} is not what the build gives; run `shinrenkei build`."
    return f"{shown(path)}, {_first_row(here, content)}; run `shinrenkei build`."


def _first_row(here: bytes, built: bytes) -> str:
    try:
        lines, expected = here.decode("utf-8").splitlines(), built.decode("utf-8").splitlines()
        read_csv_bytes(here)
    except (UnicodeDecodeError, ValueError, IndexError):
        return "is not a CSV in UTF-8"
    for number, (line, wanted) in enumerate(zip(lines, expected, strict=False)):
        if line != wanted:
            return f"row {number} (line {number + 1}): {line!r} stands there; the build gives {wanted!r}"
    return f"has {len(lines) - 1} rows; the build gives {len(expected) - 1}"
