"""What every run of the project depends on beside its notebook and parameters."""

from __future__ import annotations

from shinrenkei import runs
from shinrenkei.paths import checkout


def project_inputs() -> runs.Inputs:
    """Return digests of the library, the lock and the data; of the library alone where it is installed."""
    root = checkout()
    if root is None:
        return runs.gather_inputs()
    data = [root / "data" / "processed", root / "data" / "raw"]
    return runs.gather_inputs(None, root / "requirements.lock", data, base=root)
