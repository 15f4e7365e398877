"""The forms of the functions of docs/functions.md: expressions, by the kind of their arguments.

One line is one form. Tests run each over the grid of its kind, and compare it with NumPy.
"""

from __future__ import annotations

from tests.library import forms_methods, forms_pairs, forms_shapes, forms_values
from tests.library.grid import Form
from tests.library.kinds import KINDS

TABLES = (forms_values, forms_shapes, forms_methods, forms_pairs)

FORMS = tuple(
    Form(line.strip(), KINDS[kind])
    for table in TABLES
    for kind, text in table.LINES.items()
    for line in text.strip().splitlines()
)
