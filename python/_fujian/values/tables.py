"""pandas DataFrames by columns. pandas is imported only when a table arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..originals import modules


def _pandas() -> Any:  # noqa: ANN401  # a module that need not be there
    return modules.get("pandas")


def is_table(value: object) -> bool:
    pandas = _pandas()
    return pandas is not None and isinstance(value, pandas.DataFrame)


def is_series(value: object) -> bool:
    pandas = _pandas()
    return pandas is not None and isinstance(value, pandas.Series)


def is_gap(value: object) -> bool:
    pandas = _pandas()
    return pandas is not None and value is pandas.NA


def columns_of(frame: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401  # of pandas
    """Yields the name and values of each column."""
    for at, name in enumerate(frame.columns):
        yield str(name), values_of(frame.iloc[:, at])


def values_of(column: Any) -> object:  # noqa: ANN401  # of pandas
    """Returns an array of numbers, else a list with None for gaps."""
    values = column.to_numpy()
    # Integers with gaps would become floats.
    if values.dtype.kind in "iuf" and values.dtype.kind == column.dtype.kind:
        return values
    gaps = column.isna().tolist()
    return [None if gap else item for gap, item in zip(gaps, column.tolist())]


def table_of(columns: dict[str, object]) -> object:
    import pandas

    return pandas.DataFrame(columns)
