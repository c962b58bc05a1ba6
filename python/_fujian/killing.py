"""Kills sessions with all that they have started, but gives resource trackers time.

A resource tracker (of `multiprocessing`, or of loky, which joblib uses) removes the shared memory,
semaphores and folders of a program once all its processes have ended, and then ends by itself. One
that has just been started by Python 3.9 is still a fork of its program, and killed.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import process_control
from .originals import contextlib, os, re, signal

# Seconds that a tracker has. It needs milliseconds, unless other code imitates one.
TRACKER_GRACE = 5

# Arguments of proc(5).
_TRACKER = re.compile(
    rb"\0-c\0from [\w.]+\.resource_tracker import main; ?main\(\d+(?:, \w+)?\)\0$"
)


def is_resource_tracker(pid: int) -> bool:
    return _TRACKER.search(process_control.arguments_of(pid)) is not None


def kill_all(roots: Sequence[int], group: int) -> None:
    """Kills processes and their descendants, but not the resource trackers among them.

    `group`: the process group of a session, which is stopped and killed at once, so that none of it
    starts another process meanwhile.
    """
    _signal_group(group, signal.SIGSTOP)
    descendants = [one for root in roots for one in process_control.descendants_of(root)]
    if any(map(is_resource_tracker, (*roots, *descendants))):
        kill_stopped([one for root in roots for one in process_control.stop_tree(root)])
    else:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    # Raised for an empty group, the latter on macOS.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def kill_stopped(processes: Sequence[int]) -> None:
    """Kills stopped processes, but lets the resource trackers among them go on."""
    trackers = [*filter(is_resource_tracker, processes)]
    # First, and then children before their parents: the end of a parent would hang up (SIGHUP) a
    # stopped process group.
    for tracker in trackers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(tracker, signal.SIGCONT)
    for one in reversed(processes):
        if one not in trackers:
            kill(one)


def kill(pid: int) -> bool:
    """Returns whether the process ends. False if it belongs to another user, as with sudo."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # already ended
    except PermissionError:
        return False
    return True
