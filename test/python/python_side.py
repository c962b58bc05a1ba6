"""Imports the modules under test, independent of the working directory."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from _fujian import (  # noqa: E402  # after the path
    at_once,
    channel,
    connections,
    descriptors,
    execution,
    forking,
    frames,
    hooks,
    inheritance,
    interrupts,
    killing,
    limits,
    originals,
    output,
    process_control,
    public_module,
    session,
    sources,
    standard_input,
    starting,
    supervisor,
    tracebacks,
    user_calls,
    wire,
)
from _fujian.declarations import declaring, problems  # noqa: E402  # after the path
from _fujian.interactive import (  # noqa: E402  # after the path
    bundles,
    cells,
    commands,
    completions,
    displays,
    event_loop,
    formats,
    history,
    ipython_display,
    notebook,
)
from _fujian.values import (  # noqa: E402  # after the path
    decoding,
    encoding,
    operations,
    unsupported,
)


def times(everyday, in_all):
    """Returns the number of repetitions, which is higher in `npm run test:all`."""
    return in_all if os.environ.get("TEST_SCOPE") == "all" else everyday


__all__ = [
    "ROOT",
    "at_once",
    "bundles",
    "cells",
    "channel",
    "commands",
    "completions",
    "connections",
    "declaring",
    "decoding",
    "descriptors",
    "displays",
    "encoding",
    "event_loop",
    "execution",
    "forking",
    "formats",
    "frames",
    "history",
    "hooks",
    "inheritance",
    "interrupts",
    "ipython_display",
    "killing",
    "limits",
    "notebook",
    "operations",
    "originals",
    "output",
    "problems",
    "process_control",
    "public_module",
    "session",
    "sources",
    "standard_input",
    "starting",
    "supervisor",
    "times",
    "tracebacks",
    "unsupported",
    "user_calls",
    "wire",
]
