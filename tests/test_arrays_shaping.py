"""Arrays made from arrays: shapes, joins, diagonals, sequences."""

import numpy as np

from tests.array_checks import check, parametrized, programs, vec

program = programs()


@program((vec(6),), (np.asfortranarray(vec(2, 3)),), (vec(12)[::2],))
def reshaped(x):
    return np.reshape(x, (3, 2)) * 2.0, x.reshape(2, -1) + 1.0, x.reshape(-1) * 3.0, x.ravel()


@program((vec(2, 3, 4),))
def reshaped_more(x):
    return x.reshape(6, 4) * 2.0, x.reshape(-1) * 1.0, x.reshape(4, 3, 2) + x.reshape((4, 3, 2))


@program((vec(2, 3),))
def flattened(x):
    return x.flatten() * 2.0, np.ravel(x.T) * 1.0


@program((vec(2, 3, 4),))
def axes(x):
    y = np.transpose(x, (2, 0, 1)) * 2.0
    return y, np.swapaxes(x, 0, 2) + 1.0, np.moveaxis(x, 0, -1) * 1.0, x.transpose(1, 0, 2) * 1.0


@program((vec(3), vec(2, seed=1)), (vec(0), vec(2)))
def joined(x, y):
    return np.concatenate((x, y * 2.0)), np.hstack((y, x)), np.concatenate([x, x, y])


@program((vec(3), vec(3, seed=1)))
def stacked(x, y):
    return np.stack((x, y)), np.stack((x, y), axis=1), np.vstack((x, y)), np.column_stack((x, y))


@program((vec(2, 3), vec(2, 3, seed=1)))
def joined_matrices(a, b):
    return np.concatenate((a, b), axis=1), np.vstack((a, b)), np.hstack((a, b)), np.stack((a, b), 2)


@program((vec(3),), (vec(2, 2),))
def expanded(x):
    y = np.expand_dims(x, 0) * 2.0
    return y, np.squeeze(y, axis=0), np.expand_dims(x, -1) * x[..., None]


@program((vec(3),), (vec(2, 3),))
def flipped(x):
    return np.flip(x) * 2.0, np.flip(x, 0) * x


@program((vec(5), 2), (vec(5), -7))
def rolled(x, k):
    return np.roll(x, k), np.roll(x, 1) - np.roll(x, -1)


@program((vec(3, 4),))
def rolled_axes(x):
    return np.roll(x, 1, axis=0) - x, np.roll(x, -1, axis=1), np.roll(x, 2)


@program((vec(3),), (vec(3, 3),))
def diagonals(x):
    return np.diag(x), np.diag(x, 1)


@program((vec(3, 4),))
def triangles(x):
    return np.triu(x), np.tril(x), np.triu(x, 1), np.tril(x, -1), np.diagonal(x) * 1.0, np.trace(x)


@program((vec(3),))
def sequences(x):
    n = x.shape[0]
    return (
        x * np.arange(n),
        x * np.linspace(0.0, 1.0, n),
        np.eye(3) * x,
        np.arange(1, 8, 3),
        np.ones(2),
    )


@program((0.5, 2.0))
def linspace_of_variables(a, b):
    return np.linspace(a, b, 5), np.linspace(a, b, 4, endpoint=False)


@program((vec(3),), (vec(2, 2),))
def repeated(x):
    return np.repeat(x, 2) * 1.0


@program((vec(3),))
def tiled(x):
    return np.tile(x, 2), np.broadcast_to(x, (2, 3)) * 2.0


@program((vec(4), vec(3, seed=1)))
def convolved(x, k):
    return np.convolve(x, k), np.convolve(x, k, mode="valid"), np.convolve(x, k, mode="same")


@program((vec(3), vec(3, seed=1)))
def small_products(x, y):
    return np.cross(x, y), np.kron(x, y), np.outer(x, y)


@program((vec(3), 0.7), (vec(3), vec(2, seed=1)))
def polynomial(p, x):
    return np.polyval(p, x)


@program((np.array([0.1, 0.55, 2.0]), np.array([0.0, 0.5, 1.0]), vec(3)))
def interpolated(x, xp, fp):
    return np.interp(x, xp, fp)


@program((vec(3), vec(2, seed=1)))
def grids(x, y):
    a, b = np.meshgrid(x, y)
    return a * b + np.sin(a)


@program((vec(3),))
def filled(x):
    y = np.full(3, x[0])
    z = np.zeros((2, 3))
    z[:] = x
    z[1].fill(2.0)
    return y * x, z, np.full_like(x, 2.0) * x


@program((vec(2, 2),))
def rotated(x):
    return np.rot90(x) * 1.0, np.fliplr(x) * x, np.flipud(x) * 2.0


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)
