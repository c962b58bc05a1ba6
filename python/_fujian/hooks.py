"""What user code has set to be called at any moment: signal handlers, trace and profile functions.

They run within user code, and signal handlers also while the session is idle, but never within our
code: they may raise, also where a frame is half sent or read.
"""

from __future__ import annotations

# Faster than `signal.signal`, which converts to enums. Not in typeshed.
from _signal import getsignal  # type: ignore[import-not-found]  # see above
from _signal import signal as set_handler
from collections import deque
from types import FrameType
from typing import Any, Callable

from .originals import (
    getprofile,
    getrecursionlimit,
    gettrace,
    setprofile,
    setrecursionlimit,
    settrace,
    signal,
)

_NUMBERS = sorted(map(int, signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}))
# Calls that our code needs beyond the limit of user code, and at least.
_RECURSION_HEADROOM = 200
_LEAST_RECURSION_LIMIT = 1000
_MOST_STRIKES = 1000

_Handler = Callable[[int, "FrameType | None"], object]


class SignalCame(BaseException):
    """Ends the wait of an idle session."""


class Hooks:
    def __init__(self) -> None:
        # Whether they run now: False while they are suspended.
        self.are_active = False
        # Whether the session is idle, where a signal raises SignalCame once.
        self.end_the_wait = False
        self._handler = self._on_signal
        # The handlers of a session without user code.
        self._usual: list[object] = []
        self._suspended: dict[int, _Handler] = {}
        # Signals that came meanwhile, and whose handlers have not run.
        self.came: deque[int] = deque()
        self._trace: Any = None
        self._profile: Any = None
        self._recursion_limit = 0

    def install(self) -> None:
        self._usual = [*map(getsignal, _NUMBERS)]

    def suspend(self) -> None:
        """Keeps the hooks from running, whatever they raise meanwhile."""
        for _ in range(_MOST_STRIKES):
            if not self.are_active:
                return
            try:
                self._suspend()
            except BaseException:
                continue  # a hook has raised it here

    def _suspend(self) -> None:
        if gettrace() is not None:
            self._trace = gettrace()
            settrace(None)
        if getprofile() is not None:
            self._profile = getprofile()
            setprofile(None)
        handlers = [*map(getsignal, _NUMBERS)]
        if handlers != self._usual:
            for number, handler, usual in zip(_NUMBERS, handlers, self._usual):
                if callable(handler) and handler is not usual and handler is not self._handler:
                    self._suspended[number] = handler
                    set_handler(number, self._handler)
        if not self._recursion_limit:
            self._recursion_limit = getrecursionlimit()
            ours = max(self._recursion_limit + _RECURSION_HEADROOM, _LEAST_RECURSION_LIMIT)
            setrecursionlimit(ours)
        self.are_active = False

    def resume(self) -> None:
        """Lets the hooks run again. Raises what handlers raise for signals that came meanwhile."""
        self.are_active = True
        if self._recursion_limit:
            setrecursionlimit(self._recursion_limit)
            self._recursion_limit = 0
        if self._suspended:
            # A copy: a nudge that strikes here suspends and resumes, too.
            for number, handler in [*self._suspended.items()]:
                if getsignal(number) is self._handler:
                    set_handler(number, handler)
            self._suspended.clear()
        while self.came:
            signal.raise_signal(self.came.popleft())
        if self._profile is not None:
            profile, self._profile = self._profile, None
            setprofile(profile)
        if self._trace is not None:
            trace, self._trace = self._trace, None
            settrace(trace)

    @property
    def has_suspended(self) -> bool:
        """Whether handlers of user code are suspended."""
        return bool(self._suspended)

    def drop(self, number: int) -> None:
        """Drops a suspended handler."""
        self._suspended.pop(number, None)

    def take_late(self) -> list[tuple[_Handler, int]]:
        """Returns the handlers of the signals that came while they were suspended."""
        numbers = [self.came.popleft() for _ in range(len(self.came))]
        handlers = {signal.SIGINT: signal.default_int_handler, **self._suspended}
        return [(handlers[one], one) for one in numbers if one in handlers]

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.put_off(number)

    def put_off(self, number: int) -> None:
        """Keeps a signal until its handler may run."""
        if number not in self.came:
            self.came.append(number)
        if self.end_the_wait:
            self.end_the_wait = False
            raise SignalCame
