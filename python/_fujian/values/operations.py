"""Operations other than running code: call a function, evaluate, get and set names.

Specified in operation.ts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from types import CodeType
from typing import Any

from ..at_once import Step
from ..channel import Channel
from ..frames import Payload
from ..interactive import completions
from ..interactive.event_loop import EventLoop
from ..interrupts import Interrupts
from ..originals import contextvars, modules
from ..sources import compile_keeping_source
from ..user_calls import UserCall, called
from .decoding import decode_value
from .encoding import KEPT_ITERATOR, encode_call, encode_each, encode_value
from .javascript_functions import JavaScriptFunction, JavaScriptFunctions
from .kept_objects import KeptObjects

# Modules of ours that Node calls, whatever user code does to imports.
_OURS = {completions.__name__: completions}

_Operation = dict[str, Any]
_Encoded = tuple[bytes, list[memoryview]]


class Operations:
    def __init__(
        self,
        names: dict[str, Any],
        context: contextvars.Context,
        channel: Channel,
        interrupts: Interrupts,
        loop: EventLoop,
    ) -> None:
        self._names = names
        self._context = context
        self._interrupts = interrupts
        self._loop = loop
        self._kept = KeptObjects()
        self._functions = JavaScriptFunctions(channel, encode_call, self._decode)

    def read(self, encoded: Payload) -> _Operation:
        """Decodes an operation. Python holds its functions only after this has succeeded."""
        with self._interrupts:
            operation: _Operation = self._decode(memoryview(encoded))
        return operation

    def run(self, operation: _Operation, filename: str) -> Generator[UserCall, None, _Encoded]:
        """Performs an operation and returns its encoded result. Raises what user code raises."""
        value = yield from self._perform(operation, filename)
        if hasattr(type(value), "__await__"):
            value = self._loop.run(_awaited(value))
        return self._context.run(self._encoded, operation, value)

    def release(self, numbers: Iterable[int]) -> None:
        """Releases objects, between executions, that Node has no handle of any more."""
        self._kept.release(numbers)

    def release_all(self) -> None:
        self._kept = KeptObjects()

    def take_released(self) -> list[int]:
        """Returns the numbers of JavaScript functions that Python has released."""
        return self._functions.take_let_go()

    def forget(self) -> None:
        """Discards the numbers to release, in a fork of the session: the parent reports them."""
        self._functions.take_let_go()

    def _decode(self, payload: memoryview) -> Any:  # noqa: ANN401  # whatever was sent
        return decode_value(payload, self._kept.get, self._function)

    def _function(self, number: int, name: str) -> JavaScriptFunction:
        return JavaScriptFunction(self._functions, number, name)

    def _perform(self, operation: _Operation, filename: str) -> Generator[UserCall, None, Any]:
        op, names, in_context = operation["op"], self._names, self._context.run
        if op == "call":
            function = in_context(self._found, operation)
            args, kwargs = operation["args"], operation["kwargs"]
            if not callable(function):
                return function(*args, **kwargs)  # raises the error that Python has for that
            return (yield from called(Step(in_context, function, *args, **kwargs)))
        if op == "evaluate":
            code = _expression(operation["expression"], filename)
            return (yield from called(Step(in_context, eval, code, names)))
        if op == "find":
            return in_context(self._found, operation)
        if op == "next":
            return in_context(self._next_of, operation["iterator"])
        if op == "close":
            return in_context(self._close, operation["iterator"])
        if "of" in operation:
            for name, value in operation["names"].items():
                in_context(setattr, operation["of"], name, value)
        else:
            names.update(operation["names"])
        return None

    def _found(self, operation: _Operation) -> Any:  # noqa: ANN401  # whatever is there
        if "of" in operation:
            return _attribute(operation["of"], operation["target"])
        return _found(operation["target"], self._names, operation["op"] == "call")

    def _encoded(self, operation: _Operation, value: Any) -> _Encoded:  # noqa: ANN401  # any result
        if operation["op"] == "next":
            return encode_each(value)
        return encode_value(self._result(operation, value))

    def _result(self, operation: _Operation, value: object) -> object:
        form = operation.get("as")
        if form == "handle":
            self._kept.keep(operation["keep"], value)
            return None
        if form == "iterator":
            value = _iterator_over(value)
        elif form is None or not _is_iterator(value):
            return value
        self._kept.keep(operation["keep"], value)
        return KEPT_ITERATOR

    def _next_of(self, number: int) -> Any:  # noqa: ANN401  # whatever it gives
        """Returns a list with the next item, or an empty list at the end, or has it awaited."""
        iterator: Any = self._kept.get(number)
        if hasattr(type(iterator), "__anext__"):
            return self._next_awaited(iterator, number)
        items = _next_item(iterator)
        if not items:
            self._kept.release([number])
        return items

    async def _next_awaited(self, iterator: Any, number: int) -> list[Any]:  # noqa: ANN401  # of any class
        items = await _next_awaited(iterator)
        if not items:
            self._kept.release([number])
        return items

    def _close(self, number: int) -> object:
        """Closes an iterator, or has that awaited."""
        iterator: Any = self._kept.get(number)
        self._kept.release([number])
        if hasattr(type(iterator), "aclose"):
            return iterator.aclose()
        if hasattr(type(iterator), "close"):
            iterator.close()
        return None


async def _awaited(value: Any) -> object:  # noqa: ANN401  # whatever can be awaited
    return await value


async def _next_awaited(iterator: Any) -> list[Any]:  # noqa: ANN401  # of any class
    try:
        return [await iterator.__anext__()]
    except StopAsyncIteration:
        return []


def _next_item(iterator: Any) -> list[Any]:  # noqa: ANN401  # of any class
    try:
        return [next(iterator)]
    except StopIteration:
        return []


def _is_iterator(value: object) -> bool:
    kind = type(value)
    return hasattr(kind, "__next__") or hasattr(kind, "__anext__")


def _iterator_over(value: Any) -> object:  # noqa: ANN401  # whatever has one
    if hasattr(type(value), "__aiter__"):
        return value.__aiter__()
    return iter(value)


def _expression(source: str, filename: str) -> CodeType:
    def compile_all(text: str) -> list[CodeType]:
        # Python rejects blanks before an expression as an indentation error.
        return [compile(text.lstrip(" \t"), filename, "eval", dont_inherit=True)]

    return compile_keeping_source(filename, source, compile_all)[0]


def _found(target: str, names: dict[str, Any], needs_path: bool) -> Any:  # noqa: ANN401  # whatever is there
    """Returns the object named `package.module:path`, or `package.module` without a path."""
    module_name, colon, path = target.partition(":")
    if not module_name or (not path and (colon or needs_path)):
        raise ValueError(
            f"{target!r} names no {'function' if needs_path else 'object'}: write "
            "'package.module:name', or '__main__:name' for one of the session's own"
        )
    if module_name == "__main__" and path:
        first, _, rest = path.partition(".")
        if first not in names:
            raise NameError(f"name {first!r} is not defined")
        return _attribute(names[first], rest)
    module = _OURS.get(module_name)
    if module is None:
        # Not `importlib`, which would add its frames to the traceback.
        __import__(module_name)
        module = modules[module_name]
    return _attribute(module, path)


def _attribute(value: Any, path: str) -> Any:  # noqa: ANN401  # whatever is there
    for name in path.split(".") if path else ():
        value = getattr(value, name)
    return value


# Functions that call user code, imports included.
OPERATION_RUNNERS = (
    Operations._perform.__code__,
    Operations._close.__code__,
    _awaited.__code__,
    _next_awaited.__code__,
    _next_item.__code__,
    _iterator_over.__code__,
    _found.__code__,
    _attribute.__code__,
)
