"""The output pipes of a session, their streams and barriers."""

import fcntl
import io
import os
import struct
import sys
import tempfile
import unittest
from pathlib import Path

from python_side import at_once, output

MARKER = b"\xffmarker"


def barrier(number):
    return MARKER + struct.pack("<I", number)


class OutputTest(unittest.TestCase):
    """Replaces the descriptors 0, 1 and 2 during each test."""

    def setUp(self):
        streams = sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
        descriptors = [os.dup(number) for number in range(3)]

        def put_back():
            sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = streams
            for number, saved in enumerate(descriptors):
                os.dup2(saved, number)
                os.close(saved)

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(put_back)
        paths = [Path(folder.name) / name for name in ("out", "err")]
        self.output = output.Output(*(output.open_pipe(str(path)) for path in paths), MARKER)
        self.pipes = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in paths]
        self.output.node_reads()
        for pipe in self.pipes:
            self.addCleanup(os.close, pipe)
        for pipe in (self.output._stdout, self.output._stderr):
            self.addCleanup(os.close, pipe.descriptor)
        self.addCleanup(os.close, self.output._no_input)
        self.output.begin(ahead=False)

    def end(self):
        """Ends an execution like the session. Returns the barrier, or 0."""
        number = self.output.end()
        at_once.at_once(*self.output.raising(number))
        return number

    def read(self):
        """Returns the content of the two pipes."""
        return tuple(map(self.read_pipe, self.pipes))

    def read_pipe(self, pipe):
        data = b""
        while True:
            try:
                data += os.read(pipe, 1 << 20)
            except BlockingIOError:
                return data


class Printing(OutputTest):
    def test_is_in_the_pipe_at_once(self):
        sys.stdout.write("out")
        sys.stderr.write("err")
        self.assertEqual(self.read(), (b"out", b"err"))

    def test_is_in_order_with_other_writes(self):
        sys.stdout.write("a")
        os.write(1, b"b")
        os.system("printf c")
        sys.stdout.buffer.write(b"d")
        self.assertEqual(self.read(), (b"abcd", b""))

    def test_takes_any_text(self):
        sys.stdout.write("ä\ud800\r\n")
        self.assertEqual(self.read(), (b"\xc3\xa4\\ud800\r\n", b""))

    def test_looks_like_any_standard_stream(self):
        for stream, name, descriptor in ((sys.stdout, "<stdout>", 1), (sys.stderr, "<stderr>", 2)):
            self.assertEqual(
                (stream.name, stream.mode, stream.fileno(), stream.encoding, stream.isatty()),
                (name, "w", descriptor, "utf-8", False),
            )


class Barriers(OutputTest):
    def test_are_not_needed_when_everything_has_been_read(self):
        sys.stdout.write("a")
        self.assertEqual(self.read(), (b"a", b""))
        self.assertEqual(self.end(), 0)
        self.assertEqual(self.read(), (b"", b""))

    def test_stand_in_both_pipes_when_one_holds_something(self):
        for stream, expected in (("stdout", (b"x", b"")), ("stderr", (b"", b"x"))):
            with self.subTest(stream):
                getattr(sys, stream).write("x")
                number = self.end()
                self.assertNotEqual(number, 0)
                mark = barrier(number)
                self.assertEqual(self.read(), (expected[0] + mark, expected[1] + mark))
                self.output.begin(ahead=False)

    def test_stand_before_an_execution_that_was_sent_ahead(self):
        self.assertEqual(self.end(), 0)
        self.output.begin(ahead=True)
        sys.stdout.write("of the next run")
        out, err = self.read()
        self.assertEqual((out, err), (barrier(1) + b"of the next run", barrier(1)))

    def test_stand_there_once(self):
        sys.stdout.write("x")
        self.assertEqual(self.end(), 1)
        self.output.begin(ahead=True)
        self.assertEqual(self.read(), (b"x" + barrier(1), barrier(1)))

    def test_stand_after_each_of_several_executions(self):
        for number in (1, 2, 3):
            sys.stdout.write(str(number))
            self.assertEqual(self.end(), number)
            self.output.begin(ahead=True)
        self.assertEqual(self.read()[0], b"1" + barrier(1) + b"2" + barrier(2) + b"3" + barrier(3))

    def test_are_never_number_zero(self):
        self.output._barrier = 0xFFFFFFFF
        sys.stdout.write("x")
        self.assertEqual(self.end(), 1)

    def test_fit_into_a_pipe_that_user_code_filled_and_set_not_to_block(self):
        os.set_blocking(1, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(1, b"x" * 4096)
        # Reads like Node while the barrier waits for room.
        pid = os.fork()
        if pid == 0:
            at_once.at_once(*self.output.raising(9))
            os._exit(0)
        data = b""
        while not data.endswith(barrier(9)):
            data += self.read_pipe(self.pipes[0])
        self.assertEqual(os.waitpid(pid, 0)[1], 0)


class Restoring(OutputTest):
    def test_undoes_changes_by_user_code(self):
        # Looked up late, because the streams are new ones by then.
        def close_stdout():
            sys.stdout.close()

        def detach():
            sys.stdout.detach()

        def wrap():
            sys.stdout = type(sys.stdout)(sys.stdout.buffer, "ascii")

        def delete():
            del sys.stdout, sys.__stdout__, sys.stderr

        damage = [
            close_stdout,
            detach,
            lambda: setattr(sys, "stdout", None),
            lambda: os.close(1),
            lambda: os.dup2(2, 1),
            lambda: os.dup2(0, 2),
            lambda: os.set_blocking(1, False),
            wrap,
            delete,
        ]
        for number, do in enumerate(damage):
            with self.subTest(number):
                do()
                self.end()
                self.output.begin(ahead=False)
                self.read()
                print("ä")
                print("err", file=sys.stderr)
                self.assertEqual(self.read(), ("ä\n".encode(), b"err\n"))
                self.assertEqual(os.read(0, 1), b"")
                self.assertTrue(os.get_blocking(1))

    def test_keeps_the_stream_that_user_code_may_have_saved(self):
        saved = sys.stdout
        self.output.begin(ahead=False)
        self.assertIs(sys.stdout, saved)


class FlushStreams(OutputTest):
    def test_writes_the_buffer_of_a_user_stream(self):
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False))
        sys.stdout.write("held back")
        self.assertEqual(self.read(), (b"", b""))
        output.flush_streams()
        self.assertEqual(self.read(), (b"held back", b""))

    def test_ignores_broken_streams(self):
        class Bad:
            def flush(self):
                raise OSError

        for stream in (None, object(), Bad()):
            sys.stdout = stream
            output.flush_streams()
        del sys.stdout
        output.flush_streams()
        sys.stdout = None

    def test_lets_an_interrupt_out(self):
        class Interrupted:
            def flush(self):
                raise KeyboardInterrupt

        sys.stdout = Interrupted()
        with self.assertRaises(KeyboardInterrupt):
            output.flush_streams()


class OwnDescriptors(unittest.TestCase):
    def test_are_out_of_the_way_and_closed_in_other_programs(self):
        reader, writer = os.pipe()
        own = output.own_descriptor(writer)
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, own)
        self.assertGreaterEqual(own, 200)
        self.assertFalse(os.get_inheritable(own))
        with self.assertRaises(OSError):
            fcntl.fcntl(writer, fcntl.F_GETFD)
        os.write(own, b"x")
        self.assertEqual(os.read(reader, 1), b"x")
