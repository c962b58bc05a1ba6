"""Imports the preloaded modules, before sessions are forked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from . import process_control
from .interactive.choosing import choose_backend
from .originals import importlib, linecache, os

# The threads that a preloaded library starts would not survive the fork.
_WITHOUT_THREADS = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # of pyarrow, which pandas imports
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}

# `HUGE_PAGES` in local-engine.ts. The C library has read it at the start.
_HUGE_PAGES = "glibc.malloc.hugetlb=1"


def preload_to_fork(modules: Sequence[str]) -> None:
    """Preloads modules before forks. Exits if a module started a thread, which a fork loses."""
    before = dict(os.environ)
    os.environ.update({**_WITHOUT_THREADS, **before})
    _prepare()
    for module in modules:
        _import(module)
        if process_control.thread_count() > 1:
            refuse_to_start(
                f"Importing {module} started a thread, which does not survive a fork: take it out "
                "of the option preload (FUJIAN_PRELOAD)"
            )
    for name in _WITHOUT_THREADS:
        if name not in before:
            del os.environ[name]


def preload(modules: Sequence[str]) -> None:
    _prepare()
    for module in modules:
        _import(module)


def _prepare() -> None:
    if os.environ.get("GLIBC_TUNABLES") == _HUGE_PAGES:
        del os.environ["GLIBC_TUNABLES"]
    # Since Python 3.13, that of `python -c`: it would be shown for code that user code executes.
    linecache.cache.pop("<string>", None)
    choose_backend()
    sys.path.insert(0, "")  # as in any interactive interpreter; the sessions inherit it


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except BaseException as error:
        refuse_to_start(
            f"The option preload (FUJIAN_PRELOAD) names the module '{module}', which "
            f"{sys.executable} cannot import: {type(error).__name__}: {error}"
        )


def refuse_to_start(reason: str) -> NoReturn:
    """Exits. Node reports the last line on stderr."""
    sys.stderr.write(reason + "\n")
    sys.stderr.flush()
    os._exit(1)
