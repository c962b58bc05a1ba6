"""Notes on parameters for which Python gets another type than the hint says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from . import kinds
from .scientific_types import is_series
from .typescript_types import ITERATORS


def arrival_notes(hint: Any) -> list[str]:  # noqa: ANN401  # any hint
    return list(dict.fromkeys(_notes(hint)))


def _notes(hint: Any) -> Iterator[str]:  # noqa: ANN401  # any hint
    hint = kinds.without_annotations(hint)
    origin = get_origin(hint)
    found = hint if origin is None else origin
    name = getattr(found, "__name__", "")
    if kinds.is_enum(found):
        yield f"the value of a member, not a {name}"
    elif kinds.is_named_tuple(found):
        yield f"a list, not a {name}"
    elif kinds.is_dataclass(found):
        yield f"a dict, not a {name}"
    elif found in ITERATORS:
        yield "a list, not an iterator"
    elif found is bytearray:
        yield "bytes, not a bytearray"
    elif is_series(found):
        yield "an array or a list, not a Series"
    elif kinds.name_of_form(hint) != "Literal":
        for inner in get_args(hint):
            yield from _notes(inner)
