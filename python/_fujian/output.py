"""Everything a session prints goes into two pipes, one for descriptor 1 and one for 2.

`print`, `os.write(1)`, C code and subprocesses share the pipe, so their order is exact without any
work of ours, and Node reads it without a thread here. Barriers order the pipes against the channel:
the same marker is written into both pipes, and a frame names it (docs/channel.md).
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import struct
import sys
import termios
from typing import TYPE_CHECKING

from .descriptors import own_descriptor

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NOTHING_UNREAD = bytes(4)
_F_SETPIPE_SZ = 1031  # Linux only; fcntl.F_SETPIPE_SZ is there from 3.10 on
_PIPE_SIZE = 1024 * 1024


class _Descriptor(io.FileIO):
    """Writes all that it is given: a signal may cut a write(2) short."""

    def write(self, data: ReadableBuffer) -> int:
        rest = memoryview(data).cast("B")
        total = len(rest)
        while rest:
            rest = rest[super().write(rest) or 0 :]
        return total


class OutputPipe:
    """One standard descriptor, the pipe behind it and the text stream before it."""

    def __init__(self, path: str, target: int, name: str) -> None:
        self._target = target
        self._name = name
        self._until_node_reads: int | None = None
        self.descriptor = self._open(path)
        self.stream = self._new_stream()

    def reopen(self, path: str) -> None:
        """In a clone of the session: what is printed from now on is its own."""
        os.close(self.descriptor)
        self.node_reads()
        self.descriptor = self._open(path)
        os.dup2(self.descriptor, self._target)

    def _open(self, path: str) -> int:
        os.mkfifo(path, 0o600)
        # A FIFO opens for writing at once only while somebody has it open for reading. Node opens
        # it when it hears from us; until then that somebody is this descriptor.
        self._until_node_reads = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        descriptor = own_descriptor(os.open(path, os.O_WRONLY))
        _enlarge(descriptor)
        return descriptor

    def node_reads(self) -> None:
        if self._until_node_reads is not None:
            os.close(self._until_node_reads)
            self._until_node_reads = None

    def restore(self) -> bool:
        """User code may have changed anything. Answers whether the stream is a new one."""
        os.dup2(self.descriptor, self._target)
        os.set_blocking(self._target, True)
        if _is_open(self.stream):
            return False
        self.stream = self._new_stream()
        return True

    def has_unread(self) -> bool:
        unread: bytes = fcntl.ioctl(self.descriptor, termios.FIONREAD, _NOTHING_UNREAD)
        return unread != _NOTHING_UNREAD

    def mark(self, marker: bytes) -> None:
        """Whole, as a marker is shorter than PIPE_BUF."""
        try:
            os.write(self.descriptor, marker)
        except BlockingIOError:  # user code had the pipe never block, and filled it
            os.set_blocking(self.descriptor, True)
            os.write(self.descriptor, marker)

    def _new_stream(self) -> io.TextIOWrapper:
        # Unbuffered: what was printed is not lost when the process dies. Whatever str holds can be
        # printed: lone surrogates come out escaped.
        descriptor = _Descriptor(self._target, "w", closefd=False)
        descriptor.name = self._name
        stream = io.TextIOWrapper(
            descriptor,
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
            write_through=True,
        )
        stream.mode = "w"  # type: ignore[misc]  # not as typeshed has it; open() does so
        return stream


class Output:
    def __init__(self, stdout_path: str, stderr_path: str, marker: bytes) -> None:
        self._marker = marker
        # Whether Node has it open, and so knows of this session.
        self.is_read = False
        self._barrier = 0
        # Whether a barrier already stands between the last run and what comes.
        self._separated = False
        self._stdout = OutputPipe(stdout_path, 1, "<stdout>")
        self._stderr = OutputPipe(stderr_path, 2, "<stderr>")
        self._no_input = own_descriptor(os.open(os.devnull, os.O_RDONLY))

    def reopen(self, stdout_path: str, stderr_path: str, marker: bytes) -> None:
        self._marker = marker
        self.is_read = False
        self._barrier = 0
        self._separated = False
        self._stdout.reopen(stdout_path)
        self._stderr.reopen(stderr_path)

    def node_reads(self) -> None:
        self.is_read = True
        self._stdout.node_reads()
        self._stderr.node_reads()

    def begin(self, ahead: bool) -> None:
        """Before a run. `ahead`: Node handed it over before it heard of the end of the last one.

        Node counts what it has read by the time it hears of a run's end as that run's. If the next
        run may begin before that, a barrier has to stand between the two; unless nobody is told
        what either prints, which Node knows.
        """
        if ahead and not self._separated:
            self.raise_barrier()
        self._separated = False
        # First, as ours may be closed by letting go of what user code put in their place.
        self._offer_streams()
        if self._stdout.restore() | self._stderr.restore():
            self._offer_streams()
        # What reads descriptor 0 itself finds nothing there; for input() see standard_input.py.
        os.dup2(self._no_input, 0)

    def end(self) -> int:
        """After a run. Answers the barrier up to which Node has to read, or 0: it has read all."""
        if not (self._stdout.has_unread() or self._stderr.has_unread()):
            return 0
        self._separated = True
        return self.raise_barrier()

    def raise_barrier(self) -> int:
        """Answers its number. Never to be cut short: both pipes have it, or none."""
        self._barrier = self._barrier % 0xFFFFFFFF + 1
        marker = self._marker + struct.pack("<I", self._barrier)
        self._stdout.mark(marker)
        self._stderr.mark(marker)
        return self._barrier

    def _offer_streams(self) -> None:
        sys.stdout = sys.__stdout__ = self._stdout.stream  # type: ignore[misc]  # final
        sys.stderr = sys.__stderr__ = self._stderr.stream  # type: ignore[misc]  # final


def flush_streams() -> None:
    """What a stream of user code's own holds back belongs to the run that printed it."""
    for name in ("stdout", "stderr"):
        try:  # noqa: SIM105  # contextlib.suppress() costs more, in every run
            getattr(sys, name).flush()
        except Exception:
            pass  # deleted, closed or no stream: nothing is to be had from it


def _is_open(stream: io.TextIOWrapper) -> bool:
    try:
        return not stream.closed
    except ValueError:
        return False  # detached


def _enlarge(descriptor: int) -> None:
    if sys.platform == "linux":
        # Beyond the user's quota for pipes the usual 64 KiB do, if slower.
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_SIZE)
