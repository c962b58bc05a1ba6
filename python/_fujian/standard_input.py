"""`input()`, `getpass()` and `sys.stdin`, answered by the caller of the execution."""

from __future__ import annotations

import builtins
import getpass
import sys

from . import frames, wire
from .channel import Channel, ChannelClosed
from .interrupts import in_main_thread
from .originals import io

_NOBODY = (
    "nobody can answer input() here: pass the values in the code, or run it by the service's "
    "execute() with onInput"
)
_NOT_THE_MAIN_THREAD = "input() can be answered only in the main thread, while code runs"


class StandardInput:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._requests = 0
        self._answered = False
        self.stream = _InputStream(self)

    def install(self) -> None:
        builtins.input = self._input
        getpass.getpass = self._getpass

    def begin(self, answered: bool) -> None:
        """Prepares an execution. Restores the stream, which user code may have replaced."""
        self._answered = answered
        if self.stream.closed:
            self.stream = _InputStream(self)
        sys.stdin = sys.__stdin__ = self.stream  # type: ignore[assignment,misc]  # final

    def end(self) -> None:
        self._answered = False

    def read_line(self, prompt: str = "", is_password: bool = False) -> str:
        """Returns a line without its end. Raises EOFError, or KeyboardInterrupt like any wait."""
        if not self._answered:
            raise EOFError(_NOBODY)
        if not in_main_thread():
            raise EOFError(_NOT_THE_MAIN_THREAD)
        self._requests = request = self._requests % 0xFFFFFFFF + 1
        question = frames.encode_input_request(request, is_password, prompt)
        try:
            payload = self._channel.ask(wire.INPUT_REPLY, request, question)
        except ChannelClosed as error:
            raise EOFError(_NOBODY) from error
        reply = frames.decode_input_reply(payload)
        if reply.failure is not None:
            raise EOFError(reply.failure)
        if reply.line is None:
            raise EOFError("EOF when reading a line")
        return reply.line

    def _input(self, prompt: object = "", /) -> str:
        """Asks the caller of this execution for a line."""
        return self.read_line(str(prompt))

    def _getpass(self, prompt: str = "Password: ", stream: object = None, **_: object) -> str:
        """Asks the caller of this execution for a line without echo."""
        return self.read_line(str(prompt), is_password=True)


class _InputStream(io.TextIOBase):
    """`sys.stdin`. Empty if the caller does not answer: `readline` raises an EOFError."""

    name = "<stdin>"
    mode = "r"
    encoding = "utf-8"
    errors = "strict"

    def __init__(self, source: StandardInput) -> None:
        self._source = source
        self._rest = ""

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # typeshed has that of bytes
        self._check_open()
        if size == 0:
            return ""
        line = self._rest or self._source.read_line() + "\n"
        end = len(line) if size is None or size < 0 else size
        self._rest = line[end:]
        return line[:end]

    def read(self, size: int | None = -1, /) -> str:
        self._check_open()
        lines: list[str] = []
        try:
            while size is None or size < 0 or not lines:
                lines.append(self.readline(size))
        except EOFError:
            pass
        return "".join(lines)

    def __next__(self) -> str:  # type: ignore[override]  # typeshed has that of bytes
        try:
            return self.readline()
        except EOFError:
            raise StopIteration from None

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
