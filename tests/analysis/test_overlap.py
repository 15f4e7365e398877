"""Which arrays may share memory, where types are not known."""

from srcad.analysis.kinds import kind_of
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar

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
