"""Patterns as values: made from matrices, compared, shown."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
import scipy.sparse

from srcad.sparse.pattern import Pattern

DENSE = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]], dtype=float)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d,
        lambda d: d != 0,
        np.ndarray.tolist,
        scipy.sparse.csr_array,
        scipy.sparse.csc_array,
        scipy.sparse.coo_matrix,
        scipy.sparse.lil_array,
        Pattern.from_sparse,
    ],
)
def test_a_pattern_is_made_of_any_matrix(make):
    """Whatever holds a matrix has the same pattern."""
    pattern = Pattern.from_sparse(make(DENSE))
    assert pattern.indptr.dtype == pattern.indices.dtype == np.int64
    assert pattern.indptr.tolist() == [0, 2, 2, 4]
    assert pattern.indices.tolist() == [1, 3, 0, 3]
    assert (pattern.shape, pattern.nnz) == ((3, 4), 4)
    assert np.array_equal(pattern.toarray(), DENSE != 0)
    assert np.array_equal(pattern.tocsr().toarray(), DENSE != 0)
    assert np.array_equal(pattern.transposed().toarray(), DENSE.T != 0)


def test_stored_zeros_are_in_the_pattern():
    """What SciPy stores is structure, whatever its value."""
    matrix = scipy.sparse.coo_array(([0.0, 1.0, -1.0], ([1, 0, 0], [0, 1, 1])), shape=(2, 2))
    assert Pattern.from_sparse(matrix) == Pattern.from_pairs((2, 2), [0, 1], [1, 0])


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_patterns_without_elements(shape):
    """Empty matrices have patterns, texts and pictures."""
    pattern = Pattern.from_sparse(np.zeros(shape))
    assert pattern == Pattern.from_pairs(shape, [], [])
    assert pattern.nnz == 0
    assert str(pattern).startswith(f"{shape[0]} x {shape[1]}, 0 nonzeros")
    ET.fromstring(pattern._repr_svg_())


def test_what_is_no_matrix_is_refused():
    """One or three dimensions, and elements outside, are errors."""
    for wrong in (np.ones(3), np.ones((1, 1, 1)), None):
        with pytest.raises(TypeError, match="two dimensions"):
            Pattern.from_sparse(wrong)
    for rows, columns in (([2], [0]), ([0], [2]), ([-1], [0])):
        with pytest.raises(IndexError, match="outside its shape"):
            Pattern.from_pairs((2, 2), rows, columns)


def test_patterns_are_compared_by_elements():
    """Equal patterns are equal, whatever they were made of."""
    assert Pattern.from_sparse(DENSE) == Pattern.from_sparse(scipy.sparse.csr_array(DENSE))
    assert hash(Pattern.from_sparse(DENSE)) == hash(Pattern.from_sparse(DENSE != 0))
    assert Pattern.from_sparse(DENSE) != Pattern.from_sparse(DENSE.T)
    assert Pattern.from_sparse(DENSE) != "pattern"


def test_the_text_is_a_picture():
    """Small ones element by element, large ones by blocks."""
    assert str(Pattern.from_sparse(DENSE)) == "3 x 4, 4 nonzeros\n. x . x\n. . . .\nx . . x"
    lines = str(Pattern.from_sparse(scipy.sparse.eye_array(1000))).splitlines()
    assert lines[0] == "1000 x 1000, 1000 nonzeros, each character a block of 32 x 16"
    assert len(lines) == 33
    assert lines[1].split() == [":"] * 2 + ["."] * 61


@pytest.mark.parametrize("size", [3, 1000])
def test_the_picture_is_small_and_valid(size):
    """A large pattern is drawn by blocks."""
    text = Pattern.from_sparse(scipy.sparse.eye_array(size))._repr_svg_()
    assert len(text) < 10_000
    ET.fromstring(text)
