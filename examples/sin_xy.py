"""`sin(x) + x*y` at (3, 1): value, gradient, and the source that computes them."""

import math

import srcad


@srcad.differentiate
def f(x, y):
    return math.sin(x) + x * y


def main():
    value, (x_bar, y_bar) = srcad.value_and_grad(f, argnums=(0, 1))(3.0, 1.0)
    print(f"f(3, 1) = {value:.6f}")
    print(f"df/dx   = {x_bar:.6f}   cos(3) + 1 = {math.cos(3.0) + 1.0:.6f}")
    print(f"df/dy   = {y_bar:.6f}   x          = {3.0:.6f}")
    print()
    print(f.inspect_adjoint(3.0, 1.0))


if __name__ == "__main__":
    main()
