"""Where the supervisor gets new sessions from: forks of itself, or processes of their own."""

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

# Those that the supervisor handles or ignores.
_SIGNALS_OF_THE_SUPERVISOR = [signal.SIGCHLD, signal.SIGINT, signal.SIGTERM]

# As the bootstrap of the supervisor, in supervisor-process.ts.
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
        """Starts a session; answers its pid. `inherited`: what it must not keep.

        Raises OSError.
        """


class Forking:
    """A session is a fork of the supervisor: it has all that is preloaded, at once."""

    def start(self, members: Mapping[str, Any], inherited: Sequence[Any]) -> int:
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            descriptors = [one if isinstance(one, int) else one.detach() for one in inherited]
            become_session(SessionSpec(members), supervisor, descriptors)
        return pid


class Spawning:
    """A session is a process of its own, where forks are not safe. One is always kept ready."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._next = self._spawn()
        if not self._next.is_ready():
            os.waitpid(self._next.pid, 0)
            os._exit(1)  # it has said why

    def start(self, members: Mapping[str, Any], inherited: Sequence[Any]) -> int:
        process = self._next
        try:
            process.become(members)
        except OSError:  # it has ended while it waited
            process = self._spawn()
            process.become(members)
        self._next = self._spawn()
        return process.pid

    def _spawn(self) -> _Prestarted:
        """Two pipes lead to the process: one tells it which session it is, one that it is ready."""
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
                # The supervisor's own descriptors close on exec; its signals are not for sessions.
                setsigdef=_SIGNALS_OF_THE_SUPERVISOR,
            )
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return _Prestarted(pid, tell, ready)


class _Prestarted:
    """A process that has imported what is to be preloaded, and waits to become a session."""

    def __init__(self, pid: int, tell: int, ready: int) -> None:
        self.pid = pid
        self._tell = tell
        self._ready = ready

    def is_ready(self) -> bool:
        """Waits until it is, or has ended."""
        return os.read(self._ready, 1) == _READY

    def become(self, members: Mapping[str, Any]) -> None:
        os.close(self._ready)
        with open(self._tell, "wb") as tell:
            tell.write(json.dumps(members).encode())


def spawned(supervisor: int, told: int, readied: int, modules: Sequence[str]) -> NoReturn:
    """What a prestarted process does."""
    process_control.die_with(supervisor)
    os.set_inheritable(told, False)
    preload(modules)
    with contextlib.suppress(BrokenPipeError):  # nobody waits for that any more
        os.write(readied, _READY)
    os.close(readied)
    with open(told, "rb") as source:
        members = source.read()
    if not members:
        os._exit(0)  # the supervisor has ended
    become_session(SessionSpec(json.loads(members)), supervisor, [])
