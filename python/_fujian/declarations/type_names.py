"""Assigns names to declared types and queues their declarations."""

from __future__ import annotations

from .syntax import TAKEN_TYPE_NAMES, free_name, is_identifier


class TypeNames:
    """Unique names: types of the same name, from two modules, get different ones."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        # Keeps the objects alive, so that their ids stay unique.
        self._declared: list[tuple[str, object]] = []
        self._rendered = 0

    def name_of(self, declared: object, called: str) -> str:
        name = self._names.get(id(declared))
        if name is None:
            good = called if is_identifier(called) else "Unnamed"
            name = free_name(good, {*TAKEN_TYPE_NAMES, *self._names.values()})
            self._names[id(declared)] = name
            self._declared.append((name, declared))
        return name

    def next(self) -> tuple[str, object] | None:
        """Returns the next type to declare, or None. Declaring it may add more."""
        if self._rendered == len(self._declared):
            return None
        self._rendered += 1
        return self._declared[self._rendered - 1]
