"""Facts that are found once, and nodes that remain what they are where nothing changes."""

from srcad.ir import nodes as ir
from srcad.ir.known import forget, once, updated
from srcad.ir.walk import map_block, mentioned, reads

X, Y = ir.Var("x"), ir.Var("y")


def test_a_fact_is_found_once_for_each_node():
    asked = []

    @once
    def fact(node):
        asked.append(node)

    first, second = ir.Let(X, Y), ir.Let(X, Y)
    for node in (first, second, first, second):
        fact(node)
    assert asked == [first, second]
    forget()
    fact(first)
    assert asked == [first, second, first]


def test_facts_of_equal_values_are_told_apart():
    minus, plus = ir.Const(-0.0), ir.Const(0.0)
    signs = once(lambda const: repr(const.value))
    assert (signs(minus), signs(plus)) == ("-0.0", "0.0")


def test_a_freed_node_is_not_mistaken_for_a_new_one():
    for k in range(1000):
        assert reads(ir.Let(X, ir.Var(f"y{k}"))) == {f"y{k}"}


def test_facts_are_not_changed_by_who_asks():
    stmt = ir.Let(X, Y)
    names = mentioned(stmt)
    names |= {"z"}
    assert mentioned(stmt) == {"x", "y"}


def test_nothing_new_is_the_old_node():
    stmt = ir.Store(X, (Y, ir.Const(1)), Y)
    assert updated(stmt, index=(stmt.index[0], stmt.index[1]), value=Y) is stmt
    assert updated(stmt, index=(Y, ir.Const(1))) is not stmt  # an equal literal is another node
    block = (stmt,)
    loop = ir.For(ir.Var("i"), ir.Const(0), Y, ir.Const(1), block)
    assert updated(loop, body=(stmt,)) is loop
    assert updated(loop, body=(stmt, stmt)).body == (stmt, stmt)
    assert map_block((loop,), lambda s: s)[0] is loop
