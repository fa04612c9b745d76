"""Write the course for nbgrader in one language: python tools/course.py --lang ja --out DIR."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shinrenkei.runs.notebook import read_notebook

TEACHING = Path(__file__).resolve().parents[1] / "notebooks" / "teaching"
LANGUAGES = ("ja", "en")
CONFIG = "nbgrader_config.py"
LANG_LINE = re.compile(r'^(lang\b.*= )"(?:ja|en)"', flags=re.MULTILINE)


def in_language(unit: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return a unit without the cells of the other language, its parameter ``lang`` set.

    Parameters
    ----------
    unit : dict
        A notebook with both languages: prose cells tagged ``ja`` and ``en``, one cell tagged ``parameters``.
    lang : {"ja", "en"}
        The language to keep.

    Returns
    -------
    dict
        A notebook of its own; ``unit`` stays as it is.

    Raises
    ------
    ValueError
        If no parameters cell sets ``lang``.
    """
    others = set(LANGUAGES) - {lang}
    kept = [dict(cell) for cell in unit["cells"] if not others & _tags(cell)]
    parameters = [cell for cell in kept if "parameters" in _tags(cell)]
    if len(parameters) != 1 or not LANG_LINE.search(parameters[0]["source"]):
        msg = 'one cell tagged "parameters" with a line lang = "ja" is expected.'
        raise ValueError(msg)
    parameters[0]["source"] = LANG_LINE.sub(rf'\1"{lang}"', parameters[0]["source"])
    return {**unit, "cells": kept}


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def write_course(teaching: Path, lang: str, out: Path) -> list[str]:
    """Write a course directory of nbgrader in one language.

    Parameters
    ----------
    teaching : pathlib.Path
        The folder with ``nbgrader_config.py`` and ``source/<unit>/<unit>.ipynb``.
    lang : {"ja", "en"}
        The language.
    out : pathlib.Path
        A folder that is empty or not there yet.

    Returns
    -------
    list of str
        The units written.

    Raises
    ------
    ValueError
        If ``out`` holds anything, ``teaching`` holds no unit, or a unit is no bilingual source.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        msg = f"{out}: an empty or a new folder is expected, so that nobody's submissions or grades are lost."
        raise ValueError(msg)
    found = (teaching / "source").glob("*/*.ipynb")
    paths = sorted(path for path in found if path.stem == path.parent.name)
    if not paths:
        msg = f"{teaching / 'source'}: no unit (<unit>/<unit>.ipynb) was found."
        raise ValueError(msg)
    units = {path.stem: _in_language(path, lang) for path in paths}  # all are read before any is written
    for name, unit in units.items():
        folder = out / "source" / name
        folder.mkdir(parents=True)
        text = json.dumps(unit, ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8", newline="\n")
    shutil.copyfile(teaching / CONFIG, out / CONFIG)
    return list(units)


def _in_language(path: Path, lang: str) -> dict[str, Any]:
    unit = read_notebook(path)
    try:
        return in_language(unit, lang)
    except ValueError as error:
        msg = f"{path}: {error}"
        raise ValueError(msg) from error


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; the exit status is 2 where the call's words are wrong, 1 where the work failed."""
    parser = argparse.ArgumentParser(description="Write the course for nbgrader in one language.")
    parser.add_argument(
        "--lang", choices=LANGUAGES, required=True, help="the language of the prose and figures"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="an empty or a new folder")
    call = parser.parse_args(words)
    try:
        units = write_course(TEACHING, call.lang, call.out)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    sys.stdout.write(
        f"{call.out}: {len(units)} units. Next, in that folder: nbgrader generate_assignment {units[0]}\n"
    )


if __name__ == "__main__":
    main()
