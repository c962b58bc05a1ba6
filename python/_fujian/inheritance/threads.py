"""The threads of this session, which a fork does not have."""

from __future__ import annotations

import sys

from ..originals import contextlib, gc, os, threading
from .instances import instances_of

_TASKS = "/proc/self/task"


def names_of_other_threads() -> list[str]:
    """Returns the names of all threads but this one, also of those that Python does not know."""
    known = {thread.native_id: thread.name for thread in threading.enumerate()}
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
    if sys.version_info < (3, 10):
        # There the instances do not refer to the class, but to the empty tuple.
        found += [one for one in gc.get_referrers(()) if type(one) is threading.local]
    # Each refers to a dictionary of dictionaries, one for each thread.
    tables = (one for each in found for one in gc.get_referents(each) if type(one) is dict)
    return [values for table in tables for values in table.values()]
