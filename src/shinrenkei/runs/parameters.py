"""The parameters cell of a notebook as a schema: read without running it, and held to by every call."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.runs.kinds import (
    AnnotationError,
    Kind,
    check_value,
    constant,
    describe,
    kind_of,
    parse_text,
    read_kind,
    to_source,
)
from shinrenkei.runs.notebook import read_notebook, tags

OUTPUT_PARAMETER = "output_dir"


class ParameterError(InputError):
    """The values of a call do not fit the notebook's parameters.

    Attributes
    ----------
    problems : tuple of str
        Every problem of the call, one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name : str
        Its name.
    kind : Kind
        Its declared type.
    annotation : str
        The type as the notebook writes it; empty where it writes none.
    default : Any
        The value it has without a word from the caller; None where ``required``.
    required : bool
        Whether every call must give it.
    meaning : str
        The comment beside it.
    line : int
        Its line in the parameters cell.
    node : ast.expr or None
        The annotation (or the default) as parsed, for writing values the way the notebook does.
    """

    name: str
    kind: Kind
    annotation: str
    default: Any
    required: bool
    meaning: str
    line: int
    node: ast.expr | None = field(default=None, repr=False, compare=False)

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return describe(self.kind)

    @property
    def choices(self) -> tuple[Any, ...] | None:
        """The values to choose from, or None where there is no such list."""
        return self.kind.choices or None

    @property
    def set_by_runner(self) -> bool:
        """Whether the runner itself sets it (the directory that figures and tables go to)."""
        return self.name == OUTPUT_PARAMETER


def read_parameters(notebook: str | Path) -> list[Parameter]:
    """Read the parameters of a notebook without running it.

    Parameters
    ----------
    notebook : str or Path
        The notebook's file. One of its code cells carries the tag ``parameters``.

    Returns
    -------
    list of Parameter
        In the order in which the cell declares them.

    Raises
    ------
    InputError
        Where the notebook cannot be read, has no parameters cell or several, or where the cell holds anything
        but imports and plain values of a known type.
    """
    return parse_parameters(read_notebook(notebook), str(notebook))


def parse_parameters(notebook: dict[str, Any], name: str) -> list[Parameter]:
    """Read the parameters of a notebook that is already in memory; ``name`` is for messages."""
    cells = [
        (i, c)
        for i, c in enumerate(notebook["cells"], 1)
        if c["cell_type"] == "code" and "parameters" in tags(c)
    ]
    if not cells:
        msg = f"{name} has no parameters cell: tag one code cell with 'parameters'."
        raise InputError(msg)
    if len(cells) > 1:
        numbers = " and ".join(str(number) for number, _ in cells)
        msg = f"{name} has {len(cells)} parameters cells (cells {numbers}); expected one."
        raise InputError(msg)
    where = f"{name}, parameters cell (cell {cells[0][0]})"
    return _parse_cell(cells[0][1]["source"], where)


def _parse_cell(source: str, where: str) -> list[Parameter]:
    try:
        module = ast.parse(source)
        comments = _comments(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None)
        at = f", line {line}" if line else ""
        msg = f"{where}{at}: {getattr(error, 'msg', None) or error}; expected plain Python."
        raise InputError(msg) from error
    found: dict[str, Parameter] = {}
    for statement in module.body:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) or _is_text(statement):
            continue
        try:
            parameter = _parse_statement(statement, comments)
        except (AnnotationError, RecursionError) as error:
            msg = f"{where}, line {statement.lineno}: {error}."
            raise InputError(msg) from error
        if parameter.name in found:
            msg = f"{where}, line {statement.lineno}: parameter {parameter.name!r} is set twice."
            raise InputError(msg)
        found[parameter.name] = parameter
    return list(found.values())


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _comments(source: str) -> dict[int, tuple[str, bool]]:
    """Return each line's comment and whether it stands on a line of its own."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: (token.string.lstrip("#").strip(), not token.line[: token.start[1]].strip())
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _meaning(statement: ast.stmt, comments: dict[int, tuple[str, bool]]) -> str:
    """Return the comment at the statement's end, or else the comment lines just above it."""
    beside = comments.get(statement.end_lineno or statement.lineno)
    if beside:
        return beside[0]
    above: list[str] = []
    line = statement.lineno - 1
    while line in comments and comments[line][1]:
        above.insert(0, comments[line][0])
        line -= 1
    return " ".join(above)


def _parse_statement(statement: ast.stmt, comments: dict[int, tuple[str, bool]]) -> Parameter:
    target, annotation, value = _parts(statement)
    default = constant(value) if value is not None else None
    kind = read_kind(annotation) if annotation is not None else kind_of(default)
    if value is not None:
        try:
            default = check_value(kind, default)
        except (ValueError, TypeError) as error:
            msg = f"the default of {target!r} is {default!r}, but its type says {describe(kind)}"
            raise AnnotationError(msg) from error
    return Parameter(
        name=target,
        kind=kind,
        annotation=ast.unparse(annotation) if annotation is not None else "",
        default=default,
        required=value is None,
        meaning=_meaning(statement, comments),
        line=statement.lineno,
        node=annotation if annotation is not None else value,
    )


def _parts(statement: ast.stmt) -> tuple[str, ast.expr | None, ast.expr | None]:
    """Return the name, annotation and value of ``name: annotation = value``."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.annotation, statement.value
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id, None, statement.value
    msg = "a parameters cell holds imports and lines such as `year: int = 2006  # meaning`, nothing else"
    raise AnnotationError(msg)


def check_parameters(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check typed values against the schema.

    Parameters
    ----------
    parameters : sequence of Parameter
        The schema.
    values : mapping of str to Any
        What the caller sets; dates may be ISO text, paths may be text and must exist.

    Returns
    -------
    dict
        Every parameter but ``output_dir`` with its value, in the order of the schema.

    Raises
    ------
    ParameterError
        With every problem of the call.
    """
    problems = [_unknown(name, parameters) for name in values if name not in {p.name for p in parameters}]
    checked: dict[str, Any] = {}
    for parameter in parameters:
        given = parameter.name in values
        if parameter.set_by_runner:
            if given:
                problems.append(
                    f"Parameter {parameter.name!r} is set by the runner; say where runs go instead."
                )
        elif given:
            checked[parameter.name], found = check_one(parameter, values[parameter.name])
            problems.extend(found)
        elif parameter.required:
            problems.append(f"Parameter {parameter.name!r} has no default: give {parameter.allowed}.")
        else:
            checked[parameter.name] = parameter.default
    if problems:
        raise ParameterError(problems)
    return checked


def check_one(parameter: Parameter, given: Any) -> tuple[Any, list[str]]:
    """Return a given value as its declared type, and what is wrong with it."""
    try:
        value = check_value(parameter.kind, given)
    except (ValueError, TypeError, RecursionError):
        return None, [wrong_value(parameter, given)]
    return value, missing_files(parameter.name, value, Path())


def missing_files(parameter: str, value: Any, base: Path) -> list[str]:
    """Return a sentence for each file of a value that is not there; other values have none."""
    problems = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Path) and not ((path := base / item).is_file() or path.is_dir()):
            kind = "is neither a file nor a directory" if path.exists() else "does not exist"
            problems.append(f"Parameter {parameter!r}: the file {str(item)!r} {kind}.")
    return problems


def _unknown(name: str, parameters: Sequence[Parameter]) -> str:
    return str(unknown_name("parameter", name, [p.name for p in parameters if not p.set_by_runner]))


def wrong_value(parameter: Parameter, value: Any) -> str:
    """Return the sentence that says what is allowed instead of ``value``."""
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."
    nearest = _nearest_choice(parameter.kind, value)
    return f"Parameter {parameter.name!r} must be {parameter.allowed}, not {shown}{nearest}"


def _nearest_choice(kind: Kind, value: Any) -> str:
    """Return the choice that may be meant, by a value or by the first wrong item of a list, to end a sentence."""
    if kind.item is not None and isinstance(value, list):
        wrong = [item for item in value if item not in kind.item.choices]
        return _nearest_choice(kind.item, wrong[0]).replace("?", f" by {wrong[0]!r}?") if wrong else "."
    close = get_close_matches(str(value), map(str, kind.choices), n=1, cutoff=0.4)
    return f"; did you mean {close[0]!r}?" if close and close[0] != value else "."


def parse_assignments(
    parameters: Sequence[Parameter], assignments: Sequence[str], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Read ``name=value`` words of a command line by the declared types, for one run.

    They go before what ``given`` (a parameters file) says of the same parameters.

    Raises
    ------
    ParameterError
        With every problem of the call: words without ``=``, names set twice, unknown names, wrong values.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    problems: list[str] = []
    for word in assignments:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals:
            problems.append(f"{word!r} is no parameter; expected name=value.")
        elif name in values:
            problems.append(f"Parameter {name!r} is given twice.")
        else:
            values[name] = parse_text(known[name].kind, text) if name in known else text
    values = {**(given or {}), **values}
    try:
        check_parameters(parameters, values)
    except ParameterError as error:
        problems.extend(error.problems)
    if problems:
        raise ParameterError(problems)
    return values


def read_parameter_file(path: str | Path) -> dict[str, Any]:
    """Read a YAML or JSON file of parameters: one mapping of names to values."""
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        msg = f"Parameters file {str(path)!r} cannot be read: {reason}."
        raise InputError(msg) from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        msg = f"Parameters file {str(path)!r} holds no mapping of names to values."
        raise InputError(msg)
    return found


def to_json(value: Any) -> Any:
    """Return a checked value as JSON can hold it: dates in ISO form, paths with slashes.

    Examples
    --------
    >>> to_json([date(2006, 4, 1)])
    ['2006-04-01']
    """
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.as_posix() if isinstance(value, Path) else value


def injected_source(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> str:
    """Write the cell that sets ``values``, as Python of plain values only."""
    by_name = {parameter.name: parameter for parameter in parameters}
    lines = [
        f"{name} = {to_source(by_name[name].kind, value, by_name[name].node)}"
        for name, value in values.items()
    ]
    return "\n".join(["# Parameters", *lines])
