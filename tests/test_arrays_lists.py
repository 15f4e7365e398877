"""Lists and comprehensions, loops over grids and elements, indices in lists."""

import linecache

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
ROWS = [(vec(4),), (vec(1),), (vec(9)[::-2],)]
MATRICES = [(vec(3, 4),), (np.asfortranarray(vec(2, 3)),), (vec(4, 6)[::2, ::-3],)]


@program(*ROWS, (vec(0),))
def comprehensions(x):
    n = x.shape[0]
    y = np.array([np.sin(v) * v for v in x])
    z = np.array([x[i] * i for i in range(n)])
    return y, z, np.array([v for v in x if v > 0]), sum([v * v for v in x])


@program((vec(5),))
def comprehensions_read_at_once(x):
    y = [v * v for v in x]
    pairs = np.array([a * b for a, b in zip(x, x[::-1], strict=False)])
    return (
        y[1] * y[-1],
        len(y) * x,
        max([v * 2.0 for v in x]),
        sum(v * i for i, v in enumerate(x)),
        pairs,
    )


@program(*MATRICES)
def comprehensions_of_rows(a):
    b = np.array([row * np.sum(row) for row in a])
    c = np.stack([a[:, j] * j for j in range(a.shape[1])], axis=1)
    d = np.array([[v * i for v in row] for i, row in enumerate(a)])
    return b, c, d, np.vstack([row[::-1] for row in a])


@program((vec(3, 3), vec(3, seed=1), 2), (vec(1, 1), vec(1, seed=1), 0))
def comprehensions_of_products(a, x, n):
    """Calls of BLAS and LAPACK give new arrays."""
    y = np.zeros((1, len(x)))
    steps = [a @ x * (k + 1.0) for k in range(n)]
    solved = [np.linalg.solve(a + k * np.eye(len(x)), x) for k in range(2, n + 2)]
    for step in steps:
        y += step
    for s in solved:
        y *= s
    return y


def with_first(a):
    """A copy that is written through a view of it."""
    b = a.copy()
    view = b[1:]
    view[0] = a[0] * a[1]
    return b


@program((vec(4),), (vec(4)[::-1],))
def comprehensions_that_write_what_they_make(x):
    y = [np.sort(x) * k for k in range(1, 4)]
    z = [with_first(x * k) for k in range(3)]
    return y[0] * x + y[2], z[1] + z[2]


def doubled_in_place(a):
    a[0] = 2.0 * a[1]
    return a * 1.0


def first_of_one(a):
    b = a.copy()
    c = b if a[0] > 0.0 else a
    c[0] = a[1]
    return b


@pytest.mark.parametrize("item", [doubled_in_place, first_of_one])
def test_comprehensions_that_may_write_arguments(item):
    """The first item would be made twice: once for its shape."""

    def f(x):
        y = [item(x) for _ in range(2)]
        return np.sum(y[1])

    with pytest.raises(srcad.NotDifferentiable, match="a comprehension that writes to arrays"):
        srcad.grad(f)(vec(3))


@program((vec(3),))
def comprehensions_over_tuples(x):
    y = [x[k] * k for k in (0, 2)]
    z = np.array([f * x for f in (1.0, 2.0) if f > 1.5])
    return y[0] + y[1], z, np.concatenate([x * k for k in (1, 2, 3)])


@program((vec(4), 3))
def comprehension_of_a_variable_count(x, n):
    scale = 2.0
    powers = np.array([np.sum(x**k) * scale for k in range(n)])
    return powers, np.array([i * 2 for i in range(n)]) * x[0]


@program(*MATRICES)
def grids(a):
    s = np.zeros(a.shape[0])
    for i, j in np.ndindex(a.shape):
        s[i] += a[i, j] * j
    t = 0.0
    for at in np.ndindex(a.shape[0], 2):
        t += a[at] ** 2
    for at, v in np.ndenumerate(a):
        t += v * v * at[0]
    for v in a.flat:
        t += v**3
    return s, t


@program(*MATRICES)
def rows_and_elements(a):
    s = np.zeros(a.shape[1])
    t = 0.0
    for k, (row, other) in enumerate(zip(a, a[::-1], strict=False)):
        s += row * other * k
        for v in row:
            t += v * v
    return s, t, a[1][0] * a[0][-1]


@program((vec(4, 5), vec(5, seed=1)))
def indices_in_lists(a, x):
    b = a * 1.0
    b[[0, 1]] = b[[1, 0]]
    b[:, [0, 1]] = b[:, [1, 0]]
    b[[2, 3], :] *= 2.0
    k = [0, 2]
    at = (0, 2)
    return b, a[k], a[at] * x, a[[0, 1], [1, 2]], x[[True, False, True, False, True]], x[k]


@program((vec(4, 5), np.array([0, 2, 2])))
def new_axes_beside_indices(a, k):
    return a[None, k] * 1.0, a[k, None] * 1.0, a[:, None, k] * 1.0, a[k, ..., None] * 2.0


@program((vec(4, 5), np.array([True, False, True, True])))
def masks_as_arguments(a, m):
    b = a.copy()
    b[m] = 0.5 * b[m] ** 2
    b[m, 1] += 1.0
    n = np.outer(m, m)
    return b, a[m], a[~m, 0], np.sum(m), np.where(m[:, None], a, 0.0), a[:, :4][n]


@program((vec(4), vec(4, 5)))
def nested_views_are_views(x, a):
    y = x.copy()
    y[1:4][1:3][0] = 3.0 * x[1]
    b = a.copy()
    b[1:][:, 1:][0][1] = x[0]
    b[1:][::-1][0][1] += x[1]
    for i in range(3):
        b[i][1:][1:][0] = x[i] * 2.0
    return y, b


@program((vec(3, 4), np.array([-1, 0, -2])))
def negative_indices_into_views(a, k):
    b = a * 1.0
    b[1:][:, 1:][k] *= 3.0
    b[::-1][k - 1] += 1.0
    return b, a[1:][k] * 2.0, (a + 1.0)[k], a.T[k], np.flip(a, 0)[[-1, 0]]


@program((vec(3),))
def tuples_of_extents(x):
    shape = (2, *x.shape)
    y = np.zeros(shape) + x
    z = np.ones(x.shape + shape[:1]) * x[:, None]
    return y, z, np.array([*(x[0], x[1]), 1.0])


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@parametrized([row for row in program if row[0] is comprehensions][:1])
def test_compiled(func, args, mutates):
    """The compiled derivative."""
    if args[0].shape == (4,):
        check(func, args, mutates, compiled=True)


def test_first_item_is_computed_once():
    """A comprehension whose items write outside is refused: their first is made twice."""

    def moved(state):
        state[0] += 1.0
        return state * 1.0

    def history(x):
        state = x.copy()
        return np.array([moved(state) for _ in range(3)])

    with as_plain_python():
        try:
            srcad.vjp(history, vec(2))
        except srcad.NotDifferentiable as error:
            assert error.problems[0].code == "E202"  # noqa: PT017  (either is right)
        else:
            check(history, (vec(2),))


SHARED_ITEMS = {
    "the same array": "v = [y for i in range(3)]; v[0][1] = s; return v[1][1]",
    "written before it is read": "v = [y for i in range(3)]; y[0] = s; return v[0][0]",
    "rows": "v = [r for r in z]; v[0][0] = s; return z[0, 0]",
    "rows of list()": "v = list(z); v[0][0] = s; return z[0, 0]",
    "rows that are written": "v = list(z); z[0, 0] = s; return v[0][0]",
    "the rest": "u, *v = z; v[0][0] = s; return z[1, 0]",
    "of map": "v = list(map(lambda i: z[i], range(3))); v[0][0] = s; return z[0, 0]",
    "of filter": "v = list(filter(lambda r: r[0] > 0, z)); v[0][0] = s; return z[0, 0]",
    "parts that overlap": "v = [y[i : i + 2] for i in range(2)]; v[0][1] = s; return v[1][0]",
    "items that are arrays": "v = [r * s for r in z]; v[0] = y; y[0] = s; return v[0][0]",
    "items held elsewhere": "v = [r * s for r in z]; u = v[0]; v[0] = y; return u[0]",
    "in a dict": "d = {'a': [r * s for r in z]}; d['a'][0] = y; return d['a'][0][1]",
    "of a part": "v = [r * s for r in z]; w = v[1:]; w[0][0] = s; return v[1][0]",
}
"""Lists whose arrays are those of something else: an array of copies would not do."""

OWN_ITEMS = {
    "new arrays": "v = [r * s for r in z]; v[0][0] = s; z[0, 0] = 2.0; return v[0][0] * z[0, 0]",
    "copies": "v = [r.copy() for r in z]; v[0][0] = s; return z[0, 0] * v[0][0]",
    "read": "v = [r for r in z]; return v[0][0] * s",
    "a part of numbers": "v = [s * r for r in y]; w = v[1:]; w[0] = s; return v[1] * w[0]",
    "stacked": "v = [r for r in z]; w = np.stack(v); w[0, 0] = s; return v[0][0] * w[0, 0]",
    "transposed": "v = [r * s for r in z]; w = np.transpose(v); w[0, 0] = s; return v[0][0] * s",
    "seen as a row": "v = [s * r for r in y]; w = np.atleast_1d(v); w[0] = s; return v[0] * w[0]",
}


def _of_items(text):
    space = {"np": np}
    file = f"<items {text}>"
    body = "".join(f"    {part.strip()}\n" for part in text.split(";"))
    source = f"def f(x, s):\n    y = x * s\n    z = np.outer(x, x) + s\n{body}"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)
    return space["f"]


@pytest.mark.parametrize("text", SHARED_ITEMS.values(), ids=list(SHARED_ITEMS))
def test_items_that_share_memory_are_refused(text):
    """What is written would be seen in Python, and would not in copies."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable):
        srcad.grad(_of_items(text), argnums=1)(np.array([0.7, -1.3, 0.4]), 0.8)


@pytest.mark.parametrize("text", OWN_ITEMS.values(), ids=list(OWN_ITEMS))
def test_items_of_their_own(text):
    """The value is that of Python, the derivative that of differences."""
    f, x, s, h = _of_items(text), np.array([0.7, -1.3, 0.4]), 0.8, 1e-6
    with as_plain_python():
        value, slope = srcad.value_and_grad(f, argnums=1)(x, s)
    assert value == pytest.approx(f(x, s), rel=1e-14)
    assert slope == pytest.approx((f(x, s + h) - f(x, s - h)) / (2 * h), rel=1e-6)
