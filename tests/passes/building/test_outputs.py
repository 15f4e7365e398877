"""What a function gives back: its result, then the arrays that it writes."""

from srcad.ir.nodes import Var
from srcad.passes.building.outputs import map_leaves, outputs, parameter_name, shifted
from tests.ir_text import ir


def of(source):
    """Return the names of the outputs, their structure, and the names that are written."""
    found = outputs(ir(source))
    names = [atom.name if isinstance(atom, Var) else atom.value for atom in found.atoms]
    return names, found.result, [var.name for var in found.mutated]


def test_a_result_alone():
    """Nothing is written: the result is what it was."""
    assert of("def f(x: A1, a):\n    y = x.copy()\n    y[0] = a\n    return a") == (["a"], 0, [])
    assert of("def f(a, b):\n    return a, b") == (["a", "b"], (0, 1), [])


def test_written_arguments_come_last():
    """In the order of the arguments, whatever the order of the writes."""
    source = """
def f(x: A1, y: A1, z: A1, a):
    z[0] = a
    x[1] += a
    return a
"""
    assert of(source) == (["a", "x", "z"], (0, 1, 2), ["x", "z"])
    several = source.replace("return a", "return a, y")
    assert of(several) == (["a", "y", "x", "z"], ((0, 1), 2, 3), ["x", "z"])


def test_writes_through_other_names():
    """A view or another name of an argument writes the argument."""
    source = "def f(x: A2, y: A1, a):\n    v = x[0]\n    v[0] = a\n    return a"
    assert of(source) == (["a", "x"], (0, 1), ["x"])
    source = "def f(x: A1, y: A1, c: bool, a):\n    z = select(c, x, y)\n    z[0] = a\n    return a"
    assert of(source) == (["a", "x", "y"], (0, 1, 2), ["x", "y"])


def test_a_bound_again_argument():
    """A name that is another array when it is written is not the argument."""
    source = "def f(x: A1, a):\n    x = x.copy()\n    x[0] = a\n    return a"
    _, _, written = of(source)
    assert written in ([], ["x"])  # at worst one output more


def test_structures():
    """Leaves are counted and mapped in nested tuples; None has none."""
    assert map_leaves((0, (1, None)), str) == ("0", ("1", None))
    assert map_leaves(None, str) is None
    assert map_leaves(3, str) == "3"
    assert shifted((0, (1, None)), 2) == (2, (3, None))
    assert shifted(0, 1) == 1
    assert shifted(None, 1) is None


def test_names_of_added_parameters():
    """The name is as short as the names that are there allow."""
    assert parameter_name("out_bar", ["x", "y"]) == "out_bar"
    assert parameter_name("out_bar", ["out_bar", "out_bar_"]) == "out_bar__"
