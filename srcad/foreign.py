"""Arrays of other libraries: those that NumPy can read where they are, and those it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LIBRARIES = {"torch": "PyTorch", "jax": "JAX", "jaxlib": "JAX", "tensorflow": "TensorFlow"}
TABLES = {"pandas": "pandas", "polars": "polars", "xarray": "xarray"}


def is_of_another_tape(module: object) -> bool:
    """Return whether a module, by its name, belongs to a library with derivatives of its own."""
    return str(module).partition(".")[0] in LIBRARIES


def is_foreign_array(value: object) -> bool:
    """Return whether a value is an array of one of these libraries."""
    return is_of_another_tape(type(value).__module__) and hasattr(value, "__array__")


def as_numpy(value: Any) -> Any:
    """Return an array of another library as NumPy sees it, in the same memory; 0-d as a number.

    One that cannot be read there is returned as it is.
    """
    if _refusal(value) is not None:
        return value
    array = value.__array__()
    return array if array.ndim else array[()]


def refuse_foreign(args: Sequence[object], names: Sequence[str]) -> None:
    """Raise TypeError for an array of another library that is not read where it is."""
    for k, arg in enumerate(args):
        why = _refusals(arg)
        if why is not None:
            name = names[k] if k < len(names) else f"argument {k}"
            whose = f"pass {name}." if why.startswith("is ") else "pass its ."
            message = f"{name} {why}".replace("pass its .", whose)
            raise TypeError(message)


def _refusals(arg: object) -> str | None:
    """Return what is wrong with an argument, or with an array that it holds."""
    if isinstance(arg, dict | list | tuple):
        parts = arg.values() if isinstance(arg, dict) else arg
        found = next(filter(None, map(_refusals, parts)), None)
        return None if found is None else f"holds {found.partition(' ')[2]}"
    root = str(type(arg).__module__).partition(".")[0]
    if root in TABLES:
        return f"is a {type(arg).__name__} of {TABLES[root]}; pass its .to_numpy()"
    why = _refusal(arg) if root in LIBRARIES else None
    return None if why is None else f"is {why}"


def _refusal(arg: Any) -> str | None:
    """Return what an array is, and what to write; None where it is read as it is."""
    library = LIBRARIES[type(arg).__module__.partition(".")[0]]
    match library:
        case "JAX":
            if "Tracer" in type(arg).__name__ or hasattr(arg, "_trace"):
                return "a value that JAX traces; give the function to srcad.as_jax, and call that"
            if not hasattr(arg, "__array__"):
                return "no array of JAX"
            return _elsewhere(arg) or _of_unknown_dtype(arg, "an array of JAX")
        case "PyTorch":
            return _torch_refusal(arg)
        case _:
            return f"an array of {library}; pass an array of NumPy"


def _elsewhere(arg: Any) -> str | None:
    """Return what to write for an array of JAX that is not in the memory of this process."""
    platforms = {getattr(device, "platform", "cpu") for device in arg.devices()}
    if platforms == {"cpu"} and getattr(arg, "is_fully_addressable", True):
        return None
    where = ", ".join(sorted(platforms))
    return f"an array of JAX on {where}; pass np.asarray(...) of it, a copy"


def _torch_refusal(arg: Any) -> str | None:
    what = "a tensor of PyTorch"
    if not hasattr(arg, "__array__"):
        return f"no tensor of PyTorch, but {type(arg).__name__}"
    device = getattr(getattr(arg, "device", None), "type", "cpu")
    if device != "cpu":
        how = ".detach().cpu().numpy()" if arg.requires_grad else ".cpu().numpy()"
        return f"{what} on {device}; pass {how} of it, or give the function to srcad.as_torch"
    if arg.requires_grad:
        return (
            f"{what} that requires a gradient, which would be lost; give the function to "
            "srcad.as_torch, or pass .detach() of it"
        )
    if getattr(arg, "is_sparse", False) or arg.is_conj() or arg.is_neg():
        how = ".to_dense()" if getattr(arg, "is_sparse", False) else ".resolve_conj().resolve_neg()"
        return f"{what} that is not written out in memory; pass {how} of it"
    return _of_unknown_dtype(arg, what)


def _of_unknown_dtype(arg: Any, what: str) -> str | None:
    """Return what to write for numbers that NumPy does not have."""
    try:
        kind = arg.__array__().dtype.kind
    except (TypeError, RuntimeError):
        kind = "V"
    if kind in "fiubc":
        return None
    return f"{what} of {arg.dtype}, which NumPy does not have; pass another dtype"
