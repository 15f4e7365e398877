"""When a pattern that was found is found again: constants that may decide it have changed."""

import numpy as np
import pytest

import srcad
from srcad.sparse import functions, sparsity
from srcad.sparse.constants import arguments_of, is_same
from srcad.sparse.pattern import Pattern
from tests.harness import as_plain_python

X = np.array([1.0, 2.0, 3.0, 4.0])


def gathered(x, index, weights, limit):
    y = np.empty(index.size)
    for i in range(index.size):
        y[i] = weights[i] * x[index[i]] ** 2
        if limit > 0.5:
            y[i] += x[0]
    return y


def pattern_of(index, limit):
    """Return the pattern for a value of `limit`; None stands for all values."""
    dense = np.zeros((len(index), 4), dtype=bool)
    dense[np.arange(len(index)), index] = True
    if limit is None or limit > 0.5:
        dense[:, 0] = True
    return dense


@pytest.fixture
def found(monkeypatch):
    """Count what is looked for: a pattern for all values of these arguments."""
    calls = []

    def find(kind, func, options, wrt, values):
        calls.append(wrt)
        index, limit = values[1], values[3]
        dense = pattern_of(index, None if 3 in wrt else limit)
        others = sum(np.size(values[k]) for k in wrt[1:])
        return Pattern.from_sparse(np.pad(dense, ((0, 0), (0, others)), constant_values=True))

    monkeypatch.setattr(functions, "found_pattern", find)
    return calls


def check(made, index, weights, limit):
    args = X, np.array(index), np.array(weights), limit
    with as_plain_python():
        result = made(*args)
        expected = srcad.jacobian(gathered)(*args)
    assert np.allclose(result.toarray(), expected, rtol=1e-14)


def fresh():
    """Return a sparse function that holds nothing yet."""
    made = srcad.sparse_jacobian(gathered)
    made.plans.clear()
    return made


def test_integers_are_compared(found):
    """Other indices have a pattern of their own; those seen before are known."""
    made = fresh()
    for index in ([0, 1, 3], [1, 1, 2], [0, 1, 3], [1, 1, 2]):
        check(made, index, [1.0, 2.0, 3.0], 0.0)
    assert len(found) == 2
    array = np.array([0, 1, 3])
    with as_plain_python():
        made(X, array, np.ones(3), 0.0)
        array[0] = 2  # in place: what is compared is a copy
        result = made(X, array, np.ones(3), 0.0).toarray()
    assert result[0].tolist() == [0.0, 0.0, 6.0, 0.0]


def test_floats_that_decide_nothing(found):
    """They are looked at when they change for the first time, and not again."""
    made = fresh()
    for k in range(4):
        check(made, [0, 2, 0], [1.0, k, 3.0], 1.0)
    assert found == [(0,), (0, 2)]
    check(made, [0, 2, 0], [1.0, 2.0, 4.0], 2.0)  # for all limits it is as large as for this one
    assert found == [(0,), (0, 2), (0, 2, 3)]
    check(made, [0, 2, 0], [1.0, 2.0, 5.0], 0.0)
    assert len(found) == 3


def test_floats_that_decide(found):
    """A branch by a constant: each value has a pattern of its own."""
    made = fresh()
    check(made, [1, 2, 3], [1.0, 2.0, 3.0], 0.0)
    check(made, [1, 2, 3], [1.0, 2.0, 3.0], 1.0)
    check(made, [1, 2, 3], [1.0, 2.0, 3.0], 0.0)
    check(made, [1, 2, 3], [1.0, 2.0, 3.0], -1.0)
    assert found == [(0,), (0, 3), (0,), (0,)]
    check(made, [1, 2, 3], [5.0, 2.0, 3.0], -1.0)
    assert found[4:] == [(0, 2)]
    assert len({id(plan.choice) for plan in made.plans}) == 2  # one for each pattern


def test_one_function_for_one_program(found):
    """The same function and options give the same object, with what it holds."""
    made = fresh()
    check(made, [0, 1, 3], [1.0, 2.0, 3.0], 0.0)
    assert srcad.sparse_jacobian(gathered) is made
    assert srcad.sparse_jacobian(gathered, format="csc") is not made
    check(srcad.sparse_jacobian(gathered), [0, 1, 3], [1.0, 2.0, 3.0], 0.0)
    assert len(found) == 1


def test_what_is_compared():
    """Integers and floats, but for the argument that is differentiated by; bits, not values."""
    nan = float("nan")
    one = arguments_of((X, np.arange(3), 0.5, True, (1, 2.0), nan, 0.0, None, "a"), 0)
    two = arguments_of((X + 1.0, np.arange(3), 0.5, True, (1, 2.0), nan, -0.0, None, "a"), 0)
    assert one.signature == two.signature
    assert [part.tolist() for part in one.exact] == [[0, 1, 2], True, 1, 2.0]
    assert is_same(one.exact, two.exact)
    assert {k: is_same(one.floats[k], two.floats[k]) for k in one.floats} == {
        2: True,
        5: True,
        6: False,
        7: True,
        8: True,
    }
    wide = arguments_of((X, np.arange(3, dtype=np.int32)), 0)
    assert wide.signature != arguments_of((X, np.arange(3)), 0).signature
    assert arguments_of((X, {1}), 0).signature != arguments_of((X, {1}), 0).signature


PLACES = np.array([0, 1, 2, 3])
OFFSET = 1


def by_globals(x):
    y = np.empty(x.size)
    for i in range(x.size):
        y[i] = x[PLACES[i]] * x[OFFSET]
    return y


def expected_of_globals():
    found = np.zeros((4, 4))
    for i, place in enumerate(PLACES):
        found[i, place] += X[OFFSET]
        found[i, OFFSET] += X[place]
    return found


def change_in_place():
    PLACES[:] = [3, 3, 0, 1]


def bind_again():
    globals()["OFFSET"] = 2


def test_a_function_that_is_held_follows_what_is_captured(monkeypatch):
    """An array is changed in place, a number bound again."""
    monkeypatch.setitem(globals(), "PLACES", PLACES.copy())
    monkeypatch.setitem(globals(), "OFFSET", 1)
    monkeypatch.setattr(sparsity, "rows_of", sparsity.rows_of.py_func)
    jacobian, pattern = srcad.sparse_jacobian(by_globals), srcad.sparsity(srcad.jacfwd(by_globals))
    full = srcad.sparse_jacobian(by_globals, sparsity=np.ones((4, 4)))
    for change in (lambda: None, change_in_place, bind_again):
        change()
        with as_plain_python():
            assert np.array_equal(jacobian(X).toarray(), expected_of_globals())
            assert np.array_equal(pattern(X).toarray(), expected_of_globals() != 0.0)
            assert np.array_equal(full(X).toarray(), expected_of_globals())


def test_functions_of_one_content_share_plans_until_it_changes(monkeypatch):
    """One of two closures captures another number: the other one keeps its plans."""

    def made(k):
        def squared(x):
            return x * x[k]

        def change(new):
            nonlocal k
            k = new

        return squared, change

    (first, change), (second, _) = made(1), made(1)
    one, two = srcad.sparse_jacobian(first), srcad.sparse_jacobian(second)
    monkeypatch.setattr(sparsity, "rows_of", sparsity.rows_of.py_func)
    with as_plain_python():
        one(X), two(X)
        assert one.plans is two.plans
        assert len(one.plans) == 1
        change(2)
        for made_, func in ((one, first), (two, second)):
            assert made_.choice(X).pattern.nnz == 7
            assert np.array_equal(made_(X).toarray() @ X, 2.0 * func(X))
        assert one.plans is not two.plans
