"""Private names of Numba: each is looked for where srcad is imported."""

import re
import tomllib
from pathlib import Path

import numba
import pytest

import srcad
from srcad.backend import numba_private
from srcad.backend.numba_private import NAMES, check, lacking

ROOT = Path(srcad.__file__).parent


def test_this_numba_has_them():
    """All that are in the table."""
    assert lacking() == []


def test_what_lacks_one_is_refused(monkeypatch):
    """The error names it, and the versions that are tested."""
    row = {"numba.core.codegen:JITCodeLibrary": "_is_new"}
    monkeypatch.setattr(numba_private, "NAMES", row)
    with pytest.raises(ImportError, match="tested with Numba") as caught:
        check()
    assert "numba.core.codegen.JITCodeLibrary._is_new" in str(caught.value)
    assert numba.__version__ in str(caught.value)


@pytest.mark.parametrize("place", ["numba.core.absent", "numba.core.codegen:Absent"])
def test_modules_and_classes_that_are_gone(monkeypatch, place):
    """A module that was moved, a class that has another name."""
    monkeypatch.setattr(numba_private, "NAMES", {place: "name"})
    assert lacking() == [f"{place.replace(':', '.')}.name"]


def test_every_private_attribute_is_in_the_table():
    """Where an attribute with an underscore is read of an object of Numba."""
    known = {name for names in NAMES.values() for name in names.split()}
    optional = {"_reload_init", "_pass_builder", "_overload_func", "_is_dynamic"}
    ours = {"_generated", "_cache", "_callable"}
    found = set()
    for path in [*(ROOT / "backend").glob("*.py"), *(ROOT / "frontend").rglob("*.py")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "SLF001" in line:
                found |= set(re.findall(r"\w\)?\.(_[a-zA-Z]\w*)", line.partition("#")[0]))
    assert found - optional - ours <= known


def test_oldest_versions_are_those_of_the_project():
    """What the oldest versions are tested with are the lower bounds."""
    root = ROOT.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = dict(found.split(">=") for found in project["dependencies"])
    pins = (root / ".ci" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    oldest = dict(line.split("==") for line in pins if not line.startswith("#"))
    assert oldest.keys() == bounds.keys()
    assert all(oldest[name].startswith(bound) for name, bound in bounds.items())
    assert bounds["numba"] == numba_private.OLDEST
