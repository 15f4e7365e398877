"""How the site is built: `python -m sphinx -W -b html docs build`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_extensions")]

import srcad  # noqa: E402  the checkout, not what may be installed

project = "srcad"
author = "the srcad developers"
copyright = "the srcad developers"  # noqa: A001  Sphinx asks for this name
release = version = srcad.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "house_docstrings",
    "programs",
]
exclude_patterns = ["_build", "build", "changes"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
nitpicky = False

autosummary_generate = True
autosummary_imported_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
templates_path = ["_templates"]
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

default_role = "code"

html_theme = "furo"
html_title = "srcad"
html_static_path = ["_static"]
html_css_files = ["srcad.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5fa8", "color-brand-content": "#1f5fa8"},
    "dark_css_variables": {"color-brand-primary": "#8ab8f0", "color-brand-content": "#8ab8f0"},
}
