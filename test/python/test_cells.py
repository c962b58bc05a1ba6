"""Compilation of notebook cells: statements, the last value, commands."""

import linecache
import unittest
from unittest import mock

from python_side import cells, commands, sources


def compiled(source):
    return cells.compile_cell("<cell>", source)


def value_of(source, names=None):
    names = {} if names is None else names
    cell = compiled(source)
    exec(cell.body, names)
    return None if cell.value is None else eval(cell.value, names)


class TheLastExpression(unittest.TestCase):
    def test_has_a_value(self):
        for source, value in (
            ("1 + 1", 2),
            ("x = 1\nx", 1),
            ("x = 1; x + 1", 2),
            ("(\n1 +\n2\n)", 3),
            ("'text'", "text"),
            ("1 if True else 2  # why", 1),
            ("if True:\n    y = 3\ny", 3),
            ("'é'; '日本'", "日本"),
            ("1\n\n\n", 1),
            ("1\r\n2\r\n", 2),
        ):
            with self.subTest(source):
                self.assertEqual(value_of(source), value)

    def test_has_none_where_a_semicolon_follows(self):
        for source in (
            "1;",
            "1 ; ",
            "1;  # a comment",
            "(1);",
            "((\n1\n)) ;",
            "'日本';",
            "f'{1}';",
        ):
            with self.subTest(source):
                self.assertIsNone(compiled(source).value)

    def test_is_no_statement(self):
        for source in ("", "# nothing", "x = 1", "if True: 1", "def f(): 1", "pass", "x: int"):
            with self.subTest(source):
                self.assertIsNone(compiled(source).value)

    def test_is_subject_to_the_futures_of_the_cell(self):
        source = "from __future__ import annotations\nlambda: (yield)"
        self.assertTrue(compiled(source).value)


class ErrorsOfSyntax(unittest.TestCase):
    def fails(self, source):
        with self.assertRaises(SyntaxError) as raised:
            compiled(source)
        sources.forget_unneeded()
        self.assertNotIn("<cell>", linecache.cache)
        return raised.exception

    def test_show_their_line(self):
        for source, line in (
            ("x = 1\nx = = 2\n", 2),
            ("return 1", 1),
            ("pass\nyield 1", 2),
            ("!ls\n%pip list\na b", 3),
            ("if True:\n!ls", 2),
        ):
            with self.subTest(source):
                error = self.fails(source)
                self.assertEqual(error.lineno, line)
                self.assertEqual(error.text.strip(), source.split("\n")[line - 1].strip())


class TheLoop(unittest.TestCase):
    def test_is_needed_to_await_and_to_start_tasks(self):
        for source in (
            "await f()",
            "async for x in y: pass",
            "async with x: pass",
            "[x async for x in y]",
            "task = asyncio.create_task(f())",
            "if x:\n    ensure_future(f())",
        ):
            with self.subTest(source):
                self.assertTrue(compiled(source).is_async)

    def test_is_not_needed_for_other_code(self):
        for source in (
            "asyncio.run(f())",
            "async def f(): await g()",
            "def f(): asyncio.create_task(g())",
            "run = lambda: create_task(g())",
            "create_task",
        ):
            with self.subTest(source):
                self.assertFalse(compiled(source).is_async)


class Commands(unittest.TestCase):
    def setUp(self):
        self.calls = []
        names = {}
        for name in ("__fujian_shell__", "__fujian_captured__", "__fujian_magic__"):
            names[name] = lambda text, name=name: self.calls.append((name[9:-2], text)) or [text]
        self.names = names

    def run_cell(self, source):
        value_of(source, self.names)
        return self.calls

    def test_are_calls_in_their_line(self):
        source = "x = 1\n!ls -l\nif x:\n    %pip install 'a b'\ny = !echo {x}\nz = y"
        self.assertEqual(
            self.run_cell(source),
            [("shell", "ls -l"), ("magic", "pip install 'a b'"), ("captured", "echo {x}")],
        )
        self.assertEqual(self.names["z"], ["echo {x}"])

    def test_go_on_behind_a_backslash(self):
        self.run_cell("!echo a \\\n  b\n!c")
        self.assertEqual(self.calls, [("shell", "echo a \\\n  b"), ("shell", "c")])

    def test_are_not_seen_in_strings_and_expressions(self):
        source = 'text = """\n!ls\n%pip\n"""\nrest = (7\n% 4)\nneither = 1 != 2'
        self.assertEqual(self.run_cell(source), [])
        self.assertEqual(self.names["text"], "\n!ls\n%pip\n")
        self.assertEqual(self.names["rest"], 3)

    def test_are_seen_beside_strings_that_look_like_them(self):
        source = 'text = """\n!in the string\n"""\n!ls\n"""\n%pip\n"""'
        self.assertEqual(self.run_cell(source), [("shell", "ls")])

    def test_have_the_values_that_python_has(self):
        names = {"x": 3, "name": "a b"}
        for command, expanded in (
            ("echo {x} $x {x + 1}", "echo 3 3 4"),
            ("echo '{name}'", "echo 'a b'"),
            ("echo $HOME {unknown} ${HOME}", "echo $HOME {unknown} ${HOME}"),
            ("echo {{x}} $$x", "echo {x} $x"),
            ("awk '{print $1}'", "awk '{print $1}'"),
        ):
            with self.subTest(command):
                self.assertEqual(commands._expanded(command, names), expanded)

    def test_are_found_quickly_however_many_follow_each_other(self):
        parsed = []

        def compiling(*args, **options):
            parsed.append(1)
            return compile(*args, **options)

        with mock.patch.object(commands, "compile", compiling, create=True):
            self.run_cell("if True:\n" + "    !true\n" * 1_000)
        self.assertEqual(len(self.calls), 1_000)
        self.assertEqual(len(parsed), 2)
