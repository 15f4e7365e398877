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


def tensor(**attributes):
    """Return what looks like a tensor of PyTorch in main memory."""
    usual = {"requires_grad": False, "is_conj": lambda _: False, "is_neg": lambda _: False}
    usual |= {"__array__": lambda _: np.arange(3.0), "dtype": "float64"}
    return made_by("torch", **{**usual, **attributes})


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (tensor(requires_grad=True), "would be lost; give the function to srcad.as_torch, or pass"),
        (
            tensor(device=made_by("torch", type="cuda")),
            r"a tensor of PyTorch on cuda; pass .cpu\(\).numpy\(\) of it, or",
        ),
        (tensor(is_conj=lambda _: True), r"pass .resolve_conj\(\)"),
        (tensor(is_sparse=True), r"pass .to_dense\(\) of it"),
        (
            tensor(__array__=lambda _: np.array([None]), dtype="bfloat16"),
            "of bfloat16, which NumPy",
        ),
        (
            made_by(
                "jaxlib._jax",
                devices=lambda _: {made_by("jaxlib", platform="gpu")},
                __array__=lambda _: np.ones(2),
            ),
            r"an array of JAX on gpu; pass np.asarray\(...\) of it, a copy",
        ),
        (
            made_by("jax._src.core", _trace=None, __array__=lambda _: np.ones(2)),
            "x is a value that JAX traces; give the function",
        ),
        (
            made_by("tensorflow.python", __array__=lambda _: np.ones(2)),
            "x is an array of TensorFlow; pass an array of NumPy",
        ),
    ],
)
def test_arrays_of_other_libraries(array, message):
    """What NumPy cannot read where it is is named, with what to pass instead."""
    with pytest.raises(TypeError, match=message):
        srcad.grad(square)(array)
    with pytest.raises(TypeError, match=message):
        srcad.vjp(square, array)
    with pytest.raises(TypeError, match=message):
        srcad.differentiate(square)(array)
    with pytest.raises(TypeError, match=message.replace("x is", "d holds")):
        srcad.grad(lambda d: np.sum(d["w"]))({"w": array})


def test_arrays_of_other_libraries_are_read():
    """They are taken for NumPy's arrays; results are of NumPy."""
    x = tensor()
    two = tensor(__array__=lambda _: np.array(2.0))

    def f(x, a):
        return a * np.sum(x * x)

    with as_plain_python():
        assert srcad.grad(f)(x, two).tolist() == [0.0, 4.0, 8.0]
        assert srcad.grad(f, "a")(x, two) == 5.0
        assert srcad.jvp(f, (x, 2.0), (x, two))[1] == 30.0
        assert srcad.vjp(lambda x: x * 2.0, x)[1](x)[0].tolist() == [0.0, 2.0, 4.0]
        assert srcad.grad(lambda d: np.sum(d["w"] ** 2))({"w": x})["w"].tolist() == [0.0, 2.0, 4.0]


def test_solvers():
    """A solver of SciPy has no rule: its solution has one, or its steps are written."""
    solvers = {optimize.brentq: r"srcad\.root, fixed_point", integrate.quad: "its steps"}
    for solver, hint in solvers.items():

        def f(x):
            return solver(x, 0.0, 1.0)  # noqa: B023 - looked at now

        with as_plain_python(), pytest.raises(srcad.MissingRule, match=hint):
            srcad.grad(f)(1.0)
