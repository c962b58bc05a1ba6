"""Decodes values from JavaScript; the counterpart of encoding.py."""

from __future__ import annotations

from typing import Any, Callable

from ..originals import datetime, decimal, json, uuid
from .arrays import array_of
from .encoding import TAG, padded
from .tables import table_of

_Members = dict[str, Any]
_decode = json.JSONDecoder().raw_decode
# Minimum size of a buffer that is used in place. A view keeps the whole frame in memory.
_LEAST_VIEW = 64 * 1024


# Returns the object kept under a number. Raises StaleHandleError.
FindObject = Callable[[int], object]
# Creates a JavaScript function from its number and name.
MakeFunction = Callable[[int, str], object]


def decode_value(payload: memoryview, find_object: FindObject, make_function: MakeFunction) -> Any:  # noqa: ANN401  # whatever was sent
    """Decodes `payload`: u32 length of the head, head (JSON), buffers padded to 8 bytes.

    The value takes over the memory of a writable payload, in which large buffers stay.
    """
    start = 4 + int.from_bytes(payload[:4], "little")
    # Not `loads()`, which takes twice as long for short text, to detect encoding and blanks.
    encoded, is_tagged, sizes = _decode(str(payload[4:start], "utf-8"))[0]
    if not is_tagged:
        return encoded
    buffers: list[bytearray | memoryview] = []
    for size in sizes:
        buffer = payload[start : start + size]
        # Arrays have to be writable.
        stays = size >= _LEAST_VIEW and not payload.readonly
        buffers.append(buffer if stays else bytearray(buffer))
        start += padded(size)
    return _Decoder(buffers, find_object, make_function).decode(encoded)


class _Decoder:
    def __init__(
        self,
        buffers: list[bytearray | memoryview],
        find_object: FindObject,
        make_function: MakeFunction,
    ) -> None:
        self.buffers = buffers
        self.find_object = find_object
        self.make_function = make_function

    def decode(self, encoded: Any) -> Any:  # noqa: ANN401  # JSON, to whatever it stands for
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        if not isinstance(encoded, dict):
            return encoded
        if TAG in encoded:
            return _BY_TAG[encoded[TAG]](self, encoded)
        return {key: self.decode(item) for key, item in encoded.items()}

    def key(self, encoded: object) -> Any:  # noqa: ANN401  # whatever was sent
        """Decodes a dict key or set item, which cannot be a list or set."""
        value = self.decode(encoded)
        if isinstance(value, set):
            return frozenset(value)
        if isinstance(encoded, list):
            return tuple(self.key(item) for item in encoded)
        return value


def _map(decoder: _Decoder, one: _Members) -> object:
    pairs = {decoder.key(key): decoder.decode(item) for key, item in one["v"]}
    _refuse_loss(len(one["v"]) - len(pairs))
    return pairs


def _set(decoder: _Decoder, one: _Members) -> object:
    items = {decoder.key(item) for item in one["v"]}
    _refuse_loss(len(one["v"]) - len(items))
    return items


def _refuse_loss(lost: int) -> None:
    if lost:
        raise ValueError(
            "a Map or Set from JavaScript has keys that are equal in Python, like 1 and true, of "
            f"which {lost} would be lost: pass a list instead"
        )


# Not an attribute: that reference cycle would keep decoded values until garbage collection.
_BY_TAG: dict[str, Callable[[_Decoder, _Members], object]] = {
    "int": lambda _, one: int(one["v"], 16),
    "float": lambda _, one: float(one["v"]),
    "bytes": lambda decoder, one: bytes(decoder.buffers[one["b"]]),
    "map": _map,
    "set": _set,
    "datetime": lambda _, one: (
        datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        + datetime.timedelta(milliseconds=one["v"])
    ),
    "date": lambda _, one: datetime.date.fromisoformat(one["v"]),
    # JSON has fewer digits than a large integer, but those of its float.
    "timedelta": lambda _, one: datetime.timedelta(milliseconds=float(one["v"])),
    "decimal": lambda _, one: decimal.Decimal(one["v"]),
    "uuid": lambda _, one: uuid.UUID(one["v"]),
    "array": lambda decoder, one: array_of(one["dtype"], one["shape"], decoder.buffers[one["b"]]),
    "table": lambda decoder, one: table_of(
        {name: decoder.decode(column) for name, column in one["columns"]}
    ),
    "object": lambda decoder, one: decoder.find_object(one["v"]),
    "function": lambda decoder, one: decoder.make_function(one["v"], one["name"]),
}
