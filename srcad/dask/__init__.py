"""Gradients of sums over chunks of Dask: each chunk where it is, and a tree of sums."""

from srcad.dask.sums import value_and_grad

__all__ = ["value_and_grad"]
