"""Functions as operations of PyTensor, for models of PyMC, whose gradients srcad computes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from srcad.bridges.for_torch import _check, _name
from srcad.operators.products import vjp
from srcad.trees import is_float


def as_pytensor(f: Any, ndim: int = 0) -> Any:
    """Return `f` as an operation of PyTensor, with its gradient.

    f: a function as `vjp` takes it; it returns one float or one array of floats, and writes
        none of its arguments.
    ndim: the number of axes of the result, 0 for one float.

    The result takes tensors and numbers of PyTensor by position, and returns a tensor of
    float64. `pytensor.grad` goes through it once; integers are constant.
    Raises ImportError without PyTensor, ValueError for a result with another number of axes;
    and as `vjp`.
    """
    _check(f, "as_pytensor")
    operation, _ = _classes()
    return operation(f, int(ndim))


@cache
def _classes() -> tuple[Any, Any]:
    import pytensor.tensor as pt  # noqa: PLC0415 - takes long to import, and may not be there
    from pytensor.gradient import DisconnectedType  # noqa: PLC0415
    from pytensor.graph.basic import Apply  # noqa: PLC0415
    from pytensor.graph.op import Op  # noqa: PLC0415

    def given(inputs: Any) -> tuple[Any, ...]:
        return tuple(x if np.ndim(x) else np.asarray(x)[()] for x in inputs)

    class Value(Op):
        """The value of a function that srcad differentiates."""

        __props__ = ("f", "ndim")

        def __init__(self, f: Any, ndim: int) -> None:
            self.f, self.ndim = f, ndim

        def __str__(self) -> str:
            return f"srcad({_name(self.f)})"

        def make_node(self, *inputs: Any) -> Any:
            """Return the application."""
            inputs = tuple(map(pt.as_tensor_variable, inputs))
            return Apply(self, inputs, [pt.tensor(dtype="float64", shape=(None,) * self.ndim)])

        def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
            """Compute the value."""
            del node
            value = np.array(vjp(self.f, *given(inputs))[0], np.float64)
            if value.ndim != self.ndim:
                message = f"as_pytensor: {_name(self.f)} returns {value.ndim} axes; write ndim="
                raise ValueError(f"{message}{value.ndim}")
            output_storage[0][0] = value

        def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> Any:
            """Return the gradients as variables."""
            del outputs
            floats = [k for k, x in enumerate(inputs) if x.dtype.startswith("float")]
            (bar,) = cotangents
            if isinstance(bar.type, DisconnectedType):
                return [DisconnectedType()() for _ in inputs]
            found = dict(
                zip(
                    floats, Bars(self.f, tuple(floats))(bar, *inputs, return_list=True), strict=True
                )
            )
            return [found.get(k, DisconnectedType()()) for k in range(len(inputs))]

        L_op = pullback

        def connection_pattern(self, node: Any) -> list[list[bool]]:
            """Return which inputs the output depends on."""
            return [[x.dtype.startswith("float")] for x in node.inputs]

    class Bars(Op):
        """What flows back through a function, by the inputs that are floats."""

        __props__ = ("f", "floats")

        def __init__(self, f: Any, floats: tuple[int, ...]) -> None:
            self.f, self.floats = f, floats

        def make_node(self, bar: Any, *inputs: Any) -> Any:
            """Return the application."""
            inputs = tuple(map(pt.as_tensor_variable, inputs))
            outputs = [inputs[k].type() for k in self.floats]
            return Apply(self, [pt.as_tensor_variable(bar), *inputs], outputs)

        def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
            """Compute the gradients."""
            bar, *args = inputs
            passed = given(args)
            out, pullback = vjp(self.f, *passed)
            cotangent = np.asarray(bar, np.asarray(out).dtype)
            found = pullback(cotangent if cotangent.ndim else float(cotangent))
            for storage, k in zip(output_storage, self.floats, strict=True):
                assert is_float(passed[k])
                storage[0] = np.array(found[k], node.inputs[k + 1].dtype)

    return Value, Bars
