"""Environment variables of one execution."""

from __future__ import annotations

import os
from collections.abc import Mapping

_variables = os.environ  # before user code can replace it


class Environment:
    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    def set(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._before[name] = _variables.get(name)
            _variables[name] = value

    def restore(self) -> None:
        """Restores the variables that were set, whatever user code changed."""
        for name, value in self._before.items():
            if value is not None:
                _variables[name] = value
            else:
                _variables.pop(name, None)
        self._before.clear()
