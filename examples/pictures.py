"""Pictures of a derivative: rounding errors beside the source, a check over its steps, patterns."""

import numpy as np

import srcad


def variance(x):
    total = 0.0
    squares = 0.0
    for i in range(x.size):
        total += x[i]
        squares += x[i] * x[i]
    mean = total / x.size
    return squares / x.size - mean * mean


def chain(x):
    """Return the energy of a chain whose first link is bound to all others."""
    energy = 0.0
    for i in range(x.size - 1):
        energy += np.cosh(x[i + 1] - x[i]) + 0.1 * x[0] * x[i]
    return energy


def main():
    rounding = srcad.error_estimate(variance)(1e3 + np.linspace(0.0, 1.0, 11))
    check = srcad.convergence(chain)(np.linspace(0.0, 1.0, 6))
    pattern = srcad.sparsity(srcad.hessian(chain))(np.ones(24))
    print(rounding)
    print(check)
    print(pattern)
    return rounding, check, pattern


GRID = (1, 3)
SIZE = (11.5, 3.2)


def draw(axes, found):
    for one, picture in zip(axes, found, strict=True):
        picture.plot(one)


if __name__ == "__main__":
    main()
