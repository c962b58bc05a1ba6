"""Arrays and scalars of numpy, which is imported only when an array needs it."""

from __future__ import annotations

from typing import Any

from ..originals import array, modules
from .unsupported import UnsupportedValueError

# Element types by name, one for each typed array of JavaScript.
_KINDS = {
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
_LONG = array.array("l").itemsize * 8
_NAMES = {
    **{code: name for name, code in _KINDS.items()},
    "l": f"int{_LONG}",
    "L": f"uint{_LONG}",
}


def _numpy() -> Any:  # noqa: ANN401  # a module that need not be there
    return modules.get("numpy")


def is_scalar(value: object) -> bool:
    numpy = _numpy()
    return numpy is not None and isinstance(value, numpy.generic)


def is_array(value: object) -> bool:
    numpy = _numpy()
    return isinstance(value, array.array) or (
        numpy is not None and isinstance(value, numpy.ndarray)
    )


def parts_of(value: Any, path: str) -> tuple[str, list[int], memoryview]:  # noqa: ANN401  # of `array` or numpy
    """Returns type, shape and elements in C order. Raises UnsupportedValueError."""
    if isinstance(value, array.array):
        name = _NAMES.get(value.typecode)
        if name is None:
            raise UnsupportedValueError(path, f"an array of type code {value.typecode!r}")
        return name, [len(value)], memoryview(value).cast("B")
    numpy = _numpy()
    if isinstance(value, numpy.ma.MaskedArray):
        raise UnsupportedValueError(path, "a masked array")
    dtype = "bool" if value.dtype.kind == "b" else value.dtype.name
    if dtype not in (*_KINDS, "bool"):
        raise UnsupportedValueError(path, f"a numpy array of {value.dtype}")
    shape = list(value.shape)
    whole = numpy.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    return dtype, shape, memoryview(whole.reshape(-1).view(numpy.uint8)).cast("B")


def array_of(dtype: str, shape: list[int], content: bytearray | memoryview) -> object:
    """Creates a numpy array on the memory of `content`, or an `array` without numpy."""
    try:
        import numpy
    except ImportError:
        if dtype == "bool" or len(shape) != 1:
            raise TypeError(
                f"an array of {dtype} with {len(shape)} dimensions needs numpy, which is "
                "not installed"
            ) from None
        plain: array.array[Any] = array.array(_KINDS[dtype])
        plain.frombytes(content)
        return plain
    return numpy.frombuffer(content, numpy.dtype(dtype).newbyteorder("<")).reshape(shape)
