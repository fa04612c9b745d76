"""What goes with commercialization: a logit and a discrete-time hazard, with average marginal effects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._binary import Errors, Fit, Kind, Model, fitted
from shinrenkei.metrics._design import check_names, check_rank, design
from shinrenkei.metrics._effects import Link, average_effects
from shinrenkei.metrics._frames import (
    as_date,
    check_confidence,
    lazy,
    one_of,
)
from shinrenkei.metrics._inference import Inference, inference
from shinrenkei.metrics._intervals import Floats
from shinrenkei.metrics._keys import column_names
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._sample import plan_periods, plan_rows

_FEW_CLUSTERS = {"robust": 10, "sandwich": 30}
_WEAKNESS = {
    "robust": "intervals allow for so few, but the errors themselves are hardly known",
    "sandwich": "clustered errors are too small with fewer than 30; errors='robust' is made for few",
}
_EVENTS_A_TERM = 10
_MOST_LOG = 700.0  # beyond it an exponential is no number that a computer holds in full


@carries_mark
def commercialization_model(
    plans: IntoFrame,
    covariates: str | Sequence[str],
    *,
    kind: Kind = "logit",
    as_of: str | dt.date | None = None,
    link: Link = "logit",
    period: int = 90,
    base: Mapping[str, Any] | None = None,
    cluster: str | None = None,
    errors: Errors = "robust",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return how covariates go with commercialization, as coefficients and as average marginal effects.

    Parameters
    ----------
    plans : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a plan, as :func:`commercialization_rate` takes it; the columns that are used are read whole.
    covariates : str or list of str
        Numbers are taken as they are; true and false, text and categories become indicators against a base.
    kind : {"logit", "hazard"}, default "logit"
        Whether a plan has sales by ``as_of``, or in which period after certification its first sales come,
        of those that ended by ``as_of`` (a discrete-time hazard with a baseline a period).  The logit sets young plans
        beside old ones; the hazard does not.
    as_of : date or ISO text
        The last day about which the table knows; not needed where ``commercialized`` is true or false.
    link : {"logit", "cloglog"}, default "logit"
        Link of the hazard; with "cloglog" the coefficients are those of proportional hazards in days.
    period : int, default 90
        Days in a period of the hazard.  What a plan did in its last period, which ``as_of`` cuts off, does not count.
    base : mapping of covariate to level, optional
        The level to compare with; otherwise the first one, of categories in the order that
        :func:`commercialization_rate` gives them.  A Polars Categorical, and a pandas categorical read by DuckDB,
        have the order of the alphabet only: name the level where rows are to agree between engines.
    cluster : str, optional
        A column within whose values plans may depend on each other, for clustered errors.
    errors : {"robust", "sandwich", "plain"}, default "robust"
        "robust": the sandwich without its bias in small samples (HC2; by cluster CR2) with Satterthwaite's degrees of
        freedom; a logit's intervals and p-values are those of its profile likelihood, once that is as wide as the
        sandwich calls for.  "sandwich": HC0, by cluster CR1, with the normal law and effects by the delta method,
        as statsmodels has them.  Both are clustered by plan for the hazard.  "plain": those of the model, as
        statsmodels has them; with ``cluster`` it is as "robust".
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a term: ``term`` (``name=level`` for an indicator), ``coefficient``, ``std_error``, ``z`` (their
        ratio), ``df`` (of the t law; infinite for the normal law), ``p_value``, ``lower``, ``upper`` (infinite where
        the data do not bound it), ``ratio`` (of odds, or of hazards with "cloglog"; infinite or 0 where no number is
        so large or small, as a constant's beside a calendar year), ``effect`` (the average marginal effect on the
        probability, of a change from the base or of one unit, over the plans at hand) with ``effect_std_error``
        (delta method), ``effect_lower`` and ``effect_upper``; constant or baseline last, without effect.  In
        ``attrs``: ``kind``, ``link``, ``rows``, ``plans``, ``events``, ``log_likelihood``, ``pseudo_r2`` (McFadden),
        ``errors``, ``interval``, ``effect_interval``, ``clusters``, ``base``, ``period``, ``confidence``,
        ``left_out`` (plans by reason) and ``notes``.

    Raises
    ------
    InputError
        Where the outcome is the same for all, a covariate does not vary or is infinite, terms follow from
        each other, the outcome is separated, or dates that are needed are missing.

    Notes
    -----
    With ``errors="robust"`` the interval of a logit's coefficient holds the values at which the profile likelihood
    falls by less than r q^2 / 2, with q the t law's quantile and r the sandwich's variance over the model's; it bends
    as the likelihood does, where estimate +- q errors would hold too much with few plans.  That of an effect is the
    range of the effect over the best fits along its gradient, as far as the same rule goes; it stays between -1 and 1
    for an indicator.  Its degrees of freedom suppose the kurtosis of a yes or no of the overall rate (from -1 to 0).
    The hazard, whose rows are many, has estimate +- q errors, and the effect's range along the line b + k V g
    (gradient g, covariance V), the family in which the effect is hardest to tell.  How often the intervals hold the
    truth with few plans is measured in docs/coverage-rates.md.

    References
    ----------
    Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34,
    187-220, section 6.
    Prentice, R. L. and Gloeckler, L. A. (1978). Regression analysis of grouped survival data. Biometrics 34,
    57-67.
    White, H. (1982). Maximum likelihood estimation of misspecified models. Econometrica 50, 1-25.
    Kauermann, G. and Carroll, R. J. (2001). A note on the efficiency of sandwich covariance matrix estimation.
    Journal of the American Statistical Association 96, 1387-1396 (HC2 of generalized linear models).
    Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with
    multi-stage samples. Survey Methodology 28, 169-181 (CR2 and its degrees of freedom).
    Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
    hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
    Rotnitzky, A. and Jewell, N. P. (1990). Hypothesis testing of regression parameters in semiparametric
    generalized linear models for cluster correlated data. Biometrika 77, 485-497 (the likelihood's fall over r).
    Venzon, D. J. and Moolgavkar, S. H. (1988). A method for computing profile-likelihood-based confidence
    intervals. Applied Statistics 37, 87-94.
    Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. Journal of
    Human Resources 50, 317-372 (CR1).
    Bartus, T. (2005). Estimation of marginal effects using margeff. Stata Journal 5, 309-329.
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185 (Stein's least favorable family). The equations are in
    docs/methods/time.md.

    Examples
    --------
    >>> import pandas as pd
    >>> plans = pd.DataFrame({
    ...     "loan": [True] * 40 + [False] * 40,
    ...     "commercialized": [True] * 30 + [False] * 10 + [True] * 20 + [False] * 20,
    ... })
    >>> commercialization_model(plans, "loan")[["term", "ratio", "effect"]].round(2)
            term  ratio  effect
    0  loan=True    3.0    0.25
    1   constant    1.0     NaN
    """
    names = column_names(covariates, "covariates")
    check_confidence(confidence)
    for value, known, parameter in ((kind, Kind, "kind"), (link, Link, "link"), (errors, Errors, "errors")):
        one_of(value, get_args(known), parameter)
    if not names:
        message = "covariates is empty; expected one or more columns."
        raise InputError(message)
    date = None if as_of is None else as_date(as_of, "as_of")
    if kind == "hazard" and date is None:
        message = "kind='hazard' needs as_of: the day until which plans without sales were followed."
        raise InputError(message)
    link = link if kind == "hazard" else "logit"
    sample = plan_rows(lazy(plans, "plans"), names, date, cluster)
    if kind == "hazard":
        sample = plan_periods(sample, period)
    outcome = sample.rows["outcome"].to_numpy(dtype=bool)
    _check_varies(outcome, sample.left_out)
    terms = design(sample.rows, names, base or {})
    fixed, labels = _fixed_part(sample.rows, kind)
    check_names([*terms.terms, *labels])
    check_rank(np.column_stack([fixed, terms.matrix]), [*labels, *terms.terms])
    groups = _error_groups(sample.rows, cluster, errors, kind)
    if groups is not None and errors == "plain":
        errors = "robust"
    columns = np.column_stack([terms.matrix, fixed])
    model = Model(columns, [*terms.terms, *labels], terms, outcome, kind, link, groups, errors)
    fit = fitted(model)
    effects, gradients = average_effects(model.matrix, terms, fit.coefficients, link)
    found = inference(model, fit, effects, gradients, confidence)
    table = _lay_out(model, fit, effects, found)
    table.attrs.update(kind=kind, link=link, period=period if kind == "hazard" else None)
    table.attrs.update(confidence=confidence, base=terms.base, left_out=sample.left_out)
    table.attrs.update(_facts(model, sample.rows, fit))
    table.attrs.update(_told_errors(model, cluster), notes=_notes(model, fit, found))
    return table


def _check_varies(outcome: np.ndarray, left_out: Mapping[str, int]) -> None:
    if len(outcome) == 0:
        reasons = "; ".join(f"{count} {reason}" for reason, count in left_out.items())
        message = f"No rows are left to be fitted{f' (left out: {reasons})' if reasons else ''}."
        raise InputError(message)
    if outcome.all() or not outcome.any():
        what = f"{'all' if outcome.any() else 'none'} have sales"
        message = f"Of the {len(outcome)} rows to be fitted {what}; there is nothing to explain."
        raise InputError(message)


def _fixed_part(rows: pd.DataFrame, kind: Kind) -> tuple[Floats, list[str]]:
    """Return the constant, or the baseline a period, and their names."""
    if kind == "logit":
        return np.ones((len(rows), 1)), ["constant"]
    periods = np.sort(rows["period"].unique())
    indicators = rows["period"].to_numpy()[:, None] == periods[None, :]
    return indicators.astype(float), [f"period={period + 1}" for period in periods]


def _error_groups(rows: pd.DataFrame, cluster: str | None, errors: Errors, kind: Kind) -> np.ndarray | None:
    """Return the clusters of the errors as codes: the caller's, or the plans of a hazard."""
    if cluster is None:
        by_plan = errors != "plain" and kind == "hazard"
        return pd.factorize(rows["plan"])[0] if by_plan else None
    codes = pd.factorize(rows[cluster])[0]
    if codes.max(initial=0) < 1:
        message = f"cluster={cluster!r} has one value only; expected two clusters or more."
        raise InputError(message)
    return codes


def _lay_out(model: Model, fit: Fit, effects: Floats, found: Inference) -> pd.DataFrame:
    first = len(model.labels)
    with np.errstate(over="ignore"):  # of the constant, where a covariate is far from 0
        ratio = np.exp(fit.coefficients)
    table = pd.DataFrame(
        {
            "term": model.labels,
            "coefficient": fit.coefficients,
            "std_error": found.errors[:first],
            "z": fit.coefficients / found.errors[:first],
            "df": found.df[:first],
            "p_value": found.p_values,
            "lower": found.lower[:first],
            "upper": found.upper[:first],
            "ratio": ratio,
        }
    )
    told = {
        "effect": effects,
        "effect_std_error": found.errors[first:],
        "effect_lower": found.lower[first:],
        "effect_upper": found.upper[first:],
    }
    return table.join(pd.DataFrame(told))


def _facts(model: Model, rows: pd.DataFrame, fit: Fit) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "plans": int(rows["plan"].nunique()),
        "events": int(model.outcome.sum()),
        "log_likelihood": fit.log_likelihood,
        "pseudo_r2": 1 - fit.log_likelihood / fit.null_log_likelihood,
    }


def _told_errors(model: Model, cluster: str | None) -> dict[str, Any]:
    """Return how the errors and the intervals were found."""
    how = {"plain": "of the model", "robust": "bias-reduced sandwich (HC2)", "sandwich": "sandwich (HC0)"}
    told = how[model.errors]
    if model.groups is not None:
        told = f"clustered by {cluster or 'plan'} ({'CR2' if model.errors == 'robust' else 'CR1'})"
    of_effects = "least favorable line" if model.errors == "robust" else "delta method"
    return {
        "errors": told,
        "interval": "profile likelihood" if model.profiled else "Wald",
        "effect_interval": "profile likelihood" if model.profiled else of_effects,
        "clusters": None if model.groups is None else int(model.groups.max()) + 1,
    }


def _notes(model: Model, fit: Fit, found: Inference) -> list[str]:
    """Say what makes the fit weak."""
    few = min(int(model.outcome.sum()), int((~model.outcome).sum()))
    terms, notes = len(model.labels), []
    if model.groups is not None:
        clusters = int(model.groups.max()) + 1
        if clusters < _FEW_CLUSTERS[model.errors]:
            notes.append(f"{clusters} clusters: {_WEAKNESS[model.errors]}")
    untold = np.isnan(found.df)
    coefficients = [label for label, none in zip(model.labels, untold[:terms], strict=True) if none]
    effects = [label for label, none in zip(model.terms.terms, untold[terms:], strict=True) if none]
    if coefficients:
        also = f", nor of the effects of {', '.join(effects)}" if effects else ""
        why = "what tells of it is in one cluster only, or clusters are exactly alike"
        notes.append(f"no error of {', '.join(coefficients)}{also}: {why}")
    endless = np.isinf(found.lower[:terms]) | np.isinf(found.upper[:terms])
    if endless.any():
        which = ", ".join(label for label, none in zip(model.labels, endless, strict=True) if none)
        notes.append(f"the data do not bound {which}: too little is known of its error")
    beyond = [
        label for label, size in zip(model.labels, np.abs(fit.coefficients), strict=True) if size > _MOST_LOG
    ]
    if beyond:
        notes.append(
            f"the ratio of {', '.join(beyond)} is too large or small for a number: a covariate is far from 0"
        )
    if few < _EVENTS_A_TERM * terms:
        notes.append(f"{few} plans of the rarer outcome for {terms} terms: estimates may be far off")
    return notes
