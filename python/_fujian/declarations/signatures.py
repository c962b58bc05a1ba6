"""TypeScript signatures of a Python function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from ..originals import collections, dataclasses, functools, inspect, itertools
from . import kinds
from .arrivals import arrival_notes
from .declared_types import members_of_typed_dict
from .directions import Direction
from .hints import bound_of, constraints_of, hints_of_function
from .syntax import RESERVED_WORDS, comment, free_name, grouped, member_name, union
from .type_variables import named, variables_in
from .typescript_types import TypeScriptTypes

_Kind = inspect._ParameterKind
_IN_PLACE = (_Kind.POSITIONAL_ONLY, _Kind.POSITIONAL_OR_KEYWORD)
_MOST_OVERLOADS_OF_CONSTRAINTS = 8

_AWAITABLE = (collections.abc.Awaitable, collections.abc.Coroutine)
_GENERATORS = (
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
    collections.abc.AsyncIterable,
)


@dataclasses.dataclass(frozen=True)
class Parameter:
    name: str
    # Name of the variable, which is no reserved word.
    called: str
    kind: _Kind
    is_optional: bool
    hint: object


def function_behind(function: Any) -> Any:  # noqa: ANN401  # whatever can be called
    """Returns the unwrapped function, which has the hints."""
    while isinstance(function, functools.partial):
        function = function.func
    try:
        return inspect.unwrap(function)
    except ValueError:  # a wrapper loop, as in mocks
        return function


class Signatures:
    def __init__(self, function: Callable[..., object], types: TypeScriptTypes) -> None:
        self._types = types
        self._function = function_behind(function)
        self._hints = hints_of_function(self._function)
        self._parameters = _parameters(function, self._hints)

    def texts(self) -> list[str]:
        """Returns the text after the name for each overload."""
        if self._parameters is None:
            return [f"(...args: unknown[]): Promise<{self._result(self._types)}>"]
        variables = variables_in(one.hint for one in self._parameters)
        constrained = [one for one in variables if constraints_of(one)]
        choices = list(itertools.product(*map(constraints_of, constrained)))
        if len(choices) > _MOST_OVERLOADS_OF_CONSTRAINTS:
            choices, constrained = [()], []
        # A variable bound to a number or text is that type: JavaScript has no subclasses of it.
        free = [
            one
            for one in variables
            if not constraints_of(one) and _is_of_its_own(self._types, bound_of(one))
        ]
        return [
            text
            for choice in choices
            for text in self._of_choice(free, dict(zip(constrained, choice)))
        ]

    def notes(self) -> list[str]:
        """Returns notes on parameters."""
        return [
            f"@param {one.called} arrives in Python as {note}"
            for one in self._parameters or []
            for note in arrival_notes(one.hint)
        ]

    def _of_choice(self, free: Sequence[Any], chosen: Mapping[object, object]) -> Iterator[str]:
        names = named(free)
        types = self._types.with_variables(names).choosing(chosen)
        declared = [
            name
            if bound_of(one) is None
            else f"{name} extends {types.of(bound_of(one), Direction.ARGUMENT)}"
            for one, name in names.items()
        ]
        generics = f"<{', '.join(declared)}>" if declared else ""
        result = self._result(types)
        for given in _Overloads(self._parameters or [], types).parameter_lists():
            yield f"{generics}({', '.join(given)}): Promise<{result}>"

    def _result(self, types: TypeScriptTypes) -> str:
        hint = kinds.without_annotations(self._hints.get("return", Any))
        arguments = get_args(hint)
        if get_origin(hint) in _AWAITABLE and arguments:
            hint = kinds.without_annotations(arguments[-1])
            arguments = get_args(hint)
        origin = get_origin(hint) or hint
        is_generator = inspect.isgeneratorfunction(self._function) or inspect.isasyncgenfunction(
            self._function
        )
        if is_generator or origin in _GENERATORS:
            item = types.of(arguments[0], Direction.RESULT) if arguments else "unknown"
            return f"AsyncGenerator<{item}, void, void>"
        return types.of(hint, Direction.RESULT)


class _Overloads:
    """Builds overloads: keyword arguments come last, after any optional parameters."""

    def __init__(self, parameters: Sequence[Parameter], types: TypeScriptTypes) -> None:
        self._types = types
        self._in_place = [one for one in parameters if one.kind in _IN_PLACE]
        self._by_keyword = [one for one in parameters if one.kind is _Kind.KEYWORD_ONLY]
        self._rest = next((one for one in parameters if one.kind is _Kind.VAR_POSITIONAL), None)
        self._others = next((one for one in parameters if one.kind is _Kind.VAR_KEYWORD), None)
        self._required = sum(not one.is_optional for one in self._in_place)
        self._name = free_name("keywords", [one.called for one in parameters])

    def parameter_lists(self) -> Iterator[list[str]]:
        others = self._members_of_others()
        if all(one.is_optional for one in self._by_keyword) and not any(map(_is_required, others)):
            yield [self._parameter(one) for one in self._in_place] + self._rest_parameter()
        for count in range(self._required, len(self._in_place) + 1):
            keywords = self._keywords(self._in_place[count:])
            if keywords is None:
                continue
            given = [self._parameter(one, is_given=True) for one in self._in_place[:count]]
            if self._rest and count == len(self._in_place):
                items = f"...{self._rest.called}: {grouped(self._type(self._rest))}[]"
                yield [*given, f"...args: [{items}, {self._name}: {keywords}]"]
            else:
                yield [*given, f"{self._name}: {keywords}"]

    def _parameter(self, one: Parameter, is_given: bool = False) -> str:
        mark = "?" if one.is_optional and not is_given else ""
        return f"{one.called}{mark}: {self._type(one)}"

    def _rest_parameter(self) -> list[str]:
        if self._rest is None:
            return []
        return [f"...{self._rest.called}: {grouped(self._type(self._rest))}[]"]

    def _type(self, one: Parameter) -> str:
        if kinds.is_unpacked(one.hint):
            return f"unknown {comment(repr(one.hint))}"
        return self._types.of(one.hint, Direction.ARGUMENT)

    def _keywords(self, left_out: Sequence[Parameter]) -> str | None:
        """Returns the type of the keyword arguments, or None if there are none."""
        possible = [one for one in left_out if one.kind is not _Kind.POSITIONAL_ONLY]
        named_ones = [*possible, *self._by_keyword]
        members = [
            f"{member_name(one.name)}{'?' if one.is_optional else ''}: {self._type(one)}"
            for one in named_ones
        ]
        members += self._other_members(named_ones)
        return f"Keywords<{{ {'; '.join(members)} }}>" if members else None

    def _other_members(self, named_ones: Sequence[Parameter]) -> list[str]:
        known = self._members_of_others()
        if self._others is None or known:
            return known
        # A TypeScript index signature has to include the types of all named members.
        types = [self._type(self._others), *(self._type(one) for one in named_ones)]
        if any(one.is_optional for one in named_ones):
            types.append("undefined")
        return [f"[name: string]: {union(types)}"]

    def _members_of_others(self) -> list[str]:
        """Returns the members of `**options: Unpack[SomeTypedDict]`."""
        hint = self._others and self._others.hint
        inner = get_args(hint)
        if kinds.name_of_form(hint) != "Unpack" or not inner or not kinds.is_typed_dict(inner[0]):
            return []
        return members_of_typed_dict(inner[0], self._types, Direction.ARGUMENT)


def _is_required(member: str) -> bool:
    return not member.partition(": ")[0].endswith("?")


def _parameters(
    function: Callable[..., object], hints: Mapping[str, object]
) -> list[Parameter] | None:
    """Returns the parameters, or None if unknown, as for some functions in C."""
    try:
        signature = _signature(function)
    except (TypeError, ValueError):
        return None
    parameters: list[Parameter] = []
    for one in signature.parameters.values():
        called = free_name(one.name, {*RESERVED_WORDS, *(other.called for other in parameters)})
        is_optional = one.default is not inspect.Parameter.empty
        hint = hints.get(one.name, Any)
        parameters.append(Parameter(one.name, called, one.kind, is_optional, hint))
    return parameters


def _signature(function: Callable[..., object]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        import annotationlib

        # Tolerates names that exist only for type checkers.
        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(function)


def _is_of_its_own(types: TypeScriptTypes, bound: object) -> bool:
    if bound is None:
        return True
    primitive = {"number", "bigint", "string", "boolean", "null"}
    members = set(types.of(bound, Direction.ARGUMENT).split(" | "))
    is_literal = kinds.name_of_form(bound) == "Literal" or kinds.is_enum(bound)
    return not members <= primitive and not is_literal
