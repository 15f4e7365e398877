"""Generated sources, letter by letter, of a few programs that tell the most.

`python -m pytest tests/test_golden.py --update-golden` writes the files; look at the
difference and say in the commit why it changed.
"""

import re
from pathlib import Path

import numba
import pytest

from srcad.arguments import positions
from srcad.derivative import adjoint_of, derivative, tangent_of
from srcad.options import DEFAULT
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.harness import outputs_of_call, random_tangents
from tests.oracle import leaves
from tests.zoo import PROGRAMS

GOLDEN = Path(__file__).parent / "golden"
BY_NAME = {program.name: program for program in PROGRAMS}
ARRAYS_BY_NAME = {func.__name__: (func, args) for func, args, *_ in ARRAY_PROGRAMS}
PLACE = re.compile(r"(index out of bounds at \w+\.py):\d+")
"""The place of a program, whose line changes with what stands above it."""

MAX_LINES = 80
ROWS = (
    ("gradient", "sin_plus_product"),
    ("gradient", "chain_of_log_product_sine"),
    ("gradient", "overwritten_scalar"),
    ("gradient", "ternary"),
    ("gradient", "dot"),
    ("gradient", "product"),
    ("gradient", "rosenbrock"),
    ("gradient", "break_from_for"),
    ("gradient", "newton_square_root"),
    ("gradient", "early_return_from_a_loop"),
    ("gradient", "row_views"),
    ("gradient", "helper_with_defaults_and_keywords"),
    ("adjoint", "smooth_in_place_nonlinear"),
    ("adjoint", "callee_fills_argument"),
    ("adjoint", "linear_recurrence"),
    ("arrays", "heat_1d"),
    ("arrays", "one_sample"),
    ("arrays", "dropout_by_mask"),
    ("tangent", "sin_plus_product"),
    ("tangent", "product"),
    ("tangent", "smooth_in_place_nonlinear"),
)


def array_source(name):
    """Return the source of value and gradient of an array program, by its float arrays."""
    func, args = ARRAYS_BY_NAME[name]
    types = tuple(map(numba.typeof, args))
    wrt = tuple(k for k, arg in enumerate(args) if str(getattr(arg, "dtype", "")) == "float64")
    made = derivative(func, "value_and_grad", wrt, bare=len(wrt) == 1)
    return made.emit(types).generated.source


def generated_source(kind, name):
    """Return the source that is compiled for the arguments of a program."""
    if kind == "arrays":
        return array_source(name)
    program = BY_NAME[name]
    func = getattr(program.function, "py_func", program.function)
    args = program.args()
    wrt = positions(program.wrt, list(func.__code__.co_varnames), func.__name__)
    if kind == "gradient":
        made, extra = derivative(func, "value_and_grad", wrt, bare=len(wrt) == 1), ()
    elif kind == "tangent":
        made, extra = tangent_of(func, wrt, DEFAULT), tuple(args[k] for k in wrt)
    else:
        outputs = outputs_of_call(func, program.args(), program.mutates)
        made, extra = adjoint_of(func, wrt, DEFAULT), random_tangents((outputs,))
    types = tuple(map(numba.typeof, (*args, *extra)))
    return made.emit(types).generated.source


@pytest.mark.parametrize(("kind", "name"), ROWS, ids=[f"{kind}-{name}" for kind, name in ROWS])
def test_source_is_the_golden_one(kind, name, update_golden):
    """What a reader sees changes only on purpose."""
    source = PLACE.sub(r"\1:1", generated_source(kind, name).rstrip()) + "\n"
    path = GOLDEN / kind / f"{name}.py"
    if update_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    assert path.exists(), f"no {path}: run pytest tests/test_golden.py --update-golden"
    assert source == path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_LINES, "a golden program is to be read: keep it short"


def test_no_golden_file_is_left_over():
    """Every file belongs to a row."""
    found = {(path.parent.name, path.stem) for path in GOLDEN.glob("*/*.py")}
    assert found <= set(ROWS)


@pytest.mark.parametrize("name", ["dot", "rosenbrock", "lstm_like"])
def test_source_is_the_same_every_time(name):
    """No name or order depends on the run."""
    program = BY_NAME[name]
    func = program.function
    first = generated_source("gradient", name)
    types = tuple(map(numba.typeof, program.args()))
    made = derivative(func, "value_and_grad", program.wrt, bare=len(program.wrt) == 1)
    assert made.derive(types).generated.source == first
    assert leaves(program.args())
