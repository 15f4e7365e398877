"""Loops that go on with another array: `h = new`.

Before                              After
    h = np.zeros(n)                     h = np.zeros(n)
    for t in range(m):                  carried = h.copy()
        new = np.zeros(n)               for t in range(m):
        ...                                 h = carried
        h = new                             new = np.zeros(n)
    return h[0]                             ...
                                            h = new
                                            if carried.shape[0] != h.shape[0]:
                                                raise ValueError(...)
                                            for i in range(carried.shape[0]):
                                                carried[i] = h[i]
                                        h = carried
                                        return h[0]

The reverse sweep then sees one array that is overwritten, which it can undo. Names that
only change places (`u, un = un, u`) stay as they are: `rotation` passes them round; those
that do so on some ways only (`carried_groups`) are copied together, as if of one name. The
copies mean the same as long as what is written through the name that is carried is read
under no other name, no other name of its memory outlives the iteration, and no array from
outside that it may be is written from then on; and as long as the head of a `while` loop
leaves the name alone. Else the loop stays as it is. The array must keep its shape: that is
checked when the loop runs. Those that need not are carried by `resized_arrays`.

Where an iteration starts with a copy of what is carried, writes to it and carries that on,
the old values are what is copied, and the loop writes into the array that it keeps:

    for t in range(m):                  for t in range(m):
        new = h.copy()                      h = carried.copy()
        ...                                 new = carried
        h = new                             ...

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from srcad.analysis.origins import behind, meanings, sole_origin, written_arrays_of
from srcad.analysis.values import Def, Env, Place, Values, used_values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Scalar, Type
from srcad.ir.walk import map_blocks, statements, stored, targets
from srcad.ir.wording import changes_shape
from srcad.passes.building.emitter import Emitter, element_loops
from srcad.passes.loop_arrays.exchanged_names import change_places
from srcad.passes.loop_arrays.replaced_views import carry_indices
from srcad.passes.loop_arrays.resized_arrays import keeps_shape, resized
from srcad.passes.loop_arrays.rotation import following

MAX_LOOPS = 64


def carry_by_copies(function: ir.Function) -> ir.Function:
    """Return `function` with arrays that a loop replaces copied into one that it keeps."""
    types = {t.name: t.type for s in statements(function.body) for t in targets(s)}
    if not any(
        isinstance(t.type, Array)
        for loop in statements(function.body)
        if isinstance(loop, ir.For | ir.While)
        for s in statements(loop.body)
        for t in targets(s)
    ):
        return function
    function = carry_indices(function)
    for _ in range(MAX_LOOPS):
        facts = values(function)
        used = used_values(facts)
        for loop, phis in facts.phis.items():
            arrays = {n: d for n, d in phis.items() if isinstance(types.get(n), Array)}
            names = _replaced_names(arrays, facts, used)
            if names and _allowed(loop, names, function, facts, used):
                made = _continued_copy(loop, names, facts, used)
                if made is not None:
                    function = _written_into(function, loop, names[0], made)
                elif not all(keeps_shape(loop, n, types[n], function, facts) for n in names):
                    new = resized(loop, names, types, NameSupply.of(function))
                    function = replace(function, body=replaced(function.body, loop, new))
                else:
                    apart = len(names) == 1 and not _ends_in_a_view(loop, names[0], facts)
                    function = _rewritten(function, loop, names, types, at_once=apart)
                break
        else:
            break
    return function


def _replaced_names(arrays: Env, facts: Values, used: set[Def]) -> list[str]:
    """Return the carried names that do not just change places among themselves."""
    phis = {
        name: phi for name, phi in arrays.items() if phi in used and sole_origin(facts, phi) is None
    }
    replaced: list[str] = []
    while phis:
        _, problem = following(facts, phis)
        if problem is None:
            break
        replaced.append(problem.name)
        del phis[problem.name]
    return sorted(replaced)


def _allowed(
    loop: ir.Stmt, names: list[str], function: ir.Function, facts: Values, used: set[Def]
) -> bool:
    """Return whether copies mean the same: see the module docstring."""
    phis = {facts.phis[loop][name] for name in names}
    if any(phi.inputs[0] is None for phi in phis):
        return False
    if any(facts.outs[loop][phi.name].inputs[0] is not phi for phi in phis):
        return False
    written = meanings(written_arrays_of(function, facts), facts)
    together = len(names) > 1 and change_places(loop, names, function, facts)
    for group in [names] if together else [[name] for name in names]:
        merged = frozenset(d[loop][name] for name in group for d in (facts.phis, facts.outs))
        if written & merged and _is_seen_elsewhere(loop, merged, function, facts, used):
            return False
    if _changes_meanwhile(loop, phis, function, facts):
        return False
    arrays = _array_names(function)
    for name, out in facts.outs[loop].items():
        phi = facts.phis[loop].get(name)
        if name in names or name not in arrays or phi is None or not {phi, out} & used:
            continue
        if meanings([phi.inputs[1]], facts) & phis:
            return False
    return True


def _is_seen_elsewhere(
    loop: ir.Stmt, merged: frozenset[Def], function: ir.Function, facts: Values, used: set[Def]
) -> bool:
    """Return whether what is written through a carried name may be read under another one.

    merged: the values that the name, or names that change places, have in the loop and after it.
    """
    carried = _makers(merged, frozenset(), facts)
    arrays = _array_names(function)
    others = {phi for name, phi in facts.phis[loop].items() if name in arrays and phi in used}
    others -= merged
    if any(d.kind == "param" for d in carried):
        return True
    if any(meanings([phi.inputs[1]], facts) & merged for phi in others):
        return True
    returned = [e for d in facts.returned.values() for e in _after_rounds(d, loop, facts)]
    if _makers(returned, merged, facts) & carried:
        return True
    for (reader, name), d in facts.reads.items():
        if name not in arrays:
            continue
        for maker in _makers(_after_rounds(d, loop, facts), merged, facts) & carried:
            if loop in facts.loops(maker.place):
                same_round = loop in facts.loops(facts.where[reader][0])
                if not same_round or meanings([d], facts) & others:
                    return True
            elif not _is_before(reader, loop, maker, facts) or _is_older(d, maker, loop, facts):
                return True
    return False


def _after_rounds(d: Def, loop: ir.Stmt, facts: Values) -> list[Def]:
    """Return what comes out of the loops around `loop`, if they have gone round at all."""
    for around in facts.loops(facts.where[loop][0]):
        phi = facts.phis[around].get(d.name)
        if d is facts.outs[around].get(d.name) and d.inputs == [phi] and phi is not None:
            last = phi.inputs[1]
            return [] if last is None else _after_rounds(last, loop, facts)
    return [d]


def _makers(arrays: Iterable[Def], beyond: frozenset[Def], facts: Values) -> set[Def]:
    """Return the arguments and new arrays among what `arrays` may be."""
    return {d for d in meanings(arrays, facts, beyond) if not behind(d, facts)}


def _is_before(stmt: ir.Stmt, loop: ir.Stmt, maker: Def, facts: Values) -> bool:
    """Return whether `stmt` never runs on one array of `maker` once `loop` has begun."""
    positions = _positions_around(loop, facts)
    place, index = facts.where[stmt]
    while place not in positions:
        assert place.owner is not None
        place, index = facts.where[place.owner]
    again = set(facts.loops(place)) - set(facts.loops(maker.place))
    return index < positions[place] and not again


def _is_older(d: Def, maker: Def, loop: ir.Stmt, facts: Values) -> bool:
    """Return whether `d` may be what `maker` made in an earlier round of the loops around."""
    around = facts.loops(facts.where[loop][0])
    merged = [phi for phi in meanings([d], facts) if phi.kind == "phi" and phi.stmt in around]
    return maker in meanings([phi.inputs[1] for phi in merged], facts)


def _positions_around(stmt: ir.Stmt, facts: Values) -> dict[Place, int]:
    """Return where `stmt`, or what it stands in, stands in each block around it."""
    place, index = facts.where[stmt]
    positions = {place: index}
    while place.owner is not None:
        place, index = facts.where[place.owner]
        positions[place] = index
    return positions


def _array_names(function: ir.Function) -> set[str]:
    """Return the names that are assigned something else than a number."""
    bound = (t for s in statements(function.body) for t in targets(s))
    return {t.name for t in bound if not isinstance(t.type, Scalar)}


def _changes_meanwhile(loop: ir.Stmt, phis: set[Def], function: ir.Function, facts: Values) -> bool:
    """Return whether an array from outside that is carried may be written under another name."""
    inputs = [value for phi in phis for value in phi.inputs]
    outside = {d for d in meanings(inputs, facts) if loop not in facts.loops(d.place)}
    own_names = frozenset(phis | {facts.outs[loop][phi.name] for phi in phis})
    arrays = _array_names(function)
    for stmt in statements(function.body):
        match stmt:
            case ir.Store(array=array) | ir.Accum(target=array, index=tuple()):
                written = facts.reads[stmt, array.name]
                own = _made_by(written, facts)
                for maker in meanings([written], facts, own_names) & outside:
                    if not _is_later(
                        stmt, loop, maker, facts, same_round=maker is own
                    ) and not _is_older(written, maker, loop, facts):
                        continue
                    if _is_read_after(stmt, loop, phis, facts, arrays):
                        return True
            case _:
                pass
    return False


def _made_by(d: Def, facts: Values, *, views: bool = True) -> Def:
    """Return the value behind other names (and views) of an array, in the same iteration."""
    while d.kind == "let" and isinstance(stmt := d.stmt, ir.Let):
        match stmt.value:
            case ir.Var(name=name):
                d = facts.reads[stmt, name]
            case ir.Load(array=ir.Var(name=name)) if views:
                d = facts.reads[stmt, name]
            case _:
                break
    return d


def _is_later(stmt: ir.Stmt, loop: ir.Stmt, maker: Def, facts: Values, *, same_round: bool) -> bool:
    """Return whether `stmt` may run after `loop` has begun, on the array of one `maker`.

    same_round: whether it writes what the maker has made in the same iteration.
    """
    positions = _positions_around(loop, facts)
    place, index = facts.where[stmt]
    while place not in positions:
        if place.owner is loop:
            return True
        assert place.owner is not None
        place, index = facts.where[place.owner]
    if index > positions[place]:
        made, at = maker.place, maker.index
        while made not in positions and made.owner is not None:
            made, at = facts.where[made.owner]
        return not (same_round and made == place and at > positions[place])
    around = facts.loops(maker.place)
    return any(outer not in around for outer in facts.loops(place))


def _is_read_after(
    stmt: ir.Stmt, loop: ir.Stmt, phis: set[Def], facts: Values, arrays: set[str]
) -> bool:
    """Return whether what `loop` carries may be read after `stmt` has run."""
    outs = {out for out in facts.outs[loop].values() if phis & set(out.inputs)}
    carried = phis | outs
    home, _ = facts.where[loop]
    place, last = facts.where[stmt]
    while place != home:
        if place.owner is None or place.owner is loop:
            return True
        place, last = facts.where[place.owner]
    used = used_values(facts)
    around = [d for outer in facts.loops(home) for d in facts.phis[outer].values() if d in used]
    around = [d for d in around if d.name in arrays]
    if meanings([*around, *facts.returned.values()], facts) & carried:
        return True
    for (reader, name), d in facts.reads.items():
        if name not in arrays or not meanings([d], facts) & carried:
            continue
        place, index = facts.where[reader]
        while place != home:
            if place.owner is None:
                return True
            place, index = facts.where[place.owner]
        if index > last:
            return True
    return False


def _ends_in_a_view(loop: ir.Stmt, name: str, facts: Values) -> bool:
    """Return whether an iteration may leave a view of what it began with: `x = x[::-1]`."""
    phi = facts.phis[loop][name]
    return any(
        phi in meanings([d], facts)
        for d in meanings([phi.inputs[1]], facts, frozenset((phi,)))
        if isinstance(d.stmt, ir.Let) and isinstance(d.stmt.value, ir.Load)
    )


def _rewritten(
    function: ir.Function,
    loop: ir.Stmt,
    names: list[str],
    types: Mapping[str, Type | None],
    *,
    at_once: bool,
) -> ir.Function:
    """Return `function` with a loop that copies what it carries; `at_once`: element by element."""
    assert isinstance(loop, ir.For | ir.While)
    supply = NameSupply.of(function)
    kept = {name: ir.Var(supply.fresh(f"{name}_kept")) for name in names}
    before: list[ir.Stmt] = []
    start: list[ir.Stmt] = []
    end: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    sources = {name: ir.Var(name, types[name]) for name in names}
    emits = [Emitter(supply, out, loop.span) for out in (before, start, end, after)]
    for name, own in kept.items():
        check_shape(emits[2], own, ir.Var(name, types[name]))
    if not at_once:
        for name, own in kept.items():
            sources[name] = emits[2].let(
                ir.Var(supply.temporary(), types[name]), ir.Op("empty_like", (own,), (None,))
            )
            copy_elements(emits[2], sources[name], ir.Var(name, types[name]))
    for name, own in kept.items():
        emits[0].let(own, ir.Op("copy", (ir.Var(name),)))
        emits[1].let(ir.Var(name, types[name]), own)
        copy_elements(emits[2], own, sources[name])
        emits[3].let(ir.Var(name, types[name]), own)
    body = (*loop.body, *end)
    match loop:
        case ir.For():
            new: ir.Stmt = replace(loop, body=(*start, *body))
        case ir.While():
            new = replace(loop, cond_body=(*start, *loop.cond_body), body=body)
    return replace(function, body=replaced(function.body, loop, (*before, new, *after)))


def _continued_copy(
    loop: ir.Stmt, names: list[str], facts: Values, used: set[Def]
) -> ir.Let | None:
    """Return the statement that copies what a loop carries, if it carries that copy on.

    The loop must not write what it carries: the copy would have it. No other name may have
    the memory of the copy when the iteration ends.
    """
    if len(names) != 1:
        return None
    phi = facts.phis[loop][names[0]]
    end = phi.inputs[1]
    if end is None:
        return None
    made = _made_by(end, facts, views=False)
    match made.stmt:
        case ir.Let(value=ir.Op(prim="copy", args=(ir.Var(name=source),))) as stmt:
            pass
        case _:
            return None
    if made.place != Place(loop, "body"):
        return None
    if _made_by(facts.reads[made.stmt, source], facts, views=False) is not phi:
        return None
    assert isinstance(loop, ir.For | ir.While)
    written = written_in((*loop.body, *getattr(loop, "cond_body", ())), facts)
    if phi in meanings(written, facts, frozenset((made,))):
        return None
    own = {phi, facts.outs[loop][names[0]]}
    merged = {
        d for merges in (facts.phis, facts.outs) for env in merges.values() for d in env.values()
    }
    others = [d for d in merged - own if d in used]
    if any(made in meanings([d], facts) for d in others):
        return None
    return stmt


def written_in(block: ir.Block, facts: Values) -> list[Def]:
    """Return the arrays that a block writes elements of, as they are named there."""
    found = (facts.reads.get((s, name)) for s in statements(block) for name in stored((s,)))
    return [d for d in found if d is not None]


def _written_into(function: ir.Function, loop: ir.Stmt, name: str, made: ir.Let) -> ir.Function:
    """Return `function` with a loop that writes into what it keeps, and copies the old values."""
    assert isinstance(loop, ir.For | ir.While)
    supply = NameSupply.of(function)
    var = ir.Var(name, made.target.type)
    own = ir.Var(supply.fresh(f"{name}_kept"))
    before = ir.Let(own, ir.Op("copy", (ir.Var(name),)), loop.span)
    start = ir.Let(var, ir.Op("copy", (own,)), loop.span)
    after = ir.Let(var, own, loop.span)
    body = replaced(loop.body, made, (replace(made, value=own),))
    match loop:
        case ir.For():
            new: ir.Stmt = replace(loop, body=(start, *body))
        case ir.While():
            new = replace(loop, cond_body=(start, *loop.cond_body), body=body)
    return replace(function, body=replaced(function.body, loop, (before, new, after)))


def check_shape(emit: Emitter, own: ir.Var, array: ir.Var) -> None:
    """Write the test that an array has the shape of the one that it is copied to."""
    assert isinstance(array.type, Array)
    for axis in range(array.type.ndim):
        extents = [emit.op("shape", v, static=(axis,)) for v in (own, array)]
        message = changes_shape(array.name, emit.span)
        problem = ir.Raise(ValueError, (message,), emit.span)
        emit.out.append(ir.If(emit.op("ne", *extents), (problem,), (), emit.span))


def copy_elements(emit: Emitter, target: ir.Var, source: ir.Var) -> None:
    """Write `target[...] = source`."""
    assert isinstance(source.type, Array)
    ndim = source.type.ndim
    index = tuple(ir.Var(emit.supply.fresh(letter)) for letter in "ijklmnopq"[:ndim])
    value = ir.Var(emit.supply.temporary())
    body: list[ir.Stmt] = [
        ir.Let(value, ir.Load(source, index), emit.span),
        ir.Store(target, index, value, emit.span),
    ]
    element_loops(emit, target, ndim, body, index)


def replaced(block: ir.Block, old: ir.Stmt, new: ir.Block) -> ir.Block:
    """Return `block` with the statement `old`, wherever it stands, replaced by `new`."""
    out: list[ir.Stmt] = []
    for stmt in block:
        if stmt is old:
            out.extend(new)
        else:
            out.append(map_blocks(stmt, lambda inner: replaced(inner, old, new)))
    return tuple(out)
