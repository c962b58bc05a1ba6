"""Process functions beyond Python's `os`. On systems without them they do nothing."""

from __future__ import annotations

from .originals import contextlib, ctypes, faulthandler, os, platform, resource, signal, time

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_IONBF = 2
# Errors of /proc for a process or thread that has ended, the latter during the read.
_GONE = (FileNotFoundError, ProcessLookupError)
# States of proc(5) in which a process has not noticed its SIGSTOP. In D, as between vfork and
# exec, it starts no process before it does.
_RUNNING = frozenset("RS")
_STOP_INTERVAL = 0.001  # s
_STOP_CHECKS = 1_000
# Bounds the work for descendants of another user, which go on.
_STOP_ROUNDS = 100


def _load_libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None


# Never returns, and keeps the interpreter lock, as all functions of `pythonapi` do.
_py_exit = getattr(ctypes.pythonapi, "Py_Exit", os._exit)


def end_interpreter() -> None:
    """Ends this process as Python ends a program: from its modules to the exit handlers of C."""
    _py_exit(0)


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


def refuse_access() -> None:
    """Refuses other processes of this user the memory and descriptors of this process."""
    _prctl(_PR_SET_DUMPABLE, 0)


def allow_access() -> None:
    """Undoes `refuse_access()`, so that Node may measure the memory of this process."""
    _prctl(_PR_SET_DUMPABLE, 1)


def _prctl(option: int, argument: int) -> None:
    if platform == "linux" and _libc is not None:
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
    fields = _fields_of_stat()
    return (int(fields[45]), int(fields[46])) if fields else (0, 0)


def _fields_of_stat() -> list[str]:
    """Returns the fields of /proc/self/stat from the third on. Empty without /proc."""
    try:
        with open("/proc/self/stat") as stat:
            return stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return []


def start_of_this_process() -> int:
    """Returns the time of the start in nanoseconds, some milliseconds late; now if unknown."""
    fields = _fields_of_stat()
    if not fields:
        return time.time_ns()
    start = (int(fields[19]) + 1) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + start


# Inherited by forks.
_arguments = _find_arguments()


def make_c_output_unbuffered() -> None:
    """Unbuffers C's stdout: its output stays in order with Python's and survives a crash."""
    if _libc is None:
        return
    try:
        name = "__stdoutp" if platform == "darwin" else "stdout"
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


def is_child(pid: int) -> bool:
    """Returns whether the pid is a child that runs or is not reaped yet."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def descendants_of(pid: int) -> list[int]:
    found = children_of(pid)
    for child in found:  # the list grows during the loop
        found += children_of(child)
    return found


def stop_tree(pid: int) -> list[int]:
    """
    Stops a process and its descendants, and returns them.

    None of them starts another process afterwards. Killed while they run, one could start a process
    that leaves the process-session unseen.
    """
    stopped: list[int] = []
    for _ in range(_STOP_ROUNDS):
        started = [one for one in (pid, *descendants_of(pid)) if one not in stopped]
        if not started:
            break
        for one in started:
            # Raised for a process that has ended, and for one of another user.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGSTOP)
        for one in started:
            _await_stop(one)
        stopped += started
    return stopped


def _await_stop(pid: int) -> None:
    """Waits until a process no longer runs: a fork that is under way ends before it stops."""
    for _ in range(_STOP_CHECKS):
        if _state_of(pid) not in _RUNNING:
            return
        time.sleep(_STOP_INTERVAL)


def _state_of(pid: int) -> str:
    """Returns the letter of proc(5), such as R, or an empty string if the process has ended."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except _GONE:
        return ""


def arguments_of(pid: int) -> bytes:
    """Returns the arguments, each followed by a zero byte. Empty if it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as arguments:
            return arguments.read()
    except _GONE:
        return b""


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
