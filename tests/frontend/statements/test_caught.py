"""`try`: what is caught, which handler runs, what names mean there, and what is refused."""

# ruff: noqa: TRY203, TRY300, TRY301, BLE001, N818

import math

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.array_comparison import compare_second, returns_float
from tests.harness import as_plain_python

X = np.array([0.53, -0.27, 0.91, -0.74, 0.31])
program = programs()


class Small(ValueError):
    """An error of the user's."""


def root(v):
    if v < 0.0:
        raise ValueError("negative")
    return math.sqrt(v)


@program((1.3,), (-1.3,))
def one_test(x):
    y = 0.5
    try:
        if x < 0.0:
            raise ValueError("negative")
        y = x * x
    except Exception:
        y = 3.0 * x * y
    return y * x


@program((X,), (np.abs(X),), (X[:0],))
def return_in_both(x):
    try:
        s = 0.0
        for v in x:
            if v < -0.5:
                raise ValueError("below")
            s += v * v
        return s
    except Exception:
        return x[0] * 3.0


@program((X,), (np.abs(X),))
def raised_by_a_helper(x):
    s = 0.0
    for v in x:
        try:
            s += root(v) * v
        except Exception:
            s += v**3
            continue
        s *= 1.1
    return s


@program((X,), (X[:2],))
def kinds_else_finally(x):
    s = 0.0
    for k, v in enumerate(x):
        try:
            if k == 1:
                raise KeyError("k")
            s += v
            if k == 2:
                raise Small("v")
            s += root(v)
        except KeyError:
            s *= v
        except (ValueError, IndexError):
            s += 2.0 * v * v
        else:
            s += 1.5 * v
        finally:
            s += v * x[0]
    return s


@program((X,), (X[:1],))
def out_of_while(x):
    i = 0
    s = 1.0
    try:
        while True:
            if i >= x.size:
                raise StopIteration
            s *= x[i] + x[i - 1]
            i += 1
    except StopIteration:
        s *= x[0]
    return s * i


@program((X,), (np.abs(X[:4]),))
def raised_by_the_test_of_while(x):
    i = 0
    s = 1.0
    try:
        while root(x[i]) > 0.5 and i < 3:
            s *= x[i]
            i += 1
    except Exception:
        s += x[0]
    return s * x[1]


@program((2.3, 0), (2.3, 2))
def divided_by_zero(x, n):
    z = float(n)
    try:
        y = x / z
        y = y * y
        y += z**-2
    except ZeroDivisionError:
        y = x**3
    return y


@program((X,), (-X,))
def inside_of_another(x):
    s = x[0]
    for v in x:
        try:
            try:
                if v > 0.5:
                    raise KeyError("a")
                s += root(v)
            except KeyError:
                s *= v
                if v > 0.8:
                    raise ValueError("b") from None
            s = s * s
        except ValueError:
            s -= v
    return s


@program((X,), (np.abs(X) + 1.0,))
def breaks_and_else_of_loops(x):
    s = 0.0
    for v in x:
        try:
            if v < -0.5:
                break
            for k in range(3):
                if k == 2:
                    break
                s += root(v - 0.1) * k
            else:
                s = 100.0
        except Exception:
            if s > 100.0:
                return s
            s = s * 2.0 + v
    else:
        s = s * s
    return s * x[0]


@program((X,))
def arrays_as_they_are_then(x):
    a = np.zeros(5)
    try:
        for i in range(5):
            a[i] = x[i] * x[i]
            if i == 3:
                raise ValueError("a")
    except ValueError:
        a *= x
    return a


@program((X,), (X + 5.0,))
def an_assertion(x):
    try:
        assert x[0] > 5.0, "small"
        y = x * x
    except AssertionError:
        y = x * 3.0
    return y.sum()


@program((X,), (X + 2.0,))
def none_or_a_number(x):
    best = None
    for v in x:
        try:
            if v < -0.5:
                raise ValueError("a")
            best = v * v
            if v > 0.9:
                raise KeyError("b")
        except ValueError:
            best = None
        except KeyError:
            if best is not None:
                best = best * 1.5
    return x[0] if best is None else best


@program((1.3,))
def the_last_value_counts(x):
    y = x
    try:
        y = y * x
        if x > 1.0:
            raise ValueError("a")
        y = y * 100.0
    except ValueError:
        y = y + x
    return y * y


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)
    with as_plain_python():
        is_float = returns_float(func, args)
    if is_float and func is not divided_by_zero:
        compare_second(func, args)


def test_compiled():
    """Value and gradient as Numba compiles them."""
    check(return_in_both, (X,), compiled=True)
    assert srcad.value_and_grad(divided_by_zero)(2.0, 0) == (8.0, 12.0)


def test_what_is_not_caught_is_raised():
    """Exceptions of other kinds, and those of arrays, go on to the caller."""

    def f(x, n):
        try:
            if n == 1:
                raise KeyError("one")
            if n == 2:
                raise ValueError("two")
            y = x[n] * x[0]
        except KeyError:
            y = 0.0
        return y

    with as_plain_python():
        gradient = srcad.grad(f)
        assert list(gradient(X, 1)) == [0.0] * 5
        with pytest.raises(ValueError, match="two"):
            gradient(X, 2)
        with pytest.raises(IndexError):
            gradient(X, 9)


def nothing_raised(x):
    try:
        y = x[7]
    except IndexError:
        y = x[0]
    return y


def exception_as_a_value(x):
    try:
        if x[0] > 0.0:
            raise ValueError("a")
        y = x[0]
    except ValueError as error:
        print(error)
        y = 1.0
    return y


def raised_again(x):
    try:
        if x[0] > 0.0:
            raise ValueError("a")
    except ValueError:
        raise
    return x[0]


def left_under_finally(x):
    for v in x:
        try:
            if v > 0.0:
                break
        finally:
            x[0] = v
    return x[0]


def solved_inside(x):
    try:
        if x[0] > 0.0:
            raise ValueError("a")
        y = np.linalg.solve(np.outer(x, x) + np.eye(5), x)[0]
    except Exception:
        y = x[0]
    return y


def other_kinds_of_values(x):
    t = (x[0], 1.0)
    try:
        t = (x[0], 1.0, 2.0)
        if x[0] > 0.0:
            raise ValueError("a")
    except ValueError:
        return t[0]
    return t[2]


def no_class(x):
    try:
        if x[0] > 0.0:
            raise ValueError("a")
    except x:
        return x[1]
    return x[0]


def a_mistake_inside(x):
    try:
        y = {x[0]}
        if y:
            raise ValueError("a")
    except ValueError:
        y = x[0]
    return y


def written_under_finally(y, k):
    try:
        if y[k] > 0.0:
            raise ValueError("a")
    finally:
        y[0] = y[0] * 3.0


def passes_finally_in_a_helper(x):
    y = x.copy()
    try:
        written_under_finally(y, 1)
    except ValueError:
        y[1] = y[0]
    return np.sum(y)


def passes_finally_from_a_handler(x):
    y = x.copy()
    try:
        try:
            if y[1] > 0.0:
                raise ValueError("a")
        except ValueError:
            if y[2] > 0.0:
                raise KeyError("b") from None
        finally:
            y[0] = y[0] * 3.0
    except KeyError:
        y[1] = y[0]
    return np.sum(y)


def division_passes_finally(x):
    s = 0.0
    for k in range(-1, 2):
        try:
            try:
                s += x[4 // k]
            finally:
                s = s * x[3]
        except ZeroDivisionError:
            s = s * 2.0
    return s


def test_a_mistake_inside_is_told_once():
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(a_mistake_inside)(X)
    assert [problem.code for problem in caught.value.problems] == ["E202"]


@pytest.mark.parametrize(
    ("func", "code", "message"),
    [
        (nothing_raised, "E201", "nothing that is raised in this try block can be caught"),
        (exception_as_a_value, "E207", "an exception as a value"),
        (raised_again, "E207", "raise without an exception"),
        (left_under_finally, "E201", "finally that return, break or continue may leave"),
        (solved_inside, "E201", "raises cannot be caught"),
        (other_kinds_of_values, "E501", "'t' means different kinds of things"),
        (passes_finally_in_a_helper, "E201", "an exception that passes a finally block"),
        (passes_finally_from_a_handler, "E201", "an exception that passes a finally block"),
        (division_passes_finally, "E201", "an exception that passes a finally block"),
        (no_class, "E207", "this is not an exception class"),
    ],
)
def test_one_step_beyond(func, code, message):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(vec(5) + 2.0)
    assert caught.value.code == code
    assert message in str(caught.value)
    assert "hint:" in str(caught.value)
