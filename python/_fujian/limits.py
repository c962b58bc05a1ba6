"""Resource limits of a session (docs/limits.md)."""

from __future__ import annotations

from collections.abc import Mapping

from . import process_control
from .originals import faulthandler, resource, signal

# Memory that our code may use beyond the limit, to reply when user code has used it up.
_OUR_HEADROOM = 16 * 1024 * 1024

_AS = resource.RLIMIT_AS


_KINDS = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_AS)


class MemoryLimit:
    """Memory limit for user code, with a little headroom for our code."""

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
    try:  # noqa: SIM105  # contextlib.suppress() would slow down every execution
        resource.setrlimit(_AS, memory)
    except (ValueError, OSError):
        pass  # user code has set a lower hard limit


def limit_session(limits: Mapping[str, int]) -> None:
    """Sets all limits but those of memory and of processes, which the supervisor enforces."""
    if "cpuTime" in limits:
        seconds = limits["cpuTime"]
        # SIGXCPU prints the stack. Code that ignores it gets SIGKILL a second later.
        faulthandler.register(signal.SIGXCPU, file=2, chain=True)
        _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
    if "fileSize" in limits:
        _lower(resource.RLIMIT_FSIZE, limits["fileSize"], limits["fileSize"])
    if "openFiles" in limits:
        _lower(resource.RLIMIT_NOFILE, limits["openFiles"], limits["openFiles"])


def _lower(kind: int, soft: int, hard: int) -> None:
    """Sets a limit, but none above the service's own."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


class OwnLimits:
    """Limits of this process, which another process of the user may change by prlimit(2)."""

    def __init__(self) -> None:
        self._limits = {kind: resource.getrlimit(kind) for kind in _KINDS}

    def restore(self) -> bool:
        """Returns whether any had changed. Exits if it cannot be raised again."""
        changed = [kind for kind in _KINDS if resource.getrlimit(kind) != self._limits[kind]]
        try:
            for kind in changed:
                resource.setrlimit(kind, self._limits[kind])
        except ValueError:
            raise SystemExit("other code of this user has lowered its limits") from None
        return bool(changed)
