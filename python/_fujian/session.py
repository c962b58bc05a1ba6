"""A session process: executes the requests of Node, one at a time."""

from __future__ import annotations

import sys

# `signal.signal` converts to enums, which is slow. This one is not in typeshed.
from _signal import SIG_DFL  # type: ignore[import-not-found]  # see above
from _signal import signal as set_handler
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from . import frames, process_control, wire
from .at_once import Step, at_once
from .channel import Channel, ChannelClosed
from .class_files import offer_class_files
from .connections import Connections, CurrentConnection
from .ending import end_as_a_program
from .environment import Environment
from .execution import RUNNERS, Namespace, Outcome, leave_user_code, run
from .forking import fork_for_adoption
from .handover import Endpoints, Line, close_all
from .inheritance import Inheritance, paused_collection
from .inheritance.kernel_objects import KernelObjects
from .installations import see_new_installations
from .interactive.event_loop import EventLoop
from .interactive.notebook import Notebook
from .interrupts import Interrupts
from .limits import MemoryLimit, limit_session
from .originals import (
    contextvars,
    errno,
    exc_info,
    excepthook,
    json,
    modules,
    os,
    signal,
    socket,
    thread_count,
    time,
)
from .output import Output
from .public_module import offer_public_module
from .sources import forget_unneeded
from .standard_input import StandardInput
from .tracebacks import report
from .user_calls import UserCall, make_calls_at_the_bottom
from .values.operations import Operations

_KILLED_BY_THEN = 10  # seconds
_HANDED_OVER_BY_THEN = 5_000  # milliseconds
_MOST_STRIKES = 1000


class SessionSpec:
    """Specification of a session, from a START or FORK frame."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.session: str = members["session"]
        self.token: str = members["token"]
        self.marker: bytes = bytes.fromhex(members["marker"])
        self.limits: dict[str, int] = members["limits"]
        self.cwd: str | None = members.get("cwd")
        self.environment: dict[str, str] = members.get("environment", {})
        self.version: str = members["version"]


def become_session(line: int, supervisor: int, shared: KernelObjects | None) -> NoReturn:
    """Runs in this new process the session that comes over its line.

    `shared`: the kernel objects of preloaded modules.
    """
    make_calls_at_the_bottom(_session(line, supervisor, shared))


def _session(line: int, supervisor: int, shared: KernelObjects | None) -> Iterator[UserCall]:
    status = 1
    try:
        process_control.die_with(supervisor)
        process_control.set_title("fujian: next session")
        _leave_the_supervisor()
        if shared:
            shared.replace()
        own_line = Line(line)
        members, descriptors = own_line.receive()
        spec = SessionSpec(members)
        sys.argv = [""]
        if hasattr(sys, "orig_argv"):  # since Python 3.10
            sys.orig_argv = [sys.executable]
        reseed()
        if spec.cwd is not None:
            os.chdir(spec.cwd)
        os.environ.update(spec.environment)
        limit_session(spec.limits)
        see_new_installations()
        yield from SessionProcess(spec, Endpoints(*descriptors), own_line, supervisor).serve()
        status = 0
    except ConnectionError:
        pass  # the supervisor has ended
    except MemoryError:
        # Tells Node why the process ended: without memory it cannot send a frame.
        status = wire.OUT_OF_MEMORY_STATUS
    except BaseException:
        # A bug in our code: stderr still leads to the service's log.
        excepthook(*exc_info())
    finally:
        os._exit(status)


def _leave_the_supervisor() -> None:
    process_control.allow_access()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        set_handler(number, SIG_DFL)


def reseed() -> None:
    """Reseeds the random generator of numpy. That of Python reseeds itself after a fork."""
    numpy_random = modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


class SessionProcess:
    def __init__(
        self, spec: SessionSpec, endpoints: Endpoints, line: Line, supervisor: int
    ) -> None:
        self._supervisor = supervisor
        self._line = line
        self._interrupts = Interrupts()
        self._connections = Connections()
        self._environment = Environment()
        context = contextvars.copy_context()
        self._loop = EventLoop(self._interrupts, context)
        self._output = Output(*_pipes(endpoints), spec.marker)
        self._channel = Channel(
            _connected(endpoints),
            self._interrupts,
            self._connections,
            self._output.node_reads,
            self._loop,
        )
        self._interrupts.install(self._channel.drain, self._interrupted, RUNNERS)
        current = CurrentConnection(self._connections, self._channel.drain, self._channel.send)
        self._namespace = Namespace(current, context)
        names = self._namespace.names
        self._notebook = Notebook(
            names, context, self._channel, self._output, self._interrupts, self._loop
        )
        self._operations = Operations(names, context, self._channel, self._interrupts, self._loop)
        self._input = StandardInput(self._channel)
        self._input.install()
        # That of the next request, since user code may have run for it.
        self._outcome: Outcome | None = None
        self._forget_outcome = Step(setattr, self, "_outcome", None)
        # Whether an exception that strikes our code ends the session.
        self._is_fragile = False
        # Exceptions that have struck our code, and the last one.
        self._unreported: deque[BaseException] = deque()
        self._struck: BaseException | None = None
        self._forked = False
        self._is_forking = False
        os.register_at_fork(after_in_child=self._in_forked_child)
        offer_public_module(spec.version, self._log)
        offer_class_files()
        self._output.begin(ahead=False)
        process_control.make_c_output_unbuffered()
        process_control.show_stack_on_crash()
        self._memory = MemoryLimit(spec.limits.get("memory"))
        self._greet(spec)

    def serve(self) -> Iterator[UserCall]:
        """Handles requests in order until Node, or user code, closes the channel."""
        try:
            yield from self._serve_despite_exceptions()
        except ChannelClosed:
            pass
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            # User code closed our descriptors, so no reply is possible any more.
        self._channel.close()
        # Node kills a session without a channel, or the supervisor does if Node has ended. A fork
        # whose pipes Node never opened exits by itself.
        if self._output.is_read:
            time.sleep(_KILLED_BY_THEN)

    def _serve_despite_exceptions(self) -> Iterator[UserCall]:
        """Goes on where an exception of user code has struck, and reports it.

        Other threads raise them, by `PyThreadState_SetAsyncExc`, at any moment.
        """
        strikes = 0
        while True:
            # Almost everything happens within this `try`, because the next exception may follow.
            try:
                self._report_strikes()
                while True:
                    self._channel.wait_until_sent()
                    kind, payload = self._channel.next_request()
                    if kind == wire.EXECUTE:
                        yield from self._execute(frames.decode_execute(payload))
                    else:
                        self._do(kind, payload)
                    del payload  # or it would stay while the session waits
                    strikes = 0
            except (ChannelClosed, MemoryError):
                raise
            except BaseException as error:
                strikes += 1
                is_ours = isinstance(error, OSError) and error.errno is not None
                if is_ours or self._is_fragile or strikes > _MOST_STRIKES:
                    raise
                self._unreported.append(error)

    def _report_strikes(self) -> None:
        while self._unreported:
            leave_user_code(self._interrupts, self._memory)
            self._struck = self._unreported.popleft()
            self._interrupts.run_between_executions(report, self._struck)

    def _do(self, kind: int, payload: frames.Payload) -> None:
        if kind == wire.END:
            self._struck = None
            end_as_a_program(self._namespace.names, self._loop, self._interrupts, self._let_go)
        self._is_fragile = True
        self._channel.take_request()
        members = json.loads(bytes(payload))
        if kind == wire.RELEASE:
            self._operations.release(members)
        else:
            self._fork(members["session"])
        self._is_fragile = False

    def _greet(self, spec: SessionSpec) -> None:
        process_control.set_title(f"fujian: session {spec.session}")
        self._send_json(wire.HELLO, token=spec.token)

    def _execute(self, request: frames.Execute) -> Iterator[UserCall]:
        """Executes the next request, or ends it where an exception has struck our code."""
        if self._outcome is None:
            self._begin(request)
            self._outcome = Outcome()
            yield from run(
                request,
                self._namespace,
                self._interrupts,
                self._memory,
                self._notebook,
                self._operations,
                self._outcome,
            )
        elif not self._outcome.is_complete and self._struck is not None:
            self._outcome.end_by(self._struck)
        if self._forked:
            _leave_forked_child(self._outcome)
        self._end()
        is_unheard = request.operation is not None and not request.streamed
        is_apart = not (is_unheard and self._channel.is_next_unheard)
        barrier = self._output.end() if is_apart else 0
        at_once(
            *self._output.raising(barrier),
            self._channel.enqueuing(self._reply(request.execution, barrier, self._outcome)),
            self._channel.take_request,
            self._forget_outcome,
        )
        self._channel.wait_until_sent()
        if not (thread_count() or self._loop.is_in_use or self._interrupts.hooks.has_suspended):
            self._output.settle()

    def _begin(self, request: frames.Execute) -> None:
        self._output.begin(request.ahead)
        self._input.begin(request.answered)
        self._connections.of_execution = request.connection
        self._connections.is_private = request.private
        self._environment.set(request.environment)
        self._namespace.prepare()

    def _end(self) -> None:
        self._notebook.end()
        self._environment.restore()
        self._interrupts.restore()
        self._connections.of_execution = 0
        self._connections.is_private = False
        self._input.end()
        forget_unneeded()

    def _reply(
        self, execution: int, barrier: int, outcome: Outcome
    ) -> Sequence[bytes | memoryview]:
        *returned, done = _encoded(execution, barrier, outcome)
        released = self._operations.take_released()
        if released:
            done = frames.encode(wire.RELEASED, json.dumps(released).encode()) + done
        if outcome.error is not None or outcome.value is None:
            return [*returned, done]
        head, buffers = outcome.value
        size = sum(buffer.nbytes for buffer in buffers)
        return [frames.value_head(wire.VALUE, execution, head, size), *buffers, done]

    def _fork(self, session: str) -> None:
        """Forks this session: the fork starts with the same state."""
        parent = os.getpid()
        self._send_json(wire.FORKING, session=session)
        self._is_forking = True
        descriptors: list[int] = []
        try:
            spec, descriptors = self._next_fork(session)
            with paused_collection():
                inheritance = Inheritance()
                pid = fork_for_adoption()
                if pid == 0:
                    inheritance.disarm()
        except Exception as error:
            # User code may have replaced anything, but its state must survive.
            if os.getpid() != parent:
                os._exit(1)
            # First, as the supervisor reports the end of the fork's line without this reason.
            self._send_json(wire.FORKED, session=session, error=str(error))
            close_all(descriptors)
            return
        finally:
            self._is_forking = False
        if pid == 0:
            *endpoints, line = descriptors
            self._become(spec, Endpoints(*endpoints), line)
            return
        close_all(descriptors)
        self._send_json(wire.FORKED, session=session, lostThreads=inheritance.lost_threads)

    def _next_fork(self, session: str) -> tuple[SessionSpec, list[int]]:
        """Receives the specification and descriptors of a fork. Raises OSError."""
        while True:
            members, descriptors = self._line.receive(_HANDED_OVER_BY_THEN)
            if members["session"] == session:
                return SessionSpec(members), descriptors
            close_all(descriptors)  # an earlier fork, which failed

    def _become(self, spec: SessionSpec, endpoints: Endpoints, line: int) -> None:
        process_control.die_with(self._supervisor)
        self._channel.close()
        self._interrupts.forget()
        self._connections.forget()
        self._loop.forget()
        self._operations.forget()
        reseed()
        self._line.replace(line)
        self._line.greet()
        self._output.replace(*_pipes(endpoints), spec.marker)
        self._channel.connect(_connected(endpoints))
        self._greet(spec)

    def _let_go(self) -> None:
        """Releases the objects of user code that the session keeps, except its namespace."""
        self._notebook.forget_values()
        self._operations.release_all()

    def _interrupted(self, execution: int) -> None:
        self._channel.note(frames.encode_number(wire.INTERRUPTED, execution))

    def _log(self, text: str) -> None:
        self._channel.send(frames.encode(wire.LOG, text.encode(errors="backslashreplace")))

    def _send_json(self, kind: int, **members: object) -> None:
        self._channel.send(frames.encode(kind, json.dumps(members).encode()))

    def _in_forked_child(self) -> None:
        if self._is_forking:
            return
        self._forked = True
        self._channel.close()
        self._line.close()
        self._notebook.release()
        self._interrupts.release()


def _pipes(endpoints: Endpoints) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns the reading and writing ends of stdout and stderr."""
    _, stdout_reader, stdout, stderr_reader, stderr = endpoints
    return (stdout_reader, stdout), (stderr_reader, stderr)


def _connected(endpoints: Endpoints) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, endpoints.channel)


def _encoded(execution: int, barrier: int, outcome: Outcome) -> list[bytes]:
    """Returns the frames of a long return value, and the DONE."""
    try:
        done = frames.encode_done(execution, barrier, outcome.to_json())
        return [*frames.encode_returned(execution, outcome.long_return), done]
    except MemoryError as error:
        # The outcome is too large to send within the memory limit.
        failed = Outcome()
        failed.fail(error)
        return [frames.encode_done(execution, barrier, failed.to_json())]


def _leave_forked_child(outcome: Outcome) -> NoReturn:
    """Exits a child forked by user code, at the end of the code, as a script would."""
    if outcome.error is None:
        os._exit(0)
    if outcome.exit is None:
        status, message = 1, "" if outcome.is_shown else outcome.error["traceback"]
    else:
        status, said = outcome.exit
        message = "" if said is None else f"{said}\n"
    os.write(2, message.encode(errors="backslashreplace"))
    os._exit(status)
