"""The standard library and the builtins as they were before any user code.

User code may replace whatever it can reach: gevent replaces `os.close`, freezegun the clocks, a a
test `builtins.open`. So our modules import the standard library from here, as copies, and look up
builtins in a copy (see `_Loader`). scripts/lint/originals.py refuses other imports.

A copy protects the names in a module, but not those that its Python code looks up. So the modules
of Python code that a session depends on are executed once more, for us alone.

Our modules import `sys` and `builtins` themselves, to read and set what user code sees. The
functions of `sys` that they call are here.
"""

from __future__ import annotations

import _socket
import _thread
import array
import ast
import atexit
import base64
import binascii
import builtins
import collections
import contextlib
import contextvars
import ctypes
import dataclasses
import datetime
import decimal
import enum
import errno
import faulthandler
import fcntl
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import inspect
import io
import itertools
import json
import keyword
import linecache
import math
import mmap
import numbers
import os
import pkgutil
import random
import re
import resource
import select
import signal
import site
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import traceback
import types
import typing
import uuid
import warnings
import weakref
from typing import Any

__all__ = [
    "array",
    "ast",
    "atexit",
    "base64",
    "binascii",
    "collections",
    "contextlib",
    "contextvars",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "errno",
    "exc_info",
    "excepthook",
    "faulthandler",
    "fcntl",
    "functools",
    "gc",
    "getframe",
    "getprofile",
    "getrecursionlimit",
    "gettrace",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "keyword",
    "linecache",
    "math",
    "mmap",
    "modules",
    "numbers",
    "os",
    "pkgutil",
    "platform",
    "random",
    "re",
    "resource",
    "select",
    "setprofile",
    "setrecursionlimit",
    "settrace",
    "signal",
    "site",
    "socket",
    "struct",
    "subprocess",
    "termios",
    "thread_count",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "uuid",
    "warnings",
    "weakref",
]

OWN_BUILTINS = dict(builtins.__dict__)
# For the functions below. `_Loader` does the same for our other modules.
globals()["__builtins__"] = OWN_BUILTINS

exc_info = sys.exc_info
excepthook = sys.__excepthook__
getframe = sys._getframe
getprofile, setprofile = sys.getprofile, sys.setprofile
getrecursionlimit, setrecursionlimit = sys.getrecursionlimit, sys.setrecursionlimit
gettrace, settrace = sys.gettrace, sys.settrace
platform = sys.platform
# Other Python threads than the main thread.
thread_count = _thread._count
# The dict itself: user code may assign another one to `sys.modules`, which Python ignores.
modules = sys.modules


def _copy(module: types.ModuleType) -> types.ModuleType:
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update(module.__dict__)
    return copy


def _executed_again(module: types.ModuleType) -> types.ModuleType:
    """Executes a module of Python code once more, with builtins of its own."""
    copy = _copy(module)
    copy.__dict__["__builtins__"] = OWN_BUILTINS
    loader: Any = module.__loader__
    exec(loader.get_code(module.__name__), copy.__dict__)
    return copy


def _json_of_our_own() -> types.ModuleType:
    copy = _executed_again(json)
    encoder, decoder = _executed_again(json.encoder), _executed_again(json.decoder)
    copy.__dict__.update(
        encoder=encoder,
        decoder=decoder,
        JSONEncoder=encoder.JSONEncoder,
        JSONDecoder=decoder.JSONDecoder,
        _default_encoder=encoder.JSONEncoder(),
        _default_decoder=decoder.JSONDecoder(),
    )
    return copy


def _replace_by_copies() -> None:
    names = globals()
    copies = {name: _copy(one) for name, one in names.items() if isinstance(one, types.ModuleType)}
    del copies["builtins"], copies["sys"]
    copies["contextlib"] = _executed_again(contextlib)
    copies["json"] = _json_of_our_own()
    for name, inner in (("os", "path"), ("importlib", "abc"), ("importlib", "machinery")):
        setattr(copies[name], inner, _copy(getattr(names[name], inner)))
    # Classes of C, whose methods nobody can replace.
    copies["socket"].__dict__["socket"] = _socket.socket
    copies["threading"].__dict__["RLock"] = _thread.RLock
    names.update(copies)


class _Loader(importlib.machinery.SourceFileLoader):
    """Gives a module of ours builtins of its own: those of its functions are looked up here."""

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__["__builtins__"] = OWN_BUILTINS
        for directory in module.__dict__.get("__path__", ()):
            _load_modules_of(directory)
        super().exec_module(module)


def _load_modules_of(directory: str) -> None:
    loader = (_Loader, importlib.machinery.SOURCE_SUFFIXES)
    sys.path_importer_cache[directory] = importlib.machinery.FileFinder(directory, loader)


_load_modules_of(os.path.dirname(__file__))
_replace_by_copies()
