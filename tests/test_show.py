"""What IR looks like as Python: it runs, and it reads as if written by hand."""

import linecache

import numpy as np
import pytest

from srcad.errors import InternalError
from srcad.ir.layout import wrapped
from srcad.ir.nodes import (
    Accum,
    Call,
    Const,
    For,
    Function,
    If,
    Let,
    Load,
    Op,
    Param,
    Raise,
    Restore,
    Save,
    Slice,
    Span,
    Store,
    Var,
    While,
)
from srcad.ir.show import first_line, show
from srcad.ir.text import expression
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar
from srcad.ir.verify import check, verify
from srcad.ir.walk import nested_op
from srcad.passes.printing.refold import refold
from tests.ir_text import ir, run

a, b, c, n, x = (Var(name) for name in "abcnx")
F32 = Scalar("float32")

EXPRESSIONS = [
    ("sums to the left", nested_op("sub", nested_op("sub", a, b), c), "a - b - c"),
    ("sums to the right", nested_op("sub", a, nested_op("sub", b, c)), "a - (b - c)"),
    ("rounding kept", nested_op("mul", a, nested_op("mul", b, c)), "a * (b * c)"),
    ("sum in product", nested_op("mul", nested_op("add", a, b), c), "(a + b) * c"),
    ("minus of a product", nested_op("neg", nested_op("mul", a, b)), "-(a * b)"),
    ("product with minus", nested_op("mul", nested_op("neg", a), b), "-a * b"),
    ("plus minus", nested_op("add", a, nested_op("neg", b)), "a - b"),
    ("plus a negative number", Op("add", (a, Const(-2.0))), "a - 2.0"),
    ("minus a negative number", Op("sub", (a, Const(-2.0))), "a - -2.0"),
    ("power of a minus", nested_op("pow", nested_op("neg", a), Const(2)), "(-a) ** 2"),
    ("minus of a power", nested_op("neg", nested_op("pow", a, Const(2))), "-a**2"),
    ("power of a negative number", Op("pow", (Const(-2.0), a)), "(-2.0) ** a"),
    ("powers to the right", nested_op("pow", a, nested_op("pow", b, c)), "a ** b**c"),
    ("powers to the left", nested_op("pow", nested_op("pow", a, b), c), "(a**b) ** c"),
    ("negative exponent", Op("pow", (a, Const(-1))), "a**-1"),
    ("no chained comparison", nested_op("lt", nested_op("lt", a, b), c), "(a < b) < c"),
    ("not and and", nested_op("and", nested_op("not", a), b), "not a and b"),
    ("not of and", nested_op("not", nested_op("and", a, b)), "not (a and b)"),
    ("and in or", nested_op("or", a, nested_op("and", b, c)), "a or b and c"),
    ("or in and", nested_op("and", a, nested_op("or", b, c)), "a and (b or c)"),
    ("not of a comparison", nested_op("not", Op("eq", (a, b))), "not a == b"),
    ("bits", nested_op("bitand", a, nested_op("lshift", b, c)), "a & b << c"),
    ("choice", Op("select", (c, a, b)), "a if c else b"),
    ("choice in a sum", nested_op("add", a, Op("select", (c, a, b))), "a + (a if c else b)"),
    (
        "choice in a choice",
        nested_op("select", c, Op("select", (c, a, b)), b),
        "(a if c else b) if c else b",
    ),
    (
        "else of a choice",
        nested_op("select", c, a, Op("select", (c, a, b))),
        "a if c else a if c else b",
    ),
    ("index", Load(x, (a, Const(-1))), "x[a, -1]"),
    ("slices", Load(x, (Slice(), Slice(a, None, Const(2)))), "x[:, a::2]"),
    ("no axes", Load(x, ()), "x[()]"),
    ("call", nested_op("sin", nested_op("add", a, b)), "math.sin(a + b)"),
    ("shape", Op("shape", (x,), (1,)), "x.shape[1]"),
    ("size", Op("size", (x,)), "x.size"),
    ("copy", Op("copy", (x,)), "x.copy()"),
    ("len", Op("len", (x,)), "len(x)"),
    ("zeros", Op("zeros", (n,), ("float64",)), "np.zeros(n)"),
    ("zeros of another dtype", Op("zeros", (n, a), ("float32",)), "np.zeros((n, a), np.float32)"),
    ("zeros without axes", Op("zeros", (), ("float64",)), "np.zeros(())"),
    ("bools", Op("empty", (n,), ("bool",)), "np.empty(n, np.bool_)"),
    ("zeros of another's dtype", Op("zeros", (x, n), ("like",)), "np.zeros(n, x.dtype)"),
    ("zeros_like", Op("zeros_like", (x,), (None,)), "np.zeros_like(x)"),
    ("full", Op("full", (Const(1.5, FLOAT), n), ("float64",)), "np.full(n, 1.5)"),
    ("full of an int", Op("full", (Const(1, INT), n), ("float64",)), "np.full(n, 1, np.float64)"),
    ("cast", Op("cast", (a,), ("int64",)), "int(a)"),
    ("cast to float32", Op("cast", (a,), ("float32",)), "np.float32(a)"),
    ("cast of a float32", Op("cast", (Var("a", F32),), ("float64",)), "np.float64(a)"),
    ("infinity", Const(float("-inf")), "-np.inf"),
    ("nan", Const(float("nan")), "np.nan"),
    ("negative zero", Const(-0.0), "-0.0"),
    ("float that looks like an int", Const(3, FLOAT), "3.0"),
    ("float32", Const(0.5, F32), "np.float32(0.5)"),
    ("NumPy float", Const(np.float64(0.1)), "0.1"),
    ("NumPy float32", Const(np.float32(0.5)), "np.float32(0.5)"),
    ("NumPy bool", Const(np.True_, BOOL), "True"),
]

LINES = [
    ("sum", Accum(a, None, b), "a += b"),
    ("difference", Accum(a, None, nested_op("neg", b)), "a -= b"),
    ("difference of products", Accum(a, None, nested_op("mul", nested_op("neg", b), c)),
     "a -= b * c"),
    ("negative number", Accum(a, None, Const(-2.0)), "a -= 2.0"),
    ("element", Accum(x, (a, Const(0)), b), "x[a, 0] += b"),
    ("product", Let(a, Op("mul", (a, nested_op("add", b, c)))), "a *= b + c"),
    ("product from the right", Let(a, Op("mul", (b, a))), "a = b * a"),
    ("counter", Let(a, Op("add", (a, Const(1)))), "a += 1"),
    ("array is not changed in place", Let(Var("v", Array("float64", 1)), Op("mul", (Var("v"), a))),
     "v = v * a"),
    ("element in place", Store(x, (a,), nested_op("div", Load(x, (a,)), b)), "x[a] /= b"),
    ("other element", Store(x, (a,), nested_op("div", Load(x, (b,)), b)), "x[a] = x[b] / b"),
    ("range", For(a, Const(0), n, Const(1), ()), "for a in range(n):"),
    ("range from", For(a, b, n, Const(1), ()), "for a in range(b, n):"),
    ("range down", For(a, n, Const(-1), Const(-1), ()), "for a in range(n, -1, -1):"),
    ("else only", If(a, (), (Let(b, c),)), "if not a:"),
    ("raise", Raise(ValueError, ("no", 3)), "raise ValueError('no', 3)"),
    ("call", Call((a, b), None, "m.f", (x, (a, Const(1)))), "a, b = m.f(x, (a, 1))"),
    ("push", Save(Var("s"), a), "s.append(a)"),
    ("pop", Restore(Var("s"), a), "a = s.pop()"),
]  # fmt: skip

PROGRAM = """\
def f(x, n, a):
    s = 0.0
    done = False
    for i in range(n):
        s += x[i] * a
        if s > 3.0 and not done:
            x[i] *= 2.0
        elif s < -3.0:
            x[i] = s if a > 0.0 else math.exp(s)
        else:
            s = a - (s - x[i]) ** 2
        done = s > 10.0
        if done:
            break
    while s < 100.0:
        s = s * 2.0 + 1.0
    if n > 100:
        raise ValueError('too many')
    return s, done
"""


@pytest.mark.parametrize(("name", "value", "text"), EXPRESSIONS)
def test_expressions(name, value, text):
    """Parentheses stand where the grammar or rounding asks for them, nowhere else."""
    assert expression(value) == text


@pytest.mark.parametrize(("name", "stmt", "text"), LINES)
def test_statements(name, stmt, text):
    """Updates are augmented assignments where that means the same."""
    assert first_line(stmt) == text


def test_round_trip():
    """A program that was taken apart and folded again is the program."""
    source = PROGRAM.replace("f(x, n, a)", "f(x: A1, n: int, a)")
    assert show(refold(ir(source)))[0] == PROGRAM


def test_flat_ir_runs():
    """Flat IR prints as a program, too."""
    f = ir("def f(a, n: int):\n    while a < 100.0:\n        a = a * n + 1\n    return a * 2\n")
    assert "_t0" in show(f)[0]
    assert run(f, 1.0, 3)[0] == 242.0


def test_parameters_and_result():
    """Tuples are unpacked, trailing defaults kept, the result is as it was."""
    p = (Var("p_0"), (Var("p_1"), None))
    params = (Param("k", Const(1)), Param("p", p), Param("q", None), Param("m", Const(2.5)))
    f = Function("f", params, (), (Var("p_0"), Var("p_1")), ((0,), None, (1, 0)))
    assert show(f)[0] == (
        "def f(k, p, q, m=2.5):\n    p_0, (p_1, _) = p\n    return (p_0,), None, (p_1, p_0)\n"
    )


def test_nothing_to_return():
    """A function without body and result still is a function."""
    assert show(Function("f", (), (), (), None))[0] == "def f():\n    return None\n"


def test_loops_with_conditions():
    """`until` is tested last; a condition that takes statements is tested inside."""
    loop = For(a, Const(0), n, Const(1), (Let(b, Op("gt", (a, n))),), b)
    while_ = While((Let(c, Op("lt", (a, n))),), c, (Let(a, n),))
    f = Function("f", (Param("n", n),), (loop, while_), (), None)
    assert show(f)[0] == (
        "def f(n):\n"
        "    for a in range(n):\n"
        "        b = a > n\n"
        "        if b:\n"
        "            break\n"
        "    while True:\n"
        "        c = a < n\n"
        "        if not c:\n"
        "            break\n"
        "        a = n\n"
    )


def test_stacks_run():
    """Stacks are lists until a later pass makes them arrays."""
    body = (Save(Var("s"), a), Let(a, Op("mul", (a, a))), Restore(Var("s"), b))
    f = Function("f", (Param("a", a),), body, (a, b), (0, 1))
    assert run(f, 3.0)[0] == (9.0, 3.0)


def quoted(lines, body):
    """Return the text and the line map of `body`, made from a file with `lines`."""
    file = "<quoted>"
    linecache.cache[file] = (0, None, [line + "\n" for line in lines], file)
    return show(Function("f", (), body, (), None))


def span(line, end_line=None):
    return Span("<quoted>", line, 0, end_line or line, 0)


def test_the_users_lines_stand_above():
    """One comment per group of statements, none where the line itself is there."""
    source = ["for i in range(n):", "    s += a * b  # sum", "    t = (a", "         + b)"]
    inner = (
        Let(a, Const(1), span(2)),
        Let(b, Const(2), span(2)),
        Let(Var("t"), Op("add", (a, b)), span(3, 4)),
        Let(a, Const(3)),
        Let(a, Const(4), span(1)),
    )
    loop = For(Var("i"), Const(0), n, Const(1), inner, None, span(1))
    text, line_map = quoted(source, (loop, Accum(Var("s"), None, nested_op("mul", a, b), span(2))))
    assert text == (
        "def f():\n"
        "    for i in range(n):\n"
        "        # s += a * b\n"
        "        a = 1\n"
        "        b = 2\n"
        "        # t = (a + b)\n"
        "        t = a + b\n"
        "        a = 3\n"
        "        a = 4\n"
        "    s += a * b\n"
    )
    assert [line_map[at].line for at in (2, 3, 4, 5, 6, 7, 9, 10)] == [1, 2, 2, 2, 3, 3, 1, 2]
    assert 8 not in line_map


def test_comments_cannot_break_out():
    """What is not printable in the user's line becomes a space."""
    text, _ = quoted(["y = 1 \x0c\x00\u2028import os"], (Let(a, Const(1), span(1)),))
    assert text == "def f():\n    # y = 1    import os\n    a = 1\n"


def test_without_comments():
    """`comments=False` leaves the user's lines out."""
    f = Function("f", (), (Let(a, Const(1), span(1)),), (), None)
    assert show(f, comments=False)[0] == "def f():\n    a = 1\n"


@pytest.mark.parametrize(
    "line",
    [
        "# elif " + "x + " * 40 + "y",
        "a, b, c = function(" + "argument, " * 20 + "last)",
        ", ".join(f"target_{k}" for k in range(20)) + " = function(x, y)",
    ],
)
def test_wrapped_lines_are_python(line):
    """Comments stay whole, and targets in front of what is broken."""
    compile("\n".join(wrapped(line, 0)), "<wrapped>", "exec")


def test_long_lines_are_wrapped():
    """Lines break at the loosest operator, inside brackets."""
    long = [Var(f"a_rather_long_name_{k}") for k in range(8)]
    total = long[0]
    for name in long[1:]:
        total = nested_op("add", total, nested_op("mul", name, a))
    names = ", ".join(v.name for v in long)
    params = tuple(Param(v.name, v) for v in long)
    f = Function("f", params, (Let(b, total),), tuple(long), tuple(range(8)))
    text = show(f)[0]
    assert max(map(len, text.splitlines())) <= 100
    assert "\n        + a_rather_long_name_" in text
    assert text.startswith("def f(\n    a_rather_long_name_0, a_rather_long_name_1,")
    assert " ".join(text.split()).endswith(f"return ( {names} )")
    compile(text, "<wrapped>", "exec")


WRONG = [
    ("read before it is bound", (Let(a, b),), "b is read before it is bound (Let)"),
    ("bound on one path is enough", (If(n, (Let(a, n),)), Let(b, a)), ""),
    ("bound later in the loop", (While((), n, (If(n, (Let(a, b),)), Let(b, n))),), ""),
    ("loop variable", (For(a, n, n, n, (Let(a, n),)),),
     "the loop variable a is assigned in the body"),
    ("nested", (Let(a, nested_op("neg", nested_op("neg", n))),),
     "Let has a nested value Op(prim='neg', args=(Var(name='n', type=None),), static=())"),
    ("slice in a store", (Store(n, (Slice(),), n),), "Store has a slice in its index"),
    ("two types", (Let(Var("a", INT), n), Let(b, Var("a", FLOAT))), "a is int64 and float64"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "problem"), WRONG)
def test_verify(name, body, problem):
    """The verifier names what is wrong."""
    f = Function("f", (Param("n", n),), body, (), None)
    assert verify(f) == ([problem] if problem else [])


def test_verify_types():
    """With types, indices must fit their arrays and every name has a type."""
    m = Var("m", Array("float64", 2))
    i = Var("i", INT)
    params = (Param("m", m), Param("i", i), Param("i", Var("j", INT)))
    body = (Store(m, (i,), i), Let(Var("z"), Load(m, (i, i, i))), Let(Var("y", FLOAT), Load(i, ())))
    assert verify(Function("f", params, body, (), 0), typed=True) == [
        "2 parameters are called i",
        "the result has a leaf 0, but there are 0 values",
        "m has 2 axes but 1 indices",
        "z has no type",
        "m has 2 axes but 3 indices",
        "i is indexed but is int64",
    ]


def test_check_raises():
    """`check` names the pass and shows the program."""
    f = Function("f", (), (Let(a, b),), (), None)
    with pytest.raises(InternalError, match="simplify") as raised:
        check(f, "simplify")
    assert "a = b" in raised.value.text
