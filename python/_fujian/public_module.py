"""`import fujian` in user code, unless the environment has a module of that name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Callable

from .connections import WebSocketClosedError
from .interactive.commands import UsageError
from .originals import importlib, types
from .values.javascript_functions import JavaScriptError
from .values.kept_objects import StaleHandleError
from .values.unsupported import UnsupportedValueError

_NAME = "fujian"
_CLASSES = (
    JavaScriptError,
    StaleHandleError,
    UnsupportedValueError,
    UsageError,
    WebSocketClosedError,
)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, version: str, log: Callable[[str], None]) -> None:
        self._version = version
        self._log = log

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _NAME:
            return None
        return importlib.machinery.ModuleSpec(_NAME, self, origin="the Fujian service")

    def exec_module(self, module: types.ModuleType) -> None:
        send = self._log

        def log(*args: object) -> None:
            """Writes to the service's log, also while stdout is captured."""
            send(" ".join(map(str, args)))

        module.__doc__ = "The API of Fujian for the code that it runs."
        module.__dict__.update(
            {one.__name__: one for one in _CLASSES},
            __version__=self._version,
            log=log,
            __all__=[*(one.__name__ for one in _CLASSES), "log"],
        )


def offer_public_module(version: str, log: Callable[[str], None]) -> None:
    sys.meta_path.append(_Finder(version, log))
