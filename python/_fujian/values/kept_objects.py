"""Objects that JavaScript has handles of, kept until it releases them."""

from __future__ import annotations

from collections.abc import Iterable


class StaleHandleError(ReferenceError):
    """Raised if the object of a handle does not exist any more."""


StaleHandleError.__module__ = "fujian"


class KeptObjects:
    """Kept objects by the numbers that Node assigned. A fork of the session has them too."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}

    def keep(self, number: int, value: object) -> None:
        self._objects[number] = value

    def get(self, number: int) -> object:
        """Returns a kept object. Raises StaleHandleError."""
        try:
            return self._objects[number]
        except KeyError:
            raise StaleHandleError(
                "the object of this handle is not in this interpreter: it was released, the "
                "interpreter was replaced, or the handle is of another session"
            ) from None

    def release(self, numbers: Iterable[int]) -> None:
        """Releases objects. Runs user code if an object has a destructor."""
        for number in numbers:
            self._objects.pop(number, None)
