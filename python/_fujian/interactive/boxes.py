"""Finds the boxes of `boxplot()` among the lines of a chart.

matplotlib does not record which lines belong to a box. For each box it draws in this order: the
outline (unless that is a patch), two whiskers, two caps, the median, the mean, the outliers. All
but the whiskers and the median may be missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

_OUTLINES = (5, 11)  # points of an outline, without and with a notch
_MOST_LINES = 9  # lines of one box


class Box:
    def __init__(self, position: float, is_horizontal: bool) -> None:
        self.position = position
        self.is_horizontal = is_horizontal
        self.minimum = self.first_quartile = self.median = np.nan
        self.third_quartile = self.maximum = np.nan
        self.outliers: Any = np.array([])


def take_boxes(lines: Sequence[Line2D]) -> tuple[list[Box], list[Line2D]]:
    """Returns the boxes and the remaining lines."""
    drawn = [_Drawn(line) for line in lines]
    boxes: list[Box] = []
    others: list[Line2D] = []
    at = 0
    while at < len(drawn):
        box, size = _box_at(drawn[at : at + _MOST_LINES])
        if box is None:
            others.append(lines[at])
            at += 1
        else:
            boxes.append(box)
            at += size
    return boxes, others


class _Drawn:
    def __init__(self, line: Line2D) -> None:
        self.x = line.get_xdata(orig=False)
        self.y = line.get_ydata(orig=False)
        self.is_segment = len(self.x) == 2
        self.is_outline = len(self.x) in _OUTLINES
        self.has_only_markers = line.get_linestyle() == "None"

    def along(self, is_horizontal: bool) -> tuple[Any, Any]:
        """Returns the positions across the boxes and the values."""
        return (self.y, self.x) if is_horizontal else (self.x, self.y)


def _box_at(drawn: Sequence[_Drawn]) -> tuple[Box | None, int]:
    """Returns the box at the start of these lines and the number of its lines."""
    for is_horizontal in (False, True):
        whiskers = 1 if drawn[0].is_outline else 0
        box, size = _box_after(drawn[whiskers:], is_horizontal)
        if box is not None:
            return box, whiskers + size
    return None, 0


def _box_after(drawn: Sequence[_Drawn], is_horizontal: bool) -> tuple[Box | None, int]:
    if len(drawn) < 3 or not (drawn[0].is_segment and drawn[1].is_segment):
        return None, 0
    positions, low = drawn[0].along(is_horizontal)
    more_positions, high = drawn[1].along(is_horizontal)
    position = positions[0]
    if not (np.all(positions == position) and np.all(more_positions == position)):
        return None, 0
    crossing = _crossing(drawn[2:6], position, is_horizontal)
    # The caps come first, in pairs.
    median_at = 2 if len(crossing) > 2 else 0
    if not crossing or crossing[median_at] < low[0] or crossing[median_at] > high[0]:
        return None, 0
    box = Box(position, is_horizontal)
    box.first_quartile, box.minimum = low
    box.third_quartile, box.maximum = high
    box.median = crossing[median_at]
    size = 2 + len(crossing)
    marked = _marked(drawn[size : size + 2], position, is_horizontal)
    if marked and not _is_mean(marked, box):
        box.outliers = marked[-1]
    return box, size + len(marked)


def _crossing(drawn: Sequence[_Drawn], position: float, is_horizontal: bool) -> list[float]:
    """Returns the values of the lines across the whiskers: caps, median, mean."""
    values: list[float] = []
    for one in drawn:
        if not one.is_segment or one.has_only_markers:
            break
        (start, end), (value, same) = one.along(is_horizontal)
        if start == end or not np.isclose((start + end) / 2, position):
            break
        if not np.array_equal(value, same, equal_nan=True):
            break
        values.append(value)
    return values


def _marked(drawn: Sequence[_Drawn], position: float, is_horizontal: bool) -> list[Any]:
    """Returns the values of the lines with only markers: the mean, the outliers."""
    values: list[Any] = []
    for one in drawn:
        positions, marked = one.along(is_horizontal)
        if not (one.has_only_markers and np.all(positions == position)):
            break
        values.append(marked)
    return values


def _is_mean(marked: Sequence[Any], box: Box) -> bool:
    """Whether these markers are a mean without outliers after it."""
    only = marked[0]
    return len(marked) == 1 and len(only) == 1 and bool(box.minimum <= only[0] <= box.maximum)
