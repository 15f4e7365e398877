"""Programs that other processes run, with the cache on; what they print is compared."""

from __future__ import annotations

import linecache
import subprocess
import sys
import textwrap
from pathlib import Path

import srcad

ROOT = Path(srcad.__file__).parents[1]


def run(text, cache, **more):
    """Return what a fresh process prints for a program."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(cache.parent),
        "PYTHONPATH": str(ROOT),
        "SRCAD_CACHE": "1",
        "SRCAD_CACHE_DIR": str(cache),
        "NUMBA_NUM_THREADS": "1",
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(text)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def function(text, name="f", file="", **names):
    """Return a function as a notebook defines it: the text of the cell is known, no file is."""
    text, file = textwrap.dedent(text), file or f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec", dont_inherit=True), names)
    return names[name]
