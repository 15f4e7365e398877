"""`python -m srcad bench`: what stands in the table; nothing looks at a clock."""

import importlib.util

import numpy as np
import pytest

from srcad import measured
from srcad.measured import Row
from tests.harness import as_plain_python


def energy(x):
    return np.sum(np.sin(x) * x)


def right(function, own, args, argnums):
    def run(x):
        return energy(x), np.cos(x) * x + np.sin(x)

    return run


def wrong(function, own, args, argnums):
    return lambda x: (energy(x), x)


def stops(function, own, args, argnums):
    def run(x):
        raise RuntimeError("no loops\nhere")

    return run


def absent(function, own, args, argnums):
    return None


def test_peers(monkeypatch):
    """Those that give the same gradient have times, others say why not, absent ones nothing."""
    peers = {"right": right, "wrong": wrong, "stops": stops, "absent": absent}
    peers["differences"] = measured.PEERS["differences"]
    monkeypatch.setattr(measured, "PEERS", peers)
    monkeypatch.setattr(measured, "ROUNDS", 1)
    monkeypatch.setattr(measured, "_count", lambda run, args: 1)
    with as_plain_python():
        rows = measured.measured(energy, (np.linspace(0.1, 1.0, 5),), 0)
    known = {row.name: row.why for row in rows}
    names = ["function", "value and gradient", "right", "differences", "wrong", "stops"]
    assert list(known) == names
    assert known["wrong"] == "ValueError: it gives another gradient"
    assert known["stops"] == "RuntimeError: no loops"
    assert all(row.seconds for row in rows[:4])
    text = measured.table(rows)
    assert "wrong                 does not run: ValueError" in text


def test_another_module_stands_for_numpy():
    """Of the function and of `math`; positions are found by their names."""

    class Module:
        sum = staticmethod(lambda x: "a sum")
        sin = staticmethod(lambda x: 1.0)

    assert measured._with(energy, Module)(2.0) == "a sum"
    assert measured._positions(energy, "x") == 0
    assert measured._positions(energy, ("x",)) == (0,)


def test_picture(tmp_path):
    """An SVG by Matplotlib, which is said to be missing where it is."""
    rows = [Row("function", 1e-6, 0.1), Row("value and gradient", 2e-6, 0.2)]
    rows.append(Row("a peer", None, 0.0, "no"))
    path = tmp_path / "times.svg"
    if importlib.util.find_spec("matplotlib") is None:
        with pytest.raises(ImportError, match="needs Matplotlib"):
            measured.picture(rows, "energy", str(path))
        return
    measured.picture(rows, "energy", str(path))
    assert path.read_text(encoding="utf-8").startswith("<?xml")
