"""Interrupts strike only the execution they were requested for, and none of our code."""

import ctypes
import os
import signal
import sys
import threading
import types
import unittest
from unittest import mock

from python_side import interrupts


def runner(code):
    """Stands for the function that calls user code."""
    code()


def user_code():
    signal.raise_signal(signal.SIGURG)


def of_ours(function):
    """Pretends to be code of the package: the runner's clean-up."""
    code = function.__code__.replace(co_filename=interrupts.__file__)
    return types.FunctionType(code, globals())


@of_ours
def clean_up():
    signal.raise_signal(signal.SIGURG)


@of_ours
def clean_up_that_calls_others():
    user_code()


def user_code_that_calls_ours():
    clean_up()


class InterruptsTest(unittest.TestCase):
    def setUp(self):
        for number in (signal.SIGINT, signal.SIGURG):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, ())
        self.interrupts = interrupts.Interrupts()
        self.addCleanup(self.interrupts.release)
        self.arriving = []
        self.heard = []
        self.interrupts.install(self.drain, self.heard.append, {runner.__code__})

    def drain(self):
        """Stands for the channel: passes on the requests that have arrived."""
        while self.arriving:
            self.interrupts.request(self.arriving.pop(0))

    def interrupt(self, execution):
        """Sends the frame and then the signal, like Node."""
        self.arriving.append(execution)
        signal.raise_signal(signal.SIGURG)


class InterruptedExecution(InterruptsTest):
    def test_is_the_execution_that_runs(self):
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupt(1)

    def test_is_interrupted_once_by_each_request(self):
        self.interrupts.begin(1)
        for _ in range(3):
            self.arriving.append(1)
            with self.assertRaises(KeyboardInterrupt):
                runner(user_code)
        runner(user_code)  # a signal without a request

    def test_is_nothing_while_nothing_runs(self):
        self.interrupt(1)

    def test_takes_nothing_from_the_channel_while_nothing_runs(self):
        """The main thread waits for the channel and would miss a request read elsewhere."""
        self.interrupt(1)
        self.assertEqual(self.arriving, [1])
        with self.assertRaises(KeyboardInterrupt):
            self.interrupts.begin(1)

    def test_is_nothing_by_a_signal_without_a_request(self):
        self.interrupts.begin(1)
        signal.raise_signal(signal.SIGURG)

    def test_is_not_the_next_execution(self):
        self.interrupts.begin(2)
        self.interrupt(1)

    def test_is_not_the_execution_before(self):
        self.interrupts.begin(1)
        self.interrupt(2)

    def test_is_the_execution_that_is_about_to_begin(self):
        self.interrupt(2)
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupts.begin(2)

    def test_is_not_an_execution_that_has_ended(self):
        self.interrupts.begin(1)
        self.interrupts.armed = 0
        self.interrupt(1)
        self.interrupts.begin(2)


class CriticalSections(InterruptsTest):
    def test_are_finished_before_the_interrupt(self):
        steps = []
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            with self.interrupts:
                self.interrupt(1)
                steps.append("went on")
            steps.append("too late")
        self.assertEqual(steps, ["went on"])

    def test_may_be_nested(self):
        steps = []
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt), self.interrupts:
            with self.interrupts:
                self.interrupt(1)
            steps.append("the outer went on")
        self.assertEqual(steps, ["the outer went on"])

    def test_that_raise_are_left_all_the_same(self):
        with self.assertRaises(ValueError), self.interrupts:
            raise ValueError
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupt(1)

    def test_of_other_threads_hold_nothing_up(self):
        inside, leave = threading.Event(), threading.Event()

        def other():
            with self.interrupts:
                inside.set()
                leave.wait()

        thread = threading.Thread(target=other)
        thread.start()
        inside.wait()
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupt(1)
        leave.set()
        thread.join()


class ManySignals(InterruptsTest):
    def test_that_come_while_one_is_handled_do_not_pile_up(self):
        left = 5 * sys.getrecursionlimit()

        def drain():
            nonlocal left
            with self.interrupts:
                if left:
                    left -= 1
                    signal.raise_signal(signal.SIGURG)
                else:
                    self.interrupts.request(1)

        self.interrupts.install(drain, lambda _: None, {runner.__code__})
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGURG)

    def test_do_not_pile_up_while_a_further_interrupt_looks_for_user_code(self):
        left = 5 * sys.getrecursionlimit()

        class Runners(set):
            def __contains__(_self, code):
                nonlocal left
                if left:
                    left -= 1
                    self.interrupt(1)
                return code is runner.__code__

        self.interrupts.install(self.drain, self.heard.append, Runners())
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupt(1)
        self.arriving.append(1)
        with self.assertRaises(KeyboardInterrupt):
            runner(user_code)


class AFurtherInterrupt(InterruptsTest):
    """The runner survives one exception on any line, but not another in its clean-up."""

    def setUp(self):
        super().setUp()
        self.interrupts.begin(1)
        self.arriving.append(1)
        with self.assertRaises(KeyboardInterrupt):
            runner(clean_up)
        self.arriving.append(1)

    def test_strikes_user_code(self):
        with self.assertRaises(KeyboardInterrupt):
            runner(user_code)

    def test_strikes_user_code_that_calls_ours(self):
        with self.assertRaises(KeyboardInterrupt):
            runner(user_code_that_calls_ours)

    def test_does_not_strike_the_clean_up(self):
        runner(clean_up)

    def test_does_not_strike_what_the_clean_up_calls(self):
        runner(clean_up_that_calls_others)

    def test_is_the_first_of_the_next_execution(self):
        self.interrupts.begin(2)
        self.arriving.append(2)
        with self.assertRaises(KeyboardInterrupt):
            runner(clean_up)


class AnInterrupt(InterruptsTest):
    """Of running user code: it is Ctrl-C."""

    def setUp(self):
        super().setUp()
        self.interrupts.begin(1)
        self.interrupts.hooks.resume()
        self.arriving.append(1)

    def test_is_handled_by_the_handler_of_the_code_which_is_called_once(self):
        called = []
        signal.signal(signal.SIGINT, lambda number, _: called.append(number))
        runner(user_code)
        runner(user_code)
        self.assertEqual((called, self.heard), ([signal.SIGINT], [1]))

    def test_is_handled_by_a_handler_in_c(self):
        libc = ctypes.CDLL(None)
        called = []
        handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(called.append)
        libc.signal(signal.SIGINT, handler)
        runner(user_code)
        self.assertEqual(called, [signal.SIGINT])

    def test_reaches_code_that_ignores_sigint(self):
        for ignoring in (signal.SIG_IGN, signal.SIG_DFL):
            signal.signal(signal.SIGINT, ignoring)
            self.arriving[:] = [1]
            with self.assertRaises(KeyboardInterrupt):
                runner(user_code)
            self.assertEqual(signal.getsignal(signal.SIGINT), ignoring)
        self.assertEqual(self.heard, [1, 1])

    def test_reaches_code_that_blocks_sigint_and_strikes_once(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with self.assertRaises(KeyboardInterrupt):
            runner(user_code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def test_that_comes_as_sigint_too_strikes_once(self):
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        runner(user_code)
        self.assertEqual(self.heard, [1])

    def test_is_deferred_by_a_critical_section(self):
        with self.assertRaises(KeyboardInterrupt), self.interrupts:
            user_code()
            self.assertEqual(self.heard, [])
        self.assertEqual(self.heard, [1])


class ASigintFromElsewhere(InterruptsTest):
    def test_is_a_keyboard_interrupt_in_user_code_each_time(self):
        self.interrupts.begin(1)
        self.interrupts.hooks.resume()
        for _ in range(2):
            with self.assertRaises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)

    def test_is_one_in_methods_that_run_while_the_hooks_are_suspended(self):
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    def test_strikes_at_the_end_of_a_critical_section(self):
        steps = []
        self.interrupts.begin(1)
        self.interrupts.hooks.resume()
        with self.assertRaises(KeyboardInterrupt), self.interrupts:
            signal.raise_signal(signal.SIGINT)
            steps.append("went on")
        self.assertEqual(steps, ["went on"])

    def test_is_reported_between_executions(self):
        signal.raise_signal(signal.SIGINT)
        with mock.patch("sys.stderr") as stderr:
            self.interrupts.run_late_handlers()
        stderr.write.assert_called_once_with("KeyboardInterrupt\n")

    def test_keeps_the_handler_of_the_code_from_one_execution_to_the_next(self):
        for handler in (signal.SIG_IGN, lambda *_: None, signal.default_int_handler):
            signal.signal(signal.SIGINT, handler)
            self.interrupts.restore()
            self.assertIs(signal.getsignal(signal.SIGINT), handler)


class Subprocesses(unittest.TestCase):
    def test_are_interrupted_with_the_code_whatever_handles_sigint_there(self):
        """Runs in a process that leads its process group, like a session."""
        for handler in (None, signal.SIG_IGN, signal.SIG_DFL):
            for are_active in (True, False):
                with self.subTest(handler=handler, are_active=are_active):
                    pid = os.fork()
                    if pid == 0:
                        self.interrupt_with_a_subprocess(handler, are_active)
                    self.assertEqual(os.waitpid(pid, 0)[1] >> 8, signal.SIGINT)

    def interrupt_with_a_subprocess(self, handler, are_active):
        os.setsid()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.write(write, b".")
            signal.pause()
        os.read(read, 1)
        interrupted = interrupts.Interrupts()
        interrupted.install(lambda: None, lambda _: None, {runner.__code__})
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        interrupted.begin(1)
        if are_active:
            interrupted.hooks.resume()
        interrupted.request(1)
        try:
            runner(user_code)
        except KeyboardInterrupt:
            os._exit(os.waitpid(child, 0)[1] if not interrupted.hooks.came else 98)
        os._exit(99)


class TheHandler(InterruptsTest):
    def test_of_nudges_comes_back_when_user_code_has_replaced_it(self):
        theirs = (signal.SIG_IGN, signal.SIG_DFL, lambda *_: None)
        for execution, handler in enumerate(theirs, start=1):
            signal.signal(signal.SIGURG, handler)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGURG})
            self.interrupts.restore()
            self.interrupts.begin(execution)
            with self.assertRaises(KeyboardInterrupt):
                self.interrupt(execution)

    def test_of_sigint_is_the_default_one_for_those_who_ask(self):
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_of_sigint_is_that_of_any_python_in_a_forked_child(self):
        self.interrupts.begin(1)
        pid = os.fork()
        if pid == 0:
            self.interrupts.release()
            is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                os._exit(0 if is_default else 2)
            os._exit(1)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_of_user_code_stays_in_a_forked_child(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.interrupts.release()
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.SIG_IGN)
