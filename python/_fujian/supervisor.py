"""The fork server: single-threaded, without user code, forks a child per session and reaps it.

When the control socket closes, even because Node was killed, the supervisor kills every session,
every descendant that it can find, and itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple, NoReturn, TypeVar

from . import frames, process_control, wire
from .environment import put_interpreter_first
from .handover import close_all, greeter, hand_over, new_line, open_endpoints
from .killing import TRACKER_GRACE, is_resource_tracker, kill, kill_all, kill_stopped
from .limits import OwnLimits
from .originals import fcntl, gc, json, os, resource, select, signal, socket, time
from .preload import preload_to_fork
from .process_control import session_of
from .starting import Forking, Source, Spawning

_CONTROL_DESCRIPTOR = 3
_READ_SIZE = 64 * 1024
# Below the supervisor's own descriptors, for those that it has for a moment.
_ROOM = 16
# Processes of a fork before its adoption: the fork and the intermediate process.
_PROCESSES_OF_A_FORK = 2
_WATCH_INTERVAL = 50  # milliseconds
_CLEANING_INTERVAL = 0.01  # seconds
_REMEMBERED = 256  # maximum number of remembered ends of orphans
_Result = TypeVar("_Result")
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


def main(start: str, preload: Sequence[str]) -> NoReturn:
    """Runs the supervisor. `start`: 'fork' or 'spawn'."""
    process_control.adopt_orphans()
    os.set_inheritable(_CONTROL_DESCRIPTOR, False)  # Node left it inheritable
    put_interpreter_first()
    if start == "spawn":
        source: Source = Spawning(preload)
    else:
        preload_to_fork(preload)
        gc.collect()
        gc.freeze()
        source = Forking()
    process_control.set_title("fujian: supervisor")
    process_control.refuse_access()
    Supervisor(socket.socket(fileno=_CONTROL_DESCRIPTOR), source).supervise()


class _Child:
    """A session's process."""

    def __init__(
        self, session: str, process_limit: int | None, line: int, process_session: int
    ) -> None:
        self.session = session
        # All that it starts is in it, but daemons.
        self.process_session = process_session
        self.process_limit = process_limit
        self.line = line
        # The limit that it was killed for.
        self.over_limit: str | None = None


class _PendingFork(NamedTuple):
    """A fork whose descriptors the parent has and which has not greeted."""

    parent: int
    session: str
    process_limit: int | None


class _OwnDescriptors:
    """Keeps the supervisor's descriptors in one range, which forks close."""

    def __init__(self) -> None:
        probe = os.dup(0)
        self._first = self._end = probe + _ROOM
        os.close(probe)

    def keep(self, descriptor: int) -> int:
        """Moves a descriptor into the range. Returns the new number."""
        own: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, self._first)
        os.close(descriptor)
        self._end = max(self._end, own + 1)
        return own

    @property
    def range(self) -> range:
        return range(self._first, self._end)


class Supervisor:
    def __init__(self, control: socket.socket, source: Source) -> None:
        self._own = _OwnDescriptors()
        self._control = socket.socket(fileno=self._own.keep(control.detach()))
        self._source = source
        self._limits = OwnLimits()
        self._sessions: dict[int, _Child] = {}
        # By the supervisor's end of the fork's line.
        self._forks: dict[int, _PendingFork] = {}
        # Ends of orphans, which may yet turn out to be forks of sessions.
        self._unknown: dict[int, dict[str, object]] = {}
        # Process-sessions (`setsid`) that may have left processes behind, and the moments until
        # which their resource trackers have time.
        self._leftover: dict[int, float] = {}
        woken, wake = os.pipe()
        self._woken, self._wake = self._own.keep(woken), self._own.keep(wake)
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._poller = select.poll()
        self._poller.register(self._control, select.POLLIN)
        self._poller.register(self._woken, select.POLLIN)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # These end the service, which then closes the control socket.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def supervise(self) -> NoReturn:
        self._send(
            wire.SUPERVISING,
            version=".".join(map(str, sys.version_info[:3])),
            executable=sys.executable,
            pid=os.getpid(),
        )
        decoder = frames.FrameDecoder()
        while True:
            is_watching = any(child.process_limit for child in self._sessions.values())
            timeout = _WATCH_INTERVAL if is_watching or self._leftover else None
            for descriptor, _ in self._poller.poll(timeout):
                if descriptor == self._woken:
                    os.read(self._woken, _READ_SIZE)
                    self._reap()
                elif descriptor in self._forks:
                    self._adopt(descriptor)
                elif descriptor == self._control.fileno():
                    data = self._receive()
                    if not data:
                        self._end()
                    for kind, payload in decoder.feed(data):
                        self._do(kind, payload)
            if is_watching:
                self._enforce_process_limits()
            self._kill_leftovers()

    def _do(self, kind: int, payload: frames.Payload) -> None:
        if kind == wire.START:
            self._start(json.loads(bytes(payload)))
        elif kind == wire.PREPARE_FORK:
            self._prepare_fork(json.loads(bytes(payload)))
        elif kind == wire.HEARTBEAT:
            self._send(wire.ALIVE)

    def _receive(self) -> bytes:
        try:
            return self._control.recv(_READ_SIZE)
        except ConnectionError:
            return b""

    def _start_process(self) -> tuple[int, int] | OSError:
        try:
            return self._source.start(self._own.range)
        except OSError as error:
            return error

    def _start(self, members: dict[str, Any]) -> None:
        session: str = members["session"]
        started = self._start_process()  # a fork goes on within this call
        if isinstance(started, OSError) and self._limits.restore():
            started = self._start_process()
        if isinstance(started, OSError):
            self._send(wire.START_FAILED, session=session, message=str(started))
            return
        pid, line = started
        line = self._own.keep(line)
        self._register(pid, session, members["limits"].get("processes"), line)
        self._send(wire.STARTED, session=session, pid=pid)
        try:
            # After the fork, which would inherit them.
            endpoints = self._retried(lambda: open_endpoints(members))
            try:
                hand_over(line, members, endpoints)
            finally:
                close_all(endpoints)
        except OSError as error:
            self._send(wire.START_FAILED, session=session, message=str(error))
            kill(pid)
        self._source.keep_ready(self._own.range)

    def _prepare_fork(self, members: dict[str, Any]) -> None:
        """Hands the descriptors of a fork to its parent, which forks when its turn comes."""
        session: str = members["session"]
        parent = self._sessions.get(members["parent"])
        if parent is None:
            return  # its end is reported
        descriptors: list[int] = []
        try:
            descriptors += self._retried(lambda: open_endpoints(members))
            ours, theirs = self._retried(new_line)
            descriptors.append(theirs)
            ours = self._own.keep(ours)
            self._poller.register(ours, select.POLLIN)
            limit = members["limits"].get("processes")
            self._forks[ours] = _PendingFork(members["parent"], session, limit)
            hand_over(parent.line, members, descriptors, flags=socket.MSG_DONTWAIT)
        except OSError as error:
            self._send(wire.START_FAILED, session=session, message=str(error))
        finally:
            close_all(descriptors)

    def _retried(self, act: Callable[[], _Result]) -> _Result:
        """Acts again if it failed as code has changed the limits of this process."""
        try:
            return act()
        except OSError:
            if not self._limits.restore():
                raise
            return act()

    def _adopt(self, line: int) -> None:
        """Registers a fork that greets, which is a child of this process by now."""
        _, session, process_limit = self._forks.pop(line)
        self._poller.unregister(line)
        pid = greeter(line)
        if pid == 0:  # never made: the parent says why
            os.close(line)
            return
        # An earlier orphan may have had the same pid.
        end = self._unknown.pop(pid, None)
        if pid > 1 and pid not in self._sessions and process_control.is_child(pid):
            self._register(pid, session, process_limit, line)
            self._send(wire.STARTED, session=session, pid=pid)
            return
        os.close(line)
        if end is None:
            message = "the fork did not say which process it is"
            self._send(wire.START_FAILED, session=session, message=message)
            return
        self._send(wire.STARTED, session=session, pid=pid)
        self._send(wire.EXITED, session=session, pid=pid, **end)

    def _register(self, pid: int, session: str, process_limit: int | None, line: int) -> None:
        process_session = session_of(pid)
        self._sessions[pid] = _Child(session, process_limit, line, process_session)

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
            os.close(child.line)
            kill_all(self._orphans_of(child), group=pid)
            self._leave(child.process_session)
            if child.over_limit:
                end["overLimit"] = child.over_limit
            self._send(wire.EXITED, session=child.session, pid=pid, **end)
        self._kill_leftovers()

    def _leave(self, process_session: int) -> None:
        self._leftover[process_session] = time.monotonic() + TRACKER_GRACE

    def _remember(self, pid: int, end: dict[str, object]) -> None:
        self._unknown[pid] = end
        if len(self._unknown) > _REMEMBERED:
            del self._unknown[next(iter(self._unknown))]

    def _kill_leftovers(self) -> None:
        """Kills processes of ended sessions, whatever their process group, but not daemons."""
        if not self._leftover:
            return
        alive = {}
        for orphan in self._adopted():
            session = session_of(orphan)
            until = self._leftover.get(session)
            if until is None:
                continue
            has_time = time.monotonic() < until and is_resource_tracker(orphan)
            if has_time or kill(orphan):
                alive[session] = until
        self._leftover = alive

    def _orphans_of(self, child: _Child) -> list[int]:
        return [one for one in self._adopted() if session_of(one) == child.process_session]

    def _adopted(self) -> list[int]:
        self._limits.restore()  # here and afterwards, /proc is read through descriptors
        children = process_control.children_of(os.getpid())
        return [child for child in children if child not in self._sessions]

    def _enforce_process_limits(self) -> None:
        adopted = [session_of(orphan) for orphan in self._adopted()]
        for pid, child in self._sessions.items():
            limit = child.process_limit
            if limit is None or child.over_limit is not None:
                continue
            descendants = process_control.descendants_of(pid)
            forks = sum(fork.parent == pid for fork in self._forks.values())
            most = limit + _PROCESSES_OF_A_FORK * forks
            if 1 + len(descendants) + adopted.count(child.process_session) > most:
                if self._has_news():
                    return  # maybe a fork that greets: its processes are these
                child.over_limit = "processes"
                stopped = process_control.stop_tree(pid)
                # Orphans that have left the process-session are found by their own.
                for session in map(session_of, stopped):
                    self._leave(session)
                kill_stopped(stopped)

    def _has_news(self) -> bool:
        return bool(self._poller.poll(0))

    def _send(self, kind: int, **members: object) -> None:
        try:
            payload = json.dumps(members).encode() if members else b""
            self._control.sendall(frames.encode(kind, payload))
        except ConnectionError:
            self._end()

    def _end(self) -> NoReturn:
        """Kills until no child is left: this process adopts the children of killed ones."""
        until = time.monotonic() + TRACKER_GRACE
        for pid, child in self._sessions.items():
            kill_all([pid, *self._orphans_of(child)], group=pid)
        while True:
            children = process_control.children_of(os.getpid())
            have_time = time.monotonic() < until
            trackers = [one for one in children if have_time and is_resource_tracker(one)]
            killed = [kill(pid) for pid in children if pid not in trackers]
            if children and not trackers and not any(killed):
                os._exit(0)  # the remaining ones belong to another user
            try:
                if trackers:
                    time.sleep(_CLEANING_INTERVAL)
                    while os.waitpid(-1, os.WNOHANG)[0]:
                        pass
                else:
                    os.wait()
            except ChildProcessError:
                os._exit(0)


def _ended_children() -> Iterator[tuple[int, int, resource.struct_rusage]]:
    """Yields pid, status and resource usage of each child that has ended."""
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


def _nothing(_number: int, _frame: object) -> None:
    """Does nothing: SIGCHLD only has to wake the poll."""
