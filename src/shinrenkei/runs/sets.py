"""Which runs a sweep has: lists and ranges of values, their combinations, and the file that names them."""

from __future__ import annotations

import csv
import itertools
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.runs.kinds import parse_text
from shinrenkei.runs.parameters import Parameter, ParameterError, check_one, check_parameters
from shinrenkei.runs.where import compile_where

MAX_RUNS = 100_000
RANGE = re.compile(r"\s*([+-]?\d{1,18}):([+-]?\d{1,18})(?::([+-]?\d{1,18}))?\s*")
KEYS = ("notebook", "name", "parameters", "where")


@dataclass(frozen=True)
class RunSet:
    """A notebook and the values to run it with.

    Attributes
    ----------
    notebook : Path
        The notebook's file.
    parameters : mapping of str to sequence
        For each parameter that is set, its values; every combination is run.
    where : str
        Which combinations to keep, such as ``fiscal_year > 2005 or region == 'all'``; empty keeps all.
    name : str
        A name to ask for the set by.
    """

    notebook: Path
    parameters: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    where: str = ""
    name: str = ""


def read_runs(path: str | Path) -> list[RunSet]:
    """Read the sets of runs that a TOML file names.

    Parameters
    ----------
    path : str or Path
        A file of ``[[runs]]`` tables, each with ``notebook`` (relative to the file) and, where wanted,
        ``name``, ``where`` and ``parameters``: for each a value, a list of values, or a range such as
        ``"2005:2007"``.

    Returns
    -------
    list of RunSet

    Raises
    ------
    InputError
        Where the file cannot be read or says something else.
    """
    path = Path(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InputError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not TOML: {error}."
        raise InputError(msg) from error
    for name in found:
        if name != "runs":
            msg = f"{path}: {unknown_name('key', name, ['runs'])}"
            raise InputError(msg)
    tables = found.get("runs", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        msg = f"{path}: expected tables headed [[runs]]."
        raise InputError(msg)
    return [_read_set(path, number, table) for number, table in enumerate(tables, start=1)]


def _read_set(path: Path, number: int, table: dict[str, Any]) -> RunSet:
    where = f"{path}, [[runs]] number {number}"
    for key in table:
        if key not in KEYS:
            msg = f"{where}: {unknown_name('key', key, KEYS)}"
            raise InputError(msg)
    texts = {key: table.get(key, "") for key in ("notebook", "name", "where")}
    parameters = table.get("parameters", {})
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(parameters, dict):
        msg = f"{where}: expected text for notebook, name and where, and a table of parameters."
        raise InputError(msg)
    if not texts["notebook"]:
        msg = f"{where}: no notebook is named."
        raise InputError(msg)
    values = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
    return RunSet(path.parent / texts["notebook"], values, texts["where"], texts["name"])


def parse_sweep(
    parameters: Sequence[Parameter], assignments: Sequence[str], given: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """Read ``name=values`` words of a command line: lists (``a,b``), ranges (``2005:2007``), values.

    A list parameter takes one list a value, several of them separated by ``;``. Naming a parameter again adds
    values to it. A value that itself holds a comma stands in double quotes. What ``given`` (a parameters file)
    says of the same parameter is put aside.

    Raises
    ------
    ParameterError
        With every problem of the call.

    Examples
    --------
    >>> from shinrenkei.runs.parameters import parse_parameters
    >>> cell = {"cell_type": "code", "source": "year: int = 2006", "metadata": {"tags": ["parameters"]}}
    >>> parse_sweep(parse_parameters({"cells": [cell]}, "x"), ["year=2005:2007,2010"])
    {'year': [2005, 2006, 2007, 2010]}
    """
    known = {parameter.name: parameter for parameter in parameters}
    found: dict[str, list[Any]] = {}
    problems: list[str] = []
    for word in assignments:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals:
            problems.append(f"{word!r} is no parameter; expected name=value.")
            continue
        try:
            values = _expand_text(known[name], text) if name in known else [text]
        except InputError as error:
            problems.append(str(error))
            continue
        found.setdefault(name, []).extend(values)
    found = {**_spread(parameters, given or {}), **found}
    problems.extend(_problems(parameters, found))
    if problems:
        raise ParameterError(problems)
    return found


def _expand_text(parameter: Parameter, text: str) -> list[Any]:
    """Return the values that one word of a command line gives."""
    kind = parameter.kind
    if kind.base == "choice" and text in map(str, kind.choices):
        return [parse_text(kind, text)]
    if kind.base == "list":
        return [parse_text(kind, part) for part in text.split(";")]
    parts = next(csv.reader([text], skipinitialspace=True), None) or [""]
    return [value for part in parts for value in _expand_part(parameter, part)]


def _expand_part(parameter: Parameter, part: Any) -> list[Any]:
    """Return the whole numbers of ``2005:2007``, both ends included, or the one value of anything else."""
    kind = parameter.kind
    numbers = kind.base == "int" or (kind.base == "choice" and all(type(c) is int for c in kind.choices))
    match = RANGE.fullmatch(part) if numbers and isinstance(part, str) else None
    if match is None:
        return [parse_text(kind, part)] if isinstance(part, str) else [part]
    first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
    found = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
    if not 0 < len(found) <= MAX_RUNS:
        said = "is empty" if not len(found) else f"has more than {MAX_RUNS} values"
        msg = f"Parameter {parameter.name!r}: the range {part!r} {said}."
        raise InputError(msg)
    return list(found)


def _problems(parameters: Sequence[Parameter], values: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return what is wrong with the values, each sentence once."""
    known = {parameter.name: parameter for parameter in parameters}
    problems: list[str] = []
    try:
        check_parameters(parameters, {name: given[0] for name, given in values.items() if given})
    except ParameterError as error:
        problems.extend(error.problems)
    for name, given in values.items():
        if not given:
            problems.append(f"Parameter {name!r} has an empty list of values.")
        for value in given[1:] if name in known else ():
            problems.extend(check_one(known[name], value)[1])
    return list(dict.fromkeys(problems))


def expand(parameters: Sequence[Parameter], runs: RunSet) -> Iterator[dict[str, Any]]:
    """Give the values of every run of a set: each combination that ``where`` keeps.

    Raises
    ------
    InputError
        With every problem of the set, before the first run is given.
    """
    values = _spread(parameters, runs.parameters)
    problems = _problems(parameters, values)
    if problems:
        raise ParameterError([f"{runs.notebook.name}: {problem}" for problem in problems])
    wanted = (
        compile_where(runs.where, [p.name for p in parameters if not p.set_by_runner]) if runs.where else None
    )
    count = math.prod(len(given) for given in values.values())
    if count > MAX_RUNS:
        msg = f"{runs.notebook.name}: {count} combinations of values; at most {MAX_RUNS} can be run at once."
        raise InputError(msg)
    return _combine(parameters, values, wanted)


def _spread(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each parameter that a file gives as a value, a list of values or a range."""
    kinds = {parameter.name: parameter for parameter in parameters}
    found: dict[str, list[Any]] = {}
    for name, value in given.items():
        values = list(value) if isinstance(value, list | tuple) else [value]
        if (
            name in kinds
            and kinds[name].kind.base == "list"
            and not any(isinstance(item, list) for item in values)
        ):
            values = [values]  # one list is one value of a list parameter
        elif name in kinds:
            ranges = [isinstance(item, str) and RANGE.fullmatch(item) for item in values]
            values = [
                number
                for item, is_range in zip(values, ranges, strict=True)
                for number in (_expand_part(kinds[name], item) if is_range else [item])
            ]
        found[name] = values
    return found


def _combine(
    parameters: Sequence[Parameter], values: Mapping[str, list[Any]], wanted: Any
) -> Iterator[dict[str, Any]]:
    for combination in itertools.product(*values.values()):
        run = dict(zip(values, combination, strict=True))
        if wanted is None or wanted(check_parameters(parameters, run)):
            yield run
