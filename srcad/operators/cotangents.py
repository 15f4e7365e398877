"""Functions that return their argument and change what flows back through it."""

from srcad.backend.cotangents import (
    clip_cotangent,
    print_cotangent,
    scale_cotangent,
    stop_gradient,
)

__all__ = ["clip_cotangent", "print_cotangent", "scale_cotangent", "stop_gradient"]
