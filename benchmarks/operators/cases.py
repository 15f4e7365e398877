"""The rows of the tables: what is ours, and what it is measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np

import srcad
from benchmarks.cases.chain import CHAIN
from benchmarks.cases.mixture import MIXTURE
from benchmarks.cases.rosenbrock import ROSENBROCK
from benchmarks.columns import Run, load
from benchmarks.operators import nested, programs, sparse

SIZES = {"full": 0, "quick": 1, "tiny": 2}
REPEATS = 100
PRODUCT = "Hessian-vector product over gradient"
LANES = f"k directions, {REPEATS} calls: single sweeps over ours"
CHAIN_OF_JOINTS = f"Jacobian of a kinematic chain, {REPEATS} calls: others over ours"
SPARSE = "sparse Jacobians and Hessians: others over ours"
LINEAR = "sparse, 10 times the size"
NESTED = "derivatives inside derivatives: JAX over ours"


@dataclass(frozen=True, slots=True)
class OperatorCase:
    """One row. Each contender is a function that prepares what is timed.

    ours: what the operator gives.
    against: what the ratio is taken with; its result is another one where `agrees` is False.
    at_most: `ours / against` should be at most `target`; otherwise `against / ours` at least.
    peers: further columns.
    """

    table: str
    name: str
    ours: Callable[[], Run]
    against: Callable[[], Run]
    target: float | None = None
    at_most: bool = False
    agrees: bool = True
    peers: dict[str, Callable[[], Run]] = field(default_factory=dict)


def called(function: Callable[..., Any], *args: Any) -> Run:
    """A call with these arguments."""
    return lambda: function(*args)


def repeated(function: Callable[..., Any], *args: Any) -> Run:
    """Many calls in native code, so that the way from Python into it does not count."""

    @numba.njit
    def loop(*args):
        out = function(*args)
        for _ in range(REPEATS - 1):
            out = function(*args)
        return out

    return lambda: loop(*args)


def in_jax(make: Callable[[Any, Any], Callable[..., Any]], *args: Any) -> Run:
    """What `make(jax, jax.numpy)` gives, compiled by JAX in double precision."""
    jax, jnp = load("jax"), load("jax.numpy")
    jax.config.update("jax_enable_x64", val=True)
    compiled = jax.jit(make(jax, jnp))
    placed = [jnp.asarray(a) for a in args]
    return lambda: jax.block_until_ready(compiled(*placed))


def hessian_products(which: str) -> list[OperatorCase]:
    """`hvp` beside `grad` of the same program."""
    rng = np.random.default_rng(0)
    k = SIZES[which]
    n = (100_000, 2_000, 5)[k]
    shape = ((1000, 10, 25), (50, 5, 8), (4, 3, 2))[k]
    steps = (10_000, 1_000, 3)[k]
    rows, hidden, inputs = ((200, 60, 28), (50, 20, 10), (2, 3, 2))[k]
    x = rng.uniform(0.0, 2.0, n)
    alpha, mean, diag, lower, data = MIXTURE.inputs(*shape)
    p = np.array([1.2, 0.9, 0.5, -0.3])
    weights, out = rng.standard_normal((hidden, inputs)), rng.standard_normal(hidden)
    batch = 0.2 * rng.standard_normal((rows, inputs))

    def case(name, f, argnum, args, peer=None):
        v = rng.standard_normal(args[argnum].shape)
        with_v = (*args[: argnum + 1], v, *args[argnum + 1 :])
        peers = {}
        if peer is not None:
            peers["jax"] = lambda: in_jax(_product_in_jax(peer, argnum, args), args[argnum], v)
        return OperatorCase(
            PRODUCT,
            name,
            lambda: called(srcad.hvp(f, argnum), *with_v),
            lambda: called(srcad.grad(f, argnum), *args),
            target=2.5,
            at_most=True,
            agrees=False,
            peers=peers,
        )

    return [
        case("chain", CHAIN.primal, 0, (x,), CHAIN.arrays),
        case("rosenbrock", ROSENBROCK.primal, 0, (x,), ROSENBROCK.arrays),
        case("mixture", MIXTURE.primal, 1, (alpha, mean, diag, lower, data), MIXTURE.arrays),
        case("rk4", programs.oscillator, 0, (p, steps)),
        case("net", programs.net, 0, (weights, out, batch), _net_in_jax),
    ]


def _net_in_jax(jnp, weights, out, x):
    return 0.5 * jnp.sum((jnp.tanh(x @ weights.T) @ out) ** 2)


def _product_in_jax(program, argnum, args):
    def make(jax, jnp):
        def of_one(moved):
            return program(jnp, *args[:argnum], moved, *args[argnum + 1 :])

        return lambda x, v: jax.jvp(jax.grad(of_one), (x,), (v,))[1]

    return make


def single_tangents(f, argnum, *args):
    """One compiled tangent for each number of an argument, called in native code."""
    along = srcad.tangent(f, argnum)

    @numba.njit
    def columns(*args):
        x = args[argnum]
        unit = np.zeros(x.size)
        out = along(*args, unit)[0]
        jacobian = np.empty((*out.shape, x.size))
        for k in range(x.size):
            unit[k] = 1.0
            jacobian[..., k] = along(*args, unit)[1]
            unit[k] = 0.0
        return jacobian

    return repeated(columns, *args)


def single_adjoints(f, argnum, *args):
    """One compiled adjoint for each number of a vector of results."""
    back = srcad.adjoint(f, argnum)
    size = f(*args).size

    @numba.njit
    def rows(*args):
        unit = np.zeros(size)
        jacobian = np.empty((size, args[argnum].size))
        for k in range(size):
            unit[k] = 1.0
            jacobian[k] = back(*args, unit)[1]
            unit[k] = 0.0
        return jacobian

    return repeated(rows, *args)


def single_products(f, *args):
    """One compiled Hessian-vector product for each number of the first argument."""
    product = srcad.hvp(f)

    @numba.njit
    def columns(x, *rest):
        unit = np.zeros(x.size)
        hessian = np.empty((x.size, x.size))
        for k in range(x.size):
            unit[k] = 1.0
            hessian[:, k] = product(x, unit, *rest)
            unit[k] = 0.0
        return hessian

    return repeated(columns, *args)


def many_directions(which: str) -> list[OperatorCase]:
    """Lanes beside as many single sweeps."""
    rng = np.random.default_rng(1)
    small = which == "tiny"
    w, x = rng.standard_normal((60, 28)), rng.standard_normal(28)
    angles = rng.standard_normal(16)
    alpha, mean, diag, lower, data = MIXTURE.inputs(*((4, 2, 2) if small else (50, 5, 8)))

    mixture = MIXTURE.primal

    def log_likelihood(alpha):
        return mixture(alpha, mean, diag, lower, data)

    def case(name, ours, against):
        return OperatorCase(LANES, name, ours, against, target=3.0)

    def curvature(n):
        x = np.linspace(-1.0, 2.0, n)
        return case(
            f"rosenbrock, Hessian of {n}",
            lambda: repeated(srcad.hessian(ROSENBROCK.primal), x),
            lambda: single_products(ROSENBROCK.primal, x),
        )

    def reach(n):
        x = np.linspace(-1.0, 2.0, n)
        return case(
            f"arm of {n}, forward",
            lambda: repeated(srcad.jacfwd(programs.arm), x),
            lambda: single_tangents(programs.arm, 0, x),
        )

    return [
        case(
            "layer 60 x 28, forward",
            lambda: repeated(srcad.jacfwd(programs.layer, 1), w, x),
            lambda: single_tangents(programs.layer, 1, w, x),
        ),
        case(
            "layer 60 x 28, reverse",
            lambda: repeated(srcad.jacrev(programs.layer, 1), w, x),
            lambda: single_adjoints(programs.layer, 1, w, x),
        ),
        case(
            "arm of 16, forward",
            lambda: repeated(srcad.jacfwd(programs.arm), angles),
            lambda: single_tangents(programs.arm, 0, angles),
        ),
        case(
            "arm of 16, reverse",
            lambda: repeated(srcad.jacrev(programs.arm), angles),
            lambda: single_adjoints(programs.arm, 0, angles),
        ),
        case(
            "mixture, Hessian of 8",
            lambda: repeated(srcad.hessian(log_likelihood), alpha),
            lambda: single_products(log_likelihood, alpha),
        ),
        *(curvature(n) for n in (10, 100)),
        *(reach(n) for n in (1, 3)),
    ]


def kinematic_chain(which: str) -> list[OperatorCase]:
    """The Jacobian of 500 markers on 26 joints."""
    count = 10 if which == "tiny" else 500
    theta = np.linspace(-1.0, 1.0, 26)
    offsets = np.random.default_rng(2).standard_normal((3, count))

    def against(name, other, target=None):
        return OperatorCase(
            CHAIN_OF_JOINTS,
            name,
            lambda: repeated(srcad.jacobian(programs.markers), theta, offsets),
            other,
            target=target,
        )

    def by_hand():
        return repeated(numba.njit(programs.markers_by_hand), theta, offsets)

    return [
        against("single tangents", lambda: single_tangents(programs.markers, 0, theta, offsets), 3),
        against("hand-written", by_hand),
    ]


def sparse_elements(operator, f, *args):
    """The elements of a sparse matrix; its index arrays are made, too."""
    made = operator(f)
    return lambda: made(*args).data


def bundle_elements(count):
    """The elements of the Jacobian of so many observations."""
    return sparse_elements(srcad.sparse_jacobian, sparse.bundle, *sparse.bundle_problem(count))


def sparse_cases(which: str) -> list[OperatorCase]:
    """Compressed sweeps beside what is written by hand, and beside dense matrices."""
    rng = np.random.default_rng(4)
    k = SIZES[which]
    counts = ((1_000, 10_000, 100_000), (100, 1_000), (20,))[k]
    grid, rows = (300, 50, 5)[k], (2_000, 200, 10)[k]
    u, x = rng.standard_normal((grid, grid)), rng.standard_normal(rows)
    random = x, np.sort(rng.integers(0, rows, (rows, 5))), rng.standard_normal((rows, 5))

    def observations(count):
        x, cameras, camera_of, point_of, _ = sparse.bundle_problem(count)
        given = cameras, camera_of, point_of
        return OperatorCase(
            SPARSE,
            f"bundle of {count}, blocks by tangents",
            lambda: bundle_elements(count),
            lambda: sparse.blocks_by_hand(x, *given),
            target=1.0,
            peers={
                "jax": lambda: in_jax(lambda jax, jnp: sparse.blocks_in_jax(jax, jnp, *given), x)
            },
        )

    def dense(name, ours, operator, f, *args):
        """The elements of the dense matrix that are in the pattern."""

        def elements():
            pattern = ours(f)(*args).tocoo()
            made = operator(f)
            return lambda: made(*args)[pattern.row, pattern.col]

        return OperatorCase(
            SPARSE, name, lambda: sparse_elements(ours, f, *args), elements, target=1.0
        )

    def many(run):
        def repeat():
            for _ in range(10):
                run()

        return repeat

    most = counts[-1]
    return [
        *map(observations, counts),
        OperatorCase(
            SPARSE,
            f"grid of {grid} x {grid}, by hand",
            lambda: sparse_elements(srcad.sparse_jacobian, sparse.reaction, u),
            lambda: sparse.reaction_by_hand(u),
        ),
        dense("random, dense", srcad.sparse_jacobian, srcad.jacobian, sparse.mixed, *random),
        dense("rosenbrock, dense", srcad.sparse_hessian, srcad.hessian, ROSENBROCK.primal, x),
        OperatorCase(
            LINEAR,
            f"bundle of {most} over 10 of {most // 10}",
            lambda: bundle_elements(most),
            lambda: many(bundle_elements(most // 10)),
            at_most=True,
            agrees=False,
        ),
    ]


def nested_cases(which: str) -> list[OperatorCase]:
    """Programs that use derivatives, differentiated."""
    rng = np.random.default_rng(3)
    small = which == "tiny"
    q = rng.standard_normal(20)
    end = 0.05 if small else 5.0
    theta, y = np.array([0.3, 0.7]), rng.standard_normal(5 if small else 1000)

    def case(name, ours, jax):
        return OperatorCase(NESTED, name, ours, jax, target=1.0)

    return [
        case(
            "force in a time loop, grad",
            lambda: called(srcad.grad(nested.motion), q, end),
            lambda: in_jax(
                lambda jax, jnp: jax.grad(lambda q: nested.motion_in_jax(jax, jnp, q, end)), q
            ),
        ),
        case(
            "minimum over maximum, jacfwd",
            lambda: called(srcad.jacfwd(nested.best), 0.5),
            lambda: in_jax(
                lambda jax, jnp: jax.jacfwd(lambda a: nested.best_in_jax(jax, jnp, a)), 0.5
            ),
        ),
        case(
            "Newton in a likelihood, jacfwd",
            lambda: called(srcad.jacfwd(nested.likelihood), theta, y),
            lambda: in_jax(
                lambda jax, jnp: jax.jacfwd(
                    lambda theta, y: nested.likelihood_in_jax(jax, jnp, theta, y)
                ),
                theta,
                y,
            ),
        ),
    ]


def cases(which: str) -> list[OperatorCase]:
    """All rows, for a size: "full", "quick" or "tiny"."""
    makers = (hessian_products, many_directions, kinematic_chain, sparse_cases, nested_cases)
    return [case for make in makers for case in make(which)]
