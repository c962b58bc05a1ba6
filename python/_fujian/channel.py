"""The session's end of its channel to Node: one Unix socket, no thread of ours.

The main thread waits here between executions. While user code runs, the SIGINT handler, or
`FUJIAN_WS.is_open()` in any thread, drains the socket without blocking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Callable, Protocol

from . import frames, wire
from .at_once import Step, at_once
from .connections import Connections
from .descriptors import own_descriptor
from .hooks import SignalCame
from .interrupts import Interrupts, in_main_thread
from .originals import contextlib, os, select, socket, threading, time

_READ_SIZE = 64 * 1024
# Allocated before the fork, so that a session gets pages of its own only for received data.
_incoming = bytearray(_READ_SIZE)
_QUICK = 1e-3  # seconds
_REQUESTS = (wire.EXECUTE, wire.FORK, wire.RELEASE, wire.END)

_let_others_run: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class ChannelClosed(Exception):
    """Node has ended or has closed the channel of this session."""


class Tasks(Protocol):
    """Background tasks that run while the session waits for the next execution."""

    @property
    def is_in_use(self) -> bool: ...

    def serve_until(self, descriptor: int, has_come: Callable[[], bool]) -> None:
        """Serves tasks until the descriptor is readable or another thread has read the data."""


class _Lock(Protocol):
    def __enter__(self) -> bool: ...

    def __exit__(self, *_: object) -> None: ...

    def _is_owned(self) -> bool: ...


class _Question:
    """A request to Node with a waiting thread. `came`: a pipe that wakes the thread."""

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
        """Resets all state for a new socket, at the start and in a fork of the session."""
        connected.setblocking(False)
        self._socket: socket.socket | None = connected
        self._decoder = frames.FrameDecoder()
        # Frames that have come and are not dealt with.
        self._come: deque[tuple[int, frames.Payload]] = deque()
        # FIFO of the requests for the main thread.
        self._requests: deque[tuple[int, frames.Payload]] = deque()
        self._ended = False
        # Whether the main thread is waiting for the next request.
        self._waiting = False
        # Whether the last wait was a short one.
        self._client_is_quick = False
        self._questions: dict[tuple[int, int], _Question] = {}
        # Replies that came too late.
        self.unclaimed: deque[frames.Payload] = deque()
        # Frames to send, of the first one what is left.
        self._unsent: deque[bytes | memoryview] = deque()
        # The size of a read or write that is not accounted for yet. The call that reads or writes
        # stores it, by `extend(map(…))`: see at_once.py.
        self._received: deque[int] = deque()
        self._sent: deque[int] = deque()
        self._forget_received = Step(self._received.clear)
        # Takes off the next request.
        self.take_request = Step(self._requests.popleft)
        self._forget_sent = Step(self._unsent.popleft), Step(self._sent.clear)
        self._free_locks()
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)

    def _free_locks(self) -> None:
        # Reentrant, because a user's signal handler or destructor may run within our code in the
        # same thread, where a plain lock would deadlock.
        self._reading: _Lock = threading.RLock()  # type: ignore[assignment]  # not in typeshed
        self._writing: _Lock = threading.RLock()  # type: ignore[assignment]  # the same

    def next_request(self) -> tuple[int, frames.Payload]:
        """Waits for the next of `_REQUESTS`; returns type and payload. Raises ChannelClosed.

        It stays the next one until `take_request()`.
        """
        while not self._requests:
            if self._ended:
                raise ChannelClosed
            if self._tasks.is_in_use and self._socket is not None:
                self._tasks.serve_until(self._socket.fileno(), self._has_come)
            else:
                if self._interrupts.hooks.came:
                    self._interrupts.run_late_handlers()
                self._wait_for_news()
            self.drain()
        self._waiting = False
        return self._requests[0]

    @property
    def is_next_unheard(self) -> bool:
        """Whether the request after the next has arrived and its output is not reported."""
        return len(self._requests) > 1 and frames.is_unheard(*self._requests[1])

    def _has_come(self) -> bool:
        return bool(self._requests or self._come or self._received) or self._ended

    def _wait_for_news(self) -> None:
        """Waits until data arrives, and polls briefly first after a quick client.

        A wake-up takes longer than a short execution. Polling saves it for a client that sends the
        next request right after a reply. Slow clients cost no processor time, and other processes
        go first during the polling.
        """
        with self._reading:
            # From here on other threads do not read the socket: its data has to wake this thread.
            self._waiting = True
        hooks = self._interrupts.hooks
        try:
            asleep_from = time.monotonic() + _QUICK
            hooks.end_the_wait = True
            if hooks.came or self._has_come():
                return
            if not (self._client_is_quick and self._has_news_before(asleep_from)):
                self._readable.poll()
            self._client_is_quick = time.monotonic() < asleep_from
        except SignalCame:
            pass
        finally:
            hooks.end_the_wait = False
            self._waiting = False

    def _has_news_before(self, moment: float) -> bool:
        while not self._readable.poll(0):
            if time.monotonic() > moment:
                return False
            _let_others_run()
        return True

    def drain(self) -> None:
        """Reads all available frames. Callable from any thread and from the signal handler."""
        if self._reading._is_owned():
            return  # this thread is already reading
        with self._interrupts, self._reading:
            if self._waiting:
                return
            if self._come:
                self._take_all()
            while self._socket is not None and not self._ended:
                room = self._decoder.room
                incoming = self._incoming if room is None else room
                try:
                    if not self._received:
                        self._received.extend(map(self._socket.recv_into, (incoming,)))
                    size = self._received[0]
                except BlockingIOError:
                    return
                except OSError as error:
                    if error.errno is None:
                        raise  # not of the socket, but raised by a hook
                    size = 0  # reset by Node, or closed by user code
                if not size:
                    self._ended = True
                    self._interrupts.wake()
                    return
                decoder = self._decoder
                come, steps = (
                    decoder.feeding(incoming[:size]) if room is None else decoder.filling(size)
                )
                # Mostly, it is one request.
                is_request = len(come) == 1 and come[0][0] in _REQUESTS
                queue = self._requests if is_request else self._come
                at_once(*steps, Step(queue.extend, come), self._forget_received)
                if is_request:
                    self._interrupts.wake()
                else:
                    self._take_all()
                if size < len(incoming):
                    return

    def _take_all(self) -> None:
        while self._come:
            come = self._come[0]
            if come[0] in _REQUESTS:
                at_once(Step(self._requests.append, come), Step(self._come.popleft))
                # Another thread may have read it, while the main thread waits for the socket.
                self._interrupts.wake()
            else:
                self._take(*come)
                self._come.popleft()

    def _take(self, kind: int, payload: frames.Payload) -> None:
        if kind == wire.INTERRUPT:
            self._interrupts.request(frames.decode_number(payload))
        elif kind == wire.CONNECTION_OPENED:
            self._connections.opened(frames.decode_number(payload))
        elif kind == wire.CONNECTION_CLOSED:
            self._connections.closed(frames.decode_number(payload))
        elif kind == wire.PIPES_OPENED:
            self._on_pipes_opened()
        elif kind in (wire.INPUT_REPLY, wire.CALL_REPLY):
            question = self._questions.get((kind, frames.decode_number(payload[:4])))
            if question is not None:
                question.reply = payload
                os.write(question.came, b".")
            elif kind == wire.CALL_REPLY:
                # The caller was interrupted. The reply may contain functions to release.
                self.unclaimed.append(payload)

    def ask(self, kind: int, number: int, frame: bytes) -> frames.Payload:
        """Sends a request, waits for the reply of that kind and number, and returns its payload.

        Callable from any thread. An interrupt ends the wait. Raises ChannelClosed, or RuntimeError
        within another use of the channel in the same thread.
        """
        _refuse_within(self._reading)
        is_main = in_main_thread()
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
                    # The main thread is about to read it, so this one waits instead of polling.
                    told_of.poll(_QUICK * 1e3)
                self.drain()
            return question.reply
        finally:
            with self._interrupts, self._reading:  # another thread may be writing to the pipe
                del self._questions[kind, number]
            if not is_main:
                os.close(came)
                os.close(told)

    def _pipe_of_main(self) -> tuple[int, int]:
        if self._reply_came is None:
            self._reply_came = _pipe()
        return self._reply_came

    def send(self, frame: bytes) -> None:
        """Sends a frame and waits while the socket is full. An interrupt may end the wait.

        The unsent rest of a frame goes out before the next frame, so that frames stay whole. Raises
        ChannelClosed, or RuntimeError within another use of the channel in the same thread.
        """
        self._write([frame])
        self.wait_until_sent()

    def enqueuing(self, parts: Sequence[bytes | memoryview]) -> Step:
        """Returns the step that makes these parts of frames the next to send.

        Does not copy large parts. `wait_until_sent()` sends them.
        """
        if len(parts) > 1 and sum(map(len, parts)) <= _READ_SIZE:
            parts = [b"".join(parts)]  # to need one write
        return Step(self._unsent.extend, parts)

    def wait_until_sent(self) -> None:
        """Waits until everything is sent. An interrupt may end the wait. Raises ChannelClosed."""
        while self._unsent:
            self._write(())
            if self._unsent:
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        connected = self._socket
        if connected is not None:
            writable = select.poll()  # not shared: poll objects are not thread-safe
            writable.register(connected, select.POLLOUT)
            writable.poll()

    def note(self, frame: bytes) -> None:
        """Sends a frame without waiting. An unsent rest goes out before the next frame."""
        with contextlib.suppress(ChannelClosed):
            self._write([frame])

    def send_what_fits(self) -> None:
        """Sends enqueued frames without waiting."""
        with contextlib.suppress(ChannelClosed):
            self._write([])

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def _write(self, frames: Sequence[bytes]) -> None:
        """Sends these frames after the earlier ones, as much as there is room for."""
        _refuse_within(self._writing)
        with self._interrupts, self._writing:
            if self._socket is None:
                raise ChannelClosed
            self._unsent.extend(frames)
            try:
                while self._unsent:
                    if not self._sent:
                        self._sent.extend(map(self._socket.send, (self._unsent[0],)))
                    self._account_for_sent()
            except BlockingIOError:
                pass
            except OSError as error:
                if error.errno is None:
                    raise  # not of the socket, but raised by a hook
                raise ChannelClosed from error

    def _account_for_sent(self) -> None:
        sent, first = self._sent[0], self._unsent[0]
        popleft, clear = self._forget_sent
        if sent == len(first):
            at_once(popleft, clear)
        else:
            at_once(Step(self._unsent.__setitem__, 0, memoryview(first)[sent:]), clear)

    def close(self) -> None:
        """Closes the channel, also in a child forked by user code: only the parent keeps it.

        Replaces the locks first, because the thread that held them may not exist in the child.
        """
        self._free_locks()
        if self._socket is not None:
            with contextlib.suppress(OSError):  # user code may have closed it
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
            "a signal handler or destructor cannot use the channel to the service while the "
            "code that it interrupted is using it in the same thread"
        )


def _pipe() -> tuple[int, int]:
    read, write = os.pipe()
    return own_descriptor(read), own_descriptor(write)
