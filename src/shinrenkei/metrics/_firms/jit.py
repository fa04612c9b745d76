"""Compile a kernel to machine code, kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled, without the interpreter's lock, so that threads can share the work."""
    try:
        return njit(function, cache=True, nogil=True)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return njit(function, nogil=True)
