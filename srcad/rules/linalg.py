"""Functions of whole arrays that stay calls: products of matrices and linear algebra.

    whole("dot_nn(a[ij], b[jk]) -> y[ik]", "np.dot({0}, {1})", da="dot_nt(y_bar, b)", ...)

The first text names the function, its arguments and its results, each with a letter for
every axis: axes of the same letter are equally long. A letter for the layout may follow the
brackets of a result (C if there is none). The second text is how the call is printed.

A function that is linear in each argument has the adjoints of its arguments beside it, as
other functions of this table. Its tangent is the sum of itself, applied to one tangent at a
time. The derivatives of every other function are Python functions in the language that
srcad accepts, in `srcad.library.linalg_derivatives`, found by name: `solve_tangent` if all
arguments have a tangent, `solve_tangent_a` if only `a` has one; `solve_adjoint` likewise.
Their parameters say what they need: arguments and results of the call, `a_dot`, `x_bar`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from srcad.ir.printed import Printed
from srcad.ir.types import COMPLEX, FLOATS, Array, Scalar, Type
from srcad.library import complex_derivatives, linalg_derivatives

SIGNATURE = re.compile(r"(\w+)\((.*)\) -> (.*)")
LIBRARIES = {module.__name__: module for module in (linalg_derivatives, complex_derivatives)}
"""Where derivative functions are, by the names of modules."""

ITEM = re.compile(r"(\w+)\[(\w*)\]([CFA]?)")


@dataclass(frozen=True, slots=True)
class Item:
    """An argument or a result: a name, a letter for each axis, and the layout.

    is_real: whether a result is real where the arguments are complex.
    """

    name: str
    axes: str
    layout: str = "C"
    is_real: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """What an argument's adjoint is: a function of the table, and names of its arguments."""

    function: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A function of whole arrays, as the `function` of a call that stays a call.

    products: the adjoint of each argument, if the function is linear in each.
    rule: the name that its derivative functions begin with.
    flips: the function to call instead where an argument is the transpose of an array.
    integers: how the call is printed for arrays of integers.
    harmless: whether the call can be left out where nobody reads its results.
    settled: whether the arguments are arrays of one dtype that BLAS and LAPACK take.
    is_complex: whether it takes complex numbers only.
    """

    name: str
    text: str
    params: tuple[Item, ...]
    results: tuple[Item, ...]
    products: tuple[Product, ...] = ()
    rule: str = ""
    flips: tuple[str, ...] = ()
    integers: str = ""
    harmless: bool = False
    settled: bool = False
    is_complex: bool = False

    def dtype(self, types: Sequence[object]) -> str:
        """Return the dtype that the arguments are converted to.

        Raises TypeError for what is not an array of numbers.
        """
        kinds = []
        for item, type_ in zip(self.params, types, strict=True):
            rank = len(item.axes)
            if not isinstance(type_, Array) or type_.ndim != rank or type_.dtype == "bool":
                message = f"'{item.name}' must be an array of numbers of {rank} dimensions"
                raise TypeError(f"{message}, not {type_}")
            kinds.append(np.dtype(type_.dtype))
        found = str(np.result_type(*kinds))
        if self.is_complex and found not in COMPLEX:
            message = f"its results are complex: '{self.params[0].name}' must be so, too"
            raise TypeError(f"{message}; write a + 0j")
        return found if found in (*FLOATS, *COMPLEX) or self.integers else "float64"

    def result_types(self, types: Sequence[object]) -> tuple[Type, ...]:
        """Return the types of the results for these types of arguments."""
        kind = self.dtype(types)
        own = {
            item.name: COMPLEX.get(kind, kind) if item.is_real else kind for item in self.results
        }
        return tuple(
            Array(own[item.name], len(item.axes), item.layout)
            if item.axes
            else Scalar(own[item.name])
            for item in self.results
        )

    def derivative(self, kind: str, active: Sequence[int]) -> Callable[..., object]:
        """Return the library's tangent or adjoint with respect to these arguments."""
        names = [self.params[k].name for k in active]
        suffix = "" if len(names) == len(self.params) else "_" + "_".join(names)
        name = f"{self.rule}_{kind}{suffix}"
        module = complex_derivatives if hasattr(complex_derivatives, name) else linalg_derivatives
        found: Callable[..., object] = getattr(module, name)
        return found


def parameters(function: Callable[..., object]) -> tuple[str, ...]:
    """Return what a derivative function of the library needs, by name."""
    return tuple(inspect.signature(function).parameters)


def gives_new_memory(function: object) -> bool:
    """Return whether a call gives arrays that nothing else refers to yet, and writes none.

    So do derivatives and functions with rules, whose results are copies (`functional`), unless
    nobody has looked into them.
    """
    if hasattr(function, "__srcad_derivative__"):
        return not getattr(function, "is_opaque", False)
    module = getattr(function, "__module__", None)
    return isinstance(function, Whole | Printed) or module in LIBRARIES


def whole(
    signature: str,
    text: str,
    *,
    rule: str = "",
    flips: str = "",
    integers: str = "",
    harmless: bool = False,
    reals: str = "",
    **products: str,
) -> Whole:
    """Return one row of the table. See the module docstring.

    reals: the names of the results that are real where the arguments are complex.
    """
    found = SIGNATURE.fullmatch(signature)
    assert found is not None, signature
    params, results = _items(found[2]), _items(found[3], reals.split())
    adjoints = tuple(_product(products[f"d{p.name}"]) for p in params) if products else ()
    return Whole(
        found[1],
        text,
        params,
        results,
        products=adjoints,
        rule=rule,
        flips=tuple(flips.split()),
        integers=integers,
        harmless=harmless,
    )


def _items(text: str, reals: Sequence[str] = ()) -> tuple[Item, ...]:
    return tuple(
        Item(name, axes, layout or "C", name in reals) for name, axes, layout in ITEM.findall(text)
    )


def _product(text: str) -> Product:
    name, _, rest = text.removesuffix(")").partition("(")
    return Product(name, tuple(rest.replace(" ", "").split(",")))


def settled(row: Whole) -> Whole:
    """Return the row as it stands in a call whose arguments are as BLAS takes them."""
    return replace(row, settled=True)


def known_axes(function: object, ranks: Sequence[int]) -> dict[str, str]:
    """Return the letters of the axes of what a derivative function of the library takes."""
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", "")
    for row in ROWS if module in LIBRARIES else ():
        if row.rule and name.startswith((f"{row.rule}_tangent", f"{row.rule}_adjoint")):
            assert callable(function)
            given = parameters(function)
            letters = {item.name: item.axes for item in (*row.params, *row.results)}
            found = {p: letters[p.removesuffix("_dot").removesuffix("_bar")] for p in given}
            if [len(found[p]) for p in given] == list(ranks):
                return found
    return {}


OUTER = "outer"
"""The product of two vectors: added to an adjoint element by element, never called."""

ROWS = (
    whole(
        "dot_nn(a[ij], b[jk]) -> y[ik]",
        "np.dot({0}, {1})",
        da="dot_nt(y_bar, b)",
        db="dot_tn(a, y_bar)",
        flips="dot_tn dot_nt",
        integers="integer_dot({0}, {1})",
        harmless=True,
    ),
    whole(
        "dot_nt(a[ij], b[kj]) -> y[ik]",
        "np.dot({0}, {1}.T)",
        da="dot_nn(y_bar, b)",
        db="dot_tn(y_bar, a)",
        flips="dot_tt dot_nn",
        integers="integer_dot({0}, {1}.T)",
        harmless=True,
    ),
    whole(
        "dot_tn(a[ji], b[jk]) -> y[ik]",
        "np.dot({0}.T, {1})",
        da="dot_nt(b, y_bar)",
        db="dot_nn(a, y_bar)",
        flips="dot_nn dot_tt",
        integers="integer_dot({0}.T, {1})",
        harmless=True,
    ),
    whole(
        "dot_tt(a[ji], b[kj]) -> y[ik]",
        "np.dot({0}.T, {1}.T)",
        da="dot_tt(b, y_bar)",
        db="dot_tt(y_bar, a)",
        flips="dot_nt dot_tn",
        integers="integer_dot({0}.T, {1}.T)",
        harmless=True,
    ),
    whole(
        "mv_n(a[ij], b[j]) -> y[i]",
        "np.dot({0}, {1})",
        da="outer(y_bar, b)",
        db="mv_t(a, y_bar)",
        flips="mv_t",
        integers="integer_mv({0}, {1})",
        harmless=True,
    ),
    whole(
        "mv_t(a[ji], b[j]) -> y[i]",
        "np.dot({0}.T, {1})",
        da="outer(b, y_bar)",
        db="mv_n(a, y_bar)",
        flips="mv_n",
        integers="integer_mv({0}.T, {1})",
        harmless=True,
    ),
    whole("solve_v(a[nn], b[n]) -> x[n]", "linear_solve({0}, {1})", rule="solve"),
    whole("solve_m(a[nn], b[nm]) -> x[nm]F", "linear_solve({0}, {1})", rule="solve"),
    whole("lower(a[nn], b[nm]) -> x[nm]", "solve_lower({0}, {1})", rule="lower"),
    whole("lower_t(a[nn], b[nm]) -> x[nm]", "solve_lower_t({0}, {1})", rule="lower_t"),
    whole("inv(a[nn]) -> y[nn]F", "np.linalg.inv({0})", rule="inv"),
    whole("det(a[nn]) -> y[]", "np.linalg.det({0})", rule="det", harmless=True),
    whole(
        "slogdet(a[nn]) -> s[], y[]",
        "np.linalg.slogdet({0})",
        rule="slogdet",
        harmless=True,
        reals="y",
    ),
    whole("cholesky(a[nn]) -> y[nn]", "np.linalg.cholesky({0})", rule="cholesky"),
    whole("qr(a[mn]) -> q[mk]A, r[kn]F", "np.linalg.qr({0})", rule="qr"),
    whole(
        "svd(a[mn]) -> u[mk]F, s[k], vt[kn]F",
        "np.linalg.svd({0}, full_matrices=False)",
        rule="svd",
        reals="s",
    ),
    whole("eigh(a[nn]) -> w[n], v[nn]F", "np.linalg.eigh({0})", rule="eigh", reals="w"),
    whole("eigvalsh(a[nn]) -> w[n]", "np.linalg.eigvalsh({0})", rule="eigvalsh", reals="w"),
    replace(
        whole("eig(a[nn]) -> w[n], v[nn]F", "np.linalg.eig({0})", rule="complex_eig"),
        is_complex=True,
    ),
    replace(
        whole("eigvals(a[nn]) -> w[n]", "np.linalg.eigvals({0})", rule="complex_eigvals"),
        is_complex=True,
    ),
    *(
        whole(f"{name}(a[{axes}]) -> {results}", f"{name}({{0}})", rule=name, harmless=harmless)
        for name, axes, results, harmless in (
            ("complex_det", "pnn", "y[p]", True),
            ("complex_slogdet", "pnn", "s[p], y[]", True),
            ("complex_cholesky", "pnn", "y[pnn]", False),
            ("complex_qr", "pmn", "q[pmk], r[pkn]", False),
            ("complex_svd", "pmn", "u[pmk], s[k], vh[pkn]", False),
            ("complex_eigh", "pnn", "w[n], v[pnn]", False),
            ("complex_eigvalsh", "pnn", "w[n]", False),
            ("complex_eig", "pnn", "w[pn], v[pnn]", False),
            ("complex_eigvals", "pnn", "w[pn]", False),
        )
    ),
    whole("fourier(z[abn]) -> y[abn]", "fourier({0})", dz="fourier_back(y_bar)", harmless=True),
    whole(
        "fourier_back(z[abn]) -> y[abn]", "fourier_back({0})", dz="fourier(y_bar)", harmless=True
    ),
    whole("lstsq_v(a[mn], b[m]) -> x[n]", "least_squares({0}, {1})", rule="lstsq"),
    whole("lstsq_m(a[mn], b[mp]) -> x[np]", "least_squares({0}, {1})", rule="lstsq"),
)

WHOLES: dict[str, Whole] = {row.name: row for row in ROWS}
