"""The pattern of a sparse matrix: which of its elements may be other than zero."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from srcad import pictures

Integers = npt.NDArray[np.int64]

MOST_CODES = 1 << 62
"""Matrices with fewer elements have them numbered."""

TEXT_SIZE = 32, 64
"""How many rows and columns the text picture has at most."""

SVG_SIZE = 200
"""How many rows and columns the picture has at most."""

SHADES = ".:+#"
"""No, few, many, all elements of a block."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Which elements of a matrix may be other than zero, row by row (CSR without values).

    shape: rows and columns.
    indptr, indices: int64; the columns of row `i` are `indices[indptr[i]:indptr[i + 1]]`,
        sorted, each once.

    Printed, it is a picture of characters; notebooks show it as an image, and `plot` draws it.
    """

    shape: tuple[int, int]
    indptr: Integers
    indices: Integers

    @classmethod
    def from_sparse(cls, matrix: Any) -> Pattern:
        """Return the pattern of a matrix.

        matrix: a two-dimensional array, whose elements other than zero count; a sparse array
            of SciPy, whose stored elements count, zeros too; or a `Pattern`.
        Raises TypeError for anything else.

        >>> import numpy as np
        >>> from srcad.sparse.pattern import Pattern
        >>> print(Pattern.from_sparse(np.eye(3)))
        3 x 3, 3 nonzeros
        x . .
        . x .
        . . x
        """
        if isinstance(matrix, Pattern):
            return matrix
        if hasattr(matrix, "tocoo"):
            found = matrix.tocoo()
            if len(found.shape) == 2:
                return cls.from_pairs(found.shape, found.row, found.col)
        elif np.ndim(matrix) == 2:
            dense = np.asarray(matrix)
            return cls.from_pairs(dense.shape, *np.nonzero(dense))
        message = f"a pattern is made of a matrix with two dimensions, got {matrix!r}"
        raise TypeError(message)

    @classmethod
    def from_pairs(
        cls, shape: tuple[int, int], rows: npt.ArrayLike, columns: npt.ArrayLike
    ) -> Pattern:
        """Return the pattern with these elements, in any order, each as often as it likes.

        Raises IndexError for elements outside the matrix.
        """
        row, column = (np.asarray(part, dtype=np.int64).ravel() for part in (rows, columns))
        height, width = (int(n) for n in shape)
        for name, part, size in (("row", row, height), ("column", column, width)):
            if part.size and not (part.min() >= 0 and part.max() < size):
                message = f"a {name} of the pattern is outside its shape {shape}"
                raise IndexError(message)
        if height * width < MOST_CODES:
            codes = row * width + column
            if np.any(codes[1:] < codes[:-1]):
                row, column = np.divmod(np.sort(codes), max(width, 1))
        else:
            order = np.lexsort((column, row))
            row, column = row[order], column[order]
        if row.size:
            is_new = np.ones(row.size, dtype=bool)
            is_new[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
            row, column = row[is_new], column[is_new]
        indptr = np.zeros(height + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=height), out=indptr[1:])
        return cls((height, width), indptr, np.ascontiguousarray(column))

    @property
    def nnz(self) -> int:
        """How many elements may be other than zero."""
        return int(self.indices.size)

    def rows(self) -> Integers:
        """Return the row of each element, beside `indices`, its column."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(self.indptr))

    def transposed(self) -> Pattern:
        """Return the pattern with rows and columns exchanged."""
        height, width = self.shape
        return Pattern.from_pairs((width, height), self.indices, self.rows())

    def toarray(self) -> npt.NDArray[np.bool_]:
        """Return the pattern as an array of booleans."""
        dense = np.zeros(self.shape, dtype=np.bool_)
        dense[self.rows(), self.indices] = True
        return dense

    def tocsr(self) -> Any:
        """Return the pattern as `scipy.sparse.csr_array` of booleans, all true."""
        sparse = importlib.import_module("scipy.sparse")  # takes long
        parts = np.ones(self.nnz, dtype=np.bool_), self.indices, self.indptr
        return sparse.csr_array(parts, shape=self.shape)

    def plot(self, axes: Any = None) -> Any:
        """Draw the pattern; return the axes.

        axes: of matplotlib; None for a new figure. Raises ImportError without matplotlib.
        """
        _, shades = self._shades(SVG_SIZE, SVG_SIZE)
        return pictures.pattern(axes, shades, self.shape, self.nnz)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Pattern)
            and self.shape == other.shape
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.nnz))

    def __str__(self) -> str:
        """Return the size, and a picture: a character for each element, or for a block of them."""
        height, width = self.shape
        lines = [f"{height} x {width}, {self.nnz} nonzeros"]
        block, shades = self._shades(*TEXT_SIZE)
        characters = SHADES
        if block == (1, 1):
            characters = SHADES[0] + 3 * "x"
        else:
            lines[0] += f", each character a block of {block[0]} x {block[1]}"
        lines += [" ".join(characters[k] for k in row) for row in shades] if width else []
        return "\n".join(lines)

    def __repr__(self) -> str:
        height, width = self.shape
        return f"Pattern({height} x {width}, {self.nnz} nonzeros)"

    def _repr_svg_(self) -> str:
        """Return the picture that notebooks show."""
        _, shades = self._shades(SVG_SIZE, SVG_SIZE)
        height, width = shades.shape
        scale = max(1, min(12, 400 // max(height, width, 1)))
        paths = []
        for shade, opacity in ((1, 0.35), (2, 0.65), (3, 1.0)):
            squares = _squares(shades == shade)
            if squares:
                paths.append(f'<path fill-opacity="{opacity}" d="{squares}"/>')
        line = 1 / scale
        size = f'width="{width * scale + 2}" height="{height * scale + 2}"'
        box = f"{-line:g} {-line:g} {width + 2 * line:g} {height + 2 * line:g}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}">'
            f"<title>{self!r}</title>"
            f'<rect width="{width}" height="{height}" fill="white" stroke="gray"'
            f' stroke-width="{line:g}"/><g fill="#1f3b6f">{"".join(paths)}</g></svg>'
        )

    def _shades(self, most_rows: int, most_columns: int) -> tuple[tuple[int, int], Integers]:
        """Return the sizes of a block, and how full each one is (0 none, 3 all)."""
        height, width = self.shape
        down = max(1, -(-height // most_rows))
        across = max(1, -(-width // most_columns))
        rows, columns = -(-height // down), -(-width // across)
        at = (self.rows() // down) * columns + self.indices // across
        counts = np.bincount(at, minlength=rows * columns).reshape(rows, columns)
        tall = np.minimum(down, height - down * np.arange(rows))
        wide = np.minimum(across, width - across * np.arange(columns))
        areas = tall[:, None] * wide[None, :]
        shades = (counts > 0).astype(np.int64) + (2 * counts > areas) + (counts == areas)
        return (down, across), np.where(counts == 0, 0, np.minimum(shades, 3))


def _squares(dots: npt.NDArray[np.bool_]) -> str:
    """Return the path around the squares that are set, neighbours in a row as one."""
    height, width = dots.shape
    edges = np.zeros((height, width + 2), dtype=np.int8)
    edges[:, 1:-1] = dots
    steps = np.diff(edges, axis=1)
    starts, ends = np.nonzero(steps == 1), np.nonzero(steps == -1)
    return "".join(
        f"M{x} {y}h{end - x}v1h{x - end}z" for y, x, end in zip(*starts, ends[1], strict=True)
    )
