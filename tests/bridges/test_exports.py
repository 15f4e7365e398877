import math
import re
import subprocess
import sys

import numpy as np
import pytest

import srcad
from srcad.__main__ import main

WEIGHTS = np.array([1.0, 2.0, 0.5])


def filtered(x, a, n):
    s = 0.0
    y = np.zeros(x.size)
    for k in range(n):
        for i in range(x.size):
            y[i] = math.sin(x[i] * a) + 0.5 * y[i] + WEIGHTS[i % 3] + 0.01 * k
            if y[i] > 0.3:
                s += y[i] ** 2
    return s / x.size


def layer(w, x):
    return np.sum(np.maximum(w @ x, 0.0) ** 2) + np.sum(w[:-1] * w[1:])


def growing(x):
    while x < 10.0:
        x = x * x + 1.1
    return x


def powers(x, n):
    return x if n <= 1 else x * powers(x, n - 1)


CASES = [
    (filtered, (np.array([0.1, 0.2, 0.3]), 1.5, 3), (0, "a")),
    (layer, (np.arange(6.0).reshape(2, 3), np.array([0.1, 0.2, 0.3])), 0),
    (growing, (1.0,), 0),
    (lambda x: np.sum(x**3), (np.float32([0.5, 1.5]),), 0),
    (powers, (1.5, 4), 0),
]


def without_srcad(text):
    """Return what the module of an exported text has, without Numba and srcad."""
    space = {"__name__": "exported"}
    assert not re.search(r"^\s*(import|from) srcad", text, re.MULTILINE)
    exec(text.replace("    from numba import njit", "    raise ImportError", 1), space)
    return space


@pytest.mark.parametrize(("f", "args", "argnums"), CASES)
def test_the_exported_gradient_is_the_gradient(f, args, argnums):
    """To rounding, and its own test passes; the text is the same twice."""
    text = srcad.export(f, *args, argnums=argnums)
    assert text == srcad.export(f, *args, argnums=argnums)
    space = without_srcad(text)
    name = next(n for n in space if n.endswith("value_and_grad"))
    with np.errstate(all="ignore"):
        value, bars = space[name](*args)
    expected, expected_bars = srcad.value_and_grad(f, argnums).py_func(*args)
    assert np.isclose(value, expected, rtol=1e-6)
    several = isinstance(argnums, tuple)
    for bar, want in zip(
        bars if several else (bars,), expected_bars if several else (expected_bars,), strict=True
    ):
        assert np.allclose(bar, want, rtol=1e-6)


@pytest.mark.compiled
def test_the_file_checks_itself(tmp_path):
    """`python file.py` runs compiled, where srcad cannot be imported."""
    path = tmp_path / "gradient.py"
    srcad.differentiate(filtered).export(*CASES[0][1], path=path, argnums=(0, "a"))
    blocked = "import sys; sys.modules['srcad'] = None; import runpy; "
    run = f"{blocked}runpy.run_path({str(path)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert "filtered_value_and_grad: the gradient agrees with differences to" in done.stdout


def test_captured_arrays_and_hints_are_written_out():
    """To the last bit, with flags in the place of hints."""
    text = srcad.export(*CASES[0][:1], *CASES[0][1], argnums=(0, "a"))
    assert "WEIGHTS = np.array([1.0, 2.0, 0.5], dtype=np.float64)" in text
    assert "@njit(fastmath={'reassoc', 'nsz'})\ndef added(a, b):\n    return a + b" in text
    assert "types     x: float64[1d, C], a: float64, n: int64" in text


def test_what_is_refused():
    """Other results, what needs srcad, and points where the test fails."""
    with pytest.raises(TypeError, match="one float"):
        srcad.export(lambda x: 2.0 * x, np.ones(2))
    with pytest.raises(ValueError, match="cannot be exported: it calls"):
        srcad.export(lambda a, b: np.sum(np.linalg.solve(a, b)), np.eye(2), np.ones(2))
    with pytest.raises(ValueError, match=r"the test of .* fails at these arguments"):
        srcad.export(lambda x: x * math.floor(x), 1.0)
    with pytest.raises(ValueError, match="the example for w has more than 1,000 elements"):
        srcad.export(layer, np.ones((40, 50)), np.ones(50))
    with pytest.raises(ValueError, match="the example is not finite"):
        srcad.export(lambda x: x * x, math.inf)


def test_commands(tmp_path, capsys, monkeypatch):
    """The command line exports, checks, explains and says what it is."""
    (tmp_path / "own_model.py").write_text("def area(a, b):\n    return a * b * b\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "made.py"
    assert main(["export", "own_model:area", "float64", "float64", "-o", str(path)]) == 0
    assert without_srcad(path.read_text())["area_value_and_grad"](2.0, 3.0) == (18.0, 9.0)
    assert main(["export", "own_model:area", "--at", "1.0, 2.0", "--argnums", "a,b"]) == 0
    out = capsys.readouterr().out
    assert "by        a, b" in out
    assert main(["explain", "own_model:area"]) == 0
    captured = capsys.readouterr()
    assert "no types were given" in captured.err
    assert "value and gradient" in captured.out
    assert main(["info"]) == 0
    assert f"srcad      {srcad.__version__}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"srcad {srcad.__version__}\n"
    assert main(["export", "own_model:volume"]) == 2
    assert main(["export", "own_model:area", "text"]) == 2
    assert "unknown type 'text'" in capsys.readouterr().err


@pytest.mark.compiled
def test_check_and_bench(tmp_path, capsys, monkeypatch):
    """`check` compares with differences, `bench` times."""
    (tmp_path / "own_model_2.py").write_text(
        "import srcad\n\n@srcad.custom_vjp\ndef g(x):\n    return x * x\n\n"
        "g.defvjp(lambda x: (x * x, x), lambda x, b: (x * b,))\n\n"
        "def wrong(x):\n    return g(x)\n\ndef right(x):\n    return x * x\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["check", "own_model_2:right", "float64"]) == 0
    assert "agree with differences" in capsys.readouterr().out
    assert main(["check", "own_model_2:wrong", "float64"]) == 1
    assert "expected" in capsys.readouterr().err
    assert main(["bench", "own_model_2:right", "float64"]) == 0
    assert "value and gradient" in capsys.readouterr().out
