"""Programs with sparse Jacobians and Hessians, and what users write by hand for them."""

import math

import numba
import numpy as np

import srcad

CAMERA, POINT = 12, 3
"""How many numbers a camera has (rotation, translation, focal length, three of radial distortion
and two of tangential distortion), and a point."""


def bundle(x, cameras, camera_of, point_of, seen):
    """Where points are seen, less where cameras should see them: two numbers an observation."""
    out = np.empty((camera_of.size, 2))
    for k in range(camera_of.size):
        c = CAMERA * camera_of[k]
        p = CAMERA * cameras + POINT * point_of[k]
        square = x[c] ** 2 + x[c + 1] ** 2 + x[c + 2] ** 2 + 1e-12
        angle = math.sqrt(square)
        cosine, sine = math.cos(angle), math.sin(angle) / angle
        along = (x[c] * x[p] + x[c + 1] * x[p + 1] + x[c + 2] * x[p + 2]) * (1.0 - cosine) / square
        u = x[p] * cosine + (x[c + 1] * x[p + 2] - x[c + 2] * x[p + 1]) * sine
        v = x[p + 1] * cosine + (x[c + 2] * x[p] - x[c] * x[p + 2]) * sine
        w = x[p + 2] * cosine + (x[c] * x[p + 1] - x[c + 1] * x[p]) * sine
        depth = w + x[c + 2] * along + x[c + 5]
        a = (u + x[c] * along + x[c + 3]) / depth
        b = (v + x[c + 1] * along + x[c + 4]) / depth
        r = a * a + b * b
        radial = 1.0 + r * (x[c + 7] + r * (x[c + 8] + r * x[c + 9]))
        t1, t2 = x[c + 10], x[c + 11]
        ab = 2.0 * a * b
        out[k, 0] = x[c + 6] * (radial * a + t1 * ab + t2 * (r + 2.0 * a * a)) - seen[k, 0]
        out[k, 1] = x[c + 6] * (radial * b + t2 * ab + t1 * (r + 2.0 * b * b)) - seen[k, 1]
    return out


def bundle_problem(count):
    """The arguments for so many observations: a camera has 500 of them, a point 5."""
    rng = np.random.default_rng(0)
    cameras, points = max(count // 500, 2), max(count // 5, 2)
    camera_of = rng.integers(0, cameras, count)
    point_of = np.sort(rng.integers(0, points, count))
    typical = np.array([0.1, 0.2, -0.1, 0.5, -0.5, 10.0, 500.0, 0.01, 2e-3, 1e-3, 3e-3, -2e-3])
    all_cameras = np.tile(typical, cameras) * (1.0 + 0.01 * rng.standard_normal(12 * cameras))
    x = np.concatenate((all_cameras, rng.standard_normal(POINT * points)))
    return x, cameras, camera_of, point_of, rng.standard_normal((count, 2))


def project(q):
    """One observation: a camera and a point, one after the other."""
    square = q[0] ** 2 + q[1] ** 2 + q[2] ** 2 + 1e-12
    angle = math.sqrt(square)
    cosine, sine = math.cos(angle), math.sin(angle) / angle
    along = (q[0] * q[12] + q[1] * q[13] + q[2] * q[14]) * (1.0 - cosine) / square
    depth = q[14] * cosine + (q[0] * q[13] - q[1] * q[12]) * sine + q[2] * along + q[5]
    a = (q[12] * cosine + (q[1] * q[14] - q[2] * q[13]) * sine + q[0] * along + q[3]) / depth
    b = (q[13] * cosine + (q[2] * q[12] - q[0] * q[14]) * sine + q[1] * along + q[4]) / depth
    r = a * a + b * b
    radial = 1.0 + r * (q[7] + r * (q[8] + r * q[9]))
    ab = 2.0 * a * b
    u = q[6] * (radial * a + q[10] * ab + q[11] * (r + 2.0 * a * a))
    return u, q[6] * (radial * b + q[11] * ab + q[10] * (r + 2.0 * b * b))


def blocks_by_hand(x, cameras, camera_of, point_of):
    """Assemble the blocks of all observations by single tangents, column by column."""
    along = srcad.tangent(project)

    @numba.njit
    def blocks(x, cameras, camera_of, point_of):
        data = np.empty((camera_of.size, 2, CAMERA + POINT))
        q, unit = np.empty(CAMERA + POINT), np.zeros(CAMERA + POINT)
        for k in range(camera_of.size):
            c, p = CAMERA * camera_of[k], CAMERA * cameras + POINT * point_of[k]
            q[:CAMERA] = x[c : c + CAMERA]
            q[CAMERA:] = x[p : p + POINT]
            for j in range(CAMERA + POINT):
                unit[j] = 1.0
                data[k, 0, j], data[k, 1, j] = along(q, unit)[1]
                unit[j] = 0.0
        return data

    return lambda: blocks(x, cameras, camera_of, point_of).reshape(-1)


def blocks_in_jax(jax, jnp, cameras, camera_of, point_of):
    """The dense blocks of all observations: forward mode, mapped over observations."""

    def one(camera, point):
        q = jnp.concatenate((camera, point))
        square = jnp.sum(q[:3] ** 2) + 1e-12
        angle = jnp.sqrt(square)
        cosine, sine = jnp.cos(angle), jnp.sin(angle) / angle
        turn, at = q[:3], q[12:]
        along = jnp.dot(turn, at) * (1.0 - cosine) / square
        moved = at * cosine + jnp.cross(turn, at) * sine + turn * along + q[3:6]
        ab = moved[:2] / moved[2]
        r = jnp.sum(ab * ab)
        radial = 1.0 + r * (q[7] + r * (q[8] + r * q[9]))
        bent = 2.0 * ab[0] * ab[1] * q[10:12] + q[11:9:-1] * (r + 2.0 * ab * ab)
        return q[6] * (radial * ab + bent)

    def blocks(x):
        first = x[: CAMERA * cameras].reshape(-1, CAMERA)[camera_of]
        second = x[CAMERA * cameras :].reshape(-1, POINT)[point_of]
        by_both = jax.vmap(jax.jacfwd(one, (0, 1)))(first, second)
        return jnp.concatenate(by_both, axis=2).reshape(-1)

    return blocks


def reaction(u):
    """The Laplacian of five points on a grid, and a reaction."""
    out = np.zeros_like(u)
    height, width = u.shape
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            beside = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
            out[i, j] = beside - 4.0 * u[i, j] + math.exp(u[i, j])
    return out


def reaction_by_hand(u):
    """Write the elements of its Jacobian, row by row."""

    @numba.njit
    def elements(u):
        height, width = u.shape
        data = np.empty((height - 2, width - 2, 5))
        for i in range(1, height - 1):
            for j in range(1, width - 1):
                data[i - 1, j - 1] = 1.0
                data[i - 1, j - 1, 2] = math.exp(u[i, j]) - 4.0
        return data

    return lambda: elements(u).reshape(-1)


def mixed(x, columns, weights):
    """A sum of sines for each row, of a few numbers anywhere in `x`."""
    out = np.zeros(columns.shape[0])
    for i in range(columns.shape[0]):
        for k in range(columns.shape[1]):
            out[i] += math.sin(weights[i, k] * x[columns[i, k]])
    return out
