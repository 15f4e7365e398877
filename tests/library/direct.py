"""Functions of the library called as plain Python, compared with those of NumPy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.library.grid import difference, outcome, strong


def apart(ours: Callable[..., Any], theirs: Callable[..., Any], *args: Any, **options: Any) -> str:
    """Return how the results, exceptions or written arguments of two functions differ."""
    given, other = copy.deepcopy(args), copy.deepcopy(args)
    got = outcome(lambda *a: ours(*a, **options), _typed(given))
    expected = outcome(lambda *a: theirs(*a, **options), _typed(other))
    if got is None and expected is None:
        return difference(given[0], other[0])
    written = [[a for a in some if isinstance(a, np.ndarray)] for some in (given, other)]
    return difference(got, expected) or difference(*written)


def _typed(args: tuple[Any, ...]) -> list[Any]:
    """Return arguments whose numbers have a type; tuples and words are as they are."""
    return [a if a is None or isinstance(a, tuple | str) else strong((a,))[0] for a in args]
