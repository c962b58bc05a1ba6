"""Completions."""

import json  # noqa: F401  # looked at as modules that are loaded are
import sys
import types
import unittest

from python_side import completions


class Guarded:
    slot = 1

    def __init__(self):
        self.here = 2

    @property
    def trap(self):
        raise AssertionError("a property was run")

    def __getattr__(self, name):
        raise AssertionError("__getattr__ was run")

    def method(self):
        pass


class Completions(unittest.TestCase):
    def setUp(self):
        self.main = sys.modules["__main__"]
        module = types.ModuleType("__main__")
        module.__dict__.update(
            total=1,
            totals=[1],
            _private=1,
            guarded=Guarded(),
            where={"north": 1, "nor\nth": 2, "it's": 3, 4: 5},
            größe="x",
            unreadable=type("U", (), {"__dir__": lambda self: 1 / 0})(),
        )
        sys.modules["__main__"] = module
        self.addCleanup(sys.modules.__setitem__, "__main__", self.main)

    def texts(self, code, cursor=None):
        answer = completions.complete(code, len(code) if cursor is None else cursor)
        return [match["text"] for match in answer["matches"]]

    def kinds(self, code):
        answer = completions.complete(code, len(code))
        return {match["text"]: match["kind"] for match in answer["matches"]}

    def test_names_of_the_session(self):
        self.assertEqual(self.texts("x = tot"), ["total", "totals"])
        self.assertEqual(self.texts("größ"), ["größe"])

    def test_builtins_and_keywords(self):
        kinds = self.kinds("")
        self.assertEqual(kinds["print"], "function")
        self.assertEqual(kinds["while"], "keyword")
        self.assertEqual(kinds["ValueError"], "class")
        self.assertEqual(kinds["total"], "variable")

    def test_whatever_the_case(self):
        self.assertEqual(self.texts("valueE"), ["ValueError"])

    def test_underscores_only_where_asked_for(self):
        self.assertNotIn("_private", self.texts(""))
        self.assertEqual(self.texts("_priv"), ["_private"])

    def test_attributes_without_running_anything(self):
        kinds = self.kinds("guarded.")
        self.assertEqual(
            kinds,
            {"here": "variable", "method": "function", "slot": "variable", "trap": "property"},
        )
        self.assertEqual(self.texts("guarded.trap."), [])
        self.assertEqual(self.texts("guarded.nowhere."), [])

    def test_attributes_of_attributes(self):
        self.assertIn("bit_length", self.texts("guarded . here . bit"))
        self.assertIn("real", self.texts("print(guarded.here.re"))

    def test_nothing_for_missing_or_unreadable_names(self):
        for code in ("nobody.", "unreadable.", "f().x", "1.", "12", "(a).b", "x[0].b"):
            self.assertEqual(self.texts(code), [], code)

    def test_modules(self):
        self.assertIn("textwrap", self.texts("import textw"))
        self.assertIn("sys", self.texts("import os, sy"))
        self.assertIn("json", self.texts("x = 1; from js"))
        self.assertEqual(self.texts("import json.dec"), ["decoder"])

    def test_names_of_modules(self):
        self.assertIn("dumps", self.texts("from json import loads, du"))
        self.assertIn("JSONDecoder", self.texts("from json import (\n  loads,\n  JSOND"))

    def test_does_not_import(self):
        sys.modules.pop("this", None)
        self.assertEqual(self.texts("from this import "), [])
        self.assertNotIn("this", sys.modules)

    def test_keys(self):
        self.assertEqual(self.texts("where['"), ["north"])
        self.assertEqual(self.texts('where["'), ["it's", "north"])
        self.assertEqual(self.texts("total['"), [])

    def test_nothing_in_strings_and_comments(self):
        for code in ("'tot", "# tot", '"""a\ntot', "x = f'tot", "'a\\'tot"):
            self.assertEqual(self.texts(code), [], code)
        for code in ("'a' + tot", "'a\ntot", "# it's\ntot", '"""a\n"""; tot'):
            self.assertEqual(self.texts(code), ["total", "totals"], code)

    def test_counts_as_javascript_does(self):
        code = "'😀'; tot; more"
        cursor = len("'😀'; tot") + 1
        answer = completions.complete(code, cursor)
        self.assertEqual((answer["start"], answer["end"]), (cursor - 3, cursor))
        self.assertEqual(self.texts(code, cursor), ["total", "totals"])

    def test_is_bounded(self):
        sys.modules["__main__"].__dict__.update((f"name{i}", i) for i in range(9999))
        self.assertEqual(len(self.texts("name")), 500)

    def test_is_quick_in_hostile_code(self):
        self.texts("from a import " + "b, " * 9999 + "?")
        self.texts("import " + "a.b , " * 9999 + "?")
        self.texts("a." * 9999 + "?")
        self.texts("'" * 9999)
