"""Descriptions of errors, even if methods of the exception fail."""

import linecache
import os
import re
import sys
import traceback
import unittest
from unittest import mock

from python_side import sources, tracebacks


def described(source):
    try:
        exec(sources.compile_source("<t>", source), {"__name__": "__main__"})
    except BaseException as error:
        return tracebacks.describe(error)
    raise AssertionError("it did not raise")


class Describe(unittest.TestCase):
    def test_gives_type_value_and_traceback(self):
        description = described("raise ValueError('v')")
        self.assertEqual((description["type"], description["value"]), ("ValueError", "v"))
        self.assertRegex(
            description["traceback"],
            r"\ATraceback \(most recent call last\):\n"
            r"(?s:.*)"  # the frame of this test
            r'  File "<t>", line 1, in <module>\n'
            r"    raise ValueError\('v'\)\n"
            r"ValueError: v\n\Z",
        )

    def test_gives_no_headline_over_no_frames(self):
        self.assertEqual(tracebacks.describe(ValueError("v"))["traceback"], "ValueError: v\n")

    def test_gives_the_class_by_its_full_name_in_the_traceback_alone(self):
        description = described("import json\njson.loads('')")
        self.assertEqual(description["type"], "JSONDecodeError")
        self.assertIn("json.decoder.JSONDecodeError: ", description["traceback"])

    def test_hides_frames_of_ours_in_every_exception_of_a_chain(self):
        inner = sources.compile_source("<t>", "1 / 0")
        ours = os.path.join(os.path.dirname(tracebacks.__file__), "x.py")
        passing_on = compile(
            "def call(f):\n"
            "    try:\n        f()\n    except Exception as e:\n        raise KeyError from e",
            ours,
            "exec",
        )
        names = {}
        exec(passing_on, names)
        with self.assertRaises(KeyError) as caught:
            names["call"](lambda: exec(inner))
        text = tracebacks.describe(caught.exception)["traceback"]
        self.assertNotIn(ours, text)
        self.assertIn('File "<t>", line 1', text)
        self.assertIn("The above exception was the direct cause", text)

    def test_ends_with_chains_that_have_no_end(self):
        first, second = ValueError("first"), ValueError("second")
        first.__cause__, second.__cause__ = second, first
        self.assertIn("ValueError: first", tracebacks.describe(first)["traceback"])

    def test_gives_every_exception_of_a_long_chain_in_the_order_of_python(self):
        # Libraries of other tests change it.
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        sys.setrecursionlimit(1000)
        description = described(
            "def recurse(depth=0):\n"
            "    try:\n        raise KeyError(depth)\n"
            "    except KeyError:\n        recurse(depth + 1)\n"
            "recurse()"
        )
        self.assertEqual(description["type"], "RecursionError")
        text = description["traceback"]
        told = [*map(int, re.findall(r"\nKeyError: (\d+)\n\nDuring handling of the above", text))]
        # Python 3.9 begins in the middle of the chain, and says so.
        self.assertTrue(told[0] == 0 or "have been truncated" in text, told)
        self.assertEqual(told, [*range(told[0], told[-1] + 1)])
        self.assertGreater(len(told), 400)
        self.assertRegex(text, r"\nRecursionError: maximum recursion depth exceeded.*\n\Z")

    def test_gives_the_ends_of_an_endless_chain_and_says_how_many_are_left_out(self):
        description = described(
            "last = None\n"
            "for number in range(100_000):\n"
            "    error = ValueError(number)\n"
            "    error.__cause__, last = last, error\n"
            "raise last"
        )
        text = description["traceback"]
        self.assertRegex(text, r"\AValueError: 0\n")
        self.assertIn("\n[... 99900 exceptions left out ...]\n", text)
        self.assertIn(
            "\nThe above exception was the direct cause of the following exception:\n", text
        )
        self.assertRegex(
            text,
            r"\nTraceback \(most recent call last\):\n(?s:.*)"
            r'  File "<t>", line 5, in <module>\n    raise last\nValueError: 99999\n\Z',
        )

    @unittest.skipIf(sys.version_info < (3, 11), "without exception groups")
    def test_gives_the_outermost_of_deep_groups(self):
        description = described(
            "error = ValueError(1)\n"
            "for _ in range(5_000):\n    error = ExceptionGroup('deep', [error])\n"
            "raise error"
        )
        self.assertIn("ExceptionGroup: deep (1 sub-exception)", description["traceback"])

    def test_describes_without_what_user_code_has_broken(self):
        for module, name in ((linecache, "getlines"), (traceback, "StackSummary")):
            with self.subTest(name), mock.patch.object(module, name, None):
                description = described("def f(): raise ValueError('v')\nf()")
            self.assertRegex(
                description["traceback"],
                r'  File "<t>", line 2, in <module>\n(?s:.*)'
                r'  File "<t>", line 1, in f\n(?s:.*)ValueError: v\n\Z',
            )

    def test_cuts_long_texts_in_the_middle(self):
        description = described("raise ValueError('<' + 'x' * 1_000_000 + '>')")
        self.assertLess(len(description["value"]), 300_000)
        self.assertRegex(
            description["value"], r"\A<x+\n\[\.\.\. \d+ characters cut \.\.\.\]\nx+>\Z"
        )

    def test_survives_methods_of_exceptions(self):
        for method in ("__str__", "__repr__", "__getattribute__", "__class__"):
            with self.subTest(method):
                description = described(
                    f"def fail(*_): raise RuntimeError\n"
                    f"Bad = type('Bad', (Exception,), {{'{method}': property(fail) "
                    f"if '{method}' == '__class__' else fail}})\n"
                    f"raise Bad"
                )
                self.assertEqual(description["type"], "Bad")
                self.assertIn("Bad", description["traceback"])

    def test_lets_an_interrupt_out(self):
        """Interrupts may strike during a description, which must not catch them."""

        class Interrupted(Exception):
            def __str__(self):
                raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            tracebacks.describe(Interrupted())
