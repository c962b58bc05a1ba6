"""Errors of the conversion of values."""

from __future__ import annotations

MOST_LEVELS = 200


class UnsupportedValueError(TypeError):
    """Raised if a value, or a part of it, has no form in JavaScript."""

    def __init__(self, path: str, what: str) -> None:
        # As they came, so that other processes can make the error again.
        super().__init__(path, what)

    def __str__(self) -> str:
        path, what = self.args
        where = f"at {path} there is" if path else "this is"
        return f"{where} {what}, which cannot be passed to JavaScript"


UnsupportedValueError.__module__ = "fujian"


def too_deep(path: str) -> UnsupportedValueError:
    short = path if len(path) <= 100 else f"{path[:50]}…{path[-50:]}"
    return UnsupportedValueError(
        short, f"something more than {MOST_LEVELS} levels deep, or that holds itself"
    )
