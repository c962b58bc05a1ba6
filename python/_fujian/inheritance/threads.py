"""The threads of this session, which a fork does not have."""

from __future__ import annotations

import sys

from ..originals import contextlib, gc, os, threading
from .instances import instances_of

_TASKS = "/proc/self/task"
# Those that `threading.enumerate()` lists, by Python code that needs the builtins.
_active: dict[int, threading.Thread] = threading.__dict__["_active"]
# There the instances of `threading.local` do not refer to the class, but to the empty tuple.
_IS_OLD = sys.version_info < (3, 10)


def has_other_threads() -> bool:
    """Whether Python knows other threads than this one."""
    return len(_active) > 1


def names_of_other_threads() -> list[str]:
    """Returns the names of all threads but this one, also of those that Python does not know."""
    known = {thread.native_id: thread.name for thread in list(_active.values())}
    this = threading.get_native_id()
    try:
        others = sorted(number for number in map(int, os.listdir(_TASKS)) if number != this)
    except FileNotFoundError:
        return [name for number, name in known.items() if number != this]
    names = []
    for number in others:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            names.append(known.get(number) or _native_name(number))
    return names


def _native_name(number: int) -> str:
    with open(f"{_TASKS}/{number}/comm", errors="backslashreplace") as name:
        return f"{name.read().rstrip()} (native)"


def locals_of_threads() -> list[object]:
    """Returns the thread-local values of all threads.

    A fork destroys those of lost threads, unless there is a reference, before any of our code
    runs. The connection of a thread to a database would say goodbye then.
    """
    found = instances_of(threading.local)
    if _IS_OLD:
        found += [one for one in gc.get_referrers(()) if type(one) is threading.local]
    # Each refers to a dictionary of dictionaries, one for each thread.
    tables = (one for each in found for one in gc.get_referents(each) if type(one) is dict)
    return [values for table in tables for values in table.values()]
