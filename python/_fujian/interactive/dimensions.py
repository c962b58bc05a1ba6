"""Converts the numbers along an axis of a chart to categories, dates or numbers."""

from __future__ import annotations

from typing import Any, Union

import matplotlib.dates
import matplotlib.units
import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator

from ..originals import datetime, modules, re

# JSON form of a coordinate: dates are ISO strings, NaN and infinities are None.
Coordinate = Union[float, str, None]

_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_MICROSECONDS_PER_DAY = 86_400_000_000
# Days up to which a float is exact to a microsecond.
_EXACT_DAYS = 70 * 365
_EXACT, _COARSE = 1, 20  # microseconds


class Dimension:
    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self.label: str | None = axis.get_label_text() or None
        # "Speed (max) [km/h]": the unit comes last.
        units = _UNIT.findall(self.label or "")
        self.unit: str | None = units[-1].strip() if units else None
        # matplotlib numbers categories.
        numbered = getattr(axis.get_units(), "_mapping", {})
        self._categories: dict[float | None, Coordinate] = {
            number: str(name) for name, number in numbered.items()
        }
        # pandas numbers the periods of a time series.
        self._period = getattr(axis, "freq", None) if "pandas" in modules else None
        self._has_dates = _has_dates(axis)
        self._placed: tuple[Any, list[str], float] | None = None

    @property
    def scale(self) -> str:
        if self._categories:
            return "categorical"
        if self._has_dates or self._period is not None:
            return "datetime"
        name: str = self._axis.get_scale()
        return name

    def coordinates(self, numbers: object) -> list[Coordinate]:
        values = plain_array(numbers)
        if self._categories:
            return [self._categories.get(one, one) for one in finite_numbers(values)]
        if self._period is not None:
            return _starts_of_periods(values, self._period)
        if self._has_dates:
            return _dates(values, self._axis.get_units())
        return [*finite_numbers(values)]

    def ticks(self) -> list[Coordinate]:
        locations = self._axis.get_majorticklocs()
        return [*finite_numbers(locations)] if self._categories else self.coordinates(locations)

    def tick_labels(self) -> list[str]:
        # Not the labels of the axis, which may not have been drawn yet.
        labels = self._axis.get_major_formatter().format_ticks(self._axis.get_majorticklocs())
        return [str(label) for label in labels]

    def name_of(self, position: float) -> str:
        """Returns the name of a bar or box: the label of its tick, else its coordinate."""
        label = self._placed_label(position)
        if label:
            return label
        if self._categories:
            [nearest] = finite_numbers(np.round(plain_array([position])))
            return str(self._categories.get(nearest, ""))
        [coordinate] = self.coordinates([position])
        # The middle of a bar is computed, and exact to about 10 digits.
        return format(coordinate, ".10g") if isinstance(coordinate, float) else coordinate or ""

    def _placed_label(self, position: float) -> str | None:
        """Returns the label of the tick for a bar or its group."""
        locations, labels, reach = self._placed_ticks()
        if not len(locations):
            return None
        distances = np.abs(locations - position)
        nearest = int(np.argmin(distances))
        return labels[nearest] if distances[nearest] <= reach else None

    def _placed_ticks(self) -> tuple[Any, list[str], float]:
        """Returns the positions of the ticks, their labels and their reach."""
        if self._placed is None:
            locations = plain_array([])
            labels: list[str] = []
            if isinstance(self._axis.get_major_locator(), FixedLocator):
                locations = plain_array(self._axis.get_majorticklocs())
                labels = self.tick_labels()
            gaps = np.diff(np.unique(locations))
            reach = float(gaps.min()) / 2 if len(gaps) else 0.5
            self._placed = locations, labels, reach * 1.001
        return self._placed


def plain_array(numbers: object) -> Any:  # noqa: ANN401  # numpy is not there to be checked against
    """Returns an array of floats with NaN for masked elements."""
    if isinstance(numbers, np.ma.MaskedArray):
        return numbers.astype(float).filled(np.nan)
    return np.asarray(numbers, dtype=float)


def finite_numbers(values: Any) -> list[float | None]:  # noqa: ANN401  # of numpy, or alike
    """Returns the numbers with None for NaN and infinities, which JSON lacks."""
    array = plain_array(values)
    numbers: list[float | None] = array.tolist()
    for index in np.flatnonzero(~np.isfinite(array)):
        numbers[index] = None
    return numbers


def _has_dates(axis: Axis) -> bool:
    """Whether an axis has dates, by its converter or by its ticks."""
    # Newer versions deprecate Axis.converter.
    converter = axis.get_converter() if hasattr(axis, "get_converter") else axis.converter
    of_dates = matplotlib.units.registry.get(datetime.datetime)
    return (
        isinstance(converter, (matplotlib.dates.DateConverter, type(of_dates)))
        or isinstance(axis.get_major_locator(), matplotlib.dates.DateLocator)
        or isinstance(
            axis.get_major_formatter(),
            (
                matplotlib.dates.DateFormatter,
                matplotlib.dates.AutoDateFormatter,
                matplotlib.dates.ConciseDateFormatter,
            ),
        )
    )


def _dates(days: Any, zone: object) -> list[Coordinate]:  # noqa: ANN401  # of numpy
    """Returns dates as ISO strings, with an offset only for a time zone. num2date() is slow."""
    step = _EXACT if np.nanmax(np.abs(days), initial=0) < _EXACT_DAYS else _COARSE
    whole = np.round(days * (_MICROSECONDS_PER_DAY / step)) * step
    known = np.isfinite(whole)
    since = np.where(known, whole, 0).astype("timedelta64[us]")
    moments = (np.datetime64(matplotlib.dates.get_epoch(), "us") + since).tolist()
    if isinstance(zone, datetime.tzinfo):
        utc = datetime.timezone.utc
        moments = [moment.replace(tzinfo=utc).astimezone(zone) for moment in moments]
    return [
        moment.isoformat() if is_known else None
        for moment, is_known in zip(moments, known.tolist())
    ]


def _starts_of_periods(ordinals: Any, frequency: Any) -> list[Coordinate]:  # noqa: ANN401  # of numpy; of pandas
    index = modules["pandas"].PeriodIndex
    known = np.isfinite(ordinals)
    whole = np.where(known, ordinals, 0).astype("int64")
    # pandas 3 removed the older function.
    if hasattr(index, "from_ordinals"):
        periods = index.from_ordinals(whole, freq=frequency)
    else:
        periods = index(ordinal=whole, freq=frequency)
    return [
        start.isoformat() if is_known else None
        for start, is_known in zip(periods.to_timestamp(), known.tolist())
    ]
