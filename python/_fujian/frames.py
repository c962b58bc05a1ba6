"""Encodes and decodes the frames between Node and Python; specified in docs/channel.md.

A frame is a u32 length (of all that follows), a u8 type and a payload; integers are little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Union

from . import wire
from .at_once import Step, at_once
from .originals import contextlib, json, mmap, struct

HEADER = struct.Struct("<IB")
_EXECUTE_HEAD = struct.Struct("<IIBI")
_DONE_HEAD = struct.Struct("<IBII")
_PUSH_HEAD = struct.Struct("<IB")
_INPUT_HEAD = struct.Struct("<IB")
_NUMBER = struct.Struct("<I")
_BEGUN = struct.Struct("<II")
_SHOWN_HEAD = struct.Struct("<III")

# Characters beyond which a return value is sent in parts.
LONG_TEXT = 64 * 1024

# For a large frame a view of writable memory of its own, which ends at a multiple of 8 bytes.
Payload = Union[bytes, memoryview]
# Maximum bytes per read of a large frame, because a signal handler may be reading.
_MOST_ROOM = 2**20


class Execute(NamedTuple):
    execution: int
    connection: int
    # Sent ahead of its turn.
    ahead: bool
    # The connection belongs to this execution, and is open as long as it runs.
    private: bool
    # The caller answers `input()`.
    answered: bool
    # Runs like a notebook cell.
    interactive: bool
    # Displays are ordered with the output.
    streamed: bool
    # Environment variables of the execution.
    environment: dict[str, str]
    filename: str
    source: str
    # An encoded operation instead of source.
    operation: Payload | None = None


def is_unheard(kind: int, payload: Payload) -> bool:
    """Whether a frame is an operation that does not stream, whose output is not reported."""
    flags = wire.FLAG_OPERATION | wire.FLAG_STREAMED
    return kind == wire.EXECUTE and payload[8] & flags == wire.FLAG_OPERATION


class InputReply(NamedTuple):
    request: int
    # None at the end of the input.
    line: str | None
    # Why there is no reply.
    failure: str | None


def encode(kind: int, payload: bytes = b"") -> bytes:
    return HEADER.pack(len(payload) + 1, kind) + payload


def encode_done(execution: int, barrier: int, outcome: str) -> bytes:
    head = _DONE_HEAD.pack(len(outcome) + _DONE_HEAD.size - 4, wire.DONE, execution, barrier)
    return head + outcome.encode("ascii")


def encode_returned(execution: int, text: str) -> Iterator[bytes]:
    """Encodes a long return value as RETURNED frames, to be sent before the DONE."""
    for start in range(0, len(text), LONG_TEXT):
        part = text[start : start + LONG_TEXT].encode("utf-8", "surrogatepass")
        yield encode(wire.RETURNED, _NUMBER.pack(execution) + part)


def encode_number(kind: int, number: int) -> bytes:
    return encode(kind, _NUMBER.pack(number))


def encode_input_request(request: int, is_password: bool, prompt: str) -> bytes:
    text = prompt.encode(errors="backslashreplace")
    return encode(wire.INPUT_REQUEST, _INPUT_HEAD.pack(request, is_password) + text)


def encode_push(connection: int, binary: bool, message: bytes) -> bytes:
    return encode(wire.PUSH, _PUSH_HEAD.pack(connection, binary) + message)


class Part(NamedTuple):
    """One representation in a display."""

    mime_type: str
    # Encoding of `content`: "text" (UTF-8), "bytes" or "json".
    form: str
    content: bytes


def encode_begun(execution: int, count: int) -> bytes:
    return encode(wire.BEGUN, _BEGUN.pack(execution, count))


def encode_shown(
    execution: int, barrier: int, members: dict[str, object], parts: Sequence[Part]
) -> bytes:
    """Encodes a SHOWN.

    `members`: type ("display", "value", "update" or "clear"), id, wait, metadata. The head lists
    MIME type, form and length of each part. The contents follow in the same order.
    """
    named = [(part.mime_type, part.form, len(part.content)) for part in parts]
    head = json.dumps({**members, "parts": named}).encode()
    contents = [part.content for part in parts]
    numbers = _SHOWN_HEAD.pack(execution, barrier, len(head))
    return encode(wire.SHOWN, b"".join([numbers, head, *contents]))


def value_head(kind: int, number: int, head: bytes, size: int) -> bytes:
    """Returns the beginning of a VALUE or CALL, up to the `size` bytes of buffers."""
    numbers = struct.pack("<II", number, len(head))
    length = HEADER.pack(len(numbers) + len(head) + size + 1, kind)
    return b"".join([length, numbers, head])


def decode_execute(payload: Payload) -> Execute:
    """Decodes an EXECUTE.

    u32 execution, u32 connection (0: none), u8 flags, u32 length of the file name, file name; with
    FLAG_ENVIRONMENT u32 length of the environment, environment (JSON); source, or with
    FLAG_OPERATION an operation.
    """
    execution, connection, flags, length = _EXECUTE_HEAD.unpack_from(payload)
    start = _EXECUTE_HEAD.size
    end = start + length
    filename = str(payload[start:end], "utf-8", "surrogatepass")
    environment: dict[str, str] = {}
    if flags & wire.FLAG_ENVIRONMENT:
        start = end + _NUMBER.size
        end = start + decode_number(payload[end:start])
        environment = json.loads(bytes(payload[start:end]))
    return Execute(
        execution,
        connection,
        bool(flags & wire.FLAG_AHEAD),
        bool(flags & wire.FLAG_PRIVATE),
        bool(flags & wire.FLAG_ANSWERED),
        bool(flags & wire.FLAG_INTERACTIVE),
        bool(flags & wire.FLAG_STREAMED),
        environment,
        filename,
        "" if flags & wire.FLAG_OPERATION else str(payload[end:], "utf-8", "surrogatepass"),
        payload[end:] if flags & wire.FLAG_OPERATION else None,
    )


def decode_input_reply(payload: Payload) -> InputReply:
    request, kind = _INPUT_HEAD.unpack_from(payload)
    text = str(payload[_INPUT_HEAD.size :], "utf-8", "surrogatepass")
    line = text if kind == wire.REPLY_LINE else None
    return InputReply(request, line, text if kind == wire.REPLY_FAILED else None)


def decode_call_reply(payload: Payload) -> tuple[bool, memoryview]:
    """Returns whether the function threw, and the encoded value or error."""
    return payload[_NUMBER.size] != 0, memoryview(payload)[_NUMBER.size + 1 :]


def decode_number(payload: Payload) -> int:
    number: int = _NUMBER.unpack(payload)[0]
    return number


_Decoding = tuple["list[tuple[int, Payload]]", "list[Step]"]


class FrameDecoder:
    """Decodes a stream of bytes, split at any places, into (type, payload) pairs."""

    def __init__(self) -> None:
        self._buffer = b""
        # The large frame under way.
        self._kind = 0
        self._payload: memoryview | None = None
        self._filled = 0

    @property
    def room(self) -> memoryview | None:
        """Buffer for the next read of a large frame, to be followed by `filling()`; else None."""
        if self._payload is None:
            return None
        return self._payload[self._filled : self._filled + _MOST_ROOM]

    def feed(self, data: bytes | memoryview) -> list[tuple[int, Payload]]:
        """Returns the frames that this data completes."""
        frames: list[tuple[int, Payload]] = []
        while (room := self.room) is not None:
            size = min(len(room), len(data))
            room[:size] = data[:size]
            come, steps = self.filling(size)
            at_once(*steps)
            frames += come
            data = data[size:]
            if not data:
                return frames
        come, steps = self.feeding(data)
        at_once(*steps)
        return frames + come

    def filling(self, size: int) -> _Decoding:
        """Like `feeding()`, for `size` bytes that were read into `room`."""
        payload = self._payload
        filled = self._filled + size
        if payload is None or filled < len(payload):
            return [], [Step(setattr, self, "_filled", filled)]
        return [(self._kind, payload)], [Step(setattr, self, "_payload", None)]

    def feeding(self, data: bytes | memoryview) -> _Decoding:
        """Returns the frames that this data completes, and the steps that take it in."""
        frames: list[tuple[int, Payload]] = []
        steps: list[Step] = []
        buffer = self._buffer + data if self._buffer else data
        start, end = 0, len(buffer)
        while end - start >= HEADER.size:
            length, kind = HEADER.unpack_from(buffer, start)
            next_start = start + HEADER.size - 1 + length
            if next_start > end:
                if length > wire.LARGE_FRAME:
                    steps += self._beginning(kind, length - 1, buffer[start + HEADER.size :])
                    start = end
                break
            frames.append((kind, bytes(buffer[start + HEADER.size : next_start])))
            start = next_start
        if self._buffer or start < end:
            steps.append(Step(setattr, self, "_buffer", bytes(buffer[start:])))
        return frames, steps

    def _beginning(self, kind: int, size: int, first: bytes | memoryview) -> list[Step]:
        payload = _memory_for(size)
        payload[: len(first)] = first
        members = {"_kind": kind, "_payload": payload, "_filled": len(first)}
        return [Step(setattr, self, name, value) for name, value in members.items()]


def _memory_for(size: int) -> memoryview:
    """Allocates pages lazily, unlike a `bytearray`, which is zeroed at once."""
    before = -size % 8
    try:
        # Private, so that forks do not share it.
        memory = mmap.mmap(-1, before + size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError:
        raise MemoryError(f"no memory for {size} bytes that were sent") from None
    # Like numpy for its arrays: fewer page faults.
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is not None:
        with contextlib.suppress(OSError):  # not supported by this kernel
            memory.madvise(advice)
    return memoryview(memory)[before:]
