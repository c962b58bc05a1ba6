"""Interrupts that hit the execution they were meant for, and nothing else.

Node sends INTERRUPT(execution) and then SIGINT. The handler reads the channel and raises
KeyboardInterrupt only if that very execution is running user code. It never raises inside a
critical section of ours: there it is put off until the section ends. Between executions it is put
off until the next begins.
"""

from __future__ import annotations

import os
import signal
import threading

# signal.getsignal makes an enum member of its answer: slow.
from _signal import getsignal  # type: ignore[import-not-found]  # not in typeshed
from types import CodeType, FrameType
from typing import Callable

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
        self._runner: CodeType | None = None
        self._main_thread = threading.get_ident()
        self._handler = self._on_signal

    def install(self, drain: Callable[[], None], runner: CodeType) -> None:
        """`drain` reads the channel without blocking; `runner` is the code that runs user code."""
        self._drain = drain
        self._runner = runner
        self.restore()

    def restore(self) -> None:
        """User code may have replaced the handler; each run starts with ours."""
        if getsignal(signal.SIGINT) != self._handler:
            signal.signal(signal.SIGINT, self._handler)

    def release(self) -> None:
        """In a child that user code forked: Ctrl-C means there what it means anywhere."""
        if getsignal(signal.SIGINT) == self._handler:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def request(self, execution: int) -> None:
        self._requested.add(execution)

    def begin(self, execution: int) -> None:
        """Arms `execution`. If its interrupt has come already, raises at once."""
        if self._requested:
            self._requested = {one for one in self._requested if one >= execution}
        self.armed = execution
        if self._put_off:
            self._handle(None)
        elif execution in self._requested:
            self._raise_if_requested(None)

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        # While nothing is armed, the channel is left to whoever waits for it: were an execution
        # taken from it here, the wait would not end.
        if self._depth or not self.armed:
            self._put_off = True
        else:
            self._handle(frame)

    def _handle(self, frame: FrameType | None) -> None:
        # A signal that comes while this one is handled is handled after it, not within it: under
        # many of them the stack would overflow.
        self._put_off = True
        while self._put_off:
            self._put_off = False
            self._depth = 1
            try:
                self._drain()
            finally:
                self._depth = 0
        self._raise_if_requested(frame)

    def _raise_if_requested(self, frame: FrameType | None) -> None:
        armed = self.armed
        if not armed or armed not in self._requested:
            return
        self._requested.discard(armed)
        # The runner survives one exception wherever it strikes. A further one may only strike user
        # code, or it could escape from the runner's own clean-up.
        if self._raised != armed or self._is_in_user_code(frame):
            self._raised = armed
            raise KeyboardInterrupt

    def _is_in_user_code(self, frame: FrameType | None) -> bool:
        """Whether what the runner has called is code of the user's, wherever that is by now."""
        while frame is not None:
            caller = frame.f_back
            if caller is not None and caller.f_code is self._runner:
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
                signal.raise_signal(signal.SIGINT)
