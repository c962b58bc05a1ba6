"""Type variables of functions, classes and aliases, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from . import kinds
from .directions import Direction
from .syntax import TAKEN_TYPE_NAMES, free_name
from .typescript_types import TypeScriptTypes


def variables_in(hints: Iterable[object]) -> list[Any]:
    """Returns the distinct type variables in order."""
    found: dict[object, None] = {}
    for hint in hints:
        inner = kinds.without_annotations(hint)
        if kinds.is_type_variable(inner):
            found[inner] = None
        elif get_origin(inner) is not None:
            for one in getattr(inner, "__parameters__", ()):
                if kinds.is_type_variable(one):
                    found[one] = None
    return list(found)


def parameters_of(declared: Any) -> list[Any]:  # noqa: ANN401  # a class or an alias
    parameters: Iterable[Any] = getattr(declared, "__parameters__", ())
    if kinds.is_alias(declared):
        parameters = declared.__type_params__
    return list(parameters)


def named(variables: Iterable[Any]) -> dict[Any, str]:
    return {one: free_name(one.__name__, TAKEN_TYPE_NAMES) for one in variables}


def inherited(owner: type, types: TypeScriptTypes, own: Mapping[object, str]) -> dict[object, str]:
    """Returns the substitutions for the type variables of a class and its bases."""
    bound = dict(own)
    for base in owner.__mro__:
        for alias in vars(base).get("__orig_bases__", ()):
            origin: Any = get_origin(alias)
            inner = types.with_variables(bound)
            for variable, argument in zip(getattr(origin, "__parameters__", ()), get_args(alias)):
                bound.setdefault(variable, inner.of(argument, Direction.MEMBER))
    return bound
