"""The whole counts that stand behind a printed, rounded percentage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def counts_behind(share_pct: float, n: int, decimals: int = 1) -> range:
    """Return every whole count whose percentage of ``n`` prints as ``share_pct``.

    A percentage that lies exactly half way is accepted on both sides, because a source does not say whether
    it rounds halves up or to even. The arithmetic is in whole numbers, so no count is lost to a float.

    Parameters
    ----------
    share_pct
        The printed percentage, 0 to 100.
    n
        The base, at least 1.
    decimals
        Decimal places printed.

    Returns
    -------
    range
        The counts in ascending order, within 0 to ``n``; empty where no whole count fits, and of length 1
        where the count is certain.

    Raises
    ------
    ValueError
        If ``n`` is below 1 or ``share_pct`` has more than ``decimals`` decimal places.

    Examples
    --------
    >>> list(counts_behind(23.2, n=311))
    [72]
    >>> list(counts_behind(31.7, n=44))
    []
    """
    if n < 1:
        msg = f"n is {n}; a base is expected to be at least 1"
        raise ValueError(msg)
    scale = 10**decimals
    printed = round(share_pct * scale)
    if abs(share_pct * scale - printed) > 1e-6:
        msg = f"share_pct is {share_pct}; at most {decimals} decimal places are expected"
        raise ValueError(msg)
    # |100 * scale * count / n - printed| <= 1/2, multiplied out
    lowest = -((n - 2 * printed * n) // (200 * scale))
    highest = (2 * printed * n + n) // (200 * scale)
    return range(max(lowest, 0), min(highest, n) + 1)


def bases_behind(shares_pct: Sequence[float], candidates: Iterable[int], decimals: int = 1) -> list[int]:
    """Return the bases among ``candidates`` for which every printed percentage has a whole count.

    Parameters
    ----------
    shares_pct
        Percentages printed for one question, 0 to 100.
    candidates
        The bases to try, each at least 1.
    decimals
        Decimal places printed.

    Returns
    -------
    list of int
        The bases that fit, in the order given.

    Examples
    --------
    >>> bases_behind([47.4, 33.3], range(1, 100))
    [57, 78]
    """
    return [n for n in candidates if all(counts_behind(share, n, decimals) for share in shares_pct)]
