"""Sets of numbers, made of each other by unions: what patterns of derivatives are found with.

A set is a number itself: 0 is the empty one, 1 to n hold one element each (0 to n - 1), and
every union of two is a new one, unless it is known. Small sets are held element by element,
and two with the same elements are the same number; a large one is held as the two that it is
the union of, so that n unions take time and memory of order n, however large the sets become.

All is in one array of int64, the `store`: first what is where (`COUNT` to `POOL`), then a row
for each set, elements of small sets, tables to find them again. Where it is full, MemoryError
is raised, and whoever made it tries again with a larger one.

`meet` notes of two sets that every element of the one meets every element of the other: the
second derivatives by both may be other than zero (nonlinear interaction, Walther 2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
Integers = np.ndarray[Any, np.dtype[np.int64]]

COUNT, CAPACITY, USED, ROOM, SMALL, LEAVES, IS_FULL, EPOCH = range(8)
NODES, PARTNERS, MARKS, SEEN, STACK, TABLE, TABLE_MASK, MEMO, POOL, HEADER = range(8, 18)
MEMO_SIZE = 1 << 12
HASH_BITS = (1 << 40) - 1
FEW_LEAVES = 256
"""With no more elements than these, all sets are small."""
SMALL_SIZE = 32


def new_store(leaves: int, capacity: int) -> Integers:
    """Return a store with the empty set and the sets of one element."""
    capacity = max(capacity, 2 * leaves + 16)
    small = leaves if leaves <= FEW_LEAVES else SMALL_SIZE
    table = 1 << (2 * capacity).bit_length()
    room = 16 * capacity + leaves
    sizes = (2 * capacity, capacity, capacity, leaves, capacity + 2, table, 3 * MEMO_SIZE, room)
    places = np.cumsum([HEADER, *sizes])
    store = np.zeros(places[-1], dtype=np.int64)
    store[COUNT], store[CAPACITY], store[USED], store[ROOM] = leaves + 1, capacity, leaves, room
    store[SMALL], store[LEAVES] = small, leaves
    sections = (NODES, PARTNERS, MARKS, SEEN, STACK, TABLE, MEMO, POOL)
    for section, place in zip(sections, places, strict=False):
        store[section] = place
    store[TABLE_MASK] = table - 1
    rows = store[store[NODES] :][: 2 * (leaves + 1)].reshape(-1, 2)
    rows[1:, 0] = np.arange(leaves)
    rows[1:, 1] = -1
    store[store[POOL] :][:leaves] = np.arange(leaves)
    return store


@register_jitable(**JIT)
def union(store: Integers, a: int, b: int) -> int:
    """Return the union of two sets."""
    if a == b or b == 0:
        return a
    if a == 0:
        return b
    return joined(store, min(a, b), max(a, b))


@register_jitable(**JIT)
def joined(store: Integers, a: int, b: int) -> int:
    """Return the union of two sets that are not empty, the older one first."""
    slot = store[MEMO] + 3 * ((a * 7919 + b * 104729) & (MEMO_SIZE - 1))
    if store[slot] == a and store[slot + 1] == b:
        return store[slot + 2]
    left, right = store[NODES] + 2 * a, store[NODES] + 2 * b
    if store[left + 1] < 0 and store[right + 1] < 0:
        found = merged(store, a, b)
    elif store[right + 1] > 0 and (store[right] == a or store[right + 1] == a):
        found = b
    else:
        found = new_set(store, a, b)
    store[slot], store[slot + 1], store[slot + 2] = a, b, found
    return found


@register_jitable(**JIT)
def new_set(store: Integers, first: int, second: int) -> int:
    """Return the number of a new row: two sets, or where elements start and minus their number."""
    found = store[COUNT]
    if found >= store[CAPACITY]:
        store[IS_FULL] = 1
        raise MemoryError("the pattern needs a larger store")
    store[COUNT] = found + 1
    store[store[NODES] + 2 * found] = first
    store[store[NODES] + 2 * found + 1] = second
    return found


@register_jitable(**JIT)
def merged(store: Integers, a: int, b: int) -> int:
    """Return the union of two small sets."""
    pool = store[POOL]
    p, q = pool + store[store[NODES] + 2 * a], pool + store[store[NODES] + 2 * b]
    size_a, size_b = -store[store[NODES] + 2 * a + 1], -store[store[NODES] + 2 * b + 1]
    end_p, end_q = p + size_a, q + size_b
    if store[USED] + size_a + size_b > store[ROOM]:
        store[IS_FULL] = 1
        raise MemoryError("the pattern needs a larger store")
    start = pool + store[USED]
    at, code = start, 0
    while p < end_p or q < end_q:
        if q == end_q or (p < end_p and store[p] <= store[q]):
            element = store[p]
            if q < end_q and store[q] == element:
                q += 1
            p += 1
        else:
            element = store[q]
            q += 1
        store[at] = element
        code = (code * 1000003 + element + 1) & HASH_BITS
        at += 1
    size = at - start
    if size == size_a:
        return a
    if size == size_b:
        return b
    if size > store[SMALL]:
        return new_set(store, a, b)
    place = (code ^ (code >> 17)) & store[TABLE_MASK]
    while store[store[TABLE] + place] != 0:
        known = store[store[TABLE] + place]
        if -store[store[NODES] + 2 * known + 1] == size:
            other = pool + store[store[NODES] + 2 * known]
            k = 0
            while k < size and store[start + k] == store[other + k]:
                k += 1
            if k == size:
                return known
        place = (place + 1) & store[TABLE_MASK]
    found = new_set(store, store[USED], -size)
    store[store[TABLE] + place] = found
    store[USED] += size
    return found


@register_jitable(**JIT)
def visited(store: Integers, root: int, most: int) -> int:
    """Mark all sets and elements in `root`, and return how many elements were not marked yet.

    It stops where they are `most`.
    """
    epoch, stack, top, new = store[EPOCH], store[STACK], 1, 0
    if root == 0 or store[store[MARKS] + root] == epoch:
        return 0
    store[store[MARKS] + root] = epoch
    store[stack] = root
    while top > 0:
        top -= 1
        row = store[NODES] + 2 * store[stack + top]
        first, second = store[row], store[row + 1]
        if second < 0:
            for k in range(store[POOL] + first, store[POOL] + first - second):
                seen = store[SEEN] + store[k]
                if store[seen] != epoch:
                    store[seen] = epoch
                    new += 1
                    if new == most:
                        return new
        else:
            for part in (first, second):
                if store[store[MARKS] + part] != epoch:
                    store[store[MARKS] + part] = epoch
                    store[stack + top] = part
                    top += 1
    return new


@register_jitable(**JIT)
def grow(store: Integers, old: int, new: int) -> int:
    """Return `old` if it holds all of `new`, else the union: what only grows comes to an end."""
    if new == old or new == 0:
        return old
    if old == 0:
        return new
    rows = store[NODES]
    if store[rows + 2 * old + 1] >= 0 or store[rows + 2 * new + 1] >= 0:
        store[EPOCH] += 1
        visited(store, old, store[LEAVES] + 1)
        if visited(store, new, 1) == 0:
            return old
    return union(store, old, new)


@register_jitable(**JIT)
def meet(store: Integers, met: int, a: int, b: int) -> int:
    """Note that all elements of `a` meet all of `b`, and return `met`."""
    if a != 0 and b != 0:
        partners = store[PARTNERS]
        store[partners + a] = union(store, store[partners + a], b)
        if a != b:
            store[partners + b] = union(store, store[partners + b], a)
    return met


@register_jitable(**JIT)
def span_first(lo: int, hi: int, extent: int) -> int:
    """Return the first place of an axis that an index between `lo` and `hi` may mean."""
    if lo >= 0:
        return lo
    return 0 if hi >= 0 else max(extent + lo, 0)


@register_jitable(**JIT)
def span_stop(lo: int, hi: int, extent: int) -> int:
    """Return the place after the last one that an index between `lo` and `hi` may mean."""
    if lo >= 0:
        return min(hi, extent - 1) + 1
    return extent if hi >= 0 else min(extent + hi, extent - 1) + 1


# After the program -----------------------------------------------------------------------


@njit(**JIT)
def rows_of(store: Integers, sets: Integers) -> tuple[Integers, Integers]:
    """Return the elements of each set, in no order, one after the other, and where each starts."""
    leaves, pool, nodes = store[LEAVES], store[POOL], store[NODES]
    stack, marks, seen = store[STACK], store[MARKS], store[SEEN]
    starts = np.zeros(sets.size + 1, dtype=np.int64)
    found = np.empty(max(1024, leaves), dtype=np.int64)
    used = 0
    for row in range(sets.size):
        if used + leaves > found.size:
            larger = np.empty(2 * found.size + leaves, dtype=np.int64)
            for k in range(used):
                larger[k] = found[k]
            found = larger
        epoch = store[EPOCH] + 1
        store[EPOCH] = epoch
        top = 0
        if sets[row] != 0:
            store[stack] = sets[row]
            top = 1
        while top > 0:
            top -= 1
            node = nodes + 2 * store[stack + top]
            first, second = store[node], store[node + 1]
            if second < 0:
                for k in range(pool + first, pool + first - second):
                    element = store[k]
                    if store[seen + element] != epoch:
                        store[seen + element] = epoch
                        found[used] = element
                        used += 1
                continue
            for part in (first, second):
                if store[marks + part] != epoch:
                    store[marks + part] = epoch
                    store[stack + top] = part
                    top += 1
        starts[row + 1] = used
    return starts, found[:used]


@njit(**JIT)
def partners_of_leaves(store: Integers) -> Integers:
    """Return, for each element, the set of the elements that it meets.

    What a set meets, its parts meet: from the youngest to the oldest.
    """
    partners, leaves = store[PARTNERS], store[LEAVES]
    for node in range(store[COUNT] - 1, leaves, -1):
        met = store[partners + node]
        if met == 0:
            continue
        row = store[NODES] + 2 * node
        first, second = store[row], store[row + 1]
        if second < 0:
            for k in range(store[POOL] + first, store[POOL] + first - second):
                leaf = partners + store[k] + 1
                store[leaf] = union(store, store[leaf], met)
        else:
            for part in (first, second):
                store[partners + part] = union(store, store[partners + part], met)
    return store[partners + 1 : partners + leaves + 1].copy()
