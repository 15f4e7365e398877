"""Every example runs, and prints the numbers that it is about."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.compiled

FOLDER = Path(__file__).parent.parent / "examples"

EXPECT = {
    "chain": [
        "x1              2.0000    1.0000    0.0000    5.5000",
        "x2              5.0000    0.0000    1.0000    1.7163",
        "v1 = ln(x1)     0.6931    0.5000    0.0000    1.0000",
        "v2 = x1 * x2   10.0000    5.0000    2.0000    1.0000",
        "v3 = sin(x2)   -0.9589    0.0000    0.2837   -1.0000",
        "v4 = v1 + v2   10.6931    5.5000    2.0000    1.0000",
        "v5 = v4 - v3   11.6521    5.5000    1.7163    1.0000",
        "grad f(2, 5) = (5.5000, 1.7163)",
    ],
    "heat_rod": ["hottest at 0.300, and it was at 0.300"],
    "linear_regression": [
        "(<x, w> - y)**2 = 6.25",
        "by w: [ 5. 10. 15.]   by hand: [ 5. 10. 15.]",
        "by x: [ 2.5 -5.  10. ]   by hand: [ 2.5 -5.  10. ]",
        "by y: -5.0   by hand: -5.0",
        "w = [ 1.5 -2.   0.5]",
    ],
    "lorenz": ["reverse     -0.434542", "forward     -0.434542", "differences -0.434542"],
    "mlp": ["step    0  loss 1.2544  accuracy 0.06", "step  400  loss 0.0219  accuracy 1.00"],
    "rosenbrock_million": ["for 1000000 parameters", "largest relative error of the gradient: "],
    "tunnel": ["at a distance of 6: 0.848", "at a distance of 8.04: 0.622"],
    "sin_xy": ["f(3, 1) = 3.141120", "df/dx   = 0.010008", "df/dy   = 3.000000", "x_bar"],
}


def test_every_example_is_listed():
    """A new example gets its expectations here."""
    assert sorted(EXPECT) == sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.parametrize("name", EXPECT)
def test_example_prints_what_it_is_about(name, capsys):
    """`main()` runs, and its output has the expected lines."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    out = capsys.readouterr().out
    missing = [line for line in EXPECT[name] if line not in out]
    assert not missing, out
