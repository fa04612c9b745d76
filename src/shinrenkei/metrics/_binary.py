"""The binary model itself: what is fitted to what, and its estimates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from shinrenkei.errors import InputError
from shinrenkei.metrics._design import Design, check_separation
from shinrenkei.metrics._effects import Link
from shinrenkei.metrics._intervals import Floats

Kind = Literal["logit", "hazard"]
Errors = Literal["robust", "sandwich", "plain"]


@dataclass(frozen=True)
class Model:
    """What is fitted to what: columns (N, K) with their labels, and clusters of the errors from 0, if any."""

    matrix: Floats
    labels: list[str]
    terms: Design
    outcome: np.ndarray
    kind: Kind
    link: Link
    groups: np.ndarray | None
    errors: Errors

    @property
    def profiled(self) -> bool:
        """Whether intervals come from the profile likelihood; that of a hazard's many rows would take long."""
        return self.kind == "logit" and self.errors == "robust"


@dataclass(frozen=True)
class Fit:
    """Estimates: coefficients of shape (K,), their covariance (K, K) by statsmodels, and log-likelihoods."""

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float


def fitted(told: Model) -> Fit:
    """Return the estimates of greatest likelihood; separation is refused, and estimates that do not settle."""
    from statsmodels.genmod.families import Binomial, links
    from statsmodels.genmod.generalized_linear_model import GLM

    matrix, outcome, link = told.matrix, told.outcome, told.link
    family = Binomial(link=links.CLogLog() if link == "cloglog" else links.Logit())
    options: dict[str, Any] = {"cov_type": "HC0" if told.errors == "sandwich" else "nonrobust"}
    if told.groups is not None and told.errors == "sandwich":
        options = {"cov_type": "cluster", "cov_kwds": {"groups": told.groups}}
    with warnings.catch_warnings():
        # separation shows in the estimates, and is then named by term
        warnings.simplefilter("ignore")
        model = GLM(outcome.astype(float), matrix, family=family)
        start = _start(model, outcome) if link == "cloglog" else None
        result = model.fit(start_params=start, maxiter=100, tol=1e-12, **options)
    if not result.converged or np.abs(matrix @ result.params).max() > 12:
        check_separation(matrix, outcome, told.labels)
    covariance = np.asarray(result.cov_params())
    settled = result.converged and (start is None or np.allclose(result.params, start, rtol=1e-3, atol=1e-3))
    if not settled or not np.isfinite(covariance).all():
        message = "The model could not be fitted: its estimates do not settle; use fewer covariates or longer periods."
        raise InputError(message)
    share = outcome.mean()
    null = len(outcome) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return Fit(np.asarray(result.params), covariance, float(result.llf), float(null))


def _start(model: Any, outcome: np.ndarray) -> Floats:
    """Return the estimates with the complementary log-log link, which reweighting alone may run away from.

    The likelihood is concave in them, and is climbed from what a logit would fit.
    """
    from scipy.optimize import minimize
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    logit = GLM(outcome.astype(float), model.exog, family=Binomial()).fit(maxiter=100)
    shares = np.clip(logit.fittedvalues, 1e-6, 1 - 1e-6)
    climbed = minimize(
        lambda beta: -model.loglike(beta),
        np.linalg.lstsq(model.exog, np.log(-np.log1p(-shares)))[0],
        jac=lambda beta: -model.score(beta),
        hess=lambda beta: -model.hessian(beta),
        method="trust-exact",
        options={"gtol": 1e-8, "maxiter": 200},
    )
    return np.asarray(climbed.x)
