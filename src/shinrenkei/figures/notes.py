"""What stands under a figure made of microdata: how many firms it rests on, and which were left out."""

from __future__ import annotations

import re

import pandas as pd

from shinrenkei.figures.labels import kinds, label
from shinrenkei.figures.style import check_lang

_LACKING = "missing or not defined"
_NOTES = (  # of the metrics, in Japanese and in English (None: as it is)
    (r"(\d+) of (\d+) firms changed about a thousand times; .*",
     "{1}社のうち{0}社の値が約千倍変わった。両方の年の単位を確かめること", None),
    (r"(.+): changes are so skewed \(.*\) that .* reaches further .*",
     "変化の分布が強くゆがみ、区間の片側を広げたもの：{0}",
     "Changes strongly skewed, interval longer on the side of the long tail: {0}"),
    (r"only (\d+) clusters: .*", "クラスターが{0}個しかなく、誤差は小さく出やすい", None),
    (r"no firm names any .*", "連携先を答えた企業がない", None),
    (r"no log-rank test: no plan has sales by then", "ログランク検定なし：その日までに事業化した計画がない", None),
    (r"no log-rank test: there are no two groups .*", "ログランク検定なし：比べる二つのグループがない", None),
    (r"no log-rank test: on each day .*",
     "ログランク検定なし：事業化の日に追跡中の計画が一つのグループにしかない", None),
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
    >>> sample_note(table)
    '集計した企業：3,950社。除いたもの：従業者数が0以下の行（4）。'
    >>> sample_note(table, "en")
    '3,950 firms. Left out: persons not above zero (4).'
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
        told.append("除いたもの：" + "、".join(f"{words}（{count:,}）" for words, count in lost.items()) if ja
                    else "Left out: " + ", ".join(f"{words} ({count:,})" for words, count in lost.items()))  # fmt: skip
    else:
        told.append("除いたものはない" if ja else "None left out")
    told += [_note(note, lang) for note in attrs.get("notes", [])]
    return "。".join(told) + "。" if ja else ". ".join(told) + "."


def _reason(reason: str, lang: str) -> str:
    """Return the words for a reason; of a control that is missing, with the control's name."""
    if reason in kinds()["left_out"]:
        return label(reason, lang, "left_out")
    if lang == "ja" and reason.endswith(_LACKING):
        return f"{reason.removesuffix(_LACKING).strip()}が分からない企業"
    return reason


def _note(note: str, lang: str) -> str:
    """Return a note of a metric as a sentence without its full stop, with the names of the types of partner."""
    for pattern, ja, en in _NOTES:
        found, words = re.fullmatch(pattern, note), ja if lang == "ja" else en
        if found and words:
            return words.format(
                *(re.sub(r"\w+", lambda code: label(code[0], lang), part) for part in found.groups())
            )
    return note[:1].upper() + note[1:]


def p_text(p_value: float) -> str:
    """Return a p-value as it is written: three decimals, and never as 0.

    Examples
    --------
    >>> p_text(0.0412), p_text(2e-9)
    ('p = 0.041', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def log_rank_note(curve: pd.DataFrame, lang: str = "ja") -> str:
    """Say in a sentence how the log-rank test of :func:`shinrenkei.commercialization_curve` came out.

    Parameters
    ----------
    curve : pandas.DataFrame
        The curves, with ``log_rank`` and ``notes`` in their ``attrs``.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        The sentence; why there is no test, where there is none.

    Examples
    --------
    >>> curve = pd.DataFrame()
    >>> curve.attrs = {"log_rank": {"statistic": 3.4, "df": 1, "p_value": 0.0652}, "notes": []}
    >>> log_rank_note(curve, "en")
    'Log-rank test of equal curves: chi-square = 3.40, df = 1, p = 0.065.'
    """
    ja, test = check_lang(lang) == "ja", curve.attrs["log_rank"]
    if test is None:
        why = curve.attrs["notes"] or ["no log-rank test: there are no two groups with plans to compare"]
        return " ".join(_note(note, lang) + ("。" if ja else ".") for note in why)
    told = f"= {test['statistic']:.2f}, df = {test['df']}, {p_text(test['p_value'])}"
    return (
        f"ログランク検定（曲線は同じか）：カイ二乗 {told}。"
        if ja
        else f"Log-rank test of equal curves: chi-square {told}."
    )


def agreement_note(agreement: pd.DataFrame | None, lang: str = "ja") -> str:
    """Say in one line how far an order agrees with the printed one, of :func:`shinrenkei.rank_agreement`.

    Parameters
    ----------
    agreement : pandas.DataFrame or None
        The ranks, with ``tau_b``, ``p_value`` and ``n`` in their ``attrs``; None where there is no order.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        Kendall's tau-b with its p-value and the number of items.

    Examples
    --------
    >>> agreement = pd.DataFrame()
    >>> agreement.attrs = {"tau_b": 0.7143, "p_value": 0.0002, "n": 14}
    >>> agreement_note(agreement), agreement_note(None, "en")
    ('τ = 0.71, p < 0.001, n = 14', 'an order needs two items or more')
    """
    if agreement is None:
        return (
            "順を比べるには二つ以上がいる" if check_lang(lang) == "ja" else "an order needs two items or more"
        )
    attrs = agreement.attrs
    return f"τ = {attrs['tau_b']:.2f}, {p_text(attrs['p_value'])}, n = {attrs['n']}"
