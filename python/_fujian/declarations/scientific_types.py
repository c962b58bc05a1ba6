"""Types of numpy and pandas, recognised by name without importing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from ..originals import modules
from .directions import Direction
from .syntax import Compound, comment, union

# By numpy's names; see docs/values.md.
_ARRAYS = {
    "int8": "Int8Array",
    "int16": "Int16Array",
    "uint16": "Uint16Array",
    "int32": "Int32Array",
    "uint32": "Uint32Array",
    "int64": "BigInt64Array",
    "uint64": "BigUint64Array",
    "float32": "Float32Array",
    "float64": "Float64Array",
}
# Uint8Array is for bytes.
_NEVER_PLAIN = {"bool": "Uint8Array", "bool_": "Uint8Array", "uint8": "Uint8Array"}
_SIGNED = ["int8", "int16", "int32", "int64"]
_UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
_FLOATS = ["float32", "float64"]
_FAMILIES = {
    "floating": _FLOATS,
    "inexact": _FLOATS,
    "integer": [*_SIGNED, *_UNSIGNED],
    "signedinteger": _SIGNED,
    "unsignedinteger": _UNSIGNED,
}
_ANY_ELEMENTS = ("generic", "number", "Any")
_ANY_ARRAY = Compound("TypedArray | NdArray")

_SCALARS = {"bool": "boolean", "bool_": "boolean", "str_": "string", "bytes_": "Uint8Array"}
_OF_PANDAS = {
    "DataFrame": "DataFrame",
    "Timestamp": "Date",
    "Timedelta": "Duration",
    "NaTType": "null",
    "NAType": "null",
}


def is_scientific(hint: object) -> bool:
    return isinstance(hint, type) and _library_of(hint) in ("numpy", "pandas")


def is_array_like(hint: object) -> bool:
    """Whether a hint is ArrayLike, whose union omits lists of lists, for example."""
    typing = modules.get("numpy.typing")
    return typing is not None and hint == getattr(typing, "ArrayLike", None)


def expanded(alias: Any, arguments: Sequence[object]) -> object:  # noqa: ANN401  # any alias
    """Expands a `type` of numpy, such as `NDArray[float64]`. Returns None for others."""
    if _library_of(alias) != "numpy":
        return None
    value = alias.__value__
    return value[tuple(arguments)] if arguments else value


def is_series(hint: object) -> bool:
    return isinstance(hint, type) and (_library_of(hint), hint.__name__) == ("pandas", "Series")


def scientific_type(hint: type, arguments: Sequence[object], direction: Direction) -> str | None:
    """Returns the TypeScript type, or None if there is no form in JavaScript."""
    if _library_of(hint) == "pandas":
        if hint.__name__ == "Series":
            of_list = Compound("readonly unknown[]")
            if direction is Direction.ARGUMENT:
                return union([of_list, "TypedArray"])
            return union(["unknown[]", "TypedArray", "NdArray"])
        return _OF_PANDAS.get(hint.__name__)
    if hint.__name__ == "ndarray":
        return _array(arguments)
    if hint.__name__ in _SCALARS:
        return _SCALARS[hint.__name__]
    bases = {base.__name__ for base in hint.__mro__ if _library_of(base) == "numpy"}
    if bases & {"complexfloating", "timedelta64", "datetime64"}:
        return None
    if bases & {"integer", "floating", "number"}:
        is_float = bool(bases & {"floating"})
        return "number" if is_float or direction is not Direction.ARGUMENT else _INTEGER
    return None


_INTEGER = union(["number", "bigint"])


def _array(arguments: Sequence[object]) -> str | None:
    shape, elements = [*arguments, None, None][:2]
    element = next(iter(get_args(elements)), None)
    name = getattr(element, "__name__", "Any")
    if element is None or name in _ANY_ELEMENTS:
        return _ANY_ARRAY
    names = _FAMILIES.get(name, [name])
    forms = [form for one in names for form in _forms(one, _dimensions(shape))]
    return union(forms) if forms else None


def _forms(element: str, dimensions: int | None) -> list[str]:
    held = _NEVER_PLAIN.get(element) or _ARRAYS.get(element)
    if held is None:
        return []
    in_array = f"NdArray<{held}>"
    if element in _NEVER_PLAIN or (dimensions is not None and dimensions != 1):
        return [in_array]
    return [held] if dimensions == 1 else [held, in_array]


def _dimensions(shape: object) -> int | None:
    """Returns the number of dimensions, or None for any."""
    lengths = get_args(shape)
    return None if not lengths or Ellipsis in lengths else len(lengths)


def _library_of(hint: Any) -> str:  # noqa: ANN401  # any class
    return str(hint.__module__).partition(".")[0]


def no_form(what: str) -> str:
    return f"never {comment(f'{what} has no form in JavaScript')}"
