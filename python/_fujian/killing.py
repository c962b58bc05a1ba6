"""Kills sessions with all that they have started, but gives resource trackers time.

A resource tracker (of `multiprocessing`, or of loky, which joblib uses) removes the shared memory,
semaphores and folders of a program once all its processes have ended, and then ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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

    `group`: their process group. Without a tracker it is killed at once, so that none of it can
    start another process meanwhile.
    """
    descendants = [one for root in roots for one in process_control.descendants_of(root)]
    if any(map(is_resource_tracker, (*roots, *descendants))):
        for root in roots:
            kill_stopped(process_control.stop_tree(root))
    else:
        # Raised for an empty group, the latter on macOS.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def kill_stopped(processes: Iterable[int]) -> None:
    """Kills stopped processes, but lets the resource trackers among them go on."""
    for one in processes:
        if is_resource_tracker(one):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
        else:
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
