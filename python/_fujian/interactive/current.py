"""The displays that figures are shown on, set while interactive code runs."""

from __future__ import annotations

from typing import Any, Callable

show_figure: Callable[[Any], object] | None = None
