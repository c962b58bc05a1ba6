"""The supervisor, where user code has started what it may not kill."""

import contextlib
import os
import signal
import socket
import sys
import unittest

from python_side import process_control, supervisor

NOBODY = 65534


@unittest.skipUnless(sys.platform == "linux" and os.getuid() == 0, "only root may change its user")
class ProcessesOfOtherUsers(unittest.TestCase):
    def outcome_of(self, act):
        """What the exit status of a supervisor of nobody's is, which has a child of root's."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            process_control.adopt_orphans()
            child = os.fork()
            if child == 0:
                while True:
                    signal.pause()
            os.write(write, str(child).encode())
            os.setuid(NOBODY)
            control, _service = socket.socketpair()
            one = supervisor.Supervisor(control)
            with contextlib.suppress(PermissionError):
                act(one, child)
            os._exit(9)
        child = int(os.read(read, 20))
        try:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        finally:
            os.kill(child, signal.SIGKILL)
            os.close(read)
            os.close(write)

    def test_are_not_waited_for_at_the_end(self):
        self.assertEqual(self.outcome_of(lambda one, _child: one._end()), 0)

    def test_that_a_session_has_left_do_not_end_the_supervisor(self):
        def reap(one, child):
            one._leftover.add(os.getsid(child))
            one._kill_leftovers()
            os._exit(len(one._leftover))

        self.assertEqual(self.outcome_of(reap), 0)
