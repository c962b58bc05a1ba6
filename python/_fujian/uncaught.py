"""Uncaught exceptions, as in an interactive interpreter: `sys.last_exc` and `sys.excepthook`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from types import TracebackType

from .at_once import Step
from .interrupts import Interrupts
from .limits import MemoryLimit
from .originals import contextlib, excepthook
from .tracebacks import report, strip_our_frames
from .user_calls import UserCall, called

_HAS_LAST_EXC = sys.version_info >= (3, 12)


def tell_of(
    error: BaseException, interrupts: Interrupts, memory: MemoryLimit
) -> Generator[UserCall, None, bool]:
    """Keeps an exception for `pdb.pm()`, and calls the hook of user code. Raises nothing of it.

    Returns whether there is such a hook.
    """
    kind = type(error)
    if issubclass(kind, SystemExit):  # isinstance() would run code of the exception
        return False
    trace = strip_our_frames(error)
    # The frames of a MemoryError may hold the memory that is missing.
    if not issubclass(kind, MemoryError):
        with interrupts:  # an interrupt would be lost while the source of the one before goes
            _keep(kind, error, trace)
    hook = sys.__dict__.get("excepthook")
    if hook is excepthook or not callable(hook):
        return False
    try:
        try:
            memory.for_user_code()
            interrupts.hooks.resume()
            yield from called(Step(hook, kind, error, trace))
        finally:
            interrupts.hooks.suspend()
            memory.for_us()
    except BaseException as failure:
        with contextlib.suppress(BaseException):  # of the stream
            sys.stderr.write("Error in sys.excepthook:\n")
        report(failure)
    return True


def _keep(kind: type, error: BaseException, trace: TracebackType | None) -> None:
    last = {"last_type": kind, "last_value": error, "last_traceback": trace}
    if _HAS_LAST_EXC:
        last["last_exc"] = error
    sys.__dict__.update(last)
