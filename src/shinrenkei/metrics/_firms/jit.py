"""Compile a kernel to machine code, kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled, without the interpreter's lock, so that threads can share the work."""
    return _compiled(function)


def compiled_sum(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled with leave to add numbers up in any order, several at a time."""
    return _compiled(function, fastmath={"reassoc", "nsz"})


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    try:
        return njit(function, cache=True, nogil=True, **options)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return njit(function, nogil=True, **options)
