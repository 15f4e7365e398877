"""Bayesian sampling: Hamiltonian Monte Carlo as one compiled loop, with the gradient inside.

Eight schools: effects of coaching, measured with known errors, drawn from one distribution.
"""

import numba
import numpy as np

import srcad

EFFECTS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def log_density(q, effects, errors):
    """Return the log density of (mean, log of spread, standardised effect of each school)."""
    mean, spread = q[0], np.exp(q[1])
    value = -0.5 * (mean / 10.0) ** 2 - np.log1p((spread / 5.0) ** 2) + q[1]
    for k in range(effects.size):
        effect = mean + spread * q[2 + k]
        value -= 0.5 * q[2 + k] ** 2 + 0.5 * ((effects[k] - effect) / errors[k]) ** 2
    return value


value_and_grad = srcad.value_and_grad(log_density)


@numba.njit
def sample(q, effects, errors, draws, step, leaps, seed):
    """Return states of the chain, and the share of proposals that were accepted."""
    np.random.seed(seed)
    out = np.empty((draws, q.size))
    accepted = 0
    value, slope = value_and_grad(q, effects, errors)
    for i in range(draws):
        p = np.random.randn(q.size)
        energy = 0.5 * p @ p - value
        place, there, pull = q, value, slope
        for _ in range(leaps):
            p = p + 0.5 * step * pull
            place = place + step * p
            there, pull = value_and_grad(place, effects, errors)
            p = p + 0.5 * step * pull
        if np.log(np.random.rand()) < energy - (0.5 * p @ p - there):
            q, value, slope = place, there, pull
            accepted += 1
        out[i] = q
    return out, accepted / draws


def main(draws=20_000):
    chain, share = sample(np.zeros(10), EFFECTS, ERRORS, draws, 0.25, 8, 1)
    kept = chain[draws // 10 :]
    spread = np.exp(kept[:, 1])
    print(f"{share:.0%} of the proposals were accepted")
    print(f"mean effect {kept[:, 0].mean():.1f} +- {kept[:, 0].std():.1f}")
    print(f"spread between schools: median {np.median(spread):.1f}")
    return kept[:, 0, None] + spread[:, None] * kept[:, 2:]


def draw(axes, effects):
    places = np.arange(8)
    axes.errorbar(places - 0.1, EFFECTS, ERRORS, fmt="o", color="0.6", label="measured")
    axes.errorbar(
        places + 0.1, effects.mean(0), effects.std(0), fmt="o", color="tab:red", label="posterior"
    )
    axes.set(xlabel="school", ylabel="effect")
    axes.legend()


if __name__ == "__main__":
    main()
