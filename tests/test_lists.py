"""Lists that are changed: values, both modes, second derivatives, and what is refused."""

# ruff: noqa: B905

import numba
import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python, assert_close

program = programs()


@program((vec(24),))
def made_in_a_loop(x):
    s = 0.0
    for i in range(x.size):
        values = []
        for j in range(i):
            values.append(x[j] * x[i])
        for v in values:
            s += v * v
    return s


@program((vec(24),))
def long_chain_in_a_loop(x):
    s = 0.0
    for i in range(5):
        values = [x[i]]
        for j in range(20):
            values.append(np.sin(values[-1]) * x[j])
        s += values[-1] * values[3]
    return s


@program((vec(24),))
def overwritten_items(x):
    values = []
    for i in range(x.size):
        values.append(x[i])
    for _ in range(3):
        for i in range(1, len(values)):
            values[i] = np.sin(values[i] * values[i - 1])
    return sum(values)


@program((vec(24),))
def popped_and_pushed(x):
    values = [1.0]
    for i in range(x.size):
        v = values.pop()
        if x[i] > 0.3:
            values.append(v)
        values.append(np.cos(v) * x[i])
    return sum(values) * len(values)


@program((vec(24),))
def two_lists(x):
    a = []
    b = []
    for i in range(x.size):
        if i % 3 == 0:
            a.append(x[i] ** 2)
        else:
            b.append(x[i] * 2 + len(a))
    s = 0.0
    for v, w in zip(a, b):
        s += v * w
    return s


@program((vec(24),))
def lists_of_each_other(x):
    a = [x[0]]
    b = [x[1]]
    for i in range(10):
        a.append(b[-1] * x[i])
        b.append(a[-1] + b[0])
    return a[-1] * b[-2]


@program((vec(24),))
def tree_walk_with_tuples(x):
    st = [(0, 1.0)]
    s = 0.0
    while len(st) > 0:
        k, w = st.pop()
        s += w * x[k] ** 2
        if k < 14:
            st.append((k + 3, w * x[k]))
            st.append((k + 7, w * 0.5))
    return s


@program((vec(24),))
def ended_by_its_length(x):
    values = []
    for i in range(x.size):
        values.append(x[i] ** 2)
        if len(values) > 19:
            break
    return values[-1] * values[0] * len(values)


@program((vec(24),))
def returned_early(x):
    values = []
    for i in range(x.size):
        if x[i] > 2:
            return x[i] * sum(values)
        values.append(x[i] ** 2)
    return 0.0 * x[0]


@program((vec(24),))
def changed_by_a_helper(x):
    def push(values, v):
        values.append(v * v)

    values = []
    for i in range(x.size):
        push(values, x[i])
    return sum(values) * values[2]


@program((vec(24),))
def made_by_a_helper(x):
    def build(y, n):
        r = []
        for i in range(n):
            r.append(y[i] * y[0])
        return r

    s = 0.0
    for i in range(3):
        values = build(x, 18 + i)
        s += values[-1] * sum(values)
    return s


@program((vec(24),))
def two_names(x):
    values = []
    m = values
    for i in range(20):
        m.append(x[i])
    values.append(3.0)
    return values[3] * m[-1] * m[4]


@program((vec(24),))
def queue(x):
    q = [x[0], x[1], x[2]]
    s = 0.0
    for i in range(3, x.size):
        s += q[0] * q[1] * q[2]
        q.pop(0)
        q.append(x[i])
    return s


@program((vec(24),))
def inserted(x):
    values = []
    for i in range(20):
        values.insert(i // 2, x[i] ** 2)
    return values[0] * values[5] + values[19]


@program((vec(24),))
def counted_from_the_end(x):
    values = []
    for i in range(20):
        values.append(x[i])
    s = 0.0
    for k in range(-20, 20):
        s += values[k] ** 2 * (k + 30)
    return s


@program((vec(24),))
def cleared(x):
    values = []
    s = 0.0
    for i in range(x.size):
        values.append(x[i] ** 2)
        if len(values) == 5:
            s += values[0] * values[4]
            values.clear()
    return s


@program((vec(24),))
def list_of_integers(x):
    idx = []
    for i in range(x.size):
        if x[i] > 0.5:
            idx.append(i)
    s = 0.0
    for k in idx:
        s += x[k] ** 2
    return s


@program((vec(24),))
def repeated_items(x):
    values = [0.0] * 4
    for i in range(x.size):
        values[i % 4] += x[i] ** 2
    l2 = [0] * x.size
    for i in range(x.size):
        l2[i] = i % 3
    s = 0.0
    for i in range(x.size):
        s += x[i] * l2[i]
    return values[0] * values[1] + values[3] * s


@program((vec(24),))
def read_by_a_nested_function(x):
    values = []

    def f(k):
        return values[k] * 2.0

    for i in range(20):
        values.append(x[i])
    return f(3) * f(-1)


@program((vec(24),))
def grown_in_a_while_loop(x):
    values = [x[0]]
    while values[-1] < 50 and len(values) < 40:
        values.append(values[-1] * 1.1 + abs(x[len(values)]))
    y = np.array(values)
    return (y * y).sum()


@program((vec(24),))
def from_a_comprehension(x):
    values = [v * v for v in x if v > 0]
    values.append(x[1])
    l2 = sorted(values)
    m = values[2:6]
    return l2[0] * l2[-1] + m[1] + max(values) * min(values)


@program((vec(24),))
def never_filled(x):
    values = []
    for i in range(0):
        values.append(x[i])
    return sum(values) + x[0] ** 2 + len(values)


@program((vec(24),))
def truth_of_a_list(x):
    values = []
    if x[0] > 0:
        values.append(x[0] ** 2)
    if values:
        return values[0] * 3
    return x[1]


@program((vec(24),))
def unpacked_tuples(x):
    values = []
    for i in range(20):
        values.append((x[i], x[i + 1]))
    s = 0.0
    for a, b in values:
        s += a * b
    for i, (a, b) in enumerate(values):
        s += a * b * i
    for q in reversed(values):
        s += q[0]
    return s


@program((vec(20),))
def typed_list(x):
    values = numba.typed.List()
    for v in x:
        values.append(v * v)
    values.append(3.0)
    values.append(x[1])
    return values[3] * values[-3] * len(values) + values[-1]


@program((vec(20),))
def integers_become_floats(x):
    values = [0, 1]
    values.append(2)
    values[0] = x[0] * x[1]
    values[1] += x[2]
    return values[0] * values[1] * values[2]


@program((vec(20),))
def two_at_once(x):
    squares, products = [], [1.0]
    for v in x:
        squares.append(v * v)
        products.append(v * squares[-1])
    return squares[-1] * products[3]


@program((vec(20),))
def made_in_a_loop_of_few_checkpoints(x):
    s = 0.1
    for i in srcad.checkpointed(range(12), slots=3):
        values = []
        for j in range(18):
            values.append(x[j] * s)
        s = np.sin(s + x[i] + values[-1])
    return s


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    """The value, both modes, and the second derivative along a direction by differences."""
    check(func, args, mutates)
    (x,) = args
    v = np.cos(np.arange(x.size))
    with as_plain_python():
        gradient = srcad.grad(func)
        found = srcad.hvp(func)(x, v)
        again = srcad.jvp(lambda x: srcad.vjp(func, x)[1](1.0)[0], (x,), (v,))[1]
        near = gradient(x + 1e-5 * v) - gradient(x - 1e-5 * v)
    assert_close(found, near / 2e-5, 1e-5, "forward over reverse")
    assert_close(again, found, 1e-12, "pullback")


COMPILED = (tree_walk_with_tuples, list_of_integers)


@pytest.mark.compiled
@pytest.mark.parametrize("func", COMPILED, ids=lambda f: f.__name__)
def test_compiled(func):
    """Compiled code gives the numbers of the plain function and of the twin."""
    x = vec(24)
    with as_plain_python():
        expected = srcad.grad(func)(x)
    value, found = srcad.value_and_grad(func)(x)
    assert_close(value, func(x), 1e-14, "value")
    assert_close(found, expected, 1e-12, "gradient")


def test_errors_are_those_of_python():
    """Places outside a list raise IndexError, in the value and in derivatives."""

    def item(x, k):
        values = [x]
        values.append(x * x)
        return values[k]

    def popped(x, n):
        values = [x, x * x]
        for _ in range(n):
            x = values.pop()
        return x

    for call in (srcad.grad, srcad.value_and_grad):
        with as_plain_python():
            assert np.ravel(call(item)(3.0, -1))[-1] == 6.0
            assert np.ravel(call(item)(3.0, 0))[-1] == 1.0
            for k in (2, -3):
                with pytest.raises(IndexError, match="list index out of range"):
                    call(item)(3.0, k)
            assert np.ravel(call(popped)(3.0, 1))[-1] == 6.0
            with pytest.raises(IndexError, match="pop from empty list"):
                call(popped)(3.0, 3)


def test_power_series_and_patterns():
    """Power series and sparse second derivatives of programs with lists."""
    x = vec(24)
    with as_plain_python():
        for func in (popped_and_pushed, tree_walk_with_tuples):
            found = srcad.taylor(func, x, x, 2)
            assert_close(found[1], srcad.grad(func)(x) @ x, 1e-10, "first")
            assert_close(2.0 * found[2], srcad.hvp(func)(x, x) @ x, 1e-9, "second")
        hessian = srcad.sparse_hessian(tree_walk_with_tuples)(x)
        assert_close(hessian.toarray(), srcad.hessian(tree_walk_with_tuples)(x), 1e-12, "sparse")


REFUSED = []


def refused(code):
    """Enter a function that must be refused with this code."""

    def register(func):
        REFUSED.append(pytest.param(func, code, id=func.__name__))
        return func

    return register


@refused("E202")
def second_name_in_a_loop(x):
    s = 0.0
    for i in range(4):
        values = []
        if i == 0:
            first = values
        values.append(x[i])
        s += first[0] * values[0]
    return s


@refused("E202")
def kept_for_the_next_iteration(x):
    before = [1.0]
    for i in range(4):
        values = []
        values.append(x[i] * before[0])
        before = values
    return before[0]


@refused("E206")
def changed_in_its_own_loop(x):
    values = [x[0]]
    for v in values:
        if len(values) < 5:
            values.append(v * v)
    return values[-1]


@refused("E202")
def tuples_of_arrays(x):
    values = []
    values.append((x, 1))
    return values[0][0].sum()


@refused("E501")
def items_of_two_kinds(x):
    values = [x[0]]
    values.append((x[0], x[1]))
    return x[0]


@refused("E505")
def read_before_the_first(x):
    values = []
    for i in range(3):
        if len(values) > 0:
            x = x * values[-1]
        values.append(x[i])
    return x.sum()


@refused("E405")
def returned_list(x):
    values = []
    for v in x:
        values.append(v)
    return values


@refused("E206")
def carried_by_few_checkpoints(x):
    values = [1.0]
    for i in srcad.checkpointed(range(4), slots=2):
        values.append(values[-1] * x[i])
    return values[-1]


@refused("E404")
def sorted_in_place(x):
    values = [x[0], x[1]]
    values.sort()
    return values[0]


@refused("E204")
def several_items_assigned(x):
    values = [x[0], x[1], x[2]]
    values[:2] = x[:2]
    return values[0]


@refused("E404")
def changed_under_another_name(x):
    values = [x[0]]
    for other in (values, values):
        other.append(x[1])
    return values[1]


@pytest.mark.parametrize(("func", "code"), REFUSED)
def test_one_step_beyond(func, code):
    """The error has a place, a reason and what to write instead."""
    x = vec(6)
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(x)
    assert caught.value.code == code, caught.value
    assert "hint:" in str(caught.value)
