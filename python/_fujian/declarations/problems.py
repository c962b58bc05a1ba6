"""Why a module has no declarations. The message is for the one who asked."""

from __future__ import annotations


class NoSuchModuleError(Exception):
    """There is no module of that name."""


class NothingToDeclareError(Exception):
    """The module offers no function."""
