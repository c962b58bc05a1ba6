"""Interrupts hit the execution that they were meant for, and nothing of ours."""

import os
import signal
import threading
import unittest

from python_side import interrupts


def runner():
    """Stands in for the code that runs user code."""
    signal.raise_signal(signal.SIGINT)


class InterruptsTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        self.interrupts = interrupts.Interrupts()
        self.arriving = []
        self.interrupts.install(self.drain, runner.__code__)

    def drain(self):
        """What the channel does: it hands on the requests that have arrived."""
        while self.arriving:
            self.interrupts.request(self.arriving.pop(0))

    def interrupt(self, execution):
        """As Node does it: first the frame, then the signal."""
        self.arriving.append(execution)
        signal.raise_signal(signal.SIGINT)


class WhatIsInterrupted(InterruptsTest):
    def test_is_the_execution_that_runs(self):
        self.interrupts.begin(1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupt(1)

    def test_is_interrupted_once_by_each_request(self):
        self.interrupts.begin(1)
        for _ in range(3):
            with self.assertRaises(KeyboardInterrupt):
                self.interrupt(1)
        signal.raise_signal(signal.SIGINT)  # a signal without a request

    def test_is_nothing_while_nothing_runs(self):
        self.interrupt(1)

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


class TheRunner(InterruptsTest):
    def test_is_struck_once_at_most(self):
        """Its try/except catches one exception; a second could get out of its own clean-up."""
        self.interrupts.begin(1)
        self.arriving.append(1)
        with self.assertRaises(KeyboardInterrupt):
            runner()
        self.arriving.append(1)
        runner()

    def test_may_be_struck_again_in_the_next_execution(self):
        for execution in (1, 2):
            self.interrupts.begin(execution)
            self.arriving.append(execution)
            with self.assertRaises(KeyboardInterrupt):
                runner()


class TheHandler(InterruptsTest):
    def test_comes_back_when_user_code_has_replaced_it(self):
        for theirs in (signal.SIG_IGN, signal.SIG_DFL, signal.default_int_handler):
            signal.signal(signal.SIGINT, theirs)
            self.interrupts.restore()
            self.interrupts.begin(1)
            with self.assertRaises(KeyboardInterrupt):
                self.interrupt(1)

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
