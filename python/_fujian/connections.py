"""`FUJIAN_WS`: pushes messages from Python to the WebSocket clients of its session."""

from __future__ import annotations

from typing import Callable

from . import frames
from .originals import json


class WebSocketClosedError(Exception):
    """Raised if no WebSocket is open for a message."""


WebSocketClosedError.__module__ = "fujian"


class Connections:
    """The open connections, in the order in which they were opened."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        # The connection that the running execution came over; 0: none.
        self.of_execution = 0
        # Whether that connection belongs to the execution, and is open as long as it runs.
        self.is_private = False

    def forget(self) -> None:
        """Forgets all connections, in a fork of the session."""
        self._open.clear()

    def opened(self, connection: int) -> None:
        self._open[connection] = None

    def closed(self, connection: int) -> None:
        self._open.pop(connection, None)

    def current(self) -> int:
        """Returns the running execution's connection, else the latest open one, else 0."""
        own = self.of_execution
        if own:
            return own if self.is_private or own in self._open else 0
        return next(reversed(self._open), 0)


class CurrentConnection:
    """Pushes to the connection of the running execution, else to the latest open one."""

    def __init__(
        self,
        connections: Connections,
        drain: Callable[[], None],
        send: Callable[[bytes], None],
    ) -> None:
        self._connections = connections
        self._drain = drain
        self._send = send

    def is_open(self) -> bool:
        self._drain()
        return self._connections.current() != 0

    def write_message(
        self,
        message: str | bytes | bytearray | memoryview | dict[str, object],
        binary: bool = False,
    ) -> None:
        """Sends `message`: str as it is, dict as JSON, bytes as a binary frame with `binary=True`.

        Raises WebSocketClosedError when no connection is open, TypeError for other types,
        ValueError for values that JSON cannot represent. Callable from any thread at any time.
        """
        data = _encode(message)
        if not binary and not isinstance(message, (str, dict)):
            data.decode()  # raises if a text message is not UTF-8
        self._drain()
        connection = self._connections.current()
        if not connection:
            raise WebSocketClosedError("no WebSocket is open; ask FUJIAN_WS.is_open() first")
        self._send(frames.encode_push(connection, bool(binary), data))

    def __repr__(self) -> str:
        return f"<FUJIAN_WS {'open' if self.is_open() else 'closed'}>"


def _encode(message: object) -> bytes:
    if isinstance(message, str):
        return message.encode()
    if isinstance(message, dict):
        return json.dumps(message, allow_nan=False, ensure_ascii=False).encode()
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    raise TypeError(
        f"write_message takes str, bytes or dict, not {type(message).__name__}; "
        "json.dumps() turns other values into str"
    )
