"""Resolves the type hints of functions and classes, one by one if some are unresolvable."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..originals import dataclasses, modules, typing


@dataclasses.dataclass(frozen=True)
class Unresolved:
    """A hint that cannot be resolved at runtime, such as a name imported for type checkers."""

    reason: str


def hints_of_function(function: Callable[..., object]) -> dict[str, object]:
    """Returns hints by parameter name, and `return`."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:
        return _each(_annotations(function), getattr(function, "__globals__", {}), {})


def hints_of_class(owner: type) -> dict[str, object]:
    """Returns hints by member name, inherited ones included."""
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except Exception:
        hints: dict[str, object] = {}
        for base in reversed(owner.__mro__):
            names = vars(modules.get(base.__module__, object))
            hints.update(_each(_annotations(base), names, dict(vars(base))))
        return hints


def bound_of(variable: Any) -> object:  # noqa: ANN401  # a TypeVar
    """Returns the bound of a type variable, or None."""
    return _of_variable(variable, lambda: variable.__bound__)


def constraints_of(variable: Any) -> tuple[object, ...]:  # noqa: ANN401  # a TypeVar
    constraints = _of_variable(variable, lambda: variable.__constraints__)
    if not isinstance(constraints, tuple):
        return ()
    return tuple(_resolved_of(variable, one) for one in constraints)


def _of_variable(variable: object, get: Callable[[], object]) -> object:
    try:
        hint = get()
    except Exception as error:  # the bound in `def f[T: Name]` is evaluated lazily
        return Unresolved(f"{type(error).__name__}: {error}")
    return _resolved_of(variable, hint)


def _resolved_of(variable: Any, hint: object) -> object:  # noqa: ANN401  # a TypeVar
    if not isinstance(hint, (str, typing.ForwardRef)):
        return hint
    names = vars(modules.get(variable.__module__, object))
    return _resolved(hint, dict(names), {})


def _each(
    annotations: Mapping[str, object], names: Mapping[str, object], local_names: dict[str, object]
) -> dict[str, object]:
    return {
        name: _resolved(annotation, dict(names), local_names)
        for name, annotation in annotations.items()
    }


def _resolved(annotation: object, names: dict[str, Any], local_names: dict[str, Any]) -> object:
    def holder() -> None:
        pass

    holder.__annotations__ = {"hint": annotation}
    try:
        return typing.get_type_hints(holder, names, local_names, include_extras=True)["hint"]
    except Exception as error:
        return Unresolved(f"{type(error).__name__}: {error}")


def _annotations(owner: Any) -> Mapping[str, object]:  # noqa: ANN401  # a function or a class
    """Returns the annotations, unevaluated if Python has them as strings."""
    if sys.version_info >= (3, 14):
        import annotationlib

        try:
            return annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF)
        except Exception:
            return {}
    if isinstance(owner, type):
        # Not the attribute, which may be inherited.
        return dict(vars(owner).get("__annotations__", {}))
    return dict(getattr(owner, "__annotations__", {}))
