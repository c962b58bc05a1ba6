"""Steps between which no exception strikes.

Another thread of user code can raise an exception in the main thread at any moment
(`PyThreadState_SetAsyncExc`). It strikes between two instructions of Python code, most likely after
a call that waits, but not within a function of C. So such functions do what must not come apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .originals import functools

# A call of a function of C, with its arguments.
if TYPE_CHECKING:
    Step = functools.partial[Any]
else:
    Step = functools.partial

_take = Step.__call__


def at_once(*steps: Step) -> None:
    """Takes all steps, within one instruction of this function."""
    [*map(_take, steps)]
