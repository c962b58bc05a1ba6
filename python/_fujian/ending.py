"""The end of a session, as Python ends a program.

Node asks for it when a session without running code is closed or restarted, and kills the session
when it takes too long: all of this is user code.
"""

from __future__ import annotations

from typing import Any, Callable, NoReturn

from .interactive.event_loop import EventLoop
from .interrupts import Interrupts
from .originals import atexit, contextlib, gc, modules, os
from .process_control import end_interpreter


def end_as_a_program(
    names: dict[str, Any],
    loop: EventLoop,
    interrupts: Interrupts,
    let_go: Callable[[], None],
) -> NoReturn:
    """Ends this process.

    `names`: the namespace of the session. `let_go`: releases the other objects that it keeps.
    """
    try:
        interrupts.release()
        for step in (
            interrupts.hooks.resume,
            loop.close,
            _wait_for_threads,
            _run_exit_functions,
            let_go,
            lambda: _clear(names),
            gc.collect,
        ):
            interrupts.run_between_executions(step)
        end_interpreter()
    finally:
        os._exit(1)


def _wait_for_threads() -> None:
    threading = modules.get("threading")
    if threading is not None:
        threading._shutdown()  # that of gevent, if it has replaced Python's


def _run_exit_functions() -> None:
    # Until Python 3.10 it raises the last exception too, which it has printed.
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()


def _clear(names: dict[Any, Any]) -> None:
    """Clears a namespace like Python at its end: first the names with one underscore.

    Python itself would do so after it has cleared our modules, which the streams need.
    """
    theirs = [name for name in names if isinstance(name, str) and name != "__builtins__"]
    for name in sorted(theirs, key=lambda name: not name.startswith("_") or name.startswith("__")):
        names[name] = None
