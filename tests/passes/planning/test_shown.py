"""The diagnostics show what a plan keeps, beside what is kept."""

import io
import math

import numpy as np

import srcad


@srcad.differentiate
def steps(x, n):
    s = x[0]
    for i in range(n):
        s = math.sin(s) * x[i]
    return s


def text_of(func, args, level):
    """Return the diagnostics of a level."""
    out = io.StringIO()
    func.adjoint_diagnostics(args, level=level, file=out)
    return out.getvalue()


def test_a_plan_is_shown_after_what_is_kept_and_says_that_it_is_not_followed():
    args = (np.ones(3), 3)
    kept = text_of(steps, args, 2)
    found = text_of(steps, args, 3)
    assert found.startswith(kept.rstrip())
    assert "which this derivative does not follow yet" in found
    assert "stored, 8*max(n, 0) = 8,000 bytes; computed again: 8,000 operations" in found


def test_the_other_choice_and_loops_that_are_swept_once_are_shown():
    @srcad.differentiate
    def nearest(p, c):
        cost = 0.0
        for i in range(p.shape[0]):
            best = np.inf
            for j in range(c.shape[0]):
                best = min(best, (p[i] - c[j]) ** 2)
            cost += best
        return cost

    found = text_of(nearest, (np.ones(3), np.ones(2)), 3)
    assert "swept once; kept for one iteration:" in found
    assert "stored, c.shape[0] = 1,000 bytes; computed again: 1,000 operations" in found
