"""The architecture as a test: who may import whom, and how long a file may be."""

import ast
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
    {"api", "checked_rules", "testing"},
    {"srcad", "commands", "demo", "__main__"},
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
JIT_ALLOWED = {"backend", "demo", "optimize", "sparse"}


def part_of(path):
    """Return the part of the package that a file belongs to."""
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports_of(path):
    """Yield the dotted names that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rank(part):
    """Return the number of the layer of a part."""
    ranks = [k for k, layer in enumerate(LAYERS) if part in layer]
    assert ranks, f"'{part}' is in no layer: add it to LAYERS"
    return ranks[0]


def names(path):
    """Return a path as tests show it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=names)
def test_imports_go_one_way(path):
    """A part never imports from a layer below its own."""
    part = part_of(path)
    if part == "__init__":
        return
    for name in imports_of(path):
        if name.partition(".")[0] != "srcad":
            continue
        other = name.split(".")[1] if "." in name else "srcad"
        if (part, other) not in EXCEPTIONS and other in set.union(*LAYERS):
            assert rank(other) <= rank(part), f"{names(path)} imports {name}"


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


@pytest.mark.parametrize("path", FILES, ids=names)
def test_files_are_short(path):
    """One concept per file."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", FILES, ids=names)
def test_one_part_reads_python_syntax(path):
    """Only the frontend knows Python's own tree."""
    if part_of(path) != "frontend" and path.relative_to(ROOT).as_posix() not in AST_ELSEWHERE:
        roots = {name.partition(".")[0] for name in imports_of(path)}
        assert not roots & ONLY_IN_FRONTEND


@pytest.mark.parametrize("path", FILES, ids=names)
def test_the_middle_knows_nothing_of_numba(path):
    """IR, rules, analyses and passes could serve another compiler."""
    if part_of(path) in NUMBA_LAYERS:
        roots = {name.partition(".")[0] for name in imports_of(path)}
        assert not roots & {"numba", "llvmlite"}


@pytest.mark.parametrize("path", FILES, ids=names)
def test_one_part_compiles(path):
    """Only the backend asks Numba to compile, and what colours patterns."""
    if part_of(path) in JIT_ALLOWED:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {name.rpartition(".")[2] for name in imports_of(path) if name.startswith("numba")}
    assert not used & JIT_NAMES
