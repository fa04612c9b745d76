"""How the manual is built: `make docs`, offline, with warnings as errors."""

import logging
import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# jsonschema compiles the grammars of this package at import, for seconds, to check addresses that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

project = "shinrenkei"
author = "The shinrenkei developers"
copyright = author  # noqa: A001 - Sphinx's name
version = release = version_of("shinrenkei")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated",
    "page_kernels",
    "mathml",
]
exclude_patterns = ["_build", "_ext"]
language = "en"
default_role = "py:obj"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "linkify", "tasklist"]
myst_heading_anchors = 3
myst_linkify_fuzzy_links = False  # `runs.toml` is a file, not an address

# Code cells are run at every build: a cache of their results would not notice a changed table or library.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_output_stderr = "error"
nb_merge_streams = True
logging.getLogger("traitlets").setLevel(logging.WARNING)

napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_type_aliases = {
    name: name for name in ("By", "Columns", "Deflator", "IntoFrame", "IntoFrameT", "Ranking")
}
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"shinrenkei {release}"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
