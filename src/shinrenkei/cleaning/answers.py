"""Several answers in one cell, with the categories declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from shinrenkei.cleaning.categories import key, keyed, spelled
from shinrenkei.cleaning.errors import CleaningError, Unreadable, shown
from shinrenkei.cleaning.series import Column, Errors, Reader, booleans, objects, read, text_of
from shinrenkei.cleaning.tables import codes

SEPARATORS = "、・･，,；;／/\n\r"
"""What parts answers in a cell; one that belongs to a declared category (地方自治体・国) does not part it."""

_TABLES = ("partner_types", "regions", "size_classes")


def split_answers(
    values: Any,
    categories: Sequence[str] | Mapping[str, str] | str,
    *,
    to: Literal["columns", "list"] = "columns",
    separators: str = SEPARATORS,
    errors: Errors = "raise",
) -> Any:
    """Split several answers in one cell, each of which must be a declared category.

    Parameters
    ----------
    values : str or pandas.Series
        Cells as printed: 大学、公設試・業界団体.
    categories : sequence, mapping or str
        The answers that may be given; a mapping leads from spellings to codes; the name of a code table
        (``"partner_types"``) stands for its spellings.
    to : {"columns", "list"}
        For a Series: a boolean column a category, or a list a row. A single value gives a list.
    separators : str
        Characters that part answers.
    errors : {"raise", "coerce"}
        What to do with a cell that holds an undeclared answer; ``coerce`` makes the whole cell missing.

    Returns
    -------
    list, None, pandas.Series or pandas.DataFrame
        Codes in the order of the categories, each once. A missing cell is missing in every column.

    Raises
    ------
    CleaningError
        When an answer is not declared, naming the cells and the rows they stand in.

    Examples
    --------
    >>> split_answers("公設試；地方自治体・国", "partner_types")
    ['public_research_institute', 'local_government']
    >>> import pandas as pd
    >>> split_answers(pd.Series(["A、B", "B", None]), ["A", "B"])["A"].tolist()
    [True, False, <NA>]
    """
    if to not in ("columns", "list"):
        msg = f"to must be 'columns' or 'list', not {to!r}."
        raise CleaningError(msg)
    known, order = _declared(categories)
    one = _splitter(known, order, separators)
    column = objects if to == "list" else _columns(order)
    return read(values, Reader("declared answers", one, column), errors)


def _declared(categories: Sequence[str] | Mapping[str, str] | str) -> tuple[dict[str, str], list[str]]:
    if isinstance(categories, str):
        if categories not in _TABLES:
            msg = f"Unknown code table {categories!r}; expected {', '.join(_TABLES)} or a list."
            raise CleaningError(msg)
        return spelled(categories), codes(categories)
    given = categories if isinstance(categories, Mapping) else {name: name for name in categories}
    pairs = [(str(spelling), str(code)) for spelling, code in given.items()]
    if not pairs:
        msg = "No category is declared."
        raise CleaningError(msg)
    return keyed(pairs), list(dict.fromkeys(code for _, code in pairs))


def _splitter(known: Mapping[str, str], order: list[str], separators: str) -> Callable[[object], list[str]]:
    part = re.compile(f"([{re.escape(separators)}]+)")
    longest = max(1 + sum(spelling.count(mark) for mark in separators) for spelling in known)
    place = {code: number for number, code in enumerate(order)}

    def one(value: object) -> list[str]:
        pieces = part.split(text_of(value).strip(separators + " 　"))
        found: set[str] = set()
        start = 0
        while start < len(pieces):
            start, code = _longest(pieces, start, known, longest)
            found.add(code)
        return sorted(found, key=place.__getitem__)

    return one


def _longest(pieces: list[str], start: int, known: Mapping[str, str], longest: int) -> tuple[int, str]:
    """Return the code of the longest declared run of pieces from here, and where the next answer starts."""
    for end in range(min(len(pieces), start + 2 * longest - 1), start, -2):
        code = known.get(key("".join(pieces[start:end])))
        if code is not None:
            return end + 1, code
    msg = f"{shown(pieces[start].strip())} is not a declared answer"
    raise Unreadable(msg)


def _columns(order: list[str]) -> Callable[[list[Any]], dict[str, Column]]:
    def column(results: list[Any]) -> dict[str, Column]:
        return {code: booleans([None if r is None else code in r for r in results]) for code in order}

    return column
