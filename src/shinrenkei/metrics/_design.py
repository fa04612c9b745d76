"""Covariates as a design matrix: numbers as they are, categories as indicators against a base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._intervals import Floats


@dataclass(frozen=True)
class Design:
    """A design matrix and how it came about.

    Attributes
    ----------
    matrix : array of float, shape (N, K)
        A column a term.
    terms : list of str
        The name of a number, or ``name=level`` of an indicator.
    switches : list of array of int
        For each term the columns that are one choice with it, of which at most one is 1; empty for a number.
    base : dict of str to str
        The level that each category is compared with.
    """

    matrix: Floats
    terms: list[str]
    switches: list[np.ndarray]
    base: dict[str, str]


def design(rows: pd.DataFrame, covariates: Sequence[str], base: Mapping[str, Any]) -> Design:
    """Return the design matrix of ``covariates``, without a constant."""
    for name in base:
        if name not in covariates:
            error = unknown_name("covariate in base", name, covariates)
            raise error
    columns: list[Floats] = []
    terms: list[str] = []
    switches: list[np.ndarray] = []
    chosen: dict[str, str] = {}
    for name in covariates:
        column = rows[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            if name in base:
                message = (
                    f"base names a level of {name!r}, which holds numbers and has none; base is the level that the "
                    "others of a category are compared with (text, true and false, or a categorical)."
                )
                raise InputError(message)
            columns.append(_numbers(column, name))
            terms.append(name)
            binary = set(np.unique(columns[-1])) <= {0.0, 1.0}
            switches.append(np.array([len(terms) - 1]) if binary else np.array([], dtype=int))
            continue
        levels = _levels(column, name)
        reference = _reference(levels, name, base)
        chosen[name] = str(reference)
        others = [level for level in levels if level != reference]
        place = np.arange(len(terms), len(terms) + len(others))
        columns += [column.eq(level).to_numpy().astype(np.float64) for level in others]
        terms += [f"{name}={level}" for level in others]
        switches += [place] * len(others)
    matrix = np.column_stack(columns) if columns else np.empty((len(rows), 0))
    return Design(matrix, terms, switches, chosen)


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = column.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        rows = int((~np.isfinite(numbers)).sum())
        message = f"Covariate {name!r} is infinite in {rows} row(s); expected numbers."
        raise InputError(message)
    if np.ptp(numbers) == 0:
        raise _constant(name, f"{numbers[0]:g}")
    return numbers


def _constant(name: str, value: str) -> InputError:
    return InputError(f"Covariate {name!r} is {value} in every row used; it explains nothing, leave it out.")


def _levels(column: pd.Series, name: str) -> list[Any]:
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    try:
        present = set(column.unique())
        levels = (
            [level for level in column.cat.categories if level in present] if categorical else sorted(present)
        )
    except TypeError:
        kinds = ", ".join(sorted({type(value).__name__ for value in column}))
        message = (
            f"Covariate {name!r} holds values of no order ({kinds}); expected numbers only, or text only."
        )
        raise InputError(message) from None
    if len(levels) < 2:
        raise _constant(name, repr(levels[0]))
    return levels


def _reference(levels: list[Any], name: str, base: Mapping[str, Any]) -> Any:
    reference = base.get(name, levels[0])
    if reference not in levels:
        error = unknown_name(f"level of {name}", reference, map(str, levels))
        raise error
    return reference


def check_names(terms: Sequence[str]) -> None:
    """Refuse two terms of one name, such as a covariate called constant."""
    twice = [term for term in terms if terms.count(term) > 1]
    if twice:
        message = f"Two terms of the model have the name {twice[0]!r}; rename the covariate."
        raise InputError(message)


def check_rank(matrix: Floats, terms: Sequence[str]) -> None:
    """Refuse terms that are sums of others, naming the first that adds nothing."""
    scaled = _scaled(matrix)
    triangle = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    spare = triangle < 1e-9 * np.sqrt((scaled**2).sum(axis=0))[: len(triangle)]
    if spare.any() or len(matrix) < len(terms):
        term = terms[int(np.argmax(spare))] if spare.any() else terms[-1]
        message = (
            f"{term!r} follows from the other terms in these {len(matrix)} row(s); leave a covariate out."
        )
        raise InputError(message)


def _scaled(matrix: Floats) -> Floats:
    return matrix / np.abs(matrix).max(axis=0)


def _is_baseline(term: str) -> bool:
    return term == "constant" or term.startswith("period=")


def check_separation(matrix: Floats, outcome: np.ndarray, terms: Sequence[str]) -> None:
    """Refuse data in which some terms foretell the outcome without error: no finite estimate exists.

    References
    ----------
    Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic regression
    models. DPhil thesis, University of Oxford, section 4.3.
    """
    from scipy.optimize import linprog

    sign = np.where(outcome, 1.0, -1.0)[:, None]
    scaled = sign * _scaled(matrix)
    found = linprog(-scaled.sum(axis=0), A_ub=-scaled, b_ub=np.zeros(len(scaled)), bounds=(-1, 1))
    if found.status != 0 or -found.fun < 1e-6:
        return
    named = [term for term, weight in zip(terms, found.x, strict=True) if abs(weight) > 1e-9]
    guilty = ", ".join([term for term in named if not _is_baseline(term)] or named)
    message = (
        f"The outcome is separated: it follows without error from {guilty} in part of the data, so that no "
        "finite estimate exists; join categories or leave a covariate out."
    )
    raise InputError(message)
