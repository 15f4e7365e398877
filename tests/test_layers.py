"""The architecture as a test: who may import whom, and how long a file may be."""

import ast
from functools import cache
from pathlib import Path

import pytest

import srcad

ROOT = Path(srcad.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MAX_FILE = 450
LAYERS = (
    {
        "__about__",
        "cache",
        "errors",
        "explanations",
        "foreign",
        "firstcall",
        "generated",
        "later",
        "options",
        "pictures",
        "progress",
    },
    {"ir", "library"},
    {"rules"},
    {"analysis"},
    {"spec", "passes"},
    {"frontend", "backend"},
    {
        "arguments",
        "beginnings",
        "block_steps",
        "derivation",
        "diagnostics",
        "drivers",
        "program",
        "results",
        "pipeline",
        "rule_steps",
        "steps",
        "texts",
        "weak_numbers",
        "comparisons",
        "repeated_draws",
    },
    {
        "trees",
        "bound",
        "captured",
        "moving",
        "plans",
        "carried",
        "memo",
        "derivative",
        "deriving",
        "expected",
        "operators",
        "sparse",
        "inspection",
        "notebook",
        "warm_processes",
        "warm_types",
        "warming",
        "parts",
        "reading",
        "sources",
        "wrapped",
    },
    {
        "bridges",
        "checkpoints",
        "custom",
        "dask",
        "optimize",
        "studies",
        "decorated",
        "implicit",
        "krylov",
    },
    {"api", "checked_rules", "convergence", "testing"},
    {"srcad", "commands", "demo", "measured", "__main__"},
)
"""Each part imports from its own layer and those above it in this list."""

PASSES = (
    "building",
    "pairs",
    "cleaning",
    "arrays",
    "loops",
    "indices",
    "planning",
    "kept",
    "loop_arrays",
    "modes",
    "directions",
    "halves",
    "series",
    "patterns",
    "printing",
)
"""The folders of `passes`: each imports from its own and from those before it."""

FRONTEND = ("types", "syntax", "names", "numpy", "calls", "statements")
"""The folders of `frontend`, likewise."""

EXCEPTIONS = {
    ("errors", "ir"): "errors show a `Span`, a place in the user's source",
    ("ir", "rules"): "ir/text.py spells a primitive as its row of the table does",
    ("inspection", "decorated"): "for annotations only",
}
ONLY_IN_FRONTEND = {"ast"}
AST_ELSEWHERE = {"backend/exported.py", "backend/twin.py", "backend/watched_twin.py", "ir/quote.py"}
NUMBA_LAYERS = {"ir", "rules", "analysis", "passes", "errors", "spec", "diagnostics", "pipeline"}
JIT_NAMES = {"njit", "jit", "vectorize", "guvectorize", "cfunc"}
JIT_ALLOWED = {"backend", "demo", "measured", "optimize", "sparse"}


def part_of(path):
    """Return the part of the package that a file belongs to."""
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@cache
def tree_of(path):
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path):
    """Return the dotted names that a file imports, wherever the import stands."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def roots_of(path):
    """Return the packages that a file imports from."""
    return {name.partition(".")[0] for name in imports_of(path)}


def rank(part):
    """Return the number of the layer of a part."""
    ranks = [k for k, layer in enumerate(LAYERS) if part in layer]
    assert ranks, f"'{part}' is in no layer: add it to LAYERS"
    return ranks[0]


def names(path):
    """Return a path as tests show it."""
    return str(path.relative_to(ROOT))


def test_imports_go_one_way():
    """A part never imports from a layer below its own."""
    wrong = []
    for path in FILES:
        part = part_of(path)
        if part == "__init__":
            continue
        for name in imports_of(path):
            if name.partition(".")[0] != "srcad":
                continue
            other = name.split(".")[1] if "." in name else "srcad"
            if (part, other) not in EXCEPTIONS and other in set.union(*LAYERS):
                wrong += [f"{names(path)} imports {name}"] if rank(other) > rank(part) else []
    assert not wrong


@pytest.mark.parametrize(("part", "order"), [("passes", PASSES), ("frontend", FRONTEND)])
def test_folders_import_one_way(part, order):
    """A folder knows nothing of those after it."""
    for path in sorted((ROOT / part).rglob("*/*.py")):
        for name in imports_of(path):
            if name.startswith(f"srcad.{part}."):
                other = name.split(".")[2]
                assert order.index(other) <= order.index(path.parent.name), (
                    f"{names(path)} imports {name}"
                )


def test_files_are_short():
    """One concept per file."""
    lines = {names(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert not {name: count for name, count in lines.items() if count > MAX_FILE}


def test_one_part_reads_python_syntax():
    """Only the frontend knows Python's own tree."""
    others = [path for path in FILES if part_of(path) != "frontend"]
    wrong = {path for path in others if roots_of(path) & ONLY_IN_FRONTEND}
    assert not wrong - {ROOT / name for name in AST_ELSEWHERE}


def test_the_middle_knows_nothing_of_numba():
    """IR, rules, analyses and passes could serve another compiler."""
    middle = [path for path in FILES if part_of(path) in NUMBA_LAYERS]
    assert not [names(path) for path in middle if roots_of(path) & {"numba", "llvmlite"}]


def test_one_part_compiles():
    """Only the backend asks Numba to compile, and what colours patterns."""
    wrong = []
    for path in FILES:
        if part_of(path) in JIT_ALLOWED:
            continue
        nodes = ast.walk(tree_of(path))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        used |= {n.rpartition(".")[2] for n in imports_of(path) if n.startswith("numba")}
        wrong += [names(path)] if used & JIT_NAMES else []
    assert not wrong
