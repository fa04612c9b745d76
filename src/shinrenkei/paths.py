"""Where the data lies: in a checkout beside the package, in an installed wheel inside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shinrenkei.errors import InputError

PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """Return the root of the checkout the package is run from, or None where it is installed."""
    root = PACKAGE.parents[1]
    return root if (root / "data" / "raw" / "datapackage.json").is_file() else None


@cache
def data_dir() -> Path:
    """Return the folder that holds ``raw`` and ``processed``.

    Raises
    ------
    InputError
        Where neither a checkout nor the installed package holds the data.
    """
    root = checkout()
    folder = root / "data" if root else PACKAGE / "_data"
    if not folder.is_dir():
        msg = f"No data found: neither a checkout's data/ nor {folder} exists; reinstall shinrenkei."
        raise InputError(msg)
    return folder


def require_checkout() -> Path:
    """Return the root of the checkout, for what works on its files.

    Raises
    ------
    InputError
        Where the package is installed without its checkout.
    """
    root = checkout()
    if root is None:
        msg = (
            "This works in a checkout of the repository (with data/raw in it), not from an installed package."
        )
        raise InputError(msg)
    return root
