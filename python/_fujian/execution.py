"""Runs user code in the session's one namespace, `__main__`."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from typing import Any

from . import frames
from .at_once import Step
from .interactive.notebook import NOTEBOOK_RUNNERS, Notebook
from .interrupts import Interrupts
from .limits import MemoryLimit
from .originals import contextvars, json, modules, struct, types
from .output import flush_streams
from .sources import compile_source
from .tracebacks import describe, describe_unarmed
from .uncaught import tell_of
from .user_calls import UserCall, called, make_calls
from .values.operations import OPERATION_RUNNERS, Operations

_RETURN_NAME = "fujian_return"
_CONNECTION_NAME = "FUJIAN_WS"
_BEYOND_LONG = 1 << (8 * struct.calcsize("l") - 1)
_quote = json.encoder.encode_basestring_ascii


class Namespace:
    """The session's `__main__`, as in an interactive interpreter."""

    def __init__(self, connection: object, context: contextvars.Context) -> None:
        module = types.ModuleType("__main__")
        own = modules["__main__"].__dict__
        module.__dict__.update(__builtins__=builtins, __loader__=own.get("__loader__"))
        if "__annotations__" in own:  # until Python 3.13
            module.__dict__.update(__annotations__={})
        modules["__main__"] = module
        self._module = module
        self._connection = connection
        self.names: dict[str, Any] = module.__dict__
        # Of all code, so that context variables last as names do.
        self.context = context

    def prepare(self) -> None:
        names = self.names
        modules["__main__"] = self._module
        names["__name__"] = "__main__"
        names.setdefault("__builtins__", builtins)
        names[_CONNECTION_NAME] = self._connection
        names[_RETURN_NAME] = ""
        # Warnings are shown once per line number, and each execution starts at line 1 again.
        names.pop("__warningregistry__", None)
        sys.__dict__.pop("__warningregistry__", None)  # of warnings beyond the top level

    def take_return(self) -> str:
        text = str(self.names.pop(_RETURN_NAME, ""))
        return "".join((text,))  # no methods of a subclass


class Outcome:
    def __init__(self) -> None:
        self.returned = ""
        # Whether any of the code has run.
        self.has_begun = False
        # Whether the execution has ended. False if an exception has struck at its very end.
        self.is_complete = False
        self.error: dict[str, str] | None = None
        # Whether a hook of user code has shown the error.
        self.is_shown = False
        # Encoded result of an operation.
        self.value: tuple[bytes, list[memoryview]] | None = None
        # Exit status and message of a SystemExit.
        self.exit: tuple[int, str | None] | None = None

    def fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = describe(error)
            if issubclass(type(error), SystemExit):  # isinstance() would run code of the exception
                self.exit = _exit_of(getattr(error, "code", None), self.error["value"])

    def end_by(self, error: BaseException) -> None:
        """Ends an execution that an exception has left incomplete."""
        self.error = describe_unarmed(error)
        self.is_complete = True

    @property
    def long_return(self) -> str:
        """A return value that is sent in parts instead of the JSON; empty if it is short."""
        return self.returned if len(self.returned) > frames.LONG_TEXT else ""

    def to_json(self) -> str:
        """Encodes the outcome in ASCII, so that lone surrogates survive."""
        returned = "" if self.long_return else self.returned
        if self.error is None:
            return f'{{"return":{_quote(returned)}}}'
        begun = "" if self.has_begun else ',"begun":false'
        shown = ',"isShown":true' if self.is_shown else ""
        members = ",".join(f'"{key}":{_quote(text)}' for key, text in self.error.items())
        return f'{{"return":{_quote(returned)}{begun},"error":{{{members}{self._exit()}{shown}}}}}'

    def _exit(self) -> str:
        if self.exit is None:
            return ""
        status, message = self.exit
        said = "" if message is None else f',"message":{_quote(message)}'
        return f',"exit":{{"status":{status}{said}}}'


def _exit_of(code: object, text: str) -> tuple[int, str | None]:
    if code is None:
        return 0, None
    if issubclass(type(code), int):
        number = int.__index__(code)  # type: ignore[arg-type]  # an int or a subclass
        # Python exits with a C long, of which the system keeps one byte, or with -1 beyond it.
        return (number if -_BEYOND_LONG <= number < _BEYOND_LONG else -1) & 0xFF, None
    return 1, text


def run(
    request: frames.Execute,
    namespace: Namespace,
    interrupts: Interrupts,
    memory: MemoryLimit,
    notebook: Notebook,
    operations: Operations,
    outcome: Outcome,
) -> Iterator[UserCall]:
    """Compiles and runs the source, to this outcome. Never raises what the code raises.

    Everything that user code can prolong (the code itself, `str(fujian_return)`, methods of its
    exceptions and streams) runs while armed. The first interrupt may strike on any line of this
    function and still results in an outcome; see Interrupts.
    """
    in_context = namespace.context.run
    try:
        try:
            interrupts.begin(request.execution)
            try:
                if request.interactive:
                    notebook.begin(request)
                    outcome.has_begun = True
                    memory.for_user_code()
                    interrupts.hooks.resume()
                    yield from notebook.run(request)
                elif request.operation is not None:
                    memory.for_user_code()
                    operation = operations.read(request.operation)
                    outcome.has_begun = True
                    interrupts.hooks.resume()
                    outcome.value = yield from operations.run(operation, request.filename)
                else:
                    with interrupts:
                        code = compile_source(request.filename, request.source)
                        memory.for_user_code()
                        outcome.has_begun = True
                    interrupts.hooks.resume()
                    yield from called(Step(in_context, exec, code, namespace.names))
            except BaseException as error:
                interrupts.hooks.suspend()
                memory.for_us()
                in_context(outcome.fail, error)
                if request.operation is None:
                    outcome.is_shown = yield from tell_of(error, interrupts, memory)
            interrupts.hooks.suspend()
            if request.interactive:
                try:
                    in_context(notebook.show_plots)
                except BaseException as error:
                    memory.for_us()
                    in_context(outcome.fail, error)
            try:
                outcome.returned = in_context(namespace.take_return)
            except BaseException as error:
                memory.for_us()
                in_context(outcome.fail, error)
            flush_streams()
        finally:
            leave_user_code(interrupts, memory)
    except BaseException as interrupt:
        leave_user_code(interrupts, memory)
        outcome.error = describe_unarmed(interrupt)
    outcome.is_complete = True


def leave_user_code(interrupts: Interrupts, memory: MemoryLimit) -> None:
    interrupts.armed = 0
    interrupts.hooks.suspend()
    memory.for_us()


RUNNERS = frozenset((run.__code__, make_calls.__code__, *NOTEBOOK_RUNNERS, *OPERATION_RUNNERS))
