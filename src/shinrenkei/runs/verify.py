"""Proof that finished runs are what their manifests say, and that they come out the same when made again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError
from shinrenkei.runs.execute import SweepProgress
from shinrenkei.runs.manifest import (
    MANIFEST,
    Inputs,
    changed_outputs,
    file_digest,
    fresh_of,
    output_names,
    read_manifest,
    run_key,
)
from shinrenkei.runs.notebook import notebook_digest, read_notebook, tags
from shinrenkei.runs.parameters import parse_parameters
from shinrenkei.runs.place import FAILED, OLD, PART
from shinrenkei.runs.plan import STAGED, OpenNotebook, Options, Plan, plan_run
from shinrenkei.runs.sweep import run_plans
from shinrenkei.runs.tidy import INJECTED_TAG


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one run.

    Attributes
    ----------
    path : Path
        Directory of the run.
    problems : tuple of str
        One remark a file that is not as it should be; none where all is well.
    """

    path: Path
    problems: tuple[str, ...] = ()


def verify_runs(directory: str | Path) -> list[Verdict]:
    """Recompute the digest of every file of every run under ``directory``.

    Parameters
    ----------
    directory : str or Path
        A run, or a directory of runs, at any depth. What failed runs left is not looked at.

    Returns
    -------
    list of Verdict
        One a run, in order of name.

    Raises
    ------
    InputError
        Where there is no such directory, or no run in it.
    """
    found = sorted(_find_runs(Path(directory)))
    if not found:
        msg = f"There are no runs in {str(directory)!r}."
        raise InputError(msg)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda path: Verdict(path, tuple(_problems(path))), found))


def _find_runs(directory: Path) -> list[Path]:
    if not directory.is_dir():
        msg = f"There is no directory {str(directory)!r}."
        raise InputError(msg)
    found = []
    for folder, folders, files in os.walk(directory):
        folders[:] = [
            name for name in folders if not name.startswith((PART, OLD)) and not name.endswith(FAILED)
        ]
        if MANIFEST in files or ("notebook.ipynb" in files and "index.html" in files):
            found.append(Path(folder))
            folders.clear()
    return found


def _problems(path: Path) -> list[str]:
    manifest = read_manifest(path)
    if manifest is None:
        return [f"{MANIFEST} is missing or cannot be read"]
    problems = changed_outputs(path, manifest["outputs"])
    if run_key(fresh_of(manifest)) != manifest["key"]:
        problems.append(f"{MANIFEST} changed: its key is not that of the inputs it states")
    if "notebook.ipynb changed" not in problems and _source_digest(path) != manifest["inputs"].get(
        "notebook"
    ):
        problems.append("notebook.ipynb is not the notebook that the manifest states")
    return problems


def _source(path: Path) -> dict[str, Any]:
    """Return the notebook that a run was made from, which the finished one still holds."""
    notebook = read_notebook(path / "notebook.ipynb")
    return {**notebook, "cells": [cell for cell in notebook["cells"] if INJECTED_TAG not in tags(cell)]}


def _source_digest(path: Path) -> str:
    try:
        return notebook_digest(_source(path))
    except InputError:
        return ""


def rerun_runs(
    verdicts: Sequence[Verdict],
    inputs: Inputs,
    jobs: int = 1,
    options: Options | None = None,
    progress: SweepProgress | None = None,
) -> list[Verdict]:
    """Make runs again, from the notebooks they hold, and compare every file.

    Parameters
    ----------
    verdicts : sequence of Verdict
        What ``verify_runs`` found; remarks are added to it.
    inputs : Inputs
        What the runs depend on now.
    jobs : int
        How many runs to make at a time.
    options : Options, optional
        How they are made.
    progress : SweepProgress, optional
        Whom to tell.

    Returns
    -------
    list of Verdict
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        plans: dict[Path, Plan] = {}
        added: dict[Path, list[str]] = {}
        for number, verdict in enumerate(verdicts):
            planned = _plan_again(verdict.path, Path(scratch) / str(number), inputs, options)
            if isinstance(planned, Plan):
                plans[verdict.path] = planned
            else:
                added[verdict.path] = [planned]
        results = run_plans(list(plans.values()), jobs=jobs, options=options, progress=progress)
        for path, result in zip(plans, results, strict=True):
            added[path] = _differences(path, result.path) if result.status == "done" else [result.sentence]
        return [replace(verdict, problems=(*verdict.problems, *added[verdict.path])) for verdict in verdicts]


def _plan_again(path: Path, out: Path, inputs: Inputs, options: Options) -> Plan | str:
    """Plan a run from what the finished one holds, or say why it cannot be made again."""
    manifest = read_manifest(path)
    if manifest is None:
        return f"cannot be run again: {MANIFEST} is missing or cannot be read"
    own = [name for name in manifest["inputs"].get("files", {}) if name.startswith(f"{STAGED}/")]
    if own:
        return f"cannot be run again: it was given {', '.join(own)}, which is not kept"
    try:
        source = _source(path)
        parameters = parse_parameters(source, str(path / "notebook.ipynb"))
        file = path / f"{manifest['notebook']}.ipynb"
        opened = OpenNotebook(file, source, tuple(parameters), notebook_digest(source), manifest["title"])
        seed = replace(options, seed=manifest.get("seed"))
        return plan_run(opened, manifest["parameters"], out, inputs, seed)
    except InputError as error:
        return f"cannot be run again: {error}"


def _differences(before: Path, after: Path) -> list[str]:
    """Return a remark for each file that the new run does not have like the old one."""
    old, new = output_names(before), output_names(after)
    remarks = [f"{name} is not made again" for name in old if name not in new]
    remarks += [f"{name} is made now and was not" for name in new if name not in old]
    both = [name for name in old if name in new]
    return remarks + [
        f"{name} comes out otherwise when run again"
        for name in both
        if file_digest(before / name) != file_digest(after / name)
    ]
