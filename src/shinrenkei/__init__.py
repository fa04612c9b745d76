"""Cleaning and metrics for the published record of the new-partnership scheme (新連携, 2005-2020).

Names are resolved when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shinrenkei import claims, cleaning, figures, metrics, runs, synthetic
    from shinrenkei.catalog import cite, describe, load, raw, tables
    from shinrenkei.metrics.rates import commercialization_rate
    from shinrenkei.metrics.survey import recover_counts, share_table

__version__ = "0.1.0"

_HOMES = {
    "cite": "catalog",
    "describe": "catalog",
    "load": "catalog",
    "raw": "catalog",
    "tables": "catalog",
    "commercialization_rate": "metrics.rates",
    "recover_counts": "metrics.survey",
    "share_table": "metrics.survey",
}
_MODULES = ("claims", "cleaning", "figures", "metrics", "runs", "synthetic")

__all__ = [
    "cite",
    "claims",
    "cleaning",
    "commercialization_rate",
    "describe",
    "figures",
    "load",
    "metrics",
    "raw",
    "recover_counts",
    "runs",
    "share_table",
    "synthetic",
    "tables",
]


def __getattr__(name: str) -> Any:
    """Import a public name where it lives, once."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, resolved or not."""
    return sorted({*globals(), *__all__})
