"""What stands with a number or a share: `parse_qualifier`."""

from __future__ import annotations

from typing import Any

from shinrenkei.cleaning.errors import Unreadable
from shinrenkei.cleaning.numbers import nothing, or_symbol
from shinrenkei.cleaning.series import Errors, Reader, read, strings
from shinrenkei.cleaning.shares import is_share


def parse_qualifier(values: Any, *, errors: Errors = "raise") -> Any:
    """Read the qualifier beside a number or a share: 約, 程度, 以上, 未満, 超, ...; missing where there is none.

    Parameters
    ----------
    values, errors
        As for `parse_number` and `parse_share`.

    Returns
    -------
    str, None or pandas.Series
        As printed; a Series is of dtype ``str``.

    Raises
    ------
    CleaningError
        When a value is not a number or a share with or without a qualifier.

    Examples
    --------
    >>> import pandas as pd
    >>> parse_qualifier(pd.Series(["約40社", "40社", "40社以上", "3割弱"])).tolist()
    ['約', nan, '以上', '弱']
    """
    return read(
        values, Reader("a number with or without a qualifier such as 約", _qualifier, strings), errors
    )


def _qualifier(value: object) -> str | None:
    try:
        amount = or_symbol(value, nothing)
    except Unreadable:
        share = is_share(value) if isinstance(value, str) else None
        if share is None:
            raise
        return (share["before"] + share["after"]) or None
    return amount.qualifier if amount else None
