"""Output of a session: two pipes, behind the descriptors 1 and 2.

`print`, `os.write(1)`, C code and subprocesses share a pipe, which keeps their order exact and
which Node reads without a thread here. Barriers order the pipes against the channel: the same
marker is written into both pipes, and a frame names its number (docs/channel.md).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import wire
from .at_once import Step, at_once
from .descriptors import own_descriptor
from .originals import contextlib, fcntl, io, os, platform, struct, termios

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NOTHING_UNREAD = bytes(4)
_F_SETPIPE_SZ = 1031  # Linux only; fcntl.F_SETPIPE_SZ exists since 3.10


class _Descriptor(io.FileIO):
    """Writes all data, even if a signal cuts a write(2) short. Stays open.

    A stream of user code on this buffer closes it when garbage collection takes that stream, maybe
    in a later execution, while loggers go on using the buffer.
    """

    def close(self) -> None:
        pass

    def write(self, data: ReadableBuffer) -> int:
        rest = memoryview(data).cast("B")
        total = len(rest)
        while rest:
            written = super().write(rest)
            if written is None:  # a program that shares the pipe has changed that
                os.set_blocking(self.fileno(), True)
            else:
                rest = rest[written:]
        return total


def open_pipe(path: str) -> tuple[int, int]:
    """Creates a FIFO for Node to open. Returns the reading and the writing end. Raises OSError."""
    os.mkfifo(path, 0o600)
    # A FIFO opens for writing without blocking only while it is open for reading. The reading end
    # keeps it open until Node has opened it.
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        writer = os.open(path, os.O_WRONLY)
    except OSError:
        os.close(reader)
        raise
    _enlarge(writer)
    return reader, writer


class OutputPipe:
    """A standard descriptor with the pipe behind it and the text stream on it."""

    def __init__(self, ends: tuple[int, int], target: int, name: str) -> None:
        self._target = target
        self._name = name
        self._until_node_reads: int | None = None
        self.descriptor = self._take(ends)
        self.stream = io.TextIOWrapper.__new__(io.TextIOWrapper)
        self._open()

    def replace(self, ends: tuple[int, int]) -> None:
        """Replaces the pipe, in a fork of the session."""
        os.close(self.descriptor)
        self.node_reads()
        self.descriptor = self._take(ends)
        os.dup2(self.descriptor, self._target)

    def _take(self, ends: tuple[int, int]) -> int:
        self._until_node_reads, writer = ends
        return writer

    def node_reads(self) -> None:
        if self._until_node_reads is not None:
            os.close(self._until_node_reads)
            self._until_node_reads = None

    def restore(self) -> None:
        """Undoes changes by user code."""
        os.dup2(self.descriptor, self._target)
        if not is_open(self.stream):
            self._open()

    def have_writers_wait(self) -> None:
        """Programs that share the pipe may change that."""
        os.set_blocking(self._target, True)

    def has_unread(self) -> bool:
        unread: bytes = fcntl.ioctl(self.descriptor, termios.FIONREAD, _NOTHING_UNREAD)
        return unread != _NOTHING_UNREAD

    def marking(self, marker: bytes) -> Step:
        """Returns the step that writes a marker: atomic, because it is shorter than PIPE_BUF."""
        os.set_blocking(self.descriptor, True)  # user code may have changed that
        return Step(os.write, self.descriptor, marker)

    def _open(self) -> None:
        """Opens the stream. Once more where code has detached it: loggers hold this object."""
        descriptor = _Descriptor(self._target, "w", closefd=False)
        descriptor.name = self._name
        # Unbuffered, so that no output is lost when the process dies. Lone surrogates are escaped,
        # so that every str can be printed.
        self.stream.__init__(  # type: ignore[misc]  # on an object that may be in use
            descriptor,
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
            write_through=True,
        )
        self.stream.mode = "w"  # type: ignore[misc]  # read-only in typeshed; open() sets it


class Output:
    def __init__(self, stdout: tuple[int, int], stderr: tuple[int, int], marker: bytes) -> None:
        """`stdout`, `stderr`: the ends that `open_pipe()` returns."""
        self._marker = marker
        # Whether Node has opened the pipes, and so knows this session.
        self.is_read = False
        self._barrier = 0
        # Whether a barrier already follows the last execution.
        self._separated = False
        # Whether user code cannot have changed descriptors and streams since `restore()`.
        self._is_restored = False
        self._stdout = OutputPipe(stdout, 1, "<stdout>")
        self._stderr = OutputPipe(stderr, 2, "<stderr>")
        self._no_input = own_descriptor(os.open(os.devnull, os.O_RDONLY))

    def replace(self, stdout: tuple[int, int], stderr: tuple[int, int], marker: bytes) -> None:
        """Replaces the pipes, in a fork of the session."""
        self._marker = marker
        self.is_read = False
        self._barrier = 0
        self._separated = False
        self._is_restored = False
        self._stdout.replace(stdout)
        self._stderr.replace(stderr)

    def node_reads(self) -> None:
        self.is_read = True
        self._stdout.node_reads()
        self._stderr.node_reads()

    def begin(self, ahead: bool) -> None:
        """Prepares an execution. `ahead`: Node sent it before it received the last DONE.

        Output that Node has read when it receives DONE belongs to that execution. If the next one
        may begin before that, a barrier has to separate the two.
        """
        if ahead and not self._separated:
            steps = self.raising(self.next_barrier())
            at_once(*steps, Step(setattr, self, "_separated", True))
        if not self._is_restored:
            self._restore()
        self._is_restored = False
        self._stdout.have_writers_wait()
        self._stderr.have_writers_wait()
        self._separated = False  # last, because an exception may strike before

    def settle(self) -> None:
        """Restores descriptors and streams ahead of the next execution, off its path.

        To be called only if no user code runs until then.
        """
        self._restore()
        self._is_restored = True

    def _restore(self) -> None:
        # First, because releasing a stream of user code may close our descriptors.
        self._offer_streams()
        self._stdout.restore()
        self._stderr.restore()
        # Descriptor 0 is empty; input() is in standard_input.py.
        os.dup2(self._no_input, 0)

    def end(self) -> int:
        """Returns the barrier that has to follow an execution, or 0 if Node has read its output."""
        if not (self._stdout.has_unread() or self._stderr.has_unread()):
            return 0
        self._separated = True
        return self.next_barrier()

    def next_barrier(self) -> int:
        self._barrier = self._barrier % 0xFFFFFFFF + 1
        return self._barrier

    def raising(self, barrier: int) -> list[Step]:
        """Returns the steps that write a barrier into both pipes; for 0 none.

        Node counts barriers, so a frame that names one has to be enqueued at once with it.
        """
        if barrier == 0:
            return []
        marker = self._marker + struct.pack("<I", barrier)
        return [self._stdout.marking(marker), self._stderr.marking(marker)]

    def _offer_streams(self) -> None:
        sys.stdout = sys.__stdout__ = self._stdout.stream  # type: ignore[misc]  # final
        sys.stderr = sys.__stderr__ = self._stderr.stream  # type: ignore[misc]  # final


def flush_streams() -> None:
    """Flushes the streams, which user code may have replaced by buffered ones."""
    for name in ("stdout", "stderr"):
        try:  # noqa: SIM105  # contextlib.suppress() would slow down every execution
            getattr(sys, name).flush()
        except Exception:
            pass  # deleted, closed or no stream


def is_open(stream: io.TextIOWrapper) -> bool:
    try:
        return not stream.closed
    except ValueError:
        return False  # detached


def _enlarge(descriptor: int) -> None:
    if platform == "linux":
        # Beyond the user's quota for pipes the default of 64 KiB works too, but slower.
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, wire.PIPE_CAPACITY)
