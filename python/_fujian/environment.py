"""Environment variables of one execution."""

from __future__ import annotations

from collections.abc import Mapping

from .originals import os


class Environment:
    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    def set(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = value

    def restore(self) -> None:
        """Restores the variables that were set, whatever user code changed."""
        for name, value in self._before.items():
            if value is not None:
                os.environ[name] = value
            else:
                os.environ.pop(name, None)
        self._before.clear()
