"""Extracts the data of a figure, for clients that draw charts themselves.

The format is that of the E2B code interpreter SDKs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer, Container, ErrorbarContainer, StemContainer
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Wedge

from .boxes import Box, take_boxes
from .dimensions import Coordinate, Dimension, finite_numbers, plain_array

Chart = dict[str, Any]

# Maximum number of points in all charts of a figure. Beyond it there is only the picture.
MOST_POINTS = 100_000
_ANGLE_DIGITS = 4  # matplotlib computes angles from float32


def chart_of(figure: Figure) -> Chart | None:
    """Returns the chart, or None if its data is missing, too large or unreadable."""
    try:
        return _chart_of_figure(figure)
    except Exception:
        return None  # the picture is still shown


def _chart_of_figure(figure: Figure) -> Chart | None:
    found = [
        _Contents(axes)
        for axes in figure.axes
        if axes.get_visible() and axes.has_data() and not _is_colour_bar(axes)
    ]
    if not found or sum(contents.size() for contents in found) > MOST_POINTS:
        return None
    charts = [contents.chart() for contents in found]
    if len(charts) == 1:
        return charts[0]
    return {"type": "superchart", "title": _title_of(figure), "elements": charts}


def _title_of(figure: Figure) -> str | None:
    title = getattr(figure, "_suptitle", None)  # get_suptitle() exists since 3.8
    return (title.get_text() or None) if title is not None else None


def _is_colour_bar(axes: Axes) -> bool:
    return hasattr(axes, "_colorbar") or axes.get_label() == "<colorbar>"


class _Contents:
    """The contents of one pair of axes."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._horizontal = Dimension(axes.xaxis)
        self._vertical = Dimension(axes.yaxis)
        self._names = _names_in(axes.containers)
        parts = _parts_in(axes.containers)
        self._bars = [one for one in axes.containers if isinstance(one, BarContainer) and one]
        self._wedges = [one for one in axes.patches if isinstance(one, Wedge)]
        lines = [
            line
            for line in axes.lines
            if line not in parts and line.get_visible() and self._is_data(line.get_transform())
        ]
        self._boxes, lines = take_boxes(lines)
        self._lines = [line for line in lines if len(line.get_xdata(orig=False))]
        if self._bars:
            self._lines = [line for line in self._lines if not self._is_on_a_bar(line)]
        self._scatters = [
            one
            for one in axes.collections
            if isinstance(one, PathCollection)
            and one.get_visible()
            and self._is_data(one.get_offset_transform())
        ]

    def _is_data(self, transform: Any) -> bool:  # noqa: ANN401  # of matplotlib
        """Whether an artist with this transform is data, unlike axhline and axvline."""
        return bool(transform.contains_branch(self._axes.transData))

    def _is_on_a_bar(self, line: Line2D) -> bool:
        """Whether a line is on a bar, like the error bars of seaborn."""
        if not _is_unnamed(line.get_label()):
            return False
        for container in self._bars:
            is_horizontal = _is_horizontal(container)
            positions = line.get_ydata(orig=False) if is_horizontal else line.get_xdata(orig=False)
            starts, sizes = np.array([_extent(bar, is_horizontal) for bar in container]).T
            low, high = np.minimum(starts, starts + sizes), np.maximum(starts, starts + sizes)
            if np.any((low <= positions.min()) & (positions.max() <= high)):
                return True
        return False

    def size(self) -> int:
        points = sum(len(line.get_xdata(orig=False)) for line in self._lines)
        points += sum(len(scatter.get_offsets()) for scatter in self._scatters)
        points += sum(len(container) for container in self._bars)
        return points + sum(len(box.outliers) + 1 for box in self._boxes) + len(self._wedges)

    def chart(self) -> Chart:
        kind = self._kind()
        chart: Chart = {"type": kind, "title": self._title(), "elements": []}
        if kind == "pie":
            chart["elements"] = self._pie()
        elif kind == "bar":
            is_horizontal = all(map(_is_horizontal, self._bars))
            chart.update(self._labels(is_horizontal), elements=self._bar_elements())
        elif kind == "box_and_whisker":
            is_horizontal = all(box.is_horizontal for box in self._boxes)
            chart.update(self._labels(is_horizontal), elements=self._box_elements())
        elif kind == "line":
            chart.update(self._labels(False), **self._ticks(), elements=self._line_elements())
        elif kind == "scatter":
            chart.update(self._labels(False), **self._ticks(), elements=self._scatter_elements())
        return chart

    def _kind(self) -> str:
        """Returns the chart type, or `unknown` unless all elements are of one type."""
        axes = self._axes
        others = (QuadMesh, ContourSet)
        if axes.name == "3d" or axes.images or any(isinstance(c, others) for c in axes.collections):
            return "unknown"
        kinds = {
            "pie": self._wedges,
            "bar": self._bars,
            "box_and_whisker": self._boxes,
            "line": self._lines,
            # Single values may be drawn over the boxes.
            "scatter": [] if self._boxes else self._scatters,
        }
        drawn = [kind for kind, elements in kinds.items() if elements]
        return drawn[0] if len(drawn) == 1 else "unknown"

    def _title(self) -> str | None:
        titles = (self._axes.get_title(loc=place) for place in ("center", "left", "right"))
        return next(filter(None, titles), None)

    def _labels(self, is_horizontal: bool) -> Chart:
        """Returns the axis labels, swapped for horizontal bars and boxes."""
        x, y = self._horizontal, self._vertical
        if is_horizontal:
            x, y = y, x
        return {"x_label": x.label, "y_label": y.label, "x_unit": x.unit, "y_unit": y.unit}

    def _ticks(self) -> Chart:
        ticks: Chart = {}
        for name, dimension in (("x", self._horizontal), ("y", self._vertical)):
            ticks[f"{name}_ticks"] = dimension.ticks()
            ticks[f"{name}_tick_labels"] = dimension.tick_labels()
            ticks[f"{name}_scale"] = dimension.scale
        return ticks

    def _line_elements(self) -> list[Chart]:
        numbers = {line: number for number, line in enumerate(self._axes.lines)}
        return [
            {
                "label": self._name_of(line, f"Line {numbers[line]}"),
                "points": self._points(line.get_xdata(orig=False), line.get_ydata(orig=False)),
            }
            for line in self._lines
        ]

    def _scatter_elements(self) -> list[Chart]:
        elements = []
        for number, scatter in enumerate(self._scatters):
            offsets = plain_array(scatter.get_offsets()).reshape(-1, 2)
            points = self._points(offsets[:, 0], offsets[:, 1])
            name = self._name_of(scatter, f"Scatter {number}")
            elements.append({"label": name, "points": points})
        return elements

    def _points(self, x: object, y: object) -> list[list[Coordinate]]:
        across, up = self._horizontal.coordinates(x), self._vertical.coordinates(y)
        return [[*point] for point in zip(across, up)]

    def _bar_elements(self) -> list[Chart]:
        elements = []
        for number, container in enumerate(self._bars):
            is_horizontal = _is_horizontal(container)
            dimension = self._vertical if is_horizontal else self._horizontal
            group = self._name_of(container, f"Group {number}")
            for bar in container:
                start, size = _extent(bar, is_horizontal)
                value = bar.get_width() if is_horizontal else bar.get_height()
                elements.append(
                    {
                        "label": dimension.name_of(start + size / 2),
                        "group": group,
                        "value": finite_numbers([value])[0],
                    }
                )
        return elements

    def _pie(self) -> list[Chart]:
        labels = [_named(wedge.get_label()) or "" for wedge in self._wedges]
        legend = self._axes.get_legend()
        if legend is not None and not any(labels):
            texts = [text.get_text() for text in legend.get_texts()]
            labels = texts if len(texts) == len(labels) else labels
        elements = []
        for label, wedge in zip(labels, self._wedges):
            angle, radius = finite_numbers([abs(wedge.theta2 - wedge.theta1), wedge.r])
            if angle is not None:
                angle = round(angle, _ANGLE_DIGITS)
            elements.append({"label": label, "angle": angle, "radius": radius})
        return elements

    def _box_elements(self) -> list[Chart]:
        return [self._box_element(box) for box in self._boxes]

    def _box_element(self, box: Box) -> Chart:
        dimension = self._vertical if box.is_horizontal else self._horizontal
        low, first, median, third, high = finite_numbers(
            [box.minimum, box.first_quartile, box.median, box.third_quartile, box.maximum]
        )
        return {
            "label": dimension.name_of(box.position),
            "min": low,
            "first_quartile": first,
            "median": median,
            "third_quartile": third,
            "max": high,
            "outliers": [value for value in finite_numbers(box.outliers) if value is not None],
        }

    def _name_of(self, artist: Artist | Container, otherwise: str) -> str:
        return _named(artist.get_label()) or self._names.get(id(artist)) or otherwise


def _is_unnamed(label: object) -> bool:
    """Whether legends leave out this label."""
    return label is None or not str(label) or str(label).startswith("_")


def _named(label: object) -> str | None:
    return None if _is_unnamed(label) else str(label)


def _names_in(containers: Sequence[Container]) -> dict[int, str]:
    """Returns labels by line: that of a line with error bars is on its container."""
    return {
        id(container[0]): str(container.get_label())
        for container in containers
        if isinstance(container, ErrorbarContainer) and not _is_unnamed(container.get_label())
    }


def _parts_in(containers: Sequence[Container]) -> set[Artist]:
    """Returns the artists that are not data: caps of error bars, parts of stem plots."""
    parts: set[Artist] = set()
    for container in containers:
        if isinstance(container, ErrorbarContainer):
            _, caps, _ = container
            parts.update(caps)
        elif isinstance(container, StemContainer):
            parts.update((container.markerline, container.baseline))
    return parts


def _is_horizontal(container: BarContainer) -> bool:
    return bool(container.orientation == "horizontal")


def _extent(bar: Any, is_horizontal: bool) -> tuple[float, float]:  # noqa: ANN401  # of matplotlib
    """Returns the start and width of a bar on its base axis."""
    if is_horizontal:
        return bar.get_y(), bar.get_height()
    return bar.get_x(), bar.get_width()
