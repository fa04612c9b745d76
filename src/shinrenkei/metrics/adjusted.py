"""Partner-type effects that hold the other types and firm characteristics fixed, beside the raw differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms.changes import (
    UNIT,
    Changes,
    Columns,
    Deflator,
    Grouping,
    Method,
    check_text,
    few_clusters,
    grouping,
    panel_columns,
    read_changes,
    schema_of,
    unit_numbers,
)
from shinrenkei.metrics._firms.controls import (
    Control,
    columns_to_read,
    controls_of,
    find_controls,
    known_rows,
)
from shinrenkei.metrics._firms.design import Design
from shinrenkei.metrics._firms.groups import (
    check_sizes,
    doubtful_differences,
    group_values,
    labels_of,
    shown_types,
)
from shinrenkei.metrics._firms.inference import inference
from shinrenkei.metrics._firms.raw import bias_reduced_differences, median_differences, raw_differences
from shinrenkei.metrics._firms.regression import Fit, median_regression, ols
from shinrenkei.metrics._firms.skewness import moments, too_skewed
from shinrenkei.metrics._frames import By, as_names, check_confidence, one_of
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._multiple import Adjustment
from shinrenkei.metrics._sandwich import sandwich

__all__ = ["adjusted_change"]

Model = Literal["mean", "median"]
Errors = Literal["standard", "bias_reduced"]
_RAW, _EFFECT = ["raw", "raw_lower", "raw_upper"], ["effect", "lower", "upper", "se", "t", "df"]
_COLUMNS = ["against", "n", *_RAW, *_EFFECT, "p_value", "p_adjusted", "note"]


@carries_mark
def adjusted_change(
    firms: IntoFrame,
    by: By = "partner_type",
    controls: By = ("industry", "log_employees"),
    start: int = 2013,
    end: int = 2018,
    *,
    base: str | None = None,
    model: Model = "mean",
    cluster: str | None = None,
    errors: Errors = "standard",
    adjust: Adjustment = "holm",
    types: Sequence[str] | None = None,
    method: Method = "level",
    deflator: Deflator = None,
    min_firms: int = 3,
    small: int = 30,
    confidence: float = 0.95,
    columns: Columns = None,
) -> pd.DataFrame:
    """Return each partner type's difference in productivity change, raw and with other things held fixed.

    The change of each firm is regressed on all its types at once and on the controls, so that a type's effect
    is not that of the other types, the industry or the size that go with it.

    Parameters
    ----------
    firms, by, start, end, types, method, deflator, columns
        As for :func:`shinrenkei.metrics.productivity.productivity_change`. ``types`` are those shown; all that
        occur are in the model.
    controls : str, list of str or None, default ("industry", "log_employees")
        Characteristics of the start year to hold fixed: a column of numbers; a column of text (a category each;
        the most frequent is the reference; dates are refused); ``log_X`` for the logarithm of the column X; ``age``
        for the years since ``founded``; ``C(X)`` for the values of a column of numbers as categories.
    base : str, optional
        Also compare each type with this one. Where every firm has exactly one type there is no other way.
    model : {"mean", "median"}, default "mean"
        Least squares or median regression.
    cluster : str, optional
        Column of the start year within which errors may hang together; without it errors are those of single firms.
    errors : {"standard", "bias_reduced"}, default "standard"
        "standard": HC3, by cluster CR1, with n less the columns, or clusters - 1, degrees of freedom, as other
        packages have them (median regression: by a kernel estimate of the density).  "bias_reduced": HC2, by cluster
        CR2, with Satterthwaite's degrees of freedom for each row; for few clusters, or clusters of unlike size
        (least squares only).
    adjust : str, default "holm"
        Adjustment of the p-values for multiple comparison, of those that statsmodels names (``none``,
        ``bonferroni``, ``sidak``, ``holm``, ``holm-sidak``, ``simes-hochberg``, ``hommel``, ``fdr_bh``,
        ``fdr_by``), over the types compared in the same way. Intervals are each at the level ``confidence``.
    min_firms : int, default 3
        Types with fewer firms are listed, but not in the model.
    small : int, default 30
        Types with fewer firms are called small in their note.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row a type and comparison: ``by``, ``against`` ("without it", or the base), ``n`` (firms of the type in
        the model), ``raw``, ``raw_lower``, ``raw_upper`` (difference of the means or medians of the same
        firms), ``effect``, ``lower``, ``upper``, ``se``, ``t``, ``df`` (of the effect's t law), ``p_value``,
        ``p_adjusted``, ``note``. In thousand yen a person, or log points. In ``attrs``: ``firms`` (in the model),
        ``columns`` (of the model), ``errors``, ``df`` (n less the columns, or clusters - 1), ``clusters``,
        ``controls``, ``left_out``, ``notes`` and the parameters.

    Raises
    ------
    InputError
        Where a control is unknown or determined by the others, the outcome is constant, no type can be compared,
        or there are fewer firms than columns.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985), Journal of Econometrics 29, 305-325 (HC3). Cameron, A. C. and Miller,
    D. L. (2015), Journal of Human Resources 50, 317-372 (CR1). Bell, R. M. and McCaffrey, D. F. (2002), Survey
    Methodology 28, 169-181; Imbens, G. W. and Kolesar, M. (2016), Review of Economics and Statistics 98, 701-712
    (HC2 and CR2 with their degrees of freedom). Koenker, R. (2005), Quantile Regression.
    Parente, P. and Santos Silva, J. (2016), Journal of Econometric Methods 5, 1-15. Francisco, C. A. and Fuller, W. A.
    (1991), Annals of Statistics 19, 454-469 (raw differences of medians). Holm, S. (1979), Scandinavian Journal of
    Statistics 6, 65-70. The equations are in
    docs/methods/productivity.md.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm_id": [*range(8)] * 2, "year": [2013] * 8 + [2018] * 8, "employees": [10] * 16,
    ...     "value_added_yen": [50e6] * 8 + [60e6, 61e6, 62e6, 59e6, 52e6, 51e6, 50e6, 53e6],
    ...     "industry": ["food", "metal"] * 8, "partner_type": (["university"] * 4 + [""] * 4) * 2,
    ... })
    >>> adjusted_change(firms, controls=["industry"])[["partner_type", "against", "n", "raw", "effect"]].round(1)
      partner_type     against  n    raw  effect
    0   university  without it  4  900.0   900.0
    """
    options = _Options(start, base, model, cluster, errors, adjust, min_firms, confidence)
    options.check()
    check_sizes(min_firms=min_firms, small=small)
    one_of(method, get_args(Method), "method")
    if cluster is not None:
        check_text("cluster", cluster)
    groups = grouping(firms, by, _COLUMNS)
    names = as_names(controls, "controls")
    wanted = find_controls(schema_of(firms, ""), names)
    _refuse_own_types(wanted, groups)
    at_start = ({cluster: "label"} if cluster else {}) | columns_to_read(wanted)
    found = read_changes(
        firms,
        groups,
        start,
        end,
        method=method,
        columns=panel_columns(columns),
        deflator=deflator,
        at_start=at_start,
    ).in_order()
    shown = shown_types(found.answers.labels, types, groups.name)
    setting = _setting(_complete(found, wanted, start), wanted, groups.name, options)
    others = [*([] if setting.alone else [None]), *([] if base is None else [base])]
    table = pd.concat([_compare(setting, shown, other, groups.name) for other in others], ignore_index=True)
    columns_told = zip(table["n"], table["effect"], table["se"], table["raw_lower"], strict=True)
    table["note"] = pd.Series([_note(*row, min_firms, small) for row in columns_told], dtype="str")
    told: dict[str, Any] = {"unit": UNIT[method], "start": start, "end": end, "controls": names}
    table.attrs.update(told | setting.facts())
    return table


@dataclass(frozen=True)
class _Options:
    """How the types are compared."""

    start: int
    base: str | None
    model: Model
    cluster: str | None
    errors: Errors
    adjust: Adjustment
    min_firms: int
    confidence: float

    def check(self) -> None:
        """Refuse an option that is not known."""
        one_of(self.model, get_args(Model), "model")
        one_of(self.errors, get_args(Errors), "errors")
        if self.model == "median" and self.errors != "standard":
            message = f"errors={self.errors!r} is for model='mean' only; leave it out for model='median'."
            raise InputError(message)
        one_of(self.adjust, get_args(Adjustment), "adjust")
        check_confidence(self.confidence)


@dataclass(frozen=True)
class _Setting:
    """The model that was fitted, and all that a comparison of the types needs of it."""

    sample: Changes
    types: list[Any]
    in_model: list[Any]
    alone: bool
    design: Design
    fit: Fit
    unit: np.ndarray | None
    options: _Options

    def facts(self) -> dict[str, Any]:
        """Return what stands beside the table."""
        options, clusters = self.options, None if self.unit is None else int(self.unit.max()) + 1
        return {
            "model": options.model,
            "base": options.base,
            "errors": _errors(options),
            "clusters": clusters,
            "df": self.fit.df,
            "adjustment": options.adjust,
            "confidence": options.confidence,
            "firms": self.sample.change.size,
            "columns": len(self.design.names()),
            "left_out": self.sample.left_out,
            "notes": self.sample.notes + _few(clusters, options) + self._skewed(),
        }

    def _skewed(self) -> list[str]:
        """Name the types whose changes are so skewed that Student's intervals are doubtful."""
        if self.options.model == "median":
            return []
        values = group_values(self.sample.change, self.sample.answers, self.types)
        held = zip(self.types, values, strict=True)
        return doubtful_differences([label for label, one in held if too_skewed(moments(one)[2])])


def _setting(sample: Changes, wanted: Sequence[Control], name: str, options: _Options) -> _Setting:
    """Fit the model of all types that can be told apart."""
    unit = unit_numbers(sample, options.cluster) if options.cluster else None
    types = _comparable(sample, options.min_firms, options.base, name)
    alone = _one_type_each(sample, types)
    if alone and options.base is None:
        message = (
            f"Every firm has exactly one {name}, so that a type cannot be compared with the firms without "
            f"it while the other types are held fixed; name a base, one of {', '.join(map(str, types))}."
        )
        raise InputError(message)
    in_model = [label for label in types if not alone or label != options.base]
    numbers, categories = controls_of(sample, wanted, options.start)
    held = _held(sample, in_model)
    design = Design(sample.answers.codes, held, tuple(map(str, in_model)), numbers, categories)
    fit = _fit(sample.change, design, unit, options.model)
    return _Setting(sample, types, in_model, alone, design, fit, unit, options)


def _refuse_own_types(controls: Sequence[Control], groups: Grouping) -> None:
    for control in controls:
        if control.column in (groups.column, *groups.flags):
            message = f"{control.name!r} is what the firms are grouped by; leave it out of the controls."
            raise InputError(message)


def _complete(found: Changes, controls: Sequence[Control], start: int) -> Changes:
    """Return the firms that answered and have every control; a constant outcome is refused."""
    kept, lacking = known_rows(found, controls, start)
    answered = found.answers.codes >= 0
    if not answered.all():
        lacking["without an answer"] = int(np.count_nonzero(~answered))
    rows = np.flatnonzero(kept & answered)
    sample = replace(found.keep(rows), left_out=found.left_out | lacking)
    if rows.size < 3 or np.ptp(sample.change) <= 1e-9 * np.abs(sample.change).max():  # rounding is no change
        told = (
            f"is the same for all {rows.size} firms"
            if rows.size > 2
            else f"is known of {rows.size} firms only"
        )
        why = ", ".join(f"{count} {reason}" for reason, count in lacking.items())
        message = (
            f"The change of productivity {told} that answered and have every control; nothing to explain"
            f"{f' (firms left out: {why})' if why else ''}."
        )
        raise InputError(message)
    return sample


def _held(sample: Changes, labels: Sequence[Any]) -> np.ndarray:
    """Return which of some types each distinct answer holds (bool)."""
    return sample.answers.table()[:, [sample.answers.labels.index(label) for label in labels]]


def _sizes(sample: Changes) -> dict[Any, int]:
    table = sample.answers.table()
    firms = np.bincount(sample.answers.codes, minlength=table.shape[0]) @ table
    return dict(zip(sample.answers.labels, firms.tolist(), strict=True))


def _comparable(sample: Changes, min_firms: int, base: Any, name: str) -> list[Any]:
    """Return the types with enough firms, and enough without them; refuse a base that is none of them."""
    least, n = max(min_firms, 2), sample.change.size
    found = [label for label, size in _sizes(sample).items() if least <= size <= n - 2]
    if not found:
        message = f"No {name} has {least} firms or more and firms without it; nothing can be compared."
        raise InputError(message)
    if base is not None and base not in found:
        error = unknown_name("base", base, map(str, found))
        raise error
    return found


def _one_type_each(sample: Changes, labels: Sequence[Any]) -> bool:
    present = np.unique(sample.answers.codes)
    return len(labels) > 1 and bool((_held(sample, labels)[present].sum(axis=1) == 1).all())


def _fit(y: np.ndarray, design: Design, unit: np.ndarray | None, model: Model) -> Fit:
    columns = len(design.names())
    if design.rows <= columns:
        message = f"The model has {columns} columns, but only {design.rows} firms; leave controls out."
        raise InputError(message)
    return median_regression(y, design, unit) if model == "median" else ols(y, design, unit)


def _compare(setting: _Setting, shown: Sequence[Any], other: Any, name: str) -> pd.DataFrame:
    """Return the types' differences from the firms without them (``other`` None), or from the base."""
    sizes, sample = _sizes(setting.sample), setting.sample
    labels = [label for label in shown if label != other]
    known = [label for label in labels if label in setting.types]
    contrast = np.zeros((len(known), setting.fit.coefficients.size))
    for row, label in zip(contrast, known, strict=True):
        row[1 + setting.in_model.index(label)] = 1
        if other in setting.in_model:
            row[1 + setting.in_model.index(other)] -= 1
    held = _held(sample, [*known, *([] if other is None else [other])])[sample.answers.codes]
    base, options = None if other is None else len(known), setting.options
    differences = median_differences if options.model == "median" else raw_differences
    if options.errors == "bias_reduced":
        differences = bias_reduced_differences
    found = differences(sample.change, held, base, setting.unit, options.confidence)
    raw = np.array(list(found)).reshape(-1, 3)
    se, df = _errors_of(setting, contrast)
    if setting.unit is not None:
        alone = [np.unique(setting.unit[one]).size < 2 for one in held.T[: len(known)]]
        raw[alone, 1:] = np.nan
        se[alone] = np.nan
    effect = contrast @ setting.fit.coefficients
    columns = inference(effect, se, df, raw, options.confidence, options.adjust)
    against = pd.Series(["without it" if other is None else str(other)] * len(labels), dtype="str")
    table = pd.DataFrame({name: labels_of(labels), "against": against})
    table["n"] = [sizes.get(label, 0) for label in labels]
    return table.join(columns.set_axis(known, axis=0), on=name)


def _errors_of(setting: _Setting, contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the standard error and the degrees of freedom of each contrast; missing where the data do not tell."""
    covariance, df = setting.fit.covariance, np.full(len(contrast), float(setting.fit.df))
    told = np.ones(len(contrast), np.bool_)
    if setting.options.errors == "bias_reduced":
        x = setting.design.block(slice(0, setting.design.rows))
        residuals = setting.sample.change - x @ setting.fit.coefficients
        found = sandwich(x, residuals, setting.unit, contrast)
        covariance, df, told = found.covariance, found.freedom, found.told
    se = np.sqrt(np.einsum("ij,jk,ik->i", contrast, covariance, contrast))
    return np.where(told, se, np.nan), df


def _note(n: int, effect: float, se: float, raw_lower: float, min_firms: int, small: int) -> str:
    if not n:
        return "no firms"
    if np.isnan(effect):
        return (
            f"fewer than {max(min_firms, 2)} firms" if n < max(min_firms, 2) else "nearly every firm has it"
        )
    if np.isnan(se):
        return "in one cluster only: its error is not known"
    told = [f"small group (n < {small})"] if n < small else []
    return "; ".join(told + ["no interval of the raw difference"] * bool(np.isnan(raw_lower)))


def _errors(options: _Options) -> str:
    kind, by = options.errors == "bias_reduced", options.cluster
    if options.model == "median":
        return "kernel density" if by is None else f"clustered by {by}"
    if by is None:
        return "HC2" if kind else "HC3"
    return f"clustered by {by} ({'CR2' if kind else 'CR1'})"


def _few(clusters: int | None, options: _Options) -> list[str]:
    """Say that there are few clusters, where the errors do not allow for it."""
    if clusters is None or options.errors == "bias_reduced":
        return []
    instead = "; errors='bias_reduced' allows for it" if options.model == "mean" else ""
    return [note + instead for note in few_clusters(clusters)]
