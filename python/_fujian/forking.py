"""Forks a session: a child of the supervisor, as a program under a shell.

It leads its process group, and nothing leads its process-session. So no terminal that its code
opens becomes its controlling one, whose end would kill it. The process-session is its own, though:
the supervisor tells by it what a session has started.
"""

from __future__ import annotations

from collections.abc import Iterator

from .handover import close_all
from .originals import contextlib, modules, os, platform

_PID_SIZE = 8


def fork_session() -> int:
    """Forks a session from the supervisor. Returns like `os.fork()`. Raises OSError."""
    if platform == "linux":
        return fork_for_adoption()
    # Orphans have another parent there.
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
    return pid


def fork_for_adoption() -> int:
    """Forks by way of a process that ends, so that the supervisor adopts the fork.

    Returns 0 in the fork, its pid in the parent. Raises OSError.
    """
    ends = [*os.pipe()]
    try:
        ends += os.pipe()
        with _without_warning():
            middle = os.fork()
            if middle == 0:
                _fork_again(ends[-1])
    except OSError:
        close_all(ends)
        raise
    released, release, told, tell = ends
    if middle == 0:
        for descriptor in (release, told, tell):
            os.close(descriptor)
        # The supervisor is the parent only once the intermediate process is reaped.
        os.read(released, 1)
        os.close(released)
        os.setpgid(0, 0)
        return 0
    os.close(released)
    os.close(tell)
    with contextlib.suppress(ChildProcessError):  # user code ignores SIGCHLD or reaps children
        os.waitpid(middle, 0)
    pid = os.read(told, _PID_SIZE)
    os.close(told)
    os.close(release)
    if not pid:
        raise OSError("the operating system refused to fork")
    return int.from_bytes(pid, "little")


@contextlib.contextmanager
def _without_warning() -> Iterator[None]:
    """The reply to the fork request names the threads that did not survive; Python warns of them.

    Without `warnings.catch_warnings()`, which is Python code that needs the builtins.
    """
    module = modules.get("warnings")
    if module is None:
        yield
        return
    names = module.__dict__
    theirs = names.get("filters")
    names["filters"] = [("ignore", None, DeprecationWarning, None, 0)]
    try:
        yield
    finally:
        names["filters"] = theirs


def _fork_again(tell: int) -> None:
    """Forks the intermediate process. Returns only in the new process."""
    os.setsid()
    try:
        pid = os.fork()
    except OSError:
        os._exit(1)
    if pid:
        os.write(tell, pid.to_bytes(_PID_SIZE, "little"))
        os._exit(0)
