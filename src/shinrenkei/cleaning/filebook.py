"""The codebook of a person's own file: which heading becomes which column, and what its cells must be."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shinrenkei.cleaning.categories import key
from shinrenkei.cleaning.codebook import REAL, WHOLE, Reading, parse_cells
from shinrenkei.cleaning.dates import parse_date
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.headings import Layout
from shinrenkei.cleaning.rows import file_errors

ROW = "source_row"
"""The tidy column, added to every file, that says in which line of the source a row stands."""


class FileColumn(Reading):
    """One column of a tidy file: how its cells are read, and what must hold for it in the whole file."""

    source: str | list[str] | None = None
    join: str = ""
    required: bool = False
    unique: bool = False
    missing: tuple[str | int, ...] = ()
    min: int | float | dt.date | str | None = None
    max: int | float | dt.date | str | None = None
    description: str = ""

    @property
    def sources(self) -> list[str]:
        """The headings it is made of, in order."""
        return [self.source] if isinstance(self.source, str) else list(self.source or [])

    def limit(self, bound: float | dt.date | str) -> Any:
        """Return a bound as a value of the column's kind."""
        if self.kind == "date":
            return parse_date(bound)
        if self.kind in (*WHOLE, *REAL) and isinstance(bound, (int, float)):
            return bound
        msg = f"the kind {self.kind!r} has no bounds like {bound!r}."
        raise CleaningError(msg)

    def check(self) -> None:
        """Refuse settings that no cell could be read by: an unknown unit, era or table, bounds of another kind."""
        if self.kind in ("constant", "as_of"):
            if self.value is None:
                msg = f"the kind {self.kind!r} needs a value."
                raise CleaningError(msg)
            return
        if self.unique and self.kind == "answers":
            msg = "the kind 'answers' gives several columns, so that unique says nothing."
            raise CleaningError(msg)
        parse_cells(pd.Series([], dtype="str"), self)
        for bound in (self.min, self.max):
            if bound is not None:
                self.limit(bound)


class Filebook(BaseModel):
    """How a file is read, cut and turned into tidy columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    sheet: str | int | None = None
    heading: tuple[int, int] | None = None
    totals: list[str] | None = None
    encoding: str | None = None
    key: list[str] = []
    columns: Annotated[list[FileColumn], Field(min_length=1)]

    @field_validator("heading", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        return (value, value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _consistent(self) -> Filebook:
        names = [column.name for column in self.columns]
        for name in names:
            if names.count(name) > 1 or name == ROW:
                msg = (
                    f"the column {name!r} is defined twice"
                    if name != ROW
                    else f"{ROW!r} is added to every file"
                )
                raise ValueError(msg)
        one_each = [column.name for column in self.columns if column.kind != "answers"]
        if unknown := [name for name in self.key if name not in one_each]:
            msg = f"key names {unknown[0]!r}, which is no single column; there are {', '.join(one_each)}"
            raise ValueError(msg)
        if self.heading and not 1 <= self.heading[0] <= self.heading[1]:
            msg = f"heading runs from line {self.heading[0]} to {self.heading[1]}; expected first and last line, from 1"
            raise ValueError(msg)
        return self


def read_filebook(path: str | Path) -> Filebook:
    """Read a codebook from TOML or YAML.

    Parameters
    ----------
    path : str or pathlib.Path
        A file that ends in .toml, .yaml or .yml.

    Returns
    -------
    Filebook
        The codebook, checked.

    Raises
    ------
    CleaningError
        When it is not TOML or YAML, or a line of it is not what is expected there.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in (".toml", ".yaml", ".yml"):
        msg = f"{path} has the ending {ending or 'none'}; expected a codebook in .toml or .yaml."
        raise CleaningError(msg)
    with file_errors(path):
        content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
        told = tomllib.loads(text) if ending == ".toml" else yaml.safe_load(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        msg = f"{path} is not proper {'TOML' if ending == '.toml' else 'YAML'} in UTF-8: {_flat(error)}."
        raise CleaningError(msg) from None
    return make_filebook(told, str(path))


def make_filebook(told: Any, name: str = "The codebook") -> Filebook:
    """Return a codebook from what a file says.

    Examples
    --------
    >>> make_filebook({"columns": [{"name": "plan", "source": "計画", "kind": "wort"}]})
    Traceback (most recent call last):
    ...
    shinrenkei.cleaning.errors.CleaningError: The codebook, column 'plan': unknown kind 'wort'; ...
    """
    if not isinstance(told, dict):
        msg = f"{name} has no [[columns]]; expected a table of settings."
        raise CleaningError(msg)
    try:
        book = Filebook.model_validate(told)
    except ValidationError as error:
        raise CleaningError(_sentence(name, told, error)) from None
    for column in book.columns:
        try:
            column.check()
        except CleaningError as error:
            msg = f"{name}, column {column.name!r}: {error}"
            raise CleaningError(msg) from None
    return book


def _flat(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _sentence(name: str, told: dict[str, Any], error: ValidationError) -> str:
    problem = error.errors()[0]
    if problem["loc"] == ("columns",) and problem["type"] in ("missing", "too_short"):
        return f"{name} has no [[columns]]; expected one at least."
    place = [step for step in problem["loc"] if step != "function-after"]
    where = name
    if len(place) >= 2 and place[0] == "columns" and isinstance(place[1], int):
        column = told["columns"][place[1]]
        known = column.get("name") if isinstance(column, dict) else None
        where = f"{name}, column {known!r}" if known else f"{name}, column number {place[1] + 1}"
        place = place[2:]
    if place and place[-1] == "kind" and problem["type"] == "literal_error":
        return f"{where}: unknown kind {problem['input']!r}; expected one of {problem['ctx']['expected']}."
    if len(place) > 1 and place[0] in ("value", "min", "max", "missing"):
        return f"{where}: {place[0]}: {problem['input']!r} is no single value."
    what = _flat(ValueError(problem["msg"].removeprefix("Value error, ")))
    setting = ".".join(map(str, place))
    if problem["type"] == "extra_forbidden":
        return f"{where}: {setting!r} is no setting."
    return f"{where}: {setting + ': ' if setting else ''}{what}."


def find_sources(book: Filebook, layout: Layout, name: str) -> dict[str, str]:
    """Return, for each heading that the codebook names, the heading as the file has it.

    Raises
    ------
    CleaningError
        When a heading is not in the file, or stands in it twice.
    """
    found: dict[str, str] = {}
    for column in book.columns:
        for source in column.sources:
            found[source] = _find_source(source, column, layout, name)
    return found


def _find_source(source: str, column: FileColumn, layout: Layout, name: str) -> str:
    if source in layout.names:
        return source
    for twice, told_apart in layout.twice.items():
        if key(source) == key(twice):
            places = " and ".join(repr(one) for one in told_apart)
            msg = f"{name}: the heading {twice!r} for column {column.name!r} stands twice; write {places}."
            raise CleaningError(msg)
    same = [heading for heading in layout.names if key(heading) == key(source)]
    if len(same) == 1:
        return same[0]
    raise CleaningError(_absent(source, column, layout.names, name))


def _absent(source: str, column: FileColumn, headings: Iterable[str], name: str) -> str:
    known = list(headings)
    close = get_close_matches(source, known, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    shown = ", ".join(map(repr, known[:30])) + (f" and {len(known) - 30} more" if len(known) > 30 else "")
    return f"{name} has no heading {source!r} for column {column.name!r}{hint} It has {shown}."
