"""The programs of `examples/` run, in a small size and as plain Python."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.harness import as_plain_python

EXAMPLES = Path(__file__).parent.parent / "examples"
SMALL = {
    "chain": {},
    "garch": {"days": 200},
    "heat_rod": {},
    "pictures": {},
    "kalman": {"steps": 40},
    "linear_regression": {},
    "long_simulation": {"steps": 12},
    "mlp": {"steps": 0},
    "ode_sensitivity": {"samples": 3, "tolerance": 1e-3},
    "monte_carlo": {"paths": 20, "steps": 4},
    "optimal_control": {"steps": 8},
    "product": {"sizes": (10, 100)},
    "reaction_network": {"dt": 0.025},
    "rosenbrock_million": {"n": 10},
    "sin_xy": {},
    "timeline": {},
    "wengert": {},
}
COMPILED_ONLY = {
    "digits",
    "hanging_chain",
    "housing",
    "lorenz",
    "sampling",
    "tunnel",
}  # data, or too much time


def loaded(name):
    """Return the module of a program."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SMALL)
def test_example_runs(name, capsys):
    """Each program prints something, and raises nothing."""
    module = loaded(name)
    with as_plain_python():
        module.main(**SMALL[name])
    assert capsys.readouterr().out


def test_every_example_is_known_here():
    """A new program has a small size, or a reason why it has none."""
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*SMALL} | COMPILED_ONLY


def test_housing_prices_are_fitted():
    """The coefficients that prices were made of are found, whatever outliers there are."""
    module = loaded("housing")
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 2))
    y = 20.0 + X @ np.array([3.0, -1.0]) + 0.1 * rng.normal(size=60)
    y[:3] += 30.0
    with as_plain_python():
        w, errors = module.fitted(X, y, bend=0.5)
    assert np.all(np.abs(w - [20.0, 3.0, -1.0]) < 4.0 * errors)
    assert np.all(errors < 0.1)


def test_digits_learns():
    """The network in NumPy learns which of two patterns it sees."""
    module = loaded("digits")
    X, labels = np.eye(4), np.array([0, 1, 0, 1])
    weights = module.start(np.random.default_rng(0), (4, 3, 2))
    with as_plain_python():
        losses = module.train(weights, X, labels, steps=30)
    assert losses[-1] < 0.7 * losses[0]
