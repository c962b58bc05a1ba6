"""Makes our backend the default of matplotlib when it is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ..originals import importlib, modules, os, threading, types

_NAME = "matplotlib"
_VARIABLE = "MPLBACKEND"
BACKEND = "module://_fujian.interactive.figures"


def choose_backend() -> None:
    """Chooses our backend, also for an imported matplotlib. Keeps the user's choice."""
    if os.environ.get(_VARIABLE):
        return
    loaded = modules.get(_NAME)
    if loaded is not None:
        _choose_in(loaded)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _choose_in(matplotlib: types.ModuleType) -> None:
    # Until a backend is chosen the entry is not a str. Normal access would choose one.
    if not isinstance(dict.get(matplotlib.rcParams, "backend"), str):
        matplotlib.use(BACKEND)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds matplotlib through the other finders and wraps its loader."""

    def __init__(self) -> None:
        # Threads that are asking the other finders, which may ask this one again.
        self._asking: set[int] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        thread = threading.get_ident()
        if fullname != _NAME or thread in self._asking:
            return None
        self._asking.add(thread)
        try:
            spec = self._ask_the_others(path, target)
        finally:
            self._asking.discard(thread)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)
        return spec

    def _ask_the_others(
        self, path: Sequence[str] | None, target: types.ModuleType | None
    ) -> importlib.machinery.ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(_NAME, path, target)
                if spec is not None:
                    return spec
        return None


class _Loader(importlib.abc.Loader):
    """Wraps the module's loader and restores it on loading."""

    def __init__(self, loader: Any) -> None:  # noqa: ANN401  # loaders offer what they like
        self._loader = loader

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever that has
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        created: types.ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: types.ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        theirs = os.environ.get(_VARIABLE)
        if theirs:
            self._loader.exec_module(module)
            return
        # matplotlib reads the variable on import. Subprocesses must not inherit it, because they
        # cannot import the backend.
        os.environ[_VARIABLE] = BACKEND
        try:
            self._loader.exec_module(module)
        finally:
            if theirs is None:
                os.environ.pop(_VARIABLE, None)
            else:
                os.environ[_VARIABLE] = theirs
