"""The modules under test, wherever the tests are started from."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src" / "execution" / "python"))

from _fujian import (  # noqa: E402  # after the path
    channel,
    connections,
    execution,
    frames,
    interrupts,
    limits,
    output,
    process_control,
    sources,
    standard_input,
    supervisor,
    tracebacks,
)

__all__ = [
    "ROOT",
    "channel",
    "connections",
    "execution",
    "frames",
    "interrupts",
    "limits",
    "output",
    "process_control",
    "sources",
    "standard_input",
    "supervisor",
    "tracebacks",
]
