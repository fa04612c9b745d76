"""Survey questions tabulated: shares with intervals, and cross tables with a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._frames import (
    By,
    as_names,
    check_confidence,
    check_text,
    check_whole,
    lazy,
    one_of,
    require_columns,
)
from shinrenkei.metrics._intervals import Floats, remark, wilson
from shinrenkei.metrics._keys import check_column, column_names, require_keys, with_plain_keys
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._patterns import (
    RESERVED,
    AnswerType,
    Cell,
    Columns,
    Patterns,
    as_text,
    read_answers,
    sampling_fractions,
)
from shinrenkei.metrics._raoscott import Ticks, independence

_RESULT = ("answer", "count", "n", "share", "share_pct", "lower", "upper", "note")


@carries_mark
def tabulate(
    answers: IntoFrame,
    question: str,
    by: By = None,
    *,
    answer_type: AnswerType = "auto",
    sep: str = ";",
    order: str | Sequence[str] | None = None,
    no_answer: str | None = None,
    asked: str | None = None,
    weights: str | None = None,
    population: int | Mapping[Any, int] | None = None,
    confidence: float = 0.95,
    small: int = 30,
) -> pd.DataFrame:
    """Return how often each answer to a question was given, with base, share and interval, group by group.

    Parameters
    ----------
    answers : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a respondent, with the answer in a column named ``question``; several answers stand in one cell,
        joined by ``sep`` or as a list, or in a column each, ``<question>_<answer>``, true or 1 where ticked.
        Or a row an answer, with columns ``respondent``, ``question`` and ``answer``.
    question : str
        The question's name.
    by : str or list of str, optional
        Columns to cross the question with.
    answer_type : {"auto", "single", "multiple"}, default "auto"
        Whether a respondent may give several answers; "auto" looks whether any does.
    sep : str, default ";"
        What joins several answers in one cell.
    order : str or list of str, optional
        The answers there are, in the order to be shown, those that nobody gave as well; without it only those that
        some row holds.
    no_answer : str, optional
        The label (不明) under which those asked who gave no answer are counted, in the base; without it they
        are left out of the base.  An empty cell is no answer; of a multiple question, with this label, a row
        without any tick as well.  No answer in the data can have this label.
    asked : str, optional
        A column of true and false, or 1 and 0: who was asked, by a filter question.  The others, and empty cells,
        are not part of the base.
    weights : str, optional
        A column of weights, 0 or more; the intervals and the test allow for the spread they cause.
    population : int or mapping of groups to int, optional
        How many the respondents are a sample of: the intervals get the finite-population correction.  One
        number for the whole survey gives each group the same sampling fraction.
    confidence : float, default 0.95
        Level of the intervals.
    small : int, default 30
        Bases below it are called small in the note.

    Returns
    -------
    pandas.DataFrame
        ``by``, ``answer``, ``count`` (Int64, respondents), ``n`` (Int64, the base), ``share`` (0-1,
        weighted), ``share_pct``, ``lower``, ``upper`` (0-1), ``note``.  In ``attrs``: ``question``,
        ``answer_type``, ``confidence``, ``method``, ``weights``, ``sampling_fraction`` (where one for all),
        ``left_out`` (respondents by reason) and, with ``by``, ``test``: None where there is none, else
        ``method``, ``reference``, ``statistic``, ``df``, ``p_value`` and the uncorrected, first-order and
        second-order versions.

    Raises
    ------
    InputError
        Where the question or a column is unknown, an answer is not in ``order`` or has the label ``no_answer``,
        weights are not known and 0 or more, or the population is smaller than the respondents.

    Notes
    -----
    The interval is Wilson's with the effective base n / deff * (N - 1) / (N - n), where deff is the design
    effect of the weights on this very share, or 1 + cv(weights)² where the share is 0 or 1, and N the
    group's base over the sampling fraction.  The test ignores the finite population: it asks about the
    process behind the answers.

    References
    ----------
    Kish, L. (1965). Survey Sampling, sections 2.2 and 8.2. Wiley.
    Franco, C., Little, R. J. A., Louis, T. A. and Slud, E. V. (2019). Comparative study of confidence
    intervals for proportions in complex sample surveys. Journal of Survey Statistics and Methodology 7,
    334-364.
    The test's references stand with it: ``attrs["test"]["reference"]``. The equations are in
    docs/methods/surveys.md.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = pd.DataFrame({"Q7": ["sales;skill", "skill", "sales", "skill;risk"]})
    >>> tabulate(survey, "Q7")[["answer", "count", "n", "share"]]
      answer  count  n  share
    0   risk      1  4   0.25
    1  sales      2  4   0.50
    2  skill      3  4   0.75
    """
    names = column_names(by)
    _check_different(question, names, asked)
    check_confidence(confidence)
    check_whole("small", small, 0)
    check_text("sep", sep)
    if no_answer is not None:
        check_text("no_answer", no_answer)
    one_of(answer_type, get_args(AnswerType), "answer_type")
    frame = lazy(answers, "answers")
    require_keys(frame, names, reserved=(*_RESULT, *RESERVED))
    frame = with_plain_keys(frame, names)
    if question in frame.collect_schema():
        require_columns(frame, [question], reserved=RESERVED)
    patterns = read_answers(frame, question, Columns(names, asked, weights), answer_type, sep)
    rows, left_out = _base(patterns, no_answer)
    labels = _labels(patterns, rows, order, no_answer)
    ticks, groups = _ticks(rows, labels, names)
    respondents = np.bincount(ticks.group, rows["respondents"], len(groups))
    fraction = sampling_fractions(patterns.table, names, population, groups)
    table = _shares(ticks, rows["respondents"].to_numpy(), respondents, fraction, confidence)
    result = _lay_out(table, groups, names, labels)
    result["note"] = [_note(n, share, small) for n, share in zip(result["n"], result["share"], strict=True)]
    result.attrs = {
        "question": question,
        "answer_type": "multiple" if patterns.multiple else "single",
        "confidence": confidence,
        "method": _method(weighted=weights is not None, corrected=population is not None),
        "weights": weights,
        "sampling_fraction": float(fraction[0]) if len(set(fraction)) == 1 else None,
        "left_out": left_out,
    }
    if names:
        result.attrs["test"] = _test(
            ticks, rows, names, multiple=patterns.multiple, weighted=weights is not None
        )
    return result[[*names, *_RESULT]]


def _check_different(question: str, by: list[str], asked: str | None) -> None:
    """Refuse what is no column name, and one column in two places."""
    check_column(question, "question")
    if asked is not None:
        check_column(asked, "asked")
    named = {"question": [question], "by": by, "asked": [asked] if asked else []}
    for one, other in combinations(named, 2):
        for name in [name for name in named[one] if name in named[other]]:
            message = (
                f"Column {name!r} is named in both {one} and {other}; expected a column of its own for each."
            )
            raise InputError(message)


def _note(n: int, share: float, small: int) -> str:
    """Say what makes a share weak or leaves it empty."""
    weightless = "all weights are 0" if n and np.isnan(share) else ""
    return "; ".join(filter(None, [remark(n, small, "nobody was asked"), weightless]))


def _base(patterns: Patterns, no_answer: str | None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the patterns that make up the base, and the respondents left out of it by reason."""
    table = patterns.table
    if no_answer is not None and any(no_answer in cell for cell in table["cell"] if cell):
        message = (
            f"no_answer={no_answer!r} is an answer in the data; expected a label that nobody gave as one."
        )
        raise InputError(message)
    silent = table["cell"].isna() | (table["cell"].str.len().eq(0) & (no_answer is not None))
    left_out = {"not asked": ~table["asked"]}
    if no_answer is None:
        left_out["no answer"] = table["asked"] & silent
        rows = table[table["asked"] & ~silent]
    else:
        rows = table[table["asked"]].copy()
        rows["cell"] = rows["cell"].where(
            ~silent[table["asked"]], other=pd.Series([(no_answer,)] * len(rows), rows.index)
        )
    counts = {reason: int(table.loc[out, "respondents"].sum()) for reason, out in left_out.items()}
    return rows.reset_index(drop=True), {reason: count for reason, count in counts.items() if count}


def _labels(
    patterns: Patterns, rows: pd.DataFrame, order: str | Sequence[str] | None, no_answer: str | None
) -> list[str]:
    labels = list(patterns.order)
    if order is not None:
        labels = as_names([as_text(label) for label in as_names(order, "order")], "order")
    if no_answer is not None and no_answer not in labels:
        labels.append(no_answer)
    given = {answer for cell in rows["cell"] for answer in cell}
    for answer in sorted(given.difference(labels)):
        error = unknown_name("answer", answer, labels)
        raise error
    return labels


def _ticks(rows: pd.DataFrame, labels: list[str], by: list[str]) -> tuple[Ticks, pd.Index]:
    """Return the patterns as numbers, and the groups in their order."""
    place = {label: column for column, label in enumerate(labels)}
    ticked = np.zeros((len(rows), len(labels)))
    cells: Sequence[Cell] = rows["cell"].tolist()
    for row, cell in enumerate(cells):
        ticked[row, [place[answer] for answer in cell or ()]] = 1
    if by:
        grouped = rows.groupby(by, dropna=False, observed=True, sort=True)
        group, groups = grouped.ngroup().to_numpy(), grouped.size().index
    else:
        group, groups = np.zeros(len(rows), dtype=int), pd.RangeIndex(1)
    weight, weight2 = (rows[name].to_numpy(dtype=float) for name in ("weight", "weight2"))
    return Ticks(ticked, group, weight, weight2), groups


def _shares(
    ticks: Ticks, rows: np.ndarray, respondents: np.ndarray, fraction: Floats, confidence: float
) -> dict[str, np.ndarray]:
    """Return the columns of the result as arrays of shape (groups, answers)."""
    member = np.eye(len(respondents))[ticks.group].T
    count = (member * rows) @ ticks.ticked
    size, square = (member @ values for values in (ticks.weight, ticks.weight2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (member * ticks.weight) @ ticks.ticked / size[:, None]
        base = np.broadcast_to(respondents[:, None], share.shape)
        # sum of w² (x - p)² over p (1 - p), by n / W²: 1 for equal weights
        spread = (member * ticks.weight2) @ ticks.ticked * (1 - 2 * share) + square[:, None] * share**2
        deff = spread / (share * (1 - share)) * base / size[:, None] ** 2
        kish = np.broadcast_to((respondents * square / size**2)[:, None], share.shape)
        whole = respondents / fraction
        correction = np.where(fraction > 0, (whole - 1) / (whole - respondents), 1.0)
        effective = base / np.where((share > 0) & (share < 1), deff, kish) * correction[:, None]
    lower, upper = share.copy(), share.copy()
    # an infinite base is a census: the share is known
    known = np.isfinite(effective) & np.isfinite(share)
    lower[known], upper[known] = wilson(share[known], effective[known], confidence)
    return {
        "count": count,
        "n": base,
        "share": share,
        "share_pct": 100 * share,
        "lower": lower,
        "upper": upper,
    }


def _lay_out(
    columns: dict[str, np.ndarray], groups: pd.Index, by: list[str], labels: list[str]
) -> pd.DataFrame:
    """Return a row a group and answer."""
    keys = groups.to_frame(index=False).set_axis(by, axis=1) if by else pd.DataFrame(index=groups)
    table = keys.loc[keys.index.repeat(len(labels))].reset_index(drop=True)
    table["answer"] = np.tile(np.array(labels, dtype=object), len(groups))
    table = table.assign(**{name: values.ravel() for name, values in columns.items()})
    return table.astype({"answer": "str", "count": "Int64", "n": "Int64"})


def _method(*, weighted: bool, corrected: bool) -> str:
    parts = ["Wilson", "effective base of the weights" * weighted, "finite-population correction" * corrected]
    return ", ".join(filter(None, parts))


def _test(
    ticks: Ticks, rows: pd.DataFrame, by: list[str], *, multiple: bool, weighted: bool
) -> dict[str, Any] | None:
    """Test the groups that are known, counted anew from 0."""
    known = rows[by].notna().all(axis=1).to_numpy()
    if not known.any():
        return None
    group = np.unique(ticks.group[known], return_inverse=True)[1]
    chosen = Ticks(ticks.ticked[known], group, ticks.weight[known], ticks.weight2[known])
    respondents = int(rows.loc[known, "respondents"].sum())
    return independence(chosen, respondents, multiple=multiple, weighted=weighted)
