"""Kinds of type hints that `typing` cannot tell apart."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from ..originals import enum, types


def name_of_form(hint: object) -> str:
    """Returns `Literal` for `Literal[1]`, of typing or of typing_extensions."""
    origin = get_origin(hint)
    form = hint if origin is None else origin
    module = getattr(form, "__module__", type(form).__module__)
    if module not in ("typing", "typing_extensions"):
        return ""
    return str(getattr(form, "_name", None) or getattr(form, "__name__", ""))


def is_typed_dict(hint: object) -> bool:
    return isinstance(hint, type) and _has(hint, "__required_keys__")


def is_named_tuple(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple) and _has(hint, "_fields")


def is_dataclass(hint: object) -> bool:
    return isinstance(hint, type) and _has(hint, "__dataclass_fields__")


def _has(owner: type, name: str) -> bool:
    """Whether a class has an attribute, without calling its metaclass."""
    return any(name in vars(one) for one in type.mro(owner))


def is_enum(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, enum.Enum)


def is_alias(hint: object) -> bool:
    """Whether a hint is from a `type` statement."""
    return type(hint).__name__ == "TypeAliasType"


def is_type_variable(hint: object) -> bool:
    return type(hint).__name__ == "TypeVar"


def super_type(hint: object) -> object:
    """Returns the supertype of a NewType, or None for other hints."""
    # A function in 3.9. The attribute alone proves nothing: mocks have any.
    is_new_type = isinstance(hint, types.FunctionType) or type(hint).__name__ == "NewType"
    return getattr(hint, "__supertype__", None) if is_new_type else None


def without_annotations(hint: object) -> object:
    """Returns the hint within `Annotated[…]`, `Final[…]` and the like."""
    while name_of_form(hint) in _WRAPPERS:
        inner: tuple[Any, ...] = get_args(hint)
        if not inner:
            return Any
        hint = inner[0]
    return hint


_WRAPPERS = {"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"}


def is_unpacked(hint: object) -> bool:
    """Whether a hint is `Unpack[…]` or starred."""
    is_starred = not isinstance(hint, type) and getattr(hint, "__unpacked__", False)
    return is_starred or name_of_form(hint) == "Unpack"


def requirement(hint: object) -> bool | None:
    """Returns True for `Required[…]`, False for `NotRequired[…]`, else None."""
    while True:
        form = name_of_form(hint)
        if form in ("Required", "NotRequired"):
            return form == "Required"
        if form not in ("Annotated", "ReadOnly"):
            return None
        hint = get_args(hint)[0]
