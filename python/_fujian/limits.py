"""What a session may use of the machine (docs/limits.md). What cannot be set is not limited."""

from __future__ import annotations

import faulthandler
import resource
import signal
from collections.abc import Mapping

from . import process_control

# What our own code may need beyond the limit, to answer when user code has used up all of it.
_OUR_HEADROOM = 16 * 1024 * 1024

_set_limit, _AS = resource.setrlimit, resource.RLIMIT_AS


class MemoryLimit:
    """Holds while user code runs; what answers for it may use a little more."""

    def __init__(self, limit: int | None) -> None:
        self._theirs: tuple[int, int] | None = None
        self._ours: tuple[int, int] | None = None
        if limit is not None:
            _, hard = resource.getrlimit(_AS)
            most = process_control.address_space() + limit + _OUR_HEADROOM
            if hard != resource.RLIM_INFINITY:
                most = min(most, hard)
            self._theirs = most - _OUR_HEADROOM, most
            self._ours = most, most
            self.for_us()

    def for_user_code(self) -> None:
        if self._theirs is not None:
            _try_to_limit(self._theirs)

    def for_us(self) -> None:
        if self._ours is not None:
            _try_to_limit(self._ours)


def _try_to_limit(memory: tuple[int, int]) -> None:
    try:  # noqa: SIM105  # contextlib.suppress() costs more, in every run
        _set_limit(_AS, memory)
    except (ValueError, OSError):
        pass  # user code has set itself a lower one, for good


def limit_session(limits: Mapping[str, int]) -> None:
    """Sets all but that of memory, and that of processes, which the supervisor watches."""
    if "cpuTime" in limits:
        seconds = limits["cpuTime"]
        # Python's stack shows where it was; a second later comes SIGKILL for who ignores it.
        faulthandler.register(signal.SIGXCPU, file=2, chain=True)
        _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
    if "fileSize" in limits:
        _lower(resource.RLIMIT_FSIZE, limits["fileSize"], limits["fileSize"])
    if "openFiles" in limits:
        _lower(resource.RLIMIT_NOFILE, limits["openFiles"], limits["openFiles"])


def _lower(kind: int, soft: int, hard: int) -> None:
    """Never beyond what the service itself may use."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))
