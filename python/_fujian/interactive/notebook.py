"""Runs code like a notebook and sends its displays."""

from __future__ import annotations

import builtins
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from .. import frames
from ..at_once import Step, at_once
from ..channel import Channel, ChannelClosed
from ..interrupts import Interrupts
from ..originals import contextlib, contextvars, json, modules, threading
from ..output import Output
from ..user_calls import UserCall, called
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


class Notebook:
    def __init__(
        self,
        names: dict[str, Any],
        context: contextvars.Context,
        channel: Channel,
        output: Output,
        interrupts: Interrupts,
        loop: EventLoop,
    ) -> None:
        self._names = names
        self._context = context
        self._channel = channel
        self._output = output
        self._interrupts = interrupts
        self._loop = loop
        self._displays = Displays(self)
        self._history = History(names)
        self._is_offered = False
        self._count = 0
        # The interactive execution under way; 0: none.
        self._execution = 0
        self._in_order = False
        # Reentrant, because `__del__()` may display something during a display.
        self._showing = threading.RLock()

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

    def run(self, request: frames.Execute) -> Iterator[UserCall]:
        """Runs a cell. Raises what the code, or the `repr` of its value, raises."""
        with self._interrupts:
            cell = compile_cell(request.filename, request.source)
        value = yield from self._evaluate(cell)
        if value is not None:
            self._context.run(self._displays.show_value, value)
            with self._interrupts:
                self._history.add(self._count, value)

    def _evaluate(self, cell: Cell) -> Generator[UserCall, None, object]:
        names = self._names
        if cell.is_async:
            return self._loop.run(_evaluate_in_loop(cell, names))
        in_context = self._context.run
        yield from called(Step(in_context, exec, cell.body, names))
        if cell.value is None:
            return None
        return (yield from called(Step(in_context, eval, cell.value, names)))

    def show_plots(self) -> None:
        """Displays open figures at the end of an execution, even of a failed one."""
        figures = modules.get(f"{__package__}.figures")
        if figures is not None:
            figures.show_open_figures()

    def end(self) -> None:
        current.show_figure = None
        with self._showing:
            self._execution = 0

    def release(self) -> None:
        """Stops displays, in a child forked by user code."""
        self._showing = threading.RLock()
        self._execution = 0
        current.show_figure = None

    def forget_values(self) -> None:
        self._history = History(self._names)

    def show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> bool:
        """Sends a display, from any thread. Returns False if no interactive code runs."""
        members: dict[str, object] = {"type": kind, "metadata": bundle.metadata}
        if display_id is not None:
            members["id"] = display_id
        parts = [_part(mime_type, form) for mime_type, form in bundle.data.items()]
        return self._send(members, parts)

    def clear(self, wait: bool) -> bool:
        return self._send({"type": "clear", "wait": wait}, [])

    def _send(self, members: dict[str, object], parts: list[frames.Part]) -> bool:
        # Barriers and the frames that name them must go out in the same order.
        with self._interrupts, self._showing:
            execution = self._execution
            if not execution or not self._channel.is_open:
                return False
            barrier = self._output.next_barrier() if self._in_order else 0
            shown = frames.encode_shown(execution, barrier, members, parts)
            at_once(*self._output.raising(barrier), self._channel.enqueuing([shown]))
            self._channel.send_what_fits()
        with contextlib.suppress(ChannelClosed):
            self._channel.wait_until_sent()
        return True

    def _offer(self) -> None:
        self._is_offered = True
        offer_commands()
        know_foreign_types()
        offer_ipython(self._displays)


async def _evaluate_in_loop(cell: Cell, names: dict[str, Any]) -> object:
    ran = eval(cell.body, names)
    if is_awaited(cell.body):
        await ran
    if cell.value is None:
        return None
    value = eval(cell.value, names)
    return await value if is_awaited(cell.value) else value


# Functions that call user code.
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
    return frames.Part(mime_type, "json", json.dumps(form).encode())
