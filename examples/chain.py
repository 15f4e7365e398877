"""`ln(x1) + x1*x2 - sin(x2)` at (2, 5), worked through in both modes.

The function is a list of five elementary steps. Forward mode carries the derivative of
every step by one input; reverse mode carries the derivative of the result by every step.

By hand, forward, for the direction (1, 0):

    v1 = ln(x1)      = 0.693    v1_dot = x1_dot / x1               = 0.5
    v2 = x1 * x2     = 10       v2_dot = x1_dot * x2 + x1 * x2_dot = 5
    v3 = sin(x2)     = -0.959   v3_dot = cos(x2) * x2_dot          = 0
    v4 = v1 + v2     = 10.693   v4_dot = v1_dot + v2_dot           = 5.5
    v5 = v4 - v3     = 11.652   v5_dot = v4_dot - v3_dot           = 5.5

By hand, reverse, from v5_bar = 1 upwards:

    v4_bar = v5_bar                              = 1
    v3_bar = -v5_bar                             = -1
    v2_bar = v4_bar                              = 1
    v1_bar = v4_bar                              = 1
    x2_bar = v3_bar * cos(x2) + v2_bar * x1      = -0.284 + 2 = 1.716
    x1_bar = v2_bar * x2 + v1_bar / x1           = 5 + 0.5    = 5.5

The program below prints the same numbers, each computed by srcad. A step's tangent is read
from a function that returns every step; its adjoint is the derivative by a small change
that is added to that step.
"""

import math

import srcad


def f(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def every_step(x1, x2):
    v1 = math.log(x1)
    v2 = x1 * x2
    v3 = math.sin(x2)
    v4 = v1 + v2
    v5 = v4 - v3
    return v1, v2, v3, v4, v5


def with_changes(x1, x2, e1, e2, e3, e4, e5):
    v1 = math.log(x1) + e1
    v2 = x1 * x2 + e2
    v3 = math.sin(x2) + e3
    v4 = v1 + v2 + e4
    return v4 - v3 + e5


STEPS = ("v1 = ln(x1)", "v2 = x1 * x2", "v3 = sin(x2)", "v4 = v1 + v2", "v5 = v4 - v3")


def main():
    point = (2.0, 5.0)
    values, along_x1 = srcad.jvp(every_step, point, (1.0, 0.0))
    _, along_x2 = srcad.jvp(every_step, point, (0.0, 1.0))
    x1_bar, x2_bar, *v_bar = srcad.grad(with_changes, argnums=range(7))(*point, *[0.0] * 5)

    print("step           value     tangent   tangent   adjoint")
    print("                         x1_dot=1  x2_dot=1  v5_bar=1")
    print(f"{'x1':12}  {point[0]:8.4f}  {1.0:8.4f}  {0.0:8.4f}  {x1_bar:8.4f}")
    print(f"{'x2':12}  {point[1]:8.4f}  {0.0:8.4f}  {1.0:8.4f}  {x2_bar:8.4f}")
    for row in zip(STEPS, values, along_x1, along_x2, v_bar, strict=True):
        print("{:12}  {:8.4f}  {:8.4f}  {:8.4f}  {:8.4f}".format(*row))

    g1, g2 = srcad.grad(f, argnums=(0, 1))(*point)
    print()
    print(f"grad f(2, 5) = ({g1:.4f}, {g2:.4f})")
    print(f"by hand        ({1 / 2 + 5:.4f}, {2 - math.cos(5.0):.4f})")


if __name__ == "__main__":
    main()
