"""A notebook as its file holds it: read, checked and asked, without a kernel and without heavy imports."""

from __future__ import annotations

import hashlib
import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError

MAX_BYTES = 200_000_000
MAX_TITLE = 300


def read_notebook(path: str | Path) -> dict[str, Any]:
    """Read a Python notebook (format 4) from its file.

    Parameters
    ----------
    path : str or Path
        The notebook's file.

    Returns
    -------
    dict
        The notebook as JSON gives it, with every cell's source as one string.

    Raises
    ------
    InputError
        Where the file is missing, is no notebook, or is written for another language than Python.
    """
    path = Path(path)
    data = _read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("cells", data.get("worksheets")), list):
        msg = f"{path} is not a notebook: it has no list of cells."
        raise InputError(msg)
    if data.get("nbformat") != 4 or not isinstance(data.get("cells"), list):
        msg = f"{path} is in notebook format {data.get('nbformat')!r}; expected 4 (save it in JupyterLab)."
        raise InputError(msg)
    data["cells"] = [_cell(path, number, cell) for number, cell in enumerate(data["cells"], start=1)]
    language = kernel_language(data)
    if language != "python":
        msg = f"{path} is written for a {language!r} kernel; only Python notebooks can be run."
        raise InputError(msg)
    return data


def _read_json(path: Path) -> Any:
    """Return what the JSON file at ``path`` holds."""
    if not path.exists():
        msg = f"There is no notebook {str(path)!r}{_nearest(path)}"
        raise InputError(msg)
    if not path.is_file():
        msg = f"{path} is not a file; expected a notebook."
        raise InputError(msg)
    if path.stat().st_size > MAX_BYTES:
        msg = f"{path} is larger than {MAX_BYTES // 1_000_000} MB; clear its outputs first."
        raise InputError(msg)
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InputError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not a notebook: {error or 'nested too deeply'}."
        raise InputError(msg) from error


def _nearest(path: Path) -> str:
    """Return the notebook that may be meant, beside the path or in a folder below, as the end of a sentence."""
    beside = {found.stem: found for folder in (".", "*") for found in path.parent.glob(f"{folder}/*.ipynb")}
    close = get_close_matches(path.stem, beside, n=1, cutoff=0.5)
    return f"; did you mean {str(beside[close[0]])!r}?" if close else "."


def _cell(path: Path, number: int, cell: Any) -> dict[str, Any]:
    """Return one cell with its source joined, or say what is wrong with it."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
        msg = f"{path} is not a notebook: cell {number} is neither code, markdown nor raw text."
        raise InputError(msg)
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    metadata = cell.get("metadata", {})
    if not all(isinstance(line, str) for line in lines) or not isinstance(metadata, dict):
        msg = f"{path} is not a notebook: cell {number} has no text as its source."
        raise InputError(msg)
    return {**cell, "source": "".join(lines), "metadata": metadata}


def tags(cell: dict[str, Any]) -> list[str]:
    """Return the tags of a cell.

    Examples
    --------
    >>> tags({"metadata": {"tags": ["parameters"]}})
    ['parameters']
    """
    found = cell["metadata"].get("tags", [])
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def kernel_language(notebook: dict[str, Any]) -> str:
    """Return the language that the notebook says it is written in, ``python`` where it says nothing."""
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for part, key in (("kernelspec", "language"), ("language_info", "name"), ("kernelspec", "name")):
        said = metadata.get(part)
        if isinstance(said, dict) and isinstance(said.get(key), str) and said[key]:
            language: str = said[key].lower()
            return (
                "python" if language.startswith(("python", "ipython", "conda-", "shinrenkei")) else language
            )
    return "python"


def title(notebook: dict[str, Any], default: str) -> str:
    """Return the first heading of the notebook, as plain text.

    Examples
    --------
    >>> title({"cells": [{"cell_type": "markdown", "source": "# Rate of `sales`", "metadata": {}}]}, "x")
    'Rate of sales'
    """
    lines = (
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for line in cell["source"].splitlines()
    )
    for line in lines:
        level = len(line.strip()) - len(line.strip().lstrip("#"))
        text = line.strip()[level:]
        if 1 <= level <= 6 and text[:1].isspace():
            bare = re.sub(r"[*`]|<[^>]*>|\[([^]]*)\]\([^)]*\)", r"\1", text[:MAX_TITLE])
            return bare.strip().rstrip("#").strip() or default
    return default


def notebook_digest(notebook: dict[str, Any]) -> str:
    """Return the SHA-256 of what a notebook says: kinds, sources and tags of its cells, no outputs."""
    cells = [[cell["cell_type"], cell["source"], tags(cell)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
