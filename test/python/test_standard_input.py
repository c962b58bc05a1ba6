"""`input()`, `getpass()` and `sys.stdin`, with and without a reply."""

import builtins
import fileinput
import getpass
import io
import struct
import sys
import threading
import unittest

from python_side import channel, frames, standard_input, wire


class Answering:
    """Stands for the channel: records requests and replies with the next line."""

    def __init__(self):
        self.asked = []
        self.lines = []
        self.is_closed = False

    def ask(self, reply_kind, request, question):
        if self.is_closed:
            raise channel.ChannelClosed
        assert reply_kind == wire.INPUT_REPLY
        [(kind, payload)] = frames.FrameDecoder().feed(question)
        assert kind == wire.INPUT_REQUEST
        self.asked.append((request, payload[4:5] == b"\1", payload[5:].decode()))
        line = self.lines.pop(0) if self.lines else None
        if isinstance(line, Exception):
            return reply(request, 2, str(line))
        return reply(request, 0, line) if line is not None else reply(request, 1, "")


def reply(request, kind, text):
    return struct.pack("<IB", request, kind) + text.encode()


class StandardInputTest(unittest.TestCase):
    def setUp(self):
        for module, name in ((builtins, "input"), (getpass, "getpass")):
            self.addCleanup(setattr, module, name, getattr(module, name))
        self.addCleanup(setattr, sys, "stdin", sys.stdin)
        self.addCleanup(setattr, sys, "__stdin__", sys.__stdin__)
        for name in ("stdout", "stderr"):
            self.addCleanup(setattr, sys, name, getattr(sys, name))
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        self.channel = Answering()
        self.input = standard_input.StandardInput(self.channel)
        self.input.install()
        self.input.begin(answered=True)


class Input(StandardInputTest):
    def test_is_a_line_of_the_caller(self):
        self.channel.lines = ["Ada", "secret"]
        self.assertEqual(input("Name? "), "Ada")
        self.assertEqual(getpass.getpass(), "secret")
        self.assertEqual(self.channel.asked, [(1, False, "Name? "), (2, True, "Password: ")])

    def test_writes_its_prompt_where_python_writes_it(self):
        self.channel.lines = ["Ada", "secret", "another"]
        input("Name? ")
        getpass.getpass()
        getpass.getpass("Key: ", sys.stdout)
        self.assertEqual(sys.stdout.getvalue(), "Name? Key: \n")
        self.assertEqual(sys.stderr.getvalue(), "Password: \n")

    def test_goes_on_where_the_stream_has_stopped(self):
        self.channel.lines = ["abc", "d"]
        self.assertEqual((sys.stdin.readline(1), input(), input()), ("a", "bc", "d"))
        self.assertEqual(len(self.channel.asked), 2)

    def test_reads_a_stream_that_the_code_has_put_there(self):
        sys.stdin = io.StringIO("3\nsecret\n")
        self.assertEqual(input("n? "), "3")
        with self.assertWarns(getpass.GetPassWarning):
            self.assertEqual(getpass.getpass(), "secret")
        with self.assertRaisesRegex(EOFError, "EOF when reading a line"):
            input()
        self.assertEqual((sys.stdout.getvalue(), self.channel.asked), ("n? ", []))

    def test_passes_its_prompt_on_through_a_stream_that_reads_ours(self):
        ours, self.channel.lines = sys.stdin, ["Ada"]

        class Upper(io.TextIOBase):
            def readline(self):
                return ours.readline().upper()

        sys.stdin = Upper()
        self.assertEqual(input("Name? "), "ADA")
        self.assertEqual(self.channel.asked, [(1, False, "Name? ")])

    def test_takes_any_prompt(self):
        self.channel.lines = ["", ""]
        self.assertEqual((input(5), input("\ud800")), ("", ""))
        self.assertEqual([prompt for _, _, prompt in self.channel.asked], ["5", "\\ud800"])

    def test_ends(self):
        with self.assertRaisesRegex(EOFError, "EOF when reading a line"):
            input()

    def test_raises_the_reason_why_there_is_no_reply(self):
        self.channel.lines = [ValueError("no terminal")]
        with self.assertRaisesRegex(EOFError, "no terminal"):
            input()

    def test_raises_without_asking_if_the_caller_does_not_answer(self):
        self.input.begin(answered=False)
        with self.assertRaisesRegex(EOFError, "nobody can answer"):
            input()
        self.input.begin(answered=True)
        self.input.end()
        for ask in (input, getpass.getpass):
            with self.assertRaisesRegex(EOFError, "nobody can answer"):
                ask()
        self.assertEqual(self.channel.asked, [])

    def test_says_so_when_the_channel_is_closed(self):
        self.channel.is_closed = True
        with self.assertRaisesRegex(EOFError, "nobody can answer"):
            input()

    def test_is_not_for_other_threads(self):
        errors = []

        def ask():
            try:
                input()
            except EOFError as error:
                errors.append(str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        self.assertEqual(len(errors), 1)
        self.assertIn("main thread", errors[0])
        self.assertEqual(self.channel.asked, [])

    def test_counts_its_requests_and_begins_anew_after_the_last(self):
        self.input._requests = 0xFFFFFFFE
        self.channel.lines = ["", ""]
        input()
        input()
        self.assertEqual([request for request, _, _ in self.channel.asked], [0xFFFFFFFF, 1])


class TheStream(StandardInputTest):
    def test_gives_lines_with_their_ends_until_there_are_no_more(self):
        self.channel.lines = ["a", "b"]
        self.assertEqual(list(sys.stdin), ["a\n", "b\n"])
        self.channel.lines = ["a", "b"]
        self.assertEqual(sys.stdin.read(), "a\nb\n")

    def test_gives_a_line_in_parts(self):
        self.channel.lines = ["abc"]
        self.assertEqual([sys.stdin.readline(2) for _ in range(2)], ["ab", "c\n"])
        self.assertEqual(len(self.channel.asked), 1)

    def test_does_not_ask_for_nothing(self):
        self.assertEqual(sys.stdin.read(0), "")
        self.assertEqual(self.channel.asked, [])

    def test_is_empty_if_the_caller_does_not_answer(self):
        self.input.begin(answered=False)
        self.assertEqual((sys.stdin.read(), sys.stdin.readline(), list(sys.stdin)), ("", "", []))
        self.assertEqual(list(iter(sys.stdin.readline, "")), [])
        self.assertEqual(sys.stdin.buffer.read(), b"")
        with fileinput.input("-") as lines:
            self.assertEqual(list(lines), [])

    def test_has_bytes(self):
        self.channel.lines = ["ä", "b", "c", "d"]
        buffer = sys.stdin.buffer
        self.assertEqual((buffer.readline(), buffer.read(2)), ("ä\n".encode(), b"b\n"))
        self.assertEqual(buffer.read(), b"c\nd\n")

    def test_can_be_configured(self):
        sys.stdin.reconfigure(encoding="latin-1", errors="replace", newline=None)
        self.channel.lines = ["ä\r"]
        self.assertEqual(sys.stdin.readline(), "ä".encode().decode("latin-1") + "\n")
        self.assertEqual((sys.stdin.name, sys.stdin.mode, sys.stdin.fileno()), ("<stdin>", "r", 0))

    def test_says_why_there_is_no_reply(self):
        self.channel.lines = [ValueError("no terminal")]
        with self.assertRaisesRegex(EOFError, "no terminal"):
            sys.stdin.read()

    def test_keeps_nothing_of_a_reply_for_the_next_execution(self):
        self.channel.lines = ["abc\nd"]
        self.assertEqual(sys.stdin.read(1), "a")
        self.input.end()
        self.input.begin(answered=True)
        self.channel.lines = ["next"]
        self.assertEqual(input(), "next")

    def test_survives_a_stream_of_the_code_over_it(self):
        for take in (lambda stream: stream.buffer, io.TextIOWrapper.detach):
            self.channel.lines = ["mine", "next"]
            sys.stdin = io.TextIOWrapper(take(sys.stdin), encoding="ascii")
            self.assertEqual(input(), "mine")
            self.input.end()
            self.input.begin(answered=True)
            self.assertEqual(input(), "next")

    def test_is_a_new_one_after_it_was_closed(self):
        sys.stdin.close()
        with self.assertRaises(ValueError):
            sys.stdin.readline()
        self.input.begin(answered=True)
        self.channel.lines = ["again"]
        self.assertEqual(sys.stdin.readline(), "again\n")
