"""Describes exceptions for users: without our frames, and bounded in length."""

from __future__ import annotations

from typing import Callable

from .originals import os, traceback

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MOST_CHARACTERS = 256 * 1024


# `type(error).__name__` may run user code, in a metaclass.
_name_of: Callable[[type], str] = type.__dict__["__name__"].__get__


def describe(error: BaseException) -> dict[str, str]:
    """Returns type, value and traceback of an error, even if the exception's methods raise.

    The methods are user code and may never return, so call this while interrupts are armed.
    """
    name = _name_of(type(error))
    # First, because an interrupt gets out of here, whereas `traceback` catches it.
    try:
        value = str(error)
    except Exception:
        value = f"<unprintable {name} object>"
    try:
        summary = traceback.TracebackException(type(error), error, error.__traceback__)
        _hide_our_frames(summary, set())
        text = "".join(summary.format())
    except Exception as failure:
        text = f"{name}: <its traceback could not be made: {type(failure).__name__}>\n"
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


def _hide_our_frames(summary: traceback.TracebackException, seen: set[int]) -> None:
    if id(summary) in seen:
        return
    seen.add(id(summary))
    summary.stack[:] = [frame for frame in summary.stack if not frame.filename.startswith(_OURS)]
    if not summary.stack:
        summary.stack = None  # type: ignore[assignment]  # no headline over no frames
    linked = [summary.__cause__, summary.__context__]
    linked += getattr(summary, "exceptions", None) or []  # exception groups, since 3.11
    for one in linked:
        if one is not None:
            _hide_our_frames(one, seen)


def _bounded(text: str) -> str:
    cut = len(text) - _MOST_CHARACTERS
    if cut <= 0:
        return text
    half = _MOST_CHARACTERS // 2
    return f"{text[:half]}\n[... {cut} characters cut ...]\n{text[-half:]}"
