"""Facts about trees: names that last after their loops, exits, scopes and depth."""

import ast

import pytest

from srcad.frontend.syntax.survey import (
    DEEPEST,
    Exits,
    is_true,
    returns_of,
    stored_names,
    survey,
    walk_scope,
)


def body(text):
    return ast.parse(text).body


@pytest.mark.parametrize(
    ("text", "exits"),
    [
        ("pass", "fall"),
        ("return 1", "return"),
        ("break", "break"),
        ("continue\nreturn", "continue"),
        ("raise E", ""),
        ("raise E\nbreak", ""),
        ("if a:\n    return", "fall return"),
        ("if a:\n    return\nelse:\n    raise E", "return"),
        ("if a:\n    break\nelse:\n    continue\nreturn", "break continue"),
        ("for i in x:\n    break", "fall"),
        ("for i in x:\n    continue", "fall"),
        ("for i in x:\n    return", "fall return"),
        ("for i in x:\n    pass\nelse:\n    return", "return"),
        ("for i in x:\n    break\nelse:\n    return", "fall return"),
        ("for i in x:\n    pass\nelse:\n    break", "break"),
        ("while a:\n    return", "fall return"),
        ("while a:\n    pass\nelse:\n    raise E", ""),
        ("while True:\n    pass", ""),
        ("while True:\n    return", "return"),
        ("while True:\n    break", "fall"),
        ("while True:\n    if a:\n        break\n    return", "fall return"),
        ("while not 0:\n    continue\nelse:\n    break", ""),
        ("while not 1:\n    pass", "fall"),
        ("while True:\n    for i in x:\n        break", ""),
        ("def f():\n    return 1", "fall"),
    ],
)
def test_exits(text, exits):
    assert Exits().of(body(text)) == frozenset(exits.split())
    (last,) = body("if a:\n    pass")
    assert Exits().jumps(last) == frozenset()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("for i in x:\n    s += i", ""),
        ("for i in x:\n    s += i\nreturn i", "i"),
        ("for i in x:\n    i = 2", "i"),
        ("for i in x:\n    pass\nfor i in y:\n    s += i", ""),
        ("for i in x:\n    for i in y:\n        pass", "i"),
        ("for i in x:\n    pass\nelse:\n    s = i", "i"),
        ("for i in range(i):\n    pass", "i"),
        ("for i in x:\n    g = lambda: i", "i"),
        ("for i in x:\n    def g():\n        return i", "i"),
        ("for i in x:\n    s += [i for i in y][0]", ""),
        ("s = [i for k in y]\nfor i in x:\n    pass", "i"),
        ("for i, (j, k) in x:\n    j += k", "j"),
        ("for i in x:\n    (i := 3)", "i"),
        ("for i in x:\n    a[i] = i", ""),
        ("for a[i] in x:\n    pass\nfor i in x:\n    pass", "i"),
    ],
)
def test_loop_variables_that_are_exposed(text, names):
    assert survey(body(text)).exposed == frozenset(names.split())


def test_names():
    facts = survey(body("a = b\na += 1\n(c := a)\nd = [e for f in g]\ndef h(p):\n    q = r\n"))
    assert facts.stores == {"a": 2, "c": 1, "d": 1, "h": 1}
    assert facts.rebound == {"c"}
    assert {"a", "b", "c", "d", "e", "f", "g", "h", "q", "r"} <= facts.names
    assert facts.keeps


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("x = 1", False),
        ("x = [i for i in y]", False),
        ("x = sum(i for i in y)", True),
        ("x = lambda: 1", True),
        ("if a:\n    def f():\n        pass", True),
    ],
)
def test_what_may_read_names_later(text, keeps):
    assert survey(body(text)).keeps == keeps


def test_scopes():
    text = "x = [y for z in w if (v := 1)]\ndef f():\n    a = 1\nclass C:\n    b = 1\n(lambda: c)\n"
    assert sorted(stored_names(body(text))) == ["C", "f", "v", "x"]
    names = {n.id for n in walk_scope(body(text)) if isinstance(n, ast.Name)}
    assert not names & {"a", "b", "c", "z"}
    assert list(stored_names(body("del x\nx[0] = 1\nx.y = 1\n[p, *q] = r"))) != []


def test_depth():
    chain = " + ".join(["x"] * 500)
    assert survey(body(f"y = {chain}")).too_deep is None
    nested = "-" * (DEEPEST + 5) + "x"
    assert survey(body(f"y = {nested}")).too_deep is not None
    right = "x + (" * (DEEPEST + 5) + "x" + ")" * (DEEPEST + 5)
    assert survey(body(f"y = {right}")).too_deep is not None


def test_returns_and_truth():
    text = "if a:\n    return 1\nfor i in x:\n    return 2\nelse:\n    return 3\n"
    text += "def f():\n    return 9\nreturn 4"
    assert [stmt.value.value for stmt in returns_of(body(text))] == [1, 2, 3, 4]
    truths = {"True": True, "1": True, "0": False, "not 0": True, "not 1": False, "x": False}
    for word, truth in truths.items():
        assert is_true(ast.parse(word, mode="eval").body) == truth, word
