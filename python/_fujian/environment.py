"""Environment variables that are set for one run."""

from __future__ import annotations

import os
from collections.abc import Mapping

_variables = os.environ  # user code may put anything in its place


class Environment:
    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    def set(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._before[name] = _variables.get(name)
            _variables[name] = value

    def restore(self) -> None:
        """What was set is as it was before, whatever the code has made of it."""
        for name, value in self._before.items():
            if value is not None:
                _variables[name] = value
            else:
                _variables.pop(name, None)
        self._before.clear()
