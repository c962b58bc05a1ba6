"""The event loop of a session: top-level `await`, and tasks that run between executions.

It is created on demand, because `asyncio` takes long to import.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any, Callable

from ..interrupts import Interrupts
from ..originals import contextvars, functools, os, types
from ..tracebacks import report
from ..user_calls import OUR_FILES

if TYPE_CHECKING:
    import asyncio


class EventLoop:
    def __init__(self, interrupts: Interrupts, context: contextvars.Context) -> None:
        """`context` is that of all code, so that context variables last from cell to cell."""
        self._interrupts = interrupts
        self._context = context
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_in_use(self) -> bool:
        return self._loop is not None and not self._loop.is_closed()

    def forget(self) -> None:
        """Forgets the loop, in a fork of the session: tasks do not survive, like threads.

        Does not close the loop, because the parent shares its kernel objects.
        """
        self._loop = None

    def close(self) -> None:
        """Cancels the tasks and closes the loop, as `asyncio.run()` does at its end."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            _asyncio().runners._cancel_all_tasks(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()

    def run(self, coroutine: Coroutine[Any, Any, object]) -> object:
        """Runs a coroutine, and other tasks meanwhile. Interrupts cancel it."""
        loop = self._running()
        task: asyncio.Task[object] | None = None
        try:
            with self._interrupts:
                task = loop.create_task(_InContext(coroutine, self._context))
                task.add_done_callback(lambda _: loop.stop())
            _run_until_done(loop, task)
        except KeyboardInterrupt:
            if task is None:
                coroutine.close()
                raise
            # The interrupt struck the loop or another task: stop the code where it waits.
            task.cancel()
            _run_until_done(loop, task)
            raise _interrupt_of(task) from None
        error = _cancellation_of(task) if task.cancelled() else task.exception()
        if error is not None:
            raise error.with_traceback(_theirs(error.__traceback__))
        return task.result()

    def serve_until(self, descriptor: int, has_come: Callable[[], bool]) -> None:
        """Runs tasks while the session is idle."""
        loop = self._running()
        loop.add_reader(descriptor, loop.stop)
        try:
            try:
                self._interrupts.idle = lambda: loop.call_soon_threadsafe(loop.stop)
                # Checked last: requests that arrive from here on wake the loop.
                if not has_come():
                    self._interrupts.hooks.resume()
                    run_loop(loop)
            finally:
                self._interrupts.idle = None
                self._interrupts.hooks.suspend()
        except KeyboardInterrupt:
            pass  # a task delayed an interrupted execution
        except BaseException as error:
            report(error)
        self._interrupts.idle = None
        loop.remove_reader(descriptor)

    def _running(self) -> asyncio.AbstractEventLoop:
        # An interrupted import may leave a broken module.
        with self._interrupts:
            asyncio = _asyncio()
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        return self._loop


class _InContext(Coroutine[Any, Any, object]):
    """A coroutine that runs in a given context, where a task runs it in a copy of its own.

    Before 3.11 tasks cannot be given one.
    """

    def __init__(
        self, coroutine: Coroutine[Any, Any, object], context: contextvars.Context
    ) -> None:
        self._coroutine = coroutine
        self._run = context.run

    def send(self, value: object) -> object:
        return self._run(self._coroutine.send, value)

    def throw(self, *error: Any) -> object:  # noqa: ANN401  # what coroutines take
        return self._run(self._coroutine.throw, *error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, object]:
        return self._coroutine.__await__()


def _run_until_done(loop: asyncio.AbstractEventLoop, task: asyncio.Task[object]) -> None:
    # User code, or a pending stop of an earlier execution, may stop the loop early.
    while not task.done():
        try:
            run_loop(loop)
        except SystemExit as error:
            if not task.done():  # raised by another task
                report(error)


def run_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Runs the loop until it is stopped. Its tasks are user code."""
    loop.run_forever()


def _interrupt_of(task: asyncio.Task[object]) -> BaseException:
    """Returns a KeyboardInterrupt with the traceback of the cancelled code."""
    error: BaseException = KeyboardInterrupt()
    if task.cancelled():
        error = error.with_traceback(_cancellation_of(task).__traceback__)
    else:
        error = task.exception() or error
    return error.with_traceback(_theirs(error.__traceback__))


def _cancellation_of(task: asyncio.Task[object]) -> BaseException:
    """Returns the exception that ended a cancelled task, with the traceback of its code."""
    try:
        task.result()
    except BaseException as raised:
        # Before 3.11 the error is a new one, whose context is that of the code.
        within = raised.__context__
        return within if within and _theirs(raised.__traceback__) is None else raised
    raise AssertionError("the task was not cancelled")


def _theirs(trace: types.TracebackType | None) -> types.TracebackType | None:
    """Strips our frames and the loop's frames from the beginning of a traceback."""
    while trace is not None and _is_machinery(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_machinery(filename: str) -> bool:
    asyncio_package = os.path.dirname(str(_asyncio().__file__)) + os.sep
    return filename.startswith((*OUR_FILES, asyncio_package))


@functools.lru_cache
def _asyncio() -> types.ModuleType:
    """Imports asyncio once, whatever user code does to `sys.modules` later."""
    import asyncio

    return asyncio
