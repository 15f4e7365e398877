"""The pool of free blocks: nothing of an array's life is changed by where its memory comes from."""

import os
import threading

import numpy as np
import pytest
from numba import njit

import srcad
from srcad.backend import pool
from srcad.backend.pool_code import ALLOCATE, ALLOCATED, FOUND, LIMIT, SLOTS, SMALLEST
from srcad.options import memory_limit
from tests.cache.programs import run
from tests.generated_code import compiled

pytestmark = pytest.mark.compiled

LARGE = 40_000
TEXTS = {
    "made": "def made(n, value):\n    a = np.empty(n)\n    a[:] = value\n    return a\n",
    "several": """
def several(n, count):
    kept = []
    for _ in range(count):
        kept.append(np.empty(n))
    return len(kept)
""",
    "failing": """
def failing(n, where):
    a = np.empty(n)
    b = np.empty(n)
    a[0] = b[0] = where
    if where > 3:
        raise ValueError
    return a[0] + b[0]
""",
}


MADE, SEVERAL, FAILING = (compiled(text, name) for name, text in TEXTS.items())


@pytest.fixture
def words():
    """The words of the pool, which is empty at first; limits are set back."""
    MADE(10, 0.0)
    found = pool.start().words
    before = found[LIMIT], found[SMALLEST]
    srcad.release_memory()
    yield found
    found[LIMIT], found[SMALLEST] = before
    srcad.release_memory()


def test_blocks_are_used_again(words):
    """The second array is where the first one was; small ones and other sizes are not."""
    first = MADE(LARGE, 1.0).ctypes.data
    kept = srcad.memory_in_use()
    assert 8 * LARGE <= kept < 8 * LARGE + 5000
    again = MADE(LARGE - 100, 2.0)
    assert again.ctypes.data == first
    assert first % 64 == 0
    assert srcad.memory_in_use() == 0
    del again
    before = list(words)
    MADE(100, 1.0)
    assert list(words) == before
    MADE(LARGE // 2, 1.0)
    MADE(2 * LARGE, 1.0)
    assert words[FOUND] == before[FOUND]
    assert words[ALLOCATED] == before[ALLOCATED] + 2
    srcad.release_memory()
    assert srcad.memory_in_use() == 0


def test_results_belong_to_the_caller(words):
    """What Python holds is never used again; views hold it too."""
    del words
    held = [MADE(LARGE, float(k)) for k in range(5)]
    views = [made[1:3] for made in held]
    del held
    for k in range(20):
        MADE(LARGE, 100.0 + k)
    srcad.release_memory()
    MADE(LARGE, -1.0)
    assert [list(view) for view in views] == [[k, k] for k in range(5)]


def test_a_gradient_has_no_faults():
    """After some calls, all memory of a gradient is there; results that are dropped included."""
    resource = pytest.importorskip("resource")

    def flow(x):
        u = x.copy()
        for _ in range(30):
            u = np.sin(u) + x @ x * 0.001
        return np.sum(u * u)

    gradient, x = srcad.value_and_grad(flow), np.linspace(0.0, 1.0, LARGE)
    expected = gradient(x)[1]
    gradient(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        assert np.array_equal(gradient(x)[1], expected)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 50


def test_exceptions_midway(words):
    """A function that raises gives back what it had."""
    FAILING(LARGE, 0)
    before = srcad.memory_in_use()
    count = words[ALLOCATED]
    for _ in range(1000):
        with pytest.raises(ValueError):
            FAILING(LARGE, 5)
    assert srcad.memory_in_use() == before
    assert words[ALLOCATED] == count


def test_recursion(words):
    """Each call in progress has memory of its own; helpers have one name for the pool, too."""
    text = """
def deep(n, depth):
    a = np.empty(n)
    a[:] = inner(n, depth)
    return a[0] + a[n - 1]

def inner(n, depth):
    a = np.empty(n)
    a[:] = depth
    if depth == 0:
        return a[0] + a[n - 1]
    return inner(n, depth - 1) + a[0] + a[n - 1]
"""
    deep = compiled(text, "deep")
    before = words[FOUND] + words[ALLOCATED]
    assert deep(LARGE, 5) == 2 * 2 * 15
    assert words[FOUND] + words[ALLOCATED] == before + 7
    (made,) = deep.overloads.values()
    names = [f.name for f in made.library._final_module.functions]
    assert [name for name in names if "alloc_aligned" in name] == [ALLOCATE]


def test_limit(words):
    """The pool keeps no more than it may: the blocks that were free for longest make room."""
    size = 8 * LARGE
    words[LIMIT] = int(3.5 * size)
    SEVERAL(LARGE, 6)
    assert 2.9 * size < srcad.memory_in_use() <= words[LIMIT]
    MADE(2 * LARGE, 1.0)
    assert 2.9 * size < srcad.memory_in_use() <= words[LIMIT]
    before = words[FOUND]
    MADE(2 * LARGE, 1.0)
    assert words[FOUND] == before + 1
    kept = srcad.memory_in_use()
    MADE(4 * LARGE, 1.0)  # more than may be kept at all: nothing makes room for it
    assert srcad.memory_in_use() == kept
    words[LIMIT] = 0
    MADE(2 * LARGE, 1.0)
    assert srcad.memory_in_use() < kept


def test_the_oldest_makes_room(words):
    """Of blocks of four sizes, with room for three, the first one is gone."""
    sizes = (LARGE, int(1.3 * LARGE), int(1.7 * LARGE), int(0.7 * LARGE))
    words[LIMIT] = int(4.5 * 8 * LARGE)
    for size in sizes:
        MADE(size, 1.0)
    held = []
    for size, found in zip(sizes, (0, 1, 1, 1), strict=True):
        before = words[FOUND]
        held.append(MADE(size, 1.0))
        assert words[FOUND] == before + found


def test_more_blocks_than_slots(words):
    """What finds no slot takes that of the oldest block."""
    SEVERAL(LARGE, SLOTS + 20)
    assert SLOTS * 8 * LARGE <= srcad.memory_in_use() <= SLOTS * (8 * LARGE + 5000)
    MADE(LARGE // 4, 1.0)
    before = words[FOUND]
    MADE(LARGE // 4, 1.0)
    assert words[FOUND] == before + 1


def test_too_large():
    """What no system has is refused as Numba refuses it."""
    for n in (1 << 44, 1 << 57, 1 << 59):
        with pytest.raises(MemoryError):
            MADE(n, 1.0)


def test_threads(words):
    """Threads share the pool while others empty it: each has its own memory and numbers."""
    wrong, done = [], threading.Event()
    busy = compiled(TEXTS["made"], "made", nogil=True)
    busy(10, 1.0)

    def work(k):
        sizes = (LARGE, LARGE // 2, LARGE + 3000 * k)
        for turn in range(300):
            made = busy(sizes[turn % 3], float(k))
            if not (made[0] == made[-1] == k and (made == k).all()):
                wrong.append((k, turn))

    def empty():
        while not done.wait(0.001):
            srcad.release_memory()

    words[LIMIT] = 20 * LARGE
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    emptying = threading.Thread(target=empty)
    for thread in (*threads, emptying):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    emptying.join()
    assert not wrong
    assert 0 <= srcad.memory_in_use() <= words[LIMIT] + 4 * 8 * (LARGE + 9000)
    srcad.release_memory()
    assert srcad.memory_in_use() == 0


def test_the_users_own_code_is_left_alone(words):
    """What calls generated code gets its memory from the pool, but for its own arrays."""

    @njit
    def caller(value):
        own = np.empty(LARGE)
        own[0] = MADE(LARGE, value)[7]
        return own[0]

    caller(1.0)
    before = words[FOUND] + words[ALLOCATED]
    assert caller(2.0) == 2.0
    assert words[FOUND] + words[ALLOCATED] == before + 1
    code = caller.inspect_llvm(caller.signatures[0])
    assert "@NRT_MemInfo_alloc_aligned(" in code
    assert f"@{ALLOCATE}(" in code


def test_no_pool(monkeypatch):
    """Without a pool, arrays come from Numba's own allocation."""

    def fails(limit):
        raise RuntimeError(limit)

    def names():
        made = compiled(TEXTS["made"], "made")
        assert (made(LARGE, 3.0) == 3.0).all()
        assert srcad.memory_in_use() == 0
        srcad.release_memory()
        (code,) = made.overloads.values()
        return [f.name for f in code.library._final_module.functions]

    monkeypatch.setattr(pool, "_pools", [])
    monkeypatch.setattr(pool, "Pool", fails)
    assert pool.start() is None
    assert ALLOCATE not in names()
    monkeypatch.undo()
    monkeypatch.setattr(pool, "_pools", [])
    monkeypatch.setenv("SRCAD_MEMORY_LIMIT", "0")
    assert ALLOCATE not in names()


LIMITS = {"": 1 << 30, "0": 0, "5000": 5000, "12k": 12 << 10, " 3M": 3 << 20, "2G": 2 << 30}


def test_limit_of_the_environment(monkeypatch):
    """The variable is a number of bytes; anything else says what it has to be."""
    for text, limit in LIMITS.items():
        monkeypatch.setenv("SRCAD_MEMORY_LIMIT", text)
        assert memory_limit() == limit
    for text in ("M", "-1", "1.5G", "1 G", "many", "5kk", "²"):
        monkeypatch.setenv("SRCAD_MEMORY_LIMIT", text)
        with pytest.raises(ValueError, match="SRCAD_MEMORY_LIMIT is a number of bytes"):
            memory_limit()


PROGRAM = """
import sys
import numba
import numpy as np
import srcad
from srcad.backend import pool
from srcad.backend.pool_code import FOUND
from tests.cache.programs import function

f = function('''
    import numpy as np
    def f(x):
        u = x.copy()
        for _ in range(3):
            u = np.sin(u)
        if u[0] > 0.6:
            raise ValueError("too large")
        return np.sum(u * u)
''')
gradient, x = srcad.value_and_grad(f), np.full(40_000, 0.3)
results = [gradient(x) for _ in range(4)]
assert all(np.array_equal(r[1], results[0][1]) for r in results)
del results
made = pool._pools[0] if pool._pools else None
print("found" if made is not None and made.words[FOUND] > 0 else "none", srcad.memory_in_use() > 0)
print("derived" if gradient.emitted else "loaded")
try:
    gradient(np.ones(40_000))
except ValueError as error:
    print(error)
"""


def test_other_processes(tmp_path):
    """Code from the disk finds the pool; Numba's debugging does without it."""
    cache = tmp_path / "cache"
    assert run(PROGRAM, cache) == "found True\nderived\ntoo large\n"
    assert run(PROGRAM, cache) == "found True\nloaded\ntoo large\n"
    debugged = run(PROGRAM, cache, NUMBA_DEBUG_NRT="1")
    assert debugged.startswith("none False\nderived\ntoo large\n")


FORKS = """
import os
import threading
import warnings
import numpy as np
import srcad
from tests.cache.programs import function

warnings.simplefilter("ignore")  # that there are threads
f = function('''
    import numpy as np
    def f(x):
        return np.sum(np.sin(x) * x)
''')
gradient = srcad.differentiate(nogil=True)(f).grad()
x = np.linspace(0.0, 1.0, 20_000)
expected = gradient(x)
done = threading.Event()

def work():
    while not done.is_set():
        gradient(x)

threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
codes = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        right = all(np.array_equal(gradient(x), expected) for _ in range(3))
        kept = srcad.memory_in_use() > 0
        srcad.release_memory()
        os._exit(0 if right and kept and srcad.memory_in_use() == 0 else 1)
    codes.append(os.waitpid(child, 0)[1])
done.set()
for thread in threads:
    thread.join()
print(codes.count(0))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks(tmp_path):
    """A child of a process whose threads change the pool has a pool whose numbers are right."""
    assert run(FORKS, tmp_path / "cache") == "20\n"
