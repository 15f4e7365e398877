"""Arguments one step inside and one step outside of what functions take, as in NumPy."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check
from tests.harness import as_plain_python
from tests.library.grid import difference, function, outcome, own, strong

NAN, INF = np.nan, np.inf
SINGLE, SMALL = np.float32, np.int32


def row(*values, dtype=float):
    return np.array(values, dtype=dtype)


EDGES = [
    ("np.repeat(x, y)", row(1, 2), row(-1, 3, dtype=int)),
    ("np.repeat(x, y)", row(1, 2), row(0, 3, dtype=int)),
    ("np.repeat(x, y)", row(1, 2), row(2, dtype=int)),
    ("np.repeat(x, y)", row(1, 2), row(2, 1, 1, dtype=int)),
    ("np.unravel_index(x, (3, 4))", 11),
    ("np.unravel_index(x, (3, 4))", 12),
    ("np.unravel_index(x, (3, 4))", -1),
    ("np.unravel_index(x, (3, 4))", row(3, 12, dtype=int)),
    ("np.bincount(x, minlength=y)", row(0, 1, dtype=int), 0),
    ("np.bincount(x, minlength=y)", row(0, 1, dtype=int), -1),
    ("np.histogram(x, bins=y)", row(1, 2, 3), row(0, 2, 5)),
    ("np.histogram(x, bins=y)", row(1, 2, 3), row(0, 2, 2, 5)),
    ("np.histogram(x, bins=y)", row(1, 2, 3), row(0, 5, 2)),
    ("np.histogram(x, 1)", row(1, 2, 3)),
    ("np.histogram(x, y)", row(1, 2, 3), 0),
    ("np.digitize(x, y)", row(1, 2, 3), row(5, 2, 0)),
    ("np.digitize(x, y)", row(1, 2), row(2, 2)),
    ("np.digitize(x, y)", row(1, 2), row(2, 1, 2)),
    ("np.digitize(x, y)", row(1, 2), row(0, 5, 2)),
    ("np.interp(x, y, z)", 0.5, row(0, 1), row(INF, INF)),
    ("np.interp(x, y, z)", 0.0, row(0, 1), row(0, INF)),
    ("np.interp(x, y, z)", 0.5, row(0, 1), row(0, INF)),
    ("np.interp(x, y, z)", 1.0, row(0, 1, 2), row(-INF, 3, INF)),
    ("np.interp(x, y, z)", NAN, row(0, 1), row(2, 2)),
    ("np.linspace(x, 3.0, 1, retstep=True)[1]", 1.0),
    ("np.linspace(x, 3.0, 2, retstep=True)[1]", 1.0),
    ("np.linspace(x, y, 3)", SINGLE(1), SINGLE(2)),
    ("np.linspace(x, 2.0, 3)", SINGLE(1)),
    ("np.linspace(x, y, 3)", SINGLE(1), 2.0),
    ("np.geomspace(x, y, 3)", 0.0, 2.0),
    ("np.geomspace(x, y, 3)", 2.0, 0.0),
    ("np.geomspace(x, y, 3)", -1.0, -8.0),
    ("np.geomspace(x, y, 4)", SINGLE(1), SINGLE(8)),
    ("np.arange(x)", SMALL(3)),
    ("np.arange(x, y)", SMALL(1), SMALL(3)),
    ("np.arange(x)", SINGLE(3)),
    ("np.arange(x, y, z)", SINGLE(0), SINGLE(1), SINGLE(0.1)),
    ("np.cross(x, y)", row(1, 2, 3, dtype=SMALL), row(1, 2, 4, dtype=SMALL)),
    ("np.cross(x, y)", row(1, 2, 3, dtype=SINGLE), row(1, 2, 4)),
    *((f"np.linalg.norm(x, {k}, axis=0)", np.ones((2, 3), SINGLE)) for k in (0, 3, -1, 1)),
    ("np.clip(x, None, y)", row(1, 2, NAN), NAN),
    ("np.clip(x, y, None)", row(1, 2, NAN), NAN),
    ("np.clip(x, None, y)", row(1, 2, NAN), 1.5),
    ("np.clip(x, None, y)", row(1, 2), row(NAN, 1.5)),
    ("np.extract(x, y)", row(False, True, dtype=bool), 2.0),
    ("np.extract(x, y)", row(True, False, dtype=bool), 2.0),
    ("np.extract(x, y)", row(True, False, True, dtype=bool), row(1, 2)),
    ("np.diff(x, n=-1)", row(1, 2)),
    ("np.diag(x, 1)", np.ones((1, 2, 2))),
    ("x * np.float64(2)", row(1, 2, dtype=SINGLE)),
    ("x * -np.float64(2)", row(1, 2, dtype=SINGLE)),
    ("x * float(2)", row(1, 2, dtype=SINGLE)),
    ("x * 2.0", row(1, 2, dtype=SINGLE)),
    ("x ** np.float64(2)", row(1, 2, dtype=SINGLE)),
    ("x + np.int64(2)", row(1, 2, dtype=SMALL)),
    ("x + int(2)", row(1, 2, dtype=SMALL)),
    ("np.maximum(x, np.float64(0))", row(1, 2, dtype=SINGLE)),
    ("np.where(x > 0, x, np.float64(0))", row(1, 2, dtype=SINGLE)),
    ("np.zeros(np.int64(3)) + x", 1.0),
]


@pytest.mark.parametrize(
    ("text", "args"),
    [(t, a) for t, *a in EDGES],
    ids=[f"{t}-{k}" for k, (t, *_) in enumerate(EDGES)],
)
def test_value(text, args):
    func = function(text, " ".join("xyz"[: len(args)]))
    assert not difference(outcome(own(func), args), outcome(func, strong(args)))


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.repeat(x, np.array([0, 3])) * y", (row(1, 2), 2.0)),
        ("np.geomspace(x, y, 4)", (2.0, 5.0)),
        ("np.interp(x, np.array([0.0, 1.0, 2.0]), y)", (0.5, row(3, 1, 2))),
        ("np.linspace(x, y, 3)", (SINGLE(1), SINGLE(2))),
        ("np.arange(x, y, 0.3)", (0.1, 1.1)),
        ("np.clip(x, None, y)", (row(1, 2), 1.5)),
        ("x * np.float64(2) + y", (row(1, 2, dtype=SINGLE), 1.5)),
    ],
)
def test_both_modes(text, args):
    check(function(text, "x y"), args)


TWO = np.float64(2.0)


def test_a_captured_number_of_numpy_is_no_literal():
    def doubled(x):
        return x * TWO

    with as_plain_python():
        assert own(doubled)(np.ones(2, SINGLE)).dtype == np.float64


def test_equal_values_of_single_precision_are_known_as_equal():
    def turned(a):
        return np.linalg.eigh(a)[1] * 1.0

    q = np.linalg.qr(np.array([[1.0, 2, 3], [0, 1, 4], [5, 6, 0]]))[0]
    a = (q @ np.diag([2.0, 2.0, 5.0]) @ q.T).astype(SINGLE)
    with as_plain_python(), np.errstate(all="ignore"):
        _, dot = srcad.jvp(turned, (a,), (np.arange(9, dtype=SINGLE).reshape(3, 3),))
    assert not np.all(np.isfinite(dot))
