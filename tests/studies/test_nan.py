import math

import numpy as np
import pytest

import srcad


def entropy(p):
    total = 0.0
    for i in range(p.size):
        total -= p[i] * np.log(p[i])
    return total


def log_of_sum(x):
    top = -np.inf
    for i in range(x.size):
        top = max(top, x[i])
    total = 0.0
    for i in range(x.size):
        total += math.exp(x[i])
    return math.log(total) + 0.0 * top


def cusp(x):
    y = x * x
    z = np.cbrt(y)
    return z + 1.0


def test_the_value_is_not_finite():
    """The first line that makes an infinity, with what it read."""
    x = np.array([0.5, 0.0])
    found = srcad.trace_nan(entropy)(x)
    assert (found.line, found.text) == (12, "total -= p[i] * np.log(p[i])")
    assert (found.file, found.is_derivative, found.value) == ("test_nan.py", False, -math.inf)
    assert found.operands == {"p_i": 0.0}
    assert x.tolist() == [0.5, 0.0]
    assert str(found).splitlines()[0] == (
        "-inf in the value at test_nan.py, line 12: total -= p[i] * np.log(p[i])"
    )
    assert srcad.trace_nan(log_of_sum)(np.array([1.0, 800.0])).text == "total += math.exp(x[i])"


def test_the_derivative_alone_is_not_finite():
    """A finite value may have an infinite slope."""
    found = srcad.trace_nan(cusp)(0.0)
    assert found.is_derivative
    assert found.text == "z = np.cbrt(y)"
    source = srcad.differentiate(cusp).inspect_adjoint(0.0, compiled=True).splitlines()
    assert found.generated_text.split(" = ")[0] in source[found.generated_line - 1]


def test_finite_numbers_and_constants():
    """Infinite constants are meant, and where nothing is wrong there is nothing to tell."""
    assert srcad.trace_nan(entropy)(np.array([0.5, 0.5])) is None
    assert srcad.trace_nan(log_of_sum)(np.array([1.0, 8.0])) is None
    assert srcad.trace_nan(entropy)(np.zeros(0)) is None

    def filled(x):
        best = np.full(x.size, np.inf)
        for i in range(x.size):
            best[i] = min(best[i], x[i])
        return np.sum(best)

    assert srcad.trace_nan(filled)(np.ones(3)) is None


def test_an_argument_is_not_finite():
    """What was given is said first."""
    found = srcad.trace_nan(entropy)(np.array([0.5, np.nan]))
    assert str(found) == "nan is in the argument p"


def test_results_of_other_kinds():
    """Arrays and tuples are differentiated for a cotangent of ones; float32 is what it is."""
    assert srcad.trace_nan(lambda x: 1.0 / x)(np.array([1.0, 0.0])).value == math.inf
    assert srcad.trace_nan(lambda x: (x, 1.0 / x))(np.float32(0.0)).value == math.inf
    assert srcad.trace_nan(lambda x, k: x / k, argnums="x")(1.0, 0.0).operands["k"] == 0.0


def test_what_is_refused():
    """Functions without floats, and derivatives."""
    with pytest.raises(TypeError, match="has no float argument"):
        srcad.trace_nan(lambda n: 1.0 * n)(3)
    with pytest.raises(TypeError, match="not a derivative of one"):
        srcad.trace_nan(srcad.grad(entropy))(np.ones(2))
    with pytest.raises(srcad.NotDifferentiable):
        srcad.trace_nan(lambda x: open(str(x)))(1.0)  # noqa: PTH123
