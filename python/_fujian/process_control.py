"""What the operating system offers beyond Python's `os`, each where it is to be had."""

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
# What /proc answers of a process or a thread that has ended, the latter when it ends meanwhile.
_GONE = (FileNotFoundError, ProcessLookupError)


def _load_libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None


# Loaded once, in the supervisor: the sessions inherit it.
_libc = _load_libc()


def adopt_orphans() -> None:
    """Descendants whose parents die become children of this process, which can kill them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Ends with the parent, also if it has ended before this was called."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, argument: int) -> None:
    if sys.platform == "linux" and _libc is not None:
        _libc.prctl(option, argument, 0, 0, 0)


def set_title(title: str) -> None:
    """What `ps` shows. Where the arguments of the process are not to be found, nothing changes."""
    start, end = _arguments
    if end - start < 2:
        return
    text = title.encode()[: end - start - 1]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text))


def _find_arguments() -> tuple[int, int]:
    """Where the kernel reads the arguments of this process: proc(5), fields 48 and 49 of stat."""
    try:
        with open("/proc/self/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0, 0
    return int(fields[45]), int(fields[46])


# The same in all that this process forks.
_arguments = _find_arguments()


def make_c_output_unbuffered() -> None:
    """What C code prints keeps its place among what Python prints, and survives a crash."""
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
    """Threads of this process; 1 where it cannot be told."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        return 1


def address_space() -> int:
    """Bytes of this process's address space; 0 where it cannot be told."""
    try:
        with open("/proc/self/statm") as sizes:
            return int(sizes.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0


def session_of(pid: int) -> int:
    """The process-session (`setsid`) of a process; 0 if it is gone."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def descendants_of(pid: int) -> list[int]:
    found = children_of(pid)
    for child in found:  # grows meanwhile
        found += children_of(child)
    return found


def children_of(pid: int) -> list[int]:
    """Direct children, adopted ones included. Empty where /proc is missing."""
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
