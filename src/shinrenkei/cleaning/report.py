"""The report on a cleaned file, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shinrenkei.cleaning.filebook import Filebook, FileColumn
from shinrenkei.cleaning.tally import SHOWN, ColumnTally, FileTally

LONGEST = 60


def write_report(
    name: str, book: Filebook, sources: Mapping[str, str], about: tuple[str, ...], tally: FileTally
) -> str:
    """Return the report as Markdown.

    Parameters
    ----------
    name
        The source's file name.
    book, sources
        The codebook, and the headings that it names as the file has them.
    about
        What was found out about the file.
    tally
        The counts.
    """
    lines = [
        f"# {book.title or name}",
        "",
        f"Source: `{name}`" + "".join(f"; {fact}" for fact in about) + ".",
        "",
        _balance(tally),
        "",
        *_cuts(tally),
        *_reasons(tally),
        "## Columns",
        "",
        "| column | heading | kind | filled | empty | read as missing | changed in form | rejected |",
        "|---|---|---|---:|---:|---:|---:|---:|",
        *(_row(column, sources, tally.columns[column.name]) for column in book.columns),
        "",
    ]
    for column in book.columns:
        lines += _details(column, tally.columns[column.name])
    return "\n".join(lines).rstrip() + "\n"


def _balance(tally: FileTally) -> str:
    kept, rejected, cut = (
        f"{tally.kept:,} rows kept",
        f"{tally.rejected:,} rows rejected",
        f"{tally.cut:,} lines cut away",
    )
    return f"**{tally.lines:,} lines = {kept} + {rejected} + {cut}.**"


def _cell(text: str) -> str:
    flat = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def _cuts(tally: FileTally) -> Iterator[str]:
    if not tally.cut:
        return
    yield from ("## Lines cut away", "", "| reason | lines | which |", "|---|---:|---|")
    for reason, count in tally.cuts.most_common():
        told = [f"{cut.row}" + (f" ({_cell(cut.text)})" if cut.text else "") for cut in tally.shown[reason]]
        more = ", ..." if count > len(told) else ""
        yield f"| {reason} | {count:,} | {', '.join(told)}{more} |"
    yield ""


def _reasons(tally: FileTally) -> Iterator[str]:
    if not tally.reasons:
        return
    yield from ("## Why rows were rejected", "", "| column | reason | cells |", "|---|---|---:|")
    for (column, reason), count in tally.reasons.most_common(50):
        yield f"| {column or '(the line)'} | {_cell(reason)} | {count:,} |"
    if len(tally.reasons) > 50:
        yield f"| | {len(tally.reasons) - 50:,} more reasons; see the rejects | |"
    yield ""


def _row(column: FileColumn, sources: Mapping[str, str], counts: ColumnTally) -> str:
    headings = " + ".join(_cell(sources[source]) for source in column.sources)
    missing = sum(counts.missing.values())
    numbers = (counts.filled, counts.empty, missing, counts.changed, counts.rejected)
    return (
        f"| {column.name} | {headings} | {column.kind} | {' | '.join(f'{number:,}' for number in numbers)} |"
    )


def _details(column: FileColumn, counts: ColumnTally) -> list[str]:
    told: list[str] = []
    if counts.missing:
        told.append("- read as missing: " + _list(counts.missing.most_common(SHOWN)))
    if counts.qualifiers:
        told.append("- qualifiers read over: " + _list(counts.qualifiers.most_common(SHOWN)))
    told += [
        f"- `{_cell(old)}` became `{_cell(new)}`: {n:,}"
        for (old, new), n in counts.changes.most_common(SHOWN)
    ]
    shown = sum(n for _, n in counts.changes.most_common(SHOWN))
    if counts.changed > shown:
        told.append(f"- other changes in form: {counts.changed - shown:,}")
    return [f"### {column.name}", "", *told, ""] if told else []


def _list(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"`{_cell(text)}` {count:,}" for text, count in pairs)
