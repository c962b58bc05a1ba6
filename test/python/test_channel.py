"""The session's end of the channel, over a pair of sockets."""

import asyncio
import contextvars
import os
import signal
import socket
import struct
import sys
import threading
import unittest

from python_side import channel, connections, event_loop, frames, interrupts, times, wire


def execute(number, source="pass"):
    return frames.encode(wire.EXECUTE, struct.pack("<IIBI", number, 0, 0, 0) + source.encode())


def numbered(kind, number):
    return frames.encode(kind, struct.pack("<I", number))


class ChannelTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        ours, self.node = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(self.node.close)
        self.node.settimeout(100)  # ends a hanging test
        self.connections = connections.Connections()
        self.interrupts = interrupts.Interrupts()
        self.addCleanup(self.interrupts.release)
        self.pipes_opened = []
        self.tasks = event_loop.EventLoop(self.interrupts, contextvars.Context())
        self.channel = channel.Channel(
            ours,
            self.interrupts,
            self.connections,
            lambda: self.pipes_opened.append(True),
            self.tasks,
        )
        self.interrupts.install(self.channel.drain, lambda _: None, {self.setUp.__code__})

    def next_execution(self):
        kind, payload = self.channel.next_request()
        self.channel.take_request()
        self.assertEqual(kind, wire.EXECUTE)
        return frames.decode_execute(payload)

    def received(self, count):
        """Returns the next frames that Node receives."""
        decoder, got = frames.FrameDecoder(), []
        while len(got) < count:
            data = self.node.recv(65536)
            self.assertTrue(data, "the channel was closed")
            got += decoder.feed(data)
        return got


class ReentrantCode(ChannelTest):
    """Signal handlers and destructors, which may run within our code."""

    def within(self, name, act):
        """Returns the error of `act` in a thread that holds the lock."""
        with getattr(self.channel, name):
            try:
                act()
            except RuntimeError as error:
                return str(error)
        return None

    def test_is_told_that_it_cannot_send(self):
        refused = self.within("_writing", lambda: self.channel.send(b"x"))
        self.assertIn("cannot use the channel", refused)
        self.channel.send(frames.encode(wire.LOG, b"after"))
        self.assertEqual(self.received(1), [(wire.LOG, b"after")])

    def test_is_told_that_it_cannot_ask(self):
        for name in ("_reading", "_writing"):
            refused = self.within(
                name, lambda: self.channel.ask(wire.CALL_REPLY, 1, frames.encode(wire.CALL))
            )
            self.assertIn("cannot use the channel", refused)
        self.assertEqual(self.channel._questions, {})

    def test_leaves_arrived_frames_to_the_interrupted_code(self):
        self.node.sendall(execute(1))
        self.assertIsNone(self.within("_reading", self.channel.drain))
        self.assertEqual(self.next_execution().execution, 1)


class Receiving(ChannelTest):
    def test_gives_executions_in_order(self):
        self.node.sendall(execute(1, "a") + execute(2, "b"))
        self.assertEqual(self.next_execution().source, "a")
        self.assertEqual(self.next_execution().source, "b")

    def test_waits_for_the_rest_of_a_frame(self):
        frame = execute(1, "x" * 100_000)
        sender = threading.Thread(
            target=lambda: [
                self.node.sendall(frame[i : i + 7_777]) for i in range(0, 100_018, 7_777)
            ]
        )
        sender.start()
        self.assertEqual(self.next_execution().source, "x" * 100_000)
        sender.join()

    def test_takes_in_large_frames_between_small_ones(self):
        sources = ["a", "x" * 3_000_000, "b", "y" * 1_100_000, "z" * 2_000_000, "c"]
        stream = b"".join(execute(at + 1, source) for at, source in enumerate(sources))
        sender = threading.Thread(target=self.node.sendall, args=(stream,))
        sender.start()
        for source in sources:
            self.assertEqual(self.next_execution().source, source)
        sender.join()

    def test_does_not_wait_in_drain_for_the_rest_of_a_large_frame(self):
        frame = execute(1, "x" * 2_000_000)
        for start in range(0, len(frame), 50_000):
            self.node.sendall(frame[start : start + 50_000])
            self.channel.drain()
        self.assertEqual(self.next_execution().source, "x" * 2_000_000)

    def test_handles_frames_other_than_requests(self):
        self.node.sendall(
            frames.encode(wire.PIPES_OPENED)
            + numbered(wire.CONNECTION_OPENED, 1)
            + numbered(wire.CONNECTION_OPENED, 2)
            + numbered(wire.CONNECTION_CLOSED, 2)
            + numbered(wire.INTERRUPT, 5)
        )
        self.channel.drain()
        self.assertEqual(self.pipes_opened, [True])
        self.assertEqual(self.connections.current(), 1)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupts.begin(5)

    def test_ignores_unknown_frames(self):
        self.node.sendall(frames.encode(63, b"of a later version") + execute(1))
        self.assertEqual(self.next_execution().execution, 1)

    def test_does_not_wait_in_drain(self):
        self.channel.drain()

    def test_ends_after_the_arrived_frames_when_node_closes_it(self):
        self.node.sendall(execute(1))
        self.node.close()
        self.channel.drain()
        self.assertEqual(self.next_execution().execution, 1)
        with self.assertRaises(channel.ChannelClosed):
            self.next_execution()

    def test_is_woken_by_every_execution_while_threads_drain(self):
        stop = threading.Event()

        def look():
            while not stop.is_set():
                self.channel.drain()

        looking = [threading.Thread(target=look) for _ in range(2)]
        for thread in looking:
            thread.start()
        for number in range(1, times(201, 1001)):
            self.node.sendall(execute(number))
            self.assertEqual(self.next_execution().execution, number)
        stop.set()
        for thread in looking:
            thread.join()

    def test_reads_replies_for_other_threads_while_it_waits(self):
        waiting = threading.Thread(target=self.next_execution)
        waiting.start()
        self.node.sendall(numbered(wire.CONNECTION_OPENED, 3) + execute(1))
        waiting.join()
        self.assertEqual(self.connections.current(), 3)


class ReceivingWithTasks(ChannelTest):
    def test_ends_when_another_thread_has_read_a_request(self):
        async def begin():
            asyncio.get_running_loop().call_later(100, ended.set)  # limits the wait

        def take_in():
            while not ended.is_set():
                self.channel.drain()

        ended = threading.Event()
        self.tasks.run(begin())
        self.addCleanup(self.tasks._loop.close)
        other = threading.Thread(target=take_in)
        other.start()
        self.addCleanup(other.join)
        self.addCleanup(ended.set)
        for number in range(1, times(50, 200)):
            sending = threading.Timer(0.001, self.node.sendall, [execute(number)])
            sending.start()
            self.assertEqual(self.next_execution().execution, number)
            sending.join()
        self.assertFalse(ended.is_set())


class Sending(ChannelTest):
    def test_sends_frames_in_order(self):
        for text in (b"a", b"b"):
            self.channel.send(frames.encode(wire.LOG, text))
        self.assertEqual(self.received(2), [(wire.LOG, b"a"), (wire.LOG, b"b")])

    def test_waits_for_room(self):
        long = b"x" * 5_000_000
        sender = threading.Thread(target=self.channel.send, args=(frames.encode(wire.LOG, long),))
        sender.start()
        [(_, payload)] = self.received(1)
        sender.join()
        self.assertEqual(payload, long)

    def test_keeps_frames_of_several_threads_whole(self):
        def send(mark):
            for i in range(20):
                self.channel.send(frames.encode(wire.LOG, mark * 30_000 + b"%d" % i))

        threads = [threading.Thread(target=send, args=(mark,)) for mark in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        got = [payload for _, payload in self.received(60)]
        for thread in threads:
            thread.join()
        for mark in (b"a", b"b", b"c"):
            own = [payload for payload in got if payload.startswith(mark)]
            self.assertEqual(own, [mark * 30_000 + b"%d" % i for i in range(20)])

    def test_raises_when_node_has_ended(self):
        self.node.close()
        with self.assertRaises(channel.ChannelClosed):
            self.channel.send(frames.encode(wire.LOG))

    def test_keeps_frames_whole_when_interrupted(self):
        long = b"x" * 5_000_000
        interrupted = threading.Event()
        self.interrupts.begin(1)

        def interrupt_when_it_waits():
            # Part of the frame has arrived and the socket is full.
            self.node.recv(1, socket.MSG_PEEK)
            self.node.sendall(numbered(wire.INTERRUPT, 1))
            # Repeated, because a signal between Python's last check and the wait is not handled
            # before the wait ends.
            while not interrupted.wait(0.01):
                signal.pthread_kill(threading.main_thread().ident, signal.SIGURG)

        interrupter = threading.Thread(target=interrupt_when_it_waits)
        interrupter.start()
        with self.assertRaises(KeyboardInterrupt):
            self.channel.send(frames.encode(wire.LOG, long))
        interrupted.set()
        interrupter.join()

        got = []
        reader = threading.Thread(target=lambda: got.extend(self.received(2)))
        reader.start()
        self.channel.send(frames.encode(wire.LOG, b"next"))
        reader.join()
        self.assertEqual([len(payload) for _, payload in got], [len(long), len(b"next")])
        self.assertEqual(got[0][1], long)


class Closing(ChannelTest):
    def test_tells_node_and_refuses_to_send(self):
        self.channel.close()
        self.assertEqual(self.node.recv(1), b"")
        with self.assertRaises(channel.ChannelClosed):
            self.channel.send(frames.encode(wire.LOG))
        with self.assertRaises(channel.ChannelClosed):
            self.next_execution()
        self.channel.drain()

    def test_may_come_after_user_code_closed_the_descriptor(self):
        os.close(self.channel._socket.fileno())
        self.channel.drain()
        self.channel.close()

    def test_in_a_forked_child_keeps_the_channel_of_the_parent_open(self):
        pid = os.fork()
        if pid == 0:
            self.channel.close()
            os._exit(0)
        os.waitpid(pid, 0)
        self.channel.send(frames.encode(wire.LOG, b"of the parent"))
        self.node.sendall(execute(1))
        self.assertEqual(self.received(1), [(wire.LOG, b"of the parent")])
        self.assertEqual(self.next_execution().execution, 1)

    def test_in_a_forked_child_does_not_wait_for_threads_of_the_parent(self):
        with self.channel._reading, self.channel._writing:
            pid = os.fork()
            if pid == 0:
                self.channel.close()
                self.channel.drain()
                os._exit(0)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
