"""Operations on whole arrays: the pass `scalarise` turns them into loops."""

from __future__ import annotations

from srcad.rules.rows import CHEAP, ROOT, prim, rule

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin", "any", "all")
"""(x) static=(axes, keepdims): axes is a tuple, never negative."""

VIEWS = ("expand_dims", "transpose", "flip", "squeeze", "broadcast_to")
"""(x) static=(axes,); broadcast_to(x, *shape)."""

WHOLES = (
    prim("sum", "np.sum", cost=ROOT),
    prim("prod", "np.prod", cost=ROOT),
    prim("mean", "np.mean", cost=ROOT),
    prim("amax", "np.max", cost=ROOT),
    prim("amin", "np.min", cost=ROOT),
    prim("any", "np.any", cost=ROOT),
    prim("all", "np.all", cost=ROOT),
    prim("expand_dims", "np.expand_dims"),
    prim("transpose", "np.transpose"),
    prim("flip", "np.flip"),
    prim("squeeze", "np.squeeze"),
    prim("broadcast_to", "np.broadcast_to"),
    prim("common_extent", "common_extent"),
    prim("wider_extent", "wider_extent"),
    prim("extents_clash", "extents_clash"),
    prim("axis_step", "axis_step"),
    prim("along", "along"),
    prim("lanes_at", "lanes_at"),
    prim("spread", "spread"),
    prim("chosen", "chosen"),
    prim("same_memory", "same_memory"),
    prim("promoted", "np.result_type"),
    prim("result_type", "np.result_type"),
    prim("cast_like", "cast_like"),
    rule("tied(m, total, count)", "tied", dtotal="1 / count", cost=CHEAP),
)
