"""Programs of any length, to see how the time of a first call grows."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from typing import Any


def straight(count: int) -> Callable[..., Any]:
    """Return a function of two floats with `count` statements."""
    steps = (f"{'yx'[k % 2]} = x * y + {0.1 * (k % 7):.1f} * x" for k in range(count))
    return defined(f"straight_{count}", "x, y", (*steps, "return x + y"))


def loops(count: int) -> Callable[..., Any]:
    """Return a function of one array with `count` loops, one after the other."""
    lines = ["y = np.zeros(x.size)", "s = 1.0"]
    for k in range(count):
        lines += ["for i in range(1, x.size):"]
        lines += [f"    y[i] = y[i - 1] * x[i] + {0.1 * (k % 7):.1f} * s", "    s += y[i] * 0.01"]
    return defined(f"loops_{count}", "x", (*lines, "return s"))


def calls(count: int) -> Callable[..., Any]:
    """Return a function of one array that calls `count` different helpers."""
    import math

    import numba

    known: dict[str, object] = {}
    lines = ["s = 1.0"]
    for k in range(count):
        body = ("t = 0.0", "for i in range(x.size):", f"    t += math.sin(x[i] * s + {k}.0)")
        helper = defined(f"helper_{k}", "x, s", (*body, "return t"), {"math": math})
        known[f"helper_{k}"] = numba.njit(helper)
        lines.append(f"s = helper_{k}(x, s)")
    return defined(f"calls_{count}", "x", (*lines, "return s"), known)


def defined(
    name: str, params: str, body: Iterable[str], known: dict[str, object] | None = None
) -> Callable[..., Any]:
    """Return a function of this text, which Python can show."""
    import numpy as np

    text = f"def {name}({params}):\n" + "".join(f"    {line}\n" for line in body)
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space: dict[str, Any] = {"np": np, "__name__": __name__, **(known or {})}
    exec(compile(text, file, "exec"), space)  # noqa: S102
    made: Callable[..., Any] = space[name]
    return made
