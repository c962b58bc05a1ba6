"""`sys.stdin`, `input()` and `getpass()`, answered by the caller of the execution.

`input()` is Python's: it writes its prompt to `sys.stdout` and reads a line of `sys.stdin`, which
may be another stream. Ours asks the caller for lines.
"""

from __future__ import annotations

import builtins
import getpass
import sys
from typing import TYPE_CHECKING, NamedTuple, TextIO

from . import frames, wire
from .channel import Channel, ChannelClosed
from .interrupts import in_main_thread
from .originals import io, threading
from .output import is_open

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_NOBODY = (
    "nobody can answer input() here: pass the values in the code, or run it by the service's "
    "execute() with onInput"
)
# Passes lone surrogates, which strings of JavaScript may have.
_ERRORS = "surrogatepass"
_NOT_THE_MAIN_THREAD = "input() can be answered only in the main thread, while code runs"


class _Prompt(NamedTuple):
    text: str
    is_password: bool


_NO_PROMPT = _Prompt("", is_password=False)


class StandardInput:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._requests = 0
        self._answered = False
        # Whether the running execution has read the stream, which may hold the rest of a reply.
        self._is_used = False
        # Of each `input()` and `getpass()` under way, by thread.
        self._prompts: dict[int, _Prompt] = {}
        self._getpass_of_python = getpass.getpass
        self.stream = self._new_stream()

    def install(self) -> None:
        builtins.input = self._input
        getpass.getpass = self._getpass

    def begin(self, answered: bool) -> None:
        """Prepares an execution. Restores the stream, which user code may have replaced."""
        self._answered = answered
        self._offer_stream()
        # Checked last, because releasing a stream of user code may close ours.
        if not is_open(self.stream):
            self.stream = self._new_stream()
            self._offer_stream()

    def end(self) -> None:
        self._answered = False
        if self._is_used:
            self._is_used = False
            self.stream = self._new_stream()
            self._offer_stream()

    def next_line(self) -> bytes:
        """Asks for a line. Returns it with its end, or nothing at the end of the input.

        Raises EOFError with the reason why there is no reply, or KeyboardInterrupt like any wait.
        """
        self._is_used = True
        prompt = self._prompts.pop(threading.get_ident(), None)
        reply = self._ask(prompt or _NO_PROMPT) if self._answered else None
        if reply is None:
            if prompt is not None:
                raise EOFError(_NOBODY)
            return b""
        if reply.failure is not None:
            raise EOFError(reply.failure)
        return b"" if reply.line is None else f"{reply.line}\n".encode(errors=_ERRORS)

    def _ask(self, prompt: _Prompt) -> frames.InputReply | None:
        if not in_main_thread():
            raise EOFError(_NOT_THE_MAIN_THREAD)
        self._requests = request = self._requests % 0xFFFFFFFF + 1
        question = frames.encode_input_request(request, prompt.is_password, prompt.text)
        try:
            payload = self._channel.ask(wire.INPUT_REPLY, request, question)
        except ChannelClosed:
            return None
        return frames.decode_input_reply(payload)

    def _input(self, prompt: object = "", /) -> str:
        """Writes the prompt to `sys.stdout`, and reads a line of `sys.stdin`."""
        text = str(prompt)
        thread = threading.get_ident()
        self._prompts[thread] = _Prompt(text, is_password=False)
        try:
            return input(text)
        finally:
            self._prompts.pop(thread, None)

    def _getpass(
        self, prompt: str = "Password: ", stream: TextIO | None = None, **options: object
    ) -> str:
        """Reads a line of `sys.stdin` without echo."""
        if sys.stdin is not self.stream:
            return self._getpass_of_python(prompt, stream, **options)
        text = str(prompt)
        output = stream or sys.stderr
        output.write(text)
        output.flush()
        thread = threading.get_ident()
        self._prompts[thread] = _Prompt(text, is_password=True)
        try:
            line = sys.stdin.readline()
        finally:
            self._prompts.pop(thread, None)
        if not line:
            raise EOFError
        output.write("\n")
        return line.removesuffix("\n")

    def _offer_stream(self) -> None:
        sys.stdin = sys.__stdin__ = self.stream  # type: ignore[misc]  # final

    def _new_stream(self) -> io.TextIOWrapper:
        buffer = io.BufferedReader(_Lines(self))
        stream = io.TextIOWrapper(buffer, encoding="utf-8", errors=_ERRORS, newline="\n")
        stream.mode = "r"  # type: ignore[misc]  # read-only in typeshed; open() sets it
        return stream


class _Lines(io.RawIOBase):
    """The file behind `sys.stdin`: each read that finds nothing left asks for a line."""

    name = "<stdin>"
    mode = "rb"

    def __init__(self, source: StandardInput) -> None:
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        line = self._rest or self._source.next_line()
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(line))
        room[:size] = line[:size]
        self._rest = line[size:]
        return size
