"""The frames that Node and Python exchange; specified in docs/channel.md.

A frame is a u32 length (of all that follows), a u8 type and a payload; integers are little-endian.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Sequence

# As they are before user code replaces them.
from json import dumps as _dumps
from json import loads as _loads
from typing import NamedTuple, Union

# Node to a session
# u32 execution, u32 connection (0: none), u8 flags, u32 length of the file name, file name,
# with the flag 32 u32 length of the environment, environment (JSON), source
EXECUTE = 1
INTERRUPT = 2  # u32 execution
CONNECTION_OPENED = 3  # u32 connection
CONNECTION_CLOSED = 4  # u32 connection
PIPES_OPENED = 5  # empty: Node holds the reading ends of the output pipes
INPUT_REPLY = 6  # u32 request, u8 one of the REPLY_…, text
CLONE = 7  # JSON: see SessionSpec in session.py
CALL_REPLY = 8  # u32 call, u8 whether it threw (0 or 1), value; or JSON {message, stack}
RELEASE = 9  # JSON: numbers of objects that are kept for Node, and need not be any more

# A session to Node
HELLO = 64  # JSON {token, pid}
DONE = 65  # u32 execution, u32 barrier (0: none), JSON {return, error?: {type, value, traceback}}
PUSH = 66  # u32 connection, u8 binary (0 or 1), message
LOG = 67  # UTF-8 text
INPUT_REQUEST = 68  # u32 request, u8 whether it is a password (0 or 1), prompt
INTERRUPTED = 69  # u32 execution, which has heard of its interrupt
CLONED = 70  # JSON {session, pid, lostThreads} or {session, error}
BEGUN = 71  # u32 execution, u32 count
# u32 execution, u32 barrier (0: none), u32 length of the head, head, parts: see encode_shown()
SHOWN = 72
VALUE = 73  # u32 execution, value: see values/encoding.py
CALL = 74  # u32 call, value [number of a function of Node's, args, kwargs]
RELEASED = 75  # JSON: numbers of functions that Python has let go

# Node to the supervisor
FORK = 128  # JSON: see SessionSpec in session.py
ADOPT = 129  # JSON {session, pid, processes?}: a clone of a session, now a child of the supervisor
CLONING = 130  # JSON {pid, clones}: how many clones of itself the session with this pid makes now

# The supervisor to Node
SUPERVISING = 192  # JSON {version, executable, pid}
EXITED = 193  # JSON {session, pid, code or signal, peakMemory, cpuTime, overLimit?}
FORK_FAILED = 194  # JSON {session, message}

# The flags of EXECUTE
_AHEAD = 1
_PRIVATE = 2
_ANSWERED = 4
_INTERACTIVE = 8
_STREAMED = 16
_ENVIRONMENT = 32
_OPERATION = 64

_REPLY_LINE = 0
_REPLY_END = 1
_REPLY_FAILED = 2

HEADER = struct.Struct("<IB")
_EXECUTE_HEAD = struct.Struct("<IIBI")
_DONE_HEAD = struct.Struct("<IBII")
_PUSH_HEAD = struct.Struct("<IB")
_INPUT_HEAD = struct.Struct("<IB")
_NUMBER = struct.Struct("<I")
_BEGUN = struct.Struct("<II")
_SHOWN_HEAD = struct.Struct("<III")


# Of a large frame a view of memory of its own, which can be written to and ends at a multiple of 8
# bytes.
Payload = Union[bytes, memoryview]
# Bytes of payload from which a frame is large.
_LARGE = 2**20
# Of a large frame at once: what reads it may be a signal's handler.
_MOST_ROOM = 2**20


class Execute(NamedTuple):
    execution: int
    connection: int
    # Handed over ahead of its turn.
    ahead: bool
    # The connection is this execution's alone, and open as long as it runs.
    private: bool
    # Somebody answers `input()`.
    answered: bool
    # As in a notebook.
    interactive: bool
    # What it shows is to come in order with what it prints.
    streamed: bool
    # Set while it runs.
    environment: dict[str, str]
    filename: str
    source: str
    # In place of source, encoded.
    operation: Payload | None = None


def is_unheard(kind: int, payload: Payload) -> bool:
    """Whether it is an operation that does not stream: nobody is told what it prints."""
    return kind == EXECUTE and payload[8] & (_OPERATION | _STREAMED) == _OPERATION


class InputReply(NamedTuple):
    request: int
    # None: the end of the input.
    line: str | None
    # Why nobody could answer.
    failure: str | None


def encode(kind: int, payload: bytes = b"") -> bytes:
    return HEADER.pack(len(payload) + 1, kind) + payload


def encode_done(execution: int, barrier: int, outcome: str) -> bytes:
    head = _DONE_HEAD.pack(len(outcome) + _DONE_HEAD.size - 4, DONE, execution, barrier)
    return head + outcome.encode("ascii")


def encode_number(kind: int, number: int) -> bytes:
    return encode(kind, _NUMBER.pack(number))


def encode_input_request(request: int, is_password: bool, prompt: str) -> bytes:
    text = prompt.encode(errors="backslashreplace")
    return encode(INPUT_REQUEST, _INPUT_HEAD.pack(request, is_password) + text)


def encode_push(connection: int, binary: bool, message: bytes) -> bytes:
    return encode(PUSH, _PUSH_HEAD.pack(connection, binary) + message)


class Part(NamedTuple):
    """One form of what is shown."""

    mime_type: str
    # How `content` is written: "text" (UTF-8), "bytes" or "json".
    form: str
    content: bytes


def encode_begun(execution: int, count: int) -> bytes:
    return encode(BEGUN, _BEGUN.pack(execution, count))


def encode_shown(
    execution: int, barrier: int, members: dict[str, object], parts: Sequence[Part]
) -> bytes:
    """`members`: type ("display", "value", "update" or "clear"), id, wait, metadata.

    What the parts hold follows the head in their order; of each the head has the type, the form and
    the length.
    """
    named = [(part.mime_type, part.form, len(part.content)) for part in parts]
    head = _dumps({**members, "parts": named}).encode()
    contents = [part.content for part in parts]
    numbers = _SHOWN_HEAD.pack(execution, barrier, len(head))
    return encode(SHOWN, b"".join([numbers, head, *contents]))


def value_head(kind: int, number: int, head: bytes, size: int) -> bytes:
    """What precedes the `size` bytes of buffers of a VALUE or a CALL."""
    numbers = struct.pack("<II", number, len(head))
    length = HEADER.pack(len(numbers) + len(head) + size + 1, kind)
    return b"".join([length, numbers, head])


def decode_execute(payload: Payload) -> Execute:
    execution, connection, flags, length = _EXECUTE_HEAD.unpack_from(payload)
    start = _EXECUTE_HEAD.size
    end = start + length
    filename = str(payload[start:end], "utf-8")
    environment: dict[str, str] = {}
    if flags & _ENVIRONMENT:
        start = end + _NUMBER.size
        end = start + decode_number(payload[end:start])
        environment = _loads(bytes(payload[start:end]))
    return Execute(
        execution,
        connection,
        bool(flags & _AHEAD),
        bool(flags & _PRIVATE),
        bool(flags & _ANSWERED),
        bool(flags & _INTERACTIVE),
        bool(flags & _STREAMED),
        environment,
        filename,
        "" if flags & _OPERATION else str(payload[end:], "utf-8"),
        payload[end:] if flags & _OPERATION else None,
    )


def decode_input_reply(payload: Payload) -> InputReply:
    request, kind = _INPUT_HEAD.unpack_from(payload)
    text = str(payload[_INPUT_HEAD.size :], "utf-8")
    line = text if kind == _REPLY_LINE else None
    return InputReply(request, line, text if kind == _REPLY_FAILED else None)


def decode_call_reply(payload: Payload) -> tuple[bool, memoryview]:
    """Whether it threw, and the value; or what it threw."""
    return payload[_NUMBER.size] != 0, memoryview(payload)[_NUMBER.size + 1 :]


def decode_number(payload: Payload) -> int:
    number: int = _NUMBER.unpack(payload)[0]
    return number


class FrameDecoder:
    """Cuts a stream of bytes into (type, payload) pairs, however it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        # Of a large frame that has begun.
        self._kind = 0
        self._payload: memoryview | None = None
        self._filled = 0

    @property
    def room(self) -> memoryview | None:
        """Where more of a large frame is to be put, before `fill()` is told how much it was."""
        if self._payload is None:
            return None
        return self._payload[self._filled : self._filled + _MOST_ROOM]

    def fill(self, size: int) -> list[tuple[int, Payload]]:
        payload = self._payload
        self._filled += size
        if payload is None or self._filled < len(payload):
            return []
        self._payload = None
        return [(self._kind, payload)]

    def feed(self, data: bytes | memoryview) -> list[tuple[int, Payload]]:
        frames: list[tuple[int, Payload]] = []
        while (room := self.room) is not None:
            size = min(len(room), len(data))
            room[:size] = data[:size]
            frames += self.fill(size)
            data = data[size:]
            if not data:
                return frames
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        while end - start >= HEADER.size:
            length, kind = HEADER.unpack_from(buffer, start)
            next_start = start + HEADER.size - 1 + length
            if next_start > end:
                if length > _LARGE:
                    self._begin(kind, length - 1, buffer[start + HEADER.size :])
                    start = end
                break
            frames.append((kind, bytes(buffer[start + HEADER.size : next_start])))
            start = next_start
        if start:
            del buffer[:start]
        return frames

    def _begin(self, kind: int, size: int, first: bytearray) -> None:
        self._kind = kind
        self._payload = _memory_for(size)
        self._payload[: len(first)] = first
        self._filled = len(first)


def _memory_for(size: int) -> memoryview:
    """Not filled with zeros at once, as a `bytearray` is: pages come as they are written to."""
    before = -size % 8
    try:
        # Private: forks of this process have copies.
        memory = mmap.mmap(-1, before + size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError:
        raise MemoryError(f"no memory for {size} bytes that were sent") from None
    # As numpy does for its arrays: there are fewer pages to be had.
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is not None:
        with contextlib.suppress(OSError):  # a kernel that has none
            memory.madvise(advice)
    return memoryview(memory)[before:]
