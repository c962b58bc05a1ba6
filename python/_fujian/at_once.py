"""Steps between which no exception strikes.

Another thread of user code can raise an exception in the main thread at any moment
(`PyThreadState_SetAsyncExc`). It strikes between two calls of Python code, most likely after one
that waits, but not within a call of C. So what must not come apart is done by one such call.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from .originals import functools

# A call of a function of C, with its arguments.
if TYPE_CHECKING:
    Step = functools.partial[Any]
else:
    Step = functools.partial


def at_once(*steps: Step) -> None:
    """Takes all steps by one call."""
    deque(map(Step.__call__, steps), 0)
