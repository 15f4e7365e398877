"""Long lines are broken, and mean the same."""

import ast

import pytest

from srcad.ir.layout import WIDTH, wrapped

LONG = "alpha_{}_of_a_long_name"


def names(count, separator):
    return separator.join(LONG.format(k) for k in range(count))


LINES = (
    f"x = {names(6, ' + ')}",
    f"x = {names(6, ' * ')}",
    f"x = {names(3, ' * ')} + {names(4, ' * ')}",
    f"x = ({names(3, ' + ')}) * ({names(3, ' - ')})",
    f"x += f({names(6, ', ')})",
    f"x[{LONG.format(1)}, g(a=1)] = f({names(5, ', ')})",
    f"return {names(6, ', ')}",
    f"return f({names(3, ', ')}), g({names(3, ', ')})",
    f"if {names(3, ' and ')} or {names(3, ' and ')}:",
    f"while {names(6, ' < ')}:",
    f"for i in range({names(6, ' + ')}):",
    f"x = {names(2, ' * ')} if {names(2, ' < ')} else {names(2, ' - ')}",
    f"f({names(6, ', ')})",
    f"x = f(g(h({names(7, ', ')})))",
    f"x = -{LONG.format(1)}**2 * {names(6, ' / ')}",
    f"x = y[{names(6, ' + ')}]",
)


def parsed(lines):
    text = "\n".join(lines)
    if text.rstrip().endswith(":"):
        text += "\n        pass" if text.startswith("    ") else "\n    pass"
    source = f"def outer():\n    if 1:\n        pass\n{text}" if text.startswith("    ") else text
    return ast.dump(ast.parse(source))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("indent", [0, 4])
def test_broken_lines_mean_the_same(line, indent):
    found = wrapped(line, indent)
    assert len(found) > 1
    assert all(len(part) <= WIDTH for part in found)
    assert parsed(found) == parsed([" " * indent + line])


def test_lines_are_broken_outside_of_brackets_first():
    inner = f"({names(2, ' + ')})"
    found = wrapped(f"x = {inner} * {inner} * {inner}", 0)
    assert found == ["x = (", f"    {inner}", f"    * {inner}", f"    * {inner}", ")"]


def test_short_lines_stay():
    assert wrapped("x = a + b", 8) == ["        x = a + b"]
    exact = "x = " + "a" * (WIDTH - 4)
    assert wrapped(exact, 0) == [exact]


def test_what_cannot_be_broken_stays():
    for line in (f"# {names(8, ' ')}", f"raise ValueError('{names(8, ' ')}')", f"x = {'a' * 120}"):
        assert wrapped(line, 4) == [f"    {line}"]


def test_messages_are_not_broken():
    """Commas and brackets of a string are no places to break a line at."""
    message = "'x' and 'a long name' share memory, and the function writes it (or may do so)"
    line = f"raise_if(first_long_name.shape != second_long_name.shape, {message!r})"
    text = "\n".join(wrapped(line, 4)).strip()
    assert repr(message) in text
    compile(text, "<line>", "exec")
