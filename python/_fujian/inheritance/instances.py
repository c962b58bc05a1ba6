"""Finds all instances of a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..originals import gc

# An object of another library, whose private attributes typeshed does not know.
Inherited = Any


def instances_of(*classes: type) -> list[Inherited]:
    """Returns the instances of the classes and of their subclasses.

    Writes to no other object: a fork shares its memory with its parent until then, and counting a
    reference is writing.
    """
    wanted = {one for each in classes for one in _with_subclasses(each)}
    return [one for one in gc.get_referrers(*wanted) if type(one) in wanted]


def _with_subclasses(one: type) -> Iterator[type]:
    yield one
    subclasses: list[type] = type.__subclasses__(one)
    for each in subclasses:
        yield from _with_subclasses(each)
