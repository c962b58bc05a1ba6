"""Separates a fork from what it inherits, so that nothing that ends there can hurt its parent.

An inherited Python object is a copy. Behind it may be something that the parent goes on using: a
kernel object, a thread, a worker process, a file. Destructors run in the fork as anywhere, so all
of that is replaced before the first of them can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

from ..originals import contextlib, gc, modules
from .executors import end_lost_work
from .finalizers import (
    has_exit_functions,
    has_finalizers,
    leave_exit_functions_to_parent,
    leave_finalizers_to_parent,
    leave_temporary_files_to_parent,
)
from .kernel_objects import KernelObjects
from .processes import leave_processes_to_parent
from .threads import has_other_threads, locals_of_threads, names_of_other_threads

__all__ = ["Inheritance", "paused_collection"]


@contextlib.contextmanager
def paused_collection() -> Iterator[None]:
    """Collects no garbage: its destructors would run in a fork that is not disarmed yet."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Inheritance:
    """All that a fork of this session will share with it. Made before the fork, in a
    `paused_collection()` that ends after `disarm()`.

    Finds out in the parent what is to be done: a fork copies each page of memory that it touches.
    """

    def __init__(self) -> None:
        # Names of the threads that the fork will not have.
        self.lost_threads = names_of_other_threads()
        self._kept: list[object] = []
        self._steps: list[Callable[[], None]] = []
        kernel_objects = KernelObjects()
        if kernel_objects:
            self._steps.append(kernel_objects.replace)
        if has_exit_functions():
            self._steps.append(leave_exit_functions_to_parent)
        if has_finalizers():
            self._steps.append(leave_finalizers_to_parent)
        if kernel_objects.has_files and "tempfile" in modules:
            self._steps.append(leave_temporary_files_to_parent)
        if "multiprocessing.util" in modules:
            self._steps.append(leave_processes_to_parent)
        if has_other_threads():
            self._kept = locals_of_threads()
            self._steps += [end_lost_work, self._kept.clear]

    def disarm(self) -> None:
        """Separates the new fork from its parent."""
        for step in self._steps:
            step()
