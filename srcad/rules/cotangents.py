"""Functions that return their argument and change what flows back through it.

What flows back from a hook is no product with a partial: `back` says what it is.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import quote
from srcad.rules.rows import DEAR, Row, linear, rule, zero


def _hook(row: Row, back: str) -> Row:
    """Return the row with what flows back; it is done as often as it is written."""
    assert row.prim is not None
    assert row.rule is not None
    return replace(
        row,
        prim=replace(row.prim, pinned=True),
        rule=replace(row.rule, back=quote.parse(back)),
    )


HOOKS = ("clip_cotangent", "print_cotangent")
"""What is gone from a function once its adjoint is there."""

COTANGENTS = (
    zero("stop_gradient(x)", "stop_gradient srcad.stop_gradient", cost=DEAR),
    rule("scale_cotangent(x, c)", "scale_cotangent srcad.scale_cotangent", dx="c"),
    _hook(
        linear(
            "clip_cotangent(x, lo, hi)", "clip_cotangent srcad.clip_cotangent", dx="1", cost=DEAR
        ),
        "clip(flow, lo, hi)",
    ),
    _hook(
        linear("print_cotangent(x)", "print_cotangent srcad.print_cotangent", dx="1", cost=DEAR),
        "flow",
    ),
    linear("shown_cotangent(x)", "shown_cotangent", dx="1", cost=DEAR),
)
