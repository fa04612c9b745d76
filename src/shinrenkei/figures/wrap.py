"""Line breaks by measured width, by the rules of Japanese and of English."""

from __future__ import annotations

import re
from collections.abc import Callable

# No line begins with these, and none ends with those (JIS X 4051, kinsoku).
_NOT_FIRST = (
    "、。，．・：；？！ー～）」』】〕》〉］｝％円年月日人件社々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%"
)
_NOT_LAST = "（「『【〔《〈［｛([{"
# A number holds together with its unit, a run of Latin letters with itself; every other character may
# stand alone.
_RUN = re.compile(
    r"[0-9０-９][0-9０-９.,]*[十百千万億兆]+[円人社件]?"
    r"|[0-9A-Za-z\u00c0-\u024f.,:'’/%&?=#~+_\-–]+|\s+|.",
    re.DOTALL,
)


def tokens(text: str) -> list[str]:
    """Split a text into the pieces between which a line may break.

    Examples
    --------
    >>> tokens("中小企業庁（2005年）")
    ['中', '小', '企', '業', '庁', '（2005年）']
    >>> tokens("new plans, 2005"), tokens("1千万円超5千万円以下")
    (['new ', 'plans, ', '2005'], ['1千万円', '超', '5千万円', '以', '下'])
    """
    pieces: list[str] = []
    for run in _RUN.findall(text):
        joins = bool(pieces) and (run.isspace() or run[0] in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST)
        if joins:
            pieces[-1] += run
        else:
            pieces.append(run)
    return pieces


def wrap(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Break a text into lines no wider than a width.

    Parameters
    ----------
    text : str
        One paragraph, or several separated by line feeds.
    width : float
        The widest a line may be, in the unit of ``measure``.
    measure : callable
        The width of a piece of text.

    Returns
    -------
    str
        The lines, separated by line feeds; a piece that is wider than ``width`` is broken inside.

    Examples
    --------
    >>> print(wrap("連携体の数、全国", 4, len))
    連携体の
    数、全国
    """
    return "\n".join(line for part in text.split("\n") for line in _wrap_line(part, width, measure))


def wrap_evenly(text: str, width: float, measure: Callable[[str], float]) -> str:
    r"""Break a text like :func:`wrap`, in as few lines, with the lines about equally long.

    Examples
    --------
    >>> wrap("アドホックな事業", 7, len), wrap_evenly("アドホックな事業", 7, len)
    ('アドホックな事\n業', 'アドホッ\nクな事業')
    """
    lines = wrap(text, width, measure)
    count = lines.count("\n")
    if not count:
        return lines
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        tried = wrap(text, share * width, measure)
        whole = max(measure(line) for line in tokens(text)) <= share * width
        if whole and tried.count("\n") == count:
            return tried
    return lines


def _wrap_line(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    lines, line, used = [], "", 0.0
    for piece in _fitting(tokens(text), width, measure):
        size, bare = measure(piece), measure(piece.rstrip())
        if line and used + bare > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line, used = line + piece, used + size
    return [*lines, line.rstrip()]


def _fitting(pieces: list[str], width: float, measure: Callable[[str], float]) -> list[str]:
    # An address without a space may be wider than the figure: break it anywhere rather than clip it.
    out: list[str] = []
    for piece in pieces:
        out += [piece] if measure(piece.rstrip()) <= width else list(piece)
    return out
