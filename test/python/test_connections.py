"""`FUJIAN_WS`."""

import unittest

from python_side import connections, frames, wire


class ConnectionsTest(unittest.TestCase):
    def setUp(self):
        self.connections = connections.Connections()
        self.news = []
        self.sent = []
        self.current = connections.CurrentConnection(self.connections, self.drain, self.sent.append)

    def drain(self):
        while self.news:
            self.news.pop(0)()

    def pushed(self):
        """Returns connection, binary and message of the frame that was sent."""
        [(kind, payload)] = frames.FrameDecoder().feed(self.sent.pop())
        self.assertEqual(kind, wire.PUSH)
        return payload[0], bool(payload[4]), payload[5:]


class CurrentConnection(ConnectionsTest):
    def test_none_at_first(self):
        self.assertEqual(self.connections.current(), 0)

    def test_the_latest_that_was_opened(self):
        for connection in (1, 2, 3):
            self.connections.opened(connection)
        self.connections.closed(3)
        self.assertEqual(self.connections.current(), 2)

    def test_the_executions_own_even_if_another_came_later(self):
        for connection in (1, 2):
            self.connections.opened(connection)
        self.connections.of_execution = 1
        self.assertEqual(self.connections.current(), 1)

    def test_none_if_the_executions_own_is_closed(self):
        for connection in (1, 2):
            self.connections.opened(connection)
        self.connections.of_execution = 1
        self.connections.closed(1)
        self.assertEqual(self.connections.current(), 0)

    def test_tolerates_a_repeated_close(self):
        self.connections.closed(1)
        self.connections.closed(1)


class IsOpen(ConnectionsTest):
    def test_drains_the_channel_first(self):
        self.news.append(lambda: self.connections.opened(1))
        self.assertTrue(self.current.is_open())
        self.news.append(lambda: self.connections.closed(1))
        self.assertFalse(self.current.is_open())

    def test_is_shown_by_repr(self):
        self.assertEqual(repr(self.current), "<FUJIAN_WS closed>")
        self.connections.opened(1)
        self.assertEqual(repr(self.current), "<FUJIAN_WS open>")


class WriteMessage(ConnectionsTest):
    def setUp(self):
        super().setUp()
        self.connections.opened(7)

    def test_sends_text_as_it_is(self):
        self.current.write_message("ä")
        self.assertEqual(self.pushed(), (7, False, "ä".encode()))

    def test_sends_a_dict_as_json(self):
        self.current.write_message({"ä": [1, None]})
        self.assertEqual(self.pushed(), (7, False, '{"ä": [1, null]}'.encode()))

    def test_sends_bytes_as_a_binary_message(self):
        for data in (b"\0\xff", bytearray(b"\0\xff"), memoryview(b"\0\xff")):
            self.current.write_message(data, binary=True)
            self.assertEqual(self.pushed(), (7, True, b"\0\xff"))

    def test_sends_bytes_as_text_if_they_are(self):
        self.current.write_message("ä".encode())
        self.assertEqual(self.pushed(), (7, False, "ä".encode()))

    def test_rejects_unsupported_messages_and_sends_nothing(self):
        refused = [
            (b"\xff", UnicodeDecodeError),
            ("\ud800", UnicodeEncodeError),
            ({"nan": float("nan")}, ValueError),
            ({"set": {1}}, TypeError),
            ([1], TypeError),
            (1, TypeError),
            (None, TypeError),
        ]
        for message, error in refused:
            with self.subTest(message=message), self.assertRaises(error):
                self.current.write_message(message)
        self.assertEqual(self.sent, [])

    def test_lists_the_supported_types(self):
        with self.assertRaisesRegex(TypeError, "takes str, bytes or dict, not list; json.dumps"):
            self.current.write_message([1])

    def test_raises_when_no_socket_is_open(self):
        self.news.append(lambda: self.connections.closed(7))
        with self.assertRaisesRegex(connections.WebSocketClosedError, "no WebSocket is open"):
            self.current.write_message("x")
        self.assertEqual(self.sent, [])

    def test_the_error_is_named_as_users_import_it(self):
        error = connections.WebSocketClosedError
        self.assertEqual(f"{error.__module__}.{error.__qualname__}", "fujian.WebSocketClosedError")
