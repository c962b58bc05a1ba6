"""Environment variables of sessions and of single executions."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from .originals import os


def put_interpreter_first() -> None:
    """Has code find `pip` and other programs of this Python before others on the service's PATH."""
    own = os.path.dirname(sys.executable)
    others = [
        folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != own
    ]
    os.environ["PATH"] = os.pathsep.join([own, *others])


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
