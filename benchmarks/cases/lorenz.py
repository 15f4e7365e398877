"""The Lorenz system by the classical Runge-Kutta method: a long chaotic scalar loop."""

import numpy as np

from benchmarks.case import Args, Case


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    for _ in range(steps):
        k1x = sigma * (y - x)
        k1y = x * (rho - z) - y
        k1z = x * y - beta * z
        ax = x + 0.5 * dt * k1x
        ay = y + 0.5 * dt * k1y
        az = z + 0.5 * dt * k1z
        k2x = sigma * (ay - ax)
        k2y = ax * (rho - az) - ay
        k2z = ax * ay - beta * az
        bx = x + 0.5 * dt * k2x
        by = y + 0.5 * dt * k2y
        bz = z + 0.5 * dt * k2z
        k3x = sigma * (by - bx)
        k3y = bx * (rho - bz) - by
        k3z = bx * by - beta * bz
        cx = x + dt * k3x
        cy = y + dt * k3y
        cz = z + dt * k3z
        k4x = sigma * (cy - cx)
        k4y = cx * (rho - cz) - cy
        k4z = cx * cy - beta * cz
        x += dt / 6.0 * (k1x + 2.0 * (k2x + k3x) + k4x)
        y += dt / 6.0 * (k1y + 2.0 * (k2y + k3y) + k4y)
        z += dt / 6.0 * (k1z + 2.0 * (k2z + k3z) + k4z)
    return x * x + y * y + z * z


def lorenz_by_hand(x, y, z, sigma, rho, beta, dt, steps):
    xs = np.empty(steps)
    ys = np.empty(steps)
    zs = np.empty(steps)
    half = 0.5 * dt
    sixth = dt / 6.0
    for t in range(steps):
        xs[t] = x
        ys[t] = y
        zs[t] = z
        k1x = sigma * (y - x)
        k1y = x * (rho - z) - y
        k1z = x * y - beta * z
        ax = x + half * k1x
        ay = y + half * k1y
        az = z + half * k1z
        k2x = sigma * (ay - ax)
        k2y = ax * (rho - az) - ay
        k2z = ax * ay - beta * az
        bx = x + half * k2x
        by = y + half * k2y
        bz = z + half * k2z
        k3x = sigma * (by - bx)
        k3y = bx * (rho - bz) - by
        k3z = bx * by - beta * bz
        cx = x + dt * k3x
        cy = y + dt * k3y
        cz = z + dt * k3z
        k4x = sigma * (cy - cx)
        k4y = cx * (rho - cz) - cy
        k4z = cx * cy - beta * cz
        x += sixth * (k1x + 2.0 * (k2x + k3x) + k4x)
        y += sixth * (k1y + 2.0 * (k2y + k3y) + k4y)
        z += sixth * (k1z + 2.0 * (k2z + k3z) + k4z)
    value = x * x + y * y + z * z
    x_bar = 2.0 * x
    y_bar = 2.0 * y
    z_bar = 2.0 * z
    sigma_bar = 0.0
    rho_bar = 0.0
    beta_bar = 0.0
    for t in range(steps - 1, -1, -1):
        x = xs[t]
        y = ys[t]
        z = zs[t]
        ax = x + half * (sigma * (y - x))
        ay = y + half * (x * (rho - z) - y)
        az = z + half * (x * y - beta * z)
        bx = x + half * (sigma * (ay - ax))
        by = y + half * (ax * (rho - az) - ay)
        bz = z + half * (ax * ay - beta * az)
        cx = x + dt * (sigma * (by - bx))
        cy = y + dt * (bx * (rho - bz) - by)
        cz = z + dt * (bx * by - beta * bz)
        # fourth stage
        u = sixth * x_bar
        v = sixth * y_bar
        w = sixth * z_bar
        sigma_bar += u * (cy - cx)
        rho_bar += v * cx
        beta_bar -= w * cz
        cx_bar = -u * sigma + v * (rho - cz) + w * cy
        cy_bar = u * sigma - v + w * cx
        cz_bar = -v * cx - w * beta
        # third stage
        u = 2.0 * sixth * x_bar + dt * cx_bar
        v = 2.0 * sixth * y_bar + dt * cy_bar
        w = 2.0 * sixth * z_bar + dt * cz_bar
        sigma_bar += u * (by - bx)
        rho_bar += v * bx
        beta_bar -= w * bz
        bx_bar = -u * sigma + v * (rho - bz) + w * by
        by_bar = u * sigma - v + w * bx
        bz_bar = -v * bx - w * beta
        # second stage
        u = 2.0 * sixth * x_bar + half * bx_bar
        v = 2.0 * sixth * y_bar + half * by_bar
        w = 2.0 * sixth * z_bar + half * bz_bar
        sigma_bar += u * (ay - ax)
        rho_bar += v * ax
        beta_bar -= w * az
        ax_bar = -u * sigma + v * (rho - az) + w * ay
        ay_bar = u * sigma - v + w * ax
        az_bar = -v * ax - w * beta
        # first stage
        u = sixth * x_bar + half * ax_bar
        v = sixth * y_bar + half * ay_bar
        w = sixth * z_bar + half * az_bar
        sigma_bar += u * (y - x)
        rho_bar += v * x
        beta_bar -= w * z
        x_bar += ax_bar + bx_bar + cx_bar - u * sigma + v * (rho - z) + w * y
        y_bar += ay_bar + by_bar + cy_bar + u * sigma - v + w * x
        z_bar += az_bar + bz_bar + cz_bar - v * x - w * beta
    return value, x_bar, y_bar, z_bar, sigma_bar, rho_bar, beta_bar


def _flow(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def arrays(_xp, x, y, z, sigma, rho, beta, dt, steps):
    """Three numbers per step: nothing is left to vectorise."""
    for _ in range(steps):
        s = x, y, z
        k1 = _flow(*s, sigma, rho, beta)
        k2 = _flow(*(a + 0.5 * dt * k for a, k in zip(s, k1, strict=True)), sigma, rho, beta)
        k3 = _flow(*(a + 0.5 * dt * k for a, k in zip(s, k2, strict=True)), sigma, rho, beta)
        k4 = _flow(*(a + dt * k for a, k in zip(s, k3, strict=True)), sigma, rho, beta)
        slopes = zip(s, k1, k2, k3, k4, strict=True)
        x, y, z = (a + dt / 6.0 * (p + 2.0 * (q + r) + t) for a, p, q, r, t in slopes)
    return x * x + y * y + z * z


def in_jax(jnp, x, y, z, sigma, rho, beta, dt, steps):
    from jax import lax

    def flow(s):
        return jnp.array(_flow(*s, sigma, rho, beta))

    def step(s, _):
        k1 = flow(s)
        k2 = flow(s + 0.5 * dt * k1)
        k3 = flow(s + 0.5 * dt * k2)
        k4 = flow(s + dt * k3)
        return s + dt / 6.0 * (k1 + 2.0 * (k2 + k3) + k4), None

    s, _ = lax.scan(step, jnp.array([x, y, z]), None, length=steps)
    return jnp.sum(s * s)


def inputs(steps: int) -> Args:
    return 1.0, 1.0, 1.0, 10.0, 28.0, 8.0 / 3.0, min(1e-2, 10.0 / steps), steps


LORENZ = Case(
    name="lorenz",
    primal=lorenz,
    argnums=(0, 1, 2, 3, 4, 5),
    inputs=inputs,
    sizes={"full": (100_000,), "quick": (2_000,), "tiny": (4,), "eager": (1_000,)},
    hand=lorenz_by_hand,
    arrays=arrays,
    jax=in_jax,
    target=3.5,
    tolerance=1e-7,
    notes=("autograd and torch run 1,000 of the 100,000 steps; their times are scaled",),
)
