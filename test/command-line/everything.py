"""Functions of every kind that declarations are written for. As Python 3.9 can read it."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import functools
import typing
import uuid

if typing.TYPE_CHECKING:
    from elsewhere import Thing

print("imported")  # not a part of the declarations

T = typing.TypeVar("T")
UserId = typing.NewType("UserId", int)


class Color(enum.Enum):
    RED = "red"
    GREEN = "it's green"


@dataclasses.dataclass
class Node:
    """A node of a tree."""

    name: str
    color: Color = Color.RED
    children: typing.List[Node] = dataclasses.field(default_factory=list)
    weights: typing.Dict[int, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Box(typing.Generic[T]):
    item: T


class Movie(typing.TypedDict, total=False):
    title: str
    year: int


class Point(typing.NamedTuple):
    x: float
    y: float = 0.0


def add(a: int, b: int = 2, *, flag: bool = False) -> int:
    """Adds.

    If */ flag is set, the other way round.
    """
    return a - b if flag else a + b


def required(number: float, *, unit: str, scale: typing.Optional[float] = None) -> str:
    return f"{number * (1 if scale is None else scale):g}{unit}"


def rest(first: str, *others: int, start: int = 0, **labels: str) -> typing.List[typing.Any]:
    return [first, list(others), start, labels]


def in_place(a: int, b: int = 10, /, c: int = 100) -> typing.Tuple[int, ...]:
    return (a, b, c)


def delete(new: typing.Optional[str] = "nothing") -> typing.Optional[str]:
    return new


def untyped(a, b=1):
    return [a, b]


def unresolved(thing: Thing) -> Thing:
    return thing


def tree(depth: int) -> Node:
    return Node("root", Color.GREEN, [Node("leaf")] if depth else [], {1: 0.5})


def name_of(color: Color) -> str:
    return Color(color).name


def movies(first: Movie) -> typing.List[Movie]:
    return [first, {"year": 1999}]


def mirrored(point: Point) -> Point:
    x, y = point
    return Point(y, x)


def boxed(item: str) -> Box[str]:
    return Box(item)


def first(items: typing.Sequence[T]) -> T:
    return items[0]


def joined(a: typing.AnyStr, b: typing.AnyStr) -> typing.AnyStr:
    return a + b


def lengths(of: typing.Set[str]) -> typing.Dict[int, str]:
    return {len(one): one for one in of}


def user(id: UserId, mode: typing.Literal["r", "w", 1] = "r") -> typing.Tuple[UserId, str]:
    return id, str(mode)


def moments(
    moment: datetime.datetime,
    day: datetime.date,
    length: datetime.timedelta,
    price: decimal.Decimal,
    id: uuid.UUID,
    content: bytes,
) -> typing.Tuple[
    datetime.datetime, datetime.date, datetime.timedelta, decimal.Decimal, uuid.UUID, bytes
]:
    return moment + length, day + length, length, price * 2, id, content[::-1]


async def later(text: str) -> str:
    return text.upper()


def nothing() -> None:
    pass


def countdown(start: int) -> typing.Iterator[int]:
    yield from range(start, 0, -1)


def mapped(function: typing.Callable[[int], str], items: typing.List[int]) -> typing.List[str]:
    return [function(one) for one in items]


@functools.lru_cache
def cached(text: str) -> str:
    return text


def _private() -> None:
    pass
