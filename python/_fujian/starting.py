"""Starts sessions: forks of the supervisor, or new processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from . import process_control
from .preload import preload
from .session import SessionSpec, become_session

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_READY = b"."

# The signals that the supervisor handles or ignores.
_SIGNALS_OF_THE_SUPERVISOR = [signal.SIGCHLD, signal.SIGINT, signal.SIGTERM]

# Like the bootstrap of the supervisor in supervisor-process.ts.
_SPAWNED = """
import sys
directory, supervisor, told, readied = sys.argv[1:5]
sys.path[:] = [directory] + [entry for entry in sys.path if entry]
from _fujian.starting import spawned
sys.path.remove(directory)
spawned(int(supervisor), int(told), int(readied), sys.argv[5:])
"""


class Source(Protocol):
    def start(self, members: Mapping[str, Any], inherited: Sequence[Any]) -> int:
        """Starts a session and returns its pid. `inherited`: descriptors that it must close.

        Raises OSError.
        """


class Forking:
    """Forks sessions from the supervisor, with all preloaded modules."""

    def start(self, members: Mapping[str, Any], inherited: Sequence[Any]) -> int:
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            descriptors = [one if isinstance(one, int) else one.detach() for one in inherited]
            become_session(SessionSpec(members), supervisor, descriptors)
        return pid


class Spawning:
    """Starts sessions as new processes, where forks are not safe. Keeps one ready."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._next = self._spawn()
        if not self._next.is_ready():
            os.waitpid(self._next.pid, 0)
            os._exit(1)  # the process has printed why

    def start(self, members: Mapping[str, Any], inherited: Sequence[Any]) -> int:
        process = self._next
        try:
            process.become(members)
        except OSError:  # the process has ended meanwhile
            process = self._spawn()
            process.become(members)
        self._next = self._spawn()
        return process.pid

    def _spawn(self) -> _Prestarted:
        """Starts a process with two pipes: one for its specification, one to report readiness."""
        told, tell = os.pipe()
        ready, readied = os.pipe()
        theirs = (told, readied)
        for descriptor in theirs:
            os.set_inheritable(descriptor, True)
        numbers = map(str, (os.getpid(), *theirs))
        arguments = [os.path.dirname(_PACKAGE), *numbers, *self._modules]
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-c", _SPAWNED, *arguments],
                os.environ,
                # Its descriptors close on exec. Its signal handling has to be reset.
                setsigdef=_SIGNALS_OF_THE_SUPERVISOR,
            )
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return _Prestarted(pid, tell, ready)


class _Prestarted:
    """A process that has preloaded the modules and waits to become a session."""

    def __init__(self, pid: int, tell: int, ready: int) -> None:
        self.pid = pid
        self._tell = tell
        self._ready = ready

    def is_ready(self) -> bool:
        """Waits until the process is ready. Returns False if it has ended."""
        return os.read(self._ready, 1) == _READY

    def become(self, members: Mapping[str, Any]) -> None:
        os.close(self._ready)
        with open(self._tell, "wb") as tell:
            tell.write(json.dumps(members).encode())


def spawned(supervisor: int, told: int, readied: int, modules: Sequence[str]) -> NoReturn:
    """Runs a prestarted process."""
    process_control.die_with(supervisor)
    os.set_inheritable(told, False)
    preload(modules)
    with contextlib.suppress(BrokenPipeError):  # the supervisor has ended
        os.write(readied, _READY)
    os.close(readied)
    with open(told, "rb") as source:
        members = source.read()
    if not members:
        os._exit(0)  # the supervisor has ended
    become_session(SessionSpec(json.loads(members)), supervisor, [])
