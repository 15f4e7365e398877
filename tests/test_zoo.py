"""Every program of the zoo, in forward and reverse mode, against independent references."""

import numpy as np
import pytest

import srcad
from tests.harness import (
    array_dtypes,
    as_plain_python,
    assert_close,
    bits,
    expected_cotangents,
    outputs_of_call,
    outputs_of_run,
    plain_function,
    random_tangents,
    run_adjoint,
    run_jvp,
    run_vjp,
)
from tests.oracle import dual_jvp, leaves, map_tree, reference_vjp, wide_jvp
from tests.zoo import PROGRAMS

pytestmark = pytest.mark.filterwarnings("ignore::srcad.ComparisonsOnly")  # two programs are such
VALUE_TOL = {"f64": 1e-13, "f32": 1e-5}
IDS = [program.name for program in PROGRAMS]
every_program = pytest.mark.parametrize("program", PROGRAMS, ids=IDS)


def check_forward(program):
    """Compare value and directional derivative with the reference; twice, bit for bit."""
    args = program.args()
    tangents = random_tangents(args)
    expected, expected_dot = outputs_of_run(
        dual_jvp(program.function, args, tangents), program.mutates
    )
    out, out_dot = run_jvp(program.function, args, tangents)
    assert_close(out, expected, VALUE_TOL[program.precision], "value")
    assert_close(out_dot, expected_dot, program.tol, "tangent")
    again = run_jvp(program.function, args, tangents)
    assert bits(again) == bits((out, out_dot)), "the second call differs"


def check_reverse(program):
    """Compare value and cotangents with the reference; their dtypes are the arguments'."""
    args = program.args()
    own = plain_function(program.function)(*program.args())
    outputs = outputs_of_call(program.function, program.args(), program.mutates)
    out, out_bar, bars = run_vjp(program.function, args, seed=1)
    assert_close(out, outputs, VALUE_TOL[program.precision], "value")
    expected = expected_cotangents(program.function, args, program.mutates, own, out_bar)
    assert_close(padded(bars, args), expected, program.tol, "cotangents")
    for k in program.wrt:
        assert array_dtypes(bars[k]) == array_dtypes(differentiable(args[k])), (
            "dtype of a cotangent"
        )
    assert not shares_memory(leaves(bars) + leaves(out), leaves(args)), "a result is an alias"


def check_adjoint(program):
    """Compare the value beside cotangents of one sweep."""
    args = program.args()
    outputs = outputs_of_call(program.function, program.args(), program.mutates)
    value, _, _ = run_adjoint(program.function, args, outputs, seed=1)
    assert_close(value, outputs, VALUE_TOL[program.precision], "value beside the cotangents")


def check_gradient(program):
    """Compare value and gradient, or value and cotangents, of one sweep; called twice."""
    args = program.args()
    expected = plain_function(program.function)(*program.args())
    function = srcad.value_and_grad(program.function, argnums=program.wrt)
    if not isinstance(expected, float | np.floating):
        with pytest.raises(TypeError, match=r"the gradient is of one float, but '.*' returns"):
            function(*args)
        check_adjoint(program)
        return
    before = bits(args)
    value, gradients = function(*args)
    assert bits(args) == before, "value_and_grad changed its arguments"
    assert_close(value, expected, VALUE_TOL[program.precision], "value")
    reference = reference_vjp(program.function, args, 1.0)
    given = tuple(padded((gradients[k],), (args[i],))[0] for k, i in enumerate(program.wrt))
    assert_close(given, tuple(reference[k] for k in program.wrt), program.tol, "gradient")
    assert bits(function(*args)) == bits((value, gradients)), "the second call differs"


def padded(bars, args):
    """Return cotangents with one None per leaf of an argument that has none."""
    return tuple(
        map_tree(lambda _: None, arg) if bar is None else bar
        for bar, arg in zip(bars, args, strict=True)
    )


def differentiable(arg):
    """Return an argument with None for its leaves that are not floats."""
    return map_tree(lambda leaf: leaf if np.asarray(leaf).dtype.kind == "f" else None, arg)


def shares_memory(results, args):
    """Return whether a result overlaps an argument, or another result."""
    arrays = [leaf for leaf in results if isinstance(leaf, np.ndarray)]
    others = [leaf for leaf in args if isinstance(leaf, np.ndarray)]
    pairs = [(a, b) for k, a in enumerate(arrays) for b in arrays[:k] + others]
    return any(np.shares_memory(a, b) for a, b in pairs)


@every_program
def test_references_agree(program):
    """Operator overloading and 50-digit differences give one derivative."""
    args = program.args()
    tangents = random_tangents(args)
    run = dual_jvp(program.function, args, tangents)
    out = outputs_of_call(program.function, program.args(), program.mutates)
    expected, dots = outputs_of_run(run, program.mutates)
    assert_close(out, expected, VALUE_TOL[program.precision], "value")
    if program.smooth:
        wide = outputs_of_run(wide_jvp(program.function, args, tangents), program.mutates)
        assert_close(wide[1], dots, program.tol, "tangent")


@pytest.mark.parametrize("check", [check_forward, check_reverse, check_adjoint, check_gradient])
@every_program
def test_twin(program, check):
    """The generated source, run as plain Python (whose division by zero raises)."""
    with as_plain_python():
        try:
            check(program)
        except ZeroDivisionError:
            assert not program.smooth


@pytest.mark.compiled
@pytest.mark.parametrize("check", [check_forward, check_reverse, check_gradient])
@every_program
def test_compiled(program, check):
    """The compiled derivative, with bounds checked."""
    check(program)
