"""The printed tables: read as strings, exactly, and refused where a file is not whole."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.errors import BuildError, unknown_name


def read_package(folder: Path) -> dict[str, Any]:
    """Return a folder's ``datapackage.json``.

    Raises
    ------
    BuildError
        Where the file is missing or is not JSON.
    """
    path = folder / "datapackage.json"
    try:
        package: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{shown(path)} is missing; expected a Frictionless data package."
        raise BuildError(msg) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        msg = f"{shown(path)} is not valid JSON ({error}); expected a Frictionless data package."
        raise BuildError(msg) from None
    return package


def resource(package: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the entry of one table in a data package; an unknown name gets the closest one."""
    entries: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in package["resources"]}
    if name not in entries:
        raise unknown_name(kind="raw table", name=name, known=entries)
    return entries[name]


def read_raw(folder: Path, entry: dict[str, Any]) -> pd.DataFrame:
    """Read one printed table as strings and check that the file is whole.

    Parameters
    ----------
    folder
        ``data/raw``.
    entry
        The table's resource in ``datapackage.json``: path, fields and number of rows.

    Returns
    -------
    pandas.DataFrame
        Strings only; an empty cell is an empty string. ``attrs`` carries the entry.

    Raises
    ------
    BuildError
        Where the file is missing, not UTF-8, cut short, or its heading or a row is not as declared.
    """
    path = folder / entry["path"]
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        msg = f"{shown(path)} is missing; {shown(folder)}/datapackage.json names it as {entry['name']}."
        raise BuildError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{shown(path)} is not UTF-8 at byte {error.start}; expected UTF-8 text."
        raise BuildError(msg) from None
    fields = [field["name"] for field in entry["schema"]["fields"]]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    _check_whole(path, text, rows, fields, entry.get("rows"))
    frame = pd.DataFrame(rows[1:], columns=fields, dtype="str")
    frame.attrs = {"raw": entry["name"], "path": shown(path), "as_of": entry.get("as_of")}
    return frame


def _check_whole(path: Path, text: str, rows: list[list[str]], fields: list[str], count: int | None) -> None:
    msg = ""
    if not rows:
        msg = f"{shown(path)} is empty; expected the heading {','.join(fields)}."
    elif rows[0] != fields:
        msg = f"{shown(path)}, line 1: the heading is {','.join(rows[0])}; expected {','.join(fields)}."
    elif not text.endswith("\n"):
        msg = f"{shown(path)} ends in the middle of line {text.count(chr(10)) + 1}; expected a line feed at its end."
    elif count is not None and len(rows) - 1 != count:
        msg = f"{shown(path)} has {len(rows) - 1} rows under its heading; expected {count}, as datapackage.json says."
    for number, row in enumerate(rows[1:], start=1):
        if not msg and len(row) != len(fields):
            msg = f"{shown(path)}, row {number} (line {number + 1}) has {len(row)} cells; expected {len(fields)}."
    if msg:
        raise BuildError(msg)


def shown(path: Path) -> str:
    """Return a path as people name it: from ``data`` on where it lies in a data folder."""
    parts = path.parts
    return "/".join(parts[parts.index("data") :]) if "data" in parts else str(path)
