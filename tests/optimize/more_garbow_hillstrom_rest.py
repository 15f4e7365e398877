"""The other test problems of Moré, Garbow and Hillstrom (ACM TOMS 7 (1981) 17).

The least sums of squares are those that the article gives, from these starts.
"""

import math

import numpy as np

from tests.optimize.more_garbow_hillstrom import trigonometric


def powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1.0, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x):
    return np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0])


def gulf(x):
    """Return the residuals with the corrected sign of y, which reach zero."""
    r = np.empty(30)
    for i in range(30):
        t = (i + 1) / 100.0
        y = 25.0 + (-50.0 * math.log(t)) ** (2.0 / 3.0)
        r[i] = math.exp(-(abs(y - x[1]) ** x[2]) / x[0]) - t
    return r


def biggs_exp6(x):
    r = np.empty(13)
    for i in range(13):
        t = 0.1 * (i + 1)
        y = math.exp(-t) - 5.0 * math.exp(-10.0 * t) + 3.0 * math.exp(-4.0 * t)
        r[i] = x[2] * math.exp(-t * x[0]) - x[3] * math.exp(-t * x[1])
        r[i] += x[5] * math.exp(-t * x[4]) - y
    return r


OSBORNE_1 = np.array(
    [
        *(0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751),
        *(0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490),
        *(0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406),
    ]
)


def osborne_1(x):
    r = np.empty(33)
    for i in range(33):
        t = 10.0 * i
        r[i] = OSBORNE_1[i] - (x[0] + x[1] * math.exp(-t * x[3]) + x[2] * math.exp(-t * x[4]))
    return r


OSBORNE_2 = np.array(
    [
        *(
            1.366,
            1.191,
            1.112,
            1.013,
            0.991,
            0.885,
            0.831,
            0.847,
            0.786,
            0.725,
            0.746,
            0.679,
            0.608,
        ),
        *(
            0.655,
            0.616,
            0.606,
            0.602,
            0.626,
            0.651,
            0.724,
            0.649,
            0.649,
            0.694,
            0.644,
            0.624,
            0.661,
        ),
        *(
            0.612,
            0.558,
            0.533,
            0.495,
            0.500,
            0.423,
            0.395,
            0.375,
            0.372,
            0.391,
            0.396,
            0.405,
            0.428,
        ),
        *(
            0.429,
            0.523,
            0.562,
            0.607,
            0.653,
            0.672,
            0.708,
            0.633,
            0.668,
            0.645,
            0.632,
            0.591,
            0.559,
        ),
        *(
            0.597,
            0.625,
            0.739,
            0.710,
            0.729,
            0.720,
            0.636,
            0.581,
            0.428,
            0.292,
            0.162,
            0.098,
            0.054,
        ),
    ]
)


def osborne_2(x):
    r = np.empty(65)
    for i in range(65):
        t = i / 10.0
        r[i] = OSBORNE_2[i] - x[0] * math.exp(-t * x[4])
        for k in range(3):
            r[i] -= x[1 + k] * math.exp(-((t - x[8 + k]) ** 2) * x[5 + k])
    return r


def watson(x):
    r = np.empty(31)
    for i in range(29):
        t = (i + 1) / 29.0
        slope, value = 0.0, 0.0
        for j in range(x.size):
            if j > 0:
                slope += j * x[j] * t ** (j - 1)
            value += x[j] * t**j
        r[i] = slope - value * value - 1.0
    r[29] = x[0]
    r[30] = x[1] - x[0] ** 2 - 1.0
    return r


def penalty_1(x):
    r = np.empty(x.size + 1)
    total = 0.0
    for i in range(x.size):
        r[i] = math.sqrt(1e-5) * (x[i] - 1.0)
        total += x[i] ** 2
    r[x.size] = total - 0.25
    return r


def penalty_2(x):
    n = x.size
    a = math.sqrt(1e-5)
    r = np.empty(2 * n)
    r[0] = x[0] - 0.2
    total = n * x[0] ** 2
    for i in range(1, n):
        y = math.exp((i + 1) / 10.0) + math.exp(i / 10.0)
        r[i] = a * (math.exp(x[i] / 10.0) + math.exp(x[i - 1] / 10.0) - y)
        r[n - 1 + i] = a * (math.exp(x[i] / 10.0) - math.exp(-0.1))
        total += (n - i) * x[i] ** 2
    r[2 * n - 1] = total - 1.0
    return r


def chebyquad(x):
    n = x.size
    r = np.zeros(n)
    for j in range(n):
        before, now = 1.0, 2.0 * x[j] - 1.0
        for i in range(n):
            r[i] += now / n
            before, now = now, 2.0 * (2.0 * x[j] - 1.0) * now - before
    for i in range(1, n, 2):
        r[i] += 1.0 / ((i + 1) ** 2 - 1.0)
    return r


def brown_almost_linear(x):
    n = x.size
    r = np.empty(n)
    product = 1.0
    for i in range(n):
        product *= x[i]
    for i in range(n - 1):
        r[i] = x[i] + np.sum(x) - (n + 1.0)
    r[n - 1] = product - 1.0
    return r


def discrete_boundary_value(x):
    n = x.size
    h = 1.0 / (n + 1)
    r = np.empty(n)
    for i in range(n):
        left = x[i - 1] if i > 0 else 0.0
        right = x[i + 1] if i < n - 1 else 0.0
        r[i] = 2.0 * x[i] - left - right + h * h * (x[i] + (i + 1) * h + 1.0) ** 3 / 2.0
    return r


def discrete_integral(x):
    n = x.size
    h = 1.0 / (n + 1)
    r = np.empty(n)
    for i in range(n):
        t, first, last = (i + 1) * h, 0.0, 0.0
        for j in range(n):
            s = (j + 1) * h
            if j <= i:
                first += s * (x[j] + s + 1.0) ** 3
            else:
                last += (1.0 - s) * (x[j] + s + 1.0) ** 3
        r[i] = x[i] + h * ((1.0 - t) * first + t * last) / 2.0
    return r


def broyden_banded(x):
    n = x.size
    r = np.empty(n)
    for i in range(n):
        r[i] = x[i] * (2.0 + 5.0 * x[i] ** 2) + 1.0
        for j in range(max(0, i - 5), min(n, i + 2)):
            if j != i:
                r[i] -= x[j] * (1.0 + x[j])
    return r


def linear_full_rank(x):
    r = np.full(10, -2.0 * np.sum(x) / 10.0 - 1.0)
    for i in range(x.size):
        r[i] += x[i]
    return r


def linear_rank_1(x):
    r = np.empty(10)
    for i in range(10):
        r[i] = -1.0
        for j in range(x.size):
            r[i] += (i + 1.0) * (j + 1.0) * x[j]
    return r


def linear_rank_1_with_zeros(x):
    r = np.full(10, -1.0)
    for i in range(1, 9):
        for j in range(1, x.size - 1):
            r[i] += i * (j + 1.0) * x[j]
    return r


H = 1.0 / 9.0
INNER = [k * H * (k * H - 1.0) for k in range(1, 9)]
OSBORNE_2_START = [1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5]

UNCONSTRAINED = [
    (powell_badly_scaled, [0.0, 1.0], 0.0),
    (brown_badly_scaled, [1.0, 1.0], 0.0),
    (gulf, [5.0, 2.5, 0.15], 0.0),
    (biggs_exp6, [1.0, 2.0, 1.0, 1.0, 1.0, 1.0], 5.65565e-3),
    (watson, [0.0] * 6, 2.28767e-3),
    (penalty_1, [1.0, 2.0, 3.0, 4.0], 2.24997e-5),
    (penalty_2, [0.5] * 4, 9.37629e-6),
    (trigonometric, [0.1] * 10, 2.79506e-5),
    (chebyquad, [(k + 1) / 9.0 for k in range(8)], 3.51687e-3),
]
"""The rest of the eighteen problems for methods that know nothing of residuals."""

OTHERS = [
    (osborne_1, [0.5, 1.5, -1.0, 0.01, 0.02], 5.46489e-5),
    (osborne_2, OSBORNE_2_START, 4.01377e-2),
    (brown_almost_linear, [0.5] * 6, 0.0),
    (discrete_boundary_value, INNER, 0.0),
    (discrete_integral, INNER, 0.0),
    (broyden_banded, [-1.0] * 8, 0.0),
    (linear_full_rank, [1.0] * 5, 5.0),
    (linear_rank_1, [1.0] * 5, 10.0 * 9.0 / (2.0 * 21.0)),
    (linear_rank_1_with_zeros, [1.0] * 5, (100.0 + 30.0 - 6.0) / (2.0 * 17.0)),
]
