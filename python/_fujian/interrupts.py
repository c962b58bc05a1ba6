"""Interrupts that strike only the execution they were requested for.

Node sends INTERRUPT(execution) and then SIGINT. The handler reads the channel and raises
KeyboardInterrupt only if that execution is running user code. Inside a critical section the signal
is deferred to the end of the section, and between executions to the beginning of the next.

One signal may come too early (just before a blocking call) or be ignored (`os.system` ignores
SIGINT while it waits). So Node repeats nudges, an otherwise unused signal, until the session
acknowledges the interrupt or the execution has ended.

The handler passes SIGINT on to the subprocesses, because it knows which execution is running. Node
signals the whole process group only if the handler cannot run.
"""

from __future__ import annotations

# The functions of `signal` convert to enums, which is slow. These are not in typeshed.
from _signal import SIG_DFL, getsignal, pthread_sigmask  # type: ignore[import-not-found]  # see above
from _signal import signal as set_handler
from collections.abc import Collection
from types import CodeType, FrameType
from typing import Callable

from .hooks import Hooks
from .originals import os, signal, threading
from .tracebacks import report
from .user_calls import OUR_FILES, suspend_hooks_by

# Ignored by default, so harmless to subprocesses.
_NUDGE = signal.SIGURG
_OUR_SIGNALS = (int(signal.SIGINT), int(_NUDGE))

_get_ident = threading.get_ident
# That of all sessions: forks keep it.
_main_thread = _get_ident()


class Interrupts:
    def __init__(self) -> None:
        # The execution that may be interrupted now; 0: none.
        self.armed = 0
        self._raised = 0
        self._requested: set[int] = set()
        self._depth = 0
        self._put_off = False
        self.hooks = Hooks()
        # The level of the critical section that has suspended them; 0: none.
        self._suspended_at = 0
        self._drain: Callable[[], None] = lambda: None
        self._report: Callable[[int], None] = lambda _execution: None
        self._runners: Collection[CodeType] = frozenset()
        # Set while tasks run between executions: ends the wait for the next request.
        self.idle: Callable[[], object] | None = None
        self._last = 0
        self._struck_idle = 0
        self._handler = self._on_signal
        self._nudge_handler = self._on_nudge

    def install(
        self,
        drain: Callable[[], None],
        report: Callable[[int], None],
        runners: Collection[CodeType],
    ) -> None:
        """Installs the signal handlers.

        `drain` reads the channel without blocking. `report` sends, without blocking, the execution
        that acknowledges its interrupt. `runners` are the functions that call user code.
        """
        self._drain = drain
        self._report = report
        self._runners = runners
        self.restore()
        self.hooks.install()
        suspend_hooks_by(self.hooks.suspend)

    def restore(self) -> None:
        """Restores our handlers after an execution, which may have replaced or blocked them."""
        if self.hooks.has_suspended:
            for number in _OUR_SIGNALS:
                self.hooks.drop(number)
        if getsignal(signal.SIGINT) is not self._handler:
            set_handler(signal.SIGINT, self._handler)
        if getsignal(_NUDGE) is not self._nudge_handler:
            set_handler(_NUDGE, self._nudge_handler)
        pthread_sigmask(signal.SIG_UNBLOCK, _OUR_SIGNALS)

    def forget(self) -> None:
        """Forgets all interrupts, in a fork of the session."""
        self.armed = self._raised = 0
        self._requested.clear()
        self._put_off = False

    def release(self) -> None:
        """Restores the default handlers, in a child forked by user code."""
        if getsignal(signal.SIGINT) == self._handler:
            set_handler(signal.SIGINT, signal.default_int_handler)
        set_handler(_NUDGE, SIG_DFL)

    def request(self, execution: int) -> None:
        self._requested.add(execution)

    def begin(self, execution: int) -> None:
        """Arms `execution`. Raises KeyboardInterrupt if its interrupt has already arrived."""
        # An exception may have struck at the end of a critical section.
        self._depth = self._suspended_at = 0
        if self._requested:
            self._requested = {one for one in self._requested if one >= execution}
        self.armed = self._last = execution
        if self._put_off or execution in self._requested:
            self._handle(None)

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        # Between executions the main thread waits for the channel: reading a request here would
        # leave it waiting.
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
            # Code with its own SIGINT handler has been signalled once and may take its time.
            self._hear(None)

    def wake(self) -> None:
        """Ends the wait for the next request while tasks run. Callable from any thread."""
        idle = self.idle
        if idle is not None:
            idle()

    def _interrupt_idle(self) -> None:
        """Raises KeyboardInterrupt if a task delays an execution that is to be interrupted."""
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
        """Acknowledges an interrupt of the armed execution. Returns whether to raise.

        `frame` is the frame that the signal struck. None if the execution has not begun.
        """
        # Further signals are handled after this one, not within it, or many of them would overflow
        # the stack.
        self._depth = 1
        are_active = self.hooks.are_active
        is_requested = False
        try:
            self.hooks.suspend()
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
            # The runner survives one exception on any line. A further one may only strike user
            # code, or it could escape from the runner's clean-up.
            return is_requested and (self._raised != self.armed or self._is_in_user_code(frame))
        finally:
            self._depth = 0
            if are_active:
                try:
                    self.hooks.resume()
                except BaseException:
                    if not is_requested:  # else the interrupt takes its place
                        raise

    def _is_in_user_code(self, frame: FrameType | None) -> bool:
        """Whether the innermost runner has called user code."""
        while frame is not None:
            caller = frame.f_back
            if caller is not None and caller.f_code in self._runners:
                return not frame.f_code.co_filename.startswith(OUR_FILES)
            frame = caller
        return False

    def run_late_handlers(self) -> None:
        """Runs the handlers of user code for the signals that came since it has ended."""
        for handler, number in self.hooks.take_late():
            self.run_between_executions(handler, number, None)

    def run_between_executions(self, code: Callable[..., object], *args: object) -> None:
        """Runs user code, and reports what it raises. An interrupt of an execution ends it."""
        try:
            try:
                self.idle = _nothing
                code(*args)
            finally:
                self.idle = None
        except BaseException as error:
            report(error)

    # A critical section: `with interrupts:`. No signal handler runs or raises in it. Only the main
    # thread handles signals.

    def __enter__(self) -> None:
        if _get_ident() == _main_thread:
            self._depth += 1
            if self.hooks.are_active:
                self._suspended_at = self._depth
                self.hooks.suspend()

    def __exit__(self, *_: object) -> None:
        if _get_ident() == _main_thread:
            has_suspended = self._suspended_at == self._depth
            self._depth -= 1
            try:
                if self._put_off and self.armed and not self._depth:
                    signal.raise_signal(_NUDGE)
            finally:
                if has_suspended:
                    self._suspended_at = 0
                    self.hooks.resume()


def in_main_thread() -> bool:
    return _get_ident() == _main_thread


def _nothing() -> None:
    """Does nothing: no task waits for the end of an idle session."""


def _interrupt_what_it_started() -> None:
    """Interrupts the process group, as Ctrl-C in a terminal does."""
    if os.getpgrp() == os.getpid():
        try:  # noqa: SIM105  # contextlib.suppress() is Python code that signals could strike
            os.killpg(0, signal.SIGINT)
        except PermissionError:
            pass
