"""What a tidy table is: its titles, its columns, and the parts it is made of; read from ``data/codebooks``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shinrenkei.cleaning.codebook import Column
from shinrenkei.errors import BuildError
from shinrenkei.recipes.raw import shown

FieldType = Literal["string", "category", "integer", "number", "boolean", "date", "time"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TidyField(_Strict):
    """One column of a tidy table."""

    name: str
    type: FieldType
    label_ja: str
    description: str
    unit: str | None = None
    required: bool = False
    values: list[str] | None = None
    references: str | None = None


class Total(_Strict):
    """The printed rows of totals: checked against the sums of their parts and left out.

    A row is a total where ``column`` says ``value``; it sums over ``column`` and the columns ``over``.
    """

    column: str
    value: str
    over: list[str] = []


class Melt(_Strict):
    """A wide printed table made long before its columns are read."""

    keep: list[str]
    name: str
    value: str


class Part(_Strict):
    """One printed table (or several of one shape) that gives rows to a tidy table."""

    raw: Annotated[list[str], Field(min_length=1)]
    columns: list[Column]
    totals: list[Total] = []
    melt: Melt | None = None
    recipe: str | None = None


class Table(_Strict):
    """A tidy table as its codebook describes it."""

    name: str
    title_ja: str
    title_en: str
    key: list[str]
    sort: list[str] = []
    fields: Annotated[list[TidyField], Field(min_length=1)]
    parts: list[Part] = []
    generated: str | None = None
    note_ja: str = ""
    note_en: str = ""


def read_tables(folder: Path) -> dict[str, Table]:
    """Return every tidy table that a codebook in ``folder`` describes, by name.

    Raises
    ------
    BuildError
        Where a codebook is not TOML or does not have the form described in ``docs/adding-a-source.md``.
    """
    return {path.stem: read_table(path) for path in sorted(folder.glob("*.toml"))}


def read_table(path: Path) -> Table:
    """Return the tidy table that one codebook describes."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{shown(path)} is not valid TOML: {error}."
        raise BuildError(msg) from None
    for part in content.get("parts", []):
        if isinstance(part.get("raw"), str):
            part["raw"] = [part["raw"]]
        if "total" in part:
            part["totals"] = [part.pop("total")]
    try:
        table = Table(name=path.stem, **content)
    except (ValidationError, TypeError) as error:
        msg = f"{shown(path)}: {_first_problem(error)}"
        raise BuildError(msg) from None
    _check_columns(path, table)
    return table


def _first_problem(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    problem = error.errors()[0]
    place = ".".join(str(step) for step in problem["loc"]) or "the codebook"
    return f"{place}: {problem['msg']}."


def _check_columns(path: Path, table: Table) -> None:
    names = [field.name for field in table.fields]
    _refuse_unknown(path, "key", table.key, names)
    _refuse_unknown(path, "sort", table.sort, names)
    for part in table.parts:
        _refuse_unknown(path, f"part {part.raw[0]}", [column.name for column in part.columns], names)


def _refuse_unknown(path: Path, where: str, given: list[str], names: list[str]) -> None:
    unknown = [name for name in given if name not in names]
    if unknown:
        msg = f"{shown(path)}, {where}: no field is called {', '.join(unknown)}; the fields are {', '.join(names)}."
        raise BuildError(msg)


def schema(table: Table, references: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the Frictionless Table Schema of a tidy table.

    Parameters
    ----------
    table
        The table as its codebook describes it.
    references
        For each name that a field may refer to, the resource and the column it stands for.
    """
    result: dict[str, Any] = {"fields": [_schema_field(field) for field in table.fields]}
    result["primaryKey"] = table.key
    result["foreignKeys"] = [
        {"fields": [field.name], "reference": {"resource": resource, "fields": [column]}}
        for field in table.fields
        if field.references
        for resource, column in [references[field.references]]
    ]
    result["missingValues"] = [""]
    return result


def _schema_field(field: TidyField) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": field.name,
        "type": "string" if field.type in ("category", "time") else field.type,
        "title": field.label_ja,
        "description": field.description,
    }
    if field.type in ("category", "time"):
        entry["kind"] = field.type
    if field.unit:
        entry["unit"] = field.unit
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if field.values:
        constraints["enum"] = field.values
    if constraints:
        entry["constraints"] = constraints
    return entry
