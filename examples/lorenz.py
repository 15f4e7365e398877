"""How the end of a Lorenz trajectory depends on its start: RK4, differentiated.

Reverse mode gives the gradient of one number by the whole start; forward mode gives the
change of the whole end for one direction. Both are compared with differences.
"""

import srcad

SIGMA, RHO, BETA = 10.0, 28.0, 8.0 / 3.0


def velocity(x, y, z):
    return SIGMA * (y - x), x * (RHO - z) - y, x * y - BETA * z


def end(x, y, z, steps, dt):
    """Return the point reached from (x, y, z) after `steps` steps of length `dt`."""
    for _ in range(steps):
        ax, ay, az = velocity(x, y, z)
        bx, by, bz = velocity(x + 0.5 * dt * ax, y + 0.5 * dt * ay, z + 0.5 * dt * az)
        cx, cy, cz = velocity(x + 0.5 * dt * bx, y + 0.5 * dt * by, z + 0.5 * dt * bz)
        dx, dy, dz = velocity(x + dt * cx, y + dt * cy, z + dt * cz)
        x += dt / 6.0 * (ax + 2.0 * bx + 2.0 * cx + dx)
        y += dt / 6.0 * (ay + 2.0 * by + 2.0 * cy + dy)
        z += dt / 6.0 * (az + 2.0 * bz + 2.0 * cz + dz)
    return x, y, z


def end_x(x, y, z, steps, dt):
    return end(x, y, z, steps, dt)[0]


def main():
    start, dt = (1.0, 1.0, 1.0), 0.01
    gradient = srcad.value_and_grad(end_x, argnums=(0, 1, 2))
    print("steps   x at the end   its derivatives by the start")
    for steps in (100, 200, 400, 800):
        value, bars = gradient(*start, steps, dt)
        print(f"{steps:5d}  {value:13.6f}   " + "  ".join(f"{bar:12.5e}" for bar in bars))

    steps = 400
    _, bars = gradient(*start, steps, dt)
    _, (x_dot, _, _) = srcad.jvp(end, (*start, steps, dt), (1.0, 0.0, 0.0, 0, 0.0))
    h = 1e-6
    above, below = end_x(1.0 + h, 1.0, 1.0, steps, dt), end_x(1.0 - h, 1.0, 1.0, steps, dt)
    print(f"\nd x_end / d x_start after {steps} steps")
    print(f"reverse     {bars[0]:.8f}")
    print(f"forward     {x_dot:.8f}")
    print(f"differences {(above - below) / (2.0 * h):.8f}")


if __name__ == "__main__":
    main()
