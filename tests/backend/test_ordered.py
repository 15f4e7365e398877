"""The option of LLVM is on while one module compiles, and off again after it."""

import platform
from types import SimpleNamespace

import llvmlite.binding as llvm
import pytest

from srcad.backend import ordered

VECTORS, NONE = SimpleNamespace(vectors=True), SimpleNamespace(vectors=False)


@pytest.fixture
def states(monkeypatch):
    """Record what the option is switched to, as on a machine that has it."""
    found = []
    monkeypatch.setattr(ordered, "_switch", found.append)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(llvm, "llvm_version_info", (20, 0, 0))
    return found


def test_on_and_off(states):
    with ordered.vectors_of_terms(VECTORS):
        assert states == ["true"]
    assert states == ["true", "false"]


def test_off_after_an_exception(states):
    with pytest.raises(ValueError, match="inside"), ordered.vectors_of_terms(VECTORS):
        raise ValueError("inside")
    assert states == ["true", "false"]


def test_compilations_inside_of_others(states):
    with ordered.vectors_of_terms(VECTORS):
        with ordered.vectors_of_terms(VECTORS):
            assert states == ["true"]
        assert states == ["true"]
    assert states == ["true", "false"]


def test_code_without_vectors(states):
    with ordered.vectors_of_terms(NONE):
        pass
    assert states == []


@pytest.mark.parametrize(("machine", "version"), [("aarch64", 20), ("x86_64", 99)])
def test_machines_and_versions_without_the_option(states, monkeypatch, machine, version):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(llvm, "llvm_version_info", (version, 0, 0))
    with ordered.vectors_of_terms(VECTORS):
        pass
    assert states == []
