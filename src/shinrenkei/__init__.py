"""Cleaning and metrics for the published record of the new-partnership scheme (新連携, 2005-2020).

Names are resolved when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shinrenkei import claims, cleaning, figures, metrics, runs, synthetic
    from shinrenkei.catalog import cite, describe, load, raw, tables
    from shinrenkei.metrics._firms.unpaired import attrition
    from shinrenkei.metrics._firms.value_added import value_added, value_added_definitions
    from shinrenkei.metrics.adjusted import adjusted_change
    from shinrenkei.metrics.bootstrap import bootstrap, bootstrap_change, bootstrap_interval, permutation_test
    from shinrenkei.metrics.bounds import bounded_rate
    from shinrenkei.metrics.models import commercialization_model
    from shinrenkei.metrics.productivity import productivity_change
    from shinrenkei.metrics.ranks import rank_agreement
    from shinrenkei.metrics.rate_comparisons import compare_rates
    from shinrenkei.metrics.rates import commercialization_rate
    from shinrenkei.metrics.shares import share_intervals
    from shinrenkei.metrics.survey import fitting_bases, recover_counts, share_table
    from shinrenkei.metrics.survival import commercialization_curve
    from shinrenkei.metrics.tabulation import tabulate

__version__ = "0.1.0"

_HOMES = {
    "adjusted_change": "metrics.adjusted",
    "attrition": "metrics._firms.unpaired",
    "bootstrap": "metrics.bootstrap",
    "bootstrap_change": "metrics.bootstrap",
    "bootstrap_interval": "metrics.bootstrap",
    "bounded_rate": "metrics.bounds",
    "cite": "catalog",
    "commercialization_curve": "metrics.survival",
    "commercialization_model": "metrics.models",
    "commercialization_rate": "metrics.rates",
    "compare_rates": "metrics.rate_comparisons",
    "describe": "catalog",
    "fitting_bases": "metrics.survey",
    "load": "catalog",
    "permutation_test": "metrics.bootstrap",
    "productivity_change": "metrics.productivity",
    "rank_agreement": "metrics.ranks",
    "raw": "catalog",
    "recover_counts": "metrics.survey",
    "share_intervals": "metrics.shares",
    "share_table": "metrics.survey",
    "tables": "catalog",
    "tabulate": "metrics.tabulation",
    "value_added": "metrics._firms.value_added",
    "value_added_definitions": "metrics._firms.value_added",
}
_MODULES = ("claims", "cleaning", "figures", "metrics", "runs", "synthetic")

__all__ = [
    "adjusted_change",
    "attrition",
    "bootstrap",
    "bootstrap_change",
    "bootstrap_interval",
    "bounded_rate",
    "cite",
    "claims",
    "cleaning",
    "commercialization_curve",
    "commercialization_model",
    "commercialization_rate",
    "compare_rates",
    "describe",
    "figures",
    "fitting_bases",
    "load",
    "metrics",
    "permutation_test",
    "productivity_change",
    "rank_agreement",
    "raw",
    "recover_counts",
    "runs",
    "share_intervals",
    "share_table",
    "synthetic",
    "tables",
    "tabulate",
    "value_added",
    "value_added_definitions",
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
