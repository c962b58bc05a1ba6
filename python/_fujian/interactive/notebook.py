"""Runs code as a notebook does, and shows what it shows."""

from __future__ import annotations

import builtins
import contextlib
import sys
import threading
from json import dumps as _dumps
from typing import TYPE_CHECKING, Any

from .. import frames
from ..channel import Channel, ChannelClosed
from ..interrupts import Interrupts, no_signals
from ..output import Output
from . import current
from .cells import Cell, compile_cell, is_awaited
from .commands import offer_commands
from .displays import Displays
from .event_loop import EventLoop, run_loop
from .foreign_types import know_foreign_types
from .history import History
from .ipython_display import offer_ipython

if TYPE_CHECKING:
    from .bundles import Bundle
    from .displays import Kind

_exec, _eval = exec, eval  # user code may put anything into `builtins`


class Notebook:
    def __init__(
        self,
        names: dict[str, Any],
        channel: Channel,
        output: Output,
        interrupts: Interrupts,
        loop: EventLoop,
    ) -> None:
        self._names = names
        self._channel = channel
        self._output = output
        self._interrupts = interrupts
        self._loop = loop
        self._displays = Displays(self)
        self._history = History(names)
        self._is_offered = False
        self._count = 0
        # The execution that can show something now; 0: none.
        self._execution = 0
        self._in_order = False
        # Owned once more by what `__del__()` shows while something is shown.
        self._showing = threading.RLock()
        # Until the end: an interrupt that strikes while its source is forgotten would be lost.
        self._cell: Cell | None = None

    def begin(self, request: frames.Execute) -> None:
        with self._interrupts:
            if not self._is_offered:
                self._offer()
            builtins.__dict__["display"] = self._displays.display
            self._count += 1
            self._channel.note(frames.encode_begun(request.execution, self._count))
            with self._showing:
                self._execution = request.execution
                self._in_order = request.streamed
            current.show_figure = self._displays.display

    def run(self, request: frames.Execute) -> None:
        """Raises what the code raises, and what the `repr` of its value does."""
        with self._interrupts:
            self._cell = cell = compile_cell(request.filename, request.source)
        value = self._evaluate(cell)
        if value is not None:
            self._displays.show_value(value)
            with self._interrupts:
                self._history.add(self._count, value)

    def _evaluate(self, cell: Cell) -> object:
        names = self._names
        if cell.is_async:
            return self._loop.run(_evaluate_in_loop(cell, names))
        _exec(cell.body, names)
        return None if cell.value is None else _eval(cell.value, names)

    def show_plots(self) -> None:
        """Those that are open at the end of a run, also of one that failed."""
        figures = sys.modules.get(f"{__package__}.figures")
        if figures is not None:
            figures.show_open_figures()

    def end(self) -> None:
        current.show_figure = None
        self._cell = None
        with self._showing:
            self._execution = 0

    def release(self) -> None:
        """In a process that was forked: nobody sees what is shown there."""
        self._showing = threading.RLock()
        self._execution = 0
        current.show_figure = None

    def show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> bool:
        """From any thread, while interactive code runs. Answers whether anybody sees it."""
        members: dict[str, object] = {"type": kind, "metadata": bundle.metadata}
        if display_id is not None:
            members["id"] = display_id
        parts = [_part(mime_type, form) for mime_type, form in bundle.data.items()]
        return self._send(members, parts)

    def clear(self, wait: bool) -> bool:
        return self._send({"type": "clear", "wait": wait}, [])

    def _send(self, members: dict[str, object], parts: list[frames.Part]) -> bool:
        # Barriers and the frames that name them go out in the same order, whole. A handler of the
        # user's would come in between: it may raise, or show something itself.
        with no_signals(), self._interrupts, self._showing:
            execution = self._execution
            if not execution or not self._channel.is_open:
                return False
            barrier = self._output.raise_barrier() if self._in_order else 0
            self._channel.note(frames.encode_shown(execution, barrier, members, parts))
        with contextlib.suppress(ChannelClosed):
            self._channel.wait_until_sent()
        return True

    def _offer(self) -> None:
        self._is_offered = True
        offer_commands()
        know_foreign_types()
        offer_ipython(self._displays)


async def _evaluate_in_loop(cell: Cell, names: dict[str, Any]) -> object:
    ran = _eval(cell.body, names)
    if is_awaited(cell.body):
        await ran
    if cell.value is None:
        return None
    value = _eval(cell.value, names)
    return await value if is_awaited(cell.value) else value


# What calls code of the user's.
NOTEBOOK_RUNNERS = (
    Notebook._evaluate.__code__,
    _evaluate_in_loop.__code__,
    run_loop.__code__,
)


def _part(mime_type: str, form: object) -> frames.Part:
    if isinstance(form, bytes):
        return frames.Part(mime_type, "bytes", form)
    if isinstance(form, str) and not mime_type.endswith("json"):
        return frames.Part(mime_type, "text", form.encode(errors="backslashreplace"))
    return frames.Part(mime_type, "json", _dumps(form).encode())
