"""`inspect.getsource` of a class of the session."""

from __future__ import annotations

from typing import Any

from .originals import functools, modules
from .sources import file_of_class


def offer_class_files() -> None:
    """Has `inspect` find the file name of a class where `__main__` has no file."""
    inspect = modules["inspect"].__dict__
    original = inspect["getfile"]

    @functools.wraps(original)
    def getfile(object: Any) -> str:  # noqa: A002, ANN401  # as in `inspect`
        try:
            return original(object)  # type: ignore[no-any-return]  # as in `inspect`
        except (OSError, TypeError):
            filename = file_of_class(object) if issubclass(type(object), type) else None
            if filename is None:
                raise
            return filename

    inspect["getfile"] = getfile
