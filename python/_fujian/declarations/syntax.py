"""Names, literals and comments of TypeScript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..originals import json, re

# Reserved words in modules, which are strict.
_RESERVED_WORDS = """
    arguments await break case catch class const continue debugger default delete do else enum eval
    export extends false finally for function if implements import in instanceof interface let new
    null package private protected public return static super switch this throw true try typeof
    undefined var void while with yield
"""
RESERVED_WORDS = frozenset(_RESERVED_WORDS.split())

# Names that types may not have, because they would shadow types used in declarations.
_TAKEN_TYPE_NAMES = """
    any unknown never number bigint boolean string symbol object
    Array ArrayBuffer AsyncGenerator Date Map Partial Promise ReadonlyMap ReadonlySet Record Set
    Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array
    BigInt64Array BigUint64Array Float32Array Float64Array
    DataFrame Decimal Duration Keywords NdArray PlainDate TypedArray Uuid
"""
TAKEN_TYPE_NAMES = RESERVED_WORDS | frozenset(_TAKEN_TYPE_NAMES.split())

_MOST_EXACT = 2**53 - 1
_IDENTIFIER = re.compile(r"[^\W\d][\w$]*\Z")


class Compound(str):
    """A type that needs parentheses inside another one."""


def is_identifier(name: str) -> bool:
    return _IDENTIFIER.match(name) is not None


def free_name(name: str, taken: Iterable[str]) -> str:
    """Returns the name, with `_` appended until it is not taken."""
    all_taken = set(taken)
    while name in all_taken:
        name += "_"
    return name


def member_name(name: str) -> str:
    return name if is_identifier(name) else text_literal(name)


def text_literal(text: str) -> str:
    quoted = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{quoted}'"


def integer_literal(value: int) -> str:
    return str(int(value)) if abs(value) <= _MOST_EXACT else f"{int(value)}n"


def grouped(text: str) -> str:
    return f"({text})" if isinstance(text, Compound) else text


def union(members: Iterable[str]) -> str:
    """Joins distinct types. `unknown` absorbs all others."""
    distinct = list(dict.fromkeys(part for one in members for part in _members(one)))
    anything = next((one for one in distinct if _is(one, "unknown")), None)
    if anything is not None:
        return anything
    possible = [one for one in distinct if not _is(one, "never")] or distinct[:1]
    if len(possible) == 1:
        return possible[0]
    whole = Union(" | ".join(f"({one})" if "=>" in one else one for one in possible))
    whole.members = possible
    return whole


class Union(Compound):
    """A union of distinct types."""

    members: Sequence[str] = ()


def _is(text: str, name: str) -> bool:
    """Whether a text is this name, with an optional comment but nothing after it."""
    return re.fullmatch(rf"{name}( /\*((?!\*/).)*\*/)?", text) is not None


def _members(text: str) -> Sequence[str]:
    return text.members if isinstance(text, Union) else [text]


def comment(text: str) -> str:
    """Returns an inline comment."""
    words = " ".join(text.split()).replace("*/", "*\\/")
    return f"/* {words} */"


def doc_comment(lines: list[str], indent: str = "") -> list[str]:
    """Returns the lines of a doc comment. Returns none without text."""
    escaped = [line.replace("*/", "*\\/").rstrip() for line in lines]
    if not escaped:
        return []
    if len(escaped) == 1:
        return [f"{indent}/** {escaped[0]} */"]
    body = [f"{indent} * {line}".rstrip() for line in escaped]
    return [f"{indent}/**", *body, f"{indent} */"]
