"""JavaScript functions that Python can call."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable

from .. import frames, wire
from ..channel import Channel, ChannelClosed
from ..originals import contextlib, itertools, json
from .kept_objects import StaleHandleError

Decode = Callable[[memoryview], Any]
EncodeCall = Callable[
    [int, "tuple[object, ...]", "dict[str, object]"], "tuple[bytes, list[memoryview]]"
]


class JavaScriptError(Exception):
    """Raised for an error or rejection of a JavaScript function. `stack`: its stack."""

    stack = ""


JavaScriptError.__module__ = "fujian"


class JavaScriptFunction:
    """A JavaScript function. Calls wait for its result, and await promises.

    Keyword arguments are passed as one object after all others.
    """

    __slots__ = ("__name__", "__weakref__", "_functions", "number")

    def __init__(self, functions: JavaScriptFunctions, number: int, name: str) -> None:
        self._functions = functions
        self.number = number
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401  # what it returns
        return self._functions.call(self.number, args, kwargs)

    # A copy is the same object. Otherwise deleting either of two would release the function.

    def __copy__(self) -> JavaScriptFunction:
        return self

    def __deepcopy__(self, _memo: object) -> JavaScriptFunction:
        return self

    def __repr__(self) -> str:
        return f"<JavaScript function {self.__name__ or '(unnamed)'}>"

    def __del__(self) -> None:
        # A destructor may run while the channel is in use, so Node is told later.
        self._functions.let_go.append(self.number)


class JavaScriptFunctions:
    def __init__(self, channel: Channel, encode: EncodeCall, decode: Decode) -> None:
        self._channel = channel
        self._encode = encode
        self._decode = decode
        self._calls = itertools.count(1)
        # Numbers of deleted functions that Node was not told of yet.
        self.let_go: deque[int] = deque()

    def take_let_go(self) -> list[int]:
        """Returns the numbers to release, including those in unclaimed replies."""
        while self._channel.unclaimed:
            threw, content = frames.decode_call_reply(self._channel.unclaimed.popleft())
            if not threw:
                with contextlib.suppress(StaleHandleError):
                    self._decode(content)
        taken = []
        while self.let_go:
            taken.append(self.let_go.popleft())
        return taken

    def call(self, number: int, args: tuple[object, ...], kwargs: dict[str, object]) -> Any:  # noqa: ANN401  # what it returns
        """Calls a function. From any thread. Raises JavaScriptError, UnsupportedValueError."""
        head, buffers = self._encode(number, args, kwargs)
        size = sum(buffer.nbytes for buffer in buffers)
        call = next(self._calls) & 0xFFFFFFFF
        frame = b"".join([frames.value_head(wire.CALL, call, head, size), *buffers])
        # An array with a view cannot be resized: not while this waits, and not while a
        # JavaScriptError with this frame in its traceback is handled.
        del buffers
        try:
            reply = self._channel.ask(wire.CALL_REPLY, call, frame)
        except ChannelClosed:
            raise JavaScriptError("the function cannot be called: the service has ended") from None
        threw, content = frames.decode_call_reply(reply)
        if not threw:
            return self._decode(content)["result"]
        thrown = json.loads(bytes(content))
        error = JavaScriptError(thrown["message"])
        error.stack = thrown["stack"]
        raise error
