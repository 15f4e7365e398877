"""What depends on what: through values, elements and tests, and not through sizes."""

import pytest

from srcad.analysis.aliasing import aliasing
from srcad.analysis.dependence import influenced
from tests.ir_text import ir

CASES = [
    ("def f(x, y):\n    z = x * 2.0\n    return z, y", "x", {"x", "z"}),
    ("def f(x: A1, y):\n    x[0] = y\n    z = x[1]\n    return z", "y", {"x", "y", "z"}),
    ("def f(x: A1, n: int):\n    z = np.zeros_like(x)\n    return z", "x", {"x"}),
    (
        "def f(x, y):\n    z = 1.0\n    if x > 0.0:\n        z = 2.0\n    return z",
        "x",
        {"x", "z", "_t0"},
    ),
    (
        "def f(x, n: int):\n    z = 1.0\n    for i in range(n):\n        z += x\n    return z",
        "n",
        {"n", "i", "z"},
    ),
]


@pytest.mark.parametrize(("text", "source", "expected"), CASES)
def test_influenced(text, source, expected):
    function = ir(text)
    classes = aliasing(function)
    found = influenced(function, [source], classes)
    named = {name for name in found if not name.startswith("_t") or name in expected}
    assert {classes.of(name) for name in expected if not name.startswith("_t")} == {
        name for name in named if not name.startswith("_t")
    }


def test_without_tests():
    """What only a test reads has no influence through values."""
    function = ir("def f(x, y):\n    z = y\n    if x > 0.0:\n        z = 2.0\n    return z")
    assert "z" not in influenced(function, ["x"], aliasing(function), by_tests="none")


def test_tests_in_loops():
    """A branch counts where it stands in a loop."""
    text = "def f(x, n: int):\n    z = 1.0\n    if x > 0.0:\n        z = 2.0\n    return z"
    function = ir(text)
    assert "z" not in influenced(function, ["x"], aliasing(function), by_tests="loops")
    text = (
        "def f(x, n: int):\n    z = 1.0\n    for i in range(n):\n        if x > z:\n"
        "            z = 2.0\n    return z"
    )
    function = ir(text)
    assert "z" in influenced(function, ["x"], aliasing(function), by_tests="loops")
