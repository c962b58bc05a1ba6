"""Compiles code and keeps its source for tracebacks and `inspect` as long as it is needed.

A source is removed with the last code object compiled from it. So an old function keeps its lines,
and a thousand one-liners do not fill the memory. `linecache` looks sources up by file name: among
sources of the same name, it has the latest one that is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType
from typing import Callable

from .originals import io, linecache, weakref

_BYTE_ORDER_MARK = "\ufeff"


class _Source:
    def __init__(self, filename: str, text: str, lines: list[str]) -> None:
        self.filename = filename
        # An entry without a modification time is never checked against a file.
        self.entry = (len(text), None, lines, filename)
        self.references: list[_Reference] = []


class _Reference(weakref.ref[CodeType]):
    """A code object that needs its source."""

    __slots__ = ("source",)
    source: _Source


_sources: dict[str, list[_Source]] = {}


def compile_source(filename: str, source: str) -> CodeType:
    """Compiles `source`. Its warnings and errors are shown with their lines."""

    def compile_all(text: str) -> list[CodeType]:
        return [compile(text, filename, "exec", dont_inherit=True)]

    return compile_keeping_source(filename, source, compile_all)[0]


def compile_keeping_source(
    filename: str, source: str, compile_all: Callable[[str], Sequence[CodeType]]
) -> Sequence[CodeType]:
    """Calls `compile_all`, and keeps `source` as long as one of the code objects exists."""
    if source.startswith(_BYTE_ORDER_MARK):
        source = source[1:]
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
    for one in _code_objects(codes):
        reference = _Reference(one, _forget)
        reference.source = kept
        kept.references.append(reference)
    return codes


def lines_of(source: str) -> list[str]:
    """Splits at Python's line ends, which are fewer than those of `str.splitlines`."""
    if "\n" not in source and "\r" not in source:
        return [source + "\n"] if source else []
    lines = io.StringIO(source, newline=None).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def _complete(error: SyntaxError, lines: list[str]) -> None:
    """Adds the line to errors of the compiler ('return' outside function), which lack it."""
    if error.text is None and error.lineno is not None and 0 < error.lineno <= len(lines):
        error.text = lines[error.lineno - 1]


def _forget(reference: _Reference) -> None:
    source = reference.source
    source.references.remove(reference)
    if not source.references:
        _sources[source.filename].remove(source)
        _show_latest(source.filename)


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
