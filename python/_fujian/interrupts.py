"""Interrupts that strike only the execution they were requested for.

Node sends INTERRUPT(execution) and then a nudge, an otherwise unused signal, which it repeats until
the session acknowledges the interrupt or the execution has ended: a signal may come just before a
blocking call. The handler reads the channel. Only if that execution is running user code, it raises
SIGINT in the process group, as Ctrl-C does: the code's own handler, that of an event loop, or
KeyboardInterrupt. Inside a critical section the nudge is deferred to the end of the section, and
between executions to the beginning of the next.

Any other SIGINT means what it means in Python. Python's default handler would raise in our code
too, so another one stands in for it, and is `signal.default_int_handler` for user code.
"""

from __future__ import annotations

# The functions of `signal` convert to enums, which is slow. These are not in typeshed.
from _signal import (  # type: ignore[import-not-found]  # see above
    SIG_BLOCK,
    SIG_DFL,
    SIG_IGN,
    SIG_UNBLOCK,
    default_int_handler,
    getsignal,
    pthread_sigmask,
)
from _signal import signal as set_handler
from collections.abc import Collection
from types import CodeType, FrameType
from typing import Callable

from .hooks import Hooks
from .originals import modules, os, signal, threading
from .tracebacks import report
from .user_calls import OUR_FILES, suspend_hooks_by

# Ignored by default, so harmless to subprocesses.
_NUDGE = signal.SIGURG

_get_ident = threading.get_ident
# That of all sessions: forks keep it.
_main_thread = _get_ident()

_Handler = Callable[[int, "FrameType | None"], None]


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
        self._nudge_handler = self._on_nudge
        self._default_handler = _DefaultHandler(self._on_sigint)

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
        set_handler(signal.SIGINT, self._default_handler)
        _offer_as_default(self._default_handler)
        self.restore()
        self.hooks.install()
        suspend_hooks_by(self.hooks.suspend)

    def restore(self) -> None:
        """Restores our handler after an execution, which may have replaced or blocked it."""
        if self.hooks.has_suspended:
            self.hooks.drop(_NUDGE)
        if getsignal(_NUDGE) is not self._nudge_handler:
            set_handler(_NUDGE, self._nudge_handler)
        pthread_sigmask(SIG_UNBLOCK, (_NUDGE,))

    def forget(self) -> None:
        """Forgets all interrupts, in a fork of the session."""
        self.armed = self._raised = 0
        self._requested.clear()
        self._put_off = False

    def release(self) -> None:
        """Restores the default handlers, in a child forked by user code."""
        if getsignal(signal.SIGINT) is self._default_handler:
            set_handler(signal.SIGINT, default_int_handler)
        _offer_as_default(default_int_handler)
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

    def _on_nudge(self, _number: int, frame: FrameType | None) -> None:
        # Between executions the main thread waits for the channel: reading a request here would
        # leave it waiting.
        if self.armed and not self._depth:
            self._handle(frame)
            return
        self._put_off = True
        if self.idle is not None and not self._depth:
            self._interrupt_idle()

    def _on_sigint(self, number: int, frame: FrameType | None) -> None:
        """Raises KeyboardInterrupt, or keeps the signal until it may strike."""
        if in_main_thread():
            if self._depth or not (self.armed or self.hooks.are_active):
                self.hooks.put_off(number)
                return
            if self.armed:
                # Node may have sent both, a nudge and SIGINT: one of them is enough.
                self._hear(frame)
                if not self.hooks.are_active:
                    if self._raised == self.armed:
                        self.hooks.put_off(number)
                        return
                    self._raised = self.armed
        raise KeyboardInterrupt

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
        """Interrupts the armed execution if that is requested.

        `frame` is the frame that the signal struck. None if the execution has not begun.
        """
        if not self._hear(frame):
            return
        self._raised = self.armed
        theirs = getsignal(signal.SIGINT)
        is_heard = self.hooks.are_active and _is_heard(theirs)
        if frame is not None:
            _press_ctrl_c(theirs, is_heard)
        if not is_heard:
            raise KeyboardInterrupt

    def _hear(self, frame: FrameType | None) -> bool:
        """Acknowledges an interrupt of the armed execution. Returns whether to interrupt it."""
        are_active = self.hooks.are_active
        is_requested = False
        try:
            # Further signals are handled after this one, not within it, or many of them would
            # overflow the stack.
            self._depth = 1
            self.hooks.suspend()
            self._put_off = True
            while self._put_off:
                self._put_off = False
                self._drain()
                if self.armed in self._requested:
                    self._requested.discard(self.armed)
                    self._report(self.armed)
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
    # thread handles signals. Each execution has several, hence no call of `in_main_thread()`.

    def __enter__(self) -> None:
        if _get_ident() == _main_thread:
            self._depth += 1
            if self.hooks.are_active:
                self._suspended_at = self._depth
                self.hooks.suspend()

    def __exit__(self, *_: object) -> None:
        if _get_ident() == _main_thread:
            has_suspended = self._suspended_at == self._depth
            try:
                self._depth -= 1
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


class _DefaultHandler:
    """Stands in for Python's default handler, and looks like it."""

    __name__ = __qualname__ = default_int_handler.__name__
    __doc__ = default_int_handler.__doc__
    __module__ = default_int_handler.__module__

    def __init__(self, handle: _Handler) -> None:
        self._handle = handle

    def __call__(self, signalnum: int, frame: FrameType | None, /) -> None:
        self._handle(signalnum, frame)

    def __repr__(self) -> str:
        return repr(default_int_handler)


def _offer_as_default(handler: object) -> None:
    """Makes a handler `signal.default_int_handler`.

    asyncio and trio handle Ctrl-C only where the handler is that one.
    """
    for name in ("signal", "_signal"):
        module = modules.get(name)
        if module is not None:
            module.__dict__["default_int_handler"] = handler


def _is_heard(handler: object) -> bool:
    """Whether a handler of SIGINT is called. None: it was installed in C."""
    if handler is None:
        return True
    return callable(handler) and signal.SIGINT not in pthread_sigmask(SIG_BLOCK, ())


def _press_ctrl_c(handler: object, is_heard: bool) -> None:
    """Sends SIGINT to the process group, as Ctrl-C in a terminal does.

    This process gets it only if `is_heard`: the default action would end it.
    """
    if os.getpgrp() != os.getpid():  # the group is not ours
        if is_heard:
            signal.raise_signal(signal.SIGINT)
    elif is_heard or handler is None:
        os.killpg(0, signal.SIGINT)
    else:
        try:
            set_handler(signal.SIGINT, SIG_IGN)
            os.killpg(0, signal.SIGINT)
        finally:
            # Also discards a signal that waits because SIGINT is blocked.
            set_handler(signal.SIGINT, SIG_IGN)
            set_handler(signal.SIGINT, handler)
