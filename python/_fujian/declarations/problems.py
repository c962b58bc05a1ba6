"""Errors of modules without declarations. The messages are for the caller."""

from __future__ import annotations


class NoSuchModuleError(Exception):
    """Raised if the module does not exist."""


class NothingToDeclareError(Exception):
    """Raised if the module has no public function."""
