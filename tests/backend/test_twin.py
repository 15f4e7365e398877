"""The plain-Python twin of compiled code gives the same numbers, and no other exceptions."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcad
from srcad.backend.twin import called_as_compiled, twin_code


def reciprocal(x):
    return 1 / x


def halved(x, n):
    return x * (1 / n)


def divided_in_place(x, n):
    x /= n
    return x


def root(x):
    return math.sqrt(x)


def logarithm(x):
    return math.log(x)


def other_logarithms(x):
    return math.log2(x) + math.log10(x) * math.log1p(x - 1.0)


def power(x):
    return x**-1.5


def power_of_literal(x):
    return 0.0**x


def grows(x):
    return math.exp(x) + math.cosh(x) + math.expm1(x)


def arcs(x):
    return math.asin(x) * math.acosh(x - 2.0) + math.atanh(x - 1.0)


def waves(x):
    return math.sin(x) * math.tan(x) / x


def gammas(x):
    return math.gamma(x) + math.lgamma(x)


def rounded(x):
    return math.floor(x) * x + int(x)


def remainder(x):
    return x % 0.0 + x // 0.0


def literal_only(x):
    s = 0.0
    return x / s


def mixed(x):
    return x * np.float32(0.1) + 0.1 * x


def inverse_elements(x):
    s = 0.0
    for i in range(x.size):
        s += 1.0 / x[i] + math.sqrt(x[i])
    return s


NUMBERS = [0.0, -0.0, 1.0, 2.0, -1.0, 0.5, 1000.0, -1000.0, math.inf, -math.inf, math.nan]
OF_NUMBERS = [
    *(reciprocal, root, logarithm, other_logarithms, power, power_of_literal, grows, arcs),
    *(waves, gammas, remainder, literal_only, mixed),
]


def bits(value: Any) -> Any:
    """Return what two results have in common if they are equal."""
    if isinstance(value, tuple):
        return tuple(map(bits, value))
    return (type(value).__name__, np.asarray(value).dtype.str, repr(value))


def close(a: Any, b: Any) -> bool:
    """Return whether results agree but for the last digits of elementary functions."""
    return all(
        type(x) is type(y) and np.allclose(x, y, rtol=1e-13, atol=0.0, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.compiled
@pytest.mark.parametrize("func", OF_NUMBERS)
def test_numbers_of_compiled_code(func):
    """Infinities and nan come out where compiled code has them."""
    made = srcad.value_and_grad(func)
    for x in NUMBERS:
        assert close(made(x), made.py_func(x)), x


@pytest.mark.compiled
@pytest.mark.parametrize("func", [halved, divided_in_place])
def test_integers_divide_as_floats(func):
    """A quotient of integers is infinite where the divisor is 0."""
    made = srcad.value_and_grad(func)
    for n in (0, 1, 3):
        assert bits(made(2.0, n)) == bits(made.py_func(2.0, n))


@pytest.mark.compiled
def test_floats_beyond_the_integers():
    """What is no integer of 64 bits becomes the smallest one."""
    made = srcad.value_and_grad(rounded)
    for x in (1.5, -1.5, math.inf, math.nan, 1e300):
        assert close(made(x), made.py_func(x)), x


@pytest.mark.compiled
def test_elements():
    """Elements of arrays divide as numbers do."""
    made = srcad.value_and_grad(inverse_elements)
    x = np.array([0.0, 1.0, -1.0])
    assert close(made(x), made.py_func(x))


@pytest.mark.compiled
def test_single_precision():
    """Literals have double precision, as in compiled code."""
    made = srcad.value_and_grad(mixed)
    assert bits(made(np.float32(0.3))) == bits(made.py_func(np.float32(0.3)))


@pytest.mark.compiled
def test_error_model_of_python():
    """Division by zero raises where it raises in compiled code."""
    made = srcad.value_and_grad(srcad.differentiate(literal_only, error_model="python"))
    for call in (made, made.py_func):
        with pytest.raises(ZeroDivisionError):
            call(1.0)


@pytest.mark.compiled
def test_what_is_shown_is_what_was_compiled():
    """Debuggers and tracebacks show the source as it was generated."""
    made = srcad.grad(srcad.differentiate(literal_only, error_model="python"))
    with pytest.raises(ZeroDivisionError) as caught:
        made.py_func(1.0)
    assert any("/ s" in str(entry.statement) for entry in caught.traceback)


PROGRAMS_WITHOUT_JIT = """
    import numpy as np
    import srcad

    def over(x):
        s = 0.0
        for i in range(x.size):
            s += x[i] ** 2
        return s

    def whole(x, w):
        return np.sum(np.tanh(w @ x))

    def solved(a, b):
        return np.sum(np.linalg.solve(a, b) ** 2)

    def first(x):
        return srcad.grad(over)(x)[0]

    x = np.linspace(0.1, 0.5, 4)
    w = np.ones((3, 4))
    print(srcad.grad(over)(x))
    print(srcad.value_and_grad(whole, (0, 1))(x, w))
    print(srcad.differentiate(whole)(x, w), srcad.differentiate(over).grad()(x))
    print(srcad.jvp(whole, (x, w), (x, w)))
    print(srcad.vjp(whole, x, w)[1](1.0))
    print(srcad.grad(first)(x))
    print(srcad.grad(solved, (0, 1))(np.eye(2) * 2.0, np.ones(2)))
"""


def test_without_compiler(tmp_path):
    """`NUMBA_DISABLE_JIT=1` runs the twins, and they give what compiled code gives."""
    path = tmp_path / "programs.py"
    path.write_text(textwrap.dedent(PROGRAMS_WITHOUT_JIT))
    outputs = []
    for disabled in ("0", "1"):
        root = str(Path(srcad.__file__).parents[1])
        env = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": root}
        done = subprocess.run(
            [sys.executable, str(path)], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


# The twin itself, without a compiler ----------------------------------------------------------


def twin(text, error_model="numpy"):
    """Return the function `f` of a source, as a twin."""
    code, names = twin_code(textwrap.dedent(text), "<twin>", error_model)
    space = {"np": np, **names}
    exec(code, space)
    return lambda *args: called_as_compiled(space["f"], args)


def same(found, expected):
    return bits(found) == bits(expected) or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("1 / x", (0.0,), math.inf),
        ("1 / x", (-0.0,), -math.inf),
        ("1 / n", (0,), math.inf),
        ("x / n", (0,), math.nan),
        ("1.0 / n", (2,), 0.5),
        ("math.sqrt(x)", (-1.0,), math.nan),
        ("math.log(x)", (0.0,), -math.inf),
        ("math.exp(x)", (1e3,), math.inf),
        ("math.gamma(x)", (-1.0,), math.nan),
        ("math.gamma(x)", (0.0,), math.inf),
        ("math.gamma(x)", (-0.0,), -math.inf),
        ("math.gamma(x)", (1e3,), math.inf),
        ("math.lgamma(x)", (0.0,), math.inf),
        ("math.floor(x)", (math.nan,), -(2**63)),
        ("math.floor(x)", (1e300,), -(2**63)),
        ("math.ceil(x)", (2.5,), 3),
        ("int(x)", (math.inf,), -(2**63)),
        ("int(x)", (-1e300,), -(2**63)),
        ("int(x)", (-2.5,), -2),
        ("x**0.5", (-1.0,), math.nan),
        ("0.0**x", (-1.0,), math.inf),
        ("float(n)", (3,), 3.0),
    ],
)
def test_numbers_of_the_twin(text, args, expected):
    name = "n" if isinstance(args[0], int) else "x"
    body = f"def f({name}, x=0.0):" if name == "n" else "def f(x):"
    assert same(twin(f"{body}\n    return {text}")(*args), expected)


def test_division_in_place():
    text = "def f(x, n):\n    y = x.copy()\n    y[0] /= n\n    n /= n\n    return y[0]"
    assert twin(text)(np.array([1.0]), 0) == math.inf


@pytest.mark.parametrize("operator", ["/", "//", "%"])
def test_python_raises(operator):
    run = twin(f"def f(x, n):\n    return x {operator} n", "python")
    assert run(7.0, 2) in {3.5, 3.0, 1.0}
    for zero in (0, 0.0):
        with pytest.raises(ZeroDivisionError):
            run(7.0, zero)


def test_results_are_numbers_of_python():
    found = twin("def f(x):\n    return x * 2.0, (x, 1)")(1.5)
    assert [type(v) for v in (found[0], found[1][0], found[1][1])] == [float, float, int]
