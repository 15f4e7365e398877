"""Sparse Hessians in a constrained problem: how a chain of links of one length hangs."""

import numpy as np
from scipy.optimize import minimize

import srcad

WIDTH = 2.0


def energy(z, weight):
    """Return the potential energy: z has x and y of each inner joint in turn."""
    total = 0.0
    for k in range(z.size // 2):
        total += weight * z[2 * k + 1]
    return total


def lengths(z):
    """Return the squared length of each link, from (0, 0) to (WIDTH, 0)."""
    links = z.size // 2 + 1
    out = np.empty(links)
    x, y = 0.0, 0.0
    for k in range(links):
        if k < links - 1:
            x_next, y_next = z[2 * k], z[2 * k + 1]
        else:
            x_next, y_next = WIDTH, 0.0
        out[k] = (x_next - x) ** 2 + (y_next - y) ** 2
        x, y = x_next, y_next
    return out


def main(joints=60, iterations=400):
    links = joints + 1
    length = 3.0 / links
    x = np.linspace(0.0, WIDTH, links + 1)[1:-1]
    start = np.column_stack((x, 0.5 * x * (x - WIDTH))).ravel()
    s, c = srcad.as_scipy(energy, sparse=True), srcad.as_scipy(lengths, sparse=True)
    found = minimize(
        s.fun,
        start,
        args=(1.0 / joints,),
        jac=s.jac,
        hess=s.hess,
        method="trust-constr",
        constraints=[c.constraint(length**2, length**2)],
        options={"gtol": 1e-7, "maxiter": iterations},
    )
    hessian = c.hess(found.x, np.ones(links))
    share = hessian.nnz / (2 * joints) ** 2
    print(f"lowest point {found.x[1::2].min():.4f}, a catenary hangs to {catenary(3.0):.4f}")
    print(f"links differ from their length by at most {found.constr_violation:.0e}")
    print(f"Hessian of the constraints: {hessian.nnz} elements, {share:.1%} of a dense one")
    return found.x.reshape(-1, 2), hessian


def catenary(length):
    """Return how low a chain of this length hangs, by bisection of a*sinh(1/a)."""
    low, high = 0.1, 10.0
    for _ in range(60):
        a = 0.5 * (low + high)
        low, high = (a, high) if 2.0 * a * np.sinh(0.5 * WIDTH / a) > length else (low, a)
    return a * (1.0 - np.cosh(0.5 * WIDTH / a))


PANELS = 2


def draw(axes, found):
    joints, hessian = found
    chain = np.vstack(([0.0, 0.0], joints, [WIDTH, 0.0]))
    axes[0].plot(*chain.T, "o-", markersize=2)
    axes[0].set_aspect("equal")
    axes[1].spy(hessian[:24, :24], markersize=4)
    axes[1].set_title("Hessian: the first 24 rows")


if __name__ == "__main__":
    main()
