"""Declares classes and aliases as interfaces and types."""

from __future__ import annotations

from typing import Any

from ..originals import dataclasses, enum, inspect
from . import kinds
from .directions import Direction
from .hints import Unresolved, hints_of_class
from .syntax import RESERVED_WORDS, doc_comment, free_name, member_name, union
from .type_variables import inherited, named, parameters_of
from .typescript_types import TypeScriptTypes


def lines_of_type(name: str, declared: Any, types: TypeScriptTypes) -> list[str]:  # noqa: ANN401  # a class or an alias
    """Returns the lines that declare a class or an alias."""
    variables = named(parameters_of(declared))
    parameters = ", ".join(f"{one} = unknown" for one in variables.values())
    head = f"{name}<{parameters}>" if parameters else name
    if not isinstance(declared, type):
        inner = types.with_variables(variables).in_alias()
        aliased = kinds.super_type(declared)
        if aliased is None:
            aliased = _value_of(declared)
        return [f"export type {head} = {inner.of(aliased, Direction.MEMBER)};"]
    lines = doc_comment(_documentation(declared))
    if kinds.is_enum(declared):
        return [*lines, f"export type {head} = {_enum(declared, types)};"]
    inner = types.with_variables(inherited(declared, types, variables))
    if kinds.is_named_tuple(declared):
        return [*lines, f"export type {head} = {_named_tuple(declared, inner.in_alias())};"]
    members = _typed_dict if kinds.is_typed_dict(declared) else _dataclass
    return [*lines, f"export interface {head} {{", *members(declared, inner), "}"]


def _value_of(alias: Any) -> object:  # noqa: ANN401  # of a `type` statement
    try:
        return alias.__value__
    except Exception as error:  # evaluated lazily
        return Unresolved(f"{type(error).__name__}: {error}")


def _enum(declared: Any, types: TypeScriptTypes) -> str:  # noqa: ANN401  # a class
    if issubclass(declared, enum.Flag):
        return "number"  # any combination of flags
    members = list(declared)
    return union([types.literal(one) for one in members]) if members else "never"


def _named_tuple(declared: Any, types: TypeScriptTypes) -> str:  # noqa: ANN401  # a class
    hints = hints_of_class(declared)
    items = []
    for field in declared._fields:
        # Tuple labels must be names, unlike members.
        label = free_name(field, {*RESERVED_WORDS, *(set(declared._fields) - {field})})
        items.append(f"{label}: {types.of(hints.get(field, Any), Direction.MEMBER)}")
    return f"readonly [{', '.join(items)}]"


def _dataclass(declared: Any, types: TypeScriptTypes) -> list[str]:  # noqa: ANN401  # a class
    hints = hints_of_class(declared)
    return [
        f"  {member_name(field.name)}: {types.of(hints.get(field.name, Any), Direction.MEMBER)};"
        for field in dataclasses.fields(declared)
    ]


def _typed_dict(declared: Any, types: TypeScriptTypes) -> list[str]:  # noqa: ANN401  # a class
    return [f"  {member};" for member in members_of_typed_dict(declared, types, Direction.MEMBER)]


def members_of_typed_dict(
    declared: Any,  # noqa: ANN401  # a class
    types: TypeScriptTypes,
    direction: Direction,
) -> list[str]:
    members = []
    for name, hint in hints_of_class(declared).items():
        # `__required_keys__` is wrong if the hints are strings.
        said = kinds.requirement(hint)
        is_required = name in declared.__required_keys__ if said is None else said
        mark = "" if is_required else "?"
        members.append(f"{member_name(name)}{mark}: {types.of(hint, direction)}")
    return members


def _documentation(declared: type) -> list[str]:
    text = vars(declared).get("__doc__")
    if not isinstance(text, str) or text.startswith(f"{declared.__name__}("):
        return []
    return [] if text in _OF_LIBRARIES else inspect.cleandoc(text).strip().splitlines()


_OF_LIBRARIES = ("An enumeration.", "dict() -> new empty dictionary")
