"""Sources are kept exactly as long as the code compiled from them."""

import gc
import linecache
import sys
import unittest

from python_side import sources


def kept(filename):
    sources.forget_unneeded()
    return filename in linecache.cache


def lines(filename):
    sources.forget_unneeded()
    return linecache.getlines(filename)


def namespace_of(filename, source):
    names = {}
    exec(sources.compile_source(filename, source), names)
    return names


class Retention(unittest.TestCase):
    def test_of_code_that_leaves_nothing_behind(self):
        namespace_of("<kept>", "x = 1")
        self.assertFalse(kept("<kept>"))

    def test_of_functions_nested_deeper_than_the_stack(self):
        names = namespace_of("<kept>", "f = " + "lambda: " * 1_500 + "1")
        self.assertTrue(kept("<kept>"))
        del names
        gc.collect()
        self.assertFalse(kept("<kept>"))

    def test_ends_without_code_of_ours_in_the_middle_of_user_code(self):
        """An interrupt that struck it there would be lost."""
        called = []
        code = sources.compile_source("<kept>", "x = 1\n")
        before = sys.getprofile()
        sys.setprofile(lambda frame, *_: called.append(frame.f_code.co_filename))
        del code
        sys.setprofile(before)
        self.assertNotIn(sources.__file__, called)
        self.assertFalse(kept("<kept>"))

    def test_while_it_runs(self):
        code = sources.compile_source("<kept>", "x = 1\n")
        self.assertEqual(lines("<kept>"), ["x = 1\n"])
        del code
        self.assertFalse(kept("<kept>"))

    def test_of_whatever_holds_code(self):
        held = {
            "a function": "def f(): pass",
            "a lambda": "f = lambda: 1",
            "a method": "class C:\n  def f(self): pass\nf = C.f\ndel C",
            "a nested function": "def g():\n  def f(): pass\n  return f\nf = g()\ndel g",
            "a generator": "f = (i for i in (1, 2))",
            "a coroutine": "async def g(): pass\nf = g()\ndel g",
        }
        for name, source in held.items():
            with self.subTest(name):
                names = namespace_of("<kept>", source)
                self.assertTrue(kept("<kept>"))
                if name == "a coroutine":
                    names["f"].close()
                names.clear()
                gc.collect()
                self.assertFalse(kept("<kept>"))

    def test_of_equal_functions_ends_with_the_last(self):
        names = namespace_of("<kept>", "f = lambda: 1\ng = lambda: 1\nh = lambda: 1")
        del names["g"]
        del names["f"]
        self.assertTrue(kept("<kept>"))
        del names["h"]
        self.assertFalse(kept("<kept>"))

    def test_of_a_name_that_is_used_again_is_that_of_the_later_code(self):
        first = namespace_of("<kept>", "def f(): pass  # first")
        second = namespace_of("<kept>", "def f(): pass  # second")
        self.assertEqual(lines("<kept>"), ["def f(): pass  # second\n"])
        first.clear()
        self.assertTrue(kept("<kept>"))
        second.clear()
        self.assertFalse(kept("<kept>"))

    def test_of_a_name_that_is_used_again_is_that_of_the_earlier_code_if_that_alone_is_left(self):
        first = namespace_of("<kept>", "def f(): pass  # first")
        namespace_of("<kept>", "x = 1")
        self.assertEqual(lines("<kept>"), ["def f(): pass  # first\n"])
        with self.assertRaises(SyntaxError):
            sources.compile_source("<kept>", "a b")
        self.assertEqual(lines("<kept>"), ["def f(): pass  # first\n"])
        first.clear()
        self.assertFalse(kept("<kept>"))

    def test_of_a_class_without_methods_ends_with_the_class(self):
        names = sys.modules["__main__"].__dict__
        self.addCleanup(names.pop, "Kept", None)
        exec(sources.compile_source("<kept>", "class Kept: pass"), names)
        self.assertTrue(kept("<kept>"))
        exec(sources.compile_source("<again>", "class Kept: pass"), names)
        gc.collect()
        self.assertEqual((kept("<kept>"), kept("<again>")), (False, True))
        del names["Kept"]
        gc.collect()
        self.assertFalse(kept("<again>"))

    def test_survives_a_cleared_cache(self):
        names = namespace_of("<kept>", "def f(): pass")
        linecache.clearcache()
        names.clear()
        self.assertFalse(kept("<kept>"))

    def test_survives_linecache_checking_for_changed_files(self):
        names = namespace_of("<kept>", "def f(): pass")
        linecache.checkcache()
        self.assertTrue(kept("<kept>"))
        names.clear()

    def test_of_code_that_cannot_be_compiled(self):
        for source in ("a b", "return 1", "x = '\0'"):
            with self.subTest(source), self.assertRaises((SyntaxError, ValueError)):
                sources.compile_source("<kept>", source)
            self.assertFalse(kept("<kept>"))


class Lines(unittest.TestCase):
    def test_end_where_python_ends_them(self):
        names = namespace_of("<t>", "a = '\f\x0b\x1c\u2028\x85'\r\nb = 1\rdef f(): pass")
        self.assertEqual(
            lines("<t>"), ["a = '\f\x0b\x1c\u2028\x85'\n", "b = 1\n", "def f(): pass\n"]
        )
        self.assertEqual(names["f"].__code__.co_firstlineno, 3)

    def test_do_not_begin_with_a_byte_order_mark(self):
        names = namespace_of("<t>", "\ufeffdef f(): pass")
        self.assertEqual(lines("<t>"), ["def f(): pass\n"])
        names.clear()

    def test_are_added_to_errors_that_the_parser_did_not_find(self):
        with self.assertRaises(SyntaxError) as caught:
            sources.compile_source("<t>", "x = 1\n  \nreturn 1")
        self.assertEqual((caught.exception.lineno, caught.exception.text), (3, "return 1\n"))


class Compiling(unittest.TestCase):
    def test_inherits_no_future_of_ours(self):
        names = namespace_of("<t>", "def f(x: int): pass")
        self.assertIs(names["f"].__annotations__["x"], int)
