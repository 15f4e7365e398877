"""The text for axes that are equal where they meet, and only for those who gave such arrays."""

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.printing.equal_axes import DIFFERENT
from srcad.passes.printing.for_readers import for_readers
from tests.ir_text import call, ir, same

X, W = np.array([0.5, 2.0, -1.0]), np.array([4.0, -0.5, 0.25])
HEAD = "def f(x: A1, w: A1, c):\n    n = x.shape[0]\n    m = w.shape[0]\n    "

EQUAL = [
    ("a choice", ("k = common_extent(n, m)\n    t = m == 1\n    for i in range(k):\n"
                  "        j = select(t, 0, i)\n        c += x[i] * w[j]"), True),
    ("another loop", ("k = common_extent(n, m)\n    t = m == 1\n    for i in range(1):\n"
                      "        j = select(t, 0, i)\n        c += x[k - 1] * w[j]"), False),
    ("a loop of another length",
     ("k = common_extent(n, m)\n    t = m == 1\n    for i in range(k - 1):\n"
      "        j = select(t, 0, i)\n        c += x[i] * w[j]"), False),
    ("an extent that may be meant to be 1",
     ("p = min(m, 1)\n    k = common_extent(n, p)\n    t = p == 1\n    for i in range(k):\n"
      "        j = select(t, 0, i)\n        c += x[i] * w[j]"), False),
    ("no axes that meet",
     ("t = m == 1\n    for i in range(m):\n        j = select(t, 0, i)\n        c += w[j]"), False),
]  # fmt: skip


def temporaries(text):
    """Return a text in which all names that the tests choose are made up."""
    for at, name in enumerate("nmkptj"):
        text = text.replace(f"    {name} = ", f"    _t{at} = ")
        for before in " (,[*":
            for after in ",):]\n *-=":
                text = text.replace(f"{before}{name}{after}", f"{before}_t{at}{after}")
    return text


@pytest.mark.parametrize(("name", "body", "goes"), EQUAL, ids=[row[0] for row in EQUAL])
def test_indices(name, body, goes):
    """The choice goes where the extent of the axis is that of the loop."""
    flat = ir(temporaries(HEAD + body + "\n    return c\n"))
    text = show(for_readers(flat, are_equal=True), comments=False, hints=False)[0]
    assert (" if " not in text.replace("raise_if", "")) is goes, text
    assert same(call(text, "f", X, W, 1.0), call(show(flat)[0], "f", X, W, 1.0))
    if goes:
        with pytest.raises(ValueError, match="axes of unequal extents"):
            call(text, "f", X, W[:1], 1.0)


def centred(x, mean):
    return np.sum((x - mean) ** 2)


def test_who_gets_it():
    """Who gave arrays without axes of extent 1; not who gave others, or none."""
    f = srcad.differentiate(centred)
    x, mean = np.ones((4, 3)), np.ones(3)
    text = f.inspect_adjoint(x, mean)
    assert DIFFERENT in text
    assert "common_extent" not in text
    for general in (f.inspect_adjoint(np.ones((4, 1)), mean), f.inspect_adjoint()):
        found = general if isinstance(general, str) else "".join(general.values())
        assert DIFFERENT not in found
        assert "common_extent" in found
    assert "common_extent" in f.inspect_adjoint(x, mean, compiled=True)


def by_column(x, y):
    return x * y[:, 0]


def test_shapes_of_other_ranks_are_not_compared():
    """A vector and a column of a matrix meet along one axis."""
    text = srcad.differentiate(by_column).inspect_adjoint(np.ones(3), np.ones((3, 2)))
    assert "x.shape != y.shape" not in text


def test_strings_are_not_broken():
    """A long line breaks at commas between arguments, not at those of a message."""
    text = srcad.differentiate(centred).inspect_adjoint(np.ones((4, 3)), np.ones(3))
    compile(text, "<shown>", "exec")
