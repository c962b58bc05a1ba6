"""Representations match those of IPython, and errors of their methods are raised."""

import base64
import enum
import json
import math
import types
import unittest
import warnings
from unittest import mock

from python_side import bundles, formats

PNG = b"\x89PNG\r\n\x1a\n..."


def data_of(value, **kwargs):
    return formats.bundle_of(value, **kwargs).data


def offering(**answers):
    """A value with these methods."""

    def method(answer):
        def call(self, **kwargs):
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return call

    methods = {f"_repr_{name}_": method(answer) for name, answer in answers.items()}
    return type("Offering", (), {"__repr__": lambda self: "<it>", **methods})()


class Plain(unittest.TestCase):
    def test_is_the_repr(self):
        for value in ("it's", 1, None, [1, "a"], types.SimpleNamespace(a=1), math, int):
            with self.subTest(value):
                self.assertEqual(formats.bundle_of(value), ({"text/plain": repr(value)}, {}))

    def test_raises_what_the_repr_raises(self):
        class Broken:
            def __repr__(self):
                raise LookupError("no repr")

        with self.assertRaisesRegex(LookupError, "no repr"):
            formats.bundle_of(Broken())


class Methods(unittest.TestCase):
    def test_each_has_its_type(self):
        answers = {
            "html": ("text/html", "<b>"),
            "markdown": ("text/markdown", "*m*"),
            "svg": ("image/svg+xml", "<svg/>"),
            "png": ("image/png", PNG),
            "jpeg": ("image/jpeg", b"\xff\xd8"),
            "pdf": ("application/pdf", b"%PDF"),
            "latex": ("text/latex", "$x$"),
            "json": ("application/json", {"a": [1, None]}),
            "javascript": ("application/javascript", "f()"),
            "e2b_data": ("e2b/data", {"x": 1}),
            "e2b_chart": ("e2b/chart", {"type": "line"}),
        }
        value = offering(**{name: answer for name, (_, answer) in answers.items()})
        self.assertEqual(data_of(value), {"text/plain": "<it>", **dict(answers.values())})

    def test_may_offer_nothing(self):
        value = offering(html=None, png=NotImplementedError(), mimebundle=NotImplementedError())
        self.assertEqual(data_of(value), {"text/plain": "<it>"})
        self.assertEqual(data_of(offering(mimebundle=None)), {"text/plain": "<it>"})

    def test_may_answer_metadata_too(self):
        value = offering(html=("<b>", {"isolated": True}), png=(PNG, None), json=(None, {}))
        bundle = formats.bundle_of(value)
        self.assertEqual(bundle.data, {"text/plain": "<it>", "text/html": "<b>", "image/png": PNG})
        self.assertEqual(bundle.metadata, {"text/html": {"isolated": True}})

    def test_raise_as_they_are(self):
        for name in ("html", "png", "json", "mimebundle", "e2b_chart"):
            with self.subTest(name), self.assertRaisesRegex(ZeroDivisionError, "mine"):
                formats.bundle_of(offering(**{name: ZeroDivisionError("mine")}))

    def test_that_are_not_wanted_are_not_called(self):
        value = offering(html=ZeroDivisionError(), png=PNG, latex="$")
        self.assertEqual(data_of(value, include=["image/png"]), {"image/png": PNG})
        self.assertEqual(
            data_of(value, exclude={"text/html", "image/png"}),
            {"text/plain": "<it>", "text/latex": "$"},
        )
        self.assertEqual(data_of(value, include=["image/png"], exclude=["image/png"]), {})

    def test_are_looked_up_in_the_instance_too(self):
        value = types.SimpleNamespace(_repr_html_=lambda: "<b>")
        self.assertEqual(data_of(value)["text/html"], "<b>")


class MimeBundles(unittest.TestCase):
    def test_go_before_single_methods(self):
        value = offering(
            mimebundle={"text/html": "<i>", "text/plain": "it", "application/vnd.x+json": [1]},
            html=ZeroDivisionError(),
            latex="$",
        )
        self.assertEqual(
            data_of(value),
            {
                "text/html": "<i>",
                "text/plain": "it",
                "application/vnd.x+json": [1],
                "text/latex": "$",
            },
        )

    def test_may_come_with_metadata(self):
        value = offering(mimebundle=({"image/png": PNG}, {"image/png": {"width": 3}, "all": 1}))
        bundle = formats.bundle_of(value)
        self.assertEqual(bundle.data, {"text/plain": "<it>", "image/png": PNG})
        self.assertEqual(bundle.metadata, {"image/png": {"width": 3}, "all": 1})

    def test_are_told_what_is_wanted_and_held_to_it(self):
        class Asked:
            def _repr_mimebundle_(self, include, exclude):
                self.asked = include, exclude
                return {"text/html": "<b>", "text/latex": "$"}, {"text/latex": {"a": 1}}

        value = Asked()
        bundle = formats.bundle_of(value, include=["text/html"])
        self.assertEqual(value.asked, (["text/html"], None))
        self.assertEqual(bundle, ({"text/html": "<b>"}, {}))

    def test_that_are_none_leave_the_type_to_the_method(self):
        self.assertEqual(
            data_of(offering(mimebundle={"text/html": None}, html="<b>")).get("text/html"), "<b>"
        )


class ForeignMethods(unittest.TestCase):
    """A value that has an attribute for any name."""

    def assert_plain(self, value):
        self.assertEqual(formats.bundle_of(value), ({"text/plain": repr(value)}, {}))
        self.assertFalse(formats.displays_itself(value))

    def test_of_classes(self):
        class Shown:
            def _repr_html_(self):
                return "<b>"

            def _ipython_display_(self):
                raise AssertionError

        class Meta(type):
            def _repr_html_(cls):
                return cls.__name__

        self.assert_plain(Shown)
        self.assert_plain(enum.Enum)
        self.assertEqual(data_of(Meta("OfMeta", (), {}))["text/html"], "OfMeta")

    def test_of_mocks(self):
        self.assert_plain(mock.MagicMock())
        self.assert_plain(mock.Mock())
        self.assert_plain(mock.call)

    def test_of_mocks_of_what_has_them(self):
        value = mock.MagicMock(spec=offering(html="<b>", mimebundle={}))
        with self.assertWarnsRegex(RuntimeWarning, "text/html was left out: .* MagicMock"):
            self.assertEqual(data_of(value), {"text/plain": repr(value)})

    def test_of_values_with_any_attribute(self):
        class Anything:
            def __getattr__(self, name):
                return lambda *_, **__: f"<{name}>"

        class Angry:
            def __getattr__(self, name):
                raise RuntimeError(name)

        self.assert_plain(Anything())
        self.assert_plain(Angry())

    def test_of_values_that_raise_for_one_name(self):
        class Half:
            _repr_html_ = property(lambda self: 1 / 0)
            _repr_latex_ = "no method"

        self.assert_plain(Half())

    def test_of_modules(self):
        module = types.ModuleType("m")
        module._repr_html_ = lambda: "<b>"
        module._ipython_display_ = lambda: None
        self.assert_plain(module)
        module.__getattr__ = lambda name: self.fail
        self.assert_plain(module)


class Images(unittest.TestCase):
    def test_may_be_base64(self):
        """Base64, as in some versions of Pillow and in MIME bundles of notebooks."""
        for text in (base64.b64encode(PNG).decode(), base64.encodebytes(PNG * 9).decode()):
            expected = base64.b64decode(text)
            self.assertEqual(data_of(offering(png=text))["image/png"], expected)
            value = offering(mimebundle={"image/gif": text})
            self.assertEqual(data_of(value)["image/gif"], expected)

    def test_may_be_other_bytes(self):
        value = offering(png=bytearray(PNG), jpeg=memoryview(PNG))
        self.assertEqual((data_of(value)["image/png"], data_of(value)["image/jpeg"]), (PNG, PNG))

    def test_that_are_neither_say_so(self):
        for text in ("<svg>", "a", "ä==="):
            with self.subTest(text), self.assertRaisesRegex(ValueError, "image/png .*base64"):
                formats.bundle_of(offering(png=text))

    def test_like_those_of_pillow(self):
        """A value with methods for both types, of which one returns None."""
        self.assertEqual(
            data_of(offering(png=PNG, jpeg=None)), {"text/plain": "<it>", "image/png": PNG}
        )


class Kinds(unittest.TestCase):
    def test_of_text_are_str(self):
        for name, answer in (("html", b"<b>"), ("svg", b"<svg>"), ("markdown", 3), ("png", 3)):
            with self.subTest(name), self.assertWarns(RuntimeWarning):
                self.assertEqual(data_of(offering(**{name: answer})), {"text/plain": "<it>"})

    def test_that_are_wrong_are_a_warning_about_the_line_that_shows_them(self):
        with self.assertWarns(RuntimeWarning) as caught:
            formats.bundle_of(offering(html=3))
        self.assertEqual(caught.filename, __file__)

    def test_of_json_are_json(self):
        for answer in ({"a": {1}}, [float("nan")], object(), b"{}", {(1, 2): 3}):
            with self.subTest(answer):
                with self.assertRaisesRegex(TypeError, "application/json is not JSON"):
                    formats.bundle_of(offering(json=answer))
                with self.assertRaisesRegex(TypeError, "e2b/data is not JSON"):
                    formats.bundle_of(offering(e2b_data=answer))

    def test_of_json_have_an_end(self):
        endless = []
        endless.append(endless)
        with self.assertRaisesRegex(TypeError, "application/json is not JSON"):
            formats.bundle_of(offering(json=endless))

    def test_of_metadata_are_json(self):
        with self.assertRaisesRegex(TypeError, "the metadata of text/html is not JSON"):
            formats.bundle_of(offering(html=("<b>", {"a": object()})))

    def test_of_types_are_str(self):
        with self.assertRaisesRegex(TypeError, "a MIME type is a str, not int"):
            formats.bundle_of(offering(mimebundle={1: "a"}))

    def test_that_are_unknown_may_be_anything(self):
        answers = {"application/x-a": b"a", "application/x-b": "b", "application/x-c": [1]}
        self.assertEqual(data_of(offering(mimebundle=answers)), {**answers, "text/plain": "<it>"})

    def test_survive_lone_surrogates(self):
        json.dumps(data_of(offering(html="\ud800"))["text/html"])


class Formatters(unittest.TestCase):
    def setUp(self):
        patched = mock.patch.dict(formats._formatters, clear=True)
        patched.start()
        self.addCleanup(patched.stop)

    def test_add_types_to_values_of_a_class_and_of_derived_ones(self):
        class Figure:
            def __repr__(self):
                return "<figure>"

            def _repr_html_(self):
                return "<b>"

        class Derived(Figure):
            pass

        formats.register(__name__, Figure.__qualname__, lambda value: {"image/png": PNG})
        for value in (Figure(), Derived()):
            self.assertEqual(
                data_of(value),
                {"image/png": PNG, "text/plain": "<figure>", "text/html": "<b>"},
            )
        self.assertEqual(data_of(Figure), {"text/plain": repr(Figure)})

    def test_go_before_what_the_value_offers(self):
        value = offering(html="<b>", mimebundle={"text/plain": "theirs"})
        formats.register(
            type(value).__module__,
            type(value).__qualname__,
            lambda value: ({"text/html": "<i>", "text/plain": "ours"}, {"text/html": {"a": 1}}),
        )
        bundle = formats.bundle_of(value)
        self.assertEqual(bundle.data, {"text/html": "<i>", "text/plain": "ours"})
        self.assertEqual(bundle.metadata, {"text/html": {"a": 1}})

    def test_raise_as_they_are(self):
        formats.register("builtins", "complex", lambda value: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            formats.bundle_of(1j)

    def test_may_offer_nothing(self):
        formats.register("builtins", "complex", lambda value: None)
        self.assertEqual(data_of(1j), {"text/plain": "1j"})


class Bounds(unittest.TestCase):
    def setUp(self):
        patched = mock.patch.object(bundles, "MOST_BYTES", 100)
        patched.start()
        self.addCleanup(patched.stop)

    def test_cut_plain_text(self):
        text = data_of("x" * 200)["text/plain"]
        self.assertEqual(
            text,
            "'" + "x" * 99 + "\n[fujian: cut here after 100 characters, 102 more were dropped]",
        )

    def test_cut_between_characters(self):
        for character, kept in (("ä", 50), ("€", 33), ("😀", 25), ("\ud800", 33)):
            with self.subTest(ascii(character)):
                value = type("V", (), {"__repr__": lambda self, one=character: one * 60})()
                self.assertEqual(
                    data_of(value)["text/plain"],
                    f"{character * kept}\n[fujian: cut here after {kept} characters, "
                    f"{60 - kept} more were dropped]",
                )

    def test_leave_whole_what_is_not_beyond_them(self):
        value = offering(html="x" * 30, png=b"x" * 30, json="x" * 24)
        self.assertEqual(len(data_of(value)), 4)

    def test_are_those_of_all_forms_together(self):
        value = offering(html="x" * 60, png=b"x" * 60)
        self.assertIn("image/png of 60 bytes was left out", data_of(value)["text/plain"])

    def test_leave_others_out_and_say_so(self):
        value = offering(html="ä" * 51, png=(b"x" * 101, {"width": 1}), json=["x" * 200], latex="$")
        bundle = formats.bundle_of(value)
        self.assertEqual(
            bundle.data,
            {
                "text/plain": "<it>\n"
                "[fujian: text/html of 102 bytes was left out; all forms together may have 100]\n"
                "[fujian: image/png of 101 bytes was left out; all forms together may have 100]\n"
                "[fujian: application/json of 204 bytes was left out; "
                "all forms together may have 100]",
                "text/latex": "$",
            },
        )
        self.assertEqual(bundle.metadata, {})

    def test_say_so_also_where_plain_text_was_not_wanted(self):
        data = data_of(offering(png=b"x" * 101), include=["image/png"])
        self.assertEqual(
            data,
            {
                "text/plain": "[fujian: image/png of 101 bytes was left out; "
                "all forms together may have 100]"
            },
        )


class DisplayingItself(unittest.TestCase):
    def test_is_done_by_the_value(self):
        shown = []
        value = types.SimpleNamespace(_ipython_display_=lambda: shown.append(1))
        self.assertTrue(formats.displays_itself(value))
        self.assertEqual(shown, [1])

    def test_is_not_the_default(self):
        self.assertFalse(formats.displays_itself(1))

        class Declines:
            def _ipython_display_(self):
                raise NotImplementedError

        self.assertFalse(formats.displays_itself(Declines()))

    def test_raises_as_it_does(self):
        class Fails:
            def _ipython_display_(self):
                raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            formats.displays_itself(Fails())


class Silence(unittest.TestCase):
    def test_is_kept_about_usual_values(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for value in (1, "a", b"b", [], offering(html="<b>", png=None)):
                formats.bundle_of(value)


class Depth(unittest.TestCase):
    def test_json_may_be_nested_to_a_bound(self):
        def nested(levels):
            value = []
            for _ in range(levels - 1):
                value = [value]
            return value

        deepest = nested(bundles.MOST_LEVELS)
        data = {"application/json": deepest}
        self.assertEqual(bundles.checked(data).data, data)
        too_deep = nested(bundles.MOST_LEVELS + 1)
        for data, metadata in (({"application/json": too_deep}, {}), ({}, {"a": too_deep})):
            with self.assertRaisesRegex(TypeError, "nested too deeply"):
                bundles.checked(data, metadata)

    def test_json_may_have_many_members(self):
        rows = [{"a": [row]} for row in range(1000)]
        self.assertEqual(bundles.checked({"e2b/data": rows}).data["e2b/data"], rows)
