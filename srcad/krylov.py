"""Linear systems whose matrix is the derivative of a function, solved by products alone.

    solve(x, *args, b)      (df/dx)^-1 b, for the sign and the shift that `product` has

The iterations are loops in the language that srcad accepts, compiled with what calls them. They are
not differentiated: the pair of a solve and the one with the transpose has rules,

    u = M^-1 b      b_bar = M^-T u_bar      (x, args)_bar = -(the pullback of M u by x, args)(b_bar)

so that derivatives of every order solve systems of the same kind (Griewank & Walther 2008, ch. 15).
CG: Hestenes & Stiefel 1952, for symmetric definite matrices. GMRES: Saad & Schultz 1986, with
restarts, for all others.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from srcad.custom import custom_vjp
from srcad.frontend.syntax.made import made_function
from srcad.operators.products import adjoint, tangent

RULE = """\
def fwd(x, {args}b):
    u = solve(x, {args}b)
    return u, (x, {args}u)

def bwd(kept, u_bar):
    x, {args}u = kept
    b_bar = other(x, {args}u_bar)
    _, bars = pulled(x, {args}u, -b_bar)
    return (*bars, b_bar)
"""

SYMMETRIC = """\
def fwd(x, {args}b):
    u = solve(x, {args}b)
    return u, (x, {args}u)

def bwd(kept, u_bar):
    x, {args}u = kept
    b_bar = solve(x, {args}u_bar)
    _, ({bars}back) = pulled(x, {args}u, -b_bar)
    eps = np.nextafter(np.ones(1, u.dtype), np.full(1, 2.0, u.dtype))[0] - 1.0
    left, size = np.sqrt(np.sum((back + u_bar) ** 2)), np.sqrt(np.sum(u_bar**2))
    if not left <= max({tol!r}, 64.0 * eps) * 1e4 * size:
        raise RuntimeError("{name}: the matrix is not symmetric, as CG needs; take 'gmres'")
    return {bars}b_bar
"""

CG = """\
def cg(x, {args}b):
    n = b.size
    one = np.ones(1, b.dtype)
    eps = np.float64(np.nextafter(one, 2.0 * one)[0] - one[0])
    right = np.reshape(b, n).astype(np.float64)
    floor = max({tol!r}, 64.0 * eps) * np.sqrt(np.sum(right * right))
    found, r, p = np.zeros(n), right.copy(), right.copy()
    rho = np.sum(r * r)
    for _ in range({most} * n):
        if np.sqrt(rho) <= floor:
            break
        v = np.reshape(p, b.shape).astype(b.dtype)
        q = np.reshape(product(x, {args}v), n).astype(np.float64)
        step = rho / np.sum(p * q)
        found = found + step * p
        r = r - step * q
        rho_before = rho
        rho = np.sum(r * r)
        p = r + (rho / rho_before) * p
    if not np.sqrt(rho) <= floor:
        raise RuntimeError("{name}: CG does not converge; is the matrix symmetric and definite?")
    return np.reshape(found, b.shape).astype(b.dtype)
"""

GMRES = """\
def gmres(x, {args}b):
    n = b.size
    m = min(n, {restart})
    one = np.ones(1, b.dtype)
    eps = np.float64(np.nextafter(one, 2.0 * one)[0] - one[0])
    right = np.reshape(b, n).astype(np.float64)
    floor = max({tol!r}, 64.0 * eps) * np.sqrt(np.sum(right * right))
    found, r = np.zeros(n), right.copy()
    size = np.sqrt(np.sum(r * r))
    basis, h, g = np.zeros((m + 1, n)), np.zeros((m + 1, m)), np.zeros(m + 1)
    cosines, sines, y = np.zeros(m), np.zeros(m), np.zeros(m)
    for _ in range({most}):
        if size <= floor:
            break
        basis[0] = r / size
        g[:] = 0.0
        g[0] = size
        count = 0
        for j in range(m):
            v = np.reshape(basis[j], b.shape).astype(b.dtype)
            w = np.reshape(product(x, {args}v), n).astype(np.float64)
            for i in range(j + 1):
                h[i, j] = np.sum(basis[i] * w)
                w = w - h[i, j] * basis[i]
            length = np.sqrt(np.sum(w * w))
            for i in range(j):
                above, below = h[i, j], h[i + 1, j]
                h[i, j] = cosines[i] * above + sines[i] * below
                h[i + 1, j] = cosines[i] * below - sines[i] * above
            diagonal = np.hypot(h[j, j], length)
            if diagonal == 0.0:
                break
            cosines[j], sines[j] = h[j, j] / diagonal, length / diagonal
            h[j, j] = diagonal
            g[j + 1] = -sines[j] * g[j]
            g[j] = cosines[j] * g[j]
            count = j + 1
            if abs(g[count]) <= floor or length == 0.0:
                break
            basis[count] = w / length
        for back in range(count):
            i = count - 1 - back
            total = g[i]
            for j in range(i + 1, count):
                total -= h[i, j] * y[j]
            y[i] = total / h[i, i]
        for i in range(count):
            found = found + y[i] * basis[i]
        v = np.reshape(found, b.shape).astype(b.dtype)
        r = right - np.reshape(product(x, {args}v), n).astype(np.float64)
        before = size
        size = np.sqrt(np.sum(r * r))
        if not size < 0.99 * before:
            break
    if not size <= {slack!r} * floor:
        raise RuntimeError("{name}: GMRES does not converge; is the matrix singular?")
    return np.reshape(found, b.shape).astype(b.dtype)
"""

METHODS = {"cg": CG, "gmres": GMRES}
RESTART = 60
"""The number of vectors that GMRES keeps."""
MOST = {"cg": 20, "gmres": 200}
"""The most steps of CG for each unknown, and the most restarts of GMRES."""
SLACK = 1e3
"""By how much the residual itself may be above the estimate that ends a cycle."""


def solves(
    f: Any, count: int, method: str, name: str, *, is_fixed: bool, tol: float = 1e-12
) -> custom_vjp:
    """Return `solve(x, *args, b)` for the matrix -df/dx, or 1 - df/dx where `is_fixed`.

    f: a function of `count` arguments, the first of which is `x`. method: "cg" or "gmres".
    name: of the operator that messages name.
    Raises RuntimeError, when it is called, where the iteration does not come to its end.
    """
    args = "".join(f"arg_{k}, " for k in range(count - 1))
    ahead = _product(args, tangent(f, 0), is_fixed=is_fixed)
    options = {"args": args, "tol": tol, "name": name, "most": MOST[method], "restart": RESTART}
    text = METHODS[method].format(slack=SLACK, **options)
    solve = custom_vjp(_made(text, method, {"product": ahead}))
    if method == "cg":  # the matrix is its own transpose, which is looked at
        options["bars"] = "".join(f"bar_{k}, " for k in range(count))
        space = {"np": np, "solve": solve, "pulled": adjoint(ahead, tuple(range(count + 1)))}
        _give(solve, SYMMETRIC.format(**options), space)
        return solve
    back = _product(args, adjoint(f, 0), is_fixed=is_fixed)
    other = custom_vjp(_made(text, method, {"product": back}))
    for one, transposed, along in ((solve, other, ahead), (other, solve, back)):
        pulled = adjoint(along, tuple(range(count)))
        space = {"solve": one, "other": transposed, "pulled": pulled}
        _give(one, RULE.format(args=args), space)
    return solve


def _product(args: str, along: Any, *, is_fixed: bool) -> FunctionType:
    """Return the product of the matrix, or of its transpose, with an array."""
    text = (
        f"def product(x, {args}v):\n"
        f"    _, found = along(x, {args}v)\n"
        f"    return {'v - ' if is_fixed else '-'}found\n"
    )
    return _made(text, "product", {"along": along})


def _give(solve: custom_vjp, text: str, space: dict[str, Any]) -> None:
    """Give a solve its rule."""
    solve.defvjp(_made(text, "fwd", space), _made(text, "bwd", space))


def _made(text: str, name: str, space: dict[str, Any]) -> FunctionType:
    return made_function(text, name, {"np": np, **space})
