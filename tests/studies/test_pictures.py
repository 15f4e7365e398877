"""What is kept over time, how differences converge, and the pictures of studies."""

import sys

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402  only where it is installed


def chain(x, n):
    for _ in range(n):
        x = np.sin(2.0 * x)
    return x


def nest(x, n):
    y = x[0]
    for _ in range(n):
        for i in range(x.size):
            y = np.sin(y * x[i])
        while y > 0.5:
            y = y * 0.9 * x[1]
    return y


def slices(u, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] = u[1:-1] + 0.1 * np.sin(u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def once(x):
    total = 0.0
    for i in range(x.size):
        total += np.exp(x[i])
    return total


def own_name(x_saved):
    x_saved = np.sin(x_saved)
    return x_saved * x_saved


def by_steps(x, n):
    for _ in srcad.checkpointed(range(n), slots=3):
        x = np.sin(2.0 * x)
    return x


X = np.array([0.9, 0.8, 1.1])


@pytest.mark.parametrize(("f", "args"), [(chain, (0.3, 10)), (slices, (np.linspace(0, 1, 8), 5))])
def test_peak_is_the_memory_that_was_told_before(f, args):
    """What is written and read again is all that `memory` counts."""
    assert srcad.timeline(f)(*args).peak == srcad.memory(f)(*args).bytes


def test_what_is_kept_rises_and_falls():
    """It is there from when it is written until it is read for the last time, stacks too."""
    found = srcad.timeline(nest)(X, 4)
    assert list(found.kept) == ["y_saved", "trips_saved", "y_saved_1"]
    assert found.kept["y_saved_1"].max() == 4 * 3 * 8
    for held in found.kept.values():
        top = int(np.argmax(held))
        assert np.all(np.diff(held[: top + 1]) >= 0)
        assert np.all(np.diff(held[top:]) <= 0)
        assert held[0] == held[-1] == 0


def test_stack_that_grows_is_followed():
    """Elements that moved to a longer stack count once."""

    def long(x):
        while x > 0.01:
            x = 0.95 * np.sin(x)
        return x

    found = srcad.timeline(long)(1.0)
    assert found.kept["x_saved"].size > 64
    assert found.peak == 8 * int(np.count_nonzero(np.diff(found.kept["x_saved"]) > 0))


@pytest.mark.parametrize("f", [once, own_name])
def test_nothing_is_kept(f):
    """Neither in loops that are swept once nor under names of the user's."""
    found = srcad.timeline(f)(X if f is once else 0.5)
    assert not found.kept
    assert str(found).endswith("nothing is kept")


def test_states_of_calls_are_said_to_be_missing():
    """Checkpoints keep states between calls, which is not seen."""
    assert "states of checkpoints" in str(srcad.timeline(by_steps)(0.3, 8))
    assert "states" not in str(srcad.timeline(chain)(0.3, 8))


def test_lines_are_those_that_ran():
    """Each statement belongs to a line; values on the way back are values."""
    found = srcad.timeline(nest)(X, 2)
    assert found.source[0] == "def nest(x, n):"
    row = found.source.index("            y = np.sin(y * x[i])")
    at = np.flatnonzero(found.rows == row)
    assert not found.is_derivative[at[0]]
    assert found.is_derivative[at].any()
    assert np.all(found.rows >= 0)


def test_results_that_are_arrays_have_a_timeline():
    """The cotangent is one of ones."""
    found = srcad.timeline(lambda x: np.sin(x) * x)(X)
    assert found.rows.size


def test_differences_converge_with_their_order():
    """To a right derivative of several results."""

    def several(x, k):
        return np.exp(x), np.sum(x**3) * k

    with as_plain_python():
        found = srcad.convergence(several, (1e-1, 1e-2, 1e-3))(X, 2)
    assert np.allclose(np.diff(np.log10(found.one_sided)), -1.0, atol=0.1)
    assert np.allclose(np.diff(np.log10(found.central)), -2.0, atol=0.1)
    assert np.isclose(found.forward, found.reverse, rtol=1e-13)
    assert found.least < 1e-5
    assert len(str(found).splitlines()) == 5


def test_differences_stay_away_from_a_wrong_derivative():
    """The error does not fall with the step."""
    wrong = srcad.custom_vjp(lambda x: x * x)
    wrong.defvjp(lambda x: (x * x, x), lambda x, y_bar: (3.0 * x * y_bar,))
    with as_plain_python():
        found = srcad.convergence(lambda x: wrong(x) + x, (1e-2, 1e-4))(2.0)
    assert found.least > 0.1
    with pytest.raises(ValueError, match="at least one step"):
        srcad.convergence(once, ())


def pictured():
    """Yield what has a picture, by name."""
    yield "timeline", srcad.timeline(nest)(X, 3)
    yield "timeline", srcad.timeline(once)(X)
    yield "errors", srcad.error_estimate(chain)(0.3, 3)
    with as_plain_python():
        yield "convergence", srcad.convergence(once, (1e-1, 1e-2))(X)
    yield "pattern", srcad.sparse.pattern.Pattern.from_sparse(np.tri(300, 40))


def test_pictures_are_drawn():
    """Into new axes, or into those that are given."""
    for name, found in pictured():
        made = found.plot()
        figure = (made[0] if isinstance(made, tuple) else made).figure
        figure.canvas.draw()
        _, given = plt.subplots(2)
        again = found.plot(given if isinstance(made, tuple) else given[0])
        assert again is given[0] or tuple(again) == tuple(given), name
    plt.close("all")


def test_errors_stand_beside_their_lines():
    """The bar of a line has its number among the labels."""
    axes = srcad.error_estimate(chain)(0.3, 3).plot()
    labels = [label.get_text().strip() for label in axes.get_yticklabels()]
    rows = {labels[round(bar.get_y() + bar.get_height() / 2)] for bar in axes.patches}
    assert rows == {"x = np.sin(2.0 * x)"}
    plt.close("all")


def test_long_lines_are_cut():
    """The picture beside them needs its place."""

    def wordy(x):
        """Return what takes many more words to say than letters fit beside a picture of it."""
        return np.sin(x) * x

    axes = srcad.error_estimate(wordy)(0.5).plot()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert max(map(len, labels)) == 52
    assert labels[1].endswith("...")
    plt.close("all")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    """What to install is said."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"srcad\[plots\]"):
        srcad.timeline(chain)(0.3, 2).plot()
