"""Functions of tensors of PyTorch, whose gradients srcad computes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from srcad.carried import carrier_of
from srcad.derivative import target_of
from srcad.operators.products import vjp


def as_torch(f: Any) -> Any:
    """Return `f` as a function of tensors of PyTorch, which `backward` goes through.

    f: a function as `vjp` takes it; it returns a float or an array, or a tuple of these, and
        writes none of its arguments.

    The result takes tensors on the CPU, numbers and NumPy arrays, by position, and returns a
    tensor of the dtype that `f` gives, or a tuple of them. Tensors are read without a copy.
    Those that require gradients get them; everything else is constant. The gradient is that of
    `vjp`, of first order: it has no derivative in PyTorch.
    Raises ImportError without PyTorch, TypeError for tensors elsewhere than on the CPU or of
    dtypes that NumPy does not have; and as `vjp`.
    """
    _check(f, "as_torch")
    function = _function()

    def call(*args: Any) -> Any:
        """Return the value as tensors."""
        return function.apply(f, *args)

    call.__name__ = f"{_name(f)}_of_tensors"
    return call


@cache
def _function() -> Any:
    """Return the class that PyTorch calls forwards and backwards."""
    import torch  # noqa: PLC0415 - takes long to import, and may not be there

    def as_array(value: Any, k: int) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        if value.device.type != "cpu":
            message = f"argument {k} is a tensor on {value.device}; call .cpu() first"
            raise TypeError(message)
        try:
            array = value.detach().numpy()
        except (TypeError, RuntimeError) as error:
            message = f"argument {k} is a tensor of {value.dtype}, which NumPy does not have"
            raise TypeError(message) from error
        return array if array.ndim else array[()]

    def as_tensor(value: Any, like: Any) -> Any:
        # Compiled code hands out numbers of float32 as floats.
        if isinstance(value, float) and like is not None:
            return torch.tensor(value, dtype=like)
        array = np.array(value)  # it belongs to the tensor alone
        return torch.from_numpy(array) if array.ndim else torch.tensor(array[()])

    class Srcad(torch.autograd.Function):
        """A function that srcad differentiates."""

        @staticmethod
        def forward(context: Any, f: Any, *args: Any) -> Any:
            """Return the value; the pullback is kept."""
            arrays = [as_array(arg, k) for k, arg in enumerate(args)]
            out, context.pullback = vjp(f, *arrays)
            floats = [
                a.dtype for a in args if isinstance(a, torch.Tensor) and a.is_floating_point()
            ]
            single = floats and all(dtype == torch.float32 for dtype in floats)
            like = torch.float32 if single else torch.float64
            context.args = args
            context.is_tuple = isinstance(out, tuple)
            found = tuple(as_tensor(o, like) for o in (out if context.is_tuple else (out,)))
            context.outs = [o.numpy() for o in found]
            context.mark_non_differentiable(*(o for o in found if not o.is_floating_point()))
            return found if context.is_tuple else found[0]

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(context: Any, *bars: Any) -> Any:
            """Return the gradients."""
            given: list[Any] = []
            for bar, out in zip(bars, context.outs, strict=True):
                if out.dtype.kind != "f":
                    given.append(None)
                    continue
                array = np.zeros_like(out) if bar is None else bar.detach().numpy()
                given.append(array.astype(out.dtype) if array.ndim else out.dtype.type(array))
            found = context.pullback(tuple(given) if context.is_tuple else given[0])
            result: list[Any] = [None]
            for arg, bar, wanted in zip(
                context.args, found, context.needs_input_grad[1:], strict=True
            ):
                is_wanted = wanted and bar is not None
                result.append(as_tensor(bar, arg.dtype) if is_wanted else None)
            return tuple(result)

    return Srcad


def _check(f: Any, operator: str) -> None:
    """Raise TypeError for what is no function."""
    carrier = carrier_of(f)
    target_of(f if carrier is None else carrier.func, operator)


def _name(f: Any) -> str:
    carrier = carrier_of(f)
    return str(getattr(f if carrier is None else carrier.func, "__name__", "f"))
