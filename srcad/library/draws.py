"""Random numbers: `np.random` as Numba has it, by draws that know no location and no scale.

A location and a scale are applied to what is drawn, so that derivatives flow through them: the
reparametrised derivative. By any other parameter, as the shape of a gamma distribution, a draw
has no derivative that would follow from its value alone.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import drawn, drawn_array, is_tuple, unsupported


def check(parameter):
    """Refuse an array as a parameter that is not a location or a scale."""
    if parameter is not None and np.ndim(parameter) > 0:
        unsupported("a distribution with an array of parameters", "draw in a loop")


def many(name, a, b, size, dtype):
    """Return an array of draws, in the order in which Numba fills it."""
    flat = np.empty(count(size), dtype=dtype)
    for i in range(flat.size):
        flat[i] = drawn(name, a, b)
    return flat.reshape(size)


def count(size):
    """Return how many elements an array has."""
    found = 1
    for extent in size if is_tuple(size) else (size,):
        found *= extent
    return found


def floats(name, a, b, size):
    """Return one draw, or an array of them."""
    check(a)
    check(b)
    return drawn(name, a, b) if size is None else many(name, a, b, size, np.float64)


def integers(name, a, b, size):
    """Return one draw that is an integer, or an array of them."""
    check(a)
    check(b)
    return drawn(name, a, b) if size is None else many(name, a, b, size, np.int64)


def moved(name, loc, scale, size):
    """Return `loc + scale * z` of standard draws z, one for each parameter if these are arrays."""
    return loc + scale * floats(name, None, None, wanted(loc, scale, size))


def moved_standard(name, loc, scale, size):
    """Return `moved` for a distribution that has no name of its own for standard draws."""
    return loc + scale * floats(name, 0.0, 1.0, wanted(loc, scale, size))


def wanted(loc, scale, size):
    """Return the shape of what is drawn for these parameters, None for one number."""
    if size is None and (np.ndim(loc) > 0 or np.ndim(scale) > 0):
        return np.shape(loc + scale)
    return size


def random_seed(seed):
    if seed is None:
        unsupported("a seed that is None", "give a number")
    drawn("seed", seed, None)


def random_random(size=None):
    return floats("random", None, None, size)


def random_standard_normal(size=None):
    return floats("standard_normal", None, None, size)


def random_standard_exponential(size=None):
    return floats("standard_exponential", None, None, size)


def random_standard_cauchy(size=None):
    return floats("standard_cauchy", None, None, size)


def random_normal(loc=0.0, scale=1.0, size=None):
    return moved("standard_normal", loc, scale, size)


def random_lognormal(mean=0.0, sigma=1.0, size=None):
    return np.exp(moved("standard_normal", mean, sigma, size))


def random_uniform(low=0.0, high=1.0, size=None):
    return moved("random", low, high - low, size)


def random_exponential(scale=1.0, size=None):
    return moved("standard_exponential", 0.0, scale, size)


def random_laplace(loc=0.0, scale=1.0, size=None):
    return moved_standard("laplace", loc, scale, size)


def random_logistic(loc=0.0, scale=1.0, size=None):
    return moved_standard("logistic", loc, scale, size)


def random_gumbel(loc=0.0, scale=1.0, size=None):
    return moved_standard("gumbel", loc, scale, size)


def random_rayleigh(scale=1.0, size=None):
    return moved("rayleigh", 0.0, scale, size)


def random_gamma(shape, scale=1.0, size=None):
    return scale * floats("standard_gamma", shape, None, size)


def random_standard_gamma(shape, size=None):
    return floats("standard_gamma", shape, None, size)


def random_beta(a, b, size=None):
    return floats("beta", a, b, size)


def random_chisquare(df, size=None):
    return floats("chisquare", df, None, size)


def random_f(dfnum, dfden, size=None):
    return floats("f", dfnum, dfden, size)


def random_pareto(a, size=None):
    return floats("pareto", a, None, size)


def random_power(a, size=None):
    return floats("power", a, None, size)


def random_standard_t(df, size=None):
    return floats("standard_t", df, None, size)


def random_vonmises(mu, kappa, size=None):
    return floats("vonmises", mu, kappa, size)


def random_wald(mean, scale, size=None):
    return floats("wald", mean, scale, size)


def random_weibull(a, size=None):
    return floats("weibull", a, None, size)


def random_binomial(n, p, size=None):
    return integers("binomial", n, p, size)


def random_geometric(p, size=None):
    return integers("geometric", p, None, size)


def random_negative_binomial(n, p, size=None):
    return integers("negative_binomial", n, p, size)


def random_poisson(lam=1.0, size=None):
    return integers("poisson", lam, None, size)


def random_logseries(p, size=None):
    return integers("logseries", p, None, size)


def random_zipf(a, size=None):
    return integers("zipf", a, None, size)


def random_randint(low, high=None, size=None):
    return integers("randint", low, high, size)


def random_permutation(x):
    if np.ndim(x) == 0:
        return drawn_array("permutation", x)
    return x[drawn_array("permutation", len(x))]


def random_shuffle(x):
    x[:] = x[drawn_array("permutation", len(x))]


def random_choice(a, size=None, replace=True):
    items = a if np.ndim(a) == 0 else len(a)
    if replace:
        at = integers("randint", 0, items, size)
    elif size is None:
        at = drawn_array("permutation", items)[0]
    elif size > items:
        raise ValueError("Cannot take a larger sample than population when 'replace=False'")
    else:
        at = drawn_array("permutation", items)[:size]
    return at if np.ndim(a) == 0 else a[at]
