"""`match`: patterns that are accepted, in Python's order, and those that are not."""

import enum

import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


class Mode(enum.IntEnum):
    """Numbers with names."""

    PLAIN = 1
    SQUARE = 2


@program((1.3, 1), (1.3, 2), (1.3, -3), (1.3, 9))
def numbers(x, n):
    match n:
        case 1:
            y = x
        case 2 | -3:
            y = x * x
        case _:
            y = x**3
    return y


@program((1.3, 1), (1.3, 2), (1.3, 3))
def subject_named_again_by_a_guard(x, n):
    match n:
        case 1 if (n := 2) > 3:
            return x
        case 2:
            return x * x
    return x * n


@program((1.3, 0), (1.3, 1))
def subject_named_again_by_a_function(x, n):
    def is_more():
        nonlocal n
        n = n + 1
        return n > 5

    match n:
        case 0 if is_more():
            return x
        case 1:
            return x * x
    return x * n


@program((1.3, "rk4"), (1.3, "euler"), (1.3, "midpoint"))
def texts(x, method):
    match method:
        case "rk4":
            return x**4
        case "euler" | "heun":
            return x * x
        case other if other.startswith("mid"):
            return 3.0 * x
    return x


@program((1.3, Mode.PLAIN), (1.3, Mode.SQUARE))
def members(x, mode):
    match mode:
        case Mode.PLAIN:
            return x
        case Mode.SQUARE:
            return x * x
    return 0.0


@program((1.3, None), (1.3, 2.0))
def nothing(x, w):
    match w:
        case None:
            return x * x
        case _:
            return x * w


@program((vec(4), 0), (vec(4), 1), (vec(4), 2), (vec(4), 7))
def names_and_guards(x, n):
    s = 0.0
    for k in range(4):
        match k * n:
            case 0:
                s += x[k]
            case m if m > 3:
                s *= x[k] * m
                continue
            case m:
                s += x[k] * x[k] * m
        s *= 1.5
    return s


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)


def in_tuples(x, a, b):
    match (a, b):
        case (1, 2):
            return x
        case (1, k):
            return x * k
        case (0, k) if k > 1:
            return x * x * k
        case (_, (0 | 5) as k):
            return x**3 + k
    return 0.0


@pytest.mark.parametrize("args", [(0.5, 1, 2), (0.5, 1, 3), (1.5, 0, 2), (1.5, 0, 0), (1.5, 7, 5)])
def test_tuples(args):
    check(in_tuples, args)


def of_classes(x):
    match x[0]:
        case float():
            return x[0]
    return x[1]


def of_parts(x):
    match x:
        case [a, b, *_]:
            return a * b
    return x[1]


def of_keys(x):
    match {"a": x[0]}:
        case {"a": a}:
            return a
    return x[1]


def with_a_name_in_one_of_two(x):
    match (len(x), 1):
        case (1, k) | (k, 1):
            return x[0] * k
    return x[1]


@pytest.mark.parametrize("func", [of_classes, of_parts, of_keys, with_a_name_in_one_of_two])
def test_other_patterns(func):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="such patterns") as caught:
        srcad.grad(func)(vec(3))
    assert caught.value.code == "E201"


def test_compiled():
    check(names_and_guards, (vec(4), 2), compiled=True)
