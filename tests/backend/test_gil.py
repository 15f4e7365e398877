"""Calls that have much to do let other Python threads run; short ones keep the interpreter lock."""

import ctypes
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import llvmlite.binding as llvm
import numpy as np
import pytest
from numba import njit

import srcad
from srcad.backend.gil import loops_of
from tests.cache.programs import run
from tests.generated_code import compiled


def straight(x):
    return x * x


def counted(x, n):
    for _ in range(n):
        for k in range(100):
            x = x * k
    return x


def long(x):
    for _ in range(1000):
        x = x * x
    return x


def open_ended(x):
    while x < 100.0:
        x = x * x
    return x


def recursive(x, n):
    return x if n == 0 else recursive(x * x, n - 1)


helper = njit(straight)


def calling(x):
    return helper(x)


LOOPS = {
    straight: "none",
    counted: "counted",
    long: "unknown",
    open_ended: "unknown",
    calling: "counted",
    recursive: "counted",
}


def test_loops():
    """Loops that end when they end, and those of a thousand steps, may take any time."""
    assert {function: loops_of(function) for function in LOOPS} == LOOPS


SAVE = ctypes.PYFUNCTYPE(ctypes.c_void_p)


@pytest.fixture
def released():
    """The releases of the lock by what is compiled in a test, which are counted, not done."""
    found = []
    counting = SAVE(lambda: found.append(True))
    llvm.add_symbol("PyEval_SaveThread", ctypes.cast(counting, ctypes.c_void_p).value)
    yield found
    real = ctypes.cast(ctypes.pythonapi.PyEval_SaveThread, ctypes.c_void_p).value
    llvm.add_symbol("PyEval_SaveThread", real)
    KEPT.append(counting)  # compiled code has its address


KEPT = []


TEXT = """
def f(x, n, more=0):
    total = 0.0
    for _ in range(n):
        total += x[0]
    for k in range(x.size):
        total += x[k]
    return total
"""
NO_LOOP = "def f(x, n):\n    return np.dot(x, x) * n\n"
SCALAR = "def f(x, n):\n    return x * n\n"
WHILE = "def f(x, n):\n    while x < n:\n        x = x + 1e-3\n    return x\n"
PAIR = "def f(x):\n    return len(x[0]) + len(x[1])\n"
FEW, MANY = np.ones(500), np.ones(20_000)

CALLS = [
    (TEXT, (FEW, 3), False),
    (TEXT, (MANY, 3), True),
    (TEXT, (np.ones((400, 500))[:, 3], 3), False),
    (TEXT, (FEW, 500), False),
    (TEXT, (FEW, 10_000), True),
    (TEXT, (FEW, np.uint8(255)), False),
    (TEXT, (FEW, np.int32(-1)), False),
    (NO_LOOP, (MANY, 1), True),
    (NO_LOOP, (FEW, 10_000), False),
    (SCALAR, (2.0, 10_000), False),
    (WHILE, (2.0, 3.0), True),
    (PAIR, ((FEW, FEW),), False),
    (PAIR, ((FEW, MANY),), True),
]


@pytest.mark.compiled
def test_who_releases_the_lock(released):
    """Arrays of many elements count, and iterations where there are loops."""
    made = {}
    for text, args, expected in CALLS:
        f = made.setdefault(text, compiled(text, "f"))
        released.clear()
        f(*args)
        assert len(released) == expected, (text, args)
    own = srcad.differentiate(nogil=False)(cost)
    released.clear()
    own(MANY, 2.0), own.grad()(MANY, 2.0)
    assert not released


def cost(x, limit):
    """Return a sum; refuse what is too large."""
    total = 0.0
    for k in range(x.size):
        if x[k] > limit:
            raise ValueError("too large")
        total += np.exp(np.sin(x[k])) * x[k]
    return srcad.print_cotangent(total, "total_bar")


def runs_beside(function, *args):
    """Return whether a thread runs Python while another one runs a function: none has to wait."""
    started, ended = threading.Event(), []

    def work():
        started.set()
        function(*args)
        ended.append(True)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        started.wait()
        return not ended
    finally:
        sys.setswitchinterval(before)
        thread.join()


@pytest.mark.compiled
def test_threads(capfd):
    """Derivatives, and the function where it is loops; errors and texts are those of one thread."""
    own = srcad.differentiate(cost)
    gradient = own.value_and_grad()
    much = np.ones(1_000_000)
    assert any(runs_beside(own, much, 2.0) for _ in range(20))
    assert any(runs_beside(gradient, much, 2.0) for _ in range(20))
    assert "total_bar" in capfd.readouterr().out
    xs = [np.linspace(0.0, 1.0 + 0.1 * k, 5000) for k in range(8)]
    alone = [gradient(x, 2.0) for x in xs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda k: gradient(xs[k % 8], 2.0), range(80)))
        failing = [pool.submit(gradient, xs[k], 0.5) for k in range(8)]
    for k, (value, slopes) in enumerate(together):
        assert value == alone[k % 8][0]
        np.testing.assert_array_equal(slopes, alone[k % 8][1])
    for call in failing:
        with pytest.raises(ValueError, match="too large"):
            call.result()


@pytest.mark.compiled
def test_functions_that_need_the_lock():
    """A callback, and a function of Python's own interface, take the lock for themselves."""
    text = (
        "def f(x):\n    s = 0.0\n    for k in range(x.size):\n        s += g(x[k])\n    return s\n"
    )
    x = np.arange(2000.0)
    for prototype in (ctypes.CFUNCTYPE, ctypes.PYFUNCTYPE):
        called = prototype(ctypes.c_double, ctypes.c_double)(lambda v: len(str(v)) * 2.0)
        f = compiled(text, "f", {"g": called})
        expected = sum(len(str(v)) * 2.0 for v in x.tolist())
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(f, [x] * 12)) == {expected}


INTRINSIC = """
import math
import numpy as np
import srcad
from numba import njit, objmode, types
from numba.extending import intrinsic
from tests.cache.programs import function

@intrinsic
def size(typing_context, v):
    def write(context, builder, signature, args):
        api = context.get_python_api(builder)
        number = api.float_from_double(args[0])
        found = api.call_method(number, "__abs__")
        result = api.float_as_double(found)
        api.decref(number)
        api.decref(found)
        return result

    return types.float64(types.float64), write

@njit
def inside(v):
    return size(v)

@njit
def careful(v):
    with objmode(y="float64"):
        y = abs(v)
    return y

for called in (size, inside, careful):
    name = "rule" + str(id(called))
    srcad.rule(f"{name}(v)", called, dv="1.0 + 0.0 * v")
    f = function("def f(x):\\n    s = 0.0\\n    for k in range(x.size):\\n"
                 "        s += g(x[k]) * x[k]\\n    return s\\n", g=called)
    value, slope = srcad.value_and_grad(f)(np.full(1000, 2.0))
    print(value, slope[0])
"""


@pytest.mark.compiled
def test_intrinsics_keep_the_lock(tmp_path):
    """One that calls Python ended the process, alone and inside a compiled function."""
    assert run(INTRINSIC, tmp_path / "cache") == "4000.0 4.0\n" * 3
