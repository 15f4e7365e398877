"""What is mistaken for what srcad takes, and what the messages say to write instead."""

import functools

import numpy as np
import pytest
from scipy import integrate, optimize

import srcad
from tests.harness import as_plain_python


def square(x):
    return np.sum(x * x)


def made_by(module, **attributes):
    """Return an object that looks as if another library had made it."""
    return type("Array", (), {"__module__": module, **attributes})()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: srcad.differentiate(square).grad(np.ones(2)),
            r"srcad.grad\(f\)\(x\), or f.grad\(\)",
        ),
        (lambda: srcad.grad(square, np.ones(2)), r"write srcad.grad\(f\)\(x\)"),
        (lambda: srcad.grad(square(np.ones(2))), r"the function itself: srcad.grad\(f\), and call"),
        (lambda: srcad.grad(np.sum), "write a def that calls it"),
        (lambda: srcad.differentiate(functools.partial(square)), "take partials and methods"),
    ],
)
def test_operators(call, message):
    """An operator takes a function and returns one."""
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (made_by("torch"), r"x is a tensor of PyTorch; pass .numpy\(\) of it, which makes no copy"),
        (made_by("torch", requires_grad=True), r"pass .detach\(\).numpy\(\) of it"),
        (
            made_by("torch", device=made_by("torch", type="cuda")),
            r"pass .cpu\(\).numpy\(\) of it, or",
        ),
        (made_by("jaxlib._jax"), r"x is an array of JAX; pass np.asarray\(...\) of it"),
        (made_by("jax._src.core", _trace=None), "x is a value that JAX traces; give the function"),
        (made_by("tensorflow.python"), "x is an array of TensorFlow; pass an array of NumPy"),
    ],
)
def test_arrays_of_other_libraries(array, message):
    """They are named, with what to pass instead."""
    with pytest.raises(TypeError, match=message):
        srcad.grad(square)(array)
    with pytest.raises(TypeError, match=message):
        srcad.vjp(square, array)


def test_solvers():
    """A solver of SciPy has no rule: its solution has one, or its steps are written."""
    solvers = {optimize.brentq: r"srcad\.root, fixed_point", integrate.quad: "its steps"}
    for solver, hint in solvers.items():

        def f(x):
            return solver(x, 0.0, 1.0)  # noqa: B023 - looked at now

        with as_plain_python(), pytest.raises(srcad.MissingRule, match=hint):
            srcad.grad(f)(1.0)
