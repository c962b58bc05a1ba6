"""Backend of matplotlib that displays figures in the session.

`plt.show()` displays and closes all open figures, and so does the end of an execution, as in a
notebook. Without subscribers the figures stay open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..originals import io, weakref
from . import current

# Figures shown in this execution, as a value or by display().
_shown: weakref.WeakSet[Figure] = weakref.WeakSet()


class FigureManager(FigureManagerBase):  # type: ignore[misc]  # matplotlib need not be there
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show(block=block)

    def show(self) -> None:
        """`figure.show()`: the figure stays open and is not shown again at the end."""
        if current.show_figure is not None:
            was_shown(self.canvas.figure)
            current.show_figure(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]  # matplotlib need not be there
    manager_class = FigureManager

    def draw_idle(self, *_args: object, **_options: object) -> None:
        """Does nothing, because there is no window to redraw."""


def show(*, block: bool | None = None) -> None:
    """`plt.show()` of matplotlib before 3.6."""
    _show(_open_managers(), but_not=())


def show_open_figures() -> None:
    """Displays and closes open figures at the end of an execution."""
    but_not = set(_shown)
    _shown.clear()
    _show(_open_managers(), but_not)


def was_shown(figure: Figure) -> None:
    """Marks a figure as displayed, so that the end of the execution only closes it."""
    _shown.add(figure)


def _open_managers() -> list[FigureManager]:
    """Returns the managers of open figures, without those of other backends."""
    managers = Gcf.get_all_fig_managers()
    return [manager for manager in managers if isinstance(manager, FigureManager)]


def _show(managers: list[FigureManager], but_not: Iterable[Figure]) -> None:
    if current.show_figure is None:
        return
    failure: Exception | None = None
    try:
        for manager in managers:
            figure = manager.canvas.figure
            if figure in but_not:
                continue
            try:
                current.show_figure(figure)
            except Exception as error:
                failure = failure or error
    finally:
        for manager in managers:
            Gcf.destroy(manager)
    if failure is not None:
        raise failure


def png_of(figure: Figure) -> bytes:
    """Renders a figure with any canvas, cropped to its content, in its own colours."""
    image = io.BytesIO()
    options: dict[str, Any] = {
        "dpi": figure.dpi,
        "facecolor": figure.get_facecolor(),
        "edgecolor": figure.get_edgecolor(),
        "bbox_inches": "tight",
    }
    figure.canvas.print_figure(image, format="png", **options)
    return image.getvalue()


def describe(figure: Figure) -> str:
    """Describes a figure without `repr()`, which a subclass may override."""
    text: str = Figure.__repr__(figure)
    return text
