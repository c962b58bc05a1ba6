"""Process handling of the supervisor; each test runs in a child that supervises."""

import contextlib
import os
import signal
import socket
import sys
import time
import unittest

from forked import answer_of
from python_side import forking, frames, killing, process_control, starting, supervisor, wire


def sleeping(leave_group=False):
    """Starts a session that waits to be killed."""
    ready, tell = os.pipe()
    pid = forking.fork_session()
    if pid == 0:
        if leave_group and os.fork() == 0:
            os.setpgid(0, 0)
            os.write(tell, b".")
        elif not leave_group:
            os.write(tell, b".")
        while True:
            signal.pause()
    os.read(ready, 1)
    return pid


def register(watcher, pid, process_limit=None):
    with contextlib.suppress(BlockingIOError):
        os.read(watcher._woken, 1000)  # the intermediate process of the fork has ended
    watcher._register(pid, "main.1", process_limit, os.dup(0))
    return watcher._sessions[pid]


# Kept until the process ends, because closing warns.
kept = []


def supervising():
    process_control.adopt_orphans()
    control, node = socket.socketpair()
    node.setblocking(False)
    watcher = supervisor.Supervisor(control, starting.Forking())
    kept.append((watcher, node))
    return watcher, node


def limit_that_is_broken(process_limit, is_forking=False):
    """Supervises a session with two processes."""
    watcher, _ = supervising()
    pid = sleeping(leave_group=True)
    child = register(watcher, pid, process_limit)
    if is_forking:
        watcher._forks[-1] = supervisor._PendingFork(pid, "copy.2", None)
    watcher._enforce_process_limits()
    over = child.over_limit
    for one in (*process_control.descendants_of(pid), pid):
        os.kill(one, signal.SIGKILL)
    return over


def exited(watcher, node):
    """Returns the report of the next session that ends."""
    while True:
        watcher._reap()
        with contextlib.suppress(BlockingIOError):
            return frames.FrameDecoder().feed(node.recv(65536))
        time.sleep(0.005)


@unittest.skipUnless(sys.platform == "linux", "what it reads is in /proc")
class Processes(unittest.TestCase):
    def test_over_their_limit_are_killed_and_it_says_so(self):
        def supervise():
            watcher, node = supervising()
            pid = sleeping(leave_group=True)
            register(watcher, pid, process_limit=1)
            watcher._enforce_process_limits()
            [(kind, payload)] = exited(watcher, node)
            return [kind, b'"overLimit": "processes"' in payload, b'"SIGKILL"' in payload]

        self.assertEqual(answer_of(supervise), [wire.EXITED, True, True])

    def test_within_their_limit_are_left_alone(self):
        self.assertIsNone(answer_of(lambda: limit_that_is_broken(process_limit=2)))

    def test_of_a_fork_that_it_makes_are_left_alone(self):
        self.assertIsNone(answer_of(lambda: limit_that_is_broken(process_limit=1, is_forking=True)))

    def test_that_an_ended_session_leaves_are_killed_whatever_their_group(self):
        def supervise():
            watcher, node = supervising()
            pid = sleeping(leave_group=True)
            register(watcher, pid)
            os.kill(pid, signal.SIGKILL)
            exited(watcher, node)
            while watcher._leftover:
                watcher._reap()
            return process_control.children_of(os.getpid())

        self.assertEqual(answer_of(supervise), [])

    @unittest.skipUnless(os.getuid() == 0, "needs another user")
    def test_of_another_user_do_not_end_it(self):
        def supervise():
            pid = sleeping()
            os.setresuid(65534, 65534, 0)
            killed = killing.kill(pid)
            os.setresuid(0, 0, 0)
            return [killed, killing.kill(pid)]

        self.assertEqual(answer_of(supervise), [False, True])


class Signals(unittest.TestCase):
    def test_have_names(self):
        self.assertEqual(supervisor.signal_name(9), "SIGKILL")
        self.assertEqual(supervisor.signal_name(63), "signal 63")
