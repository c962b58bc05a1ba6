"""`_`, `__`, `___` and `Out`: the last displayed values."""

import unittest

from python_side import history


class History(unittest.TestCase):
    def setUp(self):
        self.names = {}
        self.history = history.History(self.names)

    def test_has_the_last_three_values(self):
        for count in range(1, 5):
            self.history.add(count, count * 10)
        self.assertEqual([self.names[name] for name in ("_", "__", "___")], [40, 30, 20])

    def test_has_values_by_their_number(self):
        self.history.add(1, "a")
        self.history.add(7, "b")
        self.assertEqual(self.names["Out"], {1: "a", 7: "b"})

    def test_keeps_no_more_than_twenty_alive(self):
        for count in range(100):
            self.history.add(count, count)
        self.assertEqual(list(self.names["Out"]), list(range(80, 100)))

    def test_leaves_names_that_the_user_has_taken(self):
        self.history.add(1, "a")
        self.names["_"] = "mine"
        self.names["Out"] = "mine too"
        self.history.add(2, "b")
        self.history.add(3, "c")
        self.assertEqual((self.names["_"], self.names["Out"]), ("mine", "mine too"))
        self.assertEqual((self.names["__"], self.names["___"]), ("b", "a"))
