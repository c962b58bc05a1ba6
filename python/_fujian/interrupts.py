"""Interrupts that hit the execution they were meant for, and nothing else.

Node sends INTERRUPT(execution) and then SIGINT. The handler reads the channel and raises
KeyboardInterrupt only if that very execution is running user code. It never raises inside a
critical section of ours: there it is put off until the section ends. Between executions it is put
off until the next begins.

One signal may come too early (just before a call that blocks) or go unheard (`os.system` ignores
SIGINT while it waits). So Node goes on with nudges, a signal that nobody else uses, until it hears
that the interrupt has been heard or that the execution has ended.

What the code has started gets its SIGINT from the handler, which knows whose code runs. Only if the
handler cannot run does Node signal the whole process group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading

# Those of `signal` make enum members of their answers: slow. They are not in typeshed.
from _signal import getsignal, pthread_sigmask  # type: ignore[import-not-found]  # see above
from _signal import signal as set_handler
from collections.abc import Collection, Iterator
from types import CodeType, FrameType
from typing import Callable

# Ignored by default, and so by everything that does not expect it.
_NUDGE = signal.SIGURG
_OUR_SIGNALS = (int(signal.SIGINT), int(_NUDGE))

# They cannot wait.
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT}
_PUT_OFF = frozenset(map(int, signal.valid_signals() - _CRASHES))

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Interrupts:
    def __init__(self) -> None:
        # The execution whose code may be interrupted now; 0: none.
        self.armed = 0
        self._raised = 0
        self._requested: set[int] = set()
        self._depth = 0
        self._put_off = False
        self._drain: Callable[[], None] = lambda: None
        self._report: Callable[[int], None] = lambda _execution: None
        self._runners: Collection[CodeType] = frozenset()
        # Set while tasks go on between executions: has the wait for the next one end.
        self.idle: Callable[[], object] | None = None
        self._last = 0
        self._struck_idle = 0
        self._main_thread = threading.get_ident()
        self._handler = self._on_signal
        self._nudge_handler = self._on_nudge

    def install(
        self,
        drain: Callable[[], None],
        report: Callable[[int], None],
        runners: Collection[CodeType],
    ) -> None:
        """`drain` reads the channel without blocking; `runners` are what calls user code.

        `report` is told, without blocking, which execution has heard of its interrupt.
        """
        self._drain = drain
        self._report = report
        self._runners = runners
        self.restore()

    def restore(self) -> None:
        """User code may have replaced handlers or blocked signals; after each run ours are back."""
        if getsignal(signal.SIGINT) != self._handler:
            set_handler(signal.SIGINT, self._handler)
        if getsignal(_NUDGE) != self._nudge_handler:
            set_handler(_NUDGE, self._nudge_handler)
        pthread_sigmask(signal.SIG_UNBLOCK, _OUR_SIGNALS)

    def forget(self) -> None:
        """A clone of the session has none of its interrupts."""
        self.armed = self._raised = 0
        self._requested.clear()
        self._put_off = False

    def release(self) -> None:
        """In a child that user code forked: Ctrl-C means there what it means anywhere."""
        if getsignal(signal.SIGINT) == self._handler:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(_NUDGE, signal.SIG_DFL)

    def request(self, execution: int) -> None:
        self._requested.add(execution)

    def begin(self, execution: int) -> None:
        """Arms `execution`. If its interrupt has come already, raises at once."""
        if self._requested:
            self._requested = {one for one in self._requested if one >= execution}
        self.armed = self._last = execution
        if self._put_off or execution in self._requested:
            self._handle(None)

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        # While nothing is armed, the channel is left to whoever waits for it: were an execution
        # taken from it here, the wait would not end.
        if self.armed and not self._depth:
            self._handle(frame)
            return
        self._put_off = True
        if self.idle is not None and not self._depth:
            self._interrupt_idle()

    def _on_nudge(self, number: int, frame: FrameType | None) -> None:
        theirs = getsignal(signal.SIGINT)
        if theirs == self._handler or not callable(theirs):
            self._on_signal(number, frame)
        elif self.armed and not self._depth:
            # Code that handles SIGINT in a way of its own has been told, and may take its time.
            self._hear(None)

    def wake(self) -> None:
        """Ends the wait for the next execution, if tasks go on meanwhile. From any thread."""
        idle = self.idle
        if idle is not None:
            idle()

    def _interrupt_idle(self) -> None:
        """Tasks must not keep an execution from its turn that is to be interrupted."""
        self._depth = 1
        try:
            self._drain()
            self.wake()
        finally:
            self._depth = 0
        waiting = max(self._requested, default=0)
        if waiting > self._last and waiting != self._struck_idle:
            self._struck_idle = waiting
            raise KeyboardInterrupt

    def _handle(self, frame: FrameType | None) -> None:
        if self._hear(frame):
            self._raised = self.armed
            raise KeyboardInterrupt

    def _hear(self, frame: FrameType | None) -> bool:
        """Looks for a request for the armed execution, says so if there is one; whether to raise.

        `frame` is what the signal has struck; None: nothing that has begun.
        """
        # A signal that comes while this one is handled is handled after it, not within it: under
        # many of them the stack would overflow.
        self._depth = 1
        try:
            is_requested = False
            self._put_off = True
            while self._put_off:
                self._put_off = False
                self._drain()
                if self.armed in self._requested:
                    self._requested.discard(self.armed)
                    self._report(self.armed)
                    if frame is not None and not is_requested:
                        _interrupt_what_it_started()
                    is_requested = True
            # The runner survives one exception wherever it strikes. A further one may only strike
            # user code, or it could escape from the runner's own clean-up.
            return is_requested and (self._raised != self.armed or self._is_in_user_code(frame))
        finally:
            self._depth = 0

    def _is_in_user_code(self, frame: FrameType | None) -> bool:
        """Whether what a runner has called is code of the user's, wherever that is by now."""
        while frame is not None:
            caller = frame.f_back
            if caller is not None and caller.f_code in self._runners:
                return not frame.f_code.co_filename.startswith(_OURS)
            frame = caller
        return False

    # A critical section: `with interrupts:`. Only the main thread ever handles signals.

    def __enter__(self) -> None:
        if threading.get_ident() == self._main_thread:
            self._depth += 1

    def __exit__(self, *_: object) -> None:
        if threading.get_ident() == self._main_thread:
            self._depth -= 1
            if self._put_off and self.armed and not self._depth:
                signal.raise_signal(_NUDGE)


@contextlib.contextmanager
def no_signals() -> Iterator[None]:
    """Puts off what would have the main thread run handlers, the user's too."""
    before = pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Handlers that were due run in here, and may raise: in what follows none does.
        pthread_sigmask(signal.SIG_BLOCK, _PUT_OFF)
        yield
    finally:
        pthread_sigmask(signal.SIG_SETMASK, before)


def _interrupt_what_it_started() -> None:
    """As Ctrl-C in a terminal does. A session leads its process group."""
    if os.getpgrp() == os.getpid():
        try:  # noqa: SIM105  # contextlib.suppress() is Python code, in which more signals come
            os.killpg(0, signal.SIGINT)
        except PermissionError:
            pass
