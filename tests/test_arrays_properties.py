"""Broadcasting and basic indexing against NumPy, for arbitrary shapes and indices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.array_comparison import compare
from tests.harness import as_plain_python
from tests.random_programs import load

EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True, database=None)
HEAD = "import numpy as np\n\n\n"
DTYPES = ("float64", "float64", "float64", "float32", "int64", "int32")
OPERATIONS = (
    "x * y + np.sin(x)", "np.where(x > y, x, y * y)", "np.maximum(x, y) - x", "x / (y * y + 2.0)",
    "np.arctan2(x, y * y + 1.5)", "(x - y) ** 2", "np.hypot(x, y + 2.0) * y",
)  # fmt: skip


def run(source, args):
    """Compare both modes of the function `f` of a program text with the reference."""
    with as_plain_python():
        compare(load(HEAD + source), args)


# Shapes and indices -------------------------------------------------------------------


@st.composite
def shapes_that_broadcast(draw, count=2, ndim=3):
    """Return shapes of several arrays that broadcast with each other."""
    full = draw(st.lists(st.integers(0, 3), max_size=ndim))
    found = []
    for _ in range(count):
        shape = [1 if draw(st.booleans()) and draw(st.booleans()) else n for n in full]
        found.append(tuple(shape[draw(st.integers(0, len(full))) :]) if draw(st.booleans())
                     else tuple(shape))  # fmt: skip
    return found


def number_or_array(shape, dtype, seed):
    """Return an array of a dtype; a 0-d one is a number as often as not."""
    values = np.random.default_rng(seed).uniform(-2, 2, shape)
    array = np.asarray(values).astype(dtype)
    if array.ndim == 0 and seed % 2:
        return float(array) if dtype.startswith("float") else int(array)
    return array


@st.composite
def slices(draw, n):
    """Return the text of a slice, with steps of both signs and bounds beyond the ends."""
    ends = st.one_of(st.just(""), st.integers(-n - 2, n + 2).map(str))
    step = draw(st.sampled_from(["", ":", ":1", ":2", ":-1", ":-2", ":3", ":-3"]))
    return f"{draw(ends)}:{draw(ends)}{step}"


@st.composite
def indices(draw, shape):
    """Return the text of a basic index into an array of `shape`."""
    parts = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        is_integer = n > 0 and draw(st.integers(0, 3)) == 0
        parts.append(str(draw(st.integers(-n, n - 1))) if is_integer else draw(slices(n)))
    if draw(st.integers(0, 3)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), "None")
    if not parts or (len(parts) < 4 and draw(st.integers(0, 4)) == 0):
        parts.append("...")
    return ", ".join(parts)


def part_of(shape, index):
    """Return the shape of what an index gives."""
    return np.shape(eval(f"a[{index}]", {"a": np.empty(shape), "None": None}))


LAYOUTS = ("C", "F", "reversed", "every other")


def laid_out(shape, layout, seed=0):
    """Return an array of floats in some layout."""
    x = np.random.default_rng(seed).uniform(-2, 2, shape)
    match layout:
        case "F":
            return np.asfortranarray(x)
        case "reversed":
            return np.ascontiguousarray(x[::-1])[::-1]
        case "every other":
            return np.repeat(x, 2, axis=-1)[..., ::2]
        case _:
            return x


SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple)


# Properties ---------------------------------------------------------------------------


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_broadcasting(data):
    """Any two shapes that broadcast, numbers among them, of any dtypes."""
    one, other = data.draw(shapes_that_broadcast())
    kinds = data.draw(st.sampled_from(DTYPES)), data.draw(st.sampled_from(DTYPES))
    if not any(kind.startswith("float") for kind in kinds):
        kinds = "float64", kinds[1]
    seed = data.draw(st.integers(0, 3))
    x, y = number_or_array(one, kinds[0], seed), number_or_array(other, kinds[1], seed + 1)
    text = data.draw(st.sampled_from(OPERATIONS))
    run(f"def f(x, y):\n    return {text}\n", (x, y))


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_broadcasting_of_three_named(data):
    """Named parts, reduced and in place."""
    shapes = shapes_that_broadcast(3).filter(any)
    x, y, z = (laid_out(s, "C", k) for k, s in enumerate(data.draw(shapes)))
    full = np.broadcast_shapes(x.shape, y.shape, z.shape)
    text = f"""def f(x, y, z):
    a = x * y
    b = a + np.cos(z)
    c = np.zeros({full})
    c += a
    c[...] -= b * x
    return c, np.sum(b * z)
"""
    run(text, (x, y, z))


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_loads(data):
    """What an index reads, from any layout, directly and by another index."""
    shape = data.draw(SHAPES)
    index = data.draw(indices(shape))
    inner = part_of(shape, index)
    text = f"def f(x):\n    return np.sum(x[{index}] * 2.0) + np.sum(x)\n"
    if inner:
        more = data.draw(indices(inner))
        text = f"""def f(x):
    v = x[{index}]
    w = v[{more}]
    return v * 2.0, np.sum(np.sin(w) * w)
"""
    run(text, (laid_out(shape, data.draw(st.sampled_from(LAYOUTS))),))


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_stores(data):
    """What an index writes, and adds to, from values that broadcast."""
    shape = data.draw(SHAPES)
    index = data.draw(indices(shape))
    inner = part_of(shape, index)
    value = tuple(1 if data.draw(st.integers(0, 3)) == 0 else n for n in inner)
    operator = data.draw(st.sampled_from(["=", "+=", "-=", "*=", "/="]))
    right = "3.0 + v * v" if inner else "3.0 + v[0] * v[0]"
    text = f"def f(x, v):\n    x[{index}] {operator} {right}\n    return np.sum(x * x)\n"
    x = laid_out(shape, data.draw(st.sampled_from(LAYOUTS)))
    run(text, (x, laid_out(value if inner else (1,), "C", 1)))


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_stores_through_views(data):
    """What is written through a named view of a view."""
    shape = data.draw(SHAPES)
    index = data.draw(indices(shape).filter(lambda index: part_of(shape, index)))
    more = data.draw(indices(part_of(shape, index)))
    operator = data.draw(st.sampled_from(["=", "+=", "*="]))
    text = f"""def f(x):
    y = x * 2.0
    v = y[{index}]
    v[{more}] {operator} 1.5
    x[...] = y * x
    return np.sum(v * v)
"""
    run(text, (laid_out(shape, data.draw(st.sampled_from(LAYOUTS))),))


@pytest.mark.slow
@EXAMPLES
@given(st.data())
def test_overlapping_stores(data):
    """A slice of an array written from another slice of it."""
    n = data.draw(st.integers(1, 6))
    target = data.draw(slices(n))
    (count,) = part_of((n,), target)
    same = st.sampled_from([
        source
        for step in (1, -1, 2, -2)
        for start in range(n)
        if count and 0 <= start + step * (count - 1) < n
        for source in [f"{start}:{end(start + step * count, step)}:{step}"]
    ] or [target])  # fmt: skip
    operator = data.draw(st.sampled_from(["=", "+=", "-=", "*="]))
    form = data.draw(st.sampled_from(["{} * c", "np.sin({})", "({} * 2.0)[::-1]", "{}"]))
    value = form.format(f"x[{data.draw(same)}]")
    columns = data.draw(st.booleans())
    text = f"def f(x, c):\n    x[{target}] {operator} {value}\n    return np.sum(x * x)\n"
    shape = (n, 2) if columns else (n,)
    run(text, (laid_out(shape, data.draw(st.sampled_from(LAYOUTS))), 0.7))


def end(stop, step):
    """Return the text of the end of a slice: none before the first element."""
    return "" if step < 0 and stop < 0 else stop
