"""Conditions on parameters, read as data: comparisons, ``in``, ``and``, ``or``, ``not`` and nothing else."""

from __future__ import annotations

import ast
import datetime
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shinrenkei.errors import InputError, unknown_name

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
EXPECTED = "expected one such as fiscal_year > 2005 and region in ['all', 'kinki']"


def compile_where(text: str, names: Iterable[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Return a test on the values of a run.

    Parameters
    ----------
    text : str
        The condition; names in it are parameters, everything else is written out.
    names : iterable of str
        The parameters there are.

    Returns
    -------
    callable
        From values by name to whether the run is wanted.

    Raises
    ------
    InputError
        Where ``text`` is no such condition, or names something that is no parameter.

    Examples
    --------
    >>> wanted = compile_where("year > 2005 or region == 'all'", ["year", "region"])
    >>> wanted({"year": 2005, "region": "kinki"}), wanted({"year": 2005, "region": "all"})
    (False, True)
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        _check(tree, set(names), text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        msg = f"Condition {text!r} cannot be read; {EXPECTED}."
        raise InputError(msg) from error

    def test(values: Mapping[str, Any]) -> bool:
        try:
            return bool(_value(tree, values))
        except TypeError as error:
            msg = f"Condition {text!r} compares what cannot be compared: {error}."
            raise InputError(msg) from error

    return test


def _check(node: ast.expr, names: set[str], text: str) -> None:
    """Refuse everything but conditions, before anything is computed."""
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise _unknown(node.id, names)
        return
    allowed = (ast.BoolOp, ast.Compare, ast.List, ast.Tuple)
    negation = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub)
    if not (isinstance(node, allowed) or negation or _is_plain(node)):
        msg = f"Condition {text!r} holds {ast.unparse(node)!r}; {EXPECTED}."
        raise InputError(msg)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _check(child, names, text)


def _unknown(name: str, names: set[str]) -> InputError:
    return unknown_name("parameter", name, names)


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None)


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        value = values[node.id]
        return value.isoformat() if isinstance(value, datetime.date) else value
    if isinstance(node, ast.BoolOp):
        parts = (bool(_value(part, values)) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, values)
        return not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.Compare):
        left = _value(node.left, values)
        for comparison, right_node in zip(node.ops, node.comparators, strict=True):
            right = _value(right_node, values)
            if not COMPARE[type(comparison)](left, right):
                return False
            left = right
        return True
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, values) for item in node.elts]
    return ast.literal_eval(node)
