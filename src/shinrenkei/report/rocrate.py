"""Metadata with which an archive takes the reports folder as it is: RO-Crate 1.1, written as plain JSON."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shinrenkei.errors import InputError
from shinrenkei.report.finished import Run, read_runs

NAME = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/crate/1.1"
CODE_LICENSE = "https://spdx.org/licenses/MIT"
SOURCE_TERMS = "#source-terms"
_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Entity = dict[str, Any]


@dataclass(frozen=True)
class About:
    """What the crate says of itself.

    Attributes
    ----------
    name, description : str
        Title and abstract.
    version : str
        Version of the package that made the reports.
    published : str
        Date of publication, ISO; that of the newest run where it is empty.
    authors : sequence of str
        Who made it.
    """

    name: str = "新連携の公表数値：再現レポート / The new-partnership scheme: the reproduced figures"
    description: str = (
        "Tables transcribed from the published record of Japan's new-partnership scheme, the notebooks that "
        "recompute its figures, their runs, and the ledger of checked claims."
    )
    version: str = ""
    published: str = ""
    authors: Sequence[str] = field(default=("The shinrenkei developers",))


def write_crate(
    reports_dir: str | os.PathLike[str],
    *,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
    about: About | None = None,
) -> Path:
    """Describe the reports folder in ``ro-crate-metadata.json``, after copying what the runs were made from.

    Parameters
    ----------
    reports_dir : path
        The folder: runs, pages, workbook.
    inputs : mapping of str to path, optional
        What belongs to the archive but stands elsewhere: name in the crate (``data/raw``, ``notebooks``,
        ``LICENSE``) and the file or folder to copy there.
    sources : sequence of mapping, optional
        The documents that the numbers come from, as the datapackage lists them: ``name``, ``title``, and
        optionally ``title_en``, ``issuer``, ``issued`` and ``path``.
    about : About, optional
        Title, description, version, date and authors.

    Returns
    -------
    pathlib.Path
        The metadata file.

    Raises
    ------
    InputError
        Where an input is missing, would stand outside the folder, or the folder cannot be written.

    References
    ----------
    Sefton, P. et al. (2022). RO-Crate Metadata Specification 1.1.3, doi:10.5281/zenodo.5841615.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_crate(folder).name
    'ro-crate-metadata.json'
    """
    folder = Path(reports_dir)
    copied = dict(inputs or {})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in copied.items():
            _copy(Path(path), _inside(folder, name))
        runs = read_runs(folder)
        graph = _graph(folder, runs, list(copied), sources, about or About())
        text = json.dumps({"@context": f"{PROFILE}/context", "@graph": graph}, ensure_ascii=False, indent=1)
        beside = folder / f".{NAME}.part"
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(folder / NAME)
    except OSError as error:
        msg = f"The metadata of {folder} cannot be written: {error.strerror or error}."
        raise InputError(msg) from error
    return folder / NAME


def _inside(folder: Path, name: str) -> Path:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        msg = f"Input {name!r} would stand outside the reports folder; expected a relative name such as 'data/raw'."
        raise InputError(msg)
    return folder / name


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        msg = f"There is no {source} to put into the archive."
        raise InputError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        # A file that is gone at its source must not linger in the archive.
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    else:
        shutil.copyfile(source, target)


def _graph(
    folder: Path,
    runs: Sequence[Run],
    inputs: Sequence[str],
    sources: Sequence[Mapping[str, Any]],
    about: About,
) -> list[Entity]:
    files = [_file(folder, path) for path in _files(folder)]
    cited = [_source(source) for source in sources]
    actions = [entity for run in runs for entity in _run(run, [file["@id"] for file in files])]
    folders = [_folder(name, files) for name in sorted({*_run_places(runs), *_input_folders(folder, inputs)})]
    people = [
        {"@id": f"#author-{i}", "@type": "Organization", "name": name}
        for i, name in enumerate(about.authors, 1)
    ]
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.name,
        "description": about.description,
        "datePublished": about.published or _newest(runs),
        "license": [{"@id": CODE_LICENSE}, {"@id": SOURCE_TERMS}],
        "author": _refs(people),
        "citation": _refs(cited),
        "hasPart": _refs(files) + _refs(folders),
        "mentions": _refs([entity for entity in actions if entity["@type"] == "CreateAction"]),
    }
    if about.version:
        root["version"] = about.version
    descriptor = {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": PROFILE},
    }
    return [descriptor, root, *people, *_licenses(), *cited, *folders, *files, *actions]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if (
            path.is_file()
            and place.as_posix() != NAME
            and not any(part.startswith(".") for part in place.parts)
        ):
            yield path


def _file(folder: Path, path: Path) -> Entity:
    place = path.relative_to(folder).as_posix()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    program = path.suffix == ".ipynb" or path.name.startswith("LICENSE")
    return {
        "@id": quote(place),
        "@type": ["File", "SoftwareSourceCode"] if path.suffix == ".ipynb" else "File",
        "name": place,
        "encodingFormat": kind,
        "contentSize": str(path.stat().st_size),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "license": {"@id": CODE_LICENSE if program else SOURCE_TERMS},
    }


def _input_folders(folder: Path, inputs: Sequence[str]) -> list[str]:
    return [Path(name).as_posix() for name in inputs if (folder / name).is_dir()]


def _run_places(runs: Sequence[Run]) -> list[str]:
    return [run.place for run in runs]


def _folder(place: str, files: Sequence[Entity]) -> Entity:
    prefix = f"{quote(place)}/"
    inside = [file for file in files if file["@id"].startswith(prefix)]
    return {"@id": prefix, "@type": "Dataset", "name": place, "hasPart": _refs(inside)}


def _run(run: Run, files: Sequence[str]) -> list[Entity]:
    prefix = f"{quote(run.place)}/"
    parameters = [
        {"@id": f"#{prefix}{quote(name)}", "@type": "PropertyValue", "name": name, "value": _value(value)}
        for name, value in run.parameters.items()
    ]
    action: Entity = {
        "@id": f"#{prefix}run",
        "@type": "CreateAction",
        "name": f"{run.title} ({run.name})",
        "object": _refs(parameters),
        "result": [{"@id": file} for file in files if file.startswith(prefix)],
        "actionStatus": {
            "@id": f"http://schema.org/{'Completed' if run.status == 'done' else 'Failed'}ActionStatus"
        },
    }
    notebook = quote(f"notebooks/{run.notebook.removesuffix('.ipynb')}.ipynb")
    if notebook in files:
        action["instrument"] = {"@id": notebook}
    if run.started:
        action["startTime"] = run.started
    if run.failure:
        action["error"] = f"{run.failure.name}: {run.failure.message}"
    return [action, *parameters]


def _value(value: Any) -> str | int | float | bool:
    return value if isinstance(value, str | int | float | bool) else json.dumps(value, ensure_ascii=False)


def _source(source: Mapping[str, Any]) -> Entity:
    titles = filter(None, [source.get("title"), source.get("title_en")])
    entity: Entity = {
        "@id": str(source.get("path") or f"#{quote(str(source['name']))}"),
        "@type": "CreativeWork",
        "identifier": str(source["name"]),
        "name": " / ".join(map(str, titles)),
    }
    if source.get("issuer"):
        entity["creditText"] = str(source["issuer"])
    if source.get("issued"):
        entity["datePublished"] = str(source["issued"])
    return entity


def _licenses() -> list[Entity]:
    return [
        {
            "@id": CODE_LICENSE,
            "@type": "CreativeWork",
            "name": "MIT License",
            "description": "Covers the notebooks, the pages' own text and markup, and the layout of the figures.",
        },
        {
            "@id": SOURCE_TERMS,
            "@type": "CreativeWork",
            "name": "Terms of the sources",
            "description": (
                "The numbers, labels and names are facts transcribed from the documents under citation, whose "
                "issuers keep what rights there are in them. Reuse them freely as facts and cite the source line."
            ),
        },
    ]


def _refs(entities: Sequence[Entity]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def _newest(runs: Sequence[Run]) -> str:
    return max((run.started[:10] for run in runs), default="") or "1970-01-01"
