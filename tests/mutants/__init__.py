"""Planted faults: single changes of srcad that the test suite must notice.

`python -m tests.mutants --help` says how to run them. The tables are data, one per folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEAR = {
    "library/": "arrays_shaping arrays_sorting arrays_reductions arrays_contractions",
    "library/linalg_derivatives": "linalg",
    "library/triangular": "linalg",
    "library/stacks": "arrays_stacks",
    "library/signals": "vector_math arrays_properties",
    "rules/": "rules",
    "rules/linalg": "linalg",
    "frontend/": "lower errors rejected",
    "frontend/numpy/contractions": "arrays_contractions",
    "frontend/calls/of_numba": "numba_functions",
    "frontend/calls/calls": "jitclass",
    "frontend/calls/custom": "jitclass",
    "frontend/names/fields": "jitclass",
    "frontend/names/records": "jitclass",
    "frontend/names/list_names": "lists",
    "frontend/numpy/": "arrays_views arrays_shaping arrays_axes",
    "passes/arrays/": "arrays_indexing arrays_reductions arrays_memory arrays_loops",
    "passes/arrays/scalarise": "arrays_memory arrays_loops",
    "passes/": "overwritten kept aliasing",
    "passes/building/outputs": "structured",
    "passes/cleaning/guards": "limits rules",
    "passes/indices/inside": "passes/indices/inside_recalled",
    "passes/kept/needed_values": "array_zoo",
    "passes/kept/ragged_slabs": "passes/kept/early_ends",
    "passes/loop_arrays/growing": "lists",
    "passes/modes/sweep_flow": "passes/loop_arrays/rotation",
    "passes/planning/": "passes/planning/choose",
    "passes/halves/": "passes/halves/linear passes/halves/halves",
    "passes/halves/call_halves": "passes/halves/stacked_calls",
    "analysis/": "overwritten aliasing passes/loops/fuse passes/loops/stencils kept",
    "analysis/limits": "limits passes/cleaning/guards",
    "analysis/activity": "random_numbers passes/cleaning/simplify overwritten",
    "steps": "passes/loops/any_order",
    "repeated_draws": "random_numbers",
}
"""Tests that are near to what a folder, or a file, does."""


@dataclass(frozen=True)
class Mutant:
    """One fault.

    file: below srcad/; old: a snippet that is there once; new: what stands there instead.
    label: what is wrong then.
    tests: what is most likely to fail, beside the tests that are named like the file.
    """

    file: str
    old: str
    new: str
    label: str
    tests: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return how the fault is selected and reported."""
        return f"{self.file}: {self.label}"

    def first_tests(self) -> list[str]:
        """Return the tests to run first: of the file's name, those given, and those near it."""
        path = Path(self.file)
        places = [
            f"tests/{path.parent}/test_{path.stem}.py",
            f"tests/{path.parent.name}/test_{path.parent.name}_{path.stem}.py",
            f"tests/test_{path.stem}.py",
        ]
        near = [key for key in sorted(NEAR, key=len, reverse=True) if self.file.startswith(key)]
        places += self.tests
        places += [f"tests/{_file(name)}" for key in near for name in NEAR[key].split()]
        return [place for place in dict.fromkeys(places) if (ROOT / place).exists()]

    def applied(self, text: str) -> str:
        """Return the text of the file with the fault. Raises ValueError if it does not fit."""
        if text.count(self.old) != 1:
            message = f"{self.name}: the snippet is there {text.count(self.old)} times"
            raise ValueError(message)
        return text.replace(self.old, self.new)


def _file(name: str) -> str:
    """Return the file of the tests of a name, which may be in a folder."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/test_{last}.py" if folder else f"test_{last}.py"


def mutants(text: str) -> tuple[Mutant, ...]:
    """Return the faults of a table.

    A fault is `file | label`, then lines of the snippet with `-` before them and lines of the
    replacement with `+`, and perhaps `? test files`. Blank lines separate them.
    """
    found = []
    for block in text.strip().split("\n\n"):
        head, *lines = block.split("\n")
        file, label = (part.strip() for part in head.split("|", 1))
        old, new = ("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
        tests = [name for line in lines if line[0] == "?" for name in line[1:].split()]
        found.append(Mutant(file, old, new, label, tuple(tests)))
    return tuple(found)


def all_mutants() -> tuple[Mutant, ...]:
    """Return all faults, in the order of the tables."""
    tables = sorted(Path(__file__).parent.glob("*.txt"))
    return tuple(mutant for path in tables for mutant in mutants(path.read_text()))
