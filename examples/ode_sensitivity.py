"""Sensitivity of an ODE solver: how prey and predators depend on their rates.

The solver chooses its own steps (Bogacki-Shampine 3(2)). It is differentiated as it is written: the
loop, the stages, the test of the error. Steps are constants for the derivative (`stop_gradient`):
they decide how exact a solution is, not what it is.
"""

import numpy as np
from scipy.integrate import solve_ivp

import srcad

RATES = np.array([1.0, 0.1, 1.5, 0.075])
START = np.array([10.0, 5.0])
NAMES = ("births", "hunting", "deaths", "food")


def flow(y, k):
    """Return the change of prey and predators (Lotka and Volterra)."""
    return np.array([y[0] * (k[0] - k[1] * y[1]), y[1] * (k[3] * y[0] - k[2])])


def solution(k, start, times, tolerance):
    """Return prey and predators at each time, by steps whose error is below a tolerance."""
    out = np.empty((times.size, 2))
    y, t, h = start.copy(), 0.0, 0.01
    for n in range(times.size):
        while t < times[n]:
            h = min(h, times[n] - t)
            k1 = flow(y, k)
            k2 = flow(y + 0.5 * h * k1, k)
            k3 = flow(y + 0.75 * h * k2, k)
            new = y + h * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
            k4 = flow(new, k)
            other = y + h * (7.0 * k1 + 6.0 * k2 + 8.0 * k3 + 3.0 * k4) / 24.0
            error = np.max(np.abs(new - other)) / tolerance
            if error <= 1.0:
                y, t = new, t + h
            h = srcad.stop_gradient(h * min(5.0, 0.9 * max(error, 1e-6) ** (-1.0 / 3.0)))
        out[n] = y
    return out


def mean_predators(k, start, times, tolerance):
    return np.mean(solution(k, start, times, tolerance)[:, 1])


def by_equations(k, start, times):
    """Return the sensitivities by the equations that they satisfy: S' = (df/dy) S + df/dk."""
    jacobians = srcad.jacfwd(flow, (0, 1))

    def both(_, z):
        by_state, by_rates = jacobians(z[:2], k)
        return np.append(flow(z[:2], k), by_state @ z[2:].reshape(2, 4) + by_rates)

    begin = np.append(start, np.zeros(8))
    found = solve_ivp(both, (0.0, times[-1]), begin, t_eval=times, rtol=1e-10, atol=1e-10)
    return found.y[2:].T.reshape(-1, 2, 4)


def main(samples=80, tolerance=1e-8):
    times = np.linspace(0.0, 12.0, samples + 1)[1:]
    args = RATES, START, times, tolerance
    sensitivities = srcad.jacfwd(solution)(*args)
    away = np.max(np.abs(sensitivities - by_equations(RATES, START, times)))
    print(f"largest sensitivity {np.max(np.abs(sensitivities)):.1f}")
    print(f"away from the sensitivity equations by at most {away:.1e}")
    value, slopes = srcad.value_and_grad(mean_predators)(*args)
    print(f"predators on average: {value:.4f}")
    for name, slope in zip(NAMES, slopes, strict=True):
        print(f"    by {name:8s} {slope:9.4f}")
    return times, solution(*args), sensitivities


PANELS = 2


def draw(axes, found):
    times, states, sensitivities = found
    for k, name in enumerate(("prey", "predators")):
        axes[0].plot(times, states[:, k], color=f"C{k}", label=name)
        for shift in (-0.05, 0.05):  # to first order, for 5 % more births and less
            moved = states[:, k] + shift * RATES[0] * sensitivities[:, k, 0]
            axes[0].plot(times, moved, ":", color=f"C{k}", linewidth=1)
    axes[0].set(xlabel="time", ylabel="animals")
    axes[0].legend()
    for j, name in enumerate(NAMES):
        axes[1].plot(times, RATES[j] * sensitivities[:, 1, j], label=name)
    axes[1].set(xlabel="time", ylabel="rate times d predators / d rate")
    axes[1].legend()


if __name__ == "__main__":
    main()
