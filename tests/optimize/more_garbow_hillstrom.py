"""Test problems of Moré, Garbow and Hillstrom (ACM TOMS 7 (1981) 17): residuals, and a start.

The least sums of squares are those that the article gives.
"""

import math

import numpy as np


def rosenbrock(x):
    r = np.empty(2)
    r[0] = 10.0 * (x[1] - x[0] ** 2)
    r[1] = 1.0 - x[0]
    return r


def freudenstein_roth(x):
    r = np.empty(2)
    r[0] = -13.0 + x[0] + ((5.0 - x[1]) * x[1] - 2.0) * x[1]
    r[1] = -29.0 + x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1]
    return r


def beale(x):
    r = np.empty(3)
    for i in range(3):
        r[i] = (1.5, 2.25, 2.625)[i] - x[0] * (1.0 - x[1] ** (i + 1))
    return r


def jennrich_sampson(x):
    r = np.empty(10)
    for i in range(10):
        r[i] = 2.0 + 2.0 * (i + 1) - (np.exp((i + 1) * x[0]) + np.exp((i + 1) * x[1]))
    return r


def helical_valley(x):
    r = np.empty(3)
    turn = math.atan(x[1] / x[0]) / (2.0 * math.pi)
    if x[0] < 0.0:
        turn += 0.5
    r[0] = 10.0 * (x[2] - 10.0 * turn)
    r[1] = 10.0 * (math.sqrt(x[0] ** 2 + x[1] ** 2) - 1.0)
    r[2] = x[2]
    return r


BARD = np.array(
    [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]
)


def bard(x):
    r = np.empty(15)
    for i in range(15):
        u, v = i + 1.0, 15.0 - i
        r[i] = BARD[i] - (x[0] + u / (v * x[1] + min(u, v) * x[2]))
    return r


GAUSSIAN = np.array([0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989])


def gaussian(x):
    r = np.empty(15)
    for i in range(15):
        t = (7.0 - i) / 2.0
        r[i] = x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2.0) - GAUSSIAN[min(i, 14 - i)]
    return r


MEYER_FIRST = [34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0]
MEYER_LAST = [8261.0, 7030.0, 6005.0, 5147.0, 4427.0, 3820.0, 3307.0, 2872.0]
MEYER = np.array([*MEYER_FIRST, *MEYER_LAST])


def meyer(x):
    r = np.empty(16)
    for i in range(16):
        r[i] = x[0] * np.exp(x[1] / (45.0 + 5.0 * (i + 1) + x[2])) - MEYER[i]
    return r


def box(x):
    r = np.empty(10)
    for i in range(10):
        t = 0.1 * (i + 1)
        r[i] = np.exp(-t * x[0]) - np.exp(-t * x[1])
        r[i] -= x[2] * (np.exp(-t) - np.exp(-10.0 * t))
    return r


def powell_singular(x):
    r = np.empty(4)
    r[0] = x[0] + 10.0 * x[1]
    r[1] = math.sqrt(5.0) * (x[2] - x[3])
    r[2] = (x[1] - 2.0 * x[2]) ** 2
    r[3] = math.sqrt(10.0) * (x[0] - x[3]) ** 2
    return r


def wood(x):
    r = np.empty(6)
    r[0] = 10.0 * (x[1] - x[0] ** 2)
    r[1] = 1.0 - x[0]
    r[2] = math.sqrt(90.0) * (x[3] - x[2] ** 2)
    r[3] = 1.0 - x[2]
    r[4] = math.sqrt(10.0) * (x[1] + x[3] - 2.0)
    r[5] = (x[1] - x[3]) / math.sqrt(10.0)
    return r


KOWALIK = np.array(
    [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]
)
KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])


def kowalik_osborne(x):
    r = np.empty(11)
    for i in range(11):
        u = KOWALIK_U[i]
        r[i] = KOWALIK[i] - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3])
    return r


def brown_dennis(x):
    r = np.empty(20)
    for i in range(20):
        t = (i + 1) / 5.0
        a = x[0] + t * x[1] - np.exp(t)
        b = x[2] + x[3] * math.sin(t) - math.cos(t)
        r[i] = a * a + b * b
    return r


def trigonometric(x):
    total = 0.0
    for j in range(x.size):
        total += math.cos(x[j])
    r = np.empty(x.size)
    for i in range(x.size):
        r[i] = x.size - total + (i + 1) * (1.0 - math.cos(x[i])) - math.sin(x[i])
    return r


def broyden_tridiagonal(x):
    n = x.size
    r = np.empty(n)
    for i in range(n):
        r[i] = (3.0 - 2.0 * x[i]) * x[i] + 1.0
        if i > 0:
            r[i] -= x[i - 1]
        if i < n - 1:
            r[i] -= 2.0 * x[i + 1]
    return r


def variably_dimensioned(x):
    n = x.size
    r = np.empty(n + 2)
    total = 0.0
    for i in range(n):
        r[i] = x[i] - 1.0
        total += (i + 1) * (x[i] - 1.0)
    r[n] = total
    r[n + 1] = total * total
    return r


PROBLEMS = [
    (rosenbrock, [-1.2, 1.0], 0.0),
    (freudenstein_roth, [0.5, -2.0], 48.9842),
    (beale, [1.0, 1.0], 0.0),
    (jennrich_sampson, [0.3, 0.4], 124.362),
    (helical_valley, [-1.0, 0.01, 0.0], 0.0),
    (bard, [1.0, 1.0, 1.0], 8.21487e-3),
    (gaussian, [0.4, 1.0, 0.0], 1.12793e-8),
    (meyer, [0.02, 4000.0, 250.0], 87.9458),
    (box, [0.0, 10.0, 20.0], 0.0),
    (powell_singular, [3.0, -1.0, 0.0, 1.0], 0.0),
    (wood, [-3.0, -1.0, -3.0, -1.0], 0.0),
    (kowalik_osborne, [0.25, 0.39, 0.415, 0.39], 3.07505e-4),
    (brown_dennis, [25.0, 5.0, -5.0, -1.0], 85822.2),
    (broyden_tridiagonal, [-1.0] * 8, 0.0),
    (variably_dimensioned, [1.0 - (k + 1) / 6.0 for k in range(6)], 0.0),
]
"""The residuals, the start, and the least sum of squares."""
