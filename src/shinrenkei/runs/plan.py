"""What a run would be: its checked values, its place and its key, found without starting anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shinrenkei.runs.manifest import Inputs, file_digest, gather_inputs, run_key, tree_digest
from shinrenkei.runs.notebook import notebook_digest, read_notebook, title
from shinrenkei.runs.parameters import (
    Parameter,
    ParameterError,
    check_parameters,
    missing_files,
    parse_parameters,
    to_json,
)
from shinrenkei.runs.place import run_name, safe_name

STAGED = "inputs"


@dataclass(frozen=True)
class Options:
    """How runs are made; none of it changes what a run says, but ``seed``.

    Attributes
    ----------
    timeout : float or None
        Seconds after which a run is given up.
    retries : int
        How often a failed run is tried again.
    force : bool
        Run again even where the run in place is current.
    seed : int or None
        Seed of the global random generators of Python and numpy; None leaves them to chance.
    warm : bool
        Fork kernels from a process that has the imports done, where that is possible.
    preload : mapping of str to sequence of str
        What that process imports as well, for each library that a notebook imports.
    """

    timeout: float | None = None
    retries: int = 0
    force: bool = False
    seed: int | None = 0
    warm: bool = True
    preload: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenNotebook:
    """A notebook that has been read, once for all its runs.

    Attributes
    ----------
    path : Path
        Its file.
    source : dict
        The notebook itself.
    parameters : tuple of Parameter
        Its schema.
    digest : str
        SHA-256 of its cells.
    title : str
        Its first heading.
    """

    path: Path
    source: dict[str, Any] = field(repr=False)
    parameters: tuple[Parameter, ...]
    digest: str
    title: str


@dataclass(frozen=True)
class Plan:
    """A run as it would be made now: what it is of, and where it goes.

    Attributes
    ----------
    notebook : OpenNotebook
        What is run.
    values : dict
        Every parameter's checked value, files by their place on this machine.
    files : dict of str to Path
        Under which name each of the run's own input files is staged, and where it comes from.
    place : Path
        The directory of the run.
    key : str
        Digest of everything the run depends on.
    fresh : dict
        What the key was made from.
    """

    notebook: OpenNotebook
    values: dict[str, Any]
    files: dict[str, Path]
    place: Path
    key: str
    fresh: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The notebook's and the run's name, for people."""
        return f"{self.place.parent.name}/{self.place.name}"


def open_notebook(path: str | Path) -> OpenNotebook:
    """Read a notebook and its schema."""
    source = read_notebook(path)
    parameters = parse_parameters(source, str(path))
    path = Path(path)
    return OpenNotebook(path, source, tuple(parameters), notebook_digest(source), title(source, path.stem))


def plan_run(
    notebook: str | Path | OpenNotebook,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path = "reports",
    inputs: Inputs | None = None,
    options: Options | None = None,
) -> Plan:
    """Check a call and say what the run depends on, without running anything.

    Raises
    ------
    InputError
        Where the notebook cannot be read, or (as ``ParameterError``) the values do not fit it.
    """
    opened = notebook if isinstance(notebook, OpenNotebook) else open_notebook(notebook)
    inputs = inputs or gather_inputs()
    seed = (options or Options()).seed
    given = parameters or {}
    values, files = _find_files(opened, check_parameters(opened.parameters, given), set(given))
    defaults = {
        parameter.name: parameter.default for parameter in opened.parameters if not parameter.required
    }
    place = Path(out).absolute() / safe_name(opened.path.stem) / run_name(values, defaults)
    digests = {name: digest(file) for name, file in files.items()}
    fresh = {
        "notebook": opened.digest,
        "parameters": {name: _shown(name, value) for name, value in values.items()},
        "library": inputs.library,
        "lock": inputs.lock,
        "files": {**inputs.files, **digests},
        "versions": dict(inputs.versions),
        "seed": seed,
    }
    return Plan(opened, values, files, place, run_key(fresh), fresh)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a directory and all files in it."""
    return tree_digest(path) if path.is_dir() else file_digest(path)


def _find_files(
    notebook: OpenNotebook, values: Mapping[str, Any], given: set[str]
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Resolve the parameters that are files, and say under which name each is staged for the notebook."""
    found, files, problems = dict(values), {}, []
    for name, value in values.items():
        # a default is written in the notebook and so is relative to it, as it is in JupyterLab
        base = Path() if name in given else notebook.path.parent
        listed = value if isinstance(value, list) else [value]
        full = [(base / item).resolve() if isinstance(item, Path) else item for item in listed]
        problems.extend(missing_files(name, value, base))
        found[name] = full if isinstance(value, list) else full[0]
        files.update(
            {staged_name(name, i, path): path for i, path in enumerate(full) if isinstance(path, Path)}
        )
    if problems:
        raise ParameterError(problems)
    return found, files


def staged_name(parameter: str, number: int, path: Path) -> str:
    """Return under which name the notebook finds a file, which says nothing of where it came from.

    Examples
    --------
    >>> staged_name("data", 0, Path("/home/me/plans.csv"))
    'inputs/data/plans.csv'
    """
    return f"{STAGED}/{parameter}{f'-{number + 1}' if number else ''}/{path.name}"


def staged_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with files by the names they are staged under."""

    def staged(name: str, value: Any, number: int = 0) -> Any:
        if isinstance(value, list):
            return [staged(name, item, i) for i, item in enumerate(value)]
        return Path(staged_name(name, number, value)) if isinstance(value, Path) else value

    return {name: staged(name, value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    return to_json(staged_values({name: value})[name])
