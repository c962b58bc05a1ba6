"""The public functions and types of a module."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..originals import inspect, modules
from . import kinds
from .problems import NoSuchModuleError
from .signatures import function_behind


def imported(name: str) -> ModuleType:
    """Imports a module. Raises NoSuchModuleError, or what the module raises."""
    try:
        # Not `importlib`, which would add its frames to the traceback.
        __import__(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing != name and not name.startswith(f"{missing}."):
            raise  # a missing import of the module
        raise NoSuchModuleError(f"there is no Python module '{missing}'") from None
    return modules[name]


def public_functions(module: ModuleType) -> dict[str, Callable[..., object]]:
    return {name: one for name, one in _public(module).items() if _holds(_is_function, one)}


def public_types(module: ModuleType) -> list[Any]:
    """Returns the public types that are declared by name."""
    return [one for one in _public(module).values() if _holds(_is_declared, one)]


def _public(module: ModuleType) -> dict[str, Any]:
    """Returns the names in `__all__`, else those defined in the module or a submodule."""
    names = vars(module)
    listed = names.get("__all__")
    if listed is not None:
        return {name: getattr(module, name) for name in listed if hasattr(module, name)}
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("_") and _holds(_is_defined_in(module.__name__), value)
    }


def _holds(is_so: Callable[[Any], bool], value: object) -> bool:
    """Whether the predicate holds. False if it raises, as for some lazy proxies."""
    try:
        return is_so(value)
    except Exception:
        return False


def _is_defined_in(module_name: str) -> Callable[[Any], bool]:
    def is_so(value: object) -> bool:
        original = function_behind(value) if callable(value) else value
        defined_in = getattr(original, "__module__", None)
        return isinstance(defined_in, str) and f"{defined_in}.".startswith(f"{module_name}.")

    return is_so


def _is_function(value: object) -> bool:
    if kinds.super_type(value) is not None:  # a function in 3.9
        return False
    return inspect.isroutine(function_behind(value))


def _is_declared(value: object) -> bool:
    return (
        kinds.is_alias(value)
        or kinds.super_type(value) is not None
        or kinds.is_enum(value)
        or kinds.is_typed_dict(value)
        or kinds.is_named_tuple(value)
        or kinds.is_dataclass(value)
    )
