"""Survey answers of any shape, reduced to the distinct combinations that were ticked and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._frames import collect, require_columns
from shinrenkei.metrics._keys import grouped, holds_several

AnswerType = Literal["auto", "single", "multiple"]
Cell = tuple[str, ...] | None
_TOTALS = ("respondents", "weight", "weight2")
RESERVED = ("asked", "cell", "least", "unweighted", *_TOTALS)
_LONG = ("respondent", "question", "answer")


@dataclass(frozen=True)
class Patterns:
    """What was ticked: a row a combination of group, asked or not, and answers.

    Attributes
    ----------
    table : pandas.DataFrame
        The group columns, ``asked`` (bool), ``cell`` (tuple of answers, empty where nothing was ticked, None
        where the question was left out), ``respondents`` (rows), ``weight`` and ``weight2`` (sums of the
        weights and of their squares).
    order : list of str
        The answers the data know of, in their own order.
    multiple : bool
        Whether a respondent may give several answers.
    """

    table: pd.DataFrame
    order: list[str]
    multiple: bool


@dataclass(frozen=True)
class Columns:
    """The columns beside the answers: groups, who was asked (boolean), weights."""

    by: list[str]
    asked: str | None
    weights: str | None

    @property
    def names(self) -> list[str]:
        """All of them that were given."""
        return [*self.by, *filter(None, [self.asked, self.weights])]


def read_answers(
    answers: nw.LazyFrame[Any], question: str, columns: Columns, answer_type: AnswerType, sep: str
) -> Patterns:
    """Return the patterns of a question in a column of its own, in one column an answer, or in long form."""
    schema = answers.collect_schema()
    require_columns(answers, columns.names)
    boxes = [name for name in schema if name.startswith(f"{question}_") and name not in columns.names]
    if question in schema:
        lists = any(schema[question] == kind for kind in (nw.List, nw.Array, nw.Object))
        if lists or holds_several(answers, question):
            return _read_lists(answers, question, columns, answer_type)
        return _read_column(answers, question, columns, answer_type, sep)
    if boxes:
        return _read_boxes(answers, question, boxes, columns)
    if set(_LONG) <= set(schema):
        return _read_long(answers, question, columns, answer_type)
    error = unknown_name("question", question, [name for name in schema if name not in columns.names])
    raise error


def _read_column(
    answers: nw.LazyFrame[Any], question: str, columns: Columns, answer_type: AnswerType, sep: str
) -> Patterns:
    """Read a column of single answers, or of several joined by ``sep``."""
    dtype = answers.collect_schema()[question]
    table = _count(answers, columns, [question])
    given = table[question]
    texts = [None if pd.isna(value) else as_text(value) for value in given]
    joined = any(text and sep in text for text in texts)
    multiple = answer_type == "multiple" or (answer_type == "auto" and joined)
    split: Callable[[str], Cell] = (
        (lambda text: _split(text, sep)) if multiple else (lambda text: _whole(text))
    )
    cells = [None if text is None else split(text) for text in texts]
    categorical = isinstance(given.dtype, pd.CategoricalDtype) and not multiple
    order = _held(given) if categorical else _seen(cells)
    if dtype.is_numeric() and not multiple:
        order = [as_text(value) for value in sorted(given.dropna().unique())]
    return Patterns(table.assign(cell=pd.Series(cells, dtype=object)), order, multiple)


def as_text(value: object) -> str:
    """Return an answer as text, whole numbers without decimals."""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value).strip()  # type: ignore[call-overload]


def _split(text: str, sep: str) -> Cell:
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(sep)))))


def _whole(text: str) -> Cell:
    return (text,) if text else None


def _held(answers: pd.Series) -> list[str]:
    """Return the categories that some row holds, in their order."""
    return [as_text(value) for value in answers.cat.remove_unused_categories().cat.categories]


def _seen(cells: Sequence[Cell]) -> list[str]:
    return sorted({answer for cell in cells if cell for answer in cell})


def _read_lists(
    answers: nw.LazyFrame[Any], question: str, columns: Columns, answer_type: AnswerType
) -> Patterns:
    """Read a column of lists; engines cannot all group by lists, so the rows are read whole."""
    table = collect(answers.select(question, *columns.names))
    cells: list[Cell] = []
    for row, value in enumerate(table[question]):
        if isinstance(value, str) or (value is not None and not np.iterable(value) and not pd.isna(value)):
            message = (
                f"Column {question!r} holds {value!r} in row {row}; expected lists of answers throughout."
            )
            raise InputError(message)
        listed = np.iterable(value) and value is not None
        cells.append(tuple(dict.fromkeys(as_text(answer) for answer in value)) if listed else None)
    return _from_rows(table, cells, columns, multiple=answer_type != "single")


def _read_long(
    answers: nw.LazyFrame[Any], question: str, columns: Columns, answer_type: AnswerType
) -> Patterns:
    """Read a row a respondent, question and answer; those who were asked have a row, perhaps an empty one."""
    rows = collect(
        answers.filter(nw.col("question") == question).select("respondent", "answer", *columns.names)
    )
    if rows.empty:
        known = collect(answers.select("question").unique())["question"].dropna()
        error = unknown_name("question", question, known.astype(str))
        raise error
    constant = rows.groupby("respondent")[columns.names].nunique(dropna=False) if columns.names else None
    if constant is not None and constant.gt(1).any(axis=None):
        who = constant.gt(1).any(axis=1).idxmax()
        message = (
            f"Respondent {who} has several values of {', '.join(columns.names)}; expected one throughout."
        )
        raise InputError(message)
    people = rows.groupby("respondent", sort=False)
    cells: list[Cell] = [
        tuple(dict.fromkeys(as_text(value) for value in given.dropna())) or None
        for _, given in people["answer"]
    ]
    several = any(cell and len(cell) > 1 for cell in cells)
    table = rows.drop_duplicates("respondent").reset_index(drop=True)
    return _from_rows(
        table, cells, columns, multiple=answer_type == "multiple" or (answer_type == "auto" and several)
    )


def _from_rows(table: pd.DataFrame, cells: list[Cell], columns: Columns, *, multiple: bool) -> Patterns:
    """Count rows that had to be read one by one."""
    weight = (
        _checked_weights(table[columns.weights], columns.weights) if columns.weights else np.ones(len(table))
    )
    rows = table[columns.by].assign(
        asked=_asked(table, columns.asked),
        cell=pd.Series(cells, dtype=object, index=table.index),
        respondents=1,
        weight=weight,
        weight2=np.square(weight),
    )
    return Patterns(rows, _seen(cells), multiple)


def _read_boxes(answers: nw.LazyFrame[Any], question: str, boxes: list[str], columns: Columns) -> Patterns:
    """Read one column an answer, true or 1 where it was ticked; all empty means the question was left out."""
    table = _count(answers, columns, boxes)
    ticks = _flags(table, boxes, "ticked")
    labels = np.array([name.removeprefix(f"{question}_") for name in boxes], dtype=object)
    on = ticks.eq(1).to_numpy(dtype=bool)
    cells = [
        tuple(labels[row]) if answered else None
        for row, answered in zip(on, ticks.notna().any(axis=1), strict=True)
    ]
    return Patterns(table.assign(cell=pd.Series(cells, dtype=object)), list(labels), multiple=True)


def _flags(table: pd.DataFrame, names: list[str], meaning: str) -> pd.DataFrame:
    """Return columns of true and false, or 1 and 0, refusing other values."""
    flags = table[names].astype("object")
    wrong = flags.notna() & ~flags.isin([0, 1])
    if wrong.any(axis=None):
        name = str(wrong.any().idxmax())
        value = flags.loc[wrong[name], name].iloc[0]
        message = (
            f"Column {name!r} holds {value!r}; expected true and false, or 1 and 0, for {meaning} or not."
        )
        raise InputError(message)
    return flags


def _asked(table: pd.DataFrame, name: str | None) -> np.ndarray:
    """Return who was asked: everybody, or those of whom a column says so."""
    if name is None:
        return np.ones(len(table), dtype=bool)
    return _flags(table, [name], "asked")[name].eq(1).to_numpy(dtype=bool)


def _count(answers: nw.LazyFrame[Any], columns: Columns, cells: list[str]) -> pd.DataFrame:
    """Let the engine count the rows, and add up the weights, of each combination of groups and cells."""
    keys = [*columns.by, *filter(None, [columns.asked]), *cells]
    sums = [nw.len().alias("respondents")]
    query = answers.select(*keys)
    if columns.weights:
        weight = nw.col(columns.weights).cast(nw.Float64())
        query = answers.select(*keys, weight=weight, weight2=weight * weight, unweighted=weight.is_null())
        sums += [nw.col(name).sum() for name in ("weight", "weight2", "unweighted")]
        sums += [nw.col("weight").min().alias("least")]
    table = collect(grouped(query, keys, sums), columns.by)
    table["respondents"] = table["respondents"].astype("int64")
    if columns.weights:
        bad = table["unweighted"].astype(bool) | ~np.isfinite(table["weight"]) | table["least"].lt(0)
        _check_weights(not bad.any(), columns.weights)
    else:
        table = table.assign(
            weight=table["respondents"].astype(float), weight2=table["respondents"].astype(float)
        )
    return table.assign(asked=_asked(table, columns.asked))[[*columns.by, *cells, "asked", *_TOTALS]]


def _checked_weights(column: pd.Series, name: str) -> np.ndarray:
    weight = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    _check_weights(bool((np.isfinite(weight) & (weight >= 0)).all()), name)
    return weight


def _check_weights(good: bool, name: str) -> None:
    if not good:
        message = (
            f"The weights in {name!r} are not all known and 0 or more; expected a finite weight a respondent."
        )
        raise InputError(message)


def sampling_fractions(
    table: pd.DataFrame, by: list[str], population: int | Mapping[Any, int] | None, groups: pd.Index
) -> np.ndarray:
    """Return the respondents' share of the population in each group, 0 where no population is given.

    A population of the whole survey gives each group the same fraction.
    """
    if population is None:
        return np.zeros(len(groups))
    if isinstance(population, Mapping) and not by:
        message = "population names groups, but there is no by; expected one number."
        raise InputError(message)
    if not isinstance(population, Mapping):
        return np.full(len(groups), _fraction(int(table["respondents"].sum()), population, "population"))
    rows = table.groupby(by, dropna=False, observed=True)["respondents"].sum()
    fractions = []
    for key, respondents in zip(groups, rows.reindex(groups), strict=True):
        if key not in population:
            message = f"population has no entry for {key!r}; it has: {', '.join(map(repr, population))}."
            raise InputError(message)
        fractions.append(_fraction(int(respondents), population[key], f"population[{key!r}]"))
    return np.array(fractions)


def _fraction(respondents: int, population: int, name: str) -> float:
    if (
        isinstance(population, bool)
        or not isinstance(population, int | np.integer)
        or population < respondents
    ):
        message = f"{name}={population!r} is no whole number of at least the {respondents} respondents."
        raise InputError(message)
    return respondents / population
