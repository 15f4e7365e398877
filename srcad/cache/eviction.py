"""What has to go so that the cache stays within its limit: what was not used for longest."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from srcad.cache import directory

ABANDONED = 3600.0
"""Seconds after which nobody writes to a draft any more."""


def make_room(path: Path, suffix: str, limit: int) -> None:
    """Remove the files that were not used for longest, until all are within a limit.

    suffix: that of the files; drafts have it inside, and go when nobody writes to them any more.
    Files that are in use are removed when they can be. Raises as `directory.opened`.
    """
    found = [file for file in directory.files(path) if suffix in file.name]
    for file in found:
        if not file.name.endswith(suffix) and time.time() - file.used > ABANDONED:
            _remove(path, file.name)
    files = sorted(file for file in found if file.name.endswith(suffix))
    total = sum(file.size for file in files)
    for file in files:
        if total <= limit:
            return
        _remove(path, file.name)
        total -= file.size


def _remove(path: Path, name: str) -> None:
    with suppress(OSError):
        directory.remove(path, name)
