"""Starts sessions: forks of the supervisor, or new processes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from . import process_control
from .forking import fork_session
from .handover import close_all, has_ended, new_line
from .inheritance.kernel_objects import KernelObjects
from .originals import contextlib, os, signal
from .preload import preload
from .session import become_session

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_READY = b"."

_IGNORED_BY_THE_SUPERVISOR = (signal.SIGINT, signal.SIGTERM)

# Like the bootstrap of the supervisor in supervisor-process.ts.
_SPAWNED = """
import sys
directory, supervisor, line = sys.argv[1:4]
sys.path[:] = [directory] + [entry for entry in sys.path if entry]
from _fujian.starting import spawned
sys.path.remove(directory)
spawned(int(supervisor), int(line), sys.argv[4:])
"""


class Source:
    """Starts processes that wait for their sessions. Keeps one ready."""

    def __init__(self) -> None:
        self._ready: tuple[int, int] | None = None

    def start(self, inherited: range) -> tuple[int, int]:
        """Returns the pid and the line of a process.

        `inherited`: the supervisor's descriptors, which a fork has to close. Raises OSError.
        """
        ready, self._ready = self._ready, None
        if ready is None:
            return self._new(inherited)
        _, line = ready
        if not has_ended(line):
            return ready
        os.close(line)
        return self._new(inherited)

    def keep_ready(self, inherited: range) -> None:
        """Starts the process for the next session."""
        if self._ready is None:
            with contextlib.suppress(OSError):  # start() tries again, and reports it
                self._ready = self._new(inherited)

    def _new(self, inherited: range) -> tuple[int, int]:
        raise NotImplementedError


class Forking(Source):
    """Forks sessions from the supervisor, with all preloaded modules."""

    def __init__(self) -> None:
        super().__init__()
        # Of the preloaded modules.
        self._shared = KernelObjects()

    def _new(self, inherited: range) -> tuple[int, int]:
        supervisor = os.getpid()
        ours, theirs = new_line()
        try:
            pid = fork_session()
        except OSError:
            close_all((ours, theirs))
            raise
        if pid == 0:
            os.close(ours)
            os.closerange(inherited.start, inherited.stop)
            become_session(theirs, supervisor, self._shared)
        os.close(theirs)
        return pid, ours


class Spawning(Source):
    """Starts sessions as new processes, where forks are not safe."""

    def __init__(self, modules: Sequence[str]) -> None:
        super().__init__()
        self._modules = modules
        pid, line = self._ready = self._new(range(0))
        if os.read(line, 1) != _READY:
            os.waitpid(pid, 0)
            os._exit(1)  # the process has printed why

    def _new(self, _inherited: range) -> tuple[int, int]:
        """Starts a process that preloads the modules and says on its line when it has."""
        ours, theirs = new_line()
        os.set_inheritable(theirs, True)
        arguments = [os.path.dirname(_PACKAGE), str(os.getpid()), str(theirs), *self._modules]
        try:
            pid = fork_session()
            if pid == 0:
                _become_python([sys.executable, "-c", _SPAWNED, *arguments])
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return pid, ours


def _become_python(arguments: list[str]) -> NoReturn:
    """Replaces this process. Its descriptors close on exec; what it ignores it has to reset."""
    try:
        for number in _IGNORED_BY_THE_SUPERVISOR:
            signal.signal(number, signal.SIG_DFL)
        os.execv(arguments[0], arguments)
    finally:
        os._exit(1)


def spawned(supervisor: int, line: int, modules: Sequence[str]) -> NoReturn:
    """Runs a process that becomes a session later."""
    process_control.die_with(supervisor)
    os.set_inheritable(line, False)
    preload(modules)
    with contextlib.suppress(BrokenPipeError):  # the supervisor has ended
        os.write(line, _READY)
    become_session(line, supervisor, None)
