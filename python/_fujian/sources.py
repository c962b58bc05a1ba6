"""Compiles code and keeps its source for tracebacks and `inspect` as long as it is needed.

A source is removed after the execution in which the last code object compiled from it, and the last
class of the session that it defines, have ended. So an old function keeps its lines, and a thousand
one-liners do not fill the memory. `linecache` looks sources up by file name: among sources of the
same name, it has the latest one that is needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any, Callable

from .originals import io, itertools, linecache, modules, weakref

_BYTE_ORDER_MARK = "\ufeff"
_IS_OF_FUNCTION = 0x1  # inspect.CO_OPTIMIZED
_numbers = itertools.count()


class _Source:
    def __init__(self, filename: str, text: str, lines: list[str]) -> None:
        self.filename = filename
        # An entry without a modification time is never checked against a file.
        self.entry = (len(text), None, lines, filename)
        self.number = next(_numbers)
        # Qualified names of the classes that it defines.
        self.classes: Sequence[str] = ()
        self.references: list[_Reference] = []

    def keep_for(self, owner: object) -> None:
        reference = _Reference(owner, _ended.append)
        reference.source = self
        self.references.append(reference)

    def is_kept_for(self, owner: object) -> bool:
        return any(reference() is owner for reference in self.references)


class _Reference(weakref.ref[Any]):
    """A code object or a class that needs its source."""

    __slots__ = ("source",)
    source: _Source


_sources: dict[str, list[_Source]] = {}
# Of code objects that have ended. An exception would be lost in a callback of ours, which Python
# calls in the middle of user code; so Python calls that of the deque.
_ended: deque[_Reference] = deque()


def compile_source(filename: str, source: str) -> CodeType:
    """Compiles `source`. Its warnings and errors are shown with their lines."""

    def compile_all(text: str) -> list[CodeType]:
        return [compile(text, filename, "exec", dont_inherit=True)]

    return compile_keeping_source(filename, source, compile_all)[0]


def compile_keeping_source(
    filename: str, source: str, compile_all: Callable[[str], Sequence[CodeType]]
) -> Sequence[CodeType]:
    """Calls `compile_all` with the source, its lines ended by `\\n`.

    Keeps the source as long as one of the code objects exists.
    """
    if source.startswith(_BYTE_ORDER_MARK):
        source = source[1:]
    if "\r" in source:
        # As `compile` does, also within strings.
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = lines_of(source)
    kept = _Source(filename, source, lines)
    linecache.cache[filename] = kept.entry
    try:
        codes = compile_all(source)
    except BaseException as error:
        _show_latest(filename)
        if isinstance(error, SyntaxError):
            _complete(error, lines)
        raise
    _sources.setdefault(filename, []).append(kept)
    every = _code_objects(codes)
    for one in every:
        kept.keep_for(one)
    if len(every) > len(codes):
        kept.classes = [*_classes_in(codes)]
    return codes


def file_of_class(one: type) -> str | None:
    """Returns the file name of the source of a class of the session, if one is kept."""
    members = vars(one)
    if members.get("__module__") != "__main__":
        return None
    functions = (value for value in members.values() if type(value) is FunctionType)
    files = {function.__code__.co_filename for function in functions}
    found = max(
        _defining(one.__qualname__),
        key=lambda source: (source.is_kept_for(one), source.filename in files, source.number),
        default=None,
    )
    return None if found is None else found.filename


def lines_of(source: str) -> list[str]:
    """Splits at Python's line ends, which are fewer than those of `str.splitlines`."""
    if "\n" not in source:
        return [source + "\n"] if source else []
    lines = io.StringIO(source).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def _complete(error: SyntaxError, lines: list[str]) -> None:
    """Adds the line to errors of the compiler ('return' outside function), which lack it."""
    if error.text is None and error.lineno is not None and 0 < error.lineno <= len(lines):
        error.text = lines[error.lineno - 1]


def forget_unneeded() -> None:
    """Removes the sources whose last code object, and last class, has ended."""
    while _ended:
        reference = _ended.popleft()
        source = reference.source
        source.references.remove(reference)
        if source.classes and not source.references:
            _keep_for_classes(source)
        if not source.references:
            _sources[source.filename].remove(source)
            _show_latest(source.filename)


def _keep_for_classes(source: _Source) -> None:
    """Keeps a source whose code objects are gone: classes without methods do not hold them."""
    names = getattr(modules.get("__main__"), "__dict__", {})
    for class_name in source.classes:
        one = names.get(class_name)
        is_class = issubclass(type(one), type)  # isinstance() would run code of a proxy
        if is_class and max(_defining(class_name), key=_number_of) is source:
            source.keep_for(one)


def _defining(class_name: str) -> Iterator[_Source]:
    for sources in _sources.values():
        yield from (source for source in sources if class_name in source.classes)


def _number_of(source: _Source) -> int:
    return source.number


def _show_latest(filename: str) -> None:
    sources = _sources.get(filename)
    if sources:
        linecache.cache[filename] = sources[-1].entry
    else:
        _sources.pop(filename, None)
        linecache.cache.pop(filename, None)


def _code_objects(codes: Sequence[CodeType]) -> Sequence[CodeType]:
    """Returns these code objects, and those of the functions and classes in them."""
    found = [*codes]
    for one in found:  # without recursion, because functions may be nested as deep as the stack
        found += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return found


def _classes_in(codes: Sequence[CodeType]) -> Iterator[str]:
    """Yields the qualified names of the classes that the code defines."""
    waiting = [(code, "") for code in codes]
    while waiting:
        one, scope = waiting.pop()
        for inner in one.co_consts:
            if not isinstance(inner, CodeType):
                continue
            name = scope + inner.co_name
            if not inner.co_flags & _IS_OF_FUNCTION:
                yield name
                waiting.append((inner, f"{name}."))
            elif inner.co_name.startswith("<generic parameters of "):  # no scope of names
                waiting.append((inner, scope))
            else:
                waiting.append((inner, f"{name}.<locals>."))
