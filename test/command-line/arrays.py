"""Functions of numpy and pandas."""

import numpy
import numpy.typing
import pandas


def doubled(values: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    return values * 2


def positive(values: numpy.typing.NDArray[numpy.int32]) -> numpy.typing.NDArray[numpy.bool_]:
    return values > 0


def largest(values: numpy.typing.ArrayLike) -> numpy.float64:
    return numpy.float64(numpy.max(values))


def head(table: pandas.DataFrame, rows: int = 1) -> pandas.DataFrame:
    return table.head(rows)
