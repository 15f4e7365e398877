"""Scalars: arithmetic, elementary functions, names that are written again."""

import math

import numpy as np

from tests.zoo.table import program


@program(lambda: (3.0, 1.0))
def sin_plus_product(x, y):
    """The first example of every text on the subject."""
    return math.sin(x) + x * y


@program(lambda: (2.0, 5.0))
def chain_of_log_product_sine(x1, x2):
    """The worked example of Griewank and Walther, with every step named."""
    v1 = math.log(x1)
    v2 = x1 * x2
    v3 = math.sin(x2)
    v4 = v1 + v2
    return v4 - v3


@program(lambda: (1.3,))
def identity(x):
    """Return the argument itself."""
    return x


@program(lambda: (1.3,))
def constant_result(x):
    """The result does not depend on the argument."""
    return 2.5


@program(lambda: (1.3, 0.7))
def one_argument_unused(x, y):
    """A cotangent that stays zero."""
    return x * x


@program(lambda: (1.1,))
def overwritten_scalar(x):
    """Each line destroys what the adjoint of the line before needs."""
    s = x
    s = s * x
    s = math.sin(s)
    s = s * s
    return s + x


@program(lambda: (0.8, 1.7))
def overwritten_argument(x, y):
    """A scalar argument is a local name."""
    x = x * y
    y = x + y
    x = x * y
    return x - y


@program(lambda: (0.8,))
def name_reused_with_another_type(x):
    """`k` is an int first and a float later."""
    k = 3
    z = x * k
    k = z * z
    return k * x


@program(lambda: (0.4, 1.9))
def scalar_swap(a, b):
    """The right sides are read before either name is written."""
    a, b = b, a
    return a * a + math.exp(b)


@program(lambda: (0.4, 1.9, 0.3))
def three_way_rotation(a, b, c):
    """A cycle of three names."""
    a, b, c = b, c, a
    a, b, c = b * c, c * a, a * b
    return a + 2.0 * b + 3.0 * c


@program(lambda: (0.6,))
def chained_assignment(x):
    """One value, three names, one of them written later."""
    a = b = c = x * x
    b *= 3.0
    return a + b * c


@program(lambda: (1.7, 0.6))
def augmented_operators(x, y):
    """Every float augmented assignment."""
    s = x
    s += y * y
    s -= x * y
    s *= x
    s /= y
    s **= 2.0
    return s


@program(lambda: (1.7, 0.6))
def all_binary_operators(x, y):
    """`+ - * / ** %` and unary signs."""
    a = x + y
    b = x - y
    c = a * b
    d = a / (1.0 + b * b)
    e = x**y
    f = x % y
    return -a + +b * c - d * e + f * x


@program(lambda: (7.3, 2.0))
def floor_division_and_remainder(x, y):
    """`//` has derivative zero, `%` has `-(x // y)` by its divisor."""
    q = x // y
    r = x % y
    return q * x + r * r


@program(lambda: (-7.3, 2.1))
def remainder_of_a_negative(x, y):
    """Python's `%` takes the divisor's sign, `fmod` the dividend's."""
    return (x % y) * x + np.fmod(x, y) * y


@program(lambda: (1.3, 2.4))
def powers(x, p):
    """Literal, int, float and negative exponents."""
    n = 3
    return x**2 + x**-1 + x**0.5 + x**n + 2.0**x + x**p + pow(x, 3)


@program(lambda: (-1.3,))
def integer_power_of_a_negative(x):
    """The exponent's derivative is never asked for."""
    return x**3 + x**4 + (-x) ** 2


@program(lambda: (0.37,))
def elementary_functions(x):
    """Functions of `math`, each used once."""
    s = math.sin(x) + math.cos(x) * math.tan(x)
    s += math.exp(x) + math.expm1(x) + math.log(x) + math.log1p(x) + math.log2(x) + math.log10(x)
    s += math.sqrt(x) + math.sinh(x) + math.cosh(x) + math.tanh(x)
    s += math.asin(x) + math.acos(x) + math.atan(x)
    return s + math.asinh(x) + math.acosh(1.0 + x) + math.atanh(x)


@program(lambda: (0.37,))
def elementary_functions_of_numpy(x):
    """The same under NumPy's names."""
    s = np.sin(x) + np.cos(x) * np.tan(x)
    s += np.exp(x) + np.expm1(x) + np.log(x) + np.log1p(x) + np.log2(x) + np.log10(x)
    s += np.sqrt(x) + np.sinh(x) + np.cosh(x) + np.tanh(x) + np.exp2(x)
    s += np.arcsin(x) + np.arccos(x) + np.arctan(x) + np.square(x) + np.cbrt(x)
    return s + np.arcsinh(x) + np.arccosh(1.0 + x) + np.arctanh(x) + np.reciprocal(x)


@program(lambda: (0.8,))
def special_functions(x):
    """`erf`, `erfc`, `gamma`, `lgamma`."""
    return math.erf(x) * math.erfc(x) + math.gamma(x + 1.0) * math.lgamma(x + 2.5)


@program(lambda: (0.8, -1.4))
def functions_of_two(x, y):
    """`hypot`, `atan2`, `arctan2`, `logaddexp`, `copysign`."""
    s = math.hypot(x, y) * math.atan2(x, y) + np.arctan2(y, x)
    return s + np.logaddexp(x, y) + math.copysign(x, y) * x + np.hypot(x, y)


@program(lambda: (40.0, 2.0))
def degrees_and_radians(x, y):
    """Conversions of angles."""
    return math.sin(math.radians(x)) + math.degrees(y) * np.deg2rad(x) + np.rad2deg(y)


@program(lambda: (2.7, -3.2))
def step_functions(x, y):
    """Rounding has derivative zero; its values still scale other terms."""
    s = math.floor(x) * y + math.ceil(y) * x + math.trunc(y) * x
    s += np.floor(y) * y + np.ceil(x) * x + np.sign(y) * x + np.rint(x) * y
    return s + round(x) * y + int(y) * x


@program(lambda: (0.3, 2.0, -1.0))
def minimum_and_maximum(x, y, z):
    """Built-in and NumPy spellings, two and three arguments."""
    a = min(x, y) * max(y, z)
    b = np.minimum(x, z) * np.maximum(x, y)
    return a + b + max(x, y, z) * x + min(x, y, z) * y + abs(z) * np.abs(x) + math.fabs(z)


@program(lambda: (0.9, 0.2))
def ternary(x, y):
    """A conditional expression on each side of its threshold."""
    a = x * x if x > y else y * y * y
    b = x if x < y else (y if x > 2.0 else x * y)
    return a * b


@program(lambda: (0.7, 1.1, 2.0))
def chained_comparison(x, y, z):
    """`a < b < c` evaluates the middle once."""
    if x < y < z:
        return x * y * z
    return x + y + z


@program(lambda: (0.7, -1.1))
def boolean_operators(x, y):
    """`and`, `or`, `not` in tests and as values."""
    p = x > 0.0 and y < 0.0
    q = x > 1.0 or not y > 0.0
    s = 0.0
    if p and q:
        s = x * y
    if not p or x * y > 0.0:
        s = x + y
    return s * x


@program(lambda: (0.0, 3.0))
def short_circuit_guards_division(x, y):
    """The right operand of `and` must not run when the left is false."""
    if x != 0.0 and y / x > 1.0:
        return y / x
    return x * y + y


@program(lambda: (1.6,))
def int_and_bool_helpers(x):
    """Values through ints and bools carry no derivative."""
    k = int(x * 10.0)
    b = bool(k > 3)
    f = float(k) + (x > 1.0)
    return f * x + k * x * x + b * x


@program(lambda: (1.25,))
def conversions(x):
    """`float(x)` and `np.float64(x)` are the identity."""
    return float(x) * np.float64(x) + float(3) * x


@program(lambda: (0.3,))
def many_uses(x):
    """Contributions to one cotangent add up."""
    y = x * x
    return y * y + math.sin(y) * math.cos(y) + y / (1.0 + y) - y + x


@program(lambda: (0.3, 0.4))
def deep_expression(x, y):
    """One expression of many levels."""
    return ((((x + y) * (x - y) + x) * y + 1.0) * ((x * x + y) / (2.0 + x * y) - x)) ** 2 * x


@program(lambda: (1.2, 0.5))
def names_that_clash(np_, x_bar):
    """Names like those of generated code, and of builtins."""
    x_dot = np_ * x_bar
    tape = x_dot * np_
    y = tape + x_bar
    out_bar = y * y
    lambda_ = out_bar + x_dot
    return lambda_ * x_bar


@program(lambda: (1.2, 0.5))
def builtins_shadowed(sum, len):
    """Local names that hide builtins."""
    abs = sum * len
    id = abs + sum
    return id * len


@program(lambda: (0.5, 0.25))
def several_scalar_outputs(x, y):
    """A tuple of results, one constant, one input itself."""
    return x * y, math.sin(x), 3.0, y


@program(lambda: (0.5, 0.25))
def nested_tuple_output(x, y):
    """A tuple in a tuple."""
    return (x * y, (x + y, x)), y * y


@program(lambda: (1.5, 2))
def int_output_beside_a_float(x, k):
    """An int result has no cotangent."""
    return x**k, k + 1


@program(lambda: (0.3,))
def docstring_and_comments(x):
    """Nothing here runs.

    '''Triple quotes''', \\ and {braces} stay data.
    """
    # a comment
    y = x * x  # another
    "a bare string"
    return y * x


@program(lambda: (0.3, 1.4))
def annotated_names(x: float, y: float) -> float:
    """Annotations are ignored."""
    z: float = x * y
    w: float
    w = z * z
    return w + z
