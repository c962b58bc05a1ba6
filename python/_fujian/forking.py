"""Forks a process that is no child of this one, but of the supervisor, which adopts orphans."""

from __future__ import annotations

import contextlib
import os
import warnings

_PID_SIZE = 8
# As it is before user code replaces it.
_fork = os.fork


def fork_for_adoption() -> int:
    """As `os.fork()`: answers 0 in the new process, its pid in this one. Raises OSError."""
    released, release = os.pipe()
    told, tell = os.pipe()
    with warnings.catch_warnings():
        # That threads do not survive is said in the answer to whoever asked for the fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        middle = _fork()
        if middle == 0:
            _fork_again(tell)
    if middle == 0:
        for descriptor in (release, told, tell):
            os.close(descriptor)
        # Not before the one between is reaped is it certain who the parent is.
        os.read(released, 1)
        os.close(released)
        return 0
    os.close(released)
    os.close(tell)
    with contextlib.suppress(ChildProcessError):  # user code has SIGCHLD ignored, or reaps itself
        os.waitpid(middle, 0)
    pid = os.read(told, _PID_SIZE)
    os.close(told)
    os.close(release)
    if not pid:
        raise OSError("the operating system refused to fork")
    return int.from_bytes(pid, "little")


def _fork_again(tell: int) -> None:
    """Returns in the new process alone."""
    try:
        pid = _fork()
    except OSError:
        os._exit(1)
    if pid:
        os.write(tell, pid.to_bytes(_PID_SIZE, "little"))
        os._exit(0)
