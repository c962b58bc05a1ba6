"""Forks whose parent is the subreaper."""

import os
import signal
import sys
import unittest

from forked import answer_of
from python_side import forking, process_control


@unittest.skipUnless(sys.platform == "linux", "only there orphans are adopted by whom one likes")
class ForkForAdoption(unittest.TestCase):
    def test_creates_a_child_of_the_subreaper(self):
        def supervise():
            process_control.adopt_orphans()
            read, write = os.pipe()
            session = os.fork()
            if session == 0:
                pid = forking.fork_for_adoption()
                os.write(write, f"{'fork' if pid == 0 else pid} {os.getppid()};".encode())
                os._exit(0)
            pids = {os.wait()[0], os.wait()[0]}
            told = sorted(os.read(read, 1000).decode().split(";"))[1:]
            fork = (pids - {session}).pop()
            return told == sorted([f"{fork} {os.getpid()}", f"fork {os.getpid()}"])

        self.assertTrue(answer_of(supervise))

    def test_leaves_no_child_and_no_descriptor_behind(self):
        def fork():
            process_control.adopt_orphans()
            before = os.listdir("/proc/self/fd")
            pid = forking.fork_for_adoption()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
            after = os.listdir("/proc/self/fd")
            return [before == after, process_control.children_of(os.getpid())]

        self.assertEqual(answer_of(fork), [True, []])

    def test_tolerates_user_code_that_reaps_the_intermediate_process(self):
        def fork():
            process_control.adopt_orphans()
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            pid = forking.fork_for_adoption()
            if pid == 0:
                os._exit(0)
            return pid > 0

        self.assertTrue(answer_of(fork))

    def test_does_not_warn_about_threads(self):
        def fork():
            import threading
            import warnings

            warnings.simplefilter("error")
            stop = threading.Event()
            threading.Thread(target=stop.wait).start()
            pid = forking.fork_for_adoption()
            if pid == 0:
                os._exit(0)
            stop.set()
            return True

        self.assertTrue(answer_of(fork))
