"""The kinds of arguments that the forms of functions take."""

from __future__ import annotations

import itertools

from tests.library.grid import SHAPES, Kind, Shape

INTEGERS = ("int64", "bool")
FLOATS = ("float64", "float32")
NUMBERS = ("float64", "float32", "int64")

PAIRED: tuple[Shape, ...] = (
    *((), (0,), (1,), (3,), (1, 3), (3, 1), (2, 3), (3, 3), (0, 3), (2, 1, 3), (2, 3, 2)),
)
VECTORS: tuple[Shape, ...] = ((0,), (1,), (2,), (5,))
MATRICES: tuple[Shape, ...] = ((0, 3), (3, 0), (1, 1), (2, 3), (3, 2), (3, 3))
SQUARES: tuple[Shape, ...] = ((1, 1), (2, 2), (3, 3), (2, 3), (2, 2, 2), (3,), ())


def _one(*shapes: Shape) -> tuple[tuple[Shape, ...], ...]:
    return tuple((shape,) for shape in shapes)


def _two(*shapes: Shape) -> tuple[tuple[Shape, ...], ...]:
    return tuple(itertools.product(shapes, repeat=2))


def _alike(count: int, *shapes: Shape) -> tuple[tuple[Shape, ...], ...]:
    return tuple((shape,) * count for shape in shapes)


def _chosen() -> tuple[tuple[Shape, ...], ...]:
    values = _two((), (3,), (2, 1))
    return tuple((c, a, b) for c in ((), (3,), (2, 3)) for a, b in values)


KINDS: dict[str, Kind] = {
    "any": Kind("x", _one(*SHAPES)),
    "number": Kind("x", _one(()), "real", NUMBERS),
    "positive number": Kind("x", _one(()), "above", NUMBERS),
    "unit number": Kind("x", _one(()), "unit", FLOATS),
    "positive": Kind("x", _one(*SHAPES), "positive"),
    "unit": Kind("x", _one(*SHAPES), "unit", FLOATS),
    "above": Kind("x", _one(*SHAPES), "above"),
    "special": Kind("x", _one(*SHAPES), "special", FLOATS),
    "gaps": Kind("x", _one(*SHAPES), "gaps"),
    "integers": Kind("x", _one(*SHAPES), "real", INTEGERS),
    "vector": Kind("x", _one(*VECTORS)),
    "some": Kind("x", _one(*(s for s in SHAPES if s))),
    "upto2": Kind("x", _one(*(s for s in SHAPES if len(s) < 3))),
    "square": Kind("x", _one(*SQUARES), "dominant", NUMBERS),
    "symmetric": Kind("x", _one(*SQUARES), "symmetric", NUMBERS),
    "rectangle": Kind("x", _one((1, 1), (2, 2), (3, 2), (2, 3), (3,)), "dominant", NUMBERS),
    "system": Kind(
        "x y",
        tuple((a, b) for a in ((1, 1), (3, 3), (2, 3, 3)) for b in ((1,), (3,), (3, 2), (2, 3, 2))),
        "dominant",
        NUMBERS,
    ),
    "overdetermined": Kind(
        "x y", (((3, 2), (3,)), ((3, 2), (3, 2)), ((2, 2), (2,))), "dominant", FLOATS
    ),
    "pair": Kind("x y", _two(*PAIRED)),
    "positive pair": Kind("x y", _two(*PAIRED), "positive"),
    "special pair": Kind("x y", _two((), (5,), (2, 3)), "special", FLOATS),
    "integer pair": Kind("x y", _two(*PAIRED), "real", INTEGERS),
    "shifted": Kind("x y", _two(*PAIRED), "real positive", ("int64",)),
    "number pair": Kind("x y", _two(()), "real", NUMBERS),
    "positive number pair": Kind("x y", _two(()), "positive", NUMBERS),
    "integer numbers": Kind("x y", _two(()), "positive", ("int64",)),
    "vectors": Kind("x y", _two(*VECTORS)),
    "alike": Kind("x y", _alike(2, *SHAPES)),
    "positive alike": Kind("x y", _alike(2, *SHAPES), "real positive"),
    "weighted rows": Kind(
        "x y", (((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (2,))), "real positive"
    ),
    "threes": Kind("x y", _two((3,), (2, 3), (4, 2, 3), (1, 3), (2,), (2, 2))),
    "choice": Kind("c x y", _chosen()),
    "three": Kind("x y z", _alike(3, (), (3,), (2, 3), (0,), (2, 3, 2))),
    "counts": Kind("", (), fixed=(("n", (0, 1, 2, 5)),)),
    "two counts": Kind("", (), fixed=(("n", (0, 1, 4)), ("m", (0, 1, 3)))),
    "shift": Kind("x", _one(*SHAPES), fixed=(("n", (-4, -1, 0, 1, 2, 5)),)),
    "sorted": Kind("x y", (*_two((0,), (1,), (5,)), ((5,), ()), ((5,), (2, 3))), "sorted real"),
    "falling": Kind("x y", (((5,), (4,)), ((5,), ()), ((5,), (2, 3))), "falling real"),
    "table": Kind(
        "x y z", (((4,), (4,), ()), ((4,), (4,), (3,)), ((1,), (1,), (3,))), "sorted real real"
    ),
    "tally": Kind("x", _one(*VECTORS), "index", ("int64",)),
    "weights": Kind(
        "x y", (((0,), (0,)), ((5,), (5,)), ((5,), (4,))), "index real", ("int64", "float64")
    ),
    "index": Kind(
        "x i",
        tuple((s, t) for s in SHAPES if s for t in ((2,), (0,), (2, 2), ())),
        "real index",
        dtypes=("float64", "int64"),
    ),
    "along": Kind(
        "x i",
        (((4,), (2,)), ((2, 3), (2, 2)), ((2, 3, 2), (2, 3, 1))),
        "real index",
        dtypes=("float64", "int64"),
    ),
}
