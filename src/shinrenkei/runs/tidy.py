"""A finished notebook freed of what differs from run to run though nothing of substance did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from shinrenkei.runs.notebook import tags

ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")
CELL_FILE = re.compile(r"ipykernel_\d+([/\\]\d+\.py)")
INJECTED_TAG = "injected-parameters"


def tidy_notebook(notebook: dict[str, Any], replace: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the notebook with nothing in it but sources, tags and outputs.

    Parameters
    ----------
    notebook : dict
        As it came back from the kernel.
    replace : sequence of (str, str)
        Places of this machine, such as the working directory, and what stands for them in the outputs.

    Returns
    -------
    dict
        Cell ids are kept where they are unique and numbered otherwise; times, process numbers, memory
        addresses and places of this machine are gone; texts between two other outputs are one a stream.
    """
    metadata = notebook.get("metadata", {})
    kept = {key: metadata[key] for key in ("kernelspec", "language_info", "widgets") if key in metadata}
    kept.pop("kernelspec", None)
    kept["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    cells = [_tidy_cell(cell, replace) for cell in notebook["cells"]]
    return {"cells": _with_ids(cells), "metadata": kept, "nbformat": 4, "nbformat_minor": 5}


def _tidy_cell(cell: dict[str, Any], replace: Sequence[tuple[str, str]]) -> dict[str, Any]:
    found = tags(cell)
    tidy: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": INJECTED_TAG if INJECTED_TAG in found else str(cell.get("id", "")),
        "metadata": {"tags": found} if found else {},
        "source": cell["source"],
    }
    if cell.get("attachments"):
        tidy["attachments"] = cell["attachments"]
    if cell["cell_type"] == "code":
        tidy["execution_count"] = cell.get("execution_count")
        outputs = [_tidy_output(output, replace) for output in cell.get("outputs", [])]
        tidy["outputs"] = merge_streams(outputs)
    return tidy


def _with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [cell["id"] for cell in cells]
    unique = all(ids) and len(set(ids)) == len(ids)
    return (
        cells if unique else [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells, start=1)]
    )


def _tidy_output(output: dict[str, Any], replace: Sequence[tuple[str, str]]) -> dict[str, Any]:
    tidy = {key: value for key, value in output.items() if key != "transient"}
    if "text" in tidy:
        tidy["text"] = _tidy_text(tidy["text"], replace)
    if "traceback" in tidy:
        tidy["traceback"] = [_tidy_text(line, replace) for line in tidy["traceback"]]
    if "evalue" in tidy:
        tidy["evalue"] = _tidy_text(tidy["evalue"], replace)
    if "data" in tidy:
        tidy["data"] = {
            kind: _tidy_text(value, replace) if kind == "text/plain" and isinstance(value, str) else value
            for kind, value in tidy["data"].items()
        }
    return tidy


def _tidy_text(text: str, replace: Sequence[tuple[str, str]]) -> str:
    text = CELL_FILE.sub(r"ipykernel\1", ADDRESS.sub("0x...", text))
    for place, word in replace:
        text = text.replace(place, word)
    return text


def merge_streams(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the texts that stand between two other outputs, what was printed before what was warned.

    A kernel sends both streams by the clock, so where a text is cut, and which comes first, is chance.

    Examples
    --------
    >>> def text(name, text): return {"output_type": "stream", "name": name, "text": text}
    >>> merged = merge_streams([text("stderr", "!"), text("stdout", "a"), text("stdout", "b")])
    >>> [(output["name"], output["text"]) for output in merged]
    [('stdout', 'ab'), ('stderr', '!')]
    """
    merged: list[dict[str, Any]] = []
    for is_stream, group in groupby(outputs, key=lambda output: output["output_type"] == "stream"):
        if not is_stream:
            merged.extend(group)
            continue
        texts: dict[str, str] = {"stdout": "", "stderr": ""}
        for output in group:
            texts[output["name"]] += output["text"]
        merged.extend({"output_type": "stream", "name": n, "text": t} for n, t in texts.items() if t)
    return merged
