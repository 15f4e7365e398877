"""What one process has compiled, another one loads: nothing is derived or compiled there."""

from __future__ import annotations

import pytest

from tests.cache.programs import run

pytestmark = pytest.mark.compiled

HEAD = """
import math
import sys
import numba
import numpy as np
import srcad
from tests.cache.programs import function

def scaled(scale):
    return function('''
        import math
        import numpy as np
        def f(x, n):
            if n < 2:
                return x * SCALE + W[0]
            return f(x * x, n - 1) + math.sin(x) * f(x, n - 2)
    ''', SCALE=scale, W=np.array([scale, 1.0]))
"""

OPERATORS = """
smooth = function('''
    import numpy as np
    def smooth(x, y=2.0):
        return np.sum(np.exp(np.sin(x)) * y)
''', "smooth")
parts = function('''
    import numpy as np
    def parts(x):
        return np.cumsum(x * x)
''', "parts")
solved = function('''
    import numpy as np
    def solved(A, b):
        return np.sum(np.linalg.solve(A, b) * b)
''', "solved")
inside = function('''
    def inside(x, k):
        y = x * x
        y[k] = 3.0 * x[0]
        return y.sum()
''', "inside")
cube = srcad.custom_vjp(function('''
    def cube(x):
        return x * x * x
''', "cube"))
cube.defvjp(
    function('''
        def fwd(x):
            return x * x * x, x
    ''', "fwd"),
    function('''
        def bwd(x, y_bar):
            return (3.5 * x * x * y_bar,)
    ''', "bwd"),
)
ruled = function('''
    def ruled(x):
        return cube(x) * x
''', "ruled", cube=cube)
recursive = scaled(3.0)
X, A = np.array([0.3, -0.4, 0.5]), np.array([[2.0, 1.0], [1.0, 3.0]])
own = srcad.differentiate(smooth)
made = {
    "value_and_grad": (srcad.value_and_grad(recursive), (0.7, 6)),
    "grad": (srcad.grad(smooth), (X,)),
    "float32": (srcad.grad(smooth), (X.astype(np.float32), np.float32(1.5))),
    "both": (srcad.grad(smooth, (0, 1)), (X, 3.0)),
    "out": (srcad.grad(smooth, out=True), (X, 3.0, np.empty(3))),
    "tangent": (srcad.tangent(smooth, (0, 1)), (X, 3.0, X, 1.0)),
    "adjoint": (srcad.adjoint(parts), (X, X)),
    "jacobian": (srcad.jacobian(parts), (X,)),
    "jacfwd": (srcad.jacfwd(parts), (X,)),
    "hessian": (srcad.hessian(smooth), (X,)),
    "hvp": (srcad.hvp(smooth), (X, X)),
    "again": (srcad.grad(srcad.grad(scaled(2.0))), (0.7, 3)),
    "lapack": (srcad.grad(solved, (0, 1)), (A, np.ones(2))),
    "inside": (srcad.grad(inside), (X, 1)),
    "own": (own, (X, 3.0)),
    "vjp": (lambda x: srcad.vjp(parts, x)[1](x), (X,)),
    "linearize": (lambda x: srcad.linearize(parts, x)[1](x), (X,)),
    "taylor": (lambda x: srcad.taylor(parts, x, x, 2), (X,)),
    "rules": (srcad.grad(ruled), (0.7,)),
}

@numba.njit
def compiled(x, k):
    return made_grad(x), made_inside(x, k), made_recursive(0.7, 6)

failures = {"inside": (X, 7), "lapack": (np.ones((2, 2)), np.ones(2))}
for name, (f, args) in made.items():
    print(name, repr(f(*args)))
    if hasattr(f, "inspect_source"):
        print(*f.inspect_source().values())
    if name in failures:
        try:
            print(f(*failures[name]))
        except Exception as error:
            print(type(error), error)
try:
    made["lapack"][0](A, np.ones(3))
except Exception as error:
    print(type(error), error)
late = "derived" if "srcad.pipeline" in sys.modules else "loaded"
made_grad, made_inside, made_recursive = (made[n][0] for n in ("grad", "inside", "value_and_grad"))
print(compiled(X, 1))
try:
    compiled(X, 7)
except IndexError as error:
    print(error)
print(own.inspect_adjoint(X, 3.0))
print(late)
"""


def test_all_operators(tmp_path):
    """The same bits, texts and errors, from Python and from `@njit`, and nothing derived."""
    first, second = (run(HEAD + OPERATORS, tmp_path / "cache").splitlines() for _ in range(2))
    assert first[-1] == "derived"
    assert second[-1] == "loaded"
    assert first[:-1] == second[:-1]
    assert any("index out of bounds at <inside>:" in line for line in second)


EQUAL_NAMES = """
for scale in SCALES:
    f = scaled(scale)
    expected = f(0.7, 4)
    value, slope = (g := srcad.value_and_grad(f))(0.7, 4)
    assert math.isclose(value, expected), (value, expected)
    near = (f(0.7 + 1e-6, 4) - f(0.7 - 1e-6, 4)) / 2e-6
    assert math.isclose(slope, near, rel_tol=1e-6), (slope, near)
    print("derived" if g.emitted else "loaded")
"""


def test_equal_names(tmp_path):
    """Two processes keep functions of one name and types; a third has both, in either order."""
    found = [
        run(HEAD + EQUAL_NAMES.replace("SCALES", scales), tmp_path / "cache").split()
        for scales in ("(2.0,)", "(3.0,)", "(2.0, 3.0, 5.0)", "(5.0, 3.0, 2.0)")
    ]
    assert found[:2] == [["derived"], ["derived"]]
    assert found[2:] == [["loaded", "loaded", "derived"], ["loaded"] * 3]


STRUCTURES = """
from collections import namedtuple
from dataclasses import make_dataclass

f = function("def f(p):\\n    return p.a * p.a * p.b\\n")
kinds = namedtuple("Both", "a b"), make_dataclass("Model", ["a", "b"])
g = srcad.grad(f)
for kind in kinds:
    before = len(g.emitted)
    found = g(kind(2.0, 3.0))
    assert type(found) is kind, type(found)
    assert (found.a, found.b) == (12.0, 4.0)
    print("derived" if len(g.emitted) > before else "loaded")
by_name = srcad.grad(function("def f(p):\\n    return p['a'] * p['b'][0]\\n"))
print(by_name({"a": 2.0, "b": [3.0, 4.0]}), "derived" if by_name.emitted else "loaded")
"""


def test_structures(tmp_path):
    """Results are of the classes of this very process."""
    first, second = (run(HEAD + STRUCTURES, tmp_path / "cache").splitlines() for _ in range(2))
    gradient = "{'a': 3.0, 'b': [2.0, 0.0]}"
    assert first == ["derived", "derived", f"{gradient} derived"]
    assert second == ["loaded", "loaded", f"{gradient} loaded"]


LIGHT = """
import sys
import srcad
import srcad.operators
heavy = ("analysis", "deriving", "pipeline", "library", "steps", "rules.table",
    "passes.modes", "frontend.statements.lower")
print([name for name in heavy if f"srcad.{name}" in sys.modules])
g = srcad.grad(lambda x: x * x)
print([name for name in heavy if f"srcad.{name}" in sys.modules])
"""


def test_what_derives_is_imported_late(tmp_path):
    """`import srcad` and the operators leave alone what only derivation needs."""
    assert run(LIGHT, tmp_path / "cache") == "[]\n[]\n"
