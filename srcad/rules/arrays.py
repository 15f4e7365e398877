"""Makers of arrays and facts about them: known to the passes, without partials."""

from __future__ import annotations

from srcad.rules.rows import ROOT, prim

ARRAYS = (
    prim("zeros", "np.zeros", cost=ROOT),
    prim("ones", "np.ones", cost=ROOT),
    prim("empty", "np.empty", cost=ROOT),
    prim("full", "np.full", cost=ROOT),
    prim("zeros_like", "np.zeros_like", cost=ROOT),
    prim("ones_like", "np.ones_like", cost=ROOT),
    prim("empty_like", "np.empty_like", cost=ROOT),
    prim("full_like", "np.full_like", cost=ROOT),
    prim("copy", "copy np.copy", cost=ROOT),
    prim("shape", "shape"),
    prim("size", "size np.size"),
    prim("ndim", "ndim np.ndim"),
    prim("len", "len"),
    prim("trips", "trips", arity=3, cost=ROOT),
    prim("grown", "grown", arity=2, cost=ROOT),
    prim("grown_list", "grown_list", arity=2, cost=ROOT),
    prim("list_extent", "list_extent", arity=1),
    prim("overlaps", "overlaps", arity=2, cost=ROOT),
    prim("folded", "folded", cost=ROOT),
    prim("cleared", "cleared", cost=ROOT),
    prim("copied_into", "copied_into", arity=2, cost=ROOT),
    prim("added_into", "added_into", arity=2, cost=ROOT),
    prim("outside", "outside", arity=2),
    prim("overflows", "overflows", arity=2),
    prim("span_outside", "span_outside", arity=3),
)
