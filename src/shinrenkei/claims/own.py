"""Claims of one's own: the statements of any report, checked as the ledger checks those of the sources."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from shinrenkei import catalog
from shinrenkei.claims.facts import Recompute, Tables
from shinrenkei.claims.ledger import STATUSES, check_claim
from shinrenkei.errors import BuildError, InputError, unknown_name


def check_own(
    claims: pd.DataFrame, recompute: Mapping[str, Recompute], tables: Tables = catalog.load
) -> pd.DataFrame:
    """Return claims of one's own with what was recomputed and whether it agrees.

    Parameters
    ----------
    claims
        A row a claim: ``claim_id``; ``printed``, the report's own words or figure; ``kind``, how that is read:
        ``exact``, ``rounded`` (to the last printed digit), ``reading`` (a range that the column ``reading``
        writes, such as ``[55, 65)`` for about 60 per cent) or ``unchecked``.  Other columns stay as they are.
    recompute
        By ``claim_id``, a function that takes ``tables`` and returns the number.
    tables
        A function from a table's name to the table; the package's own tables by default.

    Returns
    -------
    pandas.DataFrame
        The claims with ``recomputed`` (float, missing where nothing is computed), ``allowed`` (the range that was
        read) and ``status``: ``reproduced``, ``differs`` or ``cannot be checked``.

    Raises
    ------
    InputError
        Where a column is missing, a ``claim_id`` stands twice, a kind or a reading cannot be understood, or a
        claim has no function or a function no claim.

    Examples
    --------
    >>> claims = pd.DataFrame(
    ...     {"claim_id": ["wide-area"], "printed": ["約６割"], "kind": ["reading"], "reading": ["[55, 65)"]}
    ... )
    >>> checked = check_own(claims, {"wide-area": lambda tables: 100 * (1 - 122 / 321)})
    >>> checked[["recomputed", "allowed", "status"]].round(1)
       recomputed   allowed      status
    0        62.0  [55, 65)  reproduced
    """
    _check_names(claims, recompute)
    rows = claims.fillna({"reading": ""}).to_dict("records")
    try:
        checked = [
            check_claim("claims", {str(name): value for name, value in row.items()}, recompute, tables)
            for row in rows
        ]
    except BuildError as error:
        raise InputError(str(error)) from None
    table = pd.DataFrame(checked, columns=[*map(str, claims.columns), "recomputed", "allowed", "status"])
    return table.astype({"recomputed": "float64", "status": pd.CategoricalDtype(list(STATUSES))})


def _check_names(claims: pd.DataFrame, recompute: Mapping[str, Recompute]) -> None:
    for column in ("claim_id", "printed", "kind"):
        if column not in claims:
            raise unknown_name(kind="column of claims", name=column, known=map(str, claims.columns))
    twice = claims["claim_id"][claims["claim_id"].duplicated()]
    if len(twice):
        msg = f"claim_id {twice.iloc[0]!r} stands in more than one row of claims."
        raise InputError(msg)
    for name in recompute:
        if name not in set(claims["claim_id"]):
            raise unknown_name(kind="claim_id in recompute", name=name, known=map(str, claims["claim_id"]))
