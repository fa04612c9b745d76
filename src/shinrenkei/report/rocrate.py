"""The reports folder as an archive takes it: what it was made from copied in, all of it described (RO-Crate 1.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any

import shinrenkei
from shinrenkei import catalog
from shinrenkei.errors import InputError
from shinrenkei.files import replace_file
from shinrenkei.report import about
from shinrenkei.report.about import Entity, entity_id
from shinrenkei.runs.manifest import MANIFEST, file_digest, read_manifest
from shinrenkei.runs.notebook import notebook_digest, read_notebook
from shinrenkei.runs.place import OLD, PART

CRATE = "ro-crate-metadata.json"
"""The name that RO-Crate gives the description."""

INPUTS = "inputs"
"""The folder of the reports that holds what the runs were made from."""

_COPIED = (
    "CITATION.cff",
    "LICENSE",
    "requirements.lock",
    "notebooks",
    "data/raw",
    "data/codebooks",
    "data/processed",
)
_PROCESSED = f"{INPUTS}/data/processed"
_RUN = re.compile(rf"[^/]+/[^/]+/{MANIFEST}")
_LITTER = {"__pycache__", ".ipynb_checkpoints"}
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_CONTEXT = [f"{_SPECIFICATION}/context", {"sha256": "http://schema.org/sha256"}]  # 1.1 has no word for it
_TYPES = {
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TITLES = {
    "index.html": "Report: the runs, the key figures and the ledger / レポート：実行、主な数値、台帳",
    "shinrenkei.xlsx": "All tables and the ledger of claims / 全ての表と主張の台帳",
    f"{INPUTS}/requirements.lock": "Packages that the runs were made with / 実行に使ったパッケージ",
    f"{INPUTS}/LICENSE": "Licence of the software / ソフトウェアのライセンス",
    f"{INPUTS}/CITATION.cff": "How to cite the software / ソフトウェアの引用方法",
}
_OF_DATA = (".csv", ".pdf", ".png", ".svg", ".xlsx")


def write_crate(reports: Path, root: Path | None, *, date_published: date | None = None) -> Path:
    """Describe the reports folder in ``ro-crate-metadata.json``, with what its runs were made from beside them.

    Parameters
    ----------
    reports
        Folder of the runs (``<notebook>/<parameters>/manifest.json``), the report's pages and the workbook.
    root
        The checkout, whose notebooks, data, lock, licence and citation file are first copied into
        ``inputs/``, so that the folder is complete by itself; None leaves ``inputs/`` as it is.
    date_published
        The day of publication; that of the newest run by default.

    Returns
    -------
    pathlib.Path
        The file. The same folder gives the same bytes; runs of the same inputs at another time give the
        same but for ``datePublished``. Files that tell the time (manifests, the report's own pages) are
        therefore described without size and digest.

    Raises
    ------
    InputError
        Where there is no such folder, no run in it tells a date and none is given, a citation file cannot
        be read, or the folder cannot be written.

    References
    ----------
    Sefton et al. (2021), RO-Crate Metadata Specification 1.1.1, doi:10.5281/zenodo.4541002.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "index.html").write_text("<p>321</p>")
    ...     path = write_crate(Path(folder), None, date_published=date(2007, 3, 31))
    ...     crate = json.loads(path.read_text(encoding="utf-8"))
    >>> [entity["hasPart"] for entity in crate["@graph"] if entity["@id"] == "./"]
    [{'@id': 'index.html'}]
    """
    reports = Path(reports)
    if not reports.is_dir():
        msg = f"There is no folder {reports}; expected the reports."
        raise InputError(msg)
    try:
        if root is not None:
            _copy_inputs(Path(root), reports / INPUTS)
        graph = _graph(reports, date_published)
    except OSError as error:
        msg = f"{error.filename or reports} cannot be read or written: {error.strerror or error}."
        raise InputError(msg) from error
    crate = {"@context": _CONTEXT, "@graph": graph}
    text = json.dumps(crate, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    replace_file(reports / CRATE, f"{text}\n".encode())
    return reports / CRATE


def _copy_inputs(root: Path, target: Path) -> None:
    """Make ``target`` hold the inputs that stand in ``root`` and nothing else; what is the same stays."""
    wanted = {
        path.relative_to(root).as_posix(): path
        for name in _COPIED
        for path in [root / name, *(root / name).rglob("*")]
        if path.is_file() and not _LITTER.intersection(path.parts)
    }
    if not wanted:
        msg = f"There is nothing of {', '.join(_COPIED)} in {root}; expected a checkout."
        raise InputError(msg)
    if any(target.glob(f"*/{MANIFEST}")):
        msg = f"{target} holds runs; expected that no notebook is named {INPUTS}, for copies stand there."
        raise InputError(msg)
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target).as_posix() not in wanted:
            path.unlink()
    for name, path in wanted.items():
        content = path.read_bytes()
        if not (target / name).is_file() or (target / name).read_bytes() != content:
            replace_file(target / name, content)


def _graph(reports: Path, published: date | None) -> list[Entity]:
    files = _files(reports)
    places = [name.removesuffix(f"/{MANIFEST}") for name in files if _RUN.fullmatch(name)]
    runs = {place: manifest for place in places if (manifest := read_manifest(reports / place))}
    citation = about.read_citation(reports / INPUTS / "CITATION.cff")
    described = [
        *_folders(files, runs),
        *_described_files(reports, files, runs),
        *_actions(reports, files, runs),
        *about.source_documents(),
        *about.licences(),
        *about.authors(citation),
        about.software(runs, citation),
    ]
    root = _root(described, citation, published or _newest(runs)) | {"hasPart": _refs(_children(files)[""])}
    graph = {entity["@id"]: _compact(entity) for entity in (*_standards(), root, *described)}
    return sorted(
        graph.values(), key=lambda entity: (entity["@id"] != CRATE, entity["@id"] != "./", entity["@id"])
    )


def _files(reports: Path) -> dict[str, str]:
    """Return name and digest of every file but the description itself and what is just being written."""
    names = (path.relative_to(reports).as_posix() for path in reports.rglob("*") if path.is_file())
    return {
        name: file_digest(reports / name) for name in sorted(names) if name != CRATE and not _passing(name)
    }


def _passing(name: str) -> bool:
    """Return whether a file is none of the archive's: one being written, or what a program notes for itself."""
    return name.startswith(".") or any(part.startswith((PART, OLD)) for part in name.split("/"))


def _newest(runs: Mapping[str, Mapping[str, Any]]) -> date:
    """Return the day, in UTC, on which the newest run started."""
    moments = []
    for manifest in runs.values():
        try:
            moment = datetime.fromisoformat(str(manifest["timing"]["started"]))
        except (KeyError, TypeError, ValueError):
            continue
        moments.append(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    if not moments:
        msg = "No run in the reports tells when it was made; expected a run, or the parameter date_published."
        raise InputError(msg)
    return max(moments).date()


def _refs(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": name} for name in sorted(set(names))]


def _compact(entity: Entity) -> Entity:
    """Return an entity as RO-Crate wants it written: a list of one is that one, a list of none is left out."""
    shown = {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in entity.items()
    }
    return {key: value for key, value in shown.items() if value != []}


def _standards() -> list[Entity]:
    """Say which specification the description follows, and which one its runs."""
    said = {"about": {"@id": "./"}, "conformsTo": {"@id": _SPECIFICATION}}
    profile = {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    return [{"@id": CRATE, "@type": "CreativeWork", **said}, profile]


def _root(described: list[Entity], citation: Mapping[str, Any], published: date) -> Entity:
    def refs(start: str) -> list[dict[str, str]]:
        return _refs(entity["@id"] for entity in described if entity["@id"].startswith(start))

    people = about.authors(citation)
    authors = [{"@id": entity["@id"]} for entity in people if not entity["@id"].startswith("#affiliation-")]
    publishers = [{"@id": entity["@id"]} for entity in people if entity["@type"] == "Organization"]
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": {"@id": _PROFILE},
        "name": about.NAME_EN,
        "alternateName": about.NAME_JA,
        "description": about.DESCRIPTION,
        "inLanguage": ["ja", "en"],
        "keywords": ", ".join(map(str, citation.get("keywords") or ["新連携"])),
        "datePublished": published.isoformat(),
        "version": shinrenkei.__version__,
        "license": _refs([about.MIT, about.TERMS]),
        "author": authors,
        "publisher": publishers[:1],
        "citation": refs("#source-"),
        "mentions": [*refs("#run-"), {"@id": about.SOFTWARE}],
    }


def _folders(files: Iterable[str], runs: Mapping[str, Mapping[str, Any]]) -> Iterator[Entity]:
    for folder, parts in _children(files).items():
        if folder:
            said = {"name": _title(folder, runs), "hasPart": _refs(parts)}
            yield {"@id": f"{entity_id(folder)}/", "@type": "Dataset", **said}


def _children(files: Iterable[str]) -> dict[str, set[str]]:
    """Return the ids of what stands directly in each folder; the reports themselves are ``""``."""
    found: dict[str, set[str]] = {"": set()}
    for name in files:
        parts = name.split("/")
        for depth in range(len(parts)):
            slash = "/" if depth < len(parts) - 1 else ""
            child = entity_id("/".join(parts[: depth + 1])) + slash
            found.setdefault("/".join(parts[:depth]), set()).add(child)
    return found


def _described_files(
    reports: Path, files: Mapping[str, str], runs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Entity]:
    titles, sources = _table_titles(), _table_sources()
    for name, digest in files.items():
        path = PurePosixPath(name)
        entity: Entity = {
            "@id": entity_id(name),
            "@type": ["File", "SoftwareSourceCode"] if _is_program(name) else "File",
            "name": titles.get(name) or _TITLES.get(name) or _title(name, runs),
            "encodingFormat": _TYPES.get(path.suffix.lower(), "application/octet-stream"),
            "citation": _refs(f"#source-{source}" for source in sources.get(name, [])),
        }
        if path.suffix.lower() in _OF_DATA:
            entity["license"] = {"@id": about.TERMS}
        if not (path.name == MANIFEST or (path.suffix == ".html" and len(path.parts) == 1)):
            entity |= {"contentSize": str((reports / name).stat().st_size), "sha256": digest}
        yield entity


def _is_program(name: str) -> bool:
    return name.startswith(f"{INPUTS}/notebooks/") and name.endswith(".ipynb")


def _title(name: str, runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a file or a folder of a run is called; elsewhere its path."""
    place = _place(name)
    if place not in runs:
        return name
    rest = name.removeprefix(place).strip("/")
    title = f"{runs[place].get('title') or place} ({place.split('/')[1]})"
    return f"{title}: {rest}" if rest else title


def _place(name: str) -> str:
    return "/".join(name.split("/")[:2])


def _table_titles() -> dict[str, str]:
    rows = catalog.tables().to_dict("records")
    return {f"{_PROCESSED}/{row['name']}.csv": f"{row['title_ja']} / {row['title_en']}" for row in rows}


def _table_sources() -> dict[str, list[str]]:
    tidy = {
        f"{_PROCESSED}/{row['name']}.csv": list(filter(None, row["source_ids"].split(", ")))
        for row in catalog.tables().to_dict("records")
    }
    printed = {f"{INPUTS}/data/raw/{name}.csv": [name.split("/")[0]] for name in catalog.raw_tables()}
    return {**tidy, **printed, "shinrenkei.xlsx": catalog.sources()["source_id"].tolist()}


def _actions(
    reports: Path, files: Mapping[str, str], runs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Entity]:
    """Describe every run: which notebook made which files of which data and parameters."""
    copies = {name.removeprefix(f"{INPUTS}/"): files[name] for name in files if name.startswith(f"{INPUTS}/")}
    results: dict[str, list[str]] = {}
    for name in files:
        results.setdefault(_place(name), []).append(name)
    for place, manifest in runs.items():
        notebook, data = _notebook(reports, manifest, copies), list(_inputs(manifest, copies))
        parameters = [_parameter(name, value) for name, value in manifest["parameters"].items()]
        yield {
            "@id": f"#run-{entity_id(place)}",
            "@type": "CreateAction",
            "name": _title(place, runs),
            "description": f"Versions, digests, seed and times stand in {place}/{MANIFEST}.",
            "instrument": {"@id": notebook["@id"]},
            "object": _refs(entity["@id"] for entity in [*data, *parameters]),
            "result": _refs(entity_id(name) for name in results[place] if name != f"{place}/{MANIFEST}"),
            **_outcome(manifest),
        }
        # What stands in the folder is described there; here only what does not.
        yield from (entity for entity in [notebook, *data, *parameters] if len(entity) > 1)


def _outcome(manifest: Mapping[str, Any]) -> dict[str, str]:
    if manifest["status"] == "done":
        return {"actionStatus": "http://schema.org/CompletedActionStatus"}
    error = manifest.get("error") or {}
    said = f"{error.get('name') or 'Error'}: {error.get('message') or ''}"
    return {"actionStatus": "http://schema.org/FailedActionStatus", "error": said}


def _notebook(reports: Path, manifest: Mapping[str, Any], copies: Iterable[str]) -> Entity:
    stem, digest = str(manifest.get("notebook")), str(manifest["inputs"].get("notebook"))
    for name in copies:
        if name.startswith("notebooks/") and PurePosixPath(name).name == f"{stem}.ipynb":
            with suppress(InputError):
                if notebook_digest(read_notebook(reports / INPUTS / name)) == digest:
                    return {"@id": entity_id(f"{INPUTS}/{name}")}
    return {
        "@id": f"#notebook-{entity_id(stem)};sha256={digest[:12]}",
        "@type": "SoftwareSourceCode",
        "name": str(manifest.get("title") or stem),
        "description": f"The notebook {stem}.ipynb as it was run; its cells stand in the run's notebook.ipynb.",
        "sha256": digest,
    }


def _inputs(manifest: Mapping[str, Any], copies: Mapping[str, str]) -> Iterator[Entity]:
    """Give the data of a run: a folder where it is that folder, else file by file."""
    recorded, held = _by_folder(manifest["inputs"].get("files") or {}), _by_folder(copies)
    for folder, wanted in recorded.items():
        if folder and wanted == held.get(folder):
            yield {"@id": f"{entity_id(f'{INPUTS}/{folder}')}/"}
        else:
            yield from (_input(name, digest, copies) for name, digest in wanted.items())


def _by_folder(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Sort files by their first two folders (``data/raw``); the others together under ``""``."""
    found: dict[str, dict[str, str]] = {}
    for name, digest in files.items():
        found.setdefault(_place(name) if name.count("/") > 1 else "", {})[name] = digest
    return found


def _input(name: str, digest: str, copies: Mapping[str, str]) -> Entity:
    if copies.get(name) == digest:
        return {"@id": entity_id(f"{INPUTS}/{name}")}
    said = {"name": name, "description": "Read by runs as it then was; not in this folder.", "sha256": digest}
    return {"@id": f"#{entity_id(name)};sha256={digest[:12]}", "@type": "CreativeWork", **said}


def _parameter(name: str, value: Any) -> Entity:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    plain = value if isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)) else text
    return {
        "@id": f"#parameter-{entity_id(f'{name}={text}')}",
        "@type": "PropertyValue",
        "name": name,
        "value": plain,
    }
