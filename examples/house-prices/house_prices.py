"""A linear model of house prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AREAS = np.array([50.0, 80.0, 100.0, 120.0, 200.0])
_ROOMS = np.array([2.0, 3.0, 4.0, 4.0, 7.0])
_PRICES = 2_000 * _AREAS + 10_000 * _ROOMS + 50_000


def _with_ones(houses: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([houses, np.ones(len(houses))])


_weights = np.linalg.lstsq(_with_ones(np.column_stack([_AREAS, _ROOMS])), _PRICES, rcond=None)[0]


def predict(houses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predicts prices. A row is the area, and the number of rooms."""
    return _with_ones(houses) @ _weights
