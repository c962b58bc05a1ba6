"""Hands a session its channel and pipes, as descriptors.

A **line** is a Unix socket between the supervisor and one session. Descriptors come over it, so
that a session needs no path and its code may delete any file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import frames
from .descriptors import own_descriptor
from .originals import array, contextlib, json, os, select, socket, struct
from .output import open_pipe

_DESCRIPTOR_SIZE = array.array("i").itemsize
_MOST_DESCRIPTORS = 6
# Linux: they close on exec from the beginning.
_RECEIVE_FLAGS: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
# An enum's operators are Python code that needs the builtins.
_TRUNCATED = int(socket.MSG_CTRUNC)
_TYPE = 0  # the one type of frame on a line
_SEND_TIMEOUT = 2  # seconds
_GREETING = b"."
_CREDENTIALS = struct.Struct("iII")  # struct ucred of unix(7): pid, uid, gid


class Endpoints(NamedTuple):
    """Descriptors of a session's channel and pipes."""

    channel: int
    # Reading ends, which keep the FIFOs open until Node has opened them.
    stdout_reader: int
    stdout: int
    stderr_reader: int
    stderr: int


def open_endpoints(members: Mapping[str, Any]) -> Endpoints:
    """Connects to Node and opens the pipes of a session. Raises OSError."""
    opened: list[int] = []
    try:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.append(channel.fileno())
        try:
            channel.connect(members["channel"])
        finally:
            channel.detach()
        for path in (members["stdout"], members["stderr"]):
            opened += open_pipe(path)
    except OSError:
        close_all(opened)
        raise
    return Endpoints(*opened)


def close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def new_line() -> tuple[int, int]:
    """Returns the supervisor's end and the session's end."""
    ours, theirs = socket.socketpair()
    # A session whose code does not read must not stop the supervisor.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_TIMEOUT, 0))
    if hasattr(socket, "SO_PASSCRED"):
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours.detach(), theirs.detach()


def hand_over(
    line: int, members: Mapping[str, Any], descriptors: Sequence[int], flags: int = 0
) -> None:
    """Sends a specification and descriptors, which the sender keeps. Raises OSError."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    data = frames.encode(_TYPE, json.dumps(members).encode())
    sender = _wrapped(line)
    try:
        sent = sender.sendmsg([data], [rights], flags)
        sender.sendall(data[sent:], flags)
    finally:
        sender.detach()


def has_ended(line: int) -> bool:
    """Returns whether the other end is closed."""
    state = select.poll()
    state.register(line, 0)
    return bool(state.poll(0))


def greeter(line: int) -> int:
    """Returns the pid of the process that greets, as the kernel knows it. 0 without a greeting."""
    receiver = _wrapped(line)
    try:
        data, controls, _, _ = receiver.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
    except OSError:
        return 0
    finally:
        receiver.detach()
    for level, kind, content in controls:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS and data == _GREETING:
            return int(_CREDENTIALS.unpack(content)[0])
    return 0


class Line:
    """The session's end of its line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = own_descriptor(descriptor)

    def replace(self, descriptor: int) -> None:
        """Replaces the line, in a fork of the session."""
        os.close(self._descriptor)
        self._descriptor = descriptor

    def close(self) -> None:
        with contextlib.suppress(OSError):  # user code may have closed it
            os.close(self._descriptor)

    def receive(self, timeout: int | None = None) -> tuple[dict[str, Any], list[int]]:
        """Waits for the next specification and its descriptors. Raises OSError.

        `timeout`: milliseconds for each read; None for no timeout.
        """
        receiver = _wrapped(self._descriptor)
        try:
            head, descriptors = self._receive(receiver, frames.HEADER.size, timeout)
            length, _ = frames.HEADER.unpack(head)
            body, more = self._receive(receiver, length - 1, timeout)
            return json.loads(body), [*map(own_descriptor, descriptors + more)]
        finally:
            receiver.detach()

    def greet(self) -> None:
        """Tells the supervisor, by credentials that the kernel adds, which process this is."""
        sender = _wrapped(self._descriptor)
        try:
            sender.sendall(_GREETING)
        finally:
            sender.detach()

    def _receive(
        self, receiver: socket.socket, size: int, timeout: int | None
    ) -> tuple[bytes, list[int]]:
        received = bytearray()
        descriptors = array.array("i")
        space = socket.CMSG_SPACE(_MOST_DESCRIPTORS * _DESCRIPTOR_SIZE)
        coming = select.poll()
        coming.register(receiver, select.POLLIN)
        while len(received) < size:
            if not coming.poll(timeout):
                raise TimeoutError("the supervisor handed over no descriptors")
            data, controls, flags, _ = receiver.recvmsg(size - len(received), space, _RECEIVE_FLAGS)
            for level, kind, content in controls:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    descriptors.frombytes(content)
            if flags & _TRUNCATED:
                close_all(descriptors)
                raise OSError("the session has no free descriptors")
            if not data:
                close_all(descriptors)
                raise ConnectionError("the supervisor has ended")
            received += data
        return bytes(received), list(descriptors)


def _wrapped(descriptor: int) -> socket.socket:
    # With all parameters, as Python would otherwise ask the kernel for them.
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=descriptor)
