"""What closes and removes things at the end of an object or a process: those of the parent."""

from __future__ import annotations

from typing import Any

from ..originals import atexit, modules, weakref
from .instances import instances_of

_finalize: Any = weakref.finalize  # its registry is not in typeshed


def has_exit_functions() -> bool:
    return atexit._ncallbacks() > 0


def leave_exit_functions_to_parent() -> None:
    """Has only those exit functions run in this fork that are registered from now on."""
    atexit._clear()


def has_finalizers() -> bool:
    return bool(_finalize._registered_with_atexit)


def leave_finalizers_to_parent() -> None:
    """Has `weakref.finalize` do nothing at the exit, and keep temporary directories."""
    _finalize._registered_with_atexit = False  # is an exit function itself
    tempfile = modules.get("tempfile")
    clean_up = tempfile and tempfile.TemporaryDirectory._cleanup.__func__
    for finalizer, known in list(_finalize._registry.items()):
        known.atexit = False
        if clean_up and getattr(known.func, "__func__", None) is clean_up:
            finalizer.detach()


def leave_temporary_files_to_parent() -> None:
    """Has the objects of `NamedTemporaryFile` close their files without removing them."""
    tempfile: Any = modules["tempfile"]
    for closer in instances_of(tempfile._TemporaryFileCloser):
        closer.delete = False
