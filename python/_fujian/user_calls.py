"""Calls user code from the bottom of the stack.

A session is a generator of calls, which is suspended while one is made: user code finds none of its
frames below it. The one frame there has a file name that `warnings` and `logging` skip, as they do
for those of an import.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import Any, Callable, NoReturn

from .originals import (
    functools,
    getprofile,
    gettrace,
    itertools,
    os,
    setprofile,
    settrace,
)

UserCall = Callable[[], object]

_AT_THE_BOTTOM = "<frozen importlib._bootstrap of fujian>"
# Beginnings of the file names of our frames.
OUR_FILES = (os.path.dirname(os.path.abspath(__file__)) + os.sep, _AT_THE_BOTTOM)


def _nothing() -> None:
    """Does nothing: there is no session."""


class _Last:
    """The outcome of the last call. One for all calls, as an interrupt may strike anywhere here."""

    __slots__ = ("profile", "raised", "returned", "suspend", "trace")

    def __init__(self) -> None:
        self.returned: object = None
        self.raised: BaseException | None = None
        # The functions that user code has set. They are not called for our frames.
        self.trace: Any = None
        self.profile: Any = None
        # Suspends the hooks of user code.
        self.suspend: Callable[[], None] = _nothing


_last = _Last()


def suspend_hooks_by(suspend: Callable[[], None]) -> None:
    """`suspend` is called when a call has raised."""
    _last.suspend = suspend


def called(call: UserCall) -> Generator[UserCall, None, Any]:
    """Has user code called, and returns or raises what it does."""
    _last.raised = None
    _last.trace, _last.profile = gettrace(), getprofile()
    if _last.trace is not None:
        settrace(None)
    if _last.profile is not None:
        setprofile(None)
    yield call
    if _last.profile is not None:
        setprofile(_last.profile)
    if _last.trace is not None:
        settrace(_last.trace)
    returned, raised = _last.returned, _last.raised
    _last.returned = _last.raised = _last.trace = _last.profile = None
    try:
        if raised is not None:
            raise raised
        return returned
    finally:
        del raised  # its traceback holds this frame


def make_calls(calls: Iterator[UserCall], *_: object) -> None:
    # Signals of user code that come at once strike one after the other, until `suspend` has begun.
    while True:
        try:
            while True:
                try:
                    while True:
                        try:
                            _last.trace, _last.profile = gettrace(), getprofile()
                            if _last.trace is not None:
                                settrace(None)
                            if _last.profile is not None:
                                setprofile(None)
                            call = next(calls, None)
                            if call is None:
                                return
                            if _last.profile is not None:
                                setprofile(_last.profile)
                            if _last.trace is not None:
                                settrace(_last.trace)
                            _last.returned = call()
                        except BaseException as error:
                            _last.raised = error
                            _last.suspend()
                except BaseException as error:
                    _last.raised = error
                    _last.suspend()
        except BaseException as error:
            _last.raised = error
            _last.suspend()


make_calls.__code__ = make_calls.__code__.replace(co_filename=_AT_THE_BOTTOM)


class _Unwinding(BaseException):
    """Ends the frames that a new process has, where it is not caught."""


def make_calls_at_the_bottom(calls: Iterator[UserCall]) -> NoReturn:
    """Makes the calls once all frames have ended: then Python calls `sys.excepthook`."""
    restoring = functools.partial(_restore_hook, sys.excepthook)
    sys.excepthook = functools.partial(make_calls, itertools.chain([restoring], calls))
    raise _Unwinding


def _restore_hook(hook: Callable[..., object]) -> None:
    sys.excepthook = hook
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        sys.__dict__.pop(name, None)
