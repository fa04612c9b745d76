"""Which encoding a text file is in: UTF-8, UTF-16, Shift_JIS (CP932), EUC-JP or ISO-2022-JP."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from shinrenkei.cleaning.errors import CleaningError

BLOCK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "cp932": "Shift_JIS (CP932)"}
_NAMES |= {"euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP"}


class Encoding(NamedTuple):
    """An encoding by Python's name for it, and whether another would have done as well."""

    name: str
    doubtful: bool = False

    @property
    def label(self) -> str:
        """The name that offices use."""
        return _NAMES.get(self.name, self.name)


def find_encoding(path: Path) -> Encoding:
    """Return the encoding in which the whole file can be read.

    Raises
    ------
    CleaningError
        When it can be read in none, naming the line at which the likeliest one stops.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            _must_decode(path, name)
            return Encoding(name)
    if b"\x1b$" in start:
        return Encoding("iso2022_jp")
    stops = {name: _stops_at(path, name) for name in ("utf-8", "cp932", "euc_jp")}
    whole = [name for name, place in stops.items() if place is None]
    if "utf-8" in whole:
        return Encoding("utf-8")
    if len(whole) == 2:
        return _likelier(start if len(start) < 4096 else _sample(path))
    if whole:
        return Encoding(whole[0])
    raise _in_none(path, stops)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _stops_at(path: Path, name: str) -> int | None:
    """Return the offset of the first byte that is not in the encoding, or None."""
    decoder = codecs.getincrementaldecoder(name)()
    done = 0
    for block in _pieces(path):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return done - held + error.start
        done += len(block)
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done - held
    return None


def _must_decode(path: Path, name: str) -> None:
    # The decoder of UTF-8 with BOM counts from behind the mark, the plain one from the start.
    place = _stops_at(path, name.removesuffix("-sig"))
    if place is not None:
        line = _line(path, place)
        msg = (
            f"{path} begins as {_NAMES[name]} but line {line} is in another encoding; expected one encoding."
        )
        raise CleaningError(msg)


def _line(path: Path, place: int) -> int:
    line, done = 1, 0
    for block in _pieces(path):
        if done + len(block) >= place:
            return line + block[: place - done].count(b"\n")
        line, done = line + block.count(b"\n"), done + len(block)
    return line


def _in_none(path: Path, stops: dict[str, int | None]) -> CleaningError:
    furthest = max(stops, key=lambda name: stops[name] or 0)
    others = [_NAMES[name] for name in stops if name != furthest]
    line = _line(path, stops[furthest] or 0)
    return CleaningError(
        f"{path} mixes encodings or is no text: it reads as {_NAMES[furthest]} up to line {line}, "
        f"and no further as {' or '.join(others)}; expected one encoding throughout."
    )


def _sample(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BLOCK).rpartition(b"\n")[0]


def _likelier(sample: bytes) -> Encoding:
    """Choose between Shift_JIS and EUC-JP where both can be read: kana and common kanji against oddities."""
    scores = {name: _usual(sample.decode(name, errors="ignore")) for name in ("cp932", "euc_jp")}
    best = max(scores, key=lambda name: scores[name])
    return Encoding(best, doubtful=abs(scores["cp932"] - scores["euc_jp"]) < 0.2)


def _usual(text: str) -> float:
    """Return the share of the non-ASCII letters that are kana or of the first-level kanji."""
    letters = [letter for letter in text if not letter.isascii()]
    usual = sum("\u3040" <= c <= "\u30ff" or "\uff01" <= c <= "\uff5e" or _first_level(c) for c in letters)
    return usual / len(letters) if letters else 0.0


def _first_level(letter: str) -> bool:
    try:
        code = letter.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xCF
