"""What a parameter may be: an annotation read as data, never evaluated."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

BASES = ("int", "float", "bool", "str", "date", "Path")
COMPOUND = "Literal[...], list[...], Annotated[...], X | None"
ARTICLES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "date": "a date such as 2006-04-01",
    "Path": "a file",
}
BOUND_WORDS = {
    "gt": "above {}",
    "ge": "at least {}",
    "lt": "below {}",
    "le": "at most {}",
    "multiple_of": "a multiple of {}",
    "min_length": "of length {} or more",
    "max_length": "of length {} or less",
    "pattern": "matching {!r}",
}
# Annotated[float, Gt(0)] as annotated_types writes it -> Annotated[float, Field(gt=0)]
BOUND_CLASSES = {
    "Gt": "gt",
    "Ge": "ge",
    "Lt": "lt",
    "Le": "le",
    "MultipleOf": "multiple_of",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}


class AnnotationError(ValueError):
    """An annotation that says no type the runner knows."""


@dataclass(frozen=True)
class Kind:
    """The type of a parameter.

    Attributes
    ----------
    base : str
        One of ``int float bool str date Path choice list``.
    optional : bool
        Whether it may be None.
    choices : tuple
        The allowed values where ``base`` is ``choice``.
    item : Kind or None
        What a list holds.
    bounds : tuple of (str, value)
        pydantic's names of bounds, such as ``("ge", 0)``.
    """

    base: str
    optional: bool = False
    choices: tuple[Any, ...] = ()
    item: Kind | None = None
    bounds: tuple[tuple[str, Any], ...] = ()


def read_kind(node: ast.expr) -> Kind:
    """Read the annotation ``node`` without evaluating it.

    Examples
    --------
    >>> read_kind(ast.parse("Annotated[float, Gt(0)] | None", mode="eval").body)
    Kind(base='float', optional=True, choices=(), item=None, bounds=(('gt', 0),))
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return read_kind(_parse(node.value))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    name = _last_name(node)
    if name not in BASES:
        msg = f"{ast.unparse(node)} is not one of {', '.join(BASES)}, {COMPOUND}"
        raise AnnotationError(msg)
    return Kind(name)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        msg = f"{text!r} is not a type"
        raise AnnotationError(msg) from error


def _last_name(node: ast.expr) -> str:
    """Return ``date`` of ``date``, ``datetime.date`` and ``dt.date``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _union(members: list[ast.expr]) -> Kind:
    kinds = [read_kind(member) for member in members if not _is_none(member)]
    if len(kinds) != 1:
        msg = f"{' | '.join(map(ast.unparse, members))} joins several types; expected one type and None"
        raise AnnotationError(msg)
    optional = kinds[0].optional or len(kinds) < len(members)
    return Kind(kinds[0].base, optional, kinds[0].choices, kinds[0].item, kinds[0].bounds)


def _subscript(node: ast.Subscript) -> Kind:
    outer = _last_name(node.value)
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if outer == "Literal":
        return _literal(inner)
    if outer in {"Optional", "Union"}:
        return _union([*inner, ast.Constant(None)] if outer == "Optional" else inner)
    if outer in {"list", "List"} and len(inner) == 1:
        item = read_kind(inner[0])
        if item.base == "list":
            msg = f"{ast.unparse(node)} is a list of lists; expected a list of plain values"
            raise AnnotationError(msg)
        return Kind("list", item=item)
    if outer == "Annotated":
        kind = read_kind(inner[0])
        bounds = kind.bounds + tuple(bound for extra in inner[1:] for bound in _bounds(extra))
        return Kind(kind.base, kind.optional, kind.choices, kind.item, bounds)
    msg = f"{ast.unparse(node)} is not one of {COMPOUND}"
    raise AnnotationError(msg)


def _literal(nodes: list[ast.expr]) -> Kind:
    values = [constant(node) for node in nodes]
    if not all(isinstance(value, str | int | bool | None) for value in values):
        msg = "Literal[...] may hold text, whole numbers, True, False and None only"
        raise AnnotationError(msg)
    return Kind("choice", None in values, tuple(value for value in values if value is not None))


def _bounds(node: ast.expr) -> list[tuple[str, Any]]:
    """Return the bounds that one extra of ``Annotated`` sets; a bare string is a remark and sets none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return []
    name = _last_name(node.func) if isinstance(node, ast.Call) else ""
    if isinstance(node, ast.Call):
        if name in BOUND_CLASSES and len(node.args) + len(node.keywords) == 1:
            value = node.args[0] if node.args else node.keywords[0].value
            return [(BOUND_CLASSES[name], constant(value))]
        positional = dict(zip(("min_length", "max_length"), node.args, strict=False)) if name == "Len" else {}
        if name in {"Field", "Interval", "Len", "StringConstraints"} and len(positional) == len(node.args):
            given = {**positional, **{keyword.arg or "": keyword.value for keyword in node.keywords}}
            found = {key: constant(value) for key, value in given.items() if key in BOUND_WORDS}
            described = {"title", "description", "examples"}
            if len(found) == len([key for key in given if key not in described]):
                return [(key, value) for key, value in found.items() if value is not None]
    msg = (
        f"{ast.unparse(node)} is not a bound; expected one such as Gt(0), Interval(ge=0, le=1) or Field(ge=0)"
    )
    raise AnnotationError(msg)


def constant(node: ast.expr) -> Any:
    """Return the plain value that ``node`` writes, a date or a path included."""
    if isinstance(node, ast.List):
        return [constant(item) for item in node.elts]
    if isinstance(node, ast.Call) and not node.keywords:
        name = _last_name(node.func)
        values = [constant(value) for value in node.args]
        makers: dict[str, Callable[..., Any]] = {
            "date": datetime.date,
            "fromisoformat": datetime.date.fromisoformat,
            "Path": Path,
        }
        if name in makers:
            try:
                return makers[name](*values)
            except (TypeError, ValueError) as error:
                msg = f"{ast.unparse(node)} is not a value: {error}"
                raise AnnotationError(msg) from error
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        msg = f"{ast.unparse(node)} is computed; a parameter's value must be written out"
        raise AnnotationError(msg) from error


def kind_of(value: Any) -> Kind:
    """Return the kind of a plain value, for a parameter that says none.

    Examples
    --------
    >>> kind_of([1, 2]).item.base
    'int'
    """
    if isinstance(value, list) and value:
        kinds = {kind_of(item) for item in value}
        if len(kinds) == 1:
            return Kind("list", item=kinds.pop())
    names = {bool: "bool", int: "int", float: "float", str: "str", datetime.date: "date"}
    if type(value) in names:
        return Kind(names[type(value)])
    if isinstance(value, Path):
        return Kind("Path")
    msg = f"its type cannot be read from {value!r}; annotate it, as in `name: str | None = None`"
    raise AnnotationError(msg)


def describe(kind: Kind) -> str:
    """Return in words what is allowed.

    Examples
    --------
    >>> describe(Kind("float", bounds=(("gt", 0), ("lt", 1))))
    'a number above 0 and below 1'
    >>> describe(Kind("choice", True, choices=("ja", "en")))
    'ja, en or none'
    """
    if kind.base == "choice":
        words = [*(_shown(choice) for choice in kind.choices), *(["none"] if kind.optional else [])]
        return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    said = f"a list, each {describe(kind.item)}" if kind.item else ARTICLES[kind.base]
    bounds = " and ".join(BOUND_WORDS[name].format(value) for name, value in kind.bounds)
    return " ".join(filter(None, [said, bounds])) + (" or none" if kind.optional else "")


def _shown(choice: Any) -> str:
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


@lru_cache(maxsize=512)
def _adapter(kind: Kind) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(_python_type(kind))


def _python_type(kind: Kind) -> Any:
    from pydantic import BeforeValidator, Field, Strict

    plain: dict[str, Any] = {
        "int": Annotated[int, Strict()],
        "float": Annotated[float, Strict(), Field(allow_inf_nan=False)],
        "bool": Annotated[bool, Strict()],
        "str": Annotated[str, Strict()],
        "date": Annotated[datetime.date, Strict(), BeforeValidator(_date)],
        "Path": Annotated[Path, Strict(), BeforeValidator(lambda value: Path(value) if value else None)],
    }
    if kind.base == "choice":
        found: Any = Annotated[Literal[kind.choices], BeforeValidator(_exact_choice(kind.choices))]
    elif kind.item:
        inner = _python_type(kind.item)
        found = Annotated[list[inner], Strict()]  # type: ignore[valid-type]
    else:
        found = plain[kind.base]
    if kind.bounds:
        found = Annotated[found, Field(**dict(kind.bounds))]
    return found | None if kind.optional else found


def _date(value: Any) -> Any:
    """Read ISO text as a date; pydantic itself would take bare numbers for seconds since 1970."""
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value


def _exact_choice(choices: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Keep True from passing for 1, as ``Literal[1]`` would let it."""

    def check(value: Any) -> Any:
        if not any(type(choice) is type(value) and choice == value for choice in choices):
            raise ValueError(value)
        return value

    return check


def check_value(kind: Kind, value: Any) -> Any:
    """Return ``value`` as its kind holds it.

    Raises
    ------
    ValueError
        Where it does not fit, with no usable message: ``describe`` says what fits.
    """
    if isinstance(value, str | Path):
        text = str(value)
        text.encode()  # a lone surrogate, from a badly coded command line, cannot be written to any file
        if "\x00" in text and kind.base == "Path":
            raise ValueError(value)
    return _adapter(kind).validate_python(value)


def parse_text(kind: Kind, text: str) -> Any:
    """Read the text of a command line by the declared kind; text that does not fit is returned as it is.

    Examples
    --------
    >>> parse_text(Kind("int"), "2006"), parse_text(Kind("str"), "01"), parse_text(Kind("int", True), "none")
    (2006, '01', None)
    >>> parse_text(Kind("list", item=Kind("int")), "2005,2006")
    [2005, 2006]
    """
    if kind.base == "choice":
        matching = [choice for choice in kind.choices if _shown(choice) == text or str(choice) == text]
        if matching:
            return matching[0]
    if kind.optional and (not text or (kind.base != "str" and text.lower() in {"none", "null"})):
        return None
    if kind.item:
        return _parse_list(kind.item, text)
    return _parse_plain(kind.base, text)


def _parse_plain(base: str, text: str) -> Any:
    words = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    try:
        if base == "int":
            return int(text)
        if base == "float":
            return float(text)
    except ValueError:
        return text
    return words.get(text.lower(), text) if base == "bool" else text


def _parse_list(item: Kind, text: str) -> list[Any]:
    """Read ``a,b``, or a JSON list where an item itself holds a comma."""
    import csv
    import json

    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return [parse_text(item, one) if isinstance(one, str) else one for one in found]
    return (
        [parse_text(item, one) for one in next(csv.reader([text], skipinitialspace=True), [])] if text else []
    )


def to_source(kind: Kind, value: Any, annotation: ast.expr | None = None) -> str:
    """Write ``value`` as Python that a notebook can run, with the names that its own annotation uses.

    Examples
    --------
    >>> to_source(Kind("date"), datetime.date(2006, 4, 1), ast.parse("dt.date", mode="eval").body)
    "dt.date.fromisoformat('2006-04-01')"
    """
    if isinstance(value, list):
        return f"[{', '.join(to_source(kind.item or kind, one, annotation) for one in value)}]"
    if isinstance(value, datetime.date):
        return f"{_maker(annotation, 'date')}.fromisoformat({value.isoformat()!r})"
    if isinstance(value, Path):
        return f"{_maker(annotation, 'Path')}({value.as_posix()!r})"
    return repr(value)


def _maker(annotation: ast.expr | None, name: str) -> str:
    """Return how the annotation itself spells ``name``, such as ``datetime.date``."""
    nodes = ast.walk(annotation) if annotation is not None else iter(())
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and _last_name(node) == name:
            return ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and name in node.value:
            return _maker(_parse(node.value), name)
    return name
