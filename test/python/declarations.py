"""Helpers that declare a module with a given source."""

import sys
import textwrap
import types
import unittest

from python_side import declaring

IMPORTS = """
import collections, dataclasses, datetime, decimal, enum, functools, uuid
from typing import *
"""


class DeclarationsTest(unittest.TestCase):
    def declared(self, source, imports=IMPORTS):
        """Returns the declarations of a module with this source, without the head comments."""
        module = types.ModuleType("described")
        sys.modules["described"] = module
        self.addCleanup(sys.modules.pop, "described", None)
        code = imports + textwrap.dedent(source)
        exec(compile(code, "described.py", "exec", dont_inherit=True), vars(module))
        blocks = declaring.declare("described").rstrip("\n").split("\n\n")
        return [one for one in blocks if not one.startswith("// The Python module")]

    def signatures(self, source, **options):
        """Returns the text after the name for each overload of `f`."""
        lines = "\n".join(self.declared(source, **options)).split("\n")
        start = "export function f"
        return [line[len(start) :].rstrip(";") for line in lines if line.startswith(start)]

    def parameter(self, hint, before=""):
        (signature, *_) = self.signatures(f"{before}\ndef f(it: {hint}): ...")
        self.assertTrue(signature.startswith("(it: "), signature)
        return signature[len("(it: ") : -len("): Promise<unknown>")]

    def result(self, hint, before=""):
        (signature,) = self.signatures(f"{before}\ndef f() -> {hint}: ...")
        return signature[len("(): Promise<") : -1]

    def assert_types(self, hint, parameter, result=None, before=""):
        self.assertEqual(self.parameter(hint, before), parameter)
        self.assertEqual(self.result(hint, before), parameter if result is None else result)
