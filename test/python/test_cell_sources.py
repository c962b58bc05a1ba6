"""Compilation of notebook cells in unusual formatting."""

import unittest

from python_side import cells


def shows(source):
    """Returns whether the value of the last expression is shown."""
    return cells.compile_cell("<cell>", source).value is not None


class Semicolons(unittest.TestCase):
    def test_keep_a_value_from_being_shown(self):
        brackets = ("(3);", "(\n 3\n);", "(\n 3  # a\n) \\\n;")
        for source in ("3;", "3 ; # why", "x = 1\r\nx;\r\n", *brackets):
            with self.subTest(source):
                self.assertFalse(shows(source))

    def test_of_comments_and_strings_do_not(self):
        for source in ("3 # ;", "(\n 3  # ;\n)", "';'", "'é;'", "x = 1; x"):
            with self.subTest(source):
                self.assertTrue(shows(source))


class Sources(unittest.TestCase):
    def test_may_end_lines_as_old_computers_did(self):
        self.assertTrue(shows("x = 1\rx"))

    def test_may_hold_long_sums(self):
        self.assertTrue(shows("x = " + " + ".join("1" * 900) + "\nx"))

    def test_that_are_none_are_refused_without_frames_of_ours(self):
        for source in ("(" * 1000, "x\0y", "x = = 1"):
            with self.subTest(source[:10]):
                with self.assertRaises(Exception) as caught:
                    cells.compile_cell("<cell>", source)
                trace = caught.exception.__traceback__
                while trace is not None:
                    name = trace.tb_frame.f_code.co_filename
                    self.assertFalse(name.endswith("ast.py"))
                    trace = trace.tb_next
