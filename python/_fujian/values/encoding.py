"""Encodes Python values as JSON plus buffers for bytes.

A value without a JSON form becomes an object with its type in the member `$`: docs/values.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from .. import wire
from ..originals import dataclasses, datetime, decimal, enum, json, math, uuid
from . import arrays, tables
from .javascript_functions import JavaScriptFunction
from .unsupported import MOST_LEVELS, UnsupportedValueError, too_deep

_quote = json.encoder.encode_basestring_ascii

TAG = "$"
# JavaScript numbers are exact integers up to this.
_MOST = 2**53 - 1
# A frame contains a few bytes before the value.
_MOST_BYTES = wire.FRAME_SIZE_LIMIT - 64
# Maximum items of all lists, dicts and sets together. V8 has no larger Map or Set, and parses no
# much longer list.
_MOST_ITEMS = 2**24 - 1
# Maximum bits of a BigInt of V8.
_MOST_BITS = 2**30 - 1
# Alignment of buffers, enough for elements of any type.
_ALIGNMENT = 8
# Minimum size of a buffer that is sent without copying.
_LEAST_ALONE = 64 * 1024
_EPOCH = datetime.datetime(1970, 1, 1)
_MILLISECOND = datetime.timedelta(milliseconds=1)
# Of a timedelta. The next larger float is beyond `timedelta.max`.
_MOST_MILLISECONDS = math.nextafter(datetime.timedelta.max / _MILLISECOND, 0)
_FIRST, _LAST = datetime.datetime.min - _EPOCH, datetime.datetime.max - _EPOCH
# Python computes local time from moments that are up to a day before and after.
_FIRST_LOCAL = datetime.datetime.min + datetime.timedelta(days=2)
_LAST_LOCAL = datetime.datetime.max - datetime.timedelta(days=2)

_Encode = Callable[["Encoder", Any, str], object]
_Encoded = tuple[bytes, list[memoryview]]


class _KeptIterator:
    """Stands for an iterator that JavaScript refers to by number."""


KEPT_ITERATOR = _KeptIterator()


class Encoder:
    """Encodes one value. `buffers` follow its JSON, in the order of their numbers."""

    def __init__(self) -> None:
        self.buffers: list[memoryview] = []
        # Whether the JSON contains a tag. Otherwise it is the value itself.
        self.is_tagged = False
        # Items of lists, dicts and sets.
        self.items = 0
        self._level = 0

    def encode(self, value: object, path: str = "") -> object:
        """Encodes a value at `path` within the whole. Raises UnsupportedValueError."""
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value
        known = _BY_TYPE.get(kind)
        if known is None:
            known = _by_base(value) or _by_duck(value)
        if known is None:
            raise UnsupportedValueError(path, f"a {kind.__module__}.{kind.__qualname__}")
        if known not in _NESTING:
            return known(self, value, path)
        self._level += 1
        if self._level > MOST_LEVELS:
            raise too_deep(path)
        try:
            return known(self, value, path)
        finally:
            self._level -= 1

    def tag(self, name: str, **members: object) -> dict[str, object]:
        self.is_tagged = True
        return {TAG: name, **members}

    def buffer(self, content: memoryview) -> int:
        """Adds a buffer and returns its number."""
        self.buffers.append(content)
        return len(self.buffers) - 1


def encode_value(value: object) -> _Encoded:
    """Returns the JSON head and the buffers after it, each padded to a multiple of 8 bytes.

    Raises UnsupportedValueError.
    """
    plain = _plain(value)
    if plain is not None:
        head = f"[{plain},false,[]]".encode("ascii")
        _refuse_size(len(head))
        return head, []
    encoder = Encoder()
    return _finished(encoder, encoder.encode(value))


def encode_each(values: Sequence[object]) -> _Encoded:
    """Encodes a list of values that are each a whole. Raises UnsupportedValueError."""
    encoder = Encoder()
    return _finished(encoder, [encoder.encode(value) for value in values])


def encode_call(number: int, args: Sequence[object], kwargs: Mapping[Any, object]) -> _Encoded:
    """Encodes a call of a JavaScript function. Raises UnsupportedValueError."""
    encoder = Encoder()
    call = [number, _items(encoder, args, "args"), _dict(encoder, kwargs, "kwargs")]
    return _finished(encoder, call)


def _finished(encoder: Encoder, encoded: object) -> _Encoded:
    if encoder.items > _MOST_ITEMS:
        what = f"a value of {encoder.items} items (the most is {_MOST_ITEMS}, besides arrays)"
        raise UnsupportedValueError("", what)
    sizes = [buffer.nbytes for buffer in encoder.buffers]
    head = json.dumps([encoded, encoder.is_tagged, sizes]).encode("ascii")
    _refuse_size(len(head) + sum(map(padded, sizes)))
    return head, _joined(encoder.buffers)


def _refuse_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise UnsupportedValueError("", f"a value of {size} bytes (the most is {_MOST_BYTES})")


def _plain(value: Any) -> str | None:  # noqa: ANN401  # of the class that is looked at
    """Returns the JSON of the most common results without the JSON encoder, which is slow."""
    kind = type(value)
    if kind is str:
        return _quote(value)
    if (kind is int and -_MOST <= value <= _MOST) or (kind is float and math.isfinite(value)):
        return repr(value)
    return "null" if value is None else None


def padded(size: int) -> int:
    return size + -size % _ALIGNMENT


def _joined(buffers: Sequence[memoryview]) -> list[memoryview]:
    """Pads the buffers and joins small neighbours, because each part needs a write."""
    parts: list[memoryview] = []
    small: list[bytes | memoryview] = []
    for buffer in buffers:
        if buffer.nbytes >= _LEAST_ALONE:
            parts += [memoryview(b"".join(small)), buffer]
            small = []
        else:
            small.append(buffer)
        small.append(bytes(-buffer.nbytes % _ALIGNMENT))
    parts.append(memoryview(b"".join(small)))
    return [part for part in parts if part]


def _integer(encoder: Encoder, value: int, path: str) -> object:
    value = int(value)
    if -_MOST <= value <= _MOST:
        return value
    bits = value.bit_length()
    if bits > _MOST_BITS:
        raise UnsupportedValueError(path, f"an int of {bits} bits (the most is {_MOST_BITS})")
    # Hexadecimal, because Python refuses to convert very large ints to decimal.
    return encoder.tag("int", v=format(value, "x"))


def _float(encoder: Encoder, value: float, _path: str) -> object:
    value = float(value)
    if math.isfinite(value):
        return value
    return encoder.tag("float", v="nan" if value != value else "inf" if value > 0 else "-inf")


def _text(_encoder: Encoder, value: str, _path: str) -> object:
    return str.__str__(value)


def _items(encoder: Encoder, value: Sequence[Any], path: str) -> object:
    encoder.items += len(value)
    if _are_plain(value):
        return value
    return [encoder.encode(item, f"{path}[{at}]") for at, item in enumerate(value)]


def _are_plain(items: Sequence[Any]) -> bool:
    """Whether all items are plain JSON. Fast for long lists of numbers."""
    kinds = set(map(type, items))
    if kinds == {float}:
        return all(map(math.isfinite, items))
    if kinds == {int}:
        return bool(min(items) >= -_MOST and max(items) <= _MOST)
    return kinds <= {str, bool, type(None)}


def _dict(encoder: Encoder, value: Mapping[Any, object], path: str) -> object:
    encoder.items += 2 * len(value)
    if all(type(key) is str for key in value) and TAG not in value:
        return {key: encoder.encode(item, f"{path}.{key}") for key, item in value.items()}
    pairs = [
        [encoder.encode(key, f"{path} (a key)"), encoder.encode(item, f"{path}[{key!r}]")]
        for key, item in value.items()
    ]
    _refuse_loss(value, [key for key, _ in pairs], path)
    return encoder.tag("map", v=pairs)


def _set(encoder: Encoder, value: Sequence[object], path: str) -> object:
    encoder.items += len(value)
    items = [encoder.encode(item, f"{path} (an item)") for item in value]
    _refuse_loss(value, items, path)
    return encoder.tag("set", v=items)


def _refuse_loss(keys: Iterable[object], encoded: Sequence[Any], path: str) -> None:
    """Refuses keys that are one in JavaScript, like two NaN, or an enum's member and its value."""
    if set(map(type, keys)) <= _DISTINCT:
        return
    scalars = [repr(key) for key in encoded if not _is_object(key)]
    if len(set(scalars)) < len(scalars):
        raise UnsupportedValueError(path, "a dict or set with keys that JavaScript holds for equal")


def _is_object(encoded: Any) -> bool:  # noqa: ANN401  # a tag, or plain JSON
    """Whether JavaScript makes an object of it, which equals no other."""
    return type(encoded) is list or (type(encoded) is dict and encoded[TAG] not in ("int", "float"))


def _bytes(encoder: Encoder, value: bytes, _path: str) -> object:
    return encoder.tag("bytes", b=encoder.buffer(memoryview(value)))


def _memory(encoder: Encoder, value: memoryview, _path: str) -> object:
    return encoder.tag("bytes", b=encoder.buffer(memoryview(value.tobytes())))


def _moment(encoder: Encoder, value: datetime.datetime, path: str) -> object:
    if value != value:  # NaT of pandas
        return None
    # Plain, because pandas treats a datetime without a zone as UTC.
    plain = datetime.datetime.combine(
        datetime.date(value.year, value.month, value.day),
        datetime.time(value.hour, value.minute, value.second, value.microsecond, fold=value.fold),
    )
    offset = value.utcoffset()
    since = plain - _EPOCH - (_offset_of_local(plain) if offset is None else offset)
    if not _FIRST <= since <= _LAST:
        raise UnsupportedValueError(path, f"the datetime {value}, which is out of range in UTC")
    return encoder.tag("datetime", v=since // _MILLISECOND)


def _offset_of_local(moment: datetime.datetime) -> datetime.timedelta:
    """Returns the offset from UTC of a datetime without a zone, which is local time in Python."""
    known = min(max(moment, _FIRST_LOCAL), _LAST_LOCAL)
    offset = known.astimezone().utcoffset()
    return datetime.timedelta() if offset is None else offset


def _date(encoder: Encoder, value: datetime.date, _path: str) -> object:
    return encoder.tag("date", v=value.isoformat())


def _duration(encoder: Encoder, value: datetime.timedelta, _path: str) -> object:
    return encoder.tag("timedelta", v=min(value / _MILLISECOND, _MOST_MILLISECONDS))


def _decimal(encoder: Encoder, value: decimal.Decimal, _path: str) -> object:
    return encoder.tag("decimal", v=str(value))


def _uuid(encoder: Encoder, value: uuid.UUID, _path: str) -> object:
    return encoder.tag("uuid", v=str(value))


def _enum(encoder: Encoder, value: enum.Enum, path: str) -> object:
    return encoder.encode(value.value, f"{path}.value")


def _dataclass(encoder: Encoder, value: Any, path: str) -> object:  # noqa: ANN401  # any dataclass
    names = [field.name for field in dataclasses.fields(value)]
    return _dict(encoder, {name: getattr(value, name) for name in names}, path)


def _array(encoder: Encoder, value: Any, path: str) -> object:  # noqa: ANN401  # of numpy
    dtype, shape, content = arrays.parts_of(value, path)
    return encoder.tag("array", dtype=dtype, shape=shape, b=encoder.buffer(content))


def _scalar(encoder: Encoder, value: Any, path: str) -> object:  # noqa: ANN401  # of numpy
    if value.dtype.kind in "mM":
        raise UnsupportedValueError(path, f"a numpy.{value.dtype}")
    item = value.item()
    if type(item) is type(value):
        raise UnsupportedValueError(path, f"a numpy.{type(value).__name__}")
    return encoder.encode(item, path)


def _table(encoder: Encoder, value: Any, path: str) -> object:  # noqa: ANN401  # of pandas
    columns: dict[str, object] = {}
    for name, column in tables.columns_of(value):
        if name in columns:
            raise UnsupportedValueError(path, f"a DataFrame with two columns named {name!r}")
        columns[name] = encoder.encode(column, f"{path}.{name}")
    return encoder.tag("table", columns=list(columns.items()))


def _series(encoder: Encoder, value: Any, path: str) -> object:  # noqa: ANN401  # of pandas
    return encoder.encode(tables.values_of(value), path)


def _function(encoder: Encoder, value: JavaScriptFunction, _path: str) -> object:
    return encoder.tag("function", v=value.number)


def _iterator(encoder: Encoder, _value: object, _path: str) -> object:
    return encoder.tag("iterator")


def _gap(_encoder: Encoder, _value: object, _path: str) -> object:
    return None


_BY_TYPE: dict[type, _Encode] = {
    int: _integer,
    float: _float,
    list: _items,
    tuple: _items,
    dict: _dict,
    set: _set,
    frozenset: _set,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _memory,
    datetime.datetime: _moment,
    datetime.date: _date,
    datetime.timedelta: _duration,
    decimal.Decimal: _decimal,
    uuid.UUID: _uuid,
    JavaScriptFunction: _function,
    _KeptIterator: _iterator,
}
# Types whose values differ in JavaScript if they differ in Python.
_DISTINCT = frozenset((int, str, bool, type(None), bytes, tuple))
# Functions whose values count as a level.
_NESTING = frozenset((_items, _dict, _set, _dataclass, _table))
# Ordered: an enum may be an int or a str, and a datetime is a date.
_BY_BASE: tuple[tuple[type, _Encode], ...] = ((enum.Enum, _enum), *_BY_TYPE.items(), (str, _text))


def _by_base(value: object) -> _Encode | None:
    if arrays.is_scalar(value):  # some are subclasses of float or str
        return _scalar
    return next((known for base, known in _BY_BASE if isinstance(value, base)), None)


def _by_duck(value: object) -> _Encode | None:
    if arrays.is_array(value):
        return _array
    if tables.is_table(value):
        return _table
    if tables.is_series(value):
        return _series
    if tables.is_gap(value):
        return _gap
    is_instance = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return _dataclass if is_instance else None
