"""Formatters for types of well-known libraries, none of which is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats import register
from .tables import table_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def know_foreign_types() -> None:
    register("matplotlib.figure", "Figure", _figure)
    for module in ("pandas", "pandas.core.frame"):  # its `__module__` in newer and older versions
        register(module, "DataFrame", _data_frame)


def _figure(figure: Figure) -> dict[str, object]:
    from .charts import chart_of
    from .figures import png_of, was_shown

    was_shown(figure)
    chart = chart_of(figure)
    png: dict[str, object] = {"image/png": png_of(figure)}
    return png if chart is None else {**png, "e2b/chart": chart}


def _data_frame(frame: object) -> dict[str, object]:
    table = table_of(frame)
    return {} if table is None else {"e2b/data": table}
