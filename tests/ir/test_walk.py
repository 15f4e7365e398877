"""Walks over the IR: what statements read and bind, and how they are rebuilt."""

from srcad.ir import walk
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
    Store,
    Var,
    While,
)

A, B, C, I, N, X, SLOT = map(Var, ("a", "b", "c", "i", "n", "x", "slot"))  # noqa: E741
ONE, ZERO = Const(1), Const(0)
STATEMENTS = {
    "let": (Let(A, Op("add", (B, ONE))), {"b"}, {"a"}),
    "load": (Let(A, Load(X, (I, Slice(B, None, C)))), {"x", "i", "b", "c"}, {"a"}),
    "store": (Store(X, (I,), A), {"x", "i", "a"}, set()),
    "sum": (Accum(A, None, B), {"a", "b"}, {"a"}),
    "element": (Accum(X, (I,), B), {"x", "i", "b"}, set()),
    "for": (For(I, ZERO, N, B, (Let(A, C),), A), {"n", "b", "a"}, {"i"}),
    "while": (While((Let(A, C),), A, (Let(B, C),)), {"a"}, set()),
    "if": (If(A, (Let(B, C),), (Let(X, C),)), {"a"}, set()),
    "save": (Save(SLOT, A), {"a"}, set()),
    "restore": (Restore(SLOT, A), set(), {"a"}),
    "call": (Call((A, B), None, "g", (C, (X, (N, "text")))), {"c", "x", "n"}, {"a", "b"}),
    "raise": (Raise(ValueError, ("text",)), set(), set()),
}


def test_reads_and_targets():
    for name, (stmt, reads, targets) in STATEMENTS.items():
        assert walk.reads(stmt) == reads, name
        assert {var.name for var in walk.targets(stmt)} == targets, name
        assert walk.mentioned(stmt) == reads | targets, name


def test_operands_are_values_that_are_computed():
    """Not the array of a store, the target of an addition, and the end of a loop."""
    for name, missing in (("store", {"x"}), ("sum", {"a"}), ("element", {"x"}), ("for", {"a"})):
        stmt, reads, _ = STATEMENTS[name]
        found = {n for part in walk.operands(stmt) for n in walk.names(part)}
        assert found == reads - missing, name


def test_nested_values():
    value = Op("add", (Op("mul", (A, ONE)), Load(X, (I, Slice(B)))))
    assert [getattr(a, "name", None) for a in walk.atoms(value)] == ["a", None, "x", "i", "b"]
    assert walk.names(value) == {"a", "x", "i", "b"}
    assert walk.parts(Slice(None, A, None)) == (A,)


def test_statements_in_program_order():
    inner = [Let(A, C), Let(B, C), Let(X, C), Let(N, C)]
    branch = If(A, (inner[0],), (inner[1],))
    loop = While((inner[2],), X, (branch, inner[3]))
    assert walk.statements((loop,)) == [loop, inner[2], branch, inner[0], inner[1], inner[3]]
    assert walk.blocks(loop) == ((inner[2],), (branch, inner[3]))
    assert walk.assigned((loop,)) == {"a", "b", "x", "n"}


def test_arrays_that_are_written():
    body = (Store(X, (I,), A), If(C, (Accum(B, (I,), A),)), Accum(N, None, A))
    assert walk.stored(body) == {"x", "b"}
    assert walk.stored((Call((), None, "g", (A, (X,))),)) == {"a", "x"}
    assert walk.stored((For(I, ZERO, N, ONE, body),)) == {"x", "b"}


def shift(atom):
    return Var(atom.name + "_") if isinstance(atom, Var) else atom


def test_mapping_operands():
    expected = {
        "let": {"b_"},
        "load": {"x_", "i_", "b_", "c_"},
        "store": {"x", "i_", "a_"},
        "sum": {"a", "b_"},
        "element": {"x", "i_", "b_"},
        "for": {"n_", "b_", "a"},
        "while": {"a_"},
        "if": {"a_"},
        "save": {"a_"},
        "restore": set(),
        "call": {"c_", "x_", "n_"},
        "raise": set(),
    }
    for name, (stmt, _, targets) in STATEMENTS.items():
        new = walk.map_operands(stmt, lambda part: walk.map_atoms(part, shift))
        assert walk.reads(new) == expected[name], name
        assert {var.name for var in walk.targets(new)} == targets, name
        assert type(new) is type(stmt)


def test_mapping_targets():
    expected = {"store": {"x_"}, "sum": {"a_"}, "element": {"x_"}, "for": {"i_", "a_"},
                "let": {"a_"}, "load": {"a_"}, "restore": {"a_"}, "call": {"a_", "b_"}}  # fmt: skip
    for name, (stmt, *_) in STATEMENTS.items():
        new = walk.map_targets(stmt, shift)
        found = {n for n in walk.mentioned(new) if n.endswith("_")}
        assert found == expected.get(name, set()), name
    assert walk.map_targets(STATEMENTS["save"][0], shift).slot.name == "slot_"


def test_what_does_not_change_stays_the_same_object():
    """Facts are found once for each statement: by identity."""
    for name, (stmt, *_) in STATEMENTS.items():
        assert walk.map_operands(stmt, lambda part: part) is stmt, name
        assert walk.map_targets(stmt, lambda var: var) is stmt, name
        assert walk.map_blocks(stmt, lambda block: block) is stmt, name
    block = tuple(stmt for stmt, *_ in STATEMENTS.values())
    assert walk.map_block(block, lambda stmt: stmt) is block
    assert walk.rename(block, {}) == block


def test_mapping_blocks():
    """Innermost first; one statement becomes any number of them."""
    seen = []

    def change(stmt):
        seen.append(stmt)
        return (stmt, stmt) if isinstance(stmt, Let) else ()

    inner = Let(A, C)
    loop = For(I, ZERO, N, ONE, (inner,))
    assert walk.map_block((loop, inner), change) == (inner, inner)
    assert seen[0] is inner
    assert seen[1].body == (inner, inner)


def test_renaming():
    new = {"a": Var("z"), "x": Var("y"), "i": Var("j"), "slot": Var("other")}
    block = tuple(stmt for stmt, *_ in STATEMENTS.values())
    found = set()
    for stmt in walk.statements(walk.rename(block, new)):
        found |= walk.mentioned(stmt)
        if isinstance(stmt, Save | Restore):
            found.add(stmt.slot.name)
    assert found == {"z", "y", "j", "other", "b", "c", "n"}


def test_substituting():
    """Only names can stand for arrays, and for what is added to."""
    values = {"b": Op("mul", (A, A)), "x": Var("y"), "a": ONE}
    assert walk.substitute(Let(C, Op("add", (B, ONE))), values).value.args[0] == values["b"]
    assert walk.substitute(Store(X, (I,), B), values).array.name == "y"
    assert walk.substitute(Store(A, (I,), B), values).array.name == "a"
    assert walk.substitute(Accum(X, (I,), A), values).target.name == "y"
    assert walk.substitute(Accum(A, None, B), values).target.name == "a"
    assert walk.substitute(Let(C, Load(X, (A,))), values).value == Load(Var("y"), (ONE,))
    assert walk.substitute(Let(C, Load(A, (I,))), values).value == Load(A, (I,))


def test_bindings_count_arguments():
    body = (Let(A, X), Accum(A, None, X), Store(X, (I,), A), For(I, ZERO, N, ONE, (Let(B, A),)))
    params = (Param("x", X), Param("p", (N, (B, ONE))))
    function = Function("f", params, body, (A,), constants=(("k", 1),))
    found = walk.bindings(function)
    assert found == {"x": 1, "n": 1, "b": 2, "a": 2, "i": 1, "k": 1}
    assert walk.all_names(function) == {"x", "p", "n", "b", "a", "i", "k"}
    call = Function("f", (), (Call((), None, "module.g", ()), Save(SLOT, ONE)), ())
    assert walk.all_names(call) == {"module", "slot"}
