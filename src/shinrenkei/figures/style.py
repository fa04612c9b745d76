"""One house style: type that shows Japanese everywhere, and colours that survive a grey print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast, get_args
from weakref import WeakKeyDictionary

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager
from matplotlib.figure import Figure

from shinrenkei.errors import InputError, unknown_name

Lang = Literal["ja", "en"]

JAPANESE_FONT = "IPAexGothic"
LATIN_FONT = "DejaVu Sans"

INK = "#1f2430"
MUTED = "#5b6472"
GRID = "#d9dde3"
PAPER = "#ffffff"

# Neighbours differ by at least 11 in CIE lightness, so that a grey copy still tells them apart.
PALETTE = ("#1d3557", "#e0a030", "#2a7f9e", "#a8d0c0", "#8f3a52", "#ece9e0")
HATCHES = ("", "///", "", "...", "xxx", "")
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))

PNG_DPI = 150

_DRAWN: WeakKeyDictionary[Figure, bytes] = WeakKeyDictionary()
"""Figures that were saved, as PNG."""


def check_lang(lang: str) -> Lang:
    """Return ``lang`` where it is one of the two languages of the figures.

    Examples
    --------
    >>> check_lang("ja")
    'ja'
    """
    if lang not in get_args(Lang):
        raise unknown_name(kind="language", name=lang, known=get_args(Lang))
    return lang  # type: ignore[return-value]


@lru_cache(maxsize=1)
def register_japanese_font() -> str:
    """Make the bundled Japanese font known to matplotlib and return its family name.

    The package that bundles it sets ``rcParams`` for everybody when it is imported; it is therefore only
    located here, never imported.

    Raises
    ------
    InputError
        Where the font is not installed.
    """
    spec = find_spec("matplotlib_fontja")
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "fonts" / "ipaexg.ttf" if folders else None
    if path is None or not path.is_file():
        msg = "The Japanese font is missing: install matplotlib-fontja, which brings fonts/ipaexg.ttf."
        raise InputError(msg)
    font_manager.fontManager.addfont(str(path))
    return JAPANESE_FONT


def font_families(lang: str = "ja") -> list[str]:
    """Return the font families of a language, the second one for letters that the first one lacks.

    Examples
    --------
    >>> font_families("en")
    ['DejaVu Sans', 'IPAexGothic']
    """
    japanese = register_japanese_font()
    return [japanese, LATIN_FONT] if check_lang(lang) == "ja" else [LATIN_FONT, japanese]


def style(lang: str = "ja") -> dict[str, Any]:
    """Return the rcParams of the house style.

    Parameters
    ----------
    lang : {"ja", "en"}
        Language of the labels; it decides which font comes first.

    Returns
    -------
    dict
        rcParams, to be given to ``matplotlib.rc_context``.

    Examples
    --------
    >>> style("ja")["svg.fonttype"]
    'path'
    """
    families = font_families(lang)
    size = 9.5 if lang == "ja" else 9.0
    return {
        "font.family": families,
        "font.size": size,
        "axes.titlesize": size + 1,
        "axes.labelsize": size,
        "axes.titlelocation": "left",
        "axes.unicode_minus": True,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.8,
        "axes.axisbelow": True,
        "axes.grid": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": PAPER,
        "axes.prop_cycle": cycler(color=PALETTE),
        "figure.facecolor": PAPER,
        "figure.dpi": 100,
        "figure.titlesize": size + 3,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "hatch.linewidth": 0.7,
        "hatch.color": PAPER,
        "legend.frameon": False,
        "legend.fontsize": size,
        "lines.linewidth": 1.8,
        "lines.markersize": 6,
        "patch.linewidth": 0.6,
        "savefig.dpi": PNG_DPI,
        "savefig.bbox": None,
        "svg.fonttype": "path",
        "svg.hashsalt": "shinrenkei",
        "pdf.fonttype": 42,
        "text.color": INK,
        # Without hinting a text is as wide at every resolution as it was measured.
        "text.hinting": "no_hinting",
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": size,
        "ytick.labelsize": size,
    }


@contextmanager
def style_context(lang: str = "ja") -> Iterator[None]:
    """Use the house style inside a ``with`` block only.

    Examples
    --------
    >>> with style_context("en"):
    ...     mpl.rcParams["font.family"][0]
    'DejaVu Sans'
    """
    with mpl.rc_context(cast("Any", style(lang))):
        yield


def use_style(lang: str = "ja") -> None:
    """Use the house style from here on, and show figures that are the last value of a notebook's cell.

    Parameters
    ----------
    lang : {"ja", "en"}
        Language of the labels.

    Raises
    ------
    UnknownNameError
        Where ``lang`` is neither.

    Examples
    --------
    >>> with mpl.rc_context():
    ...     use_style("ja")
    ...     mpl.rcParams["font.family"][0]
    'IPAexGothic'
    """
    mpl.rcParams.update(cast("Any", style(lang)))
    _show_figures_in_notebooks()


def _show_figures_in_notebooks() -> None:
    # Our figures are made without pyplot, so that they never pile up; IPython must be told how to show them.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Figure, png_bytes)


def keep_png(figure: Figure, png: bytes) -> None:
    """Keep what was drawn of a figure, to be shown until something in the figure changes."""
    figure.stale = False
    _DRAWN[figure] = png


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as PNG, the same bytes for the same figure."""
    from io import BytesIO

    if figure in _DRAWN and not figure.stale:
        return _DRAWN[figure]
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def lightness(colour: str) -> float:
    """Return the CIE lightness L* (0 black, 100 white) of a colour: what is left of it on a grey print.

    References
    ----------
    CIE 15:2004, Colorimetry, eq. 8.3.

    Examples
    --------
    >>> round(lightness("#ffffff")), round(lightness("#000000"))
    (100, 0)
    """
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def ink_on(colour: str) -> str:
    """Return the text colour that can be read on a colour.

    Examples
    --------
    >>> ink_on(PALETTE[0])
    '#ffffff'
    """
    return PAPER if lightness(colour) < 60 else INK
