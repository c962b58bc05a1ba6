"""The public functions and types of a module."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..originals import ast, inspect, modules
from . import kinds
from .problems import NoSuchModuleError
from .signatures import function_behind

_PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)


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


def public_classes(module: ModuleType) -> list[str]:
    """Returns the names of the public classes that are not declared."""
    return [
        name
        for name, one in _public(module).items()
        if _holds(_is_class, one) and not _holds(_is_declared, one)
    ]


def public_values(module: ModuleType) -> list[str]:
    """Returns the public names of numbers, text, lists and the like."""
    names = vars(module).get("__all__")
    if names is None:
        names = [name for name in _assigned(module) if not name.startswith("_")]
    return [name for name in names if _holds(_is_plain, vars(module).get(name))]


def _assigned(module: ModuleType) -> list[str]:
    """Returns the names that the source of a module assigns, and does not import."""
    try:
        statements = ast.parse(inspect.getsource(module)).body
    except (OSError, TypeError, ValueError, SyntaxError):  # without source, or with another one
        return []
    targets: list[ast.expr] = []
    for one in statements:
        if isinstance(one, ast.Assign):
            targets += one.targets
        elif isinstance(one, ast.AnnAssign):
            targets.append(one.target)
    return list(dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)))


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


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN)


def _is_class(value: object) -> bool:
    return isinstance(value, type)


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
