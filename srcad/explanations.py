"""A page for each code of an error: the cause, the remedy, and a program before and after.

`docs/codes.md` is made of these; the tests run all programs. In a program, `np`, `math`,
`special` and `srcad` are known, and the function `f` is differentiated by x = 1.5 (or by an
array, where its parameter is called `xs`).
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.errors import CODES, NotDifferentiable


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say about a code.

    cause: why it is refused. remedy: what to do. before, after: a program that is refused, and
    one that is accepted; "" where a few lines do not show it.
    """

    cause: str
    remedy: str
    before: str = ""
    after: str = ""


def explain(code: str | NotDifferentiable) -> None:
    """Print what a code of an error means, and what to write instead.

    code: such as "E402", or the error itself, of which the first problem counts.
    Raises ValueError for a code that does not exist.

    >>> import srcad
    >>> srcad.explain("E502")
    E502: a path without a result
    <BLANKLINE>
    Some ways through the function end with a value, others without one, which is None in Python.
    A derivative needs a number on each of them.
    <BLANKLINE>
    Return a value at the end of every branch, or raise an exception where there is none.
    <BLANKLINE>
    refused:
        def f(x):
            if x > 0.0:
                return x * x
    <BLANKLINE>
    accepted:
        def f(x):
            if x > 0.0:
                return x * x
            return 0.0
    """
    if isinstance(code, NotDifferentiable):
        code = code.code
    print(text(str(code)))  # noqa: T201 - what the user has asked for


def text(code: str) -> str:
    """Return the page of a code. Raises ValueError for one that does not exist."""
    if code not in PAGES:
        message = f"there is no code {code!r}; the codes are {', '.join(PAGES)}"
        raise ValueError(message)
    page = PAGES[code]
    parts = [f"{code}: {CODES[code]}", page.cause, page.remedy]
    for name, program in (("refused", page.before), ("accepted", page.after)):
        if program:
            parts.append(f"{name}:\n" + "\n".join(f"    {line}" for line in program.splitlines()))
    return "\n\n".join(parts)


PAGES = {
    "E101": Page(
        "srcad reads the source text of a function. There is none for functions that were made by\n"
        "exec(), typed at the bare prompt, or written in C.",
        "Define the function in a file or in a cell of a notebook. For a function in C, give it a\n"
        "rule: srcad.rule, or srcad.custom_jvp around a Python function that calls it.",
    ),
    "E102": Page(
        "What was given to an operator, or is called inside a function, is no function with source:\n"
        "a class, an object, a built-in function.",
        "Pass a function that is written with def or lambda. Methods and partials are accepted as\n"
        "they are, and objects whose class has a __call__ written in Python.",
    ),
    "E103": Page(
        "The file has changed since the function was loaded, so that its text is not what runs. Or\n"
        "a decorator has replaced the function and kept its name.",
        "Import or reload the module again. Put srcad.differentiate under other decorators.",
    ),
    "E104": Page(
        "An expression has more than some thousand levels of parentheses, or statements are nested\n"
        "as deeply. Mostly the program was written by another program.",
        "Give names to parts of the expression, or write a loop over an array.",
    ),
    "E105": Page(
        "Functions that are called become part of the function that calls them. All together have\n"
        "too many statements, mostly because a long function is called at many places.",
        "Call it in a loop, or let it stay a function of its own: srcad.checkpoint(g), or a rule\n"
        "(srcad.custom_vjp).",
    ),
    "E201": Page(
        "This statement does more than compute: try, with, import, classes, async functions.",
        "Move it out of the function that is differentiated: test a condition with if in the place\n"
        "of try, import at the top of the file.",
        "def f(x):\n    try:\n        return math.log(x)\n    except ValueError:\n        return 0.0",
        "def f(x):\n    if x > 0.0:\n        return math.log(x)\n    return 0.0",
    ),
    "E202": Page(
        "This expression makes something that is no number, array, tuple or dict of them.",
        "Store values in an array, and write the loop.",
        "def f(x):\n    powers = {k: x**k for k in range(3)}\n    return powers[2]",
        "def f(x):\n    powers = np.empty(3)\n    for k in range(3):\n        powers[k] = x**k\n"
        "    return powers[2]",
    ),
    "E203": Page(
        "The number of arguments has to be known: *args and **kwargs have none.",
        "Name the parameters. Several arguments of one kind can be a tuple or an array.",
        "def f(*xs):\n    return xs[0] * xs[0]",
        "def f(x):\n    return x * x",
    ),
    "E204": Page(
        "Attributes of objects and items of tuples cannot be assigned: a derivative call never\n"
        "changes what it is given.",
        "Use a local variable or an array, and return what has changed.",
        "def f(x):\n    pair = (x, 2.0 * x)\n    pair[0] = 1.0\n    return pair[1]",
        "def f(x):\n    pair = np.array([x, 2.0 * x])\n    pair[0] = 1.0\n    return pair[1]",
    ),
    "E205": Page(
        "The function writes a variable outside itself: a global, a variable of an enclosing\n"
        "function, or an array that it captures. The derivative of such an effect is not defined.",
        "Pass the value in and return it; take the array as an argument, or write to a copy.",
        "TOTAL = np.zeros(1)\n\n\ndef f(x):\n    TOTAL[0] = x * x\n    return TOTAL[0]",
        "TOTAL = np.zeros(1)\n\n\ndef f(x):\n    total = TOTAL.copy()\n    total[0] = x * x\n"
        "    return total[0]",
    ),
    "E206": Page(
        "A loop goes over something whose items are not known: only range, enumerate, zip, arrays,\n"
        "tuples, lists and dicts have loops.",
        "Loop over range(n), and index what the items are taken from.",
        "def f(x):\n    s = 0.0\n    for item in x:\n        s += item\n    return s",
        "def f(x):\n    s = 0.0\n    for k in range(3):\n        s += x * k\n    return s",
    ),
    "E207": Page(
        "Exceptions may be raised with constant arguments, as Numba has it; an exception that is\n"
        "caught cannot be raised again.",
        "Write a constant message.",
        "def f(x):\n    if x < 0.0:\n        raise\n    return math.sqrt(x)",
        'def f(x):\n    if x < 0.0:\n        raise ValueError("x is negative")\n'
        "    return math.sqrt(x)",
    ),
    "E208": Page(
        "An operation on a whole array stands where it has no meaning, or one that srcad has no\n"
        "loop for.",
        "Write the loop over the elements.",
        "def f(xs):\n    xs[0] = xs\n    return xs[0]",
        "def f(xs):\n    xs[0] = xs[1]\n    return xs[0]",
    ),
    "E301": Page(
        "An operation has no meaning for the types of these arguments, such as the item of a number.",
        "Look at the types of the arguments of the call. srcad follows Numba's types.",
    ),
    "E401": Page(
        "A name is not defined, or read before it is assigned on some path.",
        "Define it before, or import it at the top of the file.",
        "def f(x):\n    return x * scale_of_everything",
        "scale_of_everything = 2.0\n\n\ndef f(x):\n    return x * scale_of_everything",
    ),
    "E402": Page(
        "The function calls something that has neither a derivative rule nor Python source. It is\n"
        "never taken for a constant.",
        "Write what it computes in Python: iterations and series are differentiated as they are. If\n"
        "its derivative is known, give it a rule of one line: srcad.rule takes functions of Python,\n"
        "of Numba, and of ctypes, as those of scipy.special.cython_special. A solver takes\n"
        "srcad.root, fixed_point or argmin around it. Functions of torch and jax belong to the tapes\n"
        "of these libraries: write the same with NumPy, or wrap it in srcad.from_torch, from_jax. If it\n"
        "is a constant in fact, call it outside, and pass the result in.",
        "def f(x):\n    return special.ellipk(x / 2.0)",
        "def ellipk(m):\n    a, b = 1.0, math.sqrt(1.0 - m)\n    for _ in range(8):\n"
        "        a, b = (a + b) / 2.0, math.sqrt(a * b)\n    return math.pi / (2.0 * a)\n\n\n"
        "def f(x):\n    return ellipk(x / 2.0)",
    ),
    "E403": Page(
        "A function is called with arguments that it does not take: too many, missing, unknown\n"
        "keywords, or a value that has to be known while compiling.",
        "Look at the signature; keywords of NumPy that are supported are in docs/functions.md.",
        "def f(x):\n    return math.sin(x, x)",
        "def f(x):\n    return math.sin(x)",
    ),
    "E404": Page(
        "The object has no such attribute, or one that is no number, array or function.",
        "Check the spelling. Read what you need outside of the function, and pass it in.",
        "def f(x):\n    return math.sine(x)",
        "def f(x):\n    return math.sin(x)",
    ),
    "E405": Page(
        "An object is used that is no number, array, tuple, dict with string keys, named tuple or\n"
        "dataclass.",
        "Pass the numbers and arrays that it holds.",
        "TABLE = {1: 2.0}\n\n\ndef f(x):\n    return x * TABLE[1]",
        "TABLE = (1.0, 2.0)\n\n\ndef f(x):\n    return x * TABLE[1]",
    ),
    "E406": Page(
        "The function has a rule of your own, which is for the other mode, or for other arguments:\n"
        "custom_vjp has no tangents, and the rule of custom_jvp must be linear in the tangents.",
        "Use custom_jvp where both modes are needed: reverse mode is its transpose. Multiply each\n"
        "tangent with something that depends on the primals alone.",
        "@srcad.custom_jvp\ndef g(x):\n    return x * x\n\n\n"
        "g.defjvp(lambda primals, tangents: (g(primals[0]), tangents[0] ** 2))\n\n\n"
        "def f(x):\n    return g(x)",
        "@srcad.custom_jvp\ndef g(x):\n    return x * x\n\n\n"
        "g.defjvp(lambda primals, tangents: (g(primals[0]), 2.0 * primals[0] * tangents[0]))\n\n\n"
        "def f(x):\n    return g(x)",
    ),
    "E407": Page(
        "taylor and series need derivatives of any order. Here is a function of which only the first\n"
        "is known: one with a rule of your own, or some of np.linalg.",
        "Nest srcad.jvp for the orders that you need.",
    ),
    "E408": Page(
        "sparsity follows which inputs each value depends on. Here, that cannot be said before the\n"
        "numbers are known: the inputs decide how large an array is, or which array a name means.",
        "Give the pattern: sparse_jacobian(f, sparsity=...).",
    ),
    "E501": Page(
        "A name stands for different kinds of things on different paths, or changes its kind inside\n"
        "a loop: a number and an array, a tuple of two and one of three.",
        "Use two names.",
        "def f(x):\n    if x > 1.0:\n        y = (x, x)\n    else:\n        y = x\n    return y",
        "def f(x):\n    if x > 1.0:\n        y = (x, x)\n    else:\n        y = (x, 0.0)\n"
        "    return y[0]",
    ),
    "E502": Page(
        "Some ways through the function end with a value, others without one, which is None in Python."
        "\nA derivative needs a number on each of them.",
        "Return a value at the end of every branch, or raise an exception where there is none.",
        "def f(x):\n    if x > 0.0:\n        return x * x",
        "def f(x):\n    if x > 0.0:\n        return x * x\n    return 0.0",
    ),
    "E503": Page(
        "A tuple has another length than is written, or is indexed by something that is not known\n"
        "while compiling.",
        "Index tuples by constants, or use an array.",
        "def f(x):\n    a, b = (x, 2.0 * x, 3.0)\n    return a * b",
        "def f(x):\n    a, b, _ = (x, 2.0 * x, 3.0)\n    return a * b",
    ),
    "E504": Page(
        "An array has fewer axes than indices, or an index is no integer.",
        "Use int(...) or // for indices that are computed.",
        "def f(xs):\n    return xs[1.0]",
        "def f(xs):\n    return xs[1]",
    ),
    "E505": Page(
        "Arrays of this dtype have no derivatives here: objects, texts, records, float16.",
        "Convert to float64 before: x.astype(np.float64).",
    ),
}
"""The page of each code."""
