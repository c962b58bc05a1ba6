"""Values of JavaScript as they come; the other side of encoding.py."""

from __future__ import annotations

import datetime
import decimal
import uuid
from json import loads as _loads
from typing import Any, Callable

from .arrays import array_of
from .encoding import TAG
from .tables import table_of

_Members = dict[str, Any]


def decode_value(payload: memoryview) -> Any:  # noqa: ANN401  # whatever was sent
    """`payload`: u32 length of the head, head (JSON), buffers."""
    start = 4 + int.from_bytes(payload[:4], "little")
    encoded, is_tagged, sizes = _loads(bytes(payload[4:start]))
    if not is_tagged:
        return encoded
    buffers = []
    for size in sizes:
        # Their own memory: arrays are to be written to.
        buffers.append(bytearray(payload[start : start + size]))
        start += size
    return _Decoder(buffers).decode(encoded)


class _Decoder:
    def __init__(self, buffers: list[bytearray]) -> None:
        self._buffers = buffers
        self._by_tag: dict[str, Callable[[_Members], object]] = {
            "int": lambda one: int(one["v"], 16),
            "float": lambda one: float(one["v"]),
            "bytes": lambda one: bytes(self._buffers[one["b"]]),
            "map": lambda one: {self._key(key): self.decode(item) for key, item in one["v"]},
            "set": lambda one: {self._key(item) for item in one["v"]},
            "datetime": lambda one: (
                datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
                + datetime.timedelta(milliseconds=one["v"])
            ),
            "date": lambda one: datetime.date.fromisoformat(one["v"]),
            "timedelta": lambda one: datetime.timedelta(milliseconds=one["v"]),
            "decimal": lambda one: decimal.Decimal(one["v"]),
            "uuid": lambda one: uuid.UUID(one["v"]),
            "array": lambda one: array_of(one["dtype"], one["shape"], self._buffers[one["b"]]),
            "table": lambda one: table_of(
                {name: self.decode(column) for name, column in one["columns"]}
            ),
        }

    def decode(self, encoded: Any) -> Any:  # noqa: ANN401
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        if not isinstance(encoded, dict):
            return encoded
        if TAG in encoded:
            return self._by_tag[encoded[TAG]](encoded)
        return {key: self.decode(item) for key, item in encoded.items()}

    def _key(self, encoded: object) -> Any:  # noqa: ANN401
        """Of a dict, or an item of a set: neither can be a list or a set."""
        value = self.decode(encoded)
        if isinstance(value, set):
            return frozenset(value)
        if isinstance(encoded, list):
            return tuple(self._key(item) for item in encoded)
        return value
