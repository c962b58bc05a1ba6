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
_REQUESTS = (frames.EXECUTE, frames.CLONE, frames.RELEASE)

_let_others_run: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class ChannelClosed(Exception):
    """Node is gone, or has let go of this session."""


class Tasks(Protocol):
    """What goes on while the session waits for the next execution."""

    @property
    def is_in_use(self) -> bool: ...

    def serve_until(self, descriptor: int, has_come: Callable[[], bool]) -> None:
        """Until the descriptor is readable, or what comes by it has come to somebody else."""


class _Lock(Protocol):
    def __enter__(self) -> bool: ...

    def __exit__(self, *_: object) -> None: ...

    def _is_owned(self) -> bool: ...


class _Question:
    """What somebody waits for an answer to. `came`: a pipe that tells them, whoever took it in."""

    __slots__ = ("came", "reply")

    def __init__(self, came: int) -> None:
        self.came = came
        self.reply: frames.Payload | None = None


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
        # What is to be done between executions or is one, in order.
        self._requests: deque[tuple[int, frames.Payload]] = deque()
        self._ended = False
        # Whether the main thread waits for the next request.
        self._waiting = False
        # Whether the last wait was a short one.
        self._client_is_quick = False
        self._questions: dict[tuple[int, int], _Question] = {}
        # Replies that came too late.
        self.unclaimed: deque[frames.Payload] = deque()
        self._unsent = bytearray()
        self._free_locks()
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)

    def _free_locks(self) -> None:
        # They know who has them: code of the user's may come in between ours, in the same thread,
        # as a signal's handler or a destructor, and would wait for itself.
        self._reading: _Lock = threading.RLock()  # type: ignore[assignment]  # not in typeshed
        self._writing: _Lock = threading.RLock()  # type: ignore[assignment]  # the same

    def next_request(self) -> tuple[int, frames.Payload]:
        """Waits for the next of `_REQUESTS`: its type and payload. Raises ChannelClosed."""
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

    @property
    def is_next_unheard(self) -> bool:
        """Whether the next is here, and nobody is told what it prints."""
        return bool(self._requests) and frames.is_unheard(*self._requests[0])

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
        if self._reading._is_owned():
            return  # this thread is about to do so
        with self._interrupts, self._reading:
            if self._waiting:
                return
            while self._socket is not None and not self._ended:
                room = self._decoder.room
                incoming = self._incoming if room is None else room
                try:
                    size = self._socket.recv_into(incoming)
                except BlockingIOError:
                    return
                except OSError:
                    size = 0  # reset by Node, or closed by user code
                if not size:
                    self._ended = True
                    self._interrupts.wake()
                    return
                decoder = self._decoder
                come = decoder.feed(incoming[:size]) if room is None else decoder.fill(size)
                for kind, payload in come:
                    self._take(kind, payload)
                if size < len(incoming):
                    return

    def _take(self, kind: int, payload: frames.Payload) -> None:
        if kind in _REQUESTS:
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
        elif kind in (frames.INPUT_REPLY, frames.CALL_REPLY):
            question = self._questions.get((kind, frames.decode_number(payload[:4])))
            if question is not None:
                question.reply = payload
                os.write(question.came, b".")
            elif kind == frames.CALL_REPLY:
                # Whoever asked was interrupted. There may be something of Node's in it.
                self.unclaimed.append(payload)

    def ask(self, kind: int, number: int, frame: bytes) -> frames.Payload:
        """Sends a question, and waits for the reply of that kind and number: its payload.

        From any thread; an interrupt ends the wait. Raises ChannelClosed, RuntimeError.
        """
        _refuse_within(self._reading)
        is_main = threading.current_thread() is threading.main_thread()
        came, told = self._pipe_of_main() if is_main else _pipe()
        question = self._questions[kind, number] = _Question(told)
        try:
            self.send(frame)
            told_of = select.poll()
            told_of.register(came, select.POLLIN)
            waiting = select.poll()
            waiting.register(came, select.POLLIN)
            if self._socket is not None:
                waiting.register(self._socket, select.POLLIN)
            while question.reply is None:
                if self._ended:
                    raise ChannelClosed
                if came in dict(waiting.poll()):
                    os.read(came, _READ_SIZE)
                elif self._waiting:
                    # The main thread is about to read it: to look again at once keeps it from that.
                    told_of.poll(_QUICK * 1e3)
                self.drain()
            return question.reply
        finally:
            with self._interrupts, self._reading:  # whoever takes the reply in may be about to tell
                del self._questions[kind, number]
            if not is_main:
                os.close(came)
                os.close(told)

    def _pipe_of_main(self) -> tuple[int, int]:
        if self._reply_came is None:
            self._reply_came = _pipe()
        return self._reply_came

    def send(self, frame: bytes) -> None:
        """Sends a frame whole, and waits for room; an interrupt may end the wait.

        What an interrupted wait leaves unsent goes out before the next frame, so that a frame is
        never cut. Raises ChannelClosed, RuntimeError.
        """
        self._write(frame)
        self.wait_until_sent()

    def send_whole(self, parts: Sequence[bytes | memoryview]) -> None:
        """Sends a large frame without a copy of it, between runs. Raises ChannelClosed."""
        if sum(map(len, parts)) <= _READ_SIZE:
            parts = [b"".join(parts)]  # for one write
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
        _refuse_within(self._writing)
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
        self._free_locks()
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


def _refuse_within(lock: _Lock) -> None:
    if lock._is_owned():
        raise RuntimeError(
            "a signal's handler, or a destructor, came in between where this thread uses the "
            "channel to the service: it cannot use it then"
        )


def _pipe() -> tuple[int, int]:
    read, write = os.pipe()
    return own_descriptor(read), own_descriptor(write)
