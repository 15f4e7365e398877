"""`@stencil` kernels: the loops that they stand for."""

import numpy as np
import pytest
from numba import stencil
from numba.stencils.stencil import StencilFunc

import srcad
from srcad.backend.numba_kernels import python_part
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


class Relative:
    """An array with indices counted from an element; without one, it notes them."""

    def __init__(self, array, at=None, value=1.0):
        self.array, self.at, self.value = array, at, value
        self.seen = [(0,) * array.ndim]

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        if self.at is None:
            self.seen.append(index)
            return self.value
        return self.array[
            tuple(
                slice(i.start + a, i.stop + a) if isinstance(i, slice) else i + a
                for i, a in zip(index, self.at, strict=True)
            )
        ]


def run(func, *args, out=None):
    """Return what a stencil gives; Numba compiles it anew at each call from Python."""
    kernel, options = python_part(func), func.options
    names = kernel.__code__.co_varnames
    standard = options.get("standard_indexing", ())
    moves = [np.ndim(a) > 0 and n not in standard for n, a in zip(names, args, strict=False)]

    def given(at=None, value=1.0):
        return [Relative(a, at, value) if m else a for a, m in zip(args, moves, strict=True)]

    reach = options.get("neighborhood")
    if reach is None:
        probes = [given(value=v) for v in (1.0, -1.0)]
        for probe in probes:
            kernel(*probe)
        seen = np.array([i for p in probes for a in p if isinstance(a, Relative) for i in a.seen])
        reach = list(zip(seen.min(0), seen.max(0), strict=True))
    shape = args[0].shape
    ranges = [range(max(0, -a), n - max(0, b)) for (a, b), n in zip(reach, shape, strict=True)]
    cells = {(): ()}
    for counters in ranges:
        cells = {(*at, k): () for at in cells for k in counters}
    found = {at: kernel(*given(at)) for at in cells}
    if out is None:
        dtype = np.result_type(*found.values()) if found else float
        out = np.full(shape, options.get("cval", 0), dtype)
    elif "cval" in options:
        out[...] = options["cval"]
    for at, value in found.items():
        out[at] = value
    return out


@pytest.fixture(autouse=True)
def _interpreted(monkeypatch, request):
    if "compiled" not in request.keywords:
        monkeypatch.setattr(StencilFunc, "__call__", run)


@stencil
def five_points(a):
    return 0.25 * (a[0, 1] + a[1, 0] + a[0, -1] * a[-1, 0])


@stencil(neighborhood=((-2, 1),), cval=0.5)
def running_mean(a, w):
    t = 0.0
    for i in range(-2, 2):
        t += a[i] * w
    return t / 4


@stencil(standard_indexing=("b",))
def filtered(a, b):
    return a[-1] * b[0] + a[0] * b[1] + a[1] * b[2]


@stencil
def of_two(a, b):
    return a[-1] * b[1] + np.sin(a[0])


@stencil
def one_sided(a):
    if a[0] > 0:
        return a[1] * a[0]
    return a[1] - a[0]


@stencil(cval=float("inf"), neighborhood=((-1, 1),))
def part(a):
    return a[-1:1].sum() * a[1]


backwards = stencil(lambda a: a[0] - a[-1])


@program((vec(20).reshape(4, 5),), (vec(10).reshape(2, 5),), (np.zeros((0, 5)),))
def plane(x):
    return five_points(x), (five_points(x * x) ** 2).sum()


@program((vec(7), 0.3), (vec(2), 0.3))
def with_a_neighborhood(x, w):
    return running_mean(x, w)


@program((vec(6), vec(3, seed=2)))
def with_standard_indexing(x, b):
    return filtered(x, b)


@program((vec(5), vec(5, seed=2)), (vec(5), vec(8, seed=2)))
def two_arrays(x, y):
    return of_two(x, y)


@program((vec(6),), (vec(6).astype(np.float32),), (vec(12)[::2],))
def twice(x):
    return one_sided(one_sided(x)) + backwards(x)


@program((vec(5),))
def slices(x):
    return part(x)[1:-1]


@program((vec(6),))
def into_an_array(x):
    out = x * 2
    backwards(x, out=out)
    return out * x


@program((vec(6),), mutates=(0,))
def into_an_argument(x):
    backwards(x * x, out=x)


@program((vec(5),))
def in_a_loop(x):
    for _ in range(3):
        x = x + 0.1 * one_sided(x)
    return x


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    """The value, and both modes, of each program."""
    check(func, args, mutates)


def test_second_order():
    """Forward over reverse, against differences."""

    def f(x):
        return (filtered(one_sided(x), x) ** 2).sum()

    with as_plain_python():
        x, h, grad = vec(5), 1e-6, srcad.grad(f)
        got = srcad.hessian(f)(x)
        rows = [(grad(x + h * e) - grad(x - h * e)) / (2 * h) for e in np.eye(5)]
        assert np.allclose(got, rows, rtol=1e-6, atol=1e-6)


@stencil
def far(a, k):
    return a[k] + a[0]


@stencil
def with_its_length(a):
    return a[1] * len(a)


@stencil(standard_indexing=("a",))
def absolute(a, b):
    return a[0] * b[0]


@stencil(neighborhood=((0, 1), (0, 1)))
def in_the_plane(a):
    return a[0, 0] + a[1, 1]


@stencil(neighborhood=((-1, 1),))
def open_slice(a):
    return a[:1].sum()


@pytest.mark.parametrize(
    ("func", "code", "text"),
    [
        (lambda x: far(x, 1).sum(), "E405", "no neighborhood is given"),
        (lambda x: with_its_length(x).sum(), "E405", "something else with 'a'"),
        (lambda x: absolute(x, x).sum(), "E403", "not the array that it is computed from"),
        (lambda x: in_the_plane(x).sum(), "E405", "in 2 of 1 dimensions"),
        (lambda x: open_slice(x).sum(), "E405", "without both ends"),
        (lambda x: one_sided(x, x).sum(), "E403", "takes the arguments (a)"),
        (lambda x: of_two(x, np.outer(x, x)).sum(), "E503", "differ in their dimensions"),
        (lambda x: one_sided(x, out=np.zeros((2, 2))).sum(), "E503", "1 dimensions"),
    ],
)
def test_refused(func, code, text):
    """One step beyond what is known: it is said what to write."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(vec(5))
    assert caught.value.code == code
    assert text in str(caught.value)


def test_an_array_that_is_smaller():
    """ValueError, as in Numba."""
    with as_plain_python(), pytest.raises(ValueError, match="smaller"):
        srcad.grad(lambda x, y: of_two(x, y).sum())(vec(5), vec(4))


@pytest.mark.compiled
def test_compiled():
    """The decorated function computes what Numba computes."""
    f = srcad.differentiate(plane)
    x = vec(20).reshape(4, 5)
    assert (f(x)[0] == five_points(x)).all()
    total, grad = srcad.value_and_grad(lambda x: plane(x)[1])(x)
    assert total == f(x)[1]
    assert np.isfinite(grad).all()
