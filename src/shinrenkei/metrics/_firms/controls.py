"""Firm characteristics to hold fixed, from the rows of the start year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms.changes import Changes
from shinrenkei.metrics._firms.design import MOST_COLUMNS, Category

FOUNDED = "founded"


@dataclass(frozen=True)
class Control:
    """A control: its name, the column it is made from, and how."""

    name: str
    column: str
    number: bool
    is_label: bool
    from_founded: bool = False
    log: bool = False


def find_controls(schema: Mapping[str, Any], names: Sequence[str]) -> list[Control]:
    """Find what each control is made from.

    A number or text column is itself; ``log_X`` is the logarithm of X; ``age`` is the years since ``founded``;
    ``C(X)`` takes the values of X as categories. A column of the very name comes first.
    """
    found = []
    for name in map(str, names):
        bare = name[2:-1] if name.startswith("C(") and name.endswith(")") else name
        log = bare not in schema and bare.startswith("log_")
        source = bare.removeprefix("log_") if log else bare
        aged = source not in schema and source == "age" and FOUNDED in schema
        column = FOUNDED if aged else source
        if column not in schema:
            known = [*schema, *(f"log_{one}" for one in schema if schema[one].is_numeric())]
            error = unknown_name("control", name, known)
            raise error
        number = schema[column].is_numeric()
        if schema[column].is_temporal():
            message = (
                f"Control {name!r} holds {schema[column]}; expected numbers, such as its year, or categories."
            )
            raise InputError(message)
        if (log or aged) and not number:
            message = f"{name} needs numbers, but column {column!r} holds {schema[column]}."
            raise InputError(message)
        found.append(Control(name, column, number, not number or bare != name, aged, log))
    return found


def columns_to_read(controls: Sequence[Control]) -> dict[str, str]:
    """Return what to read of the start year's rows."""
    return {one.column: "number" if one.number else "label" for one in controls}


def values_of(found: Changes, control: Control, start: int) -> np.ndarray:
    """Return a control's value for each firm as float64, NaN where missing; codes (-1: missing) for text."""
    if not control.number:
        return found.labels[control.column].codes
    values = found.numbers[control.column]
    if control.from_founded:
        values = start - values
    if control.log:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    return values


def known_rows(found: Changes, controls: Sequence[Control], start: int) -> tuple[np.ndarray, dict[str, int]]:
    """Return which firms have every control, and how many lack each."""
    kept = np.ones(found.change.size, np.bool_)
    lacking: dict[str, int] = {}
    for control in controls:
        values = values_of(found, control, start)
        known = np.isfinite(values) if control.number else values >= 0
        if not known.all():
            lacking[f"{control.name} missing or not defined"] = int(np.count_nonzero(~known))
        kept &= known
    return kept, lacking


def controls_of(
    found: Changes, controls: Sequence[Control], start: int
) -> tuple[dict[str, np.ndarray], tuple[Category, ...]]:
    """Return the numbers, and the categories with the most frequent one as reference."""
    numbers, categories = {}, []
    for control in controls:
        values = values_of(found, control, start)
        if not control.is_label:
            numbers[control.name] = values
        elif control.number:
            present, codes = np.unique(values, return_inverse=True)
            categories.append(_category(control.name, codes, dict(enumerate(present.tolist()))))
        else:
            dictionary = found.labels[control.column].dictionary.to_pylist()
            categories.append(_category(control.name, values, dict(enumerate(dictionary))))
    columns = sum(len(one.others) for one in categories)
    if columns > MOST_COLUMNS:
        message = f"The controls have {columns} categories; expected {MOST_COLUMNS} or fewer."
        raise InputError(message)
    return numbers, tuple(categories)


def _category(name: str, codes: np.ndarray, values: Mapping[int, Any]) -> Category:
    counts = np.bincount(codes, minlength=len(values))
    present = sorted(
        (code for code in values if counts[code]), key=lambda code: (-counts[code], str(values[code]))
    )
    number = np.zeros(len(values), np.int32)
    number[present] = np.arange(len(present))
    return Category(name, number[codes], tuple(str(values[code]) for code in present[1:]))
