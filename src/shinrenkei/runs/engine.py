"""An engine for papermill whose kernels are forked: ``papermill --engine shinrenkei``."""

from __future__ import annotations

from typing import Any


class ForkEngine:
    """Runs notebooks in forked kernels, and in ordinary ones where none can be forked.

    papermill loads its engines while it is itself being imported, so this class needs nothing of papermill's until
    it is used.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **more: Any) -> Any:
        """Run the notebook and return it."""
        from shinrenkei.runs.client import RunEngine

        return RunEngine.execute_notebook(nb, kernel_name, **more)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the notebook's kernel."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the notebook's language."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
