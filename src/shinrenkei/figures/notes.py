"""What stands under a figure made of microdata: how many firms it rests on, and which were left out."""

from __future__ import annotations

import re

import pandas as pd

from shinrenkei.figures.labels import kinds, label
from shinrenkei.figures.style import check_lang

_LACKING = "missing or not defined"
_JAPANESE_NOTES = (
    (r"(\d+) of (\d+) firms changed about a thousand times; .*",
     r"\2社のうち\1社の値が約千倍変わった。両方の年の単位を確かめること"),
    (r"(.+): changes are so skewed \(.*\) that .* reaches further .*",
     r"変化の分布が強くゆがみ、区間の片側を広げたもの：\1"),
    (r"only (\d+) clusters: .*", r"クラスターが\1個しかなく、誤差は小さく出やすい"),
    (r"no firm names any .*", r"連携先を答えた企業がない"),
)  # fmt: skip


def sample_note(table: pd.DataFrame, lang: str = "ja") -> str:
    """Say in words how many firms a metric's table rests on, what was left out and why, and its notes.

    Parameters
    ----------
    table : pandas.DataFrame
        A table of :func:`shinrenkei.productivity_change`, :func:`shinrenkei.adjusted_change` or another metric
        with ``left_out`` in its ``attrs``.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        Sentences; a reason or note without Japanese words stays as it is.

    Examples
    --------
    >>> table = pd.DataFrame()
    >>> table.attrs = {"firms": 3950, "left_out": {"persons not above zero": 4}, "notes": []}
    >>> sample_note(table), sample_note(table, "en")
    ('集計した企業：3,950社。除いたもの：従業者数が0以下の行 4。', '3,950 firms. Left out: 4 persons not above zero.')
    """
    ja = check_lang(lang) == "ja"
    told, attrs = [], table.attrs
    if "firms" in attrs:
        told.append(f"集計した企業：{attrs['firms']:,}社" if ja else f"{attrs['firms']:,} firms")
    if attrs.get("without_answer"):
        count = f"{attrs['without_answer']:,}"
        told.append(f"うち連携先の回答がないもの：{count}" if ja else f"Without an answer: {count}")
    lost = {_reason(reason, lang): count for reason, count in attrs.get("left_out", {}).items() if count}
    if lost:
        told.append("除いたもの：" + "、".join(f"{words} {count:,}" for words, count in lost.items()) if ja
                    else "Left out: " + ", ".join(f"{count:,} {words}" for words, count in lost.items()))  # fmt: skip
    else:
        told.append("除いたものはない" if ja else "None left out")
    told += [_note(note) if ja else note[:1].upper() + note[1:] for note in attrs.get("notes", [])]
    return "。".join(told) + "。" if ja else ". ".join(told) + "."


def _reason(reason: str, lang: str) -> str:
    """Return the words for a reason; of a control that is missing, with the control's name."""
    if reason in kinds()["left_out"]:
        return label(reason, lang, "left_out")
    if lang == "ja" and reason.endswith(_LACKING):
        return f"{reason.removesuffix(_LACKING).strip()}が分からない企業"
    return reason


def _note(note: str) -> str:
    """Return a note in Japanese, with the names of the types of partner."""
    for pattern, words in _JAPANESE_NOTES:
        found = re.fullmatch(pattern, note)
        if found:
            parts = found.expand(words)
            return re.sub(r"[a-z_]{4,}", lambda code: label(code[0], "ja"), parts).replace(", ", "、")
    return note
