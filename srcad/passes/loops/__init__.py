"""Loops as an expert writes them: fused, hoisted, sums in scalars, neighbours in one sum."""
