"""What stands between Python and a compiled function: results become Python objects here.

Numba calls a Python function for the class of each array that is returned, which takes longer
than all else that makes the array. Here classes are constants of the compiled function, as
dtypes are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.callwrapper import PyCallWrapper
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

from srcad.backend.gil import Loops, ReleasingAPI, loops_of, needs_the_lock
from srcad.backend.lowering import GeneratedLower


class ThinAPI(ReleasingAPI):
    """Python's functions as generated code calls them; classes come from the environment."""

    environment: Any = None

    def from_native_value(self, typ: Any, val: Any, env_manager: Any = None) -> Any:
        """Return the Python object of a result."""
        self.environment = env_manager
        return super().from_native_value(typ, val, env_manager)

    def serialize_object(self, obj: Any) -> Any:
        """Return what `unserialize` takes: a class itself, the pickle of anything else."""
        is_kept = isinstance(obj, type) and self.environment is not None
        return obj if is_kept else super().serialize_object(obj)

    def unserialize(self, structptr: Any) -> Any:
        """Return a new reference to an object; one that is lent to the class of an array.

        Numba gives none back of that.
        """
        if not isinstance(structptr, type):
            return super().unserialize(structptr)
        found = self.environment.read_const(self.environment.add_const(structptr))
        if not issubclass(structptr, np.ndarray):
            self.incref(found)
        return found


class ThinWrapper(PyCallWrapper):
    """The function that Python calls: it takes arguments apart and makes objects of results."""

    loops: Loops = "unknown"

    def build_wrapper(self, api: Any, builder: Any, closure: Any, args: Any, kws: Any) -> None:
        """Write the function."""
        thin = ThinAPI(api.context, builder)
        thin.loops = self.loops
        omitted = [t for t in self.fndesc.argtypes if isinstance(t, types.Omitted)]
        thin.given = [(type_, None) for type_ in omitted]
        super().build_wrapper(thin, builder, closure, args, kws)


class ThinLower(GeneratedLower):
    """Makes LLVM code of a function, with a `ThinWrapper` around it."""

    def create_cpython_wrapper(self, release_gil: bool = False) -> None:  # noqa: FBT001, FBT002 - as in Numba
        """Add the function that Python calls to the library."""
        context, described = self.context, self.fndesc
        module = context.create_module("wrapper")
        type_ = context.call_conv.get_function_type(described.restype, described.argtypes)
        callee = ir.Function(module, type_, described.llvm_func_name)
        release_gil = release_gil and not needs_the_lock(self.library)
        how = {"call_helper": self.call_helper, "release_gil": release_gil}
        wrapper = ThinWrapper(context, module, callee, described, self.env, **how)
        wrapper.loops = loops_of(self.func_ir.func_id.func)
        wrapper.build()
        self.library.add_ir_module(module)


@register_pass(mutates_CFG=True, analysis_only=False)
class Lowering(NativeLowering):
    """Numba's step from its own code to LLVM code, by `ThinLower`."""

    _name = "srcad_lowering"

    @property
    def lowering_class(self) -> type[GeneratedLower]:
        """Return the class that does it."""
        return ThinLower
