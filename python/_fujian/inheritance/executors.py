"""Executors and pools whose threads or worker processes belong to the parent."""

from __future__ import annotations

from typing import NoReturn

from ..originals import modules, threading
from .instances import Inherited, instances_of

_BORN_LOST = "was submitted before this session was forked, and a fork does not have"
_THREADS = f"this work {_BORN_LOST} the threads that were to do it: submit it again"
_WORKERS = f"this work {_BORN_LOST} the processes that were to do it: make a new pool in the fork"
_POOL = (
    "this pool was made before this session was forked, and its workers belong to the parent: make "
    "a new one in the fork"
)


def end_lost_work() -> None:
    """Ends the work of lost threads with errors. Thread pools start new threads afterwards."""
    base: Inherited = modules.get("concurrent.futures._base")
    if base is not None:
        for executor in instances_of(base.Executor):
            _end_executor(executor, base)
        for future in instances_of(base.Future):
            if future._state == base.RUNNING:
                _fail(future, _THREADS, base)
    pool: Inherited = modules.get("multiprocessing.pool")
    if pool is not None:
        for one in instances_of(pool.Pool):
            _end_pool(one)


def _end_executor(executor: Inherited, base: Inherited) -> None:
    known = vars(executor)
    if known.get("_executor_manager_thread") is not None:
        _end_processes(executor, base)
    elif known.get("_threads") and "_work_queue" in known:
        _renew_threads(executor, base)


def _renew_threads(executor: Inherited, base: Inherited) -> None:
    if any(thread.is_alive() for thread in executor._threads):
        return  # not threads, such as those of gevent
    waiting = executor._work_queue
    executor._threads = set()
    executor._work_queue = type(waiting)()
    executor._idle_semaphore = threading.Semaphore(0)
    executor._shutdown_lock = threading.Lock()  # a lost thread may hold it
    while waiting.qsize():
        item = waiting.get_nowait()
        if item is not None:
            _fail(item.future, _THREADS, base)


def _end_processes(executor: Inherited, base: Inherited) -> None:
    for item in executor._pending_work_items.values():
        _fail(item.future, _WORKERS, base)
    executor._pending_work_items.clear()
    if "_flags" in vars(executor):  # of loky, the executor of joblib
        executor._flags.broken = base.BrokenExecutor(_POOL)
    else:
        executor._broken = _POOL


def _fail(future: Inherited, reason: str, base: Inherited) -> None:
    """Ends a future. Its callbacks do not run, as they may be code that expects a thread."""
    if future._state in (base.PENDING, base.RUNNING):
        future._condition = threading.Condition()  # a lost thread may hold it
        future._exception = base.BrokenExecutor(reason)
        future._state = base.FINISHED


def _end_pool(pool: Inherited) -> None:
    def refuse() -> NoReturn:
        raise ValueError(_POOL)

    pool._check_running = refuse
    pool._state = "TERMINATE"
    pool._pool = []
    for result in pool._cache.values():
        if "_event" in vars(result):
            result._success, result._value = False, RuntimeError(_WORKERS)
            result._event = threading.Event()  # a lost thread may hold its lock
            result._event.set()
        else:  # of imap()
            result._cond = threading.Condition(threading.Lock())
            result._items.append((False, RuntimeError(_WORKERS)))
    pool._cache.clear()
