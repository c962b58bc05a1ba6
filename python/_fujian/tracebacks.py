"""Describes exceptions for users: without our frames, and bounded in length."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, TracebackType
from typing import Callable, TypeVar

from .originals import contextlib, linecache, traceback
from .user_calls import OUR_FILES

_MOST_CHARACTERS = 256 * 1024
# `traceback` takes long for longer chains.
_MOST_LINKED = 10_000
# Of the exceptions and calls in a brief description.
_MOST_AT_AN_END = 50

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

# Plain attributes may run user code, of a metaclass or of the exception.
_name_of: Callable[[type], str] = type.__dict__["__name__"].__get__
_of_any = BaseException.__dict__
_cause_of: Callable[[BaseException], BaseException | None] = _of_any["__cause__"].__get__
_context_of: Callable[[BaseException], BaseException | None] = _of_any["__context__"].__get__
_is_context_hidden: Callable[[BaseException], bool] = _of_any["__suppress_context__"].__get__
_traceback_of: Callable[[BaseException], TracebackType | None] = _of_any["__traceback__"].__get__
_set_traceback: Callable[[BaseException, TracebackType | None], None] = _of_any[
    "__traceback__"
].__set__

_T = TypeVar("_T")


def describe(error: BaseException) -> dict[str, str]:
    """Returns type, value and traceback of an error, even if the exception's methods raise.

    The methods are user code and may never return, so call this while interrupts are armed.
    """
    name = _bounded(_name_of(type(error)))
    # First, because an interrupt gets out of here, whereas `traceback` catches it.
    value = _value_of(error)
    chain = _chain_of(error)
    text = _described_fully(error) if len(chain) <= _MOST_LINKED else None
    if text is None:
        text = "".join(_described_briefly(chain))
    return {"type": name, "value": _bounded(value), "traceback": _bounded(text)}


def describe_unarmed(error: BaseException) -> dict[str, str]:
    """Describes an interrupt, or another exception, that was raised in `describe()`.

    Calls no user code, which could raise again or never return while interrupts are not armed.
    """
    kind = type(error)
    if (kind is KeyboardInterrupt or kind is MemoryError) and not error.args:
        # The interrupted description of another exception must not be tried again.
        error.__context__ = error.__cause__ = None
        return describe(error)
    name = _name_of(kind)
    text = f"{name}: <raised while an exception was described>\n"
    return {"type": name, "value": f"<unprintable {name} object>", "traceback": text}


def report(error: BaseException) -> None:
    """Prints an exception of user code that no execution can raise."""
    # User code may have closed the stream, or raise in a method of it or of the exception.
    with contextlib.suppress(BaseException):
        sys.stderr.write(describe(error)["traceback"])


def strip_our_frames(error: BaseException) -> TracebackType | None:
    """Removes the frames that have called user code from a traceback, and returns the rest."""
    trace = _traceback_of(error)
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OUR_FILES):
        trace = trace.tb_next
    _set_traceback(error, trace)
    return trace


def _value_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"<unprintable {_name_of(type(error))} object>"


def _described_fully(error: BaseException) -> str | None:
    """Returns None if that is too deep, or if user code has broken what `traceback` needs."""
    try:
        summary = traceback.TracebackException(type(error), error, error.__traceback__)
        _hide_our_frames(summary)
        return "".join(summary.format())
    except Exception:
        return None


def _hide_our_frames(summary: traceback.TracebackException) -> None:
    # Without recursion, because the chain may be longer than the stack.
    waiting = [summary]
    seen = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.stack[:] = [frame for frame in one.stack if not frame.filename.startswith(OUR_FILES)]
        if not one.stack:
            one.stack = None  # type: ignore[assignment]  # no headline over no frames
        linked = [one.__cause__, one.__context__]
        linked += getattr(one, "exceptions", None) or []  # exception groups, since 3.11
        waiting += filter(None, linked)


def _chain_of(error: BaseException) -> list[tuple[BaseException, str]]:
    """Returns the exceptions that led to this one, oldest first, and it, each with its link."""
    chain = []
    seen = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        before, link = _cause_of(one), _CAUSE
        if before is None and not _is_context_hidden(one):
            before, link = _context_of(one), _CONTEXT
        chain.append((one, "" if before is None else link))
        one = before
    return chain[::-1]


def _described_briefly(chain: list[tuple[BaseException, str]]) -> Iterator[str]:
    """Describes a chain without `traceback`, and only its ends if it is long."""
    first, left_out, last = _ends_of(chain)
    for error, link in first:
        yield link
        yield from _described_alone(error)
    if left_out:
        yield f"\n[... {left_out} exceptions left out ...]\n"
    for error, link in last:
        yield link
        yield from _described_alone(error)


def _described_alone(error: BaseException) -> Iterator[str]:
    first, left_out, last = _ends_of(_frames_of(error))
    if first:
        yield "Traceback (most recent call last):\n"
    yield from map(_described_frame, first)
    if left_out:
        yield f"  [... {left_out} calls left out ...]\n"
    yield from map(_described_frame, last)
    name, value = _name_of(type(error)), _value_of(error)
    yield f"{name}: {value}\n" if value else f"{name}\n"


def _frames_of(error: BaseException) -> list[tuple[CodeType, int]]:
    frames = []
    trace = _traceback_of(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(OUR_FILES):
            frames.append((code, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _described_frame(frame: tuple[CodeType, int]) -> str:
    code, number = frame
    try:
        line = linecache.getline(code.co_filename, number).strip()
    except Exception:
        line = ""
    text = f'  File "{code.co_filename}", line {number}, in {code.co_name}\n'
    return f"{text}    {line}\n" if line else text


def _ends_of(items: list[_T]) -> tuple[list[_T], int, list[_T]]:
    """Returns the first items, the number of those that are left out, and the last ones."""
    left_out = len(items) - 2 * _MOST_AT_AN_END
    if left_out <= 0:
        return items, 0, []
    return items[:_MOST_AT_AN_END], left_out, items[-_MOST_AT_AN_END:]


def _bounded(text: str) -> str:
    cut = len(text) - _MOST_CHARACTERS
    if cut <= 0:
        return text
    half = _MOST_CHARACTERS // 2
    return f"{text[:half]}\n[... {cut} characters cut ...]\n{text[-half:]}"
