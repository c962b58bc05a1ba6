"""Objects that JavaScript has handles of: they live until it lets them go."""

from __future__ import annotations

from collections.abc import Iterable


class StaleHandleError(ReferenceError):
    """What the handle stood for is not here any more."""


StaleHandleError.__module__ = "fujian"


class KeptObjects:
    """By the numbers that Node gave them. A clone of the session has them too."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}

    def keep(self, number: int, value: object) -> None:
        self._objects[number] = value

    def get(self, number: int) -> object:
        """Raises StaleHandleError."""
        try:
            return self._objects[number]
        except KeyError:
            raise StaleHandleError(
                "the object of this handle is not in this interpreter: it was released, the "
                "interpreter was replaced, or the handle is of another session"
            ) from None

    def release(self, numbers: Iterable[int]) -> None:
        """Runs code of the user's, if an object has a destructor."""
        for number in numbers:
            self._objects.pop(number, None)
