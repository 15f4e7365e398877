"""Operations on sets of numbers and on bounds of integers, which find patterns of derivatives.

They are in `backend.index_sets` and `backend.spans`.
"""

from __future__ import annotations

from srcad.rules.rows import ROOT, prim

FAR = 1 << 31
"""The bound of integers that have none."""

ADD, SUB, MUL, FLOORDIV, MOD = range(5)
"""What `least` and `most` are the bounds of."""

SETS = (
    prim("union", "union", arity=3, cost=ROOT),
    prim("grow", "grow", arity=3, cost=ROOT),
    prim("meet", "meet", arity=4, cost=ROOT),
    prim("least", "least", arity=5),
    prim("most", "most", arity=5),
    prim("surely_less", "surely_less", arity=2),
    prim("surely_at_most", "surely_at_most", arity=2),
    prim("span_first", "span_first", arity=3),
    prim("span_stop", "span_stop", arity=3),
)
