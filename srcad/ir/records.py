"""Values with named parts: dicts, lists, dataclasses, records, ..., as tuples that know it.

Compiled code has them as named tuples. Two classes stand for each of them there:

    given_class(record)    what goes in: a named tuple of the parts
    made_class(record)     what comes out: calling it makes the dict, the list, the dataclass

so that a result leaves compiled code as what the user knows.
"""

from __future__ import annotations

import dataclasses
import inspect
import keyword
from collections import Counter, namedtuple
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from srcad.ir import instances, structured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK = "__srcad_record__"
"""The attribute of both classes that holds the record."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a tuple stands for.

    kind: `dict`, `list`, or the class of the dataclass, the named tuple, the structured array.
    keys: the names of the parts, in order; of a list, their numbers.
    is_object: whether it is an object that stays outside: the parts are attributes of it.
    axes: how many dimensions a structured array has; those of the parts come after them.
    singles: the parts of a record that are numbers of type float32.
    """

    kind: type[Any]
    keys: tuple[str, ...]
    is_object: bool = False
    axes: int = 0
    singles: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the parts as attributes of a named tuple."""
        if len(set(map(_field, enumerate(self.keys)))) == len(self.keys):
            return tuple(map(_field, enumerate(self.keys)))
        return tuple(f"part{k}" for k in range(len(self.keys)))

    @property
    def is_structured(self) -> bool:
        """Return whether it is a structured array, or a record of one."""
        return self.kind in structured.KINDS

    @property
    def is_instance(self) -> bool:
        """Return whether it is an instance of a jitclass."""
        return instances.type_of_instances(self.kind) is not None

    @property
    def leaves_out(self) -> bool:
        """Return whether derivatives are without the parts that have none."""
        return self.is_structured or self.is_instance

    @property
    def is_sequence(self) -> bool:
        """Return whether the parts have numbers: lists and named tuples."""
        return not self.is_object and (self.kind is list or issubclass(self.kind, tuple))

    @property
    def name(self) -> str:
        """Return how to call the class in generated source."""
        if self.is_object:
            return self.kind.__name__
        if self.kind is dict:
            return "_".join(("dict_of", *self.fields))[:40]
        if self.is_structured:
            return "_".join(("fields", *self.fields))[:40]
        return f"list_of_{len(self.keys)}" if self.kind is list else self.kind.__name__

    def part(self, whole: str, k: int) -> str:
        """Return the text of a part, as a user writes it."""
        key = self.keys[k]
        if self.kind is dict or self.is_structured:
            return f"{whole}[{key!r}]"
        return f"{whole}[{k}]" if self.kind is list else f"{whole}.{key}"

    def made(self, parts: tuple[Any, ...]) -> Any:
        """Return the dict, list, dataclass, structured array or named tuple of these parts.

        Parts of a structured array that are None have no place in it.
        """
        if self.kind is dict:
            return dict(zip(self.keys, parts, strict=True))
        if self.kind is list:
            return list(parts)
        if self.is_structured:
            return structured.made(self.kind, self.axes, self.keys, parts, self.singles)
        if self.is_instance:
            return given_class(self)(*parts)
        return self.kind(*parts) if issubclass(self.kind, tuple) else _dataclass(self, parts)

    def __str__(self) -> str:
        if self.is_object:
            return f"an object of class '{self.kind.__name__}'"
        if self.kind is dict:
            return f"a dict with the keys {', '.join(map(repr, self.keys))}"
        if self.kind is list:
            return f"a list of {len(self.keys)}"
        if self.is_structured:
            what = "a structured array" if structured.is_array(self.kind) else "a record"
            return f"{what} with the fields {', '.join(map(repr, self.keys))}"
        if self.is_instance:
            return f"an instance of the jitclass '{self.kind.__name__}'"
        return f"a '{self.kind.__name__}'"


class ComplexNumber:
    """The kind of the record of a complex number, which is no structure for the user."""


class ComplexArray:
    """The kind of the record of an array of complex numbers."""


def complex_record(*, is_array: bool, is_conjugate: bool = False) -> Record:
    """Return the record of complex numbers: the structure of their real and imaginary parts.

    is_conjugate: the second part is that of the conjugate. So are cotangents of the user's,
    and the gradients that leave compiled code (see docs/conventions.md).
    """
    second = "conjugate" if is_conjugate else "imag"
    return Record(ComplexArray if is_array else ComplexNumber, ("real", second))


def is_complex_record(record: Record) -> bool:
    """Return whether a record is that of complex numbers."""
    return record.kind is ComplexNumber or record.kind is ComplexArray


def conjugated(structure: object) -> object:
    """Return a structure with the conjugates of its complex numbers."""
    if not isinstance(structure, tuple):
        return structure
    parts = tuple(map(conjugated, structure))
    if not isinstance(structure, Made):
        return parts
    record = structure.record
    if is_complex_record(record):
        is_plain = record.keys[1] == "imag"
        is_array = record.kind is ComplexArray
        record = complex_record(is_array=is_array, is_conjugate=is_plain)
    return Made(parts, record)


class Made(tuple[object, ...]):  # noqa: SLOT001 - tuples have none
    """The structure of an argument or a result that is more than a tuple."""

    record: Record

    def __new__(cls, parts: tuple[object, ...], record: Record) -> Self:
        """Return the parts, with what they are of."""
        made = super().__new__(cls, parts)
        made.record = record
        return made


def fields_of(parts: tuple[object, ...], record: Record, has_any: Iterable[bool]) -> Made:
    """Return the structure of the derivatives by a structured array: of fields that have any."""
    kept = list(has_any)
    keys = tuple(compress(record.keys, kept))
    return Made(tuple(compress(parts, kept)), replace(record, keys=keys))


def record_of_list(count: int) -> Record:
    """Return what a list of so many parts is."""
    return Record(list, tuple(map(str, range(count))))


def alike(structure: tuple[object, ...], parts: tuple[object, ...]) -> tuple[object, ...]:
    """Return the parts as a structure like this one."""
    return Made(parts, structure.record) if isinstance(structure, Made) else parts


def records_in(structure: object) -> Iterator[Record]:
    """Yield all records of a structure."""
    if isinstance(structure, Made):
        yield structure.record
    if isinstance(structure, tuple):
        for part in structure:
            yield from records_in(part)


def record_of(value: object) -> Record | None:
    """Return what a value of the user's is, None for what has no parts or is a plain tuple.

    Raises TypeError for a dict with keys that are not strings, and for a dataclass whose
    instances cannot be made of the values of their fields.
    """
    marked = getattr(type(value), MARK, None)
    if isinstance(marked, Record):
        return marked
    match value:
        case dict() if type(value) is dict:
            for key in value:
                if not isinstance(key, str):
                    message = f"the keys of dicts must be strings, got {key!r}"
                    raise TypeError(message)
            return Record(dict, tuple(value))
        case list() if type(value) is list:
            return record_of_list(len(value))
        case np.ndarray() | np.void():
            if value.dtype.names is None:
                return None
            singles = structured.singles(value.dtype) if isinstance(value, np.void) else ()
            names = tuple(value.dtype.names)
            return Record(structured.kind_of(value), names, axes=value.ndim, singles=singles)
        case dict() | list():
            message = f"a '{type(value).__name__}' cannot be passed; pass a dict or a list"
            raise TypeError(message)
        case tuple():
            return record_of_class(type(value))
        case _:
            kind: Any = type(value)
            if instances.type_of_instances(kind) is not None:
                return Record(kind, instances.fields(kind))
            return record_of_class(kind) if hasattr(kind, "__dataclass_fields__") else None


@cache
def record_of_class(kind: type[Any]) -> Record | None:
    """Return what the instances of a class are; None if it is no named tuple or dataclass."""
    marked = getattr(kind, MARK, None)
    if isinstance(marked, Record):
        return marked
    if issubclass(kind, tuple):
        fields = getattr(kind, "_fields", None)
        return None if fields is None else Record(kind, tuple(fields))
    if not dataclasses.is_dataclass(kind):
        return None
    names = tuple(field.name for field in dataclasses.fields(kind))
    params = vars(kind).get("__dataclass_params__")
    is_plain = params is not None and params.init and not hasattr(kind, "__post_init__")
    is_plain &= kind.__new__ is object.__new__
    if not is_plain or set(inspect.signature(kind).parameters) != set(names):
        message = (
            f"'{kind.__name__}' is not made of the values of its fields alone: dataclasses with "
            "__post_init__ or fields of their own making are not supported"
        )
        raise TypeError(message)
    return Record(kind, names)


def parts_of(value: Any, record: Record) -> tuple[Any, ...]:
    """Return the parts of a value of the user's, in the order of the keys."""
    if isinstance(value, dict):
        return tuple(value[key] for key in record.keys)
    if isinstance(value, tuple) and record.is_instance:
        fields = (getattr(value, key, None) for key in record.keys)
        return instances.typed(record.kind, record.keys, fields)
    if isinstance(value, tuple | list):
        found = getattr(type(value), MARK, record)
        if found.keys == record.keys:
            return tuple(value)
        return tuple(
            value[found.keys.index(key)] if key in found.keys else None for key in record.keys
        )
    if isinstance(value, np.ndarray | np.void):
        names = value.dtype.names or ()
        return tuple(value[key] if key in names else None for key in record.keys)
    if record.is_instance:
        fields = (getattr(value, key) for key in record.keys)
        return instances.typed(record.kind, record.keys, fields)
    return tuple(getattr(value, key) for key in record.keys)


_given: Counter[str] = Counter()


def _shown(value: Any) -> str:
    """Return a named tuple as text, under the name of the user's class."""
    parts = zip(type(value)._fields, value, strict=True)
    name = getattr(type(value), MARK).name
    return f"{name}({', '.join(f'{key}={part!r}' for key, part in parts)})"


@cache
def given_class(record: Record) -> type[tuple[Any, ...]]:
    """Return the class of named tuples that compiled code takes for values of the user's.

    Each has a name of its own: at a call from Python, Numba knows classes by their names.
    """
    if record.is_sequence and record.kind is not list:
        return record.kind
    _given[record.name] += 1
    number = _given[record.name]
    name = record.name if number == 1 else f"{record.name}_{number}"
    made: Any = namedtuple(name, record.fields)  # type: ignore[misc]  # noqa: PYI024
    setattr(made, "__repr__", _shown)  # noqa: B010  (a named tuple has one)
    setattr(made, MARK, record)
    return cast("type[tuple[Any, ...]]", made)


@cache
def made_class(record: Record) -> type[tuple[Any, ...]]:
    """Return the class whose instances compiled code hands out as values of the user's."""
    if issubclass(record.kind, tuple):
        return record.kind
    if record.is_instance:
        return given_class(record)

    def new(cls: type, *parts: Any) -> Any:
        del cls
        return record.made(parts)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in record.fields]
    members = {
        "_fields": record.fields,
        "_asdict": None,  # by which Numba knows a class of named tuples
        "__new__": new,
        "__signature__": inspect.Signature(parameters),
        MARK: record,
    }
    return type(record.name, (tuple,), members)


def _field(item: tuple[int, str]) -> str:
    k, key = item
    is_name = key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("_")
    return key if is_name else f"part{k}"


def _dataclass(record: Record, parts: tuple[Any, ...]) -> Any:
    """Return an instance; parameters that are keyword-only are passed so."""
    return record.kind(**dict(zip(record.keys, parts, strict=True)))
