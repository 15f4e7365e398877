"""From Numba's typed IR to LLVM's, for generated code: the same meaning in less text.

Numba's lowering is made for every type. Most of generated code adds and multiplies numbers,
and reads and writes elements of arrays; what Numba writes for these is removed again by LLVM,
after it was made, printed, parsed and simplified:

    x = a[i]     a copy of the array's fields in memory, each of them loaded, strides included
    del x        a zero in place of a number that nobody reads any more
    x + y        the types of `+` looked up among all of its overloads, several times

Here an element is read from the fields of the array, a number has nothing to delete, and an
operation for given types is looked up once in a function. What this does not know, it leaves to
Numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.core import cgutils, config, ir, types
from numba.core.lowering import Lower
from numba.np.arrayobj import fix_integer_index, load_item, store_item

from srcad.backend.direct import copied, direct_signature, is_simple, write
from srcad.backend.remembered import signature_of

if TYPE_CHECKING:
    from llvmlite.ir import Value


COUNTER = types.MemInfoPointer(types.voidptr)


class GeneratedLower(Lower):
    """Numba's lowering of one function, with short cuts for numbers and their arrays."""

    def init(self) -> None:
        """Start with nothing looked up."""
        super().init()
        self.operations: dict[object, Any] = {}
        self.counted: dict[types.Type, bool] = {}
        self.is_plain = not (self._disable_sroa_like_opt or config.DEBUG_JIT)
        self.is_plain = self.is_plain and not self._loc_notify_registry

    # Statements -------------------------------------------------------------------------

    def lower_inst(self, inst: Any) -> Any:
        """Lower a statement; the frequent ones are not turned into text first."""
        if not self.is_plain:
            return super().lower_inst(inst)
        if isinstance(inst, ir.Del):
            return self.delvar(inst.value)
        if isinstance(inst, ir.Assign) and not isinstance(inst.value, ir.Arg):
            name = inst.target.name
            return self.storevar(self.lower_assign(self.typeof(name), inst), name)
        if isinstance(inst, ir.SetItem | ir.StaticSetItem):
            index = inst.index_var if isinstance(inst, ir.StaticSetItem) else inst.index
            if index is not None and self._is_element(self.fndesc.calltypes[inst]):
                return self._store_element(inst, index)
        return super().lower_inst(inst)

    def storevar(self, value: Value, name: str, argidx: int | None = None) -> None:
        """Bind a name. A number that it had before needs no care."""
        is_own = name in self._singly_assigned_vars or argidx is not None
        if not self.is_plain or is_own:
            super().storevar(value, name, argidx)
        elif type(self.typeof(name)) is types.Array:
            self._alloca_var(name, self.typeof(name))
            self._release(self._counter(name))
            self.builder.store(value, self.getvar(name))
        elif self._is_counted(name):
            super().storevar(value, name, argidx)
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        """Forget a name. A number needs no care, and of an array only what counts references."""
        is_local = name in self._blk_local_varmap or name in self._singly_assigned_vars
        if self.is_plain and not is_local and type(self.typeof(name)) is types.Array:
            self._alloca_var(name, self.typeof(name))
            counter = self._counter(name)
            self._release(counter)
            self.builder.store(counter.type.pointee(None), counter)  # it may be deleted twice
        elif not self.is_plain or self._is_counted(name):
            super().delvar(name)

    def _counter(self, name: str) -> Value:
        """Return where an array in memory has its counter."""
        position = self.context.data_model_manager[self.typeof(name)].get_field_position("meminfo")
        return cgutils.gep_inbounds(self.builder, self.getvar(name), 0, position)

    def _release(self, counter: Value) -> None:
        """Count one reference less."""
        self.decref(COUNTER, self.builder.load(counter))

    def _is_counted(self, name: str) -> bool:
        """Return whether what a name is bound to has a reference count."""
        type_ = self.typeof(name)
        if type_ not in self.counted:
            model = self.context.data_model_manager[type_]
            self.counted[type_] = bool(model.contains_nrt_meminfo())
        return self.counted[type_]

    # Operations -------------------------------------------------------------------------

    def lower_binop(self, resty: types.Type, expr: Any, op: Any) -> Value:
        """Apply an operator; for the same types as before, as it was done before."""
        if expr.static_lhs is not ir.UNDEFINED or expr.static_rhs is not ir.UNDEFINED:
            return super().lower_binop(resty, expr, op)
        signature = self.fndesc.calltypes[expr]
        key = (op, signature.args)
        if key not in self.operations:
            function = self.context.typing_context.resolve_value_type(op)
            found = signature_of(self.context.typing_context, function, signature.args)
            self.operations[key] = self.context.get_function(function, found)
        values = [self._cast_var(expr.lhs, signature.args[0])]
        values.append(self._cast_var(expr.rhs, signature.args[1]))
        result = self.operations[key](self.builder, values)
        return self.context.cast(self.builder, result, signature.return_type, resty)

    def lower_expr(self, resty: types.Type, expr: Any) -> Value:
        """Lower an expression; fields and elements at constant places need no look-up."""
        if expr.op == "static_getitem":
            signature = self.fndesc.calltypes.get(expr)
            if expr.index_var is not None and self._is_element(signature):
                return self.lower_getitem(resty, expr, expr.value, expr.index_var, signature)
            many = self.typeof(expr.value.name)
            if type(many) is types.UniTuple and many.dtype == resty == types.intp:
                position = range(many.count)[expr.index]
                return self.builder.extract_value(self.loadvar(expr.value.name), position)
        if expr.op == "getattr" and type(self.typeof(expr.value.name)) is types.Array:
            array = self.typeof(expr.value.name)
            fields = {"shape": types.UniTuple(types.intp, array.ndim), "size": types.intp}
            if fields.get(expr.attr) == resty:
                field = "nitems" if expr.attr == "size" else "shape"
                return self._field(self.loadvar(expr.value.name), array, field)
        if expr.op == "call" and not expr.kws and expr.vararg is None:
            found = self._written_here(expr)
            if found is not None:
                return found
        return super().lower_expr(resty, expr)

    def _written_here(self, expr: Any) -> Value | None:
        """Return the result of a call that is a few instructions; None for what is compiled."""
        function, call = self.typeof(expr.func.name), self.fndesc.calltypes[expr]
        if type(function) is types.BoundFunction:
            given, made = function.this, call.return_type
            if function.typing_key != "array.copy" or not is_simple(given) or made.layout != "C":
                return None
            value = self.loadvar(expr.func.name)
            return copied(self.context, self.builder, given, made, value)
        if type(function) is not types.Function:
            return None
        known = direct_signature(function.typing_key, call.args)
        if known is None or len(expr.args) != len(known.args):
            return None
        values = [self._cast_var(a, t) for a, t in zip(expr.args, known.args, strict=True)]
        return write(self.context, self.builder, function.typing_key, known, values)

    # Elements ---------------------------------------------------------------------------

    def lower_getitem(
        self, resty: types.Type, expr: Any, value: Any, index: Any, signature: Any
    ) -> Value:
        """Read an element, or whatever else an index means."""
        if not self._is_element(signature):
            return super().lower_getitem(resty, expr, value, index, signature)
        place = self._pointer(value, index, *signature.args)
        found = load_item(self.context, self.builder, signature.args[0], place)
        return self.context.cast(self.builder, found, signature.return_type, resty)

    def _store_element(self, inst: Any, index: Any) -> None:
        """Write an element."""
        array, kind, given = self.fndesc.calltypes[inst].args
        value = self._cast_var(inst.value, given)
        value = self.context.cast(self.builder, value, given, array.dtype)
        place = self._pointer(inst.target, index, array, kind)
        store_item(self.context, self.builder, array, value, place)

    def _is_element(self, signature: Any) -> bool:
        """Return whether an array of numbers has integers as index, one for each axis."""
        if signature is None or self.context.enable_boundscheck:
            return False
        array, index = signature.args[:2]
        if type(array) is not types.Array or array.ndim == 0:
            return False
        if not isinstance(array.dtype, types.Number | types.Boolean):
            return False
        axes = index.types if isinstance(index, types.BaseTuple) else (index,)
        return len(axes) == array.ndim and all(isinstance(a, types.Integer) for a in axes)

    def _pointer(self, array: Any, index: Any, array_type: Any, index_type: Any) -> Value:
        """Return where an element is; as in Python, indices below zero count from the end."""
        builder, context = self.builder, self.context
        value, at = self.loadvar(array.name), self._cast_var(index, index_type)
        is_tuple = isinstance(index_type, types.BaseTuple)
        kinds = index_type.types if is_tuple else (index_type,)
        indices = cgutils.unpack_tuple(builder, at, len(kinds)) if is_tuple else [at]

        shape = self._field(value, array_type, "shape")
        shape = cgutils.unpack_tuple(builder, shape, array_type.ndim)
        strides = []
        if array_type.layout == "A":
            strides = cgutils.unpack_tuple(builder, self._field(value, array_type, "strides"))
        inside = [
            fix_integer_index(context, builder, kind, k, extent)
            for kind, k, extent in zip(kinds, indices, shape, strict=True)
        ]
        return cgutils.get_item_pointer2(
            context,
            builder,
            data=self._field(value, array_type, "data"),
            shape=shape,
            strides=strides,
            layout=array_type.layout,
            inds=inside,
        )

    def _field(self, value: Value, array_type: Any, name: str) -> Value:
        """Return a field of an array."""
        position = self.context.data_model_manager[array_type].get_field_position(name)
        return self.builder.extract_value(value, position)
