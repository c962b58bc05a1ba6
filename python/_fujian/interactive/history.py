"""`_`, `__`, `___` and `Out`: the last displayed values."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

_LATEST = ("_", "__", "___")
# Limited, because the history keeps values alive.
_KEPT = 20


class History:
    def __init__(self, names: MutableMapping[str, Any]) -> None:
        self._names = names
        self._values: list[Any] = []
        self._out: dict[int, Any] = {}

    def add(self, count: int, value: object) -> None:
        self._out[count] = value
        while len(self._out) > _KEPT:
            del self._out[next(iter(self._out))]
        before = self._values
        self._values = [value, *before][: len(_LATEST)]
        self._names.setdefault("Out", self._out)
        for name, old, new in zip(_LATEST, [*before, *[None] * 3], self._values):
            # Keeps names that the user has assigned.
            if self._names.get(name, old) is old:
                self._names[name] = new
