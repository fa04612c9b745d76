"""Respondents made to match a printed table of answers."""

from __future__ import annotations

from itertools import cycle, islice

import pandas as pd

from shinrenkei.errors import InputError, unknown_name


def respondents(
    counts: pd.DataFrame,
    question: str,
    n: int,
    *,
    answer: str = "answer",
    count: str = "count",
    no_answer: str | None = None,
) -> pd.DataFrame:
    """Return a row a respondent whose answers give the printed counts again.

    Each answer's count and the base are those of the table; which answers one respondent gave together is
    not printed and is arranged here, so nothing may be read from two answers side by side.

    Parameters
    ----------
    counts : pandas.DataFrame
        A row an answer.
    question : str
        Name of the column of answers in the result.
    n : int
        The question's base: those who were asked.
    answer, count : str
        Columns of ``counts`` with the answer and how many gave it.
    no_answer : str, optional
        The answer (不明) of those who gave none.

    Returns
    -------
    pandas.DataFrame
        ``n`` rows with the column ``question``: the answer where everyone gave one, else a list of answers;
        missing for those who gave none.

    Raises
    ------
    UnknownNameError
        Where a column is missing.
    InputError
        Where a count is missing, or the counts cannot be those of ``n`` respondents with an answer or more.

    Examples
    --------
    >>> printed = pd.DataFrame({"answer": ["sales", "skill", "unknown"], "count": [2, 1, 1]})
    >>> respondents(printed, "Q7", 3, no_answer="unknown")["Q7"].tolist()
    [['sales', 'skill'], ['sales'], None]
    """
    for column in (answer, count):
        if column not in counts:
            raise unknown_name(kind="column", name=column, known=[str(name) for name in counts])
    given = dict(zip(counts[answer], counts[count], strict=True))
    missing = [name for name, number in given.items() if pd.isna(number)]
    if missing:
        msg = f"The answer {missing[0]!r} has no count; expected one for every answer."
        raise InputError(msg)
    answered = n - int(given.pop(no_answer, 0))
    most, total = max(given.values(), default=0), sum(given.values())
    if not most <= answered <= total:
        msg = (
            f"Counts of {total} in all and {most} at most cannot be those of {answered} respondents "
            f"with an answer or more."
        )
        raise InputError(msg)
    cells: list[list[str]] = [[] for _ in range(n)]
    places = cycle(range(answered))
    # Going round, no one is given an answer twice and everyone gets one, since most <= answered <= total.
    for name, number in given.items():
        for place in islice(places, int(number)):
            cells[place].append(name)
    made = [(cell[0] if total == answered else cell) if cell else None for cell in cells]
    return pd.DataFrame({question: pd.Series(made, dtype="object")})
