"""The fork server. Single-threaded, runs no user code, forks a child for each session, reaps them.

It lives as long as Node does: when its control socket closes, even because Node was killed, it
kills every session, every descendant it can find, and itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from . import frames, process_control
from .preload import preload_to_fork
from .starting import Forking, Source, Spawning

_CONTROL_DESCRIPTOR = 3
_READ_SIZE = 64 * 1024
# Until it is adopted: itself, and the one between.
_PROCESSES_OF_A_CLONE = 2
_WATCH_INTERVAL = 50  # milliseconds
_REMEMBERED = 256  # ends of orphans
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


def main(start: str, preload: Sequence[str]) -> NoReturn:
    """`start` is how sessions come to be: 'fork' or 'spawn'."""
    process_control.adopt_orphans()
    os.set_inheritable(_CONTROL_DESCRIPTOR, False)  # Node has left it open for what is executed
    if start == "spawn":
        source: Source = Spawning(preload)
    else:
        preload_to_fork(preload)
        gc.collect()
        gc.freeze()
        source = Forking()
    process_control.set_title("fujian: supervisor")
    Supervisor(socket.socket(fileno=_CONTROL_DESCRIPTOR), source).supervise()


class _Child:
    """A session, as its parent knows it."""

    def __init__(self, session: str, process_limit: int | None) -> None:
        self.session = session
        self.process_limit = process_limit
        # How many clones of itself it makes now.
        self.clones = 0
        # Which limit it was killed for.
        self.over_limit: str | None = None


class Supervisor:
    def __init__(self, control: socket.socket, source: Source) -> None:
        self._control = control
        self._source = source
        self._sessions: dict[int, _Child] = {}
        # How orphans have ended of which Node may yet say that they are clones of sessions.
        self._unknown: dict[int, dict[str, object]] = {}
        # Process-sessions (`setsid`) that have ended, and may have left processes behind.
        self._leftover: set[int] = set()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # They end the service, which then closes the control socket.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def supervise(self) -> NoReturn:
        self._send(
            frames.SUPERVISING,
            version=".".join(map(str, sys.version_info[:3])),
            executable=sys.executable,
            pid=os.getpid(),
        )
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._woken, select.POLLIN)
        decoder = frames.FrameDecoder()
        while True:
            is_watching = any(child.process_limit for child in self._sessions.values())
            for descriptor, _ in poller.poll(_WATCH_INTERVAL if is_watching else None):
                if descriptor == self._woken:
                    os.read(self._woken, _READ_SIZE)
                    self._reap()
                    continue
                data = self._receive()
                if not data:
                    self._end()
                for kind, payload in decoder.feed(data):
                    members = json.loads(bytes(payload))
                    if kind == frames.FORK:
                        self._start(members)
                    elif kind == frames.ADOPT:
                        self._adopt(members["pid"], members["session"], members.get("processes"))
                    elif kind == frames.CLONING and members["pid"] in self._sessions:
                        self._sessions[members["pid"]].clones = members["clones"]
            if is_watching:
                self._enforce_process_limits()

    def _receive(self) -> bytes:
        try:
            return self._control.recv(_READ_SIZE)
        except ConnectionError:
            return b""

    def _start(self, members: dict[str, Any]) -> None:
        session: str = members["session"]
        try:
            pid = self._source.start(members, [self._control, self._woken, self._wake])
        except OSError as error:
            self._send(frames.FORK_FAILED, session=session, message=str(error))
            return
        self._sessions[pid] = _Child(session, members["limits"].get("processes"))

    def _adopt(self, pid: int, session: str, process_limit: int | None) -> None:
        """A session has forked a clone of itself, which is a child of this process."""
        # An orphan that has ended may have had the same number before.
        end = self._unknown.pop(pid, None)
        if end is None or _is_child(pid):
            self._sessions[pid] = _Child(session, process_limit)
        else:
            self._leftover.add(pid)
            self._send(frames.EXITED, session=session, pid=pid, **end)

    def _reap(self) -> None:
        for pid, status, usage in _ended_children():
            code = os.waitstatus_to_exitcode(status)
            end: dict[str, object] = {
                "peakMemory": usage.ru_maxrss * _RSS_UNIT,
                "cpuTime": usage.ru_utime + usage.ru_stime,
            }
            end.update({"code": code} if code >= 0 else {"signal": signal_name(-code)})
            child = self._sessions.pop(pid, None)
            if child is None:
                self._remember(pid, end)
                continue
            _kill_group(pid)
            self._leftover.add(pid)
            if child.over_limit:
                end["overLimit"] = child.over_limit
            self._send(frames.EXITED, session=child.session, pid=pid, **end)
        self._kill_leftovers()

    def _remember(self, pid: int, end: dict[str, object]) -> None:
        self._unknown[pid] = end
        if len(self._unknown) > _REMEMBERED:
            del self._unknown[next(iter(self._unknown))]

    def _kill_leftovers(self) -> None:
        """What an ended session started and did not daemonise, whatever its process group."""
        if not self._leftover:
            return
        alive = set()
        for orphan in self._adopted():
            session = process_control.session_of(orphan)
            if session in self._leftover and _kill(orphan):
                alive.add(session)
        self._leftover = alive  # the death of those wakes us again

    def _adopted(self) -> list[int]:
        children = process_control.children_of(os.getpid())
        return [child for child in children if child not in self._sessions]

    def _enforce_process_limits(self) -> None:
        adopted = [process_control.session_of(orphan) for orphan in self._adopted()]
        for pid, child in self._sessions.items():
            limit = child.process_limit
            if limit is None or child.over_limit is not None:
                continue
            descendants = process_control.descendants_of(pid)
            most = limit + _PROCESSES_OF_A_CLONE * child.clones
            if 1 + len(descendants) + adopted.count(pid) > most:
                if self._has_news():
                    return  # perhaps of a clone, whose processes these are
                child.over_limit = "processes"
                # Some may have left its process-session, and start others while this goes on.
                self._leftover.update(map(process_control.session_of, descendants))
                _kill_group(pid)
                for one in descendants:
                    _kill(one)

    def _has_news(self) -> bool:
        readable, _, _ = select.select([self._control], [], [], 0)
        return bool(readable)

    def _send(self, kind: int, **members: object) -> None:
        try:
            self._control.sendall(frames.encode(kind, json.dumps(members).encode()))
        except ConnectionError:
            self._end()

    def _end(self) -> NoReturn:
        """Kills until nobody is left: whom a killed process leaves behind, this one adopts."""
        for pid in self._sessions:
            _kill_group(pid)
        while True:
            children = process_control.children_of(os.getpid())
            killed = [_kill(pid) for pid in children]
            if children and not any(killed):
                os._exit(0)  # those who are left are another user's
            try:
                os.wait()
            except ChildProcessError:
                os._exit(0)


def _is_child(pid: int) -> bool:
    """Whether it runs, or has ended and is still to be reaped."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _ended_children() -> Iterator[tuple[int, int, resource.struct_rusage]]:
    """(pid, status, resources used) of each child that has ended."""
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status, usage


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kill_group(group: int) -> None:
    # Raised when nobody of the group is left, the latter on macOS.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _kill(pid: int) -> bool:
    """Answers whether that ends it: a program may have become another user's, as sudo does."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has ended
    except PermissionError:
        return False
    return True


def _nothing(_number: int, _frame: object) -> None:
    """SIGCHLD only has to wake the poll."""
