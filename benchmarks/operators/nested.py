"""Derivatives inside programs that are differentiated, and the same written for JAX."""

import math

import numpy as np

import srcad


def potential(q):
    """Springs between neighbours, with a quartic part."""
    energy = 0.0
    for i in range(q.size - 1):
        d = q[i + 1] - q[i]
        energy += 0.5 * d * d + 0.25 * d**4
    return energy + 0.5 * q[0] ** 2


def motion(q, end):
    """Verlet's method with the potential's gradient, until a time is reached."""
    x = q.copy()
    v = np.zeros(q.size)
    t = 0.0
    while t < end - 0.005:
        v = v - 0.01 * srcad.grad(potential)(x)
        x = x + 0.01 * v
        t += 0.01
    return np.sum(x * x)


def motion_in_jax(jax, jnp, q, end):
    """JAX goes backward through a fixed number of steps only."""

    def energy(q):
        d = q[1:] - q[:-1]
        return jnp.sum(0.5 * d * d + 0.25 * d**4) + 0.5 * q[0] ** 2

    def step(state, _):
        x, v = state
        v = v - 0.01 * jax.grad(energy)(x)
        return (x + 0.01 * v, v), None

    steps = round(end / 0.01)
    (x, _), _ = jax.lax.scan(step, (q, jnp.zeros_like(q)), None, length=steps)
    return jnp.sum(x * x)


def payoff(y, x, a):
    """A saddle: convex in x, concave in y."""
    return 0.5 * x * x + a * x * y - 0.5 * y * y + 0.1 * math.sin(x * y)


def worst(x, a):
    """The largest payoff over y, by gradient ascent with a convergence test."""
    y = 0.0
    g = srcad.grad(payoff)(y, x, a)
    while abs(g) > 1e-9:
        y += 0.3 * g
        g = srcad.grad(payoff)(y, x, a)
    return payoff(y, x, a)


def best(a):
    """The smallest of the largest payoffs over x, by gradient descent through the ascent."""
    x = 1.0
    g = srcad.jacfwd(worst)(x, a)
    while abs(g) > 1e-7:
        x -= 0.2 * g
        g = srcad.jacfwd(worst)(x, a)
    return worst(x, a) + x


def best_in_jax(jax, jnp, a):
    """Forward mode: JAX cannot go backward through a `while`."""

    def payoff(y, x):
        return 0.5 * x * x + a * x * y - 0.5 * y * y + 0.1 * jnp.sin(x * y)

    def worst(x):
        slope = jax.grad(payoff)
        start = (0.0, slope(0.0, x))
        step = lambda s: (s[0] + 0.3 * s[1], slope(s[0] + 0.3 * s[1], x))  # noqa: E731
        y, _ = jax.lax.while_loop(lambda s: jnp.abs(s[1]) > 1e-9, step, start)
        return payoff(y, x)

    slope = jax.jacfwd(worst)
    step = lambda s: (s[0] - 0.2 * s[1], slope(s[0] - 0.2 * s[1]))  # noqa: E731
    x, _ = jax.lax.while_loop(lambda s: jnp.abs(s[1]) > 1e-7, step, (1.0, slope(1.0)))
    return worst(x) + x


def residual(u, theta, y):
    """What Newton's method solves for the latent value of one observation."""
    return u + theta[0] * u**3 + theta[1] * math.tanh(u) - y


def likelihood(theta, y):
    """A Gaussian likelihood of latent values, each found by Newton's method."""
    total = 0.0
    for k in range(y.size):
        u = y[k]
        r = residual(u, theta, y[k])
        while abs(r) > 1e-10:
            u -= r / srcad.grad(residual)(u, theta, y[k])
            r = residual(u, theta, y[k])
        total += -0.5 * u * u + math.log(srcad.grad(residual)(u, theta, y[k]))
    return total


def likelihood_in_jax(jax, jnp, theta, y):
    """Forward mode, one `while` for each observation."""

    def residual(u, y):
        return u + theta[0] * u**3 + theta[1] * jnp.tanh(u) - y

    slope = jax.grad(residual)

    def one(y):
        newton = lambda u: u - residual(u, y) / slope(u, y)  # noqa: E731
        u = jax.lax.while_loop(lambda u: jnp.abs(residual(u, y)) > 1e-10, newton, y)
        return -0.5 * u * u + jnp.log(slope(u, y))

    return jnp.sum(jax.vmap(one)(y))
