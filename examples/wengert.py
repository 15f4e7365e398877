"""Wengert's tape beside generated source: the same chain rule, recorded or written down.

A tape (Wengert, 1964; Linnainmaa, 1970, backwards) notes each operation with its partial
derivatives while the program runs, and is then walked backwards. srcad writes that walk as a
program.
"""

import math

import srcad


class Number:
    """A value with a place on the tape."""

    def __init__(self, tape, value, *partials):
        self.tape, self.value, self.place = tape, value, len(tape)
        tape.append(partials)

    def __mul__(self, other):
        partials = (self.place, other.value), (other.place, self.value)
        return Number(self.tape, self.value * other.value, *partials)

    def __add__(self, other):
        return Number(self.tape, self.value + other.value, (self.place, 1.0), (other.place, 1.0))


def sin(x):
    return Number(x.tape, math.sin(x.value), (x.place, math.cos(x.value)))


def adjoints(tape):
    """Walk the tape backwards: every path from the result to an input adds its product."""
    bars = [0.0] * len(tape)
    bars[-1] = 1.0
    for place in reversed(range(len(tape))):
        for source, partial in tape[place]:
            bars[source] += bars[place] * partial
    return bars


@srcad.differentiate
def f(x, y):
    u = x * y
    v = math.sin(u)
    return u * v + v


def main():
    tape = []
    x, y = Number(tape, 1.5), Number(tape, 0.4)
    u = x * y
    v = sin(u)
    out = u * v + v
    bars = adjoints(tape)
    print("place  partial derivatives                 adjoint")
    for place, (partials, bar) in enumerate(zip(tape, bars, strict=True)):
        row = ", ".join(f"v{source}: {partial:.4f}" for source, partial in partials)
        print(f"v{place}     {row:34}  {bar:8.4f}")
    value, (x_bar, y_bar) = srcad.value_and_grad(f, argnums=(0, 1))(1.5, 0.4)
    print(f"\ntape   {out.value:.6f}  {bars[0]:.6f}  {bars[1]:.6f}")
    print(f"source {value:.6f}  {x_bar:.6f}  {y_bar:.6f}\n")
    print(f.inspect_adjoint(1.5, 0.4, argnums=(0, 1)))


if __name__ == "__main__":
    main()
