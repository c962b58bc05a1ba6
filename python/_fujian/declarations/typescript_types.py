"""Converts type hints to TypeScript types, following docs/values.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args, get_origin

from ..originals import array, collections, datetime, decimal, enum, numbers, types, typing, uuid
from . import kinds
from .directions import Direction
from .hints import Unresolved, bound_of, constraints_of
from .scientific_types import expanded, is_array_like, is_scientific, no_form, scientific_type
from .syntax import Compound, comment, grouped, integer_literal, text_literal, union
from .type_names import TypeNames

_INTEGERS = union(["number", "bigint"])
_NOTHING = ((),)
_BARE_TUPLES = (tuple, typing.Tuple)  # distinct objects
_BYTES = union(["Uint8Array", "ArrayBuffer"])

# The same in both directions.
_PLAIN: dict[object, str] = {
    float: "number",
    bool: "boolean",
    str: "string",
    type(None): "null",
    None: "null",
    array.array: "TypedArray",
    datetime.datetime: "Date",
    datetime.date: "PlainDate",
    datetime.timedelta: "Duration",
    decimal.Decimal: "Decimal",
    uuid.UUID: "Uuid",
}
_INTEGRAL = (int, numbers.Number, numbers.Complex, numbers.Real, numbers.Rational, numbers.Integral)
_BINARY = (bytes, bytearray, memoryview)
_LISTS = (
    list,
    collections.deque,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Reversible,
    collections.abc.Container,
)
# As arguments, arrays come closest. As results they are generators: see signatures.py.
ITERATORS = (collections.abc.Iterator, collections.abc.Generator)
_SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
# Ordered as in encoding.py.
_BASES = (int, float, list, dict, set, frozenset, bytes, bytearray, datetime.datetime)
_MORE_BASES = (datetime.date, datetime.timedelta, decimal.Decimal, uuid.UUID, str)


class TypeScriptTypes:
    def __init__(self, names: TypeNames) -> None:
        self._names = names
        self._variables: Mapping[object, str] = {}
        self._chosen: Mapping[object, object] = {}
        self._is_in_alias = False

    def with_variables(self, variables: Mapping[object, str]) -> TypeScriptTypes:
        """Returns a converter with these names of type variables."""
        inner = TypeScriptTypes(self._names)
        inner._variables = variables
        inner._chosen = self._chosen
        inner._is_in_alias = self._is_in_alias
        return inner

    def choosing(self, chosen: Mapping[object, object]) -> TypeScriptTypes:
        """Returns a converter with chosen types for constrained type variables."""
        inner = self.with_variables(self._variables)
        inner._chosen = chosen
        return inner

    def in_alias(self) -> TypeScriptTypes:
        """Returns a converter for an alias, which may refer to itself only in brackets."""
        inner = self.with_variables(self._variables)
        inner._is_in_alias = True
        return inner

    def of(self, hint: object, direction: Direction) -> str:
        hint = kinds.without_annotations(hint)
        try:
            plain = _PLAIN.get(hint)
        except TypeError:  # not hashable
            plain = None
        return plain or self._of_form(hint, direction)

    def _of_form(self, hint: Any, direction: Direction) -> str:  # noqa: ANN401  # any hint
        if isinstance(hint, Unresolved):
            return f"unknown {comment(hint.reason)}"
        if hint is Any or hint is object or is_array_like(hint):
            return "unknown"
        if kinds.is_type_variable(hint):
            return self._variable(hint, direction)
        if kinds.super_type(hint) is not None:
            return self._names.name_of(hint, hint.__name__)
        arguments = get_args(hint)
        origin = get_origin(hint)
        if kinds.is_alias(hint) or kinds.is_alias(origin):
            alias: Any = hint if origin is None else origin
            value = expanded(alias, arguments)
            return self._named(alias, arguments) if value is None else self.of(value, direction)
        form = kinds.name_of_form(hint)
        if form == "Literal":
            return union([self.literal(value) for value in arguments])
        if form in ("Union", "Optional") or isinstance(hint, getattr(types, "UnionType", ())):
            return union([self.of(one, direction) for one in arguments])
        if form in ("NoReturn", "Never"):
            return "never"
        if form == "LiteralString":
            return "string"
        found = hint if origin is None else origin
        if found is tuple and not arguments and hint not in _BARE_TUPLES:
            arguments = _NOTHING  # `Tuple[()]` in 3.9 and 3.10
        return self._of_class(found, arguments, direction, hint)

    def _of_class(
        self,
        origin: Any,  # noqa: ANN401  # a class, or something that is none
        arguments: tuple[Any, ...],
        direction: Direction,
        hint: object,
    ) -> str:
        known = self._of_known_class(origin, arguments, direction)
        if known is not None:
            return known
        if not isinstance(origin, type):
            return f"unknown {comment(_text_of(hint))}"
        if is_scientific(origin):
            found = scientific_type(origin, arguments, direction)
            return found or no_form(_text_of(hint))
        base = next((one for one in (*_BASES, *_MORE_BASES) if issubclass(origin, one)), None)
        if base is not None:
            return self.of(base, direction)
        if origin is complex:
            return no_form("complex")
        # Subclasses of an unsupported class may be supported.
        return f"unknown {comment(_text_of(hint))}"

    def _of_known_class(
        self,
        origin: Any,  # noqa: ANN401  # a class, or something that is none
        arguments: tuple[Any, ...],
        direction: Direction,
    ) -> str | None:
        if origin in _INTEGRAL:
            return _INTEGERS if direction is Direction.ARGUMENT else "number"
        if origin in _BINARY:
            return _BYTES if direction is Direction.ARGUMENT else "Uint8Array"
        if _is_declared(origin):
            return self._named(origin, arguments)
        if origin is tuple:
            return self._tuple(arguments, direction)
        if origin in _LISTS or origin in ITERATORS:
            return self.array(self._first(arguments, direction), direction)
        if origin in _SETS:
            name = "Set" if direction is Direction.RESULT else "ReadonlySet"
            return f"{name}<{self._first(arguments, direction)}>"
        if origin is collections.Counter:
            return self._mapping((arguments[0] if arguments else Any, int), direction)
        if isinstance(origin, type) and issubclass(origin, _MAPPINGS) and _is_of_library(origin):
            return self._mapping(arguments, direction)
        if origin is collections.abc.Callable:
            return self._function(arguments, direction)
        return None

    def _first(self, arguments: Sequence[object], direction: Direction) -> str:
        return self.of(arguments[0], direction) if arguments else "unknown"

    def array(self, item: str, direction: Direction) -> str:
        plain = f"{grouped(item)}[]"
        return plain if direction is Direction.RESULT else Compound(f"readonly {plain}")

    def _tuple(self, arguments: Sequence[Any], direction: Direction) -> str:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return self.array(self.of(arguments[0], direction), direction)
        if not arguments:
            return self.array("unknown", direction)
        # `Tuple[()]` in 3.9 and 3.10.
        items = (
            [] if arguments == ((),) else [self._tuple_item(one, direction) for one in arguments]
        )
        plain = f"[{', '.join(items)}]"
        return plain if direction is Direction.RESULT else Compound(f"readonly {plain}")

    def _tuple_item(self, item: object, direction: Direction) -> str:
        if not kinds.is_unpacked(item):
            return self.of(item, direction)
        inner = get_args(item)
        inner = inner if getattr(item, "__unpacked__", False) else get_args(inner[0])
        is_one_type = len(inner) == 2 and inner[1] is Ellipsis
        item_type = self.of(inner[0], direction) if is_one_type else "unknown"
        return f"...{grouped(item_type)}[]"

    def _mapping(self, arguments: Sequence[object], direction: Direction) -> str:
        key, value = arguments if len(arguments) == 2 else (Any, Any)
        keys = self.of(key, direction)
        values = self.of(value, direction)
        has_texts, has_others = self._kinds_of_keys(key)
        forms = []
        if has_texts:
            forms.append(self._record(key, values))
        if has_others:
            name = "Map" if direction is Direction.RESULT else "ReadonlyMap"
            forms.append(f"{name}<{keys}, {values}>")
            if direction is not Direction.ARGUMENT and not has_texts:
                # An empty dict arrives as an object, whatever its type of keys. With this form the
                # compiler requires `.get?.(key)`.
                forms.append("Record<string, undefined>")
        return union(forms)

    def _record(self, key: object, values: str) -> str:
        if self._is_in_alias:
            return f"{{ [key: string]: {values} }}"
        literal = kinds.name_of_form(key) == "Literal" or kinds.is_enum(key)
        if literal:
            return f"Partial<Record<{self.of(key, Direction.RESULT)}, {values}>>"
        return f"Record<string, {values}>"

    def _kinds_of_keys(self, key: Any) -> tuple[bool, bool]:  # noqa: ANN401  # any hint
        """Returns whether keys may be text, and whether they may be others."""
        key = kinds.without_annotations(key)
        if key is Any:
            return True, True
        if key is str or kinds.name_of_form(key) == "LiteralString":
            return True, False
        parts: list[object] | None = None
        if kinds.super_type(key) is not None:
            parts = [kinds.super_type(key)]
        elif kinds.is_alias(key):
            parts = [key.__value__]
        elif kinds.name_of_form(key) == "Literal":
            parts = [type(one) for one in _values(get_args(key))]
        elif kinds.is_enum(key):
            parts = [type(one.value) for one in key]
        elif kinds.name_of_form(key) in ("Union", "Optional") or isinstance(
            key, getattr(types, "UnionType", ())
        ):
            parts = list(get_args(key))
        if parts is not None:
            found = [self._kinds_of_keys(one) for one in parts]
            return any(texts for texts, _ in found), any(others for _, others in found)
        if not isinstance(key, type):
            return (True, True) if get_origin(key) is None else (False, True)
        return (True, False) if issubclass(key, str) else (key is object, True)

    def _function(self, arguments: Sequence[Any], direction: Direction) -> str:
        if direction is Direction.RESULT:
            return f"unknown {comment('a function has no form in JavaScript')}"
        given, result = arguments if len(arguments) == 2 else (..., Any)
        returned = self.of(result, Direction.ARGUMENT)
        if returned == "null":
            returned = "void"  # a function without a result
        results = union([returned, f"Promise<{returned}>"])
        if not isinstance(given, list):
            return Compound(f"(...args: never[]) => {results}")
        names = [f"arg{at}: {self.of(one, Direction.RESULT)}" for at, one in enumerate(given, 1)]
        return Compound(f"({', '.join(names)}) => {results}")

    def _variable(self, hint: Any, direction: Direction) -> str:  # noqa: ANN401  # a TypeVar
        if hint in self._variables:
            return self._variables[hint]
        if hint in self._chosen:
            return self.of(self._chosen[hint], direction)
        possible = constraints_of(hint)
        if possible:
            return union([self.of(one, direction) for one in possible])
        bound = bound_of(hint)
        return "unknown" if bound is None else self.of(bound, direction)

    def _named(self, declared: Any, arguments: Sequence[object]) -> str:  # noqa: ANN401  # a class or an alias
        name = self._names.name_of(declared, declared.__name__)
        if not arguments:
            return name
        given = [self.of(one, Direction.MEMBER) for one in arguments]
        return f"{name}<{', '.join(given)}>"

    def literal(self, value: object) -> str:
        """Returns the type of a single value, from a `Literal` or an enum member."""
        if isinstance(value, enum.Enum):
            return self.literal(value.value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return "null"
        if isinstance(value, int):
            return integer_literal(value)
        if isinstance(value, str):
            return text_literal(str.__str__(value))
        if isinstance(value, (list, tuple)):
            items = ", ".join(self.literal(one) for one in value)
            return Compound(f"readonly [{items}]")
        return self.of(type(value), Direction.MEMBER)


def _is_declared(origin: object) -> bool:
    return (
        kinds.is_enum(origin)
        or kinds.is_typed_dict(origin)
        or kinds.is_named_tuple(origin)
        or kinds.is_dataclass(origin)
    )


def _is_of_library(origin: type) -> bool:
    """Whether a class is from a library: user subclasses may have other type arguments."""
    return origin.__module__ in ("builtins", "collections", "collections.abc")


def _values(literals: Iterable[object]) -> list[object]:
    return [one.value if isinstance(one, enum.Enum) else one for one in literals]


def _text_of(hint: object) -> str:
    if isinstance(hint, type) and get_origin(hint) is None:
        return (
            hint.__qualname__
            if hint.__module__ == "builtins"
            else f"{hint.__module__}.{hint.__qualname__}"
        )
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__
    return repr(hint)
