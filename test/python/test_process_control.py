"""Process functions of the operating system."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import uuid
from pathlib import Path

from python_side import process_control, times


def processes_with(variable: str):
    """Returns the processes with this variable in their environment; killed ones have none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if variable.encode() in environment.split(b"\0"):
            found.append(int(process.name))
    return found


@unittest.skipUnless(sys.platform == "linux", "what it reads is in /proc")
class Processes(unittest.TestCase):
    def test_counts_threads(self):
        before = process_control.thread_count()
        leave = threading.Event()
        thread = threading.Thread(target=leave.wait)
        thread.start()
        self.assertEqual(process_control.thread_count(), before + 1)
        leave.set()
        thread.join()

    def test_finds_children_until_they_are_reaped(self):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        self.assertIn(pid, process_control.children_of(os.getpid()))
        os.waitpid(pid, 0)
        self.assertNotIn(pid, process_control.children_of(os.getpid()))

    def test_finds_no_children_of_an_ended_process(self):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertEqual(process_control.children_of(pid), [])

    def test_stops_a_tree_that_grows_so_that_its_kill_leaves_nothing(self):
        grows = (
            "import subprocess\n"
            "while True: subprocess.Popen(['sleep', '600'], start_new_session=True)"
        )
        for _ in range(times(2, 20)):
            value = str(uuid.uuid4())
            environment = {**os.environ, "TREE": value}
            root = subprocess.Popen([sys.executable, "-c", grows], env=environment)
            while len(process_control.descendants_of(root.pid)) < 100:
                pass
            for pid in process_control.stop_tree(root.pid):
                os.kill(pid, signal.SIGKILL)
            root.wait()
            deadline = time.monotonic() + 60
            while processes_with(f"TREE={value}") and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertEqual(processes_with(f"TREE={value}"), [])

    def test_tolerates_processes_that_end_meanwhile(self):
        parent = os.getpid()
        busy = os.fork()
        if busy == 0:
            process_control.die_with(parent)
            while True:
                child = os.fork()
                if child == 0:
                    if os.fork():
                        os.wait()
                    os._exit(0)
                os.waitpid(child, 0)
        for _ in range(times(2_000, 20_000)):
            process_control.descendants_of(busy)
        os.kill(busy, signal.SIGKILL)
        os.waitpid(busy, 0)

    def test_adopts_orphans(self):
        # In a forked process, because it cannot be undone.
        pid = os.fork()
        if pid == 0:
            process_control.adopt_orphans()
            child = os.fork()
            if child == 0:
                if os.fork() == 0:
                    signal.pause()
                os._exit(0)
            os.waitpid(child, 0)
            adopted = process_control.children_of(os.getpid())
            for orphan in adopted:
                os.kill(orphan, 9)
                os.waitpid(orphan, 0)
            os._exit(len(adopted))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 1)
