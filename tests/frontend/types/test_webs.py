"""Names with values of several types: apart where they never meet, one name where they do."""

import numpy as np
import pytest

import srcad
from srcad.frontend.types.webs import join, split
from srcad.ir import nodes as ir
from srcad.ir.types import FLOAT, INT, Array
from srcad.ir.walk import all_names
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere, own_call

ROW = np.array([3.0, -1.0, 2.0])
PROGRAMS = programs()


def let(name, value):
    return ir.Let(ir.Var(name), value)


def function(*body, params=("x",), returns=("x",)):
    given = tuple(ir.Param(name, ir.Var(name)) for name in params)
    return ir.Function("f", given, tuple(body), tuple(map(ir.Var, returns)))


def names_of(*body, returns=("n",)):
    return all_names(split(function(*body, returns=returns))[0])


ONE, TWO = ir.Const(1), ir.Const(2)
COND = ir.Op("gt", (ir.Var("x"), ONE))


def test_values_that_never_meet_are_apart():
    assert len(names_of(let("n", ONE), let("y", ir.Var("n")), let("n", TWO))) == 4


def test_one_value_changes_nothing():
    program = function(let("n", ONE), returns=("n",))
    separate, webs = split(program)
    assert separate is program
    assert join(program, separate, webs, {"n": INT}, arrays_apart=True) == (program, {"n": INT})


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ([let("n", ONE), let("c", COND), ir.If(ir.Var("c"), (let("n", TWO),), ())], 3),
        ([let("c", COND), ir.If(ir.Var("c"), (let("n", ONE),), (let("n", TWO),))], 3),
        ([let("n", ONE), ir.Accum(ir.Var("n"), None, TWO)], 2),
        (
            [
                let("n", ONE),
                ir.For(ir.Var("i"), ONE, TWO, ONE, (let("n", ir.Op("add", (ir.Var("n"), ONE))),)),
            ],
            3,
        ),
        ([let("n", ONE), ir.For(ir.Var("i"), ONE, TWO, ONE, (let("n", TWO),))], 3),
        (
            [let("n", ONE), let("y", ir.Var("n")), let("n", TWO), ir.Accum(ir.Var("n"), None, ONE)],
            4,
        ),
    ],
)
def test_values_that_meet_share_a_name(body, count):
    assert len(names_of(*body)) == count


def test_parameters_keep_their_names():
    program = function(let("y", ir.Var("x")), let("x", TWO), returns=("x", "y"))
    separate, webs = split(program)
    assert separate.params == program.params
    assert separate.returns[0].name != "x"
    types = {"x": FLOAT, separate.returns[0].name: INT, "y": FLOAT}
    joined, final = join(program, separate, webs, types, arrays_apart=True)
    assert joined.params == program.params
    assert final["x"] == FLOAT
    assert final[joined.returns[0].name] == INT
    same, _ = join(program, separate, webs, dict.fromkeys(types, FLOAT), arrays_apart=True)
    assert same.returns[0].name == "x"


def test_arrays_are_apart_if_asked_for():
    program = function(let("y", ir.Var("x")), let("x", ir.Var("z")), params=("x", "z"))
    separate, webs = split(program)
    row = Array("float64", 1, "C")
    types = dict.fromkeys((*webs.values(), "y", "z"), row)
    apart, _ = join(program, separate, webs, types, arrays_apart=True)
    together, _ = join(program, separate, webs, types, arrays_apart=False)
    assert apart.returns[0].name != "x"
    assert together.returns[0].name == "x"


@PROGRAMS((ROW, 3))
def numbers_of_both_kinds(x, n):
    s = n
    s = s * x[0]
    n = n / 2
    k = 2
    y = x[k] * n
    k = k * 0.5
    t = k * s
    k = 1
    return t * y * x[k] + k


@PROGRAMS((ROW, 3), (ROW, 0))
def kinds_that_meet(x, n):
    s = 0
    for i in range(n):
        s = s + x[i]
    t = 1
    if n > 1:
        t = x[1] * 2.0
    k = 0
    while k < n:
        k = k + 1
        t = t * x[0]
    return s * t + k


@PROGRAMS((ROW, 2))
def arrays_of_other_kinds(x, n):
    y = x > 0.0
    s = 0.0
    if y[0]:
        s = x[1]
    y = np.where(y, x, 2.0)
    z = y
    y = y[:n] * x[:n]
    x = np.sum(z) * y
    return x * s + np.sum(y)


@PROGRAMS((1.5, 4))
def arguments_that_change(x, n):
    a = x * n
    x = n
    b = a * x
    n = b * 1.0
    x = n * a
    return x * b


def writes_and_calls_itself(u, n):
    if n <= 0:
        return 0.5
    u[0] = 0.3 * u[1]
    return writes_and_calls_itself(u, n - 1) * u[0]


@PROGRAMS((np.arange(6.0)[::2] + 1.0, 2), mutates=(0,))
def an_argument_of_any_layout_and_its_copy(x, n):
    """The copy is contiguous, under the same name: what is returned is that copy."""
    return writes_and_calls_itself(x[::1], n)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_narrow_numbers_meet_wide_ones():
    def f(x, n):
        s = x
        for i in range(n):
            s = s * 1.5 + np.float64(i)
        return s

    for n in (0, 2):
        assert own_call(f, (np.float32(0.1), n)) == f(np.float32(0.1), n)


def test_kinds_that_cannot_meet():
    def f(x, n):
        y = x
        if n > 0:
            y = x[0]
        return y * 2.0

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable):
        srcad.vjp(f, ROW, 1)
