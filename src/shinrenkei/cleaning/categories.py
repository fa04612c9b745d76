"""Names to codes: prefectures, METI blocks, partner types, size classes; corporate numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from shinrenkei.cleaning.errors import CleaningError, Unreadable
from shinrenkei.cleaning.series import Errors, Reader, one_of, read, strings, text_of
from shinrenkei.cleaning.tables import rows

_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_SUFFIXES = {"都": ("と", "to"), "府": ("ふ", "fu"), "県": ("けん", "ken")}
_LONG_O = ("ō", "o", "ou", "oo", "oh")
_MACRONS = ("\u0304", "\u0302")


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return what two spellings of one name have in common: no width, case, kana form, macron or blank.

    Examples
    --------
    >>> key("オオサカフ") == key("おおさかふ"), key("Ōsaka") == key("OSAKA")
    (True, True)
    """
    plain = unicodedata.normalize("NFKC", text[:200]).casefold().translate(_HIRAGANA)
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if c not in _MACRONS)
    return re.sub(r"[\s‐‑‒–—―−-]+", "", unicodedata.normalize("NFKC", bare))


def keyed(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a look-up from keys to codes; two codes for one spelling are a mistake in a table."""
    found: dict[str, str] = {}
    for spelling, code in pairs:
        if spelling and found.setdefault(key(spelling), code) != code:
            msg = f"{spelling!r} stands for two codes, {found[key(spelling)]!r} and {code!r}."
            raise CleaningError(msg)
    return found


def _plain_spellings(name: str) -> Iterable[tuple[str, str]]:
    for row in rows(name):
        for spelling in (row["code"], row["ja"], row["en"], *row["spellings"].split(";")):
            yield spelling, row["code"]


@cache
def _prefectures() -> dict[str, str]:
    return keyed((spelling, row["code"]) for row in rows("prefectures") for spelling in _of_prefecture(row))


def _of_prefecture(row: Mapping[str, str]) -> list[str]:
    code, name, kana = row["code"], row["ja"], row["kana"]
    japanese, suffixes = [name, kana], ["", " Prefecture", " Pref", " Pref."]
    if name.endswith(tuple(_SUFFIXES)):
        in_kana, in_romaji = _SUFFIXES[name[-1]]
        japanese += [name[:-1], kana.removesuffix(in_kana)]
        suffixes.append(f"-{in_romaji}")
    romaji = [row["romaji"].replace("ō", long).replace("Ō", long.title()) for long in _LONG_O]
    latin = {one + suffix for one in (*romaji, row["en"].replace("nm", "mm")) for suffix in suffixes}
    codes = (code, code.lstrip("0"), f"{code}000", f"{code}000{_check_digit(code)}")
    return [*japanese, *latin, *codes, *(f"{one}{name}" for one in codes)]


def _check_digit(code: str) -> int:
    """Return the last of the six digits of a prefecture's local government code."""
    return (11 - (6 * int(code[0]) + 5 * int(code[1])) % 11) % 10


@cache
def _regions() -> dict[str, str]:
    pairs = list(_plain_spellings("regions"))
    for spelling, code in list(pairs):
        if code != "all" and not spelling.isascii():
            endings = (
                "地域",
                "地方",
                "地区",
                "ブロック",
                "経済産業局",
                "経済産業局管内",
                "経産局",
                "局",
                "圏",
            )
            pairs += [(spelling + ending, code) for ending in endings]
    taken = {key(spelling) for spelling, _ in pairs}
    by_prefecture = {row["code"]: row["region"] for row in rows("prefectures")}
    pairs += [(s, by_prefecture[code]) for s, code in _prefectures().items() if s not in taken]
    return keyed(pairs)


@cache
def spelled(name: str) -> dict[str, str]:
    """Return the codes of a table by the keys of their spellings.

    Examples
    --------
    >>> spelled("partner_types")[key("公設試")], spelled("regions")[key("福井")]
    ('public_research_institute', 'kinki')
    """
    return _regions() if name == "regions" else keyed(_plain_spellings(name))


def look_up(known: Mapping[str, str], reason: str) -> Callable[[object], str]:
    """Return what finds the code of a spelling."""

    def one(value: object) -> str:
        code = known.get(key(text_of(value)))
        if code is None:
            raise Unreadable(reason)
        return code

    return one


def _reader(name: str, what: str, known: Mapping[str, str], to: str) -> Reader:
    columns = tuple(column for column in rows(name)[0] if column in ("code", "ja", "en", "romaji", "kana"))
    if to not in columns:
        msg = f"Unknown form {to!r}; expected {', '.join(columns)}."
        raise CleaningError(msg)
    find = look_up(known, "it is no known spelling")
    names = {row["code"]: row[to] for row in rows(name)}
    return Reader(what, lambda value: names[find(value)], one_of([row[to] for row in rows(name)]))


def prefecture(
    values: Any, *, to: Literal["ja", "en", "code", "kana", "romaji"] = "ja", errors: Errors = "raise"
) -> Any:
    """Read prefectures, with or without 都府県, in kana or romaji, or by JIS code.

    Parameters
    ----------
    values : str, int or pandas.Series
        Cells as printed: 大阪府, 大阪, おおさか, オオサカ, Osaka, Osaka-fu, 27.
    to : {"ja", "en", "code", "kana", "romaji"}
        What comes back: 大阪府, Osaka, "27" (two digits, as text), おおさかふ, Ōsaka.
    errors : {"raise", "coerce"}
        ``raise`` names the distinct values that cannot be read and their rows; ``coerce`` makes them missing.

    Returns
    -------
    str, None or pandas.Series
        A Series is categorical with all 47.

    Raises
    ------
    CleaningError
        When a value is no known spelling.

    Examples
    --------
    >>> prefecture("ｵｵｻｶ"), prefecture(1, to="code"), prefecture("Tokyo-to")
    ('大阪府', '01', '東京都')
    """
    return read(values, _reader("prefectures", "a prefecture", _prefectures(), to), errors)


def region(values: Any, *, to: Literal["code", "ja", "en"] = "code", errors: Errors = "raise") -> Any:
    """Read METI's blocks, or the block of a prefecture: 福井 is in kinki, 新潟 in kanto.

    Parameters
    ----------
    values : str or pandas.Series
        Cells as printed: 近畿, 近畿地域, 近畿経済産業局, 中部・北陸, 福井県, kinki, 全国.
    to : {"code", "ja", "en"}
        What comes back: kinki, 近畿, Kinki.
    errors : {"raise", "coerce"}
        As for `prefecture`.

    Returns
    -------
    str, None or pandas.Series
        A Series is categorical with the nine blocks and ``all``.

    Raises
    ------
    CleaningError
        When a value is no known spelling.

    Examples
    --------
    >>> [region(name) for name in ("中部・北陸", "福井県", "新潟", "全国")]
    ['chubu', 'kinki', 'kanto', 'all']
    """
    return read(values, _reader("regions", "a METI block", spelled("regions"), to), errors)


def partner_type(values: Any, *, to: Literal["code", "ja", "en"] = "code", errors: Errors = "raise") -> Any:
    """Read the fourteen partner types of the 2020 White Paper, with the spellings that surveys use.

    Parameters
    ----------
    values : str or pandas.Series
        Cells as printed, one type each; see `split_answers` for several in one cell.
    to : {"code", "ja", "en"}
        What comes back: university, 大学, University.
    errors : {"raise", "coerce"}
        As for `prefecture`.

    Returns
    -------
    str, None or pandas.Series
        A Series is categorical with the fourteen, in the order of the White Paper's chart.

    Raises
    ------
    CleaningError
        When a value is no known spelling.

    Examples
    --------
    >>> partner_type("公設試"), partner_type("ビジネスマッチングの支援・仲介サービスを提供する事業者")
    ('public_research_institute', 'intermediary')
    """
    return read(values, _reader("partner_types", "a partner type", spelled("partner_types"), to), errors)


def size_class(values: Any, *, to: Literal["code", "ja", "en"] = "code", errors: Errors = "raise") -> Any:
    """Read the words for a firm's size: 大企業, 中堅企業, 中小企業, 中規模企業, 小規模事業者.

    Parameters
    ----------
    values : str or pandas.Series
        Cells as printed. A class given by bounds (1～5人) is read by `parse_range`.
    to : {"code", "ja", "en"}
        What comes back: small_scale, 小規模企業, Small-scale enterprise.
    errors : {"raise", "coerce"}
        As for `prefecture`.

    Returns
    -------
    str, None or pandas.Series
        A Series is categorical.

    Raises
    ------
    CleaningError
        When a value is no known spelling.

    Examples
    --------
    >>> size_class("小規模事業者"), size_class("大企業")
    ('small_scale', 'large')
    """
    return read(values, _reader("size_classes", "a size of firm", spelled("size_classes"), to), errors)


def corporate_number(values: Any, *, errors: Errors = "raise") -> Any:
    """Check 13-digit corporate numbers (法人番号) by their check digit.

    Parameters
    ----------
    values : str, int or pandas.Series
        Numbers in either width; blanks, hyphens and the T of an invoice number are cut.
    errors : {"raise", "coerce"}
        As for `prefecture`.

    Returns
    -------
    str, None or pandas.Series
        Thirteen digits, as text.

    Raises
    ------
    CleaningError
        When a value is not thirteen digits or its check digit is wrong.

    References
    ----------
    Ordinance of the Ministry of Finance on the designation of corporate numbers (2014), Article 2.

    Examples
    --------
    >>> corporate_number("７０００－０１２０－５０００２")
    '7000012050002'
    """
    return read(values, Reader("a corporate number", _corporate_number, strings), errors)


def _corporate_number(value: object) -> str:
    digits = (
        re.sub(r"[\s‐−-]", "", unicodedata.normalize("NFKC", text_of(value)[:100])).upper().removeprefix("T")
    )
    if not re.fullmatch("[0-9]{13}", digits):
        found = len(digits) if digits.isdigit() else None
        msg = "it is not thirteen digits" if found is None else f"it has {found} digits, not thirteen"
        raise Unreadable(msg)
    weighted = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits[1:])))
    check = 9 - weighted % 9
    if check != int(digits[0]):
        msg = f"its check digit is {digits[0]}, and {check} would be right"
        raise Unreadable(msg)
    return digits
