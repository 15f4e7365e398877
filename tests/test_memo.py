"""One derivative object per function, kind and values: shared, found again, and let go."""

import copy
import functools
import gc
import pickle
import threading
import weakref

import numpy as np

import srcad
from srcad.memo import ATTRIBUTE, Memo, derivatives_of, forget, memo_of, recall
from tests.harness import as_plain_python
from tests.random_programs import load

SCALE = 2.0


def doubled(x):
    return SCALE * x


def made(k):
    def f(x):
        return k * x

    return f


class Thing:
    """What stands for a derivative object."""


def test_made_once_and_in_order():
    f, count = made(1.0), []

    def make():
        count.append(1)
        return Thing()

    first = recall(f, ("a", 1), make)
    assert recall(f, ("a", 1), make) is first
    second = recall(f, ("a", 2), make)
    assert second is not first
    assert len(count) == 2
    assert derivatives_of(f) == (first, second)
    forget(f, ("a", 1))
    assert derivatives_of(f) == (second,)
    assert recall(f, ("a", 1), make) is not first
    forget(f, ("never", 0))


def test_equal_contents_share_and_die():
    f, g = made(1.0), made(1.0)
    key = ("shared", 1)
    thing = recall(f, key, Thing)
    assert recall(g, key, Thing) is thing
    alive = weakref.ref(thing)
    del thing, f
    gc.collect()
    assert alive() is not None
    del g
    gc.collect()
    assert alive() is None
    assert recall(made(1.0), key, Thing) is not None


def test_copied_dictionaries_are_not_taken_over():
    f = made(1.0)
    recall(f, "k", Thing)

    @functools.wraps(f)
    def wrapper(x):
        return 3.0 * f(x)

    assert getattr(wrapper, ATTRIBUTE) is getattr(f, ATTRIBUTE)
    assert derivatives_of(wrapper) == ()
    assert len(derivatives_of(f)) == 1
    assert memo_of(wrapper).owner() is wrapper
    assert memo_of(f) is not memo_of(wrapper)


def test_pickled_as_empty():
    memo = Memo(doubled)
    memo.entries["k"] = Thing()
    other = pickle.loads(pickle.dumps(memo))
    assert other.owner is None
    assert other.entries == {}
    assert copy.copy(memo).entries == {}


def test_gradients_are_the_same_objects():
    assert srcad.grad(doubled) is srcad.grad(doubled)
    assert srcad.grad(doubled) is not srcad.value_and_grad(doubled)
    assert srcad.grad(made(2.0)) is not srcad.grad(made(3.0))
    a, b = made(2), made(2)
    assert srcad.grad(a).kernel is srcad.grad(b).kernel
    assert srcad.grad(a).kernel is not srcad.grad(made(3)).kernel
    assert srcad.grad(made(np.arange(3.0))) is not srcad.grad(made(np.arange(4.0)))


def test_a_global_that_changes(monkeypatch):
    """One object, whatever the global holds: it is read at each call."""
    first = srcad.grad(doubled)
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "SCALE", 5.0)
        assert srcad.grad(doubled) is first


def test_threads_get_one_object():
    f, found, count = made(7.0), [], []

    def make():
        count.append(1)
        return Thing()

    threads = [
        threading.Thread(target=lambda: found.append(recall(f, "t", make))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(thing) for thing in found}) == 1
    assert len(count) == 1


def test_names_that_have_no_value_of_the_users_are_compared():
    """A function that captures nothing yet, and one whose code is another one."""
    func = load("def f(x):\n    return abs(x) * 1.0\n")
    with as_plain_python():
        assert srcad.jvp(func, (3.0,), (1.0,)) == srcad.jvp(func, (3.0,), (1.0,)) == (3.0, 1.0)
        func.__globals__["abs"] = doubled
        assert srcad.jvp(func, (3.0,), (1.0,)) == (6.0, 2.0)
        other = load("def f(x):\n    return 7.0 * x\n")
        assert srcad.jvp(other, (3.0,), (1.0,)) == (21.0, 7.0)
        other.__code__ = load("def f(x):\n    return 5.0 * x\n").__code__
        assert srcad.jvp(other, (3.0,), (1.0,)) == (15.0, 5.0)
