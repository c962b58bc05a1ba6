"""Starts sessions: forks of the supervisor, or new processes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol

from . import process_control
from .handover import close_all, has_ended, new_line
from .inheritance.kernel_objects import KernelObjects
from .originals import contextlib, os, signal
from .preload import preload
from .session import become_session

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_READY = b"."

# The signals that the supervisor handles or ignores.
_SIGNALS_OF_THE_SUPERVISOR = [signal.SIGCHLD, signal.SIGINT, signal.SIGTERM]

# Like the bootstrap of the supervisor in supervisor-process.ts.
_SPAWNED = """
import sys
directory, supervisor, line = sys.argv[1:4]
sys.path[:] = [directory] + [entry for entry in sys.path if entry]
from _fujian.starting import spawned
sys.path.remove(directory)
spawned(int(supervisor), int(line), sys.argv[4:])
"""


class Source(Protocol):
    def start(self, inherited: range) -> tuple[int, int]:
        """Starts a process that waits for its session. Returns its pid and its line.

        `inherited`: the supervisor's descriptors, which a fork has to close. Raises OSError.
        """


class Forking:
    """Forks sessions from the supervisor, with all preloaded modules."""

    def __init__(self) -> None:
        # Of the preloaded modules.
        self._shared = KernelObjects()

    def start(self, inherited: range) -> tuple[int, int]:
        supervisor = os.getpid()
        ours, theirs = new_line()
        try:
            pid = os.fork()
        except OSError:
            close_all((ours, theirs))
            raise
        if pid == 0:
            os.close(ours)
            os.closerange(inherited.start, inherited.stop)
            become_session(theirs, supervisor, self._shared)
        os.close(theirs)
        return pid, ours


class Spawning:
    """Starts sessions as new processes, where forks are not safe. Keeps one ready."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._next = self._spawn()
        pid, line = self._next
        if os.read(line, 1) != _READY:
            os.waitpid(pid, 0)
            os._exit(1)  # the process has printed why

    def start(self, inherited: range) -> tuple[int, int]:
        pid, line = self._next
        if has_ended(line):
            os.close(line)
            pid, line = self._spawn()
        self._next = self._spawn()
        return pid, line

    def _spawn(self) -> tuple[int, int]:
        """Starts a process that preloads the modules and says on its line when it has."""
        ours, theirs = new_line()
        os.set_inheritable(theirs, True)
        arguments = [os.path.dirname(_PACKAGE), str(os.getpid()), str(theirs), *self._modules]
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-c", _SPAWNED, *arguments],
                os.environ,
                # Its descriptors close on exec. Its signal handling has to be reset.
                setsigdef=_SIGNALS_OF_THE_SUPERVISOR,
            )
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return pid, ours


def spawned(supervisor: int, line: int, modules: Sequence[str]) -> NoReturn:
    """Runs a process that becomes a session later."""
    process_control.die_with(supervisor)
    os.set_inheritable(line, False)
    preload(modules)
    with contextlib.suppress(BrokenPipeError):  # the supervisor has ended
        os.write(line, _READY)
    become_session(line, supervisor, None)
