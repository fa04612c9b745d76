"""Fields side by side: a two-by-two of types, and a tile map of the prefectures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.figures.labels import kinds, labels
from shinrenkei.figures.layout import finish, house_layout, line_height, new_figure, text_width, wrap_text
from shinrenkei.figures.parts import amount, axes_size_pt, check_table, numbers, set_row_labels, styled
from shinrenkei.figures.style import INK, MUTED, PALETTE, PAPER, ink_on

# Where a prefecture (JIS code) stands in the tile map: column from the west, row from the north.
TILES: Mapping[str, tuple[float, float]] = {
    "01": (13, 0), "02": (12, 1), "05": (11, 2), "03": (12, 2), "06": (11, 3), "04": (12, 3),
    "17": (9, 4), "16": (10, 4), "15": (11, 4), "07": (12, 4),
    "32": (3, 5), "31": (4, 5), "28": (5, 5), "26": (6, 5), "25": (7, 5), "18": (8, 5), "21": (9, 5),
    "20": (10, 5), "10": (11, 5), "09": (12, 5), "08": (13, 5),
    "35": (2, 6), "34": (3, 6), "33": (4, 6), "27": (6, 6), "29": (7, 6), "24": (8, 6), "23": (9, 6),
    "19": (10, 6), "11": (11, 6), "13": (12, 6), "12": (13, 6),
    "30": (6, 7), "22": (10, 7), "14": (11, 7),
    "38": (3, 7.3), "37": (4, 7.3), "39": (3, 8.3), "36": (4, 8.3),
    "42": (-1, 7), "41": (0, 7), "40": (1, 7), "43": (0, 8), "44": (1, 8), "46": (0, 9), "45": (1, 9),
    "47": (-1, 10.3),
}  # fmt: skip
_WIDE, _HIGH = 15.2, 11.5
_SMALLEST_PT = 3.8


@styled
def tile_map(
    table: pd.DataFrame,
    prefecture: str,
    value: str,
    *,
    missing: float | None = None,
    decimals: int = 0,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw the 47 prefectures as tiles of one size, about where they lie, with their numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a prefecture.
    prefecture : str
        Column with the JIS code (``"01"`` to ``"47"``) or the Japanese name.
    value : str
        Column with the number; darker is more.
    missing : float, optional
        The value of a prefecture that has no row: 0 where the table lists every firm; without it such a
        prefecture is empty.
    decimals : int
        Decimals of the numbers.
    title, note : str, optional
        Above and below the panel.
    lang : {"ja", "en"}
        Language of the labels.

    Returns
    -------
    matplotlib.figure.Figure
        The chart.

    Raises
    ------
    UnknownNameError
        Where a prefecture or a column is unknown.
    InputError
        Where a prefecture stands twice.

    Examples
    --------
    >>> firms = pd.DataFrame({"prefecture": ["13", "愛知県"], "firms": [28, 14]})
    >>> len(tile_map(firms, "prefecture", "firms").axes[0].patches)
    47
    """
    check_table(table, prefecture, value)
    found = dict(zip([_jis(cell) for cell in table[prefecture]], numbers(table, value), strict=True))
    if len(found) < len(table):
        msg = f"A prefecture stands twice in column {prefecture!r}; expected one row a prefecture."
        raise InputError(msg)
    values = {code: found.get(code, math.nan if missing is None else missing) for code in TILES}
    most = max((v for v in values.values() if not math.isnan(v)), default=0.0)
    fig = new_figure(title, body_mm=10)
    ax = fig.add_subplot()
    shades = LinearSegmentedColormap.from_list("ink", [PALETTE[5], PALETTE[3], PALETTE[2], PALETTE[0]])
    texts = []
    for code, (column, row) in TILES.items():
        number = values[code]
        dark = 0.0 if math.isnan(number) or most <= 0 else max(number, 0) / most
        colour = PAPER if math.isnan(number) or number == 0 else to_hex(shades(0.12 + 0.88 * dark))
        ax.add_patch(Rectangle((column, row), 0.96, 0.96, facecolor=colour, edgecolor=MUTED, linewidth=0.6))
        words = "–" if math.isnan(number) else amount(number, decimals)
        texts.append((_tile_text(ax, column, row, ink_on(colour)), _name(code, lang), words))
    _bare(ax, (-1.1, _WIDE - 1.1), (_HIGH - 0.1, -0.1))
    ax.set_aspect("equal")
    house_layout(fig).before.append(lambda fig: fig.get_figwidth() * 72 * _HIGH / _WIDE)
    house_layout(fig).after.append(lambda _: _shrink(ax, texts))
    return finish(fig, note)


def _jis(cell: Any) -> str:
    words = kinds()["prefecture"]
    if str(cell) in words:
        return str(cell)
    names = {ja: code for code, (ja, _) in words.items()}
    if str(cell) not in names:
        raise unknown_name(kind="prefecture", name=cell, known=names)
    return names[str(cell)]


def _name(code: str, lang: str) -> str:
    ja, en = kinds()["prefecture"][code]
    return en if lang == "en" else ja if ja == "北海道" else ja[:-1]


def _tile_text(ax: Axes, column: float, row: float, colour: str) -> Text:
    return ax.text(column + 0.48, row + 0.5, "", ha="center", va="center", color=colour, linespacing=1.15)


def _shrink(ax: Axes, texts: Sequence[tuple[Text, str, str]]) -> float:
    # Names differ much in length: each takes the size that its tile has room for; in a tile too small for
    # any readable name the number stands alone, and the place says the rest.
    unit = axes_size_pt(ax)[0] / _WIDE
    for text, name, number in texts:
        text.set_fontsize(10)
        font = text.get_fontproperties()
        size = 9.2 * unit / max(text_width(name, font), text_width(number, font))
        readable = size >= _SMALLEST_PT
        text.set_text(f"{name}\n{number}" if readable else number)
        text.set_fontsize(min(7.0, size if readable else 9.2 * unit / text_width(number, font), 0.38 * unit))
    return 0.0


def _bare(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    ax.set(xlim=x, ylim=y, xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


@styled
def two_by_two(
    table: pd.DataFrame,
    column: str,
    row: str,
    text: str,
    *,
    heading: str | None = None,
    words: Mapping[Any, str] | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw types that two questions make: four fields, each with its heading and its examples.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an example; several rows may stand in one field.
    column, row : str
        Columns whose two values each make the columns and the rows of the fields.
    text : str
        Column with the text of the example.
    heading : str, optional
        Column with the name of the field, written in its corner.
    words : mapping, optional
        Words that go before the package's own.
    title, note : str, optional
        Above and below the panel.
    lang : {"ja", "en"}
        Language of the labels.

    Returns
    -------
    matplotlib.figure.Figure
        The chart.

    Raises
    ------
    InputError
        Where a question has other than two answers.

    Examples
    --------
    >>> types = pd.DataFrame({"start": ["sme", "startup"], "mode": ["system", "ad_hoc"], "who": ["x", "y"]})
    >>> len(two_by_two(types, "start", "mode", "who").axes[0].patches)
    4
    """
    check_table(table, column, row, text, heading)
    across, down = (list(dict.fromkeys(table[name])) for name in (column, row))
    for name, values in ((column, across), (row, down)):
        if len(values) != 2:
            msg = f"Column {name!r} has {len(values)} values; a two-by-two needs two."
            raise InputError(msg)
    fig = new_figure(title, body_mm=45)
    ax = fig.add_subplot()
    fields: list[tuple[Text, str]] = []
    for i, left in enumerate(across):
        for j, top in enumerate(down):
            ax.add_patch(Rectangle((i, j), 0.98, 0.97, facecolor=PAPER, edgecolor=MUTED, linewidth=0.8))
            rows = table[(table[column] == left) & (table[row] == top)]
            fields.append(_field(ax, i, j, _words_in(rows, text, heading, lang)))
    _bare(ax, (0, 1.98), (1.97, 0))
    ax.set_xticks([0.49, 1.49], labels(across, lang, words))
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    set_row_labels(ax, [0.49, 1.49], labels(down, lang, words), share=0.16)
    house_layout(fig).before.append(lambda _: _fill(ax, fields))
    return finish(fig, note)


def _words_in(rows: pd.DataFrame, text: str, heading: str | None, lang: str) -> str:
    joint, colon = ("・", "：") if lang == "ja" else (", ", ":")
    head = joint.join(dict.fromkeys(str(cell) for cell in rows[heading])) if heading else ""
    return "\n".join([*([f"{head}{colon}"] if head else []), *(str(cell) for cell in rows[text])])


def _field(ax: Axes, i: int, j: int, body: str) -> tuple[Text, str]:
    artist = ax.text(i + 0.03, j + 0.06, body, va="top", ha="left", color=INK, size="small", linespacing=1.25)
    artist.set_in_layout(False)
    return artist, body


def _fill(ax: Axes, fields: Sequence[tuple[Text, str]]) -> float:
    room = axes_size_pt(ax)[0] / 2 * 0.9
    lines = max(wrap_text(artist, body, room) for artist, body in fields)
    return 2 * (lines * line_height(fields[0][0].get_fontproperties()) / 0.85 + 8) + 24
