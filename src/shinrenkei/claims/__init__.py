"""The ledger: every statement the sources print, recomputed from the tidy tables."""

from shinrenkei.claims.ledger import STATUSES, check, contradicted

__all__ = ["STATUSES", "check", "contradicted"]
