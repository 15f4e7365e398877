"""Functions along any axis, of any rank; joins, splits, tiles, pads; what is refused."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
CUBES = [(vec(2, 3, 4),), (np.asfortranarray(vec(3, 2, 2)),), (vec(2, 0, 3),)]


@program(*CUBES)
def running_along_any_axis(b):
    return (
        np.cumsum(b, axis=-2),
        np.cumprod(b, axis=0),
        np.cumsum(b),
        np.diff(b, axis=1),
        np.diff(b, n=2, axis=-1),
        np.diff(b, n=0),
        np.cumsum(b > 0, axis=1),
    )


@program((vec(2, 3, 4),), (vec(2, 3, 4).astype(np.float32),))
def moments_along_any_axis(b):
    return (
        np.var(b, axis=(0, 2), ddof=1),
        np.std(b, axis=-2, keepdims=True),
        np.ptp(b, axis=1),
        np.average(b, axis=1, weights=np.array([1, 2, 3])),
        np.average(b, weights=b * b + 1),
        np.count_nonzero(b > 0, axis=1),
    )


@program((vec(2, 3),), (vec(0, 3),))
def starts_of_reductions(a):
    return (
        np.sum(a, axis=0, initial=2.0),
        np.prod(a, initial=2.0),
        np.max(a, initial=0.1),
        np.min(a, initial=-0.3),
        np.sum(a, dtype=np.float64),
        sum(a[:, 0], 1.5),
    )


@program(*CUBES)
def integrals(b):
    x = np.arange(b.shape[2]) ** 2
    return np.trapezoid(b, axis=0), np.trapezoid(b, x), np.trapezoid(b, dx=0.5, axis=1)


@program((vec(3, 4),))
def slopes_and_covariances(a):
    return np.gradient(a, axis=1), np.gradient(a[0], 0.1), np.cov(a), np.cov(a[0], a[1])


@program((vec(2, 3, 4),))
def moved(b):
    return (
        np.moveaxis(b, (0, 1), (2, 0)) * 1.0,
        np.roll(b, 2, axis=1),
        np.roll(b[0], (1, 2), axis=(0, -1)),
        np.rot90(b[0], -1),
        np.rot90(b, 1, axes=(1, 2)),
        b.mT * 1.0,
        np.triu(b, 1),
        np.diagonal(b, offset=1, axis1=1, axis2=2),
    )


@program((vec(2, 3),))
def repeated(a):
    return (
        np.repeat(a, 2, axis=-2),
        np.repeat(a, np.array([1, 0, 2]), axis=1),
        np.tile(a, 2),
        np.tile(a, (2, 1, 2)),
        np.tile(a[0], (2, 2)),
        np.append(a, a, axis=0),
        np.delete(a, 1, axis=1),
        np.insert(a[0], -1, 5.0),
    )


@program((vec(24), vec(2, 3, 4)))
def reshaped_to_any_rank(x, b):
    y = x.reshape(2, 3, 1, 2, 2)
    return y * 2.0, y.reshape(-1) * x, b.reshape(2, 3, 2, 2), np.ravel(b.T) * x


@program((vec(6), vec(3, 4)))
def split(x, a):
    p, q = np.split(x, 2)
    r, s, t = np.array_split(x, [1, 4])
    u, v = np.hsplit(a, 2)
    return p * q, s * 2.0 + r, t, u * v, np.array_split(x, 4)[1] * 1.0


@program((vec(3), vec(2, 3)))
def joined(x, a):
    return (
        np.vstack((x, a)),
        np.column_stack((a.T, x)),
        np.dstack((a, a)),
        np.block([[a, a], [a * 2.0, a]]),
        np.concatenate((a, a), axis=None),
        np.hstack((x, 1.0)),
        np.atleast_2d(x),
        np.concatenate(([1.0], x)),
    )


@program((vec(4), vec(2, 3)))
def padded(x, a):
    return (
        np.pad(x, (1, 2)),
        np.pad(a, ((1, 2), (0, 1)), constant_values=x[0]),
        np.pad(x, 5, mode="reflect"),
        np.pad(x, 5, mode="symmetric"),
        np.pad(a, 2, mode="wrap"),
        np.pad(a, 1, mode="edge"),
    )


@program((vec(3), vec(2), vec(4)))
def grids(x, y, z):
    p, q, r = np.meshgrid(x, y, z)
    s, t = np.meshgrid(x, y, indexing="ij")
    i, j = np.indices((3, 2))
    return p * q + r, s * t * i + j, np.broadcast_arrays(x, s.T)[0] * 1.0


@program((vec(4, 5), np.array([2, 0])))
def taken(a, k):
    return (
        np.take(a, k, axis=-1),
        np.take(a, [1, 7]),
        a.take(k, axis=0),
        np.take(a, 1, axis=1),
        a[np.ix_(k, [1, 4])],
        a[np.triu_indices(4)],
        np.cross(a[:, :3], a[:, 1:4]),
    )


@program((0.4, 1.7))
def sequences(a, b):
    return (
        np.arange(a, b, 0.3),
        np.arange(1.5) * a,
        np.arange(3, dtype=np.float32),
        np.geomspace(a, b, 4),
        np.linspace(a, b, 3, retstep=True)[1] * 1.0,
        np.eye(2, 3, dtype=np.float32),
    )


@program((vec(5), vec(2, seed=1)))
def correlated(x, v):
    return (
        np.correlate(x, v),
        np.correlate(x, v, "same"),
        np.correlate(v, x, "same"),
        np.correlate(v, x, "full"),
        np.convolve(v, x, "same"),
    )


@program((vec(4), vec(3, seed=1)), (0.3, vec(3)))
def interpolated(x, fp):
    return np.interp(x, [-0.5, 0.0, 0.5], fp), np.interp(x, [-0.2, 0.0, 0.2], fp, left=0.5, right=1)


@pytest.mark.slow
@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@parametrized([row for row in program if row[0] in (padded, split)])
def test_compiled(func, args, mutates):
    """The compiled derivative."""
    check(func, args, mutates, compiled=True)


REFUSED = {
    "np.add(x, x, where=x > 0)": "np.where",
    "np.piecewise(x, [x < 0], [x])": "np.select",
    "np.fft.hfft(x)": "use fft",
    "np.squeeze(x)": "axis=0",
    "np.split(x, x.shape[0])": "number",
    "np.pad(x, 1, mode='mean')": "'constant'",
    "np.multiply.at(x, [0], 2.0)": "loop",
    "np.gradient(np.outer(x, x))": "axis=0",
    "[v for v in x] + x": "np.array",
    "np.average(np.outer(x, x), weights=x)": "axis=0",
    "np.median(np.outer(x, x), axis=(0, 1))": "reshape",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    """An error of ours that says what to write."""
    space = {"np": np}
    file = f"<refused {text}>"
    source = f"def f(x):\n    return {text}\n"
    import linecache  # noqa: PLC0415

    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.vjp(space["f"], vec(3))
    problem = caught.value.problems[0]
    assert REFUSED[text] in problem.hint
    assert problem.span.line == 2


def _added(x, k):
    k += x
    return k * x


def _halved(x, k):
    k *= 0.5
    return k * x


def _divided(x, k):
    k /= 2
    return k * x


def _part_halved(x, k):
    k[1:] *= 0.5
    return k * x


def _mask_halved(x, k):
    k[k > 3] *= 0.5
    return k * x


def _multiplied_out(x, k):
    np.multiply(x, 2.0, out=k)
    return k * x


TRUNCATED = [_added, _halved, _divided, _part_halved, _mask_halved, _multiplied_out]


@pytest.mark.parametrize("func", TRUNCATED)
def test_floats_into_integers_in_place(func):
    """NumPy refuses to cast them; so do we, also when the function itself is called."""
    k = np.array([3, 5, 6])
    with pytest.raises(TypeError):
        func(vec(3), k.copy())
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="cannot hold"):
        srcad.vjp(func, vec(3), k)


def test_floats_assigned_to_integers():
    """An assignment, and an operator on one element, truncates as in NumPy."""

    def assigned(x, k):
        k[:] = x
        k[0] *= 0.5
        k[1] += 0.75
        return k * x

    check(assigned, (np.array([6.5, 7.5, 8.25]), np.array([3, 5, 6])), mutates=(1,))


def test_a_refusal_instead_of_an_error_inside_numba():
    """Numba fails with an AttributeError of its own for a sum of floats into integers."""
    with pytest.raises(srcad.NotDifferentiable, match="cannot hold"):
        srcad.differentiate(_added)(vec(3), np.array([3, 5, 6]))
