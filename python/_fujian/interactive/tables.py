"""Converts a pandas DataFrame to JSON, without importing pandas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..originals import datetime, math, modules

MOST_CELLS = 100_000
_DEEPEST = 8  # maximum levels of lists and dicts in a cell

Table = dict[str, list[Any]]


def table_of(value: object) -> Table | None:
    """Returns columns by name. None unless it is a readable DataFrame of limited size."""
    frame = getattr(modules.get("pandas"), "DataFrame", None)
    try:
        if not isinstance(frame, type) or not isinstance(value, frame):
            return None
        return _table_of(value)
    except Exception:
        return None  # its text is still shown


def _table_of(frame: Any) -> Table | None:  # noqa: ANN401  # of pandas
    if frame.size > MOST_CELLS:
        return None
    cells = _Cells()
    # By number, because names may occur twice.
    return {
        name: [cells.plain(cell) for cell in frame.iloc[:, number].tolist()]
        for number, name in enumerate(_different(map(_name_of, frame.columns.tolist())))
    }


def _name_of(column: object) -> str:
    """Returns the name of a column, with several levels joined."""
    if isinstance(column, tuple):
        return ", ".join(filter(None, map(str, column)))
    return str(column)


def _different(names: Iterable[str]) -> list[str]:
    """Makes names unique as read_csv() does: a, a.1, a.2."""
    different: dict[str, None] = {}
    for name in names:
        unique, number = name, 0
        while unique in different:
            number += 1
            unique = f"{name}.{number}"
        different[unique] = None
    return list(different)


class _Cells:
    def __init__(self) -> None:
        # Counts values, because a cell may contain several.
        self._left = MOST_CELLS

    def plain(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401  # what a cell holds, to JSON
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many values")
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str or kind is int:
            return value
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else None
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int):
            return int(value)
        if _is_missing(value):
            return None
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if depth < _DEEPEST:
            if isinstance(value, dict):
                return {str(key): self.plain(one, depth + 1) for key, one in value.items()}
            if isinstance(value, (list, tuple)):
                return [self.plain(one, depth + 1) for one in value]
            if _is_of_numpy(value):
                return self.plain(value.tolist(), depth + 1)
        # str() of bytes is an error under `python -bb`.
        return repr(value) if isinstance(value, bytes) else str(value)


def _is_missing(value: object) -> bool:
    pandas = modules["pandas"]
    return value is pandas.NaT or value is pandas.NA


def _is_of_numpy(value: object) -> bool:
    """Whether a value is a numpy scalar or array. pandas always comes with numpy."""
    numpy = modules["numpy"]
    if isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return False
    return isinstance(value, (numpy.generic, numpy.ndarray))
