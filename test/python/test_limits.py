"""Limits, set in forked children because they cannot be raised again."""

import os
import resource
import signal
import sys
import unittest

from forked import answer_of, become_nobody
from python_side import descriptors, limits

MB = 1024 * 1024


@unittest.skipUnless(sys.platform == "linux", "only there is it known what is used already")
class Memory(unittest.TestCase):
    def test_is_counted_from_what_is_used_already(self):
        def take():
            memory = limits.MemoryLimit(200 * MB)
            memory.for_user_code()
            kept = bytearray(100 * MB)
            try:
                bytearray(150 * MB)
            except MemoryError:
                return len(kept) == 100 * MB
            return False

        self.assertTrue(answer_of(take))

    def test_leaves_headroom_for_the_reply(self):
        def measure():
            memory = limits.MemoryLimit(200 * MB)
            ours, _ = resource.getrlimit(resource.RLIMIT_AS)
            memory.for_user_code()
            theirs, most = resource.getrlimit(resource.RLIMIT_AS)
            memory.for_us()
            return [ours - theirs, most - ours, resource.getrlimit(resource.RLIMIT_AS)[0] - ours]

        self.assertEqual(answer_of(measure), [16 * MB, 0, 0])

    def test_is_no_more_than_the_service_may_use(self):
        def measure():
            most = 1024 * MB
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
            limits.MemoryLimit(2048 * MB).for_user_code()
            return [n - most for n in resource.getrlimit(resource.RLIMIT_AS)]

        self.assertEqual(answer_of(measure), [-16 * MB, 0])

    def test_is_not_set_if_there_is_none(self):
        before = resource.getrlimit(resource.RLIMIT_AS)
        memory = limits.MemoryLimit(None)
        memory.for_user_code()
        memory.for_us()
        self.assertEqual(resource.getrlimit(resource.RLIMIT_AS), before)

    def test_may_be_lowered_by_user_code_for_good(self):
        def lower():
            memory = limits.MemoryLimit(500 * MB)
            become_nobody()
            memory.for_user_code()
            soft, _ = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (soft - MB, soft - MB))
            memory.for_us()
            memory.for_user_code()
            return resource.getrlimit(resource.RLIMIT_AS)[1] == soft - MB

        self.assertTrue(answer_of(lower))


class TheOthers(unittest.TestCase):
    def test_are_set(self):
        def measure():
            limits.limit_session({"cpuTime": 7, "fileSize": 4096, "openFiles": 50})
            kinds = (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
            return [resource.getrlimit(kind) for kind in kinds]

        self.assertEqual(answer_of(measure), [[7, 8], [4096, 4096], [50, 50]])

    def test_are_never_beyond_what_the_service_may_use(self):
        def measure():
            resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
            limits.limit_session({"openFiles": 50})
            return resource.getrlimit(resource.RLIMIT_NOFILE)

        self.assertEqual(answer_of(measure), [40, 40])

    def test_are_not_set_if_there_are_none(self):
        before = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
        limits.limit_session({})
        after = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
        self.assertEqual(after, before)

    def test_of_processor_time_ends_with_its_own_signal(self):
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            limits.limit_session({"cpuTime": 1})
            while True:
                pass
        self.assertEqual(os.waitpid(pid, 0)[1], signal.SIGXCPU)


class OwnDescriptors(unittest.TestCase):
    def test_are_out_of_the_way_and_closed_in_what_is_executed(self):
        read, write = os.pipe()
        self.addCleanup(os.close, write)
        own = descriptors.own_descriptor(read)
        self.addCleanup(os.close, own)
        self.assertGreaterEqual(own, 200)
        self.assertFalse(os.get_inheritable(own))
        with self.assertRaises(OSError):
            os.fstat(read)

    def test_are_the_last_where_fewer_may_be_open(self):
        def measure():
            resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
            return [descriptors.own_descriptor(os.dup(0)) >= 34 for _ in range(10)]

        self.assertEqual(answer_of(measure), [True] * 10)
