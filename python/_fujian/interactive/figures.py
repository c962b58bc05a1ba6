"""A backend of matplotlib: figures are handed to the session when they are to be shown.

`plt.show()` shows all that are open and closes them; the end of a run does so with the others, as
in a notebook. Where nobody is there to show them, they stay as they are.
"""

from __future__ import annotations

import io
import weakref
from collections.abc import Iterable
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import current

# In this run, as a value or by display().
_shown: weakref.WeakSet[Figure] = weakref.WeakSet()


class FigureManager(FigureManagerBase):  # type: ignore[misc]  # matplotlib need not be there
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show(block=block)

    def show(self) -> None:
        """Of `figure.show()`: the figure stays open, and is not shown again at the end."""
        if current.show_figure is not None:
            was_shown(self.canvas.figure)
            current.show_figure(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]  # matplotlib need not be there
    manager_class = FigureManager

    def draw_idle(self, *_args: object, **_options: object) -> None:
        """There is no window that would have to follow each change."""


def show(*, block: bool | None = None) -> None:
    """`plt.show()`. Where matplotlib is older than 3.6 it looks for this one."""
    _show(_open_managers(), but_not=())


def show_open_figures() -> None:
    """At the end of a run."""
    but_not = set(_shown)
    _shown.clear()
    _show(_open_managers(), but_not)


def was_shown(figure: Figure) -> None:
    """Tells that the figure has been displayed: at the end of the run it is only closed."""
    _shown.add(figure)


def _open_managers() -> list[FigureManager]:
    """Not those of a backend that user code has chosen instead."""
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
    """The figure as it is, whatever its canvas: cut to what is drawn, in its own colours."""
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
    """Not `repr()`: a subclass may have its own."""
    text: str = Figure.__repr__(figure)
    return text
