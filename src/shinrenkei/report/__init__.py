"""What finished runs come to: the static site, the workbook, and the metadata for an archive."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shinrenkei.report.rocrate import write_crate
    from shinrenkei.report.site import build
    from shinrenkei.report.workbook import write_workbook

_HOMES = {"build": "site", "write_crate": "rocrate", "write_workbook": "workbook"}

__all__ = ["build", "write_crate", "write_workbook"]


def __getattr__(name: str) -> Any:
    """Return a public name from the module that holds it, imported with its first use."""
    if name not in _HOMES:
        msg = f"module 'shinrenkei.report' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"shinrenkei.report.{_HOMES[name]}"), name)
