"""Groups of firms by answer: which to show, what they hold, and the table that describes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms import kernels
from shinrenkei.metrics._firms.answers import Answers
from shinrenkei.metrics._firms.ordered import Ordered, order_groups
from shinrenkei.metrics._firms.skewness import for_skew, too_skewed, with_what_the_tail_hides
from shinrenkei.metrics._firms.summary import Summary, summarize, summarize_weighted, wanted_ranks
from shinrenkei.metrics._frames import as_names, check_whole

MeanInterval = Literal["student", "skew"]
_SHOWN = [one.name for one in fields(Summary) if one.name not in ("error", "df", "skewness", "further")]
DESCRIBED = [*_SHOWN, "trim_share", "note"]
SAME_CHANGE = "the same change in all firms"
ROUNDING = 1e-9  # of a number, which is no difference
SKEWED_CHANGES = "changes are so skewed (n < 25 x skewness squared)"


@dataclass(frozen=True)
class Describing:
    """How groups are described: intervals and their level, trimmed share, and what too few and small mean."""

    confidence: float
    trim_share: float
    min_firms: int
    small: int
    interval: MeanInterval

    def summaries(
        self, values: np.ndarray, answers: Answers, types: Sequence[Any], weights: np.ndarray | None = None
    ) -> list[Summary]:
        """Describe the firms of each type; a group with too few firms is only counted."""
        if weights is not None:
            groups = group_values(values, answers, types), group_values(weights, answers, types)
            return [self._weighted(*group) for group in zip(*groups, strict=True)]
        found = order_groups(values, answers, lambda n: wanted_ranks(n, self.confidence, self.trim_share))
        summaries = [self._summary(found.get(label)) for label in types]
        skewed = [row for row, one in enumerate(summaries) if self._moves(one)]
        held = group_values(values, answers, [types[row] for row in skewed])
        for row, changes in zip(skewed, held, strict=True):
            stronger = with_what_the_tail_hides(changes, summaries[row].skewness)
            summaries[row] = self.for_skew(replace(summaries[row], skewness=stronger))
        return summaries

    def _summary(self, group: Ordered | None) -> Summary:
        n = group.n if group else 0
        if group is None or n < max(self.min_firms, 1):
            return Summary(n, *[math.nan] * 9)
        return summarize(group, self.confidence, self.trim_share)

    def _moves(self, one: Summary) -> bool:
        return self.interval == "skew" and too_skewed(one.skewness)

    def _weighted(self, values: np.ndarray, weights: np.ndarray) -> Summary:
        if values.size < max(self.min_firms, 1):
            return Summary(values.size, *[math.nan] * 9)
        return summarize_weighted(values, weights, self.confidence, self.trim_share)

    def for_skew(self, one: Summary) -> Summary:
        """Return a group whose mean has Student's interval with the interval that was asked for."""
        from scipy.special import stdtrit

        if not self._moves(one):
            return one
        t = float(stdtrit(one.df, (1 + self.confidence) / 2))
        lower, upper = for_skew(one.mean, one.error, t, one.skewness)
        further = lower < one.mean_lower or upper > one.mean_upper
        return replace(one, mean_lower=lower, mean_upper=upper, further=further)

    def warnings(self, types: Sequence[Any], summaries: Sequence[Summary], because: str) -> list[str]:
        """Name the types whose mean is so skewed that its interval reaches further than Student's, or is doubtful.

        ``because`` says what is skewed. A small group is not called doubtful too: its note says what it is.
        """
        pairs = list(zip(types, summaries, strict=True))
        if self.interval == "skew":
            further = [label for label, one in pairs if one.further]
            return longer_tails(further, because, "Student's interval", "student")
        skewed = [label for label, one in pairs if one.n >= self.small and too_skewed(one.skewness)]
        return doubtful_means(skewed, because, "Student's interval", "skew")

    def note(self, n: int, summary: Summary) -> str:
        """Say why a group is not described in full."""
        if not n:
            return "no firms"
        if n < self.min_firms:
            return f"fewer than {self.min_firms} firms: not described"
        told = [f"small group (n < {self.small})"] if n < self.small else []
        if n > 1 and summary.sd <= ROUNDING * abs(summary.mean):
            told.append(SAME_CHANGE)
        if math.isnan(summary.mean_lower):
            told.append("one firm: no interval")
        elif math.isnan(summary.median_lower):
            told.append("too few firms for an interval of the median at this level")
        return "; ".join(told)


def check_sizes(**sizes: int) -> None:
    """Refuse numbers of firms that are none; ``sizes`` are the parameters by name."""
    for name, size in sizes.items():
        check_whole(name, size, 0)


def doubtful_means(types: Sequence[Any], because: str, interval: str, remedy: str) -> list[str]:
    """Return the note on means whose intervals are doubtful, and on what to use instead."""
    told = f"{because} that {interval} of the mean may hold less than it says"
    return _note(types, f"{told}; interval={remedy!r} allows for it, and medians do not suffer")


def doubtful_differences(types: Sequence[Any]) -> list[str]:
    """Return the note on differences of means whose Student's intervals are doubtful, and on what to use instead."""
    told = f"{SKEWED_CHANGES} that the intervals of raw differences and effects may hold less than they say"
    return _note(types, f"{told}; model='median' does not suffer")


def longer_tails(types: Sequence[Any], because: str, interval: str, other: str) -> list[str]:
    """Return the note on means whose intervals were put further out on one side, and on how to have the others."""
    told = f"{because} that the interval of the mean reaches further to the side of the long tail than {interval}"
    return _note(types, f"{told}, which interval={other!r} gives; medians do not need it")


def _note(types: Sequence[Any], told: str) -> list[str]:
    return [f"{', '.join(map(str, types))}: {told}"] if types else []


def shown_types(labels: Sequence[Any], types: Sequence[Any] | None, name: str) -> list[Any]:
    """Return the types to show (one name is a list of one), in order.

    An unknown partner type is refused, and so are none at all and one named twice.
    """
    known = list(labels)
    types = None if types is None else as_names(types, "types")
    if types is not None and not types:
        message = f"types is empty; expected one {name} or more, or None for all that occur."
        raise InputError(message)
    if name == "partner_type":
        from shinrenkei.cleaning.tables import rows

        codes = [row["code"] for row in rows("partner_types")]
        accepted = list(dict.fromkeys([*codes, *(types or ())]))
        for label in known:
            if label not in accepted:
                error = unknown_name("partner type", label, accepted)
                message = f"{error} Give types to use codes of your own."
                raise InputError(message)
        known = [code for code in accepted if code in known or code in codes]
        if types is None:
            return [code for code in known if code in labels]
    for label in types or ():
        if label not in known:
            raise unknown_name(name.replace("_", " "), label, map(str, known))
    return known if types is None else list(types)


def group_values(values: np.ndarray, answers: Answers, types: Sequence[Any]) -> list[np.ndarray]:
    """Return the values of the firms of each type; a firm stands in each of its types."""
    spread, starts = kernels.spread(values, answers.codes, answers.begins, answers.types, len(answers.labels))
    place = {label: number for number, label in enumerate(answers.labels)}
    none = values[:0]
    return [
        spread[starts[place[label]] : starts[place[label] + 1]] if label in place else none for label in types
    ]


def labels_of(types: Sequence[Any]) -> pd.Series:
    """Return the types as a column, of text where there are none."""
    return pd.Series(list(types), dtype=None if len(types) else "str")


def described(
    name: str, types: Sequence[Any], summaries: Sequence[Summary], describing: Describing
) -> pd.DataFrame:
    """Return the table of several groups, with notes."""
    table = pd.DataFrame([asdict(one) for one in summaries], columns=_SHOWN)
    table.insert(0, name, labels_of(types))
    table.insert(list(table.columns).index("trimmed_mean") + 1, "trim_share", describing.trim_share)
    table["note"] = pd.Series([describing.note(one.n, one) for one in summaries], dtype="str")
    return table.astype({"n": "int64", **dict.fromkeys(table.columns[2:-1], "float64")})
