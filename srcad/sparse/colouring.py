"""Colours of the columns of a sparse matrix, found by greedy algorithms in native code.

Columns of one colour are found in one sweep, so that fewer colours are less work. Which columns
may share a colour depends on how the elements are read off:

    distance 2  no row has two columns of the colour: each element is read off as it is
    star        symmetric matrices: neighbours differ, and each path of four vertices has
                three colours. One of (i, j) and (j, i) is read off as it is
    acyclic     symmetric matrices: neighbours differ, and each cycle has three colours. The
                others are found by substitution

Gebremedhin, Manne, Pothen, "What color is your Jacobian?", SIAM Review 47 (2005); Gebremedhin,
Tarafdar, Manne, Pothen, "New acyclic and star coloring algorithms", SIAM J. Sci. Comput. 29
(2007), algorithms 3.1 and 4.1. Patterns are CSR: the columns of row `i` are
`indices[indptr[i]:indptr[i + 1]]`. Colours count from 0; a column without elements has none (-1),
as nothing is to be found there.
"""

from __future__ import annotations

import numpy as np

from srcad.sparse.native import native
from srcad.sparse.pattern import Integers

UNCOLOURED = -1


# Columns of any matrix -----------------------------------------------------------------


@native
def distance_two(
    indptr: Integers, indices: Integers, rows_of: Integers, rows: Integers, order: Integers
) -> Integers:
    """Return a colour for each column such that no row has two columns of one colour.

    indptr, indices: the pattern by rows. rows_of, rows: the same pattern by columns.
    order: the columns in the order in which they get the smallest colour that is free.
    """
    count = rows_of.size - 1
    colours = np.full(count, UNCOLOURED)
    taken_by = np.full(count + 1, UNCOLOURED)
    for column in order:
        if rows_of[column] == rows_of[column + 1]:
            continue
        for at in range(rows_of[column], rows_of[column + 1]):
            row = rows[at]
            for k in range(indptr[row], indptr[row + 1]):
                other = colours[indices[k]]
                if other >= 0:
                    taken_by[other] = column
        colour = 0
        while taken_by[colour] == column:
            colour += 1
        colours[column] = colour
    return colours


@native
def transposed(indptr: Integers, indices: Integers, width: int) -> tuple[Integers, Integers]:
    """Return the pattern by columns, rows ascending."""
    starts = np.zeros(width + 1, np.int64)
    for column in indices:
        starts[column + 1] += 1
    starts = np.cumsum(starts)
    rows = np.empty(indices.size, np.int64)
    free = starts[:-1].copy()
    for row in range(indptr.size - 1):
        for k in range(indptr[row], indptr[row + 1]):
            rows[free[indices[k]]] = row
            free[indices[k]] += 1
    return starts, rows


# Symmetric matrices --------------------------------------------------------------------
# The vertices are the columns, the edges the elements beside the diagonal. An edge has one
# number, in whichever direction it is met.


@native
def edge_numbers(indptr: Integers, indices: Integers) -> tuple[Integers, int]:
    """Return the number of the edge of each element, -1 on the diagonal, and their count.

    indptr, indices: a symmetric pattern with sorted columns.
    """
    numbers = np.full(indices.size, -1)
    next_upper = indptr.copy()
    count = 0
    for row in range(indptr.size - 1):
        for k in range(indptr[row], indptr[row + 1]):
            column = indices[k]
            if column > row:
                numbers[k] = count
                # Rows come in order, so this is the next element of that row.
                numbers[next_upper[column]] = count
                next_upper[column] += 1
                count += 1
            elif column == row:
                next_upper[column] += 1
    return numbers, count


@native
def star(indptr: Integers, indices: Integers, order: Integers) -> Integers:
    """Return a star colouring of a symmetric pattern: each two colours induce stars."""
    count = indptr.size - 1
    edges, edge_count = edge_numbers(indptr, indices)
    colours = np.full(count, UNCOLOURED)
    forbidden = np.full(count + 1, UNCOLOURED)
    first_vertex = np.full(count + 1, UNCOLOURED)  # firstNeighbor: who has met the colour,
    first_edge = np.full(count + 1, UNCOLOURED)  # along which element of its row
    treated = np.full(count, UNCOLOURED)
    star_of = np.full(edge_count, UNCOLOURED)
    hub = np.full(edge_count + 1, UNCOLOURED)
    spokes = np.zeros(count, np.int64)  # in how many stars with a hub a vertex is none
    stars = 0
    for v in order:
        if indptr[v] == indptr[v + 1]:
            continue
        for at in range(indptr[v], indptr[v + 1]):
            w = indices[at]
            colour = colours[w]
            if w == v or colour < 0:
                continue
            forbidden[colour] = v
            if first_vertex[colour] == v:
                # Two neighbours of one colour: their other neighbours are ends of paths.
                q = indices[first_edge[colour]]
                if treated[q] != v:
                    _forbid_neighbours(indptr, indices, colours, forbidden, v, q)
                    treated[q] = v
                _forbid_neighbours(indptr, indices, colours, forbidden, v, w)
                treated[w] = v
            else:
                first_vertex[colour] = v
                first_edge[colour] = at
                if not spokes[w]:
                    continue
                for k in range(indptr[w], indptr[w + 1]):
                    x = indices[k]
                    if x in (v, w) or colours[x] < 0:
                        continue
                    if hub[star_of[edges[k]]] == x:
                        forbidden[colours[x]] = v
        colour = 0
        while forbidden[colour] == v:
            colour += 1
        colours[v] = colour
        stars = _grow_stars(
            indptr,
            indices,
            edges,
            colours,
            first_vertex,
            first_edge,
            star_of,
            hub,
            spokes,
            stars,
            v,
        )
    return colours


@native
def _forbid_neighbours(
    indptr: Integers, indices: Integers, colours: Integers, forbidden: Integers, v: int, w: int
) -> None:
    """Forbid `v` the colours of the neighbours of `w`."""
    for k in range(indptr[w], indptr[w + 1]):
        x = indices[k]
        if x not in (v, w) and colours[x] >= 0:
            forbidden[colours[x]] = v


@native
def _grow_stars(
    indptr: Integers,
    indices: Integers,
    edges: Integers,
    colours: Integers,
    first_vertex: Integers,
    first_edge: Integers,
    star_of: Integers,
    hub: Integers,
    spokes: Integers,
    stars: int,
    v: int,
) -> int:
    """Put the edges of a vertex that has got its colour into stars; return how many there are."""
    for at in range(indptr[v], indptr[v + 1]):
        w = indices[at]
        if w == v or colours[w] < 0:
            continue
        edge = edges[at]
        found = False
        for k in range(indptr[w], indptr[w + 1]):
            x = indices[k]
            if x not in (v, w) and colours[x] == colours[v]:
                star_of[edge] = star_of[edges[k]]
                if hub[star_of[edge]] < 0:
                    hub[star_of[edge]] = w
                    spokes[x] += 1
                spokes[v] += 1
                found = True
                break
        if found:
            continue
        first = first_edge[colours[w]]
        if first_vertex[colours[w]] == v and indices[first] != w:
            star_of[edge] = star_of[edges[first]]
            if hub[star_of[edge]] < 0:
                hub[star_of[edge]] = v
                spokes[indices[first]] += 1
            spokes[w] += 1
        else:
            star_of[edge] = stars  # of one edge: it has no hub yet
            hub[stars] = UNCOLOURED
            stars += 1
    return stars


@native
def acyclic(indptr: Integers, indices: Integers, order: Integers) -> Integers:
    """Return an acyclic colouring of a symmetric pattern: each two colours induce trees."""
    count = indptr.size - 1
    edges, edge_count = edge_numbers(indptr, indices)
    colours = np.full(count, UNCOLOURED)
    forbidden = np.full(count + 1, UNCOLOURED)
    first_vertex = np.full(count + 1, UNCOLOURED)
    first_edge = np.full(count + 1, UNCOLOURED)
    visitor = np.full(edge_count, UNCOLOURED)  # of each tree: who has visited it first,
    entry = np.full(edge_count, UNCOLOURED)  # through which neighbour
    parent = np.arange(edge_count)
    for v in order:
        if indptr[v] == indptr[v + 1]:
            continue
        coloured = 0
        for at in range(indptr[v], indptr[v + 1]):
            w = indices[at]
            if w != v and colours[w] >= 0:
                forbidden[colours[w]] = v
                coloured += 1
        for at in range(indptr[v], indptr[v + 1]):
            w = indices[at]
            if w == v or colours[w] < 0 or coloured == 1:  # one edge closes no cycle
                continue
            for k in range(indptr[w], indptr[w + 1]):
                x = indices[k]
                if x == w or colours[x] < 0 or forbidden[colours[x]] == v:
                    continue
                # A second way into the same tree would close a cycle.
                tree = _root(parent, edges[k])
                if visitor[tree] != v:
                    visitor[tree] = v
                    entry[tree] = w
                elif entry[tree] != w:
                    forbidden[colours[x]] = v
        colour = 0
        while forbidden[colour] == v:
            colour += 1
        colours[v] = colour
        for at in range(indptr[v], indptr[v + 1]):
            w = indices[at]
            if w == v or colours[w] < 0:
                continue
            other = colours[w]
            if first_vertex[other] == v:
                _join(parent, edges[at], edges[first_edge[other]])
            else:
                first_vertex[other] = v
                first_edge[other] = at
            for k in range(indptr[w], indptr[w + 1]):
                x = indices[k]
                if x not in (v, w) and colours[x] == colour:
                    _join(parent, edges[at], edges[k])
                    break  # all others that `w` has of this colour are in the same tree
    return colours


@native
def _root(parent: Integers, edge: int) -> int:
    """Return the edge that stands for the tree of an edge."""
    while parent[edge] != edge:
        parent[edge] = parent[parent[edge]]
        edge = parent[edge]
    return edge


@native
def _join(parent: Integers, a: int, b: int) -> None:
    """Make one tree of those of two edges."""
    parent[_root(parent, a)] = _root(parent, b)


# Orders --------------------------------------------------------------------------------


@native
def largest_first(degrees: Integers) -> Integers:
    """Return the vertices by falling degree; those of one degree in their order."""
    return np.argsort(-degrees, kind="mergesort")


@native
def columns_beside(
    indptr: Integers, indices: Integers, rows_of: Integers, rows: Integers
) -> Integers:
    """Return for each column how many columns share a row with it, each once."""
    count = rows_of.size - 1
    degrees = np.zeros(count, np.int64)
    seen_by = np.full(count, UNCOLOURED)
    for column in range(count):
        for at in range(rows_of[column], rows_of[column + 1]):
            row = rows[at]
            for k in range(indptr[row], indptr[row + 1]):
                if seen_by[indices[k]] != column:
                    seen_by[indices[k]] = column
                    degrees[column] += 1
    return degrees


@native
def smallest_last(
    indptr: Integers, indices: Integers, rows_of: Integers, rows: Integers, degrees: Integers
) -> Integers:
    """Return the columns such that each has as few as possible beside it among those before.

    degrees: of `columns_beside`. The one with the fewest is last; then it is taken away.
    If each column has one row, its own, this is an order of the vertices of a symmetric pattern.
    """
    count = degrees.size
    left = degrees.copy()
    top = 1
    for degree in degrees:
        top = max(top, degree + 1)
    first = np.full(top, UNCOLOURED)  # of each degree, a list of columns: links both ways
    after = np.full(count, UNCOLOURED)
    before = np.full(count, UNCOLOURED)
    for column in range(count):
        _link(first, after, before, left[column], column)
    order = np.empty(count, np.int64)
    is_gone = np.zeros(count, np.bool_)
    seen_by = np.full(count, UNCOLOURED)
    least = 0
    for place in range(count - 1, -1, -1):
        while first[least] < 0:
            least += 1
        column = first[least]
        _unlink(first, after, before, left[column], column)
        is_gone[column] = True
        order[place] = column
        for at in range(rows_of[column], rows_of[column + 1]):
            row = rows[at]
            for k in range(indptr[row], indptr[row + 1]):
                other = indices[k]
                if is_gone[other] or seen_by[other] == column:
                    continue
                seen_by[other] = column
                _unlink(first, after, before, left[other], other)
                left[other] -= 1
                _link(first, after, before, left[other], other)
                least = min(least, left[other])
    return order


@native
def _link(first: Integers, after: Integers, before: Integers, degree: int, column: int) -> None:
    """Put a column before all others of its degree."""
    after[column] = first[degree]
    before[column] = UNCOLOURED
    if first[degree] >= 0:
        before[first[degree]] = column
    first[degree] = column


@native
def _unlink(first: Integers, after: Integers, before: Integers, degree: int, column: int) -> None:
    """Take a column out of the list of its degree."""
    if before[column] >= 0:
        after[before[column]] = after[column]
    else:
        first[degree] = after[column]
    if after[column] >= 0:
        before[after[column]] = before[column]
