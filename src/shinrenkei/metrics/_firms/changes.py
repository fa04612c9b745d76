"""What every measure of change starts from: a change a firm, its answer, and what was left out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms import kernels
from shinrenkei.metrics._firms.answers import Answers, split_answers, split_masks
from shinrenkei.metrics._firms.deflating import deflated
from shinrenkei.metrics._firms.groups import group_values
from shinrenkei.metrics._firms.panel import Labels, Layout, Panel, Side, columns_only, pair, read_panel
from shinrenkei.metrics._firms.units import UNITS, Money, unit_warnings
from shinrenkei.metrics._frames import By, as_names, lazy, require_columns

Method = Literal["level", "log"]
Deflator = Mapping[int, float] | str | None
UNIT = {"level": "thousand yen a person", "log": "log points"}
PARTNER_TYPE = "partner_type"
MOST_FLAGS = 63
FEW_CLUSTERS = 40
MOST_LOOKED_AT = 25_000  # firms, for their units
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class PanelColumns:
    """Which columns of a firm panel say what.

    Parameters
    ----------
    firm, year : str
        The firm's id (whole numbers or text) and the year (a whole number).
    value_added : str
        Value added, in ``unit``.
    persons : str
        Persons engaged, above zero.
    unit : {"yen", "thousand_yen", "million_yen", "hundred_million_yen"}, optional
        The money of ``value_added``; without it the end of the column's name says so, and else it is yen.
    separator : str
        What stands between the types of one answer.
    """

    firm: str = "firm_id"
    year: str = "year"
    value_added: str = "value_added_yen"
    persons: str = "employees"
    unit: str | None = None
    separator: str = ";"

    def money(self) -> str:
        """Return the unit of value added: the one given, or the one that the column's name ends in."""
        if self.unit is not None:
            if self.unit not in UNITS:
                error = unknown_name("unit", self.unit, UNITS)
                raise error
            return self.unit
        ends = [
            unit for unit in sorted(UNITS, key=len, reverse=True) if self.value_added.endswith(f"_{unit}")
        ]
        return ends[0] if ends else "yen"


Columns = PanelColumns | Mapping[str, str] | None


def panel_columns(columns: Columns) -> PanelColumns:
    """Return the columns as given, or the defaults with some of them replaced by name."""
    known = [one.name for one in fields(PanelColumns)]
    if isinstance(columns, PanelColumns):
        columns = {name: getattr(columns, name) for name in known}
    given = given_names(columns, known, "entry of columns")
    if given.get("separator") == "":
        message = "The separator in columns is empty; expected what stands between two types, such as ';'."
        raise InputError(message)
    return PanelColumns(**given)


def given_names(columns: Mapping[str, Any] | None, known: Sequence[str], kind: str) -> dict[str, str]:
    """Return the names given in ``columns``, refusing what is no mapping from ``known`` to text; None is none given."""
    if columns is not None and not isinstance(columns, Mapping):
        message = (
            f"columns={columns!r} is no mapping; expected one such as {{{known[0]!r}: 'name in the data'}}."
        )
        raise InputError(message)
    given = {name: value for name, value in (columns or {}).items() if value is not None}
    for name, value in given.items():
        if name not in known:
            error = unknown_name(kind, name, known)
            raise error
        if not isinstance(value, str):
            message = (
                f"columns={{{name!r}: {value!r}}} gives no text; expected one such as 'name in the data'."
            )
            raise InputError(message)
    return given


@dataclass(frozen=True)
class Grouping:
    """How firms are grouped: the result's column, and the column or boolean columns it is read from."""

    name: str
    column: str | None
    flags: tuple[str, ...] = ()
    prefix: str = ""


def schema_of(firms: IntoFrame, beginning: str | None = None) -> dict[str, Any]:
    """Return the columns of any dataframe and their types.

    Pandas' columns of Python objects are looked into for the type of what they hold only where their name begins
    with ``beginning``.
    """
    schema = dict(columns_only(firms).collect_schema())
    if isinstance(firms, pd.DataFrame) and beginning is not None:
        names = [name for name in schema if name.startswith(beginning)]
        objects = [name for name in names if pd.api.types.is_object_dtype(firms[name])]
        schema |= dict(lazy(firms[objects], "firms").collect_schema()) if objects else {}
        schema |= {name: nw.Unknown() for name in objects if not firms[name].notna().any()}
    return schema


def grouping(firms: IntoFrame, by: By, reserved: Sequence[str]) -> Grouping:
    """Find out whether ``by`` is a column, several boolean columns, or the beginning of their names.

    A column of the result has its name, which is therefore none of those ``reserved`` for the others.
    """
    if by is None:
        return Grouping("group", None)
    names, rows = tuple(as_names(by)), columns_only(firms)
    if isinstance(by, str) and by not in rows.collect_schema().names():
        found = _by_beginning(schema_of(firms, f"{by}_"), by)
        if by in reserved:
            message = f"by={by!r} is the name of a column of the result; rename the columns '{by}_...' first."
            raise InputError(message)
        return found
    require_columns(rows, names, reserved=reserved if len(names) == 1 else ())
    if len(names) == 1:
        return Grouping(names[0], names[0])
    if not names or len(names) > MOST_FLAGS:
        message = f"by names {len(names)} columns; expected one column, or 2 to {MOST_FLAGS} different boolean columns."
        raise InputError(message)
    prefix = f"{PARTNER_TYPE}_"
    return Grouping(
        PARTNER_TYPE, PARTNER_TYPE, names, prefix if all(name.startswith(prefix) for name in names) else ""
    )


def _by_beginning(schema: Mapping[str, Any], by: str) -> Grouping:
    """Return the grouping by boolean columns, refusing any other column of the same beginning."""
    begun = {name: dtype for name, dtype in schema.items() if name.startswith(f"{by}_")}
    flags = tuple(name for name, dtype in begun.items() if dtype == nw.Boolean)
    others = [name for name in begun if name not in flags]
    if not flags and sum(begun[name].is_numeric() for name in others) < 2:
        raise _no_column(by, list(schema))
    if others:
        held = "no value" if begun[others[0]] == nw.Unknown else begun[others[0]]
        message = (
            f"Column {others[0]!r} holds {held}; expected true and false (dtype boolean) in every column that begins "
            f"with '{by}_', or a column {by!r}; or name the columns to use in by."
        )
        raise InputError(message)
    if len(flags) > MOST_FLAGS:
        message = f"{len(flags)} columns begin with '{by}_'; expected {MOST_FLAGS} or fewer."
        raise InputError(message)
    return Grouping(by, by, flags, f"{by}_")


def _no_column(name: str, known: Sequence[str]) -> Exception:
    return unknown_name("column", name, known)


@dataclass(frozen=True)
class Told:
    """What stands beside a table: firms described, firms without an answer, firm-years left out, notes."""

    firms: int
    without_answer: int
    left_out: dict[str, int]
    notes: list[str]


@dataclass(frozen=True)
class Changes:
    """A row a firm with both years: change, answer, further columns, key; what was left out, notes."""

    change: np.ndarray
    answers: Answers
    numbers: dict[str, np.ndarray]
    labels: dict[str, Labels]
    keys: tuple[np.ndarray, np.ndarray]
    left_out: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def told(self) -> Told:
        """Return what stands beside a table of these changes."""
        unanswered = int(np.count_nonzero(self.answers.codes < 0))
        return Told(self.change.size, unanswered, self.left_out, self.notes)

    def keep(self, rows: np.ndarray) -> Changes:
        """Return some of the firms."""
        return Changes(
            self.change[rows],
            self.answers.take(rows),
            {name: values[rows] for name, values in self.numbers.items()},
            {name: Labels(held.codes[rows], held.dictionary) for name, held in self.labels.items()},
            (self.keys[0][rows], self.keys[1][rows] if self.keys[1].size else self.keys[1]),
            self.left_out,
            self.notes,
        )

    def in_order(self) -> Changes:
        """Return the firms in the order of their keys, the same whatever order the engine gave them in."""
        high, low = self.keys
        rising = np.all(high[1:] > high[:-1]) if not low.size else False
        return self if rising else self.keep(np.lexsort((low, high) if low.size else (high,)))


def read_changes(
    firms: IntoFrame,
    groups: Grouping,
    start: int,
    end: int,
    *,
    method: Method = "level",
    columns: PanelColumns,
    deflator: Deflator = None,
    at_start: Mapping[str, str] | None = None,
    at_end: Mapping[str, str] | None = None,
) -> Changes:
    """Read the change of each firm that has both years, with its answer and columns of either year."""
    layout = layout_of(groups, columns, deflator, at_start or {}, at_end or {}, answers_at=("end",))
    panel = deflated(read_panel(firms, layout, start, end), deflator, (start, end))
    warn_of_units(panel, groups, columns, (start, end))
    ours, theirs = pair(panel, firms, layout, (start, end))
    change, kept, undefined, jumped = kernels.differences(
        panel.start.level, panel.end.level, ours, theirs, method == "log"
    )
    alone = panel.start.level.size + panel.end.level.size - 2 * ours.size
    lost = {"firms without a row in both years": alone} if alone else {}
    lost |= {"productivity not above zero, no logarithm": undefined} if undefined else {}
    if not change.size:
        raise _no_change((start, end), {"firm-years": panel.left_out, "firms": lost})
    left_out = panel.left_out | lost
    if change.size < ours.size:
        ours, theirs = ours[kept], theirs[kept]
    notes = _note_jumps(jumped, change.size)
    sides = ((panel.start, ours), (panel.end, theirs))
    labels = {
        name: Labels(held.codes[rows], held.dictionary)
        for side, rows in sides
        for name, held in side.labels.items()
    }
    answer = labels.pop(groups.column) if groups.column else None
    return Changes(
        change,
        answers_of(answer, groups, columns, change.size),
        {name: held[rows] for side, rows in sides for name, held in side.numbers.items() if name != deflator},
        labels,
        (panel.start.high[ours], panel.start.low[ours] if panel.start.low.size else panel.start.low),
        left_out,
        notes,
    )


def _no_change(years: Sequence[int], left_out: Mapping[str, Mapping[str, int]]) -> InputError:
    told = [
        f"{what} left out: {', '.join(f'{count} {reason}' for reason, count in reasons.items())}"
        for what, reasons in left_out.items()
        if reasons
    ]
    why = f" ({'; '.join(told)})" if told else ""
    return InputError(f"No firm has its productivity in both {years[0]} and {years[1]}{why}.")


def layout_of(
    groups: Grouping,
    columns: PanelColumns,
    deflator: Deflator,
    at_start: Mapping[str, str],
    at_end: Mapping[str, str],
    answers_at: Iterable[str],
) -> Layout:
    """Return what to read from the rows of each year."""
    wanted = {"start": dict(at_start), "end": dict(at_end)}
    if isinstance(deflator, str):
        for names in wanted.values():
            names[deflator] = "number"
    if groups.column:
        for year in answers_at:
            wanted[year][groups.column] = "label"
    return Layout(
        columns.firm,
        columns.year,
        columns.value_added,
        columns.persons,
        UNITS[columns.money()],
        groups.column,
        groups.flags,
        columns.separator,
        wanted["start"],
        wanted["end"],
    )


def answers_of(answer: Labels | None, groups: Grouping, columns: PanelColumns, firms: int) -> Answers:
    """Return the answers behind the codes; without a grouping every firm is in the one group ``all``."""
    if answer is None:
        return Answers(np.zeros(firms, np.int32), np.array([0, 1]), np.zeros(1, np.int32), ["all"])
    if groups.flags:
        names = [name.removeprefix(groups.prefix) for name in groups.flags]
        return split_masks(answer.codes, answer.dictionary, names)
    return split_answers(answer.codes, answer.dictionary, columns.separator)


def unit_numbers(found: Changes, cluster: str) -> np.ndarray:
    """Return the number of each firm's cluster, in the order of the clusters' names."""
    if cluster in found.numbers:  # a column of numbers that is a control too
        values, numbers = np.unique(found.numbers[cluster], return_inverse=True)
        if values.size < 2:
            raise _one_cluster(cluster, values[0])
        return numbers.astype(np.int32)
    if cluster not in found.labels:
        message = f"cluster={cluster!r} is the column of the groups themselves; expected another one."
        raise InputError(message)
    held = found.labels[cluster]
    missing = int(np.count_nonzero(held.codes < 0))
    if missing:
        message = (
            f"{cluster} is missing for {missing} firm(s) in the start year; every firm needs its cluster."
        )
        raise InputError(message)
    names = held.dictionary.to_pylist()
    present = sorted({names[code] for code in np.unique(held.codes)}, key=str)
    if len(present) < 2:
        raise _one_cluster(cluster, present[0])
    number = {name: place for place, name in enumerate(present)}
    return np.array([number.get(name, -1) for name in names], dtype=np.int32)[held.codes]


def few_clusters(clusters: int) -> list[str]:
    """Return the note on errors and intervals that rest on few clusters."""
    if clusters >= FEW_CLUSTERS:
        return []
    return [f"only {clusters} clusters: clustered errors tend to be too small below about {FEW_CLUSTERS}"]


def _one_cluster(cluster: str, value: Any) -> InputError:
    return InputError(f"{cluster} has one value only ({value!r}); expected two or more clusters.")


def check_flag(name: str, value: object) -> None:
    """Refuse an option that is neither True nor False, such as the text "no", which counts as true."""
    if not isinstance(value, bool | np.bool_):
        message = f"{name}={value!r} is neither True nor False."
        raise InputError(message)


def check_text(name: str, value: object) -> None:
    """Refuse an option that is to name one column and is no text."""
    if not isinstance(value, str):
        message = f"{name}={value!r} is no text; expected the name of one column."
        raise InputError(message)


def check_weights(weights: np.ndarray, name: str) -> np.ndarray:
    """Return survey weights, refusing any that is missing, infinite or not above zero."""
    finite = np.isfinite(weights)
    if not (finite & (weights > 0)).all():
        bad = {
            "missing": np.isnan(weights),
            "infinite": np.isinf(weights),
            "not above zero": finite & (weights <= 0),
        }
        told = [f"{np.count_nonzero(rows)} {what}" for what, rows in bad.items() if rows.any()]
        message = (
            f"Column {name!r} holds weights that are none: {', '.join(told)}; expected numbers above zero."
        )
        raise InputError(message)
    return weights


def warn_of_units(panel: Panel, groups: Grouping, columns: PanelColumns, years: Sequence[int]) -> None:
    """Warn where the productivity of a year, of some groups or of some firms lies a thousand times off."""
    money = Money(columns.value_added, columns.persons, columns.money())
    for side, year in zip((panel.start, panel.end), years, strict=True):
        rows = _spread_out(side.level.size)
        rows = rows[~np.isnan(side.level[rows])]
        for told in unit_warnings(side.level[rows], _levels(side, rows, groups, columns), year, money):
            warnings.warn(told, UserWarning, stacklevel=4)


def _spread_out(firms: int) -> np.ndarray:
    """Return the places of all firms, or of some all over, in step with nothing that comes back every so many rows."""
    if firms <= MOST_LOOKED_AT:
        return np.arange(firms)
    return (np.arange(MOST_LOOKED_AT) * GOLDEN % 1 * firms).astype(np.int64)


def _levels(side: Side, rows: np.ndarray, groups: Grouping, columns: PanelColumns) -> dict[Any, np.ndarray]:
    """Return the productivity of some firms by the group they are in, where the answers of this year were read."""
    held = side.labels.get(groups.column or "")
    if held is None:
        return {}
    answers = answers_of(Labels(held.codes[rows], held.dictionary), groups, columns, rows.size)
    return dict(zip(answers.labels, group_values(side.level[rows], answers, answers.labels), strict=True))


def _note_jumps(jumped: int, firms: int) -> list[str]:
    if not jumped:
        return []
    note = f"{jumped} of {firms} firms changed about a thousand times; check that both years are in one unit"
    if jumped * 100 >= firms:
        warnings.warn(f"{note}.", UserWarning, stacklevel=4)
    return [note]
