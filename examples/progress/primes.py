"""Prime numbers, slowly enough to watch."""

from __future__ import annotations

from collections.abc import Callable


def count(below: int, on_progress: Callable[[int], object]) -> int:
    """Counts the prime numbers below `below`. Reports progress in percent."""
    found = 0
    told = 0
    for number in range(2, below):
        found += all(number % divisor for divisor in range(2, int(number**0.5) + 1))
        hundredths = 100 * number // below
        if hundredths > told:
            told = hundredths
            on_progress(told)
    return found
