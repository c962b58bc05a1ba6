"""Forks a process whose parent is the supervisor, which adopts orphans."""

from __future__ import annotations

from collections.abc import Iterator

from .originals import contextlib, modules, os

_PID_SIZE = 8


def fork_for_adoption() -> int:
    """Forks like `os.fork()`: returns 0 in the fork, its pid in the parent. Raises OSError."""
    released, release = os.pipe()
    told, tell = os.pipe()
    with _without_warning():
        middle = os.fork()
        if middle == 0:
            _fork_again(tell)
    if middle == 0:
        for descriptor in (release, told, tell):
            os.close(descriptor)
        # The supervisor is the parent only once the intermediate process is reaped.
        os.read(released, 1)
        os.close(released)
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
    try:
        pid = os.fork()
    except OSError:
        os._exit(1)
    if pid:
        os.write(tell, pid.to_bytes(_PID_SIZE, "little"))
        os._exit(0)
