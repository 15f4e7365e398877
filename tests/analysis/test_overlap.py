"""Which arrays may share memory, where types are not known."""

from dataclasses import replace

from srcad.analysis.kinds import kind_of
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar
from tests.ir_text import ir as ir_of

ROW = Array("float64", 1)


def _chosen(test):
    """Return the facts about `z = np.where(test, x, y)`, of which only arrays are typed."""
    x, y, z = (ir.Var(name, ROW) for name in "xyz")
    params = tuple(ir.Param(v.name, v) for v in (x, y, test))
    body = (ir.Let(z, ir.Op("select", (test, x, y))),)
    return Overlap(ir.Function("f", params, body, (z,)))


def test_a_choice_is_new_memory_only_of_elements():
    """Elements chosen by an array are new; an array chosen by a number is one of the two."""
    assert not _chosen(ir.Var("t", Array("bool", 1))).may_overlap("z", "x")
    assert _chosen(ir.Var("t", BOOL)).may_overlap("z", "x")
    assert _chosen(ir.Var("t")).may_overlap("z", "x")
    assert _chosen(ir.Var("t")).may_overlap("y", "z")


def test_types_of_sums():
    """Sums of numbers of one type have it, except for narrow integers."""
    known = {"a": FLOAT, "i": INT, "k": Scalar("int32"), "b": BOOL, "s": Scalar("float32")}

    def kind(*names):
        return kind_of(ir.Op("add", tuple(ir.Var(n) for n in names)), known)

    assert kind("a", "a") == kind("a", "i") == kind("k", "a") == FLOAT
    assert kind("i", "i") == INT
    assert kind("s", "s") == Scalar("float32")
    assert kind("k", "k") is None
    assert kind("b", "b") is None


# Arrays that a function is given, and those that it makes ---------------------------------

PROGRAM = """
def f(x: A1, y: A1, w: A2, c: bool, n: int, g):
    v = x[1:]
    r = w[0]
    a = x.copy()
    b = a
    d = a[2:]
    e = np.zeros(n)
    h = x * y
    k = select(c, x, a)
    m = w.T
    p = zeros_like(x)
    s = x[n]
    return s
"""


def facts(**options):
    return Overlap(ir_of(PROGRAM), **options)


def test_what_came_from_outside():
    """Two arguments may be two views of one array, unless they surely are not."""
    found = facts()
    assert found.may_overlap("x", "y")
    assert found.may_overlap("x", "w")
    assert found.may_overlap("v", "y")
    assert found.may_overlap("r", "m")
    found = facts(apart=True)
    assert not found.may_overlap("x", "y")
    assert not found.may_overlap("v", "y")
    assert found.may_overlap("x", "v")
    assert found.may_overlap("x", "x")
    assert found.may_overlap("r", "m")


def test_constants_are_from_outside():
    function = replace(ir_of(PROGRAM), constants=(("q", object()),))
    assert Overlap(function).may_overlap("q", "x")
    assert Overlap(function, apart=True).may_overlap("q", "x")
    assert not Overlap(function).is_new("q")


def test_what_was_made_here():
    for found in (facts(), facts(apart=True)):
        for name in ("e", "h", "p"):
            assert not found.may_overlap(name, "x")
            assert found.may_overlap(name, name)
            assert found.is_new(name)
            assert found.is_alone(name)
        assert not found.may_overlap("e", "h")
        assert found.may_overlap("a", "d")
        assert found.may_overlap("d", "b")
        assert not found.is_new("x")
        assert not found.is_alone("x")


def test_memory_with_two_names_is_not_alone():
    lines = "    a = x.copy()\n    b = a\n    d = x.copy()\n    e = d[1:]\n    return x"
    found = Overlap(ir_of(f"def f(x: A1):\n{lines}"))
    for name in "abde":
        assert found.is_new(name)
        assert not found.is_alone(name)


def test_a_choice_between_new_and_given_is_given():
    found = facts()
    assert not found.is_new("k")
    assert found.may_overlap("k", "x")
    assert found.may_overlap("a", "x")  # by way of `k`, as far as names tell


def test_numbers_share_nothing():
    found = facts()
    for name in ("c", "n", "g", "s"):
        assert found.is_number(name)
        assert not found.may_overlap("x", name)


def test_results_of_calls_may_be_anything():
    x, t = ir.Var("x", ROW), ir.Var("t", ROW)
    call = ir.Call((t,), print, "g", (x,))
    found = Overlap(ir.Function("f", (ir.Param("x", x),), (call,), (t,)))
    assert found.may_overlap("t", "x")
    assert not found.is_new("t")
    found = Overlap(ir.Function("f", (ir.Param("x", x),), (ir.Restore(ir.Var("s"), t),), (t,)))
    assert found.may_overlap("t", "x")


def test_elements_gathered_by_an_array_are_new():
    x, k, v = ir.Var("x", ROW), ir.Var("k", Array("int64", 1)), ir.Var("v", ROW)
    params = (ir.Param("x", x), ir.Param("k", k))
    found = Overlap(ir.Function("f", params, (ir.Let(v, ir.Load(x, (k,))),), (v,)))
    assert found.is_new("v")
    unknown = ir.Var("k")
    params = (ir.Param("x", x), ir.Param("k", unknown))
    found = Overlap(ir.Function("f", params, (ir.Let(v, ir.Load(x, (unknown,))),), (v,)))
    assert not found.is_new("v")
