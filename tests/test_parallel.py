"""`prange` and `parallel=True`: which loops run in blocks, and that the numbers stay."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest
from numba import njit, prange, typeof

import srcad
from srcad.backend import blocks
from tests.harness import as_plain_python

RNG = np.random.default_rng(7)
X, W = RNG.normal(size=11), RNG.normal(size=(11, 3))
NEXT = np.array([3, 1, 0, 3, 5, 2, 2, 9, 8, 10, 4])


def own(x):
    """Write own elements, and read neighbours."""
    y = np.zeros(x.size)
    for i in prange(1, x.size - 1):
        y[i] = np.sin(x[i]) * x[i - 1] + x[i + 1] ** 2
    z = 0.0
    for i in range(y.size):
        z += y[i] * y[i]
    return z


def backwards(x):
    """Write own elements, from the last one to the first."""
    y = np.zeros(x.size)
    for i in prange(x.size - 1, -1, -1):
        y[i] = np.exp(x[i]) * i
    return y[3] * y[4]


def every_second(x):
    """Write every second element."""
    y = np.ones(x.size)
    for i in prange(0, x.size, 2):
        y[i] = x[i] ** 3
    return y[0] + y[2] * y[4]


def sums(x):
    """Add up in a prange."""
    s = 0.0
    t = 1.0
    for i in prange(x.size):
        s += np.sin(x[i])
        t -= x[i] * s_of(x, i)
    return s * t


def s_of(x, i):
    """Return an element of the other end."""
    return x[x.size - 1 - i]


def scattered(x):
    """Read elements that any iteration may read."""
    s = 0.0
    for i in prange(x.size):
        s += x[NEXT[i]] * x[i]
    return s


def filled(x):
    """Use a work array that every iteration fills."""
    work = np.empty(3)
    s = 0.0
    for i in prange(x.size):
        for k in range(3):
            work[k] = x[i] ** (k + 1)
        s += work[0] * work[1] + work[2]
    return s


def made(x):
    """Use an array that is made in the iteration."""
    s = 0.0
    for i in prange(x.size):
        work = np.zeros(4)
        for k in range(4):
            work[k] += x[i] * k
        s += np.sum(work**2)
    return s


def simulated(x):
    """Run a simulation for each element."""
    out = np.zeros(x.size)
    for i in prange(x.size):
        v = x[i]
        for _ in range(4):
            v = v - 0.1 * np.sin(v)
        out[i] = v
    return np.sum(out**2)


PROGRAMS = (own, backwards, every_second, sums, scattered, filled, made, simulated)


@pytest.fixture
def cut_all():
    """Cut every loop of plain Python code."""

    def few(trips, cost, own):
        return 4 if trips >= 4 else 2 if trips >= 2 else 1

    was = blocks.block_count.__code__
    blocks.block_count.__code__ = few.__code__
    yield
    blocks.block_count.__code__ = was


def both(program):
    """Return the serial and the parallel gradient of a program."""
    return srcad.value_and_grad(program), srcad.value_and_grad(
        srcad.differentiate(program, parallel=True)
    )


@pytest.mark.usefixtures("cut_all")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_blocks_in_any_order(program):
    """Blocks give the gradient of the loop; as plain Python, the last one runs first."""
    with as_plain_python():
        serial, parallel = both(program)
        (value, gradient), (new_value, new_gradient) = serial(X), parallel(X)
    assert "in_blocks(" in parallel.source((typeof(X),), compiled=True)
    assert new_value == pytest.approx(value, rel=1e-14)
    if program in (backwards, every_second):
        assert new_gradient.tobytes() == gradient.tobytes()
    np.testing.assert_allclose(new_gradient, gradient, rtol=1e-13)


@pytest.mark.usefixtures("cut_all")
def test_second_order_and_forward_mode():
    """Derivatives of derivatives and tangents run in blocks, too."""
    v = np.cos(X)
    with as_plain_python():
        parallel = srcad.differentiate(sums, parallel=True)
        found = srcad.hvp(parallel)(X, v)
        np.testing.assert_allclose(found, srcad.hvp(sums)(X, v), rtol=1e-12)
        dots = srcad.jvp(parallel, (X,), (v,))[1], srcad.jvp(sums, (X,), (v,))[1]
    assert dots[0] == pytest.approx(dots[1], rel=1e-13)


def found_of(function, *args):
    """Return what is said of each loop of the value and gradient of a function."""
    made = srcad.value_and_grad(srcad.differentiate(function, parallel=True))
    return made.emit(tuple(map(typeof, args))).generated.diagnostics.render()


def ordered(x):
    """Add up in the user's order."""
    s = 0.0
    for i in range(x.size):
        s += x[i]
    return s


def carried(x):
    """Hand a value on."""
    v = 1.0
    for i in range(x.size):
        v = v * 0.5 + np.sin(x[i])
    return v


def shifted(x):
    """Read what another iteration writes."""
    y = x.copy()
    for i in range(1, y.size):
        y[i] = y[i] + y[i - 1]
    return y[3] * y[4]


def last(x):
    """Read the value of the last iteration."""
    v = 0.0
    for i in range(x.size):
        v = x[i] * x[i]
    return v


def left(x):
    """End early."""
    k = 0
    for i in range(x.size):
        k = i
        if x[i] > 100.0:
            break
    return x[k]


def met(x):
    """Overwrite elements at places that are not known."""
    y = np.zeros(x.size)
    for i in prange(x.size):
        y[NEXT[i]] = x[i]
    return y[1] * y[2]


def whole(x):
    """Work on what all iterations write."""
    y = np.zeros((4, 3))
    s = 0.0
    for i in prange(4):
        y[i, 0] = x[i]
        s += y[0, 0] * y[i, 0]
    return s


def left_over(x):
    """Leave ones in an array that was full of zeros."""
    work = np.zeros(3)
    s = 0.0
    for i in prange(x.size):
        for k in range(3):
            work[k] += x[i]
        s += work[0] * work[1]
        for k in range(3):
            work[k] = 1.0
    return s


REASONS = (
    (left_over, "serial: iterations may meet in elements of 'work'"),
    (ordered, "serial: 's' is added up in the user's order"),
    (carried, "serial: 'v' goes from one iteration to the next"),
    (shifted, "serial: iterations may meet in elements of 'y'"),
    (last, "serial: the last iteration's "),
    (left, "serial: it may end early"),
    (met, "serial: iterations may meet in elements of 'y'"),
    (whole, "serial: iterations may meet in elements of 'y'"),
    (own, "parallel: every iteration writes its own elements of 'saved' and 'y'"),
    (sums, "sums of 's' and 't' in blocks"),
    (scattered, "every block adds to its own 'x_bar', which are added up in their order"),
    (filled, "every block has its own 'work' and 'work_bar'"),
)


@pytest.mark.parametrize(("program", "text"), REASONS, ids=lambda p: getattr(p, "__name__", ""))
def test_what_is_said_of_loops(program, text):
    """Each loop is parallel with its proof, or serial with what prevents that."""
    assert text in found_of(program, X)


def test_nothing_is_said_of_serial_derivatives():
    """Without the option, no loop is asked for."""
    made = srcad.value_and_grad(sums)
    made.emit((typeof(X),))
    assert "in_blocks" not in made.source((typeof(X),), compiled=True)
    assert "parallel" not in made.emit((typeof(X),)).generated.diagnostics.render()


def test_functions_of_numba_keep_their_option():
    """Derivatives of `@njit(parallel=True)` functions are parallel."""
    made = srcad.value_and_grad(njit(parallel=True)(sums))
    made.emit((typeof(X),))
    assert "in_blocks(" in made.source((typeof(X),), compiled=True)


@njit
def jump(x):
    """Leave a prange."""
    s = 0.0
    for i in prange(x.size):
        s += x[i]
        if s > 1.0:
            break
    return s


def test_a_prange_is_not_left():
    """`break` in a prange is an error with its line."""
    with pytest.raises(srcad.NotDifferentiable, match=r"a prange.. loop that break or return"):
        srcad.grad(jump)(X)


def same_element(x):
    """Write one element in every iteration."""
    y = np.zeros(3)
    for i in prange(x.size):
        y[1] = x[i]
    return y[1]


def neighbour(x):
    """Read what the iteration before has written."""
    y = x.copy()
    for i in prange(1, x.size):
        y[i] = 0.5 * y[i - 1] + x[i]
    return y[3]


def handed_on(x):
    """Hand a value from one iteration to the next."""
    v = 1.0
    for i in prange(x.size):
        v = 0.5 * v + x[i]
    return v


def no_races(x):
    """Reduce in the ways that Numba knows, and write where no other iteration reads."""
    p, most, last = 1.0, -1.0, 0.0
    y, z = x.copy(), np.zeros((x.size, 2))
    for i in prange(1, x.size):
        p *= 1.0 + 0.1 * x[i]
        most = max(most, x[i])
        if i == 3:
            y[0] = x[i]
        y[i] = 2.0 * y[i] + x[i - 1]
        z[i, 1] = z[i - 1, 0] + x[i]
        z[i, 1] *= y[i]
    return p * most + y[0] * y[4] + z[2, 1] + last


RACES = (
    (same_element, "every iteration writes the same element of 'y'"),
    (neighbour, "iterations read elements of 'y' that others write"),
    (handed_on, "'v' goes from one iteration to the next"),
)


@pytest.mark.parametrize(("program", "text"), RACES, ids=lambda p: getattr(p, "__name__", ""))
def test_iterations_that_meet(program, text):
    """What surely is a race is an error that says what to write."""
    with pytest.raises(srcad.NotDifferentiable, match=text):
        srcad.grad(program)(X)


@pytest.mark.usefixtures("cut_all")
def test_iterations_that_do_not_meet():
    """Reductions and elements of others that nobody writes are accepted, serial or not."""
    with as_plain_python():
        serial, parallel = both(no_races)
        (value, gradient), (new_value, new_gradient) = serial(X), parallel(X)
        assert value == no_races(X)
        srcad.check_grads(no_races, (X,))
    assert new_value == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(new_gradient, gradient, rtol=1e-13)


def stepped(x, k):
    """Have steps inside that may be zero where their loop is not reached."""
    s = 0.0
    for i in prange(x.size):
        if k > 0:
            for j in range(0, 4, k):
                s += x[i] * j
        s += x[i] ** 2
    return s


def listed(x):
    """Make a list in each iteration."""
    s = 0.0
    for i in prange(x.size):
        both = [x[i], x[-1 - i]]
        both.append(2.0)
        for v in both:
            s += v * v
    return s


def in_steps(x):
    """Read what no other iteration writes, near as it is."""
    y, band = x.copy(), np.zeros((x.size, x.size))
    for i in prange(1, 10, 2):
        y[i] = x[i - 1] * x[i]
        y[i + 1] = y[i] * 2.0
    for i in prange(3, 10, 2):
        y[i] = y[i - 3] * x[i]
    for i in prange(5, 10):
        y[i] = y[i - 5] * x[i]
    for i in prange(1, 10):
        band[i, i] = y[i]
        band[i, i - 1] = band[i, i] * 2.0
    for i in prange(1):
        y[3] = x[i]
    return y.sum() + (band**2).sum()


def renamed(x):
    """Reduce by way of other names."""
    s, c, p = 0.0, 1.0, 1.0
    for i in prange(x.size):
        s, c = s + x[i], c + x[i] ** 2
        t = p * x[i]
        p = t
    return s * c + p


ACCEPTED = ((stepped, (X, 0)), (listed, (X,)), (in_steps, (X,)), (renamed, (X,)))


@pytest.mark.usefixtures("cut_all")
@pytest.mark.parametrize(("program", "args"), ACCEPTED, ids=lambda p: getattr(p, "__name__", ""))
def test_no_races(program, args):
    """What is no race is accepted, and loops that are not reached are not asked for steps."""
    with as_plain_python():
        parallel = srcad.value_and_grad(srcad.differentiate(program, parallel=True))
        value, gradient = parallel(*args)
        np.testing.assert_allclose(value, program(*args), rtol=1e-13)
        np.testing.assert_allclose(gradient, srcad.grad(program)(*args), rtol=1e-12)
        srcad.check_grads(program, args)


def far_apart(x, n):
    """Read what the iteration before the last one has written."""
    y = x.copy()
    for i in prange(8, 2, -2):
        y[i] = y[i + 4] + x[i]
    return y[n]


def lowered(x, n):
    """Read what the next iteration has written, in steps of two."""
    y = x.copy()
    for i in prange(n, 2, -2):
        y[i] = y[i + 2] + x[i]
    return y[n]


@pytest.mark.parametrize("program", [far_apart, lowered], ids=lambda p: p.__name__)
def test_races_at_steps(program):
    """Iterations that are some steps apart meet where there are so many of them."""
    with pytest.raises(srcad.NotDifferentiable, match="elements of 'y' that others write"):
        srcad.grad(program)(np.ones(20), 8)


# Compiled ------------------------------------------------------------------------------


def checked(x, m, out):
    """Raise in two iterations; the first is the one that counts."""
    s = 0.0
    for i in prange(x.size):
        if x[i] > 9.0:
            raise ValueError("large")
        if x[i] < -9.0:
            raise ArithmeticError("small")
        for k in range(m.size):
            s += np.sin(x[i] * m[k])
        out[i] = x[i] * m[0]
    return s + out[5] * out[6]


@pytest.mark.compiled
def test_compiled_in_threads():
    """Any number of threads gives the same bits, callers may be several, errors come through."""
    n = 3000
    x, m, out = RNG.normal(size=n), RNG.normal(size=40), np.zeros(n)
    serial = srcad.value_and_grad(checked, (0, 1))
    parallel = srcad.value_and_grad(srcad.differentiate(checked, parallel=True), (0, 1))
    value, (x_bar, m_bar) = parallel(x, m, out)
    expected, (by_x, by_m) = serial(x, m, out)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(m_bar, by_m, rtol=1e-10)
    assert x_bar.tobytes() == by_x.tobytes(), "own elements are those of the serial loop"

    def bits():
        found, (one, other) = parallel(x, m, out)
        return np.float64(found).tobytes() + one.tobytes() + other.tobytes()

    first = bits()
    allowed = numba.get_num_threads()
    numba.set_num_threads(1)
    assert bits() == first
    numba.set_num_threads(allowed)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: bits(), range(40))) == {first}
    x[[2500, 1200]] = 10.0, -10.0
    with pytest.raises(ArithmeticError, match="small"):
        parallel(x, m, out)
    x[1100] = 11.0
    with pytest.raises(ValueError, match="large"):
        parallel(x, m, out)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_other_layers_and_processes(tmp_path):
    """With the layer that takes one caller, with a child process, and from the disk."""
    layer = "workqueue"
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import os, sys
        from concurrent.futures import ThreadPoolExecutor
        import numba
        import numpy as np
        import srcad
        from numba import prange

        @srcad.differentiate(parallel=True, cache=True)
        def f(x):
            s = 0.0
            for i in prange(x.size):
                s += np.sin(x[i])
            return s

        x = np.linspace(0.0, 1.0, 200_000)
        g = srcad.value_and_grad(f)
        first = g(x)[0]
        for threads in (1, 2, 4, 8):
            if threads <= numba.config.NUMBA_NUM_THREADS:
                numba.set_num_threads(threads)
                assert {g(x)[0] for _ in range(9)} == {first}, threads
        with ThreadPoolExecutor(3) as pool:
            assert set(pool.map(lambda _: g(x)[0], range(30))) == {first}
        child = os.fork()
        if child == 0:
            os._exit(0 if g(x)[0] == first else 1)
        assert os.waitpid(child, 0)[1] == 0
        print(first.hex(), sum(g.stats.cache_hits.values()))
        """)
    )
    environment = {**os.environ, "SRCAD_CACHE_DIR": str(tmp_path), "NUMBA_THREADING_LAYER": layer}
    environment["PYTHONPATH"] = str(Path(srcad.__file__).parents[1])
    found = []
    for threads in ("8", "1"):
        environment["NUMBA_NUM_THREADS"] = threads
        done = subprocess.run(
            [sys.executable, str(program)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert found[0][0] == found[1][0], "the bits depend on the threads"
    assert int(found[1][1]) > 0, "the second process found nothing on the disk"
