"""What the codebooks of tohoku-2005 cannot say: the counts and the bases behind the printed shares."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from shinrenkei.errors import BuildError
from shinrenkei.recipes.tidy import ReadRaw
from shinrenkei.rounding import bases_behind, counts_behind

_YES_NO = {True: "あり", False: "なし"}
_FIRST = "問1"
"""The question that all firms answer and that decides which questions follow."""


def answers_with_counts(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 順, 印刷, 件数 and 復元: place, whether a share is printed, and the count behind it.

    Raises
    ------
    BuildError
        Where no whole count stands behind a share, or the counts of a single-answer question miss its base.
    """
    counts = pd.Series(
        [_count(share, base) for share, base in zip(frame["割合"], frame["n"], strict=True)], frame.index
    )
    _check_single_answers(frame, counts)
    return frame.assign(
        順=(frame.groupby("節").cumcount() + 1).astype(str),
        印刷=(frame["割合"] != "").map(_YES_NO),
        件数=counts,
        復元=(counts != "").map(_YES_NO),
    )


def _count(share: str, base: str) -> str:
    """Return the one count behind a share, or '' where share or base is not printed or several counts fit."""
    if share == "" or base == "":
        return ""
    found = counts_behind(float(share), int(base))
    if not found:
        msg = f"tohoku-2005/survey_answers: {share} % of {base} is no whole count; expected at least one."
        raise BuildError(msg)
    return str(found[0]) if len(found) == 1 else ""


def _check_single_answers(frame: pd.DataFrame, counts: pd.Series) -> None:
    single = frame["回答形式"] == "ＳＡ"
    for question, rows in frame[single].groupby("設問", sort=False):
        total, base = sum(int(count or 0) for count in counts[rows.index]), rows["n"].iloc[0]
        if str(total) != base:
            msg = (
                f"tohoku-2005/survey_answers, {question}: the counts behind the shares sum to {total}; "
                f"expected the base {base}, as one answer a firm was asked for."
            )
            raise BuildError(msg)


def bases(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Return a row a question: whom it was asked of, or which bases fit where none is printed."""
    first = frame[frame["問"] == _FIRST]
    answered = {
        answer: int(_count(share, base))
        for answer, share, base in zip(first["選択肢"], first["割合"], first["n"], strict=True)
    }
    questions = frame.drop_duplicates("節")
    asked = [asked_of(int(base), answered) if base else [] for base in questions["n"]]
    shares = frame[frame["割合"] != ""].astype({"割合": float}).groupby("節")["割合"].apply(list)
    candidates = range(1, sum(answered.values()) + 1)
    fitting = [
        bases_behind(shares[section], candidates) if base == "" and section in shares else []
        for section, base in zip(questions["節"], questions["n"], strict=True)
    ]
    return questions.assign(
        印刷=(questions["n"] != "").map(_YES_NO),
        回答者=[" + ".join(answers) for answers in asked],
        件数=[" + ".join(str(answered[answer]) for answer in answers) for answers in asked],
        当てはまる母数=[" ".join(map(str, found)) for found in fitting],
    )


def asked_of(base: int, answered: Mapping[str, int]) -> list[str]:
    """Return the only choice of answers whose counts sum to a base.

    Parameters
    ----------
    base
        Printed base of a question.
    answered
        Firms by their answer to the question that filters.

    Raises
    ------
    BuildError
        Where no choice, or more than one, sums to the base.

    Examples
    --------
    >>> asked_of(78, {"ongoing": 72, "planned": 6, "interested": 129})
    ['ongoing', 'planned']
    """
    choices = [
        choice
        for size in range(1, len(answered) + 1)
        for choice in combinations(answered, size)
        if sum(answered[answer] for answer in choice) == base
    ]
    if len(choices) != 1:
        msg = (
            f"tohoku-2005/survey_answers: {len(choices)} choices of the answers to {_FIRST} "
            f"sum to the base {base}; expected one."
        )
        raise BuildError(msg)
    return list(choices[0])
