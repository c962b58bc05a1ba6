"""Keeps our descriptors away from user code and closes them on exec."""

from __future__ import annotations

from .originals import fcntl, os, resource

_FIRST = 200
# With a lower limit of open files, ours are the last ones below it.
_AT_MOST = 16


def own_descriptor(descriptor: int) -> int:
    """Moves a descriptor to a high number, away from user code. Returns the new number."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    first = _FIRST if soft == resource.RLIM_INFINITY else min(_FIRST, max(3, soft - _AT_MOST))
    own: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, first)
    os.close(descriptor)
    return own
