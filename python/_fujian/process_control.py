"""Process functions beyond Python's `os`. On systems without them they do nothing."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_IONBF = 2
# Errors of /proc for a process or thread that has ended, the latter during the read.
_GONE = (FileNotFoundError, ProcessLookupError)


def _load_libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None


# Loaded once, in the supervisor, and inherited by the sessions.
_libc = _load_libc()


def adopt_orphans() -> None:
    """Makes this process a subreaper: the parent of orphaned descendants."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Has the kernel kill this process when the parent ends. Exits if it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, argument: int) -> None:
    if sys.platform == "linux" and _libc is not None:
        _libc.prctl(option, argument, 0, 0, 0)


def set_title(title: str) -> None:
    """Sets the title that `ps` shows, if the arguments of the process can be found."""
    start, end = _arguments
    if end - start < 2:
        return
    text = title.encode()[: end - start - 1]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text))


def _find_arguments() -> tuple[int, int]:
    """Returns the addresses of the process arguments: proc(5), fields 48 and 49 of stat."""
    try:
        with open("/proc/self/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0, 0
    return int(fields[45]), int(fields[46])


# Inherited by forks.
_arguments = _find_arguments()


def make_c_output_unbuffered() -> None:
    """Unbuffers C's stdout: its output stays in order with Python's and survives a crash."""
    if _libc is None:
        return
    try:
        name = "__stdoutp" if sys.platform == "darwin" else "stdout"
        stdout = ctypes.c_void_p.in_dll(_libc, name)
    except ValueError:
        return
    _libc.setvbuf(stdout, None, _IONBF, 0)


def show_stack_on_crash() -> None:
    faulthandler.enable(file=2)


def thread_count() -> int:
    """Returns the number of threads of this process, or 1 if unknown."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        return 1


def address_space() -> int:
    """Returns the size of the address space in bytes, or 0 if unknown."""
    try:
        with open("/proc/self/statm") as sizes:
            return int(sizes.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0


def session_of(pid: int) -> int:
    """Returns the process-session (`setsid`) of a process, or 0 if it has ended."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def descendants_of(pid: int) -> list[int]:
    found = children_of(pid)
    for child in found:  # the list grows during the loop
        found += children_of(child)
    return found


def children_of(pid: int) -> list[int]:
    """Returns the direct and adopted children. Returns an empty list without /proc."""
    children: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except _GONE:
        return children
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as listing:
                children += map(int, listing.read().split())
        except _GONE:
            continue
    return children
