"""Fresh names: none that is taken, reserved, or one of the temporaries."""

import keyword

import pytest

from srcad.backend import runtime
from srcad.ir.names import HELPERS, RESERVED, NameSupply, is_temporary
from tests.ir_text import ir


def test_names_that_are_free_stay():
    supply = NameSupply()
    assert supply.fresh("x") == "x"
    assert supply.fresh("x") == "x_1"
    assert supply.fresh("x") == "x_2"


def test_names_that_are_taken():
    supply = NameSupply({"x", "x_1", "t_2"})
    assert supply.fresh("x") == "x_2"
    assert [supply.fresh("t") for _ in range(3)] == ["t", "t_1", "t_3"]
    supply.reserve(["y"])
    assert supply.fresh("y") == "y_1"


@pytest.mark.parametrize("name", ["np", "math", "lambda", "match", "range", "ValueError", "added"])
def test_names_with_a_meaning(name):
    supply = NameSupply()
    assert not supply.is_free(name)
    assert supply.fresh(name) == f"{name}_1"


def test_temporaries():
    supply = NameSupply({"_t1"})
    assert [supply.temporary() for _ in range(3)] == ["_t0", "_t2", "_t3"]
    assert supply.fresh("_t") == "_t4"
    assert supply.fresh("_t7") != "_t7"
    assert not supply.is_free("_t9")
    assert [is_temporary(n) for n in ("_t0", "_t12", "_t", "t0", "_t1_1", "x_t1", "_t1 ")] == [
        *(True, True),
        *[False] * 5,
    ]


def test_names_without_letters():
    supply = NameSupply()
    assert supply.fresh("_") == "k"
    assert supply.fresh("__") == "k_1"


def test_names_that_python_normalises():
    supply = NameSupply({"µ".replace("µ", "μ")})  # the letter, for which there are two signs
    assert supply.fresh("µ") == "μ_1"
    assert supply.fresh("ﬁ") == "fi"


def test_every_name_of_a_function_is_avoided():
    function = ir("def f(x: A1, n: int):\n    for i in range(n):\n        y = x[i]\n    return n")
    supply = NameSupply.of(function)
    for name in ("x", "n", "i", "y"):
        assert not supply.is_free(name)
    assert supply.is_free("z")


def test_what_generated_code_calls_is_reserved():
    assert set(keyword.kwlist) <= RESERVED
    assert {"len", "range", "IndexError", "KeyError"} <= RESERVED
    assert {helper.__name__ for helper in runtime.HELPERS} <= HELPERS
