"""Keeps the source of executed code where tracebacks and `inspect` look, as long as it is needed.

A source goes when the last code object compiled from it is gone, so that neither a function defined
a thousand executions ago loses its lines nor a thousand one-liners fill the memory.
"""

import linecache
import weakref
from types import CodeType
from typing import Iterator, List, Tuple


def keep_source(filename: str, source: str, code: CodeType) -> None:
    alive: List["weakref.ref[CodeType]"] = []

    def forget(reference: "weakref.ref[CodeType]") -> None:
        alive.remove(reference)
        if not alive:
            linecache.cache.pop(filename, None)

    show_source(filename, source)
    alive.extend(weakref.ref(one, forget) for one in _code_objects(code))


def show_source(filename: str, source: str) -> None:
    """An entry without a modification time is never checked against a file."""
    entry: Tuple[int, None, List[str], str] = (
        len(source),
        None,
        source.splitlines(True),
        filename,
    )
    linecache.cache[filename] = entry


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_objects(constant)
