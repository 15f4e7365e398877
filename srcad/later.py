"""Modules that are imported when something in them is first asked for.

    if TYPE_CHECKING:
        from srcad import deriving
    else:
        deriving = later("srcad.deriving")

To call derivatives that are on disk, nothing of what derives is needed, and to import all of it
takes longer than many programs run.
"""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """Stands for a module until something in it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Return what the module calls so; import the module if nobody has."""
        return getattr(importlib.import_module(self._name), attribute)


def later(name: str) -> Any:
    """Return what stands for a module."""
    return Later(name)
