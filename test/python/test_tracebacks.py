"""Descriptions of errors, even if methods of the exception fail."""

import os
import unittest

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
