"""An execution always results in an outcome, wherever an interrupt strikes."""

import contextvars
import functools
import json
import linecache
import signal
import subprocess
import sys
import unittest
import unittest.mock

from python_side import (
    event_loop,
    execution,
    frames,
    interrupts,
    limits,
    notebook,
    operations,
    times,
    user_calls,
)


class Subscriber:
    """A channel and pipes that record everything sent."""

    is_open = True

    def __init__(self):
        self.sent = []

    def note(self, frame):
        self.sent.append(frame)

    def enqueuing(self, frames):
        return functools.partial(self.sent.extend, frames)

    def send_what_fits(self):
        pass

    def wait_until_sent(self):
        pass

    def next_barrier(self):
        return 1

    def raising(self, _barrier):
        return []


class Notebook(notebook.Notebook):
    def __init__(self, names, context, interrupts, loop):
        self.subscriber = Subscriber()
        super().__init__(names, context, self.subscriber, self.subscriber, interrupts, loop)


class RunTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        self.addCleanup(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        self.interrupts = interrupts.Interrupts()
        self.addCleanup(self.interrupts.release)
        self.interrupts.install(lambda: None, lambda _: None, execution.RUNNERS)
        self.namespace = execution.Namespace("the connection", contextvars.Context())
        self.memory = limits.MemoryLimit(None)
        self.interactive = False
        self.furnish()

    def furnish(self):
        names, context = self.namespace.names, self.namespace.context
        loop = event_loop.EventLoop(self.interrupts, context)
        self.notebook = Notebook(names, context, self.interrupts, loop)
        self.operations = operations.Operations(names, context, None, self.interrupts, loop)

    def run_code(self, source):
        self.namespace.prepare()
        return self.run_request(source)

    def run_request(self, source, operation=None):
        request = frames.Execute(
            1, 0, False, False, False, self.interactive, False, {}, "<t>", source, operation
        )
        outcome = execution.Outcome()
        calls = execution.run(
            request,
            self.namespace,
            self.interrupts,
            self.memory,
            self.notebook,
            self.operations,
            outcome,
        )
        user_calls.make_calls(calls)
        return outcome


class Outcomes(RunTest):
    def test_of_code_that_returns(self):
        outcome = self.run_code("fujian_return = 1.5")
        self.assertEqual((outcome.returned, outcome.error), ("1.5", None))

    def test_of_code_that_raises(self):
        outcome = self.run_code("fujian_return = 1; 1 / 0")
        self.assertEqual((outcome.returned, outcome.error["type"]), ("1", "ZeroDivisionError"))

    def test_of_code_that_leaves(self):
        outcome = self.run_code("raise SystemExit(3)")
        self.assertEqual((outcome.error["type"], outcome.exit), ("SystemExit", (3, None)))

    def test_of_code_that_exits_with_a_number_has_the_status_of_python(self):
        numbers = ("256", "-1", "-256", "True", "False", "type('I', (int,), {})(2**70)")
        limits = ("2**63 - 1", "2**63", "-(2**63)", "-(2**63) - 1", "-(2**70)")
        for number in (*numbers, *limits):
            code = f"raise SystemExit({number})"
            with self.subTest(code):
                python = subprocess.run([sys.executable, "-S", "-c", code], check=False)
                self.assertEqual(self.run_code(code).exit, (python.returncode, None))

    def test_are_json_in_ascii(self):
        outcome = self.run_code(
            "fujian_return = 'ä\\ud800\\n\\x00\"'\nraise ValueError('\\udfff\\u2028')"
        )
        text = outcome.to_json()
        self.assertTrue(text.isascii())
        members = json.loads(text)
        self.assertEqual(members["return"], 'ä\ud800\n\0"')
        self.assertEqual(members["error"]["value"], "\udfff\u2028")

    def test_of_code_that_closed_or_broke_the_streams(self):
        saved = sys.stdout
        self.addCleanup(setattr, sys, "stdout", saved)
        for source in ("sys.stdout = None", "del sys.stdout", "sys.stdout = object()"):
            with self.subTest(source):
                self.assertIsNone(self.run_code(f"import sys\n{source}").error)
                sys.stdout = saved


class ExceptionsThatRaise(RunTest):
    """An execution results in an outcome, whatever the methods of an exception do."""

    def test_out_of_their_own_description(self):
        for base in ("KeyboardInterrupt", "SystemExit", "BaseException"):
            with self.subTest(base):
                outcome = self.run_code(
                    f"class E({base}):\n"
                    "    def __str__(self): raise E()\n"
                    "    def __setattr__(self, *_): raise E()\n"
                    "raise E()"
                )
                self.assertEqual(outcome.error["type"], "E")
                json.loads(outcome.to_json())

    def test_out_of_what_they_were_given(self):
        outcome = self.run_code(
            "class Evil:\n"
            "    def __str__(self): raise KeyboardInterrupt(self)\n"
            "raise KeyboardInterrupt(Evil())"
        )
        self.assertEqual(outcome.error["type"], "KeyboardInterrupt")

    def test_out_of_the_name_of_their_class(self):
        outcome = self.run_code(
            "class M(type):\n"
            "    __name__ = property(lambda cls: 1 / 0)\n"
            "    def __eq__(cls, other): 1 / 0\n"
            "    __hash__ = type.__hash__\n"
            "class E(Exception, metaclass=M): pass\n"
            "raise E('v')"
        )
        self.assertEqual((outcome.error["type"], outcome.error["value"]), ("E", "v"))

    def test_are_not_called_while_no_interrupt_can_strike(self):
        outcome = self.run_code(
            "calls = []\n"
            "class E(KeyboardInterrupt):\n"
            "    def __str__(self):\n"
            "        calls.append(self)\n"
            "        raise self\n"
            "raise E()"
        )
        self.assertEqual(outcome.error["type"], "E")
        self.assertEqual(len(self.namespace.names["calls"]), 1)


class Interrupted(RunTest):
    SOURCE = "def f(x):\n    return [x]\nfujian_return = f(1)\nraise ValueError(fujian_return)"

    def test_at_any_line_of_ours_it_ends_in_an_outcome(self):
        self.strike_at_each_line(self.SOURCE, "ValueError")

    def test_at_any_line_of_ours_it_ends_in_an_outcome_in_a_notebook_too(self):
        self.interactive = True
        for source in ("[1]", "import asyncio\nawait asyncio.sleep(0)\n[1]", "!true", "a b"):
            with self.subTest(source):
                otherwise = "SyntaxError" if source == "a b" else None
                self.strike_at_each_line(source, otherwise, step=times(5, 1))

    def test_at_any_line_of_ours_an_operation_ends_in_an_outcome_too(self):
        self.run_code("class E(Exception): pass\ndef f(x): raise E(x)\ndef g(x): return x")
        call = {"op": "call", "target": "__main__:f", "args": [1], "kwargs": {}}
        self.strike_at_each_line("", "E", encoded(call))
        value = {"a": [1, 2.5, {"$": "int", "v": "ffffffffffffffffff"}]}
        call = {**call, "target": "__main__:g", "args": [value]}
        self.strike_at_each_line("", None, encoded(call))

    def test_an_operation_that_cannot_be_read_has_not_begun(self):
        args = [{"$": "object", "v": 7}, {"$": "function", "v": 8, "name": "f"}]
        call = {"op": "call", "target": "builtins:print", "args": args, "kwargs": {}}
        outcome = self.run_request("", encoded(call))
        self.assertEqual(outcome.error["type"], "StaleHandleError")
        # Tells Node that Python holds none of the functions.
        self.assertIs(json.loads(outcome.to_json())["begun"], False)

    def strike_at_each_line(self, source, otherwise, operation=None, step=1):
        struck, line = 0, 0
        while True:
            line += step
            outcome, was_interrupted = self.run_and_interrupt_at(line, source, operation)
            self.assertEqual(self.interrupts.armed, 0, f"line event {line}")
            json.loads(outcome.to_json())
            if not was_interrupted:
                break  # there are fewer lines
            # The first and last lines are not armed, so nothing is interrupted.
            kind = outcome.error["type"] if outcome.error else None
            self.assertIn(kind, ("KeyboardInterrupt", otherwise), f"line event {line}")
            struck += kind == "KeyboardInterrupt"
        self.assertGreater(struck, 20 / step)

    def run_and_interrupt_at(self, line, source, operation):
        """Interrupts at the n-th line of this package. Returns also whether it was reached."""
        self.interrupts = interrupts.Interrupts()
        self.interrupts.install(lambda: None, lambda _: None, execution.RUNNERS)
        self.furnish()
        self.notebook._offer()
        seen = 0

        def trace(frame, event, _argument):
            nonlocal seen
            if not frame.f_code.co_filename.startswith(user_calls.OUR_FILES):
                return None
            if frame.f_code.co_filename == interrupts.__file__:
                return None  # tested separately
            if event == "line" and not is_bare_try(frame):
                seen += 1
                if seen == line:
                    sys.settrace(None)
                    self.interrupts.request(1)
                    signal.raise_signal(signal.SIGURG)
            return trace

        self.namespace.prepare()
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            # It would take our frames for those that no trace function sees.
            with unittest.mock.patch.object(user_calls, "gettrace", lambda: None):
                outcome = self.run_request(source, operation)
        finally:
            sys.settrace(before)
        return outcome, seen >= line


def encoded(operation):
    head = json.dumps([operation, True, []]).encode()
    return len(head).to_bytes(4, "little") + head


def is_bare_try(frame):
    """Returns whether a line is a no-op, which takes no signal but is traced since 3.11."""
    is_at_the_bottom = frame.f_code is user_calls.make_calls.__code__
    file = user_calls.__file__ if is_at_the_bottom else frame.f_code.co_filename
    line = linecache.getline(file, frame.f_lineno)
    return sys.version_info >= (3, 11) and line.strip() == "try:"


class TheNamespace(RunTest):
    def test_is_main_in_every_execution(self):
        self.run_code("import sys; sys.modules.pop('__main__'); __name__ = 'other'")
        outcome = self.run_code("import __main__; fujian_return = __name__, FUJIAN_WS")
        self.assertEqual(outcome.returned, "('__main__', 'the connection')")

    def test_shows_a_warning_in_each_execution(self):
        self.run_code("__warningregistry__ = {'seen': 1}")
        self.assertEqual(
            self.run_code("fujian_return = '__warningregistry__' in globals()").returned, "False"
        )
