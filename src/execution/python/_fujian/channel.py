"""The session's end of its channel to Node: one Unix socket, no thread of ours.

The main thread waits here between runs. While user code runs, whoever needs news (a SIGINT handler,
`FUJIAN_WS.is_open()` in any thread) drains the socket without blocking.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Callable, Protocol

from . import frames
from .connections import Connections
from .descriptors import own_descriptor
from .interrupts import Interrupts

_READ_SIZE = 64 * 1024
# Made before the fork: a session has pages of its own only for what it has received.
_incoming = bytearray(_READ_SIZE)
_QUICK = 1e-3  # seconds

_let_others_run: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class ChannelClosed(Exception):
    """Node is gone, or has let go of this session."""


class Tasks(Protocol):
    """What goes on while the session waits for the next execution."""

    @property
    def is_in_use(self) -> bool: ...

    def serve_until(self, descriptor: int, has_come: Callable[[], bool]) -> None:
        """Until the descriptor is readable, or what comes by it has come to somebody else."""


class Channel:
    def __init__(
        self,
        connected: socket.socket,
        interrupts: Interrupts,
        connections: Connections,
        on_pipes_opened: Callable[[], None],
        tasks: Tasks,
    ) -> None:
        self._interrupts = interrupts
        self._connections = connections
        self._on_pipes_opened = on_pipes_opened
        self._tasks = tasks
        self._incoming = memoryview(_incoming)
        self._reply_came: tuple[int, int] | None = None
        self.connect(connected)

    def connect(self, connected: socket.socket) -> None:
        """Starts afresh with this socket: at first, and in a clone of the session."""
        connected.setblocking(False)
        self._socket: socket.socket | None = connected
        self._decoder = frames.FrameDecoder()
        # Executions and clones, in order.
        self._requests: deque[tuple[int, bytes]] = deque()
        self._ended = False
        # Whether the main thread waits for the next request.
        self._waiting = False
        # Whether the last wait was a short one.
        self._client_is_quick = False
        self._replies: dict[int, frames.InputReply] = {}
        self._unsent = bytearray()
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)

    def next_request(self) -> tuple[int, bytes]:
        """Waits for the next EXECUTE or CLONE: its type and payload. Raises ChannelClosed."""
        while not self._requests:
            if self._ended:
                raise ChannelClosed
            if self._tasks.is_in_use and self._socket is not None:
                self._tasks.serve_until(self._socket.fileno(), self._has_come)
            else:
                self._wait_for_news()
                self._waiting = False
            self.drain()
        return self._requests.popleft()

    def _has_come(self) -> bool:
        return bool(self._requests) or self._ended

    def _wait_for_news(self) -> None:
        """Sleeps until something arrives; or stays awake, for a client that is quick to go on.

        To be woken takes longer than a short execution does. A client that goes on as soon as it
        has its answer is spared that; one that takes its time costs nothing while it does. Whoever
        else wants the processor gets it.
        """
        with self._reading:
            # From here on other threads leave what arrives to this one, which is woken by it.
            self._waiting = True
            if self._requests:
                return
        asleep_from = time.monotonic() + _QUICK
        if not (self._client_is_quick and self._has_news_before(asleep_from)):
            self._readable.poll()
        self._client_is_quick = time.monotonic() < asleep_from

    def _has_news_before(self, moment: float) -> bool:
        while not self._readable.poll(0):
            if time.monotonic() > moment:
                return False
            _let_others_run()
        return True

    def drain(self) -> None:
        """Takes in what has arrived. From any thread, and from the signal handler."""
        with self._interrupts, self._reading:
            if self._waiting:
                return
            while self._socket is not None and not self._ended:
                try:
                    size = self._socket.recv_into(self._incoming)
                except BlockingIOError:
                    return
                except OSError:
                    size = 0  # reset by Node, or closed by user code
                if not size:
                    self._ended = True
                    self._interrupts.wake()
                    return
                for kind, payload in self._decoder.feed(self._incoming[:size]):
                    self._take(kind, payload)
                if size < _READ_SIZE:
                    return

    def _take(self, kind: int, payload: bytes) -> None:
        if kind in (frames.EXECUTE, frames.CLONE):
            self._requests.append((kind, payload))
            # It may be another thread's drain() that has it; the main thread waits for the socket.
            self._interrupts.wake()
        elif kind == frames.INTERRUPT:
            self._interrupts.request(frames.decode_number(payload))
        elif kind == frames.CONNECTION_OPENED:
            self._connections.opened(frames.decode_number(payload))
        elif kind == frames.CONNECTION_CLOSED:
            self._connections.closed(frames.decode_number(payload))
        elif kind == frames.PIPES_OPENED:
            self._on_pipes_opened()
        elif kind == frames.INPUT_REPLY:
            reply = frames.decode_input_reply(payload)
            self._replies[reply.request] = reply
            if self._reply_came is not None:
                os.write(self._reply_came[1], b".")

    def ask(self, request: int, question: bytes) -> frames.InputReply:
        """Sends an INPUT_REQUEST and waits for its reply. In the main thread, during a run.

        An interrupt ends the wait. Raises ChannelClosed.
        """
        # A pipe, which tells the main thread that its reply has come, whoever took it.
        if self._reply_came is None:
            read, write = os.pipe()
            self._reply_came = own_descriptor(read), own_descriptor(write)
        self._replies.clear()  # of requests that were interrupted
        self.send(question)
        came = self._reply_came[0]
        waiting = select.poll()
        waiting.register(came, select.POLLIN)
        if self._socket is not None:
            waiting.register(self._socket, select.POLLIN)
        while request not in self._replies:
            if self._ended:
                raise ChannelClosed
            if came in dict(waiting.poll()):
                os.read(came, _READ_SIZE)
            self.drain()
        return self._replies.pop(request)

    def send(self, frame: bytes) -> None:
        """Sends a frame whole, and waits for room; an interrupt may end the wait.

        What an interrupted wait leaves unsent goes out before the next frame, so that a frame is
        never cut. Raises ChannelClosed.
        """
        self._write(frame)
        self.wait_until_sent()

    def send_whole(self, parts: Sequence[bytes | memoryview]) -> None:
        """Sends a large frame without a copy of it, between runs. Raises ChannelClosed."""
        with self._interrupts, self._writing:
            try:
                for part in (self._unsent, *parts):
                    self._send_all(memoryview(part))
            except OSError as error:
                raise ChannelClosed from error
            self._unsent = bytearray()

    def _send_all(self, rest: memoryview) -> None:
        while rest:
            if self._socket is None:
                raise ChannelClosed
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                self._wait_for_room()

    def wait_until_sent(self) -> None:
        """Waits for room for what is unsent. An interrupt may end it. Raises ChannelClosed."""
        while self._unsent:
            self._wait_for_room()
            self._write(b"")

    def _wait_for_room(self) -> None:
        connected = self._socket
        if connected is not None:
            writable = select.poll()  # its own: threads that wait at once cannot share one
            writable.register(connected, select.POLLOUT)
            writable.poll()

    def note(self, frame: bytes) -> None:
        """Sends a frame without waiting: what finds no room goes out before the next one."""
        with contextlib.suppress(ChannelClosed):
            self._write(frame)

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def _write(self, frame: bytes) -> None:
        with self._interrupts, self._writing:
            if self._socket is None:
                raise ChannelClosed
            pending = self._unsent
            try:
                if not pending:
                    sent = self._socket.send(frame)
                    if sent < len(frame):
                        pending += memoryview(frame)[sent:]
                    return
                pending += frame
                del pending[: self._socket.send(pending)]
            except BlockingIOError:
                if not pending:
                    pending += frame
            except OSError as error:
                raise ChannelClosed from error

    def close(self) -> None:
        """Also in a child that user code forked: the channel stays with the parent alone.

        Whichever thread of the parent was using it does not exist there.
        """
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        if self._socket is not None:
            with contextlib.suppress(OSError):  # user code has closed it
                self._socket.close()
            self._socket = None
            self._ended = True
            self._unsent.clear()
        if self._reply_came is not None:
            for descriptor in self._reply_came:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            self._reply_came = None
