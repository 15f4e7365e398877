"""Several processes at one cache, and what happens where nothing can be written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cache.programs import run

PROGRAM = """
import sys
import srcad
from tests.cache.programs import function
f = function('''
    import math
    def f(x, y):
        return math.sin(x) * y + x * x
''')
print(srcad.value_and_grad(f, argnums=(0, 1))(0.5, 2.0))
print(sorted({"srcad.pipeline", "srcad.deriving"} & set(sys.modules)))
"""
FULL = """
import resource, signal, warnings
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
warnings.simplefilter("always")
"""
EIGHT = 8


@pytest.mark.compiled
def test_eight_processes_write_at_once(tmp_path):
    """All give the same numbers; one whole entry is left, and no draft of it."""
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(EIGHT) as pool:
        found = list(pool.map(lambda _: run(PROGRAM, cache), range(EIGHT)))
    assert {text.splitlines()[0] for text in found} == {found[0].splitlines()[0]}
    names = [path.name for path in cache.rglob("*") if path.is_file()]
    assert len(names) == len(set(names))
    assert not [name for name in names if name.startswith(".")]
    value, derived = run(PROGRAM, cache).splitlines()
    assert value == found[0].splitlines()[0]
    assert derived == "[]", "nothing is derived where all is found"


@pytest.mark.compiled
def test_a_disk_that_is_full(tmp_path):
    """No file can become large: a warning, the right numbers, and nothing that others find."""
    pytest.importorskip("resource")
    cache = tmp_path / "cache"
    whole = run(PROGRAM, tmp_path / "another").splitlines()[0]
    assert run(FULL + PROGRAM, cache).splitlines()[0] == whole
    left = [path for path in cache.rglob("*") if path.is_file()]
    assert not left
    assert run(PROGRAM, cache).splitlines()[0] == whole
