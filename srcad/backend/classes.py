"""Classes of named tuples in compiled code: each process has its own, of the same names and parts.

Compiled code knows the class of what it returns, and its types know the classes of their values.
On disk, a class is a number: how many others the types of the arguments have before it.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from numba.core import types
from numba.core.serialize import NumbaPickler

from srcad.ir import structured
from srcad.ir.records import Record, made_class, record_of_class


def classes_in(args: Sequence[types.Type]) -> tuple[type, ...]:
    """Return the classes of all named tuples in types, each once, in the order of the types."""
    return tuple(dict.fromkeys(cls for arg in args for cls in _classes(arg)))


def _classes(type_: types.Type) -> Iterator[type]:
    if isinstance(type_, types.BaseNamedTuple):
        yield type_.instance_class
    if isinstance(type_, types.BaseTuple):
        for part in type_:
            yield from _classes(part)


def text_of(args: Sequence[types.Type]) -> str:
    """Return all that there is to say of types that are known (`is_known`)."""
    classes = classes_in(args)
    return ", ".join(_text(arg, classes) for arg in args)


def _text(type_: types.Type, classes: tuple[type, ...]) -> str:
    if not isinstance(type_, types.BaseTuple):
        return repr(type_)
    parts = ", ".join(_text(part, classes) for part in type_)
    if not isinstance(type_, types.BaseNamedTuple):
        return f"({parts})"
    record = record_of_class(type_.instance_class)
    assert record is not None
    kind = f"{record.kind.__module__}.{record.kind.__qualname__}"
    about = f"{record.keys!r}" + (
        f"{record.axes}{record.singles!r}" if record.is_structured else ""
    )
    return f"{classes.index(type_.instance_class)}:{kind}{about}({parts})"


def is_known(type_: types.Type) -> bool:
    """Return whether a text says all of a type but which class a named tuple has."""
    match type_:
        case types.Literal():
            return False
        case types.BaseNamedTuple():
            try:
                record = record_of_class(type_.instance_class)
            except TypeError:
                return False
            if record is None or record.is_object or record.is_instance:
                return False  # nothing says what its methods are
            return all(map(is_known, type_))
        case types.BaseTuple():
            return all(map(is_known, type_))
        case types.Omitted():
            return type_.value is None or isinstance(type_.value, bool | int | float)
        case types.Array():
            return isinstance(type_.dtype, types.Number | types.Boolean)
    return isinstance(type_, types.Number | types.Boolean | types.NoneType)


def dumps(value: object, classes: tuple[type, ...]) -> bytes:
    """Return a pickle in which these classes have numbers. Raises PicklingError for others."""
    numbers = _numbered(classes)

    class Pickler(NumbaPickler):
        def persistent_id(self, found: Any) -> object:
            """Return the number of a class, None for what is no named tuple's."""
            if not (isinstance(found, type) and issubclass(found, tuple) and found is not tuple):
                return None
            if found in numbers:
                return numbers[found]
            record = record_of_class(found)
            if record is not None and record.kind in KINDS and found is made_class(record):
                return KINDS.index(record.kind), record.keys, record.axes, record.singles
            if record is None:
                return None
            raise pickle.PicklingError(repr(found))

    with io.BytesIO() as file:
        Pickler(file, protocol=4).dump(value)
        return file.getvalue()


KINDS: tuple[type, ...] = (dict, list, *structured.KINDS)
"""What results may be made of that no argument has."""


def loads(data: bytes, classes: tuple[type, ...]) -> Any:
    """Return what a pickle holds, with these classes in the place of their numbers."""
    by_number = {number: cls for cls, number in _numbered(classes).items()}

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, number: Any) -> Any:
            """Return a class."""
            found = by_number.get(number)
            if found is not None:
                return found
            kind, keys, axes, singles = number
            return made_class(Record(KINDS[kind], keys, axes=axes, singles=singles))

    return Unpickler(io.BytesIO(data)).load()


def _numbered(classes: tuple[type, ...]) -> dict[type, tuple[int, str]]:
    """Return the numbers of classes, and of those that results have in their place."""
    numbers = {}
    for k, cls in enumerate(classes):
        record = record_of_class(cls)
        assert record is not None
        numbers[made_class(record)] = k, "made"
        numbers[cls] = k, "given"
    return numbers
