"""Our code calls nothing that user code can replace."""

import builtins
import importlib.util
import json
import os
import socket
import sys
import time
import unittest
from unittest import mock

from python_side import ROOT, encoding, frames, originals


def _lint():
    path = ROOT / "scripts/lint/originals.py"
    spec = importlib.util.spec_from_file_location("lint_originals", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lint = _lint()


class TheLinter(unittest.TestCase):
    def test_refuses_calls_of_what_user_code_can_replace(self):
        for source, line in (
            ("import os\nos.close(3)", 1),
            ("import os.path", 1),
            ("from time import monotonic", 1),
            ("from json import dumps as _dumps", 1),
            ("import types\ntypes.ModuleType('x')", 1),
            ("import sys\nsys.exc_info()", 2),
            ("import builtins\ndef f():\n    builtins.print()", 3),
            ("def f():\n    import socket", 2),
            ("def f():\n    from os import close", 2),
        ):
            with self.subTest(source):
                self.assertEqual([at for at, _ in lint.problems_in(source)], [line])

    def test_accepts_what_is_bound_before_user_code_and_what_user_code_is_to_see(self):
        for source in (
            "from .originals import os\nos.close(3)",
            "import sys\nsys.stdout = sys.modules['__main__']",
            "from types import CodeType",
            "import numpy as np\nnp.array([])",
            "def f():\n    import asyncio",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import asyncio",
        ):
            with self.subTest(source):
                self.assertEqual(lint.problems_in(source), [])

    def test_finds_nothing_in_our_code(self):
        with mock.patch("sys.stdout") as stdout:
            self.assertEqual(lint.main([]), 0, stdout.write.mock_calls)


class WhatOursCall(unittest.TestCase):
    def test_stays_when_user_code_replaces_functions_of_modules(self):
        for module, name in (
            (os, "close"),
            (os.path, "join"),
            (time, "monotonic"),
            (json, "dumps"),
            (sys, "_getframe"),
        ):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, None)
        self.assertIsNotNone(originals.os.close)
        self.assertEqual(originals.os.path.join("a", "b"), "a/b")
        self.assertGreater(originals.time.monotonic(), 0)
        self.assertEqual(originals.json.dumps([1]), "[1]")
        self.assertIsNotNone(originals.getframe())

    def test_stays_when_user_code_replaces_methods_of_classes(self):
        for kind, name in (
            (json.JSONEncoder, "encode"),
            (json.JSONDecoder, "decode"),
            (socket.socket, "close"),
        ):
            self.addCleanup(setattr, kind, name, getattr(kind, name))
            setattr(kind, name, None)
        self.assertEqual(originals.json.loads(originals.json.dumps([1])), [1])
        originals.socket.socket().close()

    def test_stays_when_user_code_deletes_the_builtins(self):
        theirs = dict(builtins.__dict__)
        try:
            builtins.__dict__.clear()
            encoded = encoding.encode_value([[1, "a"], {"b": {2.5}}])
            shown = frames.encode_shown(1, 0, {"type": "display"}, [])
        finally:
            builtins.__dict__.update(theirs)
        self.assertIn(b'"$": "set"', encoded[0])
        self.assertIn(b"display", shown)

    def test_are_builtins_of_their_own_in_every_module(self):
        ours = {name for name in sys.modules if name.partition(".")[0] == "_fujian"}
        self.assertIn("_fujian.interactive.notebook", ours)
        for name in ours - {"_fujian"}:
            with self.subTest(name):
                own = vars(sys.modules[name])["__builtins__"]
                self.assertIs(own, originals.OWN_BUILTINS)
