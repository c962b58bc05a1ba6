"""Displays reach the subscriber, or are printed without one."""

import contextlib
import io
import types
import unittest

from python_side import displays


class Subscriber:
    def __init__(self, listens=True):
        self.listens = listens
        self.heard = []

    def show(self, kind, bundle, display_id):
        self.heard.append((kind, bundle.data, bundle.metadata, display_id))
        return self.listens

    def clear(self, wait):
        self.heard.append(("clear", wait))
        return self.listens


class Html:
    def __init__(self, html):
        self.html = html

    def __repr__(self):
        return f"<html {self.html}>"

    def _repr_html_(self):
        return self.html, {"isolated": True}


class DisplaysTest(unittest.TestCase):
    def setUp(self):
        self.subscriber = Subscriber()
        self.displays = displays.Displays(self.subscriber)

    def heard(self):
        heard, self.subscriber.heard = self.subscriber.heard, []
        return heard

    def printed(self, function, *args, **kwargs):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            function(*args, **kwargs)
        return printed.getvalue()


class Displaying(DisplaysTest):
    def test_shows_each_object(self):
        self.assertIsNone(self.displays.display(1, "a"))
        self.assertEqual(
            self.heard(),
            [
                ("display", {"text/plain": "1"}, {}, None),
                ("display", {"text/plain": "'a'"}, {}, None),
            ],
        )
        self.displays.display()
        self.assertEqual(self.heard(), [])

    def test_shows_the_requested_types(self):
        value = Html("b")
        self.displays.display(value, include=["text/html"])
        self.displays.display(value, exclude=["text/html"])
        self.displays.display(value, include=["image/png"])
        html = ("display", {"text/html": "b"}, {"text/html": {"isolated": True}}, None)
        self.assertEqual(self.heard(), [html, ("display", {"text/plain": "<html b>"}, {}, None)])

    def test_adds_metadata_to_that_of_the_object(self):
        self.displays.display(Html("b"), metadata={"text/html": {"a": 1}, "b": 2})
        about = {"text/html": {"isolated": True, "a": 1}, "b": 2}
        self.assertEqual(self.heard()[0][2], about)
        self.displays.display(Html("b"), metadata={"text/html": {"isolated": False}})
        self.assertEqual(self.heard()[0][2], {"text/html": {"isolated": False}})

    def test_shows_raw_representations(self):
        self.displays.display({"text/html": "b", "image/png": "YQ=="}, raw=True, metadata={"a": 1})
        expected = ("display", {"text/html": "b", "image/png": b"a"}, {"a": 1}, None)
        self.assertEqual(self.heard(), [expected])
        with self.assertRaisesRegex(TypeError, "data must be a dict, not str"):
            self.displays.display("a", raw=True)

    def test_leaves_it_to_objects_that_display_themselves(self):
        value = types.SimpleNamespace(_ipython_display_=lambda: self.displays.display("inner"))
        self.displays.display(value)
        self.assertEqual(self.heard(), [("display", {"text/plain": "'inner'"}, {}, None)])

    def test_raises_what_the_object_raises(self):
        class Broken:
            def _repr_html_(self):
                raise LookupError("mine")

        with self.assertRaisesRegex(LookupError, "mine"):
            self.displays.display(Broken())
        self.assertEqual(self.heard(), [])

    def test_clears_first_if_asked_to(self):
        self.displays.display(1, clear=True)
        self.assertEqual(
            self.heard(), [("clear", True), ("display", {"text/plain": "1"}, {}, None)]
        )

    def test_ignores_further_arguments(self):
        self.displays.display(1, something="else")
        self.assertEqual(len(self.heard()), 1)


class Identities(DisplaysTest):
    def test_are_made_or_given(self):
        handle = self.displays.display(1, display_id=True)
        self.assertRegex(handle.display_id, r"\A[0-9a-f]{32}\Z")
        self.assertEqual(self.heard()[0][3], handle.display_id)
        self.assertNotEqual(self.displays.display(1, display_id=True).display_id, handle.display_id)
        self.assertEqual(self.displays.display(1, display_id="mine").display_id, "mine")
        self.assertIn("display_id=mine", repr(self.displays.display(1, display_id="mine")))

    def test_of_transient_data_make_no_handle(self):
        self.assertIsNone(self.displays.display(1, transient={"display_id": "mine"}))
        self.assertEqual(self.heard(), [("display", {"text/plain": "1"}, {}, "mine")])

    def test_without_objects_hold_a_place(self):
        handle = self.displays.display(display_id=True)
        self.assertEqual(self.heard(), [("display", {}, {}, handle.display_id)])

    def test_let_handles_update_and_show_again(self):
        handle = self.displays.display(1, display_id="mine")
        self.heard()
        handle.update(2)
        handle.display(3)
        handle.update({"text/plain": "4"}, raw=True)
        self.assertEqual(
            self.heard(),
            [
                ("update", {"text/plain": "2"}, {}, "mine"),
                ("display", {"text/plain": "3"}, {}, "mine"),
                ("update", {"text/plain": "4"}, {}, "mine"),
            ],
        )

    def test_let_anything_be_updated(self):
        self.assertIsNone(self.displays.update_display(1, display_id="mine"))
        self.displays.display(2, display_id="mine", update=True)
        self.displays.publish_display_data(
            {"text/plain": "3"}, transient={"display_id": "mine"}, update=True
        )
        self.assertEqual(
            [(kind, data["text/plain"], one) for kind, data, _, one in self.heard()],
            [("update", "1", "mine"), ("update", "2", "mine"), ("update", "3", "mine")],
        )

    def test_are_needed_for_updates(self):
        for update in (
            lambda: self.displays.update_display(1, display_id=None),
            lambda: self.displays.display(1, update=True),
            lambda: self.displays.publish_display_data({}, update=True),
        ):
            with self.assertRaisesRegex(TypeError, "display_id required"):
                update()

    def test_of_handles_that_code_makes(self):
        handle = self.displays.DisplayHandle()
        handle.display(1)
        self.assertEqual(self.heard()[0][3], handle.display_id)
        self.assertIsInstance(self.displays.display(1, display_id=True), type(handle))
        self.displays.DisplayHandle("mine").update(2)
        self.assertEqual(self.heard()[1], ("update", {"text/plain": "2"}, {}, "mine"))


class Publishing(DisplaysTest):
    def test_takes_representations(self):
        self.displays.publish_display_data({"text/html": "b"}, {"text/html": {"a": 1}})
        self.displays.publish_display_data(data={"text/html": "b"}, source="ignored")
        self.assertEqual(
            self.heard(),
            [
                ("display", {"text/html": "b"}, {"text/html": {"a": 1}}, None),
                ("display", {"text/html": "b"}, {}, None),
            ],
        )

    def test_takes_dicts_alone(self):
        with self.assertRaisesRegex(TypeError, "metadata must be a dict"):
            self.displays.publish_display_data({}, "a")


class Clearing(DisplaysTest):
    def test_may_wait(self):
        self.displays.clear_output()
        self.displays.clear_output(wait=True)
        self.assertEqual(self.heard(), [("clear", False), ("clear", True)])


class Values(DisplaysTest):
    def test_are_shown_as_such(self):
        self.displays.show_value("a")
        self.displays.show_value(None)
        self.displays.show_value(types.SimpleNamespace(_ipython_display_=lambda: None))
        self.assertEqual(self.heard(), [("value", {"text/plain": "'a'"}, {}, None)])


class WithoutSubscribers(DisplaysTest):
    def setUp(self):
        super().setUp()
        self.subscriber.listens = False

    def test_prints_the_text(self):
        self.assertEqual(self.printed(self.displays.display, "a", Html("b")), "'a'\n<html b>\n")
        self.assertEqual(self.printed(self.displays.update_display, 1, display_id="a"), "1\n")
        self.assertEqual(self.printed(self.displays.show_value, 1), "1\n")

    def test_prints_only_text(self):
        for data in ({}, {"text/html": "b"}):
            self.assertEqual(self.printed(self.displays.publish_display_data, data), "")
        self.assertEqual(self.printed(self.displays.clear_output), "")

    def test_still_gives_handles(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(self.displays.display(1, display_id="mine").display_id, "mine")
