"""`multiprocessing` in a fork: processes, locks and helpers of the parent."""

from __future__ import annotations

from types import FrameType

from ..originals import atexit, getframe, modules
from .instances import Inherited

_TRACKERS = (
    "multiprocessing.resource_tracker",
    "loky.backend.resource_tracker",
    "joblib.externals.loky.backend.resource_tracker",
)


def leave_processes_to_parent() -> None:
    """Has multiprocessing begin anew, as it does in its own forks."""
    util: Inherited = modules.get("multiprocessing.util")
    process: Inherited = modules.get("multiprocessing.process")
    if util is None or process is None:
        return  # code has removed them
    process._children.clear()
    util._finalizer_registry.clear()
    atexit.register(util._exit_function)  # for the processes that this fork starts
    _forget_helpers()
    for (_, _, function), inherited in sorted(util._afterfork_registry.items(), key=_in_order):
        try:
            _renew(inherited, function)
        except Exception as error:
            util.info("after a fork: %s", error)


def _in_order(item: Inherited) -> int:
    number: int = item[0][0]
    return number


def _renew(inherited: Inherited, function: Inherited) -> None:
    synchronize: Inherited = modules.get("multiprocessing.synchronize")
    managers: Inherited = modules.get("multiprocessing.managers")
    if managers is not None and issubclass(type(inherited), managers.BaseProxy):
        # Its function would connect to the manager, and nothing would tell that of this fork's end.
        inherited._manager = None
        return
    if synchronize is not None and issubclass(type(inherited), synchronize.SemLock):
        _make_private(inherited)
    else:
        function(inherited)


def _make_private(lock: Inherited) -> None:
    """Replaces a semaphore that processes share: a fork that is killed would keep it for ever."""
    shared = lock._semlock
    held = shared._count() if shared._is_mine() else 0
    # A process of the parent may hold a lock. It does not hold that of this fork.
    value = 1 if shared.maxvalue == 1 else shared._get_value()
    lock._semlock = type(shared)(shared.kind, value, shared.maxvalue, lock._make_name(), True)
    lock._make_methods()
    for _ in range(held):
        lock.acquire()


def _forget_helpers() -> None:
    """Has this fork start its own resource tracker and fork server, when it needs them."""
    for name in _TRACKERS:
        tracker: Inherited = modules.get(name)
        if tracker is not None:
            _forget(tracker._resource_tracker, ("_fd", "_pid"))
            _leave_attached_memory_to_others(tracker._resource_tracker)
    server: Inherited = modules.get("multiprocessing.forkserver")
    if server is not None:
        names = ("_forkserver_address", "_forkserver_alive_fd", "_forkserver_pid")
        _forget(server._forkserver, names)


def _leave_attached_memory_to_others(tracker: Inherited) -> None:
    """Has the tracker remove only the shared memory that this fork makes.

    Python registers memory that a process only attaches to as well. For a child of the parent that
    is harmless, as the two share a tracker. That of the fork would remove it at the fork's end.
    """
    send = tracker._send
    if "_send" in vars(tracker):
        return  # the parent is a fork itself
    attached = set()

    def send_unless_attached(command: str, name: str, kind: str) -> None:
        if command == "REGISTER" and kind == "shared_memory" and _is_attaching():
            attached.add(name)
        elif command == "UNREGISTER" and name in attached:
            attached.remove(name)
        else:
            send(command, name, kind)

    tracker._send = send_unless_attached


def _is_attaching() -> bool:
    """Whether an instance of `SharedMemory` is being made for memory that exists."""
    memory: Inherited = modules.get("multiprocessing.shared_memory")
    frame: FrameType | None = getframe(1)
    while memory is not None and frame is not None:
        if frame.f_code is memory.SharedMemory.__init__.__code__:
            return not frame.f_locals["create"]
        frame = frame.f_back
    return False


def _forget(helper: Inherited, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(helper, name, None)
