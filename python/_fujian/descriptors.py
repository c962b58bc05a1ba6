"""Descriptors of ours: out of the way of user code, and closed in what it executes."""

from __future__ import annotations

import fcntl
import os
import resource

_FIRST = 200
# Where fewer may be open than that, ours are the last of them.
_AT_MOST = 16


def own_descriptor(descriptor: int) -> int:
    """Moves a descriptor of ours to where user code does not meet it."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    first = _FIRST if soft == resource.RLIM_INFINITY else min(_FIRST, max(3, soft - _AT_MOST))
    own: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, first)
    os.close(descriptor)
    return own
