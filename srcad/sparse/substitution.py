"""How a symmetric matrix is found from an acyclic colouring: by substitution.

The columns of a colour add up in one column of the compressed matrix B. Where vertex `i` has one
neighbour `j` of a colour, that element is B[i, colour of j]. It is taken out of the sum for `j`,
B[j, colour of i], and so on, from the leaves of each tree of two colours to the last edge.
(Gebremedhin, Manne, Pothen, SIAM Review 47 (2005), section 4.3.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from srcad.sparse.colouring import edge_numbers
from srcad.sparse.native import native
from srcad.sparse.pattern import Integers

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Substitution:
    """What is read off the compressed matrix, in this order.

    source: the number of each element, of the diagonal or one of a pair, in the compressed
    matrix, `colours * row + colour`. taken: the number of the sum that it is taken out of, -1 for
    the diagonal. row, column: of the element. target, mirror: the places of both elements of a
    pair in the data.
    """

    source: Integers
    taken: Integers
    row: Integers
    column: Integers
    target: Integers
    mirror: Integers

    @property
    def count(self) -> int:
        """How many elements the matrix has."""
        return self.source.size + int(np.count_nonzero(self.taken >= 0))

    @property
    def arrays(self) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
        """Return the arrays, as compiled code takes them."""
        return self.source, self.taken, self.row, self.column, self.target, self.mirror


def substitution(
    indptr: Integers, indices: Integers, colours: Integers, count: int, places: Integers
) -> Substitution:
    """Return the order of substitution of a symmetric pattern with an acyclic colouring.

    places: where each element, row by row, stands in the data.
    """
    edges, edge_count = edge_numbers(indptr, indices)
    source, taken, target, mirror = _steps(
        indptr, indices, edges, edge_count, colours, count, places
    )
    row = source // max(count, 1)
    column = np.where(taken < 0, row, taken // max(count, 1))
    return Substitution(source, taken, row, column, target, mirror)


@native
def _steps(
    indptr: Integers,
    indices: Integers,
    edges: Integers,
    edge_count: int,
    colours: Integers,
    count: int,
    places: Integers,
) -> tuple[Integers, Integers, Integers, Integers]:
    """Return the arrays of `Substitution`, but for rows and columns."""
    diagonal = np.empty(indptr.size - 1, np.int64)
    steps = 0
    for i in range(indptr.size - 1):
        for k in range(indptr[i], indptr[i + 1]):
            if indices[k] == i:
                diagonal[steps] = k
                steps += 1
    ends, both, left, unknown = _sums(indptr, indices, edges, edge_count, colours, count, places)
    total = steps + edge_count
    source, taken = np.empty(total, np.int64), np.full(total, -1)
    target, mirror = np.empty(total, np.int64), np.empty(total, np.int64)
    for k in range(steps):
        vertex = indices[diagonal[k]]
        source[k] = vertex * count + colours[vertex]
        target[k] = mirror[k] = places[diagonal[k]]
    ready = np.empty(2 * edge_count, np.int64)
    first, last = 0, 0
    for sum_ in range(left.size):
        if left[sum_] == 1:
            ready[last] = sum_
            last += 1
    while first < last:
        sum_ = ready[first]
        first += 1
        if left[sum_] == 0:  # the last edge of a tree is ready from both sides
            continue
        edge = unknown[sum_]
        i = sum_ // count
        j = ends[edge, 0] + ends[edge, 1] - i
        other = j * count + colours[i]
        source[steps], taken[steps] = sum_, other
        target[steps], mirror[steps] = both[edge]
        steps += 1
        left[sum_] = 0
        left[other] -= 1
        unknown[other] ^= edge
        if left[other] == 1:
            ready[last] = other
            last += 1
    assert steps == total  # else the colouring is not acyclic
    return source, taken, target, mirror


@native
def _sums(
    indptr: Integers,
    indices: Integers,
    edges: Integers,
    edge_count: int,
    colours: Integers,
    count: int,
    places: Integers,
) -> tuple[Integers, Integers, Integers, Integers]:
    """Return what each sum of the compressed matrix consists of.

    These are the vertices of each edge, its places in the data, and for each vertex and colour
    how many neighbours of this colour are not known, and the exclusive or of their edges.
    """
    ends = np.empty((edge_count, 2), np.int64)
    both = np.empty((edge_count, 2), np.int64)
    left = np.zeros((indptr.size - 1) * count, np.int64)
    unknown = np.zeros(left.size, np.int64)
    for i in range(indptr.size - 1):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            if i != j:
                side = 0 if i < j else 1
                ends[edges[k], side] = i
                both[edges[k], side] = places[k]
                left[i * count + colours[j]] += 1
                unknown[i * count + colours[j]] ^= edges[k]
    return ends, both, left, unknown


@native
def substitute(
    compressed: npt.NDArray[np.float64],
    size: int,
    eps: float,
    source: Integers,
    taken: Integers,
    row: Integers,
    column: Integers,
    target: Integers,
    mirror: Integers,
    data: npt.NDArray[np.float64],
) -> bool:
    """Write the elements of the matrix; the sums in `compressed` are used up.

    size: of the matrix. eps: the unit of rounding. Return whether the elements are what they would
    be if read off: what is taken out of a sum leaves its rounding error behind, which may be
    larger than the other elements. It is compared with the largest element of the row or of the
    column, whichever is smaller.
    """
    errors, largest = np.zeros(compressed.size), np.zeros(size)
    for k in range(source.size):
        element = compressed[source[k]]
        data[target[k]] = element
        data[mirror[k]] = element
        length = abs(element)
        largest[row[k]] = max(largest[row[k]], length)
        largest[column[k]] = max(largest[column[k]], length)
        if taken[k] >= 0:
            errors[taken[k]] += errors[source[k]] + eps * length
            compressed[taken[k]] -= element
    limit = np.sqrt(eps)
    for k in range(source.size):
        least = min(largest[row[k]], largest[column[k]])
        if not errors[source[k]] <= min(limit * least, LARGEST):
            return False
    return True
