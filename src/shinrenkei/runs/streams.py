"""Standard output and error of a kernel, with raw writes in the order in which they were made.

ipykernel passes on what C code and child processes write to the descriptors, but by the clock: it can come after
what was printed later, or after the end of its cell, and its letters can be cut in two.
"""

from __future__ import annotations

import codecs
import os
import select
import threading
from typing import Any

from ipykernel.iostream import OutStream

READ_BYTES = 65536


class RunStream(OutStream):
    """Takes in what has been written raw before it takes anything else."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._taking = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        super().__init__(*args, **more)  # type: ignore[no-untyped-call]

    def _watch_pipe_fd(self) -> None:
        """Take in raw writes while nothing else calls for it; runs in a thread of its own."""
        while self._should_watch and self._fid is not None:
            select.select([self._fid], [], [])
            if self._should_watch:
                self._take_in()

    def _take_in(self) -> None:
        """Read what lies in the pipe, if anything does."""
        if self._fid is None or os.getpid() != self._master_pid:
            return
        with self._taking:
            while select.select([self._fid], [], [], 0)[0]:
                data = os.read(self._fid, READ_BYTES)
                os.write(self._original_stdstream_copy, data)
                super().write(self._decoder.decode(data))

    def write(self, string: str) -> int | None:  # type: ignore[override]
        """Write text after what has been written raw before it."""
        self._take_in()
        return super().write(string)

    def flush(self) -> None:
        """Send what there is; a kernel does so at the end of each cell and before each figure."""
        self._take_in()
        super().flush()  # type: ignore[no-untyped-call]
