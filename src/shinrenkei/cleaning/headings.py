"""Where the table stands in a sheet: its heading of one to three rows, and the lines that are not data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.readers import Row
from shinrenkei.cleaning.text import plain

LOOKED_AT = 200
"""Rows from the top among which the heading is sought."""
TALLEST = 3
"""Rows of the tallest heading that is found without being told."""

TOTALS = (
    "合計",
    "計",
    "総計",
    "総数",
    "小計",
    "累計",
    "全体",
    "合計額",
    "計(再掲)",
    "total",
    "grand total",
    "subtotal",
)
"""What a row of totals begins with, blanks aside."""

_NOTE = re.compile(
    r"\s*[(（\[【<＜「]?\s*(?:※|\*|＊|注\s*[0-9０-９]*\s*[)）\]】:：.、，\s]|注意|備考|資料|出所|出典|凡例|単位|作成|問い?合わせ|"
    r"Notes?\b|Source\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-−▲△]?[0-9][0-9,]*(?:\.[0-9]+)?[%人件社円]?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


class Cut(NamedTuple):
    """A line that is not data: its number in the file from 1, why it was cut, and what it says."""

    row: int
    reason: str
    text: str


@dataclass(frozen=True)
class Layout:
    """A table's place: the headings, the columns they stand in, the number of the first line of data."""

    names: tuple[str, ...]
    columns: tuple[int, ...]
    first: int
    heading: tuple[Row, ...] = ()
    cuts: tuple[Cut, ...] = ()
    twice: dict[str, tuple[str, ...]] = field(default_factory=dict)


def filled(row: Row) -> list[int]:
    """Return the places of the cells that have an entry."""
    return [place for place, text in enumerate(row) if text and not text.isspace()]


def told(row: Row) -> str:
    """Return a line's entries, one after another."""
    return " | ".join(text.strip() for text in row if text.strip())


def find_layout(
    rows: Sequence[Row],
    merges: Sequence[tuple[int, int, int, int]] = (),
    heading: tuple[int, int] | None = None,
) -> Layout:
    """Find a table's heading among the first lines.

    Parameters
    ----------
    rows
        The first lines of the sheet.
    merges
        Merged cells, as `readers.Rows` has them.
    heading
        The first and the last line of the heading, from 1, where they are known better than they can be found.

    Raises
    ------
    CleaningError
        When no line looks like a heading, or the one that was named is empty.
    """
    top, bottom = (heading[0] - 1, heading[1]) if heading else _find(rows, merges)
    block = rows[top:bottom]
    if not block or not any(filled(row) for row in block):
        msg = f"Line {top + 1} is empty or beyond the end; expected the heading there."
        raise CleaningError(msg)
    spread = _spread(block, top, merges)
    width = max(len(row) for row in rows)
    below = {place for row in rows[bottom:] for place in filled(row)}
    columns = [place for place in range(width) if any(_at(row, place) for row in spread) or place in below]
    named = [_join([_at(row, place) for row in spread]) or f"[{column_letters(place)}]" for place in columns]
    names, twice = _distinct(named, columns)
    cuts = [
        Cut(place + 1, "blank" if not filled(row) else "title", told(row))
        for place, row in enumerate(rows[:top])
    ]
    cuts += [Cut(top + place + 1, "heading", told(row)) for place, row in enumerate(block)]
    return Layout(tuple(names), tuple(columns), bottom + 1, tuple(block), tuple(cuts), twice)


def _at(row: Row, place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _find(rows: Sequence[Row], merges: Sequence[tuple[int, int, int, int]]) -> tuple[int, int]:
    """Return the first line of the heading and the line after it, from 0."""
    counts = [len(filled(row)) for row in rows]
    if not any(counts):
        msg = "There is no line with an entry; expected a table."
        raise CleaningError(msg)
    usual = sorted(counts)[-max(1, len(counts) // 4)]
    need = max(1, min(2, usual), (usual + 1) // 2)
    top = next(
        place for place, row in enumerate(rows) if counts[place] >= need and not _is_note(row, counts[place])
    )
    return top, top + _height(rows[top : top + TALLEST], top, merges)


def _height(rows: Sequence[Row], top: int, merges: Sequence[tuple[int, int, int, int]]) -> int:
    """Return of how many lines the heading is that begins with the first of these."""
    height = 1
    while height < len(rows) and _is_merged_on(rows[height], top + height, top, merges):
        height += 1
    return height if height > 1 or merges else _height_by_gaps(rows)


def _is_merged_on(row: Row, place: int, top: int, merges: Sequence[tuple[int, int, int, int]]) -> bool:
    """Tell whether merged cells make a line part of the heading above: one that reaches down, or across above it."""
    if any(top <= first < place <= last for first, _, last, _ in merges):
        return True
    across = any(first == place - 1 == last and left < right for first, left, last, right in merges)
    return across and _only_words(row)


def _only_words(row: Row) -> bool:
    places = filled(row)
    return bool(places) and not any(_NUMBER.fullmatch(plain(row[place])) for place in places)


def _height_by_gaps(rows: Sequence[Row]) -> int:
    """Without merged cells: a heading over several columns leaves gaps, and the lines below it fill them.

    A line of data would also stand under the narrow headings; a second line of headings leaves those blank.
    """
    above = set(filled(rows[0]))
    candidates = [above]
    for row in rows[1:]:
        here = set(filled(row))
        if not _only_words(row) or above <= here:
            break
        above = above | here
        candidates.append(above)
    extent = set(range(min(above), max(above) + 1))
    return next((height for height, covered in enumerate(candidates, 1) if covered == extent), 1)


def _spread(block: Sequence[Row], top: int, merges: Sequence[tuple[int, int, int, int]]) -> list[Row]:
    """Return the heading with what is merged standing in each of its cells."""
    width = max(len(row) for row in block)
    spread = [[*row, *[""] * (width - len(row))] for row in block]
    for first, left, last, right in merges:
        if top <= first and last < top + len(block) and left < width:
            for line in range(first - top, last - top + 1):
                spread[line][left : right + 1] = [spread[first - top][left]] * (
                    min(right, width - 1) - left + 1
                )
    if not merges:
        for line, upper in enumerate(spread[:-1]):
            for place in range(1, width):
                if not upper[place].strip() and any(lower[place].strip() for lower in spread[line + 1 :]):
                    upper[place] = upper[place - 1]
    return spread


def _join(parts: Sequence[str]) -> str:
    """Join a column's headings, one said twice (merged downwards) once."""
    said = [plain(part) for part in parts if part]
    return "_".join(
        part for place, part in enumerate(said) if part and (place == 0 or part != said[place - 1])
    )


def column_letters(place: int) -> str:
    """Return a column's letters, as a spreadsheet shows them, by its place from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _distinct(names: list[str], columns: Sequence[int]) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Tell headings that stand twice apart by their column's letters."""
    twice: dict[str, tuple[str, ...]] = {}
    result = list(names)
    for name in {name for name in names if names.count(name) > 1}:
        places = [place for place, other in enumerate(names) if other == name]
        for place in places:
            result[place] = f"{name} [{column_letters(columns[place])}]"
        twice[name] = tuple(result[place] for place in places)
    return result, twice


def _is_note(row: Row, count: int) -> bool:
    return count <= 2 and bool(_NOTE.match(next(text for text in row if text.strip())))


@lru_cache(maxsize=10_000)
def _bare(text: str) -> str:
    return re.sub(r"[\s　\[\]【】<>＜＞]+", "", plain(text)).casefold()


def why_cut(row: Row, layout: Layout, totals: frozenset[str]) -> str | None:
    """Return why a line below the heading is not data, or None where it is.

    Examples
    --------
    >>> layout = find_layout([["地域", "件数"], ["東北", "8"]])
    >>> [why_cut(row, layout, frozenset(TOTALS)) for row in (["合　計", "118"], ["(注) 速報値", ""], ["東北", "8"])]
    ['total', 'note', None]
    """
    # Most lines are full of data, and are let through by what costs least.
    if len(row) - row.count("") <= 2 and (reason := _few(row, layout)):
        return reason
    if any(place < len(row) and _is_total(row[place], totals) for place in layout.columns[:3]):
        return "total"
    return "heading again" if row in layout.heading else None


def _few(row: Row, layout: Layout) -> str | None:
    places = filled(row)
    if not places:
        return "blank"
    return "note" if len(layout.columns) >= 2 and _NOTE.match(row[places[0]]) else None


def _is_total(text: str, totals: frozenset[str]) -> bool:
    return text != "" and not text[-1].isdigit() and _bare(text) in totals


def is_trailing(row: Row, layout: Layout) -> bool:
    """Tell whether a line at the very end is a remark: one entry, at the left, in a table of three columns or more."""
    places = filled(row)
    return not places or (len(places) == 1 and len(layout.columns) >= 3 and places[0] in layout.columns[:2])


def total_words(words: Sequence[str] | None) -> frozenset[str]:
    """Return the words that begin a row of totals, in one form."""
    return frozenset(_bare(word) for word in (TOTALS if words is None else words))
