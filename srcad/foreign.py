"""Arrays of other libraries, and what to do with them instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LIBRARIES = {"torch": "PyTorch", "jax": "JAX", "jaxlib": "JAX", "tensorflow": "TensorFlow"}
TABLES = {"pandas": "pandas", "polars": "polars", "xarray": "xarray"}


def refuse_foreign(args: Sequence[object], names: Sequence[str]) -> None:
    """Raise TypeError for an array of another library: how to pass it is the caller's choice."""
    for k, arg in enumerate(args):
        root = type(arg).__module__.partition(".")[0]
        if root in TABLES:
            name = names[k] if k < len(names) else f"argument {k}"
            message = f"{name} is a {type(arg).__name__} of {TABLES[root]}; pass {name}.to_numpy()"
            raise TypeError(message)
        if root in LIBRARIES:
            name = names[k] if k < len(names) else f"argument {k}"
            message = f"{name} is {_what(arg, root)}"
            raise TypeError(message)


def _what(arg: Any, root: str) -> str:
    """Return what it is, and what to write."""
    library = LIBRARIES[root]
    if library == "JAX":
        if "Tracer" in type(arg).__name__ or hasattr(arg, "_trace"):
            return "a value that JAX traces; give the function to srcad.as_jax, and call that"
        return (
            "an array of JAX; pass np.asarray(...) of it, which makes no copy, or give the "
            "function to srcad.as_jax"
        )
    if library == "PyTorch":
        how = ".detach().numpy()" if getattr(arg, "requires_grad", False) else ".numpy()"
        where = "" if getattr(getattr(arg, "device", None), "type", "cpu") == "cpu" else ".cpu()"
        how = f"{where}{how}"
        return (
            f"a tensor of PyTorch; pass {how} of it, which makes no copy, or give the function "
            "to srcad.as_torch"
        ).replace(", which makes no copy", "" if where else ", which makes no copy")
    return f"an array of {library}; pass an array of NumPy"
