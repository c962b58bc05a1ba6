"""Signal handlers and trace functions of user code run in user code, not in ours."""

import signal
import sys
import unittest
from unittest import mock

from python_side import hooks, interrupts


class HooksTest(unittest.TestCase):
    def setUp(self):
        for number in (signal.SIGINT, signal.SIGURG, signal.SIGALRM, signal.SIGUSR1):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.addCleanup(sys.settrace, sys.gettrace())
        self.addCleanup(sys.setprofile, sys.getprofile())
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        self.interrupts = interrupts.Interrupts()
        self.addCleanup(self.interrupts.release)
        self.interrupts.install(lambda: None, lambda _: None, set())
        self.hooks = self.interrupts.hooks
        self.hooks.resume()
        self.order = []

    def handle(self, *numbers):
        for number in numbers:
            signal.signal(number, self.on_signal)

    def on_signal(self, number, _frame):
        self.order.append(signal.Signals(number).name)

    def raising(self, *_):
        raise ValueError("of user code")


class SuspendedHandlers(HooksTest):
    def test_run_once_afterwards_for_each_signal_that_came(self):
        self.handle(signal.SIGALRM, signal.SIGUSR1)
        self.hooks.suspend()
        for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGALRM):
            signal.raise_signal(number)
        self.order.append("ours")
        self.hooks.resume()
        self.assertEqual(self.order, ["ours", "SIGALRM", "SIGUSR1"])

    def test_raise_afterwards(self):
        signal.signal(signal.SIGALRM, self.raising)
        self.hooks.suspend()
        signal.raise_signal(signal.SIGALRM)
        with self.assertRaisesRegex(ValueError, "of user code"):
            self.hooks.resume()

    def test_are_those_of_the_user_again_afterwards(self):
        self.handle(signal.SIGALRM)
        for _ in range(2):
            self.hooks.suspend()
            self.assertNotEqual(signal.getsignal(signal.SIGALRM), self.on_signal)
            self.hooks.resume()
            self.assertEqual(signal.getsignal(signal.SIGALRM), self.on_signal)

    def test_are_restored_where_a_nudge_strikes_meanwhile(self):
        self.handle(signal.SIGALRM, signal.SIGUSR1)
        self.interrupts.begin(1)
        self.hooks.suspend()
        nudges = [signal.SIGURG]

        def set_handler(number, handler):
            while nudges:
                signal.raise_signal(nudges.pop())
            signal.signal(number, handler)

        with mock.patch.object(hooks, "set_handler", set_handler):
            self.hooks.resume()
        for number in (signal.SIGALRM, signal.SIGUSR1):
            self.assertEqual(signal.getsignal(number), self.on_signal)

    def test_are_not_those_of_the_session_nor_the_default_ones(self):
        self.hooks.suspend()
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_run_between_executions_and_what_they_raise_is_reported(self):
        signal.signal(signal.SIGUSR1, self.raising)
        self.handle(signal.SIGALRM)
        self.hooks.suspend()
        signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGALRM)
        with mock.patch("sys.stderr") as stderr:
            self.interrupts.run_late_handlers()
        [written] = stderr.write.call_args_list
        self.assertRegex(written.args[0], r"in raising\n(?s:.*)\nValueError: of user code\n\Z")
        self.assertNotIn("interrupts.py", written.args[0])
        self.assertEqual(self.order, ["SIGALRM"])

    def test_end_the_wait_of_an_idle_session_once(self):
        self.handle(signal.SIGALRM)
        self.hooks.suspend()
        self.hooks.end_the_wait = True
        with self.assertRaises(hooks.SignalCame):
            signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGALRM)
        self.assertTrue(self.hooks.came)


class ACriticalSection(HooksTest):
    def test_is_finished_before_a_handler_runs_and_raises(self):
        signal.signal(signal.SIGALRM, self.raising)
        with self.assertRaises(ValueError):
            with self.interrupts:
                with self.interrupts:
                    signal.raise_signal(signal.SIGALRM)
                self.order.append("went on")
            self.order.append("too late")
        self.assertEqual(self.order, ["went on"])

    def test_is_not_traced_nor_profiled(self):
        for set_hook in (sys.settrace, sys.setprofile):
            called = []

            def hook(frame, event, _argument, called=called):
                called.append((frame.f_code.co_name, event))

            def ours():
                pass

            set_hook(hook)
            with self.interrupts:
                ours()
            (lambda: None)()
            set_hook(None)
            self.assertNotIn(("ours", "call"), called)
            self.assertIn(("<lambda>", "call"), called)

    def test_has_room_on_a_stack_that_user_code_has_used_up(self):
        def ours(calls):
            return calls and ours(calls - 1)

        def at_the_bottom():
            try:
                at_the_bottom()
            except RecursionError:
                return
            with self.interrupts:
                ours(100)
            reached.append(True)

        reached = []
        limit = sys.getrecursionlimit()
        at_the_bottom()
        self.assertGreater(len(reached), 100)
        self.assertEqual(sys.getrecursionlimit(), limit)

    def test_leaves_the_hooks_suspended_where_they_were(self):
        self.handle(signal.SIGALRM)
        self.hooks.suspend()
        with self.interrupts:
            signal.raise_signal(signal.SIGALRM)
        self.assertEqual(self.order, [])


class TheRecursionLimit(HooksTest):
    def test_of_user_code_is_not_that_of_ours(self):
        sys.setrecursionlimit(200)
        self.hooks.suspend()
        self.assertGreaterEqual(sys.getrecursionlimit(), 1000)
        self.hooks.resume()
        self.assertEqual(sys.getrecursionlimit(), 200)
