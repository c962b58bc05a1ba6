"""What Node asks for other than to run code: to call a function, to evaluate, to get and set names.

The same as in operation.ts.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any

from ..frames import Execute
from ..interactive.event_loop import EventLoop
from ..interrupts import Interrupts
from ..sources import compile_keeping_source
from .decoding import decode_value
from .encoding import encode_value

_eval, _compile, _import = eval, compile, __import__  # user code may put anything into `builtins`


class Operations:
    def __init__(self, names: dict[str, Any], interrupts: Interrupts, loop: EventLoop) -> None:
        self._names = names
        self._interrupts = interrupts
        self._loop = loop

    def run(self, request: Execute) -> tuple[bytes, list[memoryview]]:
        """What it comes to, encoded. Raises what the code that it calls raises."""
        with self._interrupts:
            operation = decode_value(memoryview(request.operation or b""))
        value = self._perform(operation, request.filename)
        if hasattr(type(value), "__await__"):
            value = self._loop.run(_awaited(value))
        return encode_value(value)

    def _perform(self, operation: dict[str, Any], filename: str) -> Any:  # noqa: ANN401
        op, names = operation["op"], self._names
        if op == "call":
            return _found(operation["target"], names)(*operation["args"], **operation["kwargs"])
        if op == "evaluate":
            return _eval(_expression(operation["expression"], filename), names)
        if op == "get":
            return _named(operation["name"], names)
        names.update(operation["names"])
        return None


async def _awaited(value: Any) -> object:  # noqa: ANN401  # whatever can be awaited
    return await value


def _expression(source: str, filename: str) -> CodeType:
    def compile_all(text: str) -> list[CodeType]:
        # Blanks before an expression are a mistake of indentation to Python.
        return [_compile(text.lstrip(" \t"), filename, "eval", dont_inherit=True)]

    return compile_keeping_source(filename, source, compile_all)[0]


def _named(name: str, names: dict[str, Any]) -> Any:  # noqa: ANN401
    if name not in names:
        raise NameError(f"name {name!r} is not defined")
    return names[name]


def _found(target: str, names: dict[str, Any]) -> Any:  # noqa: ANN401
    module_name, _, path = target.partition(":")
    if not module_name or not path:
        raise ValueError(
            f"{target!r} names no function: write 'package.module:function', "
            "or '__main__:function' for one of the session's own"
        )
    first, *rest = path.split(".")
    if module_name == "__main__":
        found = _named(first, names)
    else:
        # Not by `importlib`, which leaves frames of its own in the traceback.
        _import(module_name)
        found = getattr(sys.modules[module_name], first)
    for name in rest:
        found = getattr(found, name)
    return found


# What calls code of the user's: also a module that is imported.
OPERATION_RUNNERS = (Operations._perform.__code__, _awaited.__code__, _found.__code__)
