"""The table of whole functions: dtypes, shapes, and that each has its derivatives."""

import pytest

from srcad.ir.types import Array, Scalar
from srcad.library import linalg_derivatives
from srcad.rules.linalg import (
    OUTER,
    ROWS,
    WHOLES,
    gives_new_memory,
    known_axes,
    parameters,
    settled,
    whole,
)


def array(dtype, ndim=2):
    return Array(dtype, ndim)


@pytest.mark.parametrize(
    ("name", "dtypes", "expected"),
    [
        ("dot_nn", ("float64", "float64"), "float64"),
        ("dot_nn", ("float32", "float32"), "float32"),
        ("dot_nn", ("float32", "float64"), "float64"),
        ("dot_nn", ("int64", "int64"), "int64"),
        ("dot_nn", ("int32", "int32"), "int32"),
        ("dot_nn", ("int64", "float32"), "float64"),
        ("dot_nn", ("int64", "float64"), "float64"),
        ("inv", ("float32",), "float32"),
        ("inv", ("float64",), "float64"),
        ("inv", ("int64",), "float64"),  # LAPACK knows no integers
        ("det", ("float32",), "float32"),
        ("solve_m", ("float32", "float32"), "float32"),
        ("solve_m", ("float32", "int64"), "float64"),
    ],
)
def test_dtypes(name, dtypes, expected):
    types = [array(dtype) for dtype in dtypes]
    assert WHOLES[name].dtype(types) == expected
    for found in WHOLES[name].result_types(types):
        assert found.dtype == expected


def test_shapes_and_layouts():
    assert WHOLES["dot_nn"].result_types([array("float64")] * 2) == (Array("float64", 2, "C"),)
    assert WHOLES["mv_n"].result_types([array("float64"), array("float64", 1)]) == (
        Array("float64", 1, "C"),
    )
    assert WHOLES["inv"].result_types([array("float64")]) == (Array("float64", 2, "F"),)
    assert WHOLES["det"].result_types([array("float64")]) == (Scalar("float64"),)
    assert [t.layout for t in WHOLES["qr"].result_types([array("float64")])] == ["A", "F"]


@pytest.mark.parametrize(
    "types",
    [
        (array("float64"), array("float64", 1)),
        (array("float64", 3), array("float64")),
        (array("bool"), array("float64")),
        (Scalar("float64"), array("float64")),
        (None, array("float64")),
    ],
)
def test_what_is_no_matrix_of_numbers(types):
    with pytest.raises(TypeError, match="must be an array of numbers of 2 dimensions"):
        WHOLES["dot_nn"].dtype(types)


def test_every_function_has_its_derivatives():
    """Products of the table itself, or functions of the library for each set of arguments."""
    for row in ROWS:
        assert bool(row.products) != bool(row.rule)
        for item, adjoint in zip(row.params, row.products, strict=False):
            letters = {**{p.name: p.axes for p in row.params}, "y_bar": row.results[0].axes}
            if adjoint.function == OUTER:
                assert "".join(letters[a] for a in adjoint.args) == item.axes
                continue
            made = WHOLES[adjoint.function]
            given = {}
            for parameter, arg in zip(made.params, adjoint.args, strict=True):
                for theirs, ours in zip(parameter.axes, letters[arg], strict=True):
                    assert given.setdefault(theirs, ours) == ours
            assert "".join(given[letter] for letter in made.results[0].axes) == item.axes
        if row.rule:
            positions = range(len(row.params))
            active = {(k,) for k in positions} | {tuple(positions)}
            for kind in ("tangent", "adjoint"):
                for chosen in active:
                    assert callable(row.derivative(kind, sorted(chosen)))


def test_derivatives_by_some_arguments():
    row = WHOLES["solve_v"]
    assert row.derivative("tangent", [0, 1]) is linalg_derivatives.solve_tangent
    assert row.derivative("tangent", [1]) is linalg_derivatives.solve_tangent_b
    assert row.derivative("adjoint", [0]) is linalg_derivatives.solve_adjoint_a


def test_flipped_arguments_are_functions_of_the_table():
    """A function of a transpose is another one, of which that is the one again."""
    for row in ROWS:
        for k, name in enumerate(row.flips):
            assert WHOLES[name].flips[k] == row.name
            assert WHOLES[name].params[k].axes == row.params[k].axes[::-1]


def test_new_memory():
    assert all(map(gives_new_memory, ROWS))
    assert gives_new_memory(linalg_derivatives.det_adjoint)
    assert not gives_new_memory(print)


def test_axes_of_derivatives():
    assert known_axes(linalg_derivatives.det_tangent, [2, 0, 2]) == {
        "a": "nn",
        "y": "",
        "a_dot": "nn",
    }
    names = parameters(linalg_derivatives.solve_adjoint_b)
    assert set(known_axes(linalg_derivatives.solve_adjoint_b, [2, 1])) == set(names)
    assert known_axes(linalg_derivatives.det_tangent, [2, 2]) == {}
    assert known_axes(print, [2]) == {}


def test_rows():
    row = whole("f(a[ij], b[j]) -> y[i], z[]", "f({0}, {1})", rule="f", flips="g h")
    assert [(p.name, p.axes) for p in row.params] == [("a", "ij"), ("b", "j")]
    assert [(r.name, r.axes, r.layout) for r in row.results] == [("y", "i", "C"), ("z", "", "C")]
    assert row.flips == ("g", "h")
    assert not row.settled
    assert settled(row).settled
    assert settled(row) != row
