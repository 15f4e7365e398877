"""The plan of a nest of loops: what its gradient keeps, where and how long."""

import numpy as np

import srcad


def weather(x, days, gain):
    for _ in range(days):
        for i in range(x.size - 1):
            push = gain * np.tanh(x[i] * x[i + 1])
            x[i] += 0.1 * push
        wind = 1.0
        while wind > 0.1:
            wind *= 0.5 * np.cos(x[0])
            x[-1] += 0.1 * wind * wind
    return np.sum(x * x)


def main():
    args = np.array([0.4, -0.7, 1.2, 0.5]), 6, 0.9
    found = srcad.timeline(weather)(*args)
    print(found)
    print("\ntold before anything runs:")
    print(srcad.memory(weather)(*args))
    return found


GRID = (2, 1)
SIZE = (7.6, 6.0)


def draw(axes, found):
    found.plot(axes)


if __name__ == "__main__":
    main()
