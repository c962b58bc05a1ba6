"""Tracebacks as the user should see them: their own lines, no frames of ours, bounded in length."""

from __future__ import annotations

import os
import traceback

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MOST_CHARACTERS = 256 * 1024


def describe(error: BaseException) -> dict[str, str]:
    """The error's type, value and traceback, whatever the exception's own methods do.

    They are user code: they may take for ever, so this runs where an interrupt still reaches.
    """
    name = type(error).__name__
    # First: an interrupt gets out of here, whereas `traceback` catches it.
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


def _hide_our_frames(summary: traceback.TracebackException, seen: set[int]) -> None:
    if id(summary) in seen:
        return
    seen.add(id(summary))
    summary.stack[:] = [frame for frame in summary.stack if not frame.filename.startswith(_OURS)]
    if not summary.stack:
        summary.stack = None  # type: ignore[assignment]  # no headline over no frames
    linked = [summary.__cause__, summary.__context__]
    linked += getattr(summary, "exceptions", None) or []  # of an exception group, from 3.11 on
    for one in linked:
        if one is not None:
            _hide_our_frames(one, seen)


def _bounded(text: str) -> str:
    cut = len(text) - _MOST_CHARACTERS
    if cut <= 0:
        return text
    half = _MOST_CHARACTERS // 2
    return f"{text[:half]}\n[... {cut} characters cut ...]\n{text[-half:]}"
