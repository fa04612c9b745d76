"""Where the table stands in a sheet: its heading of one to three rows, and the lines that are not data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.rows import Row
from shinrenkei.cleaning.symbols import symbol_of
from shinrenkei.cleaning.text import plain

LOOKED_AT = 200
"""Rows from the top among which the heading is sought."""
MOST_COLUMNS = 16_384
"""Columns of the widest table."""
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
    "総合計",
    "total",
    "grand total",
    "subtotal",
)
"""What a row of totals begins with, blanks aside."""

_NOTE_WORDS = "注\\s*[0-9０-９]*|注意|備考|資料|出所|出典|凡例|単位|作成|問い?合わせ先?|Notes?|Source"
_NOTE = re.compile(
    rf"\s*[(（\[【<＜「]?\s*(?:※|\*|＊|なお[、，]|(?:{_NOTE_WORDS})(?:\s*[)）\]】:：.、，]|\s|$))",
    re.IGNORECASE,
)
_LONE_NOTE = re.compile(rf"\s*[(（\[【<＜「]?\s*(?:{_NOTE_WORDS})", re.IGNORECASE)
_CODE = re.compile("[-0-9A-Za-z_./]+")
_NUMBER = re.compile(r"[-−▲△]?[0-9][0-9,]*(?:\.[0-9]+)?[%人件社円]?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


Merge = tuple[int, int, int, int]
"""Merged cells: first row, first column, last row, last column, from 0."""


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
    merges: Sequence[Merge] = (),
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
    width = _width(rows)
    top, bottom = (heading[0] - 1, heading[1]) if heading else _find(rows, merges)
    block = rows[top:bottom]
    if not block or not any(filled(row) for row in block):
        msg = f"Line {top + 1} is empty or beyond the end; expected the heading there."
        raise CleaningError(msg)
    spread = _spread(block, top, merges)
    below = {place for row in rows[bottom:] for place in filled(row)}
    columns = [place for place in range(width) if any(_at(row, place) for row in spread) or place in below]
    named = [_join([_at(row, place) for row in spread]) or f"[{column_letters(place)}]" for place in columns]
    names, twice = _distinct(named, columns)
    cuts = [Cut(n, "title" if filled(row) else "blank", told(row)) for n, row in enumerate(rows[:top], 1)]
    cuts += [Cut(n, "heading", told(row)) for n, row in enumerate(block, top + 1)]
    return Layout(tuple(names), tuple(columns), bottom + 1, tuple(block), tuple(cuts), twice)


def _width(rows: Sequence[Row]) -> int:
    """Return the cells of the longest line, refusing what no spreadsheet could hold."""
    width = max((len(row) for row in rows), default=0)
    if width > MOST_COLUMNS:
        msg = f"A line has {width:,} cells; expected {MOST_COLUMNS:,} at most, as many as Excel has columns."
        raise CleaningError(msg)
    return width


def _at(row: Row, place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _find(rows: Sequence[Row], merges: Sequence[Merge]) -> tuple[int, int]:
    """Return the first line of the heading and the line after it, from 0."""
    counts = [len(filled(row)) for row in rows]
    if not any(counts):
        msg = "There is no line with an entry; expected a table."
        raise CleaningError(msg)
    wide = [count for count in counts if count >= 2]
    pool = sorted(wide if len(wide) >= 2 else counts)
    usual = pool[-max(1, len(pool) // 4)]
    need = max(1, min(2, usual), (usual + 1) // 2)
    places = [place for place, row in enumerate(rows) if counts[place] >= need and not _is_note(row)]
    if not places:
        msg = "There is no line that looks like a heading; expected a table."
        raise CleaningError(msg)
    top = next((place for place in places if not _is_preface(rows, place, usual, merges)), places[0])
    while top and _reaches_up(rows, top, merges):
        top -= 1
    return top, top + _height(rows[top : top + TALLEST], top, merges)


def _is_preface(rows: Sequence[Row], place: int, usual: int, merges: Sequence[Merge]) -> bool:
    """Tell whether a line of a few cells side by side (調査日 | 平成18年) only stands above a heading."""
    here = filled(rows[place])
    apart = here[-1] - here[0] >= len(here)
    merged = any(first <= place <= last for first, _, last, _ in merges)
    below = set(filled(rows[place + 1])) if place + 1 < len(rows) else set()
    if apart or merged or len(here) >= usual or (below and 2 * len(here) > usual):
        return False
    heading_follows = any(len(filled(row)) >= usual and _only_words(row) for row in rows[place + 1 :])
    return heading_follows and (not below or set(here) <= below)


def _reaches_up(rows: Sequence[Row], top: int, merges: Sequence[Merge]) -> bool:
    """Tell whether the line above belongs to the heading, though few of its cells are filled: 番号 | コア企業."""
    if merges:
        return any(first < top <= last for first, _, last, _ in merges)
    above, here = filled(rows[top - 1]), filled(rows[top])
    gaps = set(range(above[0] if above else 0, here[-1])) - set(here)
    return len(above) >= 2 and bool(gaps & set(above)) and _only_words(rows[top - 1])


def _height(rows: Sequence[Row], top: int, merges: Sequence[Merge]) -> int:
    """Return of how many lines the heading is that begins with the first of these."""
    height = 1
    while height < len(rows) and _is_merged_on(rows[height], top + height, top, merges):
        height += 1
    return height if height > 1 or merges else _height_by_gaps(rows)


def _is_merged_on(row: Row, place: int, top: int, merges: Sequence[Merge]) -> bool:
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


def _spread(block: Sequence[Row], top: int, merges: Sequence[Merge]) -> list[Row]:
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
    times = Counter(names)
    told_apart = [
        f"{name} [{column_letters(place)}]" if times[name] > 1 else name
        for name, place in zip(names, columns, strict=True)
    ]
    twice: dict[str, list[str]] = {}
    for name, apart in zip(names, told_apart, strict=True):
        if times[name] > 1:
            twice.setdefault(name, []).append(apart)
    return told_apart, {name: tuple(apart) for name, apart in twice.items()}


def _is_note(row: Row) -> bool:
    """Tell whether a line of one or two entries is a remark: 資料 alone, 資料：中小企業庁, but not 資料費 | 100."""
    places = filled(row)
    if not 1 <= len(places) <= 2 or symbol_of(row[places[0]]) or _NUMBER.fullmatch(plain(row[places[-1]])):
        return False
    return bool(_NOTE.match(row[places[0]]) or (len(places) == 1 and _LONE_NOTE.match(row[places[0]])))


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
    if not filled(row):
        return "blank"
    return "note" if len(layout.columns) >= 2 and _is_note(row) else None


def _is_total(text: str, totals: frozenset[str]) -> bool:
    if not text or text[-1].isdigit():
        return False
    bare = _bare(text)
    return bare in totals or (bare.endswith(")") and bare.partition("(")[0] in totals)


def is_trailing(row: Row, layout: Layout) -> bool:
    """Tell whether a line at the very end is a remark: one entry at the left, in a table of three columns or more.

    A number or a code that stands alone (A001) is data: its row has no other entry.
    """
    places = filled(row)
    if not places:
        return True
    alone = len(places) == 1 and len(layout.columns) >= 3 and places[0] in layout.columns[:2]
    return alone and not _CODE.fullmatch(plain(row[places[0]]))


def total_words(words: Sequence[str] | None) -> frozenset[str]:
    """Return the words that begin a row of totals, in one form."""
    return frozenset(_bare(word) for word in (TOTALS if words is None else words))
