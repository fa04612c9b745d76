"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from shinrenkei.errors import InputError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that it is there whole or as it was before.

    Raises
    ------
    InputError
        Where it cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     replace_file(Path(folder) / "note.txt", b"321")
    ...     [(path.name, path.read_bytes()) for path in Path(folder).iterdir()]
    [('note.txt', b'321')]
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        msg = f"The file {path} cannot be written: {error.strerror or error}."
        raise InputError(msg) from error
