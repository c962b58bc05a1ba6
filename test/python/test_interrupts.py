"""Interrupts strike only the execution they were requested for, and none of our code."""

import os
import signal
import sys
import threading
import types
import unittest

from python_side import interrupts


def runner(code):
    """Stands for the function that calls user code."""
    code()


def user_code():
    signal.raise_signal(signal.SIGINT)


def of_ours(function):
    """Pretends to be code of the package: the runner's clean-up."""
    code = function.__code__.replace(co_filename=interrupts.__file__)
    return types.FunctionType(code, globals())


@of_ours
def clean_up():
    signal.raise_signal(signal.SIGINT)


@of_ours
def clean_up_that_calls_others():
    user_code()


def user_code_that_calls_ours():
    clean_up()


class InterruptsTest(unittest.TestCase):
    def setUp(self):
        for number in (signal.SIGINT, signal.SIGURG):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.interrupts = interrupts.Interrupts()
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
        signal.raise_signal(signal.SIGINT)


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

    def test_is_nothing_by_a_signal_from_elsewhere(self):
        self.interrupts.begin(1)
        signal.raise_signal(signal.SIGINT)

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
                    signal.raise_signal(signal.SIGINT)
                else:
                    self.interrupts.request(1)

        self.interrupts.install(drain, lambda _: None, {runner.__code__})
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

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


class ANudge(InterruptsTest):
    """Repeats an interrupt that was not acknowledged."""

    def setUp(self):
        super().setUp()
        self.interrupts.begin(1)
        self.arriving.append(1)

    def test_interrupts_code_that_ignores_sigint(self):
        for ignoring in (signal.SIG_IGN, signal.SIG_DFL):
            signal.signal(signal.SIGINT, ignoring)
            self.arriving[:] = [1]
            with self.assertRaises(KeyboardInterrupt):
                runner(nudged)
        self.assertEqual(self.heard, [1, 1])

    def test_leaves_alone_code_that_handles_sigint_itself(self):
        signal.signal(signal.SIGINT, lambda *_: None)
        runner(nudged)
        self.assertEqual(self.heard, [1])

    def test_does_nothing_when_the_interrupt_was_acknowledged(self):
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        runner(nudged)
        self.assertEqual(self.heard, [1])

    def test_is_deferred_by_a_critical_section(self):
        with self.assertRaises(KeyboardInterrupt), self.interrupts:
            nudged()
            self.assertEqual(self.heard, [])
        self.assertEqual(self.heard, [1])


def nudged():
    signal.raise_signal(signal.SIGURG)


class Subprocesses(unittest.TestCase):
    def test_are_interrupted_with_the_code(self):
        """Runs in a process that leads its process group, like a session."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.write(write, b".")
                signal.pause()
            os.read(read, 1)
            interrupted = interrupts.Interrupts()
            interrupted.install(lambda: None, lambda _: None, {runner.__code__})
            interrupted.begin(1)
            interrupted.request(1)
            try:
                runner(user_code)
            except KeyboardInterrupt:
                os._exit(os.waitpid(child, 0)[1])
            os._exit(99)
        self.assertEqual(os.waitpid(pid, 0)[1] >> 8, signal.SIGINT)


class TheHandler(InterruptsTest):
    def test_comes_back_when_user_code_has_replaced_it(self):
        theirs = (signal.SIG_IGN, signal.SIG_DFL, signal.default_int_handler)
        for execution, handler in enumerate(theirs, start=1):
            signal.signal(signal.SIGINT, handler)
            self.interrupts.restore()
            self.interrupts.begin(execution)
            with self.assertRaises(KeyboardInterrupt):
                self.interrupt(execution)

    def test_is_that_of_any_python_in_a_forked_child(self):
        self.interrupts.begin(1)
        pid = os.fork()
        if pid == 0:
            self.interrupts.release()
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                os._exit(0)
            os._exit(1)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_of_user_code_stays_in_a_forked_child(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.interrupts.release()
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.SIG_IGN)
