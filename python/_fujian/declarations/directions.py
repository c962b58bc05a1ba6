"""Directions of values, which decide on the accepted types."""

from __future__ import annotations

from ..originals import enum


class Direction(enum.Enum):
    # To Python: every type that converts to the hint.
    ARGUMENT = "argument"
    # To JavaScript: the type that arrives.
    RESULT = "result"
    # Member of a declared type, which serves both directions: the type that arrives.
    MEMBER = "member"
