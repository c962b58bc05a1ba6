"""Functions of JavaScript that were passed to Python, and can be called from there."""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from json import loads as _loads
from typing import Any, Callable

from .. import frames
from ..channel import Channel, ChannelClosed
from .kept_objects import StaleHandleError

Decode = Callable[[memoryview], Any]
Encode = Callable[[object], "tuple[bytes, list[memoryview]]"]


class JavaScriptError(Exception):
    """What a function of JavaScript threw, or rejected with. `stack` is where."""

    stack = ""


JavaScriptError.__module__ = "fujian"


class JavaScriptFunction:
    """Calls wait for what it returns; if that is a promise, for what it comes to.

    Keyword arguments reach it as one object behind all others.
    """

    __slots__ = ("__name__", "__weakref__", "_functions", "_number")

    def __init__(self, functions: JavaScriptFunctions, number: int, name: str) -> None:
        self._functions = functions
        self._number = number
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401  # what it returns
        return self._functions.call(self._number, args, kwargs)

    # As of any function, a copy is the same one: of two, Node would hear that the first is gone.

    def __copy__(self) -> JavaScriptFunction:
        return self

    def __deepcopy__(self, _memo: object) -> JavaScriptFunction:
        return self

    def __repr__(self) -> str:
        return f"<JavaScript function {self.__name__ or '(unnamed)'}>"

    def __del__(self) -> None:
        # Anywhere, also where the channel is in use: Node is told later.
        self._functions.let_go.append(self._number)


class JavaScriptFunctions:
    def __init__(self, channel: Channel, encode: Encode, decode: Decode) -> None:
        self._channel = channel
        self._encode = encode
        self._decode = decode
        self._calls = itertools.count(1)
        # Numbers of functions that nobody has any more, and that Node was not told of.
        self.let_go: deque[int] = deque()

    def take_let_go(self) -> list[int]:
        """Also those in replies that nobody waited for any more."""
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
        """From any thread. Raises JavaScriptError, UnsupportedValueError."""
        head, buffers = self._encode([number, args, kwargs])
        size = sum(buffer.nbytes for buffer in buffers)
        call = next(self._calls) & 0xFFFFFFFF
        frame = b"".join([frames.value_head(frames.CALL, call, head, size), *buffers])
        # An array that is looked at cannot grow, neither while this waits, nor while an error of
        # Node's is handled, which has this frame in its traceback.
        del buffers
        try:
            reply = self._channel.ask(frames.CALL_REPLY, call, frame)
        except ChannelClosed:
            raise JavaScriptError("nobody is there to call it: the service has ended") from None
        threw, content = frames.decode_call_reply(reply)
        if not threw:
            return self._decode(content)["result"]
        thrown = _loads(bytes(content))
        error = JavaScriptError(thrown["message"])
        error.stack = thrown["stack"]
        raise error
