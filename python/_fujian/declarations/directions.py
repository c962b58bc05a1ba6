"""Which way a value goes, on which it depends what may be passed."""

from __future__ import annotations

import enum


class Direction(enum.Enum):
    # From JavaScript: all that becomes what Python wants.
    ARGUMENT = "argument"
    # To JavaScript: what arrives there.
    RESULT = "result"
    # Of a type that is declared by name, once for both ways: what arrives, unless it is changed.
    MEMBER = "member"
