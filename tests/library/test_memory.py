"""Results share the memory that they share in NumPy, or the program is refused."""

import numpy as np
import pytest

import srcad
from srcad.frontend.numpy.sharing import memory
from tests.array_checks import check
from tests.harness import as_plain_python
from tests.library.grid import function, made, outcome, own
from tests.oracle import leaves

SHARED = """
    np.array(x)
    np.append(x, x, axis=0)
    np.asarray(x)
    np.asarray(x, dtype=np.float64)
    np.ascontiguousarray(x)
    np.asfortranarray(x)
    np.atleast_1d(x)
    np.atleast_2d(x)
    np.atleast_3d(x)
    np.broadcast_arrays(x, x)[0]
    np.broadcast_to(x, (2, 2, 3))
    np.clip(x, 0, 1)
    np.concatenate((x, x))
    np.cumsum(x, axis=0)
    np.diag(x)
    np.diagonal(x)
    np.expand_dims(x, 1)
    np.flip(x, 0)
    np.fliplr(x)
    np.flipud(x)
    np.hsplit(x, [1])[1]
    np.matrix_transpose(x)
    np.moveaxis(x, 0, 1)
    np.positive(x)
    np.ravel(x)
    np.real(x)
    np.repeat(x, 1)
    np.reshape(x, (3, 2))
    np.roll(x, 0)
    np.rollaxis(x, 1)
    np.rot90(x)
    np.rot90(x, 2)
    np.rot90(x, 4)
    np.sort(x)
    np.split(x, 2)[0]
    np.array_split(x, 2)[1]
    np.vsplit(x, 2)[1]
    np.squeeze(x[:1], 0)
    np.swapaxes(x, 0, 1)
    np.take(x, 1, axis=0)
    np.take(x, [1, 0], axis=0)
    np.tile(x, 1)
    np.transpose(x)
    np.tril(x)
    x.copy()
    x.flatten()
    x.T
    x[1]
    x[:, ::-1]
    x[None]
    x[[1, 0]]
""".split("\n")
TEXTS = [line.strip() for line in SHARED if line.strip()]
LAYOUTS = ("C", "F")


def written(text):
    """Return programs that write through a result, and that write to its source."""
    yield f"r = {text}\nr *= 2.0\nreturn x * 1.0, r * 1.0"
    yield f"r = {text}\nx *= 2.0\nreturn x * 1.0, r * 1.0"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [*TEXTS, "np.diff(x, 0)"])
def test_writes_are_seen_where_numpy_shows_them(text, layout):
    for program in written(text):
        func = function(program, "x")
        ours, theirs = (made((2, 3), "float64", layout, "real", 1) for _ in range(2))
        got, expected = outcome(own(func), (ours,)), outcome(func, (theirs,))
        if isinstance(got, srcad.NotDifferentiable):
            assert np.shares_memory(*views(text)) or "ray(x" in text
            continue
        assert not isinstance(expected, Exception), "NumPy refuses to write"
        for a, b in zip(leaves(got)[:2], leaves(expected), strict=True):
            np.testing.assert_array_equal(a, b)


def views(text):
    """Return an argument, and the result of an expression of it."""
    x = made((2, 3), "float64", "C", "real", 1)
    return x, function(text, "x")(x)


@pytest.mark.parametrize("text", [t for t in TEXTS if t.startswith("np.")])
def test_column(text):
    name = text[3:].partition("(")[0]
    shares = np.shares_memory(*views(text))
    assert memory(name) in {"view or copy", "view" if shares else "new"}


@pytest.mark.parametrize(
    "text", ["np.real(x)", "np.transpose(x)", "np.take(x, 1, axis=0)", "np.split(x, 2)[0]"]
)
def test_derivatives_of_writes(text):
    for program in written(text):
        check(
            function(program, "x"),
            (made((2, 3), "float64", "C", "real", 1),),
            (0,) if "x *=" in program or not text.startswith("np.take") else (),
        )


def test_views_of_different_types_in_a_library_function_are_allowed():
    def weights(x):
        w = np.asarray(x, dtype=np.float64)
        return np.sum(w * w)

    x = np.array([1.0, 2.0])
    with as_plain_python():
        np.testing.assert_array_equal(srcad.grad(weights)(x), 2 * x)


READ_ONLY = [
    ("r = np.diagonal(x)\nr[0] = 1.0\nreturn r * 1.0", True),
    ("r = x.diagonal()[1:]\nr *= 2.0\nreturn r * 1.0", True),
    ("r = np.broadcast_to(x, (2, 3, 3))\nr[0] = 1.0\nreturn r * 1.0", True),
    ("r = np.broadcast_to(2.0, (3,))\nr[0] = x[0, 0]\nreturn r * 1.0", True),
    ("r = np.diagonal(x).copy()\nr[0] = 1.0\nreturn r", False),
    ("r = np.diagonal(x)\nr = r * 1.0\nr[0] = 2.0\nreturn r", False),
    ("r = np.zeros((3, 3))\nr[:] = np.broadcast_to(x[0], (3, 3))\nr[0] = 1.0\nreturn r", False),
    ("x[0, 0] = 2.0\nreturn np.diagonal(x) * 1.0", False),
]


@pytest.mark.parametrize(("text", "is_refused"), READ_ONLY)
def test_what_is_read_only_in_numpy_is_not_written(text, is_refused):
    func = function(text, "x")
    ours, theirs = (made((3, 3), "float64", "C", "real", 1) for _ in range(2))
    got, expected = outcome(own(func), (ours,)), outcome(func, (theirs,))
    if is_refused:
        assert "read-only" in str(got)
        assert isinstance(expected, ValueError)
    else:
        np.testing.assert_array_equal(leaves(got)[0], expected)
