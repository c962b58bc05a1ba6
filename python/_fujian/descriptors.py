"""Keeps our descriptors away from user code and closes them on exec."""

from __future__ import annotations

from .originals import fcntl, os, resource

_FIRST = 200
# With a lower limit of open files, ours are the last ones below it.
_AT_MOST = 16

# Device and inode behind each of our descriptors. Some are closed since, and may be user code's.
_own: dict[int, tuple[int, int]] = {}


def own_descriptor(descriptor: int) -> int:
    """Moves a descriptor to a high number, away from user code. Returns the new number."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    first = _FIRST if soft == resource.RLIM_INFINITY else min(_FIRST, max(3, soft - _AT_MOST))
    own: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, first)
    os.close(descriptor)
    _own[own] = _inode(own)
    return own


def is_own(descriptor: int) -> bool:
    return descriptor in _own and _own[descriptor] == _inode(descriptor)


def _inode(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
