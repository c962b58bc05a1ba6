"""`from IPython.display import display`, whether or not IPython is installed.

An installed IPython displays through our functions, because without its shell it would only print.
Otherwise our modules stand in for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Callable

from ..originals import importlib, modules, types
from .displays import Displays
from .formats import register
from .ipython_modules import contents_of_modules

_NAME = "IPython"
# Modules with the functions: the second one before 7.23.
_DEFINING = ("IPython.core.display_functions", "IPython.core.display")
_LOADED_AT_ONCE = ("IPython.display", "IPython.core.getipython")


def offer_ipython(displays: Displays) -> None:
    """Offers IPython's modules. A second call replaces the displays of later imports."""
    for finder in list(sys.meta_path):
        if isinstance(finder, (_Adopter, _StandIn)):
            sys.meta_path.remove(finder)
    sys.meta_path.insert(0, _Adopter(displays))
    sys.meta_path.append(_StandIn(displays))
    # Pretty has only IPython's own printing method.
    register("IPython.core.display", "Pretty", lambda pretty: {"text/plain": pretty.data})
    for name in _DEFINING:
        module = modules.get(name)
        if module is not None and not isinstance(_loader_of(module), _StandIn):
            _adopt(module, displays)


class _Adopter(importlib.abc.MetaPathFinder):
    """Adapts the user's IPython on import."""

    def __init__(self, displays: Displays) -> None:
        self._displays = displays

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _DEFINING:
            return None
        for finder in sys.meta_path:
            if isinstance(finder, (_Adopter, _StandIn)) or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._adopt_after_loading(spec)
                return spec
        return None

    def _adopt_after_loading(self, spec: importlib.machinery.ModuleSpec) -> None:
        # Patches the loader instead of replacing it.
        loader: Any = spec.loader
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return

        def exec_module(module: types.ModuleType) -> None:
            execute(module)
            if module.__name__ in _DEFINING:
                _adopt(module, self._displays)

        loader.exec_module = exec_module


class _StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder of our modules. The last finder, so that an installed IPython takes precedence."""

    def __init__(self, displays: Displays) -> None:
        self._contents = contents_of_modules(displays)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._contents:
            return None
        # Adds no modules to an installed IPython.
        if fullname != _NAME and not isinstance(_loader_of(modules.get(_NAME)), _StandIn):
            return None
        is_package = any(one.startswith(f"{fullname}.") for one in self._contents)
        return importlib.machinery.ModuleSpec(
            fullname, self, origin="the Fujian service", is_package=is_package
        )

    def exec_module(self, module: types.ModuleType) -> None:
        contents = self._contents[module.__name__]
        module.__doc__ = "Stands in for IPython, which is not installed: it displays."
        module.__dict__.update(contents)
        module.__dict__["__all__"] = [name for name in contents if not name.startswith("_")]
        if module.__name__ == _NAME:
            # As in IPython: `import IPython` is enough for `IPython.display.display()`.
            for name in _LOADED_AT_ONCE:
                importlib.import_module(name)
            importlib.import_module("IPython.core.display")


def _loader_of(module: types.ModuleType | None) -> object:
    return getattr(getattr(module, "__spec__", None), "loader", None)


# The functions below run with the globals of IPython's module, where this is set.
_fujian_displays: Any = None


def _display(*objs: object, **kwargs: object) -> object:
    return _fujian_displays.display(*objs, **kwargs)


def _update_display(*args: object, **kwargs: object) -> None:
    _fujian_displays.update_display(*args, **kwargs)


def _clear_output(*args: object, **kwargs: object) -> None:
    _fujian_displays.clear_output(*args, **kwargs)


def _publish_display_data(*args: object, **kwargs: object) -> None:
    _fujian_displays.publish_display_data(*args, **kwargs)


_REPLACEMENTS: dict[str, Callable[..., object]] = {
    "display": _display,
    "update_display": _update_display,
    "clear_output": _clear_output,
    "publish_display_data": _publish_display_data,
}


def _adopt(module: types.ModuleType, displays: Displays) -> None:
    """Makes IPython's functions publish through ours.

    Replaces their code and not the functions, because other modules may have imported them.
    """
    for name, replacement in _REPLACEMENTS.items():
        function = module.__dict__.get(name)
        if not isinstance(function, types.FunctionType) or function.__closure__:
            continue
        function.__globals__["_fujian_displays"] = displays
        function.__code__ = replacement.__code__
        function.__defaults__ = function.__kwdefaults__ = None
        # The signature for inspect and help().
        function.__dict__["__wrapped__"] = getattr(displays, name)
    # Its methods call those functions.
    if "DisplayHandle" in module.__dict__:
        displays.DisplayHandle = module.__dict__["DisplayHandle"]
