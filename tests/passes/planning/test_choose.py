"""Plans are enough, whatever extents are taken as; and they keep what an expert would."""

import math

import numpy as np
import pytest

from srcad.analysis.values import values
from srcad.passes.planning.choose import plan
from tests import array_zoo, zoo
from tests.planned import check_plan, check_plans, reversed_program
from tests.planned_programs import (
    KERNELS,
    TRAPS,
    densities,
    heun,
    nearest,
    packed_triangle,
    products_of_columns,
    roots,
    some,
)


def bound_anew_in_a_branch(x, n):
    w = np.zeros(2)
    w[0] = x[0] * 2.0
    w[1] = x[1]
    s = 0.0
    for i in range(n):
        s += s * math.sin(w[i % 2])
    if s > -9.0:
        w = np.full(2, x[0])
    return s * w[1]


def another_name_in_a_branch(x, n):
    w = np.zeros(2)
    w[0] = x[0] * 2.0
    w[1] = x[1]
    s = 0.0
    for i in range(n):
        s += s * math.sin(w[i % 2])
    if s > -9.0:
        v = np.full(2, x[0])
        s *= v[1]
    return s * w[1]


NAMED = tuple((func, (some(4), 3)) for func in (bound_anew_in_a_branch, another_name_in_a_branch))
PROGRAMS = (*KERNELS, *TRAPS, *NAMED)
ALL = {func.__name__: (func, args) for func, args in PROGRAMS}
ROWS = [pytest.param(*row, id=row[0].__name__) for row in PROGRAMS]
EXTENTS = (3, 1000, 100_000)
"""Small, middling and large: other things are worth being kept."""

SHARE = 48
"""One program in so many of the zoos is looked at here; the random programs do the rest."""


def from_the_zoos():
    """Return some programs of both zoos, with their arguments."""
    rows = [(p.name, p.function, p.args()) for p in zoo.PROGRAMS]
    rows += [(func.__name__, func, args[0]) for func, *args, _ in array_zoo.PROGRAMS]
    return [pytest.param(func, args, id=name) for name, func, args in rows[::SHARE]]


def kept(func, nominal=1000):
    """Return what is stored in loops: by region, the kind and the bytes as a formula."""
    program, args = ALL[func.__name__]
    function, wrt = reversed_program(program, args, "grad")
    found = {}

    def look(region, name):
        stored = (c for c in region.choices.values() if c.how == "stored" and c.bytes)
        loops = (c for c in stored if region.region.primal.loops(c.node.place, region.root))
        found[name] = sorted((c.node.kind, c.size.text() if c.size else "?") for c in loops)
        for loop, inner in region.once.items():
            look(inner, loop.span.line - program.__code__.co_firstlineno)

    look(plan(function, values(function), wrt, nominal=nominal), "whole")
    return found


@pytest.mark.parametrize(("func", "args"), ROWS)
def test_every_value_can_be_had_on_the_way_back(func, args):
    found = check_plans(func, args, "grad", EXTENTS)
    assert not found.wrong
    assert found.values


@pytest.mark.parametrize(("func", "args"), from_the_zoos())
def test_programs_of_the_zoos_can_be_gone_back(func, args):
    assert not check_plan(func, args).wrong


def test_a_loop_over_points_is_swept_once_and_keeps_a_byte_for_each_test():
    assert kept(nearest) == {"whole": [], 2: [("partial", "c.shape[0]")] * 2}


def test_a_packed_triangle_keeps_no_index():
    assert kept(packed_triangle) == {"whole": [("value", "8*max(n, 0)")]}


def test_elements_are_kept_where_their_array_loses_its_name():
    gone, there = kept(bound_anew_in_a_branch), kept(another_name_in_a_branch)
    assert len(there["whole"]) < len(gone["whole"])


def test_copies_of_what_nobody_writes_are_not_kept():
    assert all(not found for found in kept(products_of_columns).values())


def test_states_are_kept_and_stages_run_again():
    assert kept(heun)["whole"] == [("copy", "8*max(_, 0)*y0.shape[0]".replace("_", "steps"))]


def test_scratch_of_a_point_is_kept_for_one_point():
    found = kept(densities)
    assert found["whole"] == []
    assert ("value", "8*w.shape[0]*x.shape[1]") in found[5]


def test_a_loop_that_may_end_early_has_a_slab_of_its_bound():
    found = kept(roots)
    assert found["whole"] == []
    assert ("value", "160") in found[2]


def test_the_same_program_has_the_same_plan():
    """Nothing hangs on the identity of nodes: the same text, derived twice."""
    for func, args in KERNELS:
        rows = []
        for _ in range(2):
            function, wrt = reversed_program(func, args, "grad")
            found = plan(function, values(function), wrt)
            rows.append([(n.kind, n.name, c.how, c.cost) for n, c in found.choices.items()])
        assert rows[0] == rows[1]
