"""The ledger: every statement the sources print, recomputed from the tidy tables."""

from shinrenkei.claims.ledger import STATUSES, check, contradicted
from shinrenkei.claims.own import check_own

__all__ = ["STATUSES", "check", "check_own", "contradicted"]
