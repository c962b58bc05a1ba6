"""`IPython.display` with and without an installed IPython."""

import importlib
import importlib.util
import inspect
import io
import json
import os
import pickle
import struct
import sys
import tempfile
import textwrap
import unittest
import wave
from array import array
from pathlib import Path

from python_side import displays, formats, ipython_display

HAS_IPYTHON = importlib.util.find_spec("IPython") is not None
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 40, 20)


class Subscriber:
    def __init__(self):
        self.heard = []

    def show(self, kind, bundle, display_id):
        self.heard.append((kind, bundle.data, bundle.metadata, display_id))
        return True

    def clear(self, wait):
        self.heard.append(("clear", wait))
        return True


class Without:
    """A finder that hides IPython."""

    def __init__(self, finder):
        self._finder = finder

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "IPython":
            return None
        return self._finder.find_spec(fullname, path, target)


def forget_ipython():
    kept = {name: one for name, one in sys.modules.items() if name.partition(".")[0] == "IPython"}
    for name in kept:
        del sys.modules[name]
    return kept


class IPythonTest(unittest.TestCase):
    def setUp(self):
        kept = forget_ipython()
        self.addCleanup(sys.modules.update, kept)
        self.addCleanup(forget_ipython)
        self.addCleanup(sys.meta_path.__setitem__, slice(None), list(sys.meta_path))
        self.addCleanup(sys.path.__setitem__, slice(None), list(sys.path))
        self.addCleanup(importlib.invalidate_caches)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.subscriber = Subscriber()
        self.displays = displays.Displays(self.subscriber)

    def heard(self):
        heard, self.subscriber.heard = self.subscriber.heard, []
        return heard

    def run_code(self, source):
        names = {}
        exec(textwrap.dedent(source), names)
        return names


class NotInstalled(IPythonTest):
    def setUp(self):
        super().setUp()
        sys.meta_path[:] = [Without(one) for one in sys.meta_path]
        ipython_display.offer_ipython(self.displays)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path


class Modules(NotInstalled):
    def test_display(self):
        self.run_code("""
            from IPython.display import HTML, clear_output, display, update_display
            clear_output(wait=True)
            handle = display(HTML("<b>"), display_id="a")
            update_display(1, display_id="a")
            handle.update(2)
        """)
        html = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>"}
        self.assertEqual(
            self.heard(),
            [
                ("clear", True),
                ("display", html, {}, "a"),
                ("update", {"text/plain": "1"}, {}, "a"),
                ("update", {"text/plain": "2"}, {}, "a"),
            ],
        )

    def test_are_there_once_ipython_is_imported(self):
        self.run_code("import IPython; IPython.display.display(IPython.core.display.HTML('b'))")
        self.assertEqual(self.heard()[0][1]["text/html"], "b")

    def test_offer_the_same_under_each_name(self):
        names = self.run_code("""
            from IPython.core.display import display as a, publish_display_data, HTML as h
            from IPython.core.display_functions import display as b, DisplayHandle as c
            from IPython.display import *
            from IPython.lib.display import Audio as audio
            assert a == b == display and c is DisplayHandle and h is HTML and audio is Audio
        """)
        self.assertIn("set_matplotlib_formats", names)

    def test_have_no_shell(self):
        self.run_code("""
            import IPython
            from IPython import get_ipython, version_info
            from IPython.core.getipython import get_ipython as other
            assert get_ipython() is None and other() is None and IPython.get_ipython() is None
            assert version_info[:3] == tuple(map(int, IPython.__version__.split(".")))
        """)

    def test_have_settings_that_do_nothing(self):
        self.run_code("""
            from IPython.display import set_matplotlib_close, set_matplotlib_formats
            set_matplotlib_formats("svg", quality=3)
            set_matplotlib_close(False)
        """)

    def test_show_one_type_on_demand(self):
        self.run_code("""
            from IPython.display import HTML, display_html, display_png
            display_html("<b>", "<i>", raw=True)
            display_html(HTML("<u>"), metadata={"a": 1})
            display_png(HTML("<u>"))
        """)
        shown = [(data, about) for _, data, about, _ in self.heard()]
        self.assertEqual(
            shown,
            [
                ({"text/html": "<b>"}, {}),
                ({"text/html": "<i>"}, {}),
                ({"text/html": "<u>"}, {"text/html": {"a": 1}}),
            ],
        )

    def test_lack_other_modules(self):
        for name in ("IPython.core.magic", "IPython.nothing"):
            with self.assertRaisesRegex(ModuleNotFoundError, f"'{name}'"):
                importlib.import_module(name)
        with self.assertRaises(ImportError):
            self.run_code("from IPython import embed")

    def test_are_not_mixed_with_those_of_a_real_one(self):
        (self.folder / "IPython").mkdir()
        (self.folder / "IPython" / "__init__.py").touch()
        sys.meta_path[:] = [getattr(one, "_finder", one) for one in sys.meta_path]
        sys.path.insert(0, str(self.folder))
        importlib.import_module("IPython")
        with self.assertRaises(ModuleNotFoundError):
            importlib.import_module("IPython.display")

    def test_are_offered_once(self):
        before = list(map(type, sys.meta_path))
        ipython_display.offer_ipython(self.displays)
        self.assertEqual(list(map(type, sys.meta_path)), before)

    def test_are_not_loaded_by_being_offered(self):
        self.assertNotIn("IPython", sys.modules)


class ObjectsTest(NotInstalled):
    def setUp(self):
        super().setUp()
        self.ipython = importlib.import_module("IPython.display")

    def bundle(self, value):
        bundle = formats.bundle_of(value)
        bundle.data.pop("text/plain", None)
        return bundle

    def html(self, value):
        data = self.bundle(value).data
        self.assertEqual(list(data), ["text/html"])
        return data["text/html"]


class Objects(ObjectsTest):
    def test_of_text(self):
        for name, mime_type in (
            ("HTML", "text/html"),
            ("Markdown", "text/markdown"),
            ("Latex", "text/latex"),
            ("Javascript", "application/javascript"),
        ):
            with self.subTest(name):
                value = getattr(self.ipython, name)("text")
                self.assertEqual(self.bundle(value), ({mime_type: "text"}, {}))
                self.assertEqual(repr(value), f"<IPython.core.display.{name} object>")
                with self.assertRaisesRegex(TypeError, f"{name} expects text"):
                    getattr(self.ipython, name)(3)
        self.assertEqual(self.ipython.HTML("b").__html__(), "b")

    def test_of_text_may_have_metadata(self):
        value = self.ipython.HTML("b", metadata={"isolated": True})
        self.assertEqual(
            self.bundle(value), ({"text/html": "b"}, {"text/html": {"isolated": True}})
        )

    def test_of_text_may_be_in_files_and_at_urls(self):
        path = self.file("a b.html", "ä".encode())
        for value in (
            self.ipython.HTML(filename=path),
            self.ipython.HTML(path),
            self.ipython.HTML(str(path)),
            self.ipython.HTML(url=path.as_uri()),
        ):
            self.assertEqual(self.html(value), "ä")
        path.write_text("new")
        value.reload()
        self.assertEqual(value.data, "new")
        with self.assertRaises(FileNotFoundError):
            self.ipython.HTML(filename=self.folder / "none")

    def test_of_text_that_looks_like_neither(self):
        for text in ("http is a protocol", "https://a.b is a page", "\0", "x" * 10_000, "."):
            self.assertEqual(self.html(self.ipython.HTML(text)), text)

    def test_of_plain_text(self):
        self.assertEqual(
            formats.bundle_of(self.ipython.Pretty("a\nb")).data, {"text/plain": "a\nb"}
        )

    def test_of_formulas(self):
        for text in ("x^2", "$x^2$", "$$x^2$$"):
            self.assertEqual(
                self.bundle(self.ipython.Math(text)).data, {"text/latex": "$\\displaystyle x^2$"}
            )

    def test_of_svg(self):
        svg = '<svg width="1">\n<g/></svg>'
        prologue = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n'
        for data in (svg, prologue + svg, (prologue + svg).encode()):
            self.assertEqual(self.bundle(self.ipython.SVG(data)).data, {"image/svg+xml": svg})

    def test_of_json(self):
        about = {"expanded": True, "root": "root", "a": 1}
        value = self.ipython.JSON({"x": [1]}, expanded=True, a=1)
        self.assertEqual(
            self.bundle(value), ({"application/json": {"x": [1]}}, {"application/json": about})
        )
        self.assertEqual(self.ipython.JSON("[1]").data, [1])
        self.assertEqual(self.ipython.JSON(filename=self.file("a.json", b"[2]")).data, [2])
        with self.assertRaisesRegex(TypeError, "JSON expects a dict or a list"):
            self.ipython.JSON(3)

    def test_of_scripts_with_libraries_and_styles(self):
        value = self.ipython.Javascript("f()", lib="https://a/l.js", css=["https://a/s.css"])
        script = self.bundle(value).data["application/javascript"]
        for part in ('"https://a/l.js"', '"https://a/s.css"', "f()"):
            self.assertIn(part, script)
        self.assertLess(script.index("s.css"), script.index("l.js"))

    def test_of_code(self):
        value = self.ipython.Code("a < b", language="python")
        self.assertEqual(
            self.html(value), '<pre><code class="language-python">a &lt; b</code></pre>'
        )
        self.assertEqual(repr(value), "a < b")
        self.assertIn("language-py", self.html(self.ipython.Code(self.file("a.py", b"a"))))

    def test_of_links(self):
        path = self.file("a&b", b"")
        link = self.ipython.FileLink(path, url_prefix="/files")
        self.assertIn(f'<a href="/files{self.folder}/a&amp;b" target="_blank">', self.html(link))
        self.assertEqual(repr(link), str(path))
        self.assertIn("no file", self.html(self.ipython.FileLink("none")))
        with self.assertRaisesRegex(ValueError, "directory"):
            self.ipython.FileLink(self.folder)

    def test_of_pages(self):
        frame = self.ipython.IFrame('https://a/"', 10, "50%", extras=["loading=lazy"], a="b c")
        self.assertEqual(
            self.html(frame),
            '<iframe width="10" height="50%" src="https://a/&quot;?a=b+c" frameborder="0" '
            "allowfullscreen loading=lazy></iframe>",
        )
        self.assertIn(
            'src="https://www.youtube.com/embed/x?start=3"',
            self.html(self.ipython.YouTubeVideo("x", start=3)),
        )

    def test_can_be_pickled(self):
        for value in (self.ipython.HTML("b"), self.ipython.Image(PNG), self.ipython.Code("a")):
            copy = pickle.loads(pickle.dumps(value))
            self.assertEqual((type(copy), copy.data), (type(value), value.data))


class Images(ObjectsTest):
    def test_are_known_by_their_first_bytes(self):
        for kind, data in (
            ("png", PNG),
            ("jpeg", b"\xff\xd8\xff"),
            ("gif", b"GIF89a.."),
            ("gif", b"GIF87a.."),
            ("webp", b"RIFF....WEBPVP8 "),
            ("png", b"anything"),
        ):
            with self.subTest(data):
                bundle = self.bundle(self.ipython.Image(data))
                self.assertEqual(bundle, ({f"image/{kind}": data}, {}))
                self.assertEqual(
                    repr(self.ipython.Image(data)), "<IPython.core.display.Image object>"
                )

    def test_may_be_in_files(self):
        path = self.file("a.jpg", b"...")
        for value in (
            self.ipython.Image(filename=path),
            self.ipython.Image(str(path)),
            self.ipython.Image(path),
            self.ipython.Image(url=path.as_uri(), embed=True),
            self.ipython.Image(bytearray(b"..."), format="JPG"),
        ):
            self.assertEqual(self.bundle(value).data, {"image/jpeg": b"..."})
        with self.assertRaisesRegex(ValueError, "format 'txt' cannot be embedded"):
            self.ipython.Image(filename=self.file("a.txt", b"..."))
        with self.assertRaises(FileNotFoundError):
            self.ipython.Image("none.png")
        with self.assertRaises(ValueError):
            self.ipython.Image()
        with self.assertRaises(TypeError):
            self.ipython.Image(3)

    def test_have_a_size_and_a_description(self):
        value = self.ipython.Image(PNG, width=3, height=4, alt="it", unconfined=True)
        about = {"width": 3, "height": 4, "alt": "it", "unconfined": True}
        self.assertEqual(self.bundle(value).metadata, {"image/png": about})
        value = self.ipython.Image(PNG, metadata={"width": 3, "a": 1})
        self.assertEqual(self.bundle(value).metadata, {"image/png": {"width": 3, "a": 1}})
        value = self.ipython.Image(PNG, retina=True)
        self.assertEqual(self.bundle(value).metadata, {"image/png": {"width": 20, "height": 10}})

    def test_at_urls_are_for_the_client_to_load(self):
        value = self.ipython.Image(url="https://a/b?c&d", width=3, alt='"', unconfined=True)
        self.assertEqual(
            self.html(value),
            '<img src="https://a/b?c&amp;d" width="3" alt="&quot;" class="unconfined"/>',
        )


class Media(ObjectsTest):
    def test_of_bytes_and_files_are_embedded(self):
        path = self.file("a.mp3", b"abc")
        source = '<source src="data:audio/mpeg;base64,YWJj" type="audio/mpeg"/>'
        for value in (self.ipython.Audio(str(path)), self.ipython.Audio(filename=path)):
            self.assertEqual(self.html(value), f'<audio controls="controls">{source}</audio>')
        value = self.ipython.Audio(b"abc", autoplay=True, element_id="i")
        self.assertIn('<audio id="i" controls="controls" autoplay="autoplay">', self.html(value))
        self.assertIn("data:audio/wav;base64,YWJj", self.html(value))
        path = self.file("a.webm", b"abc")
        for value in (
            self.ipython.Video(str(path), width=3),
            self.ipython.Video(path, embed=True, width=3),
            self.ipython.Video(b"abc", mimetype="video/webm", width=3),
        ):
            self.assertEqual(
                self.html(value),
                '<video controls width="3"><source src="data:video/webm;base64,YWJj" '
                'type="video/webm"/></video>',
            )

    def test_at_urls_are_not(self):
        for value in (
            self.ipython.Video("https://a/b.mp4"),
            self.ipython.Video(url="https://a/b.mp4", embed=False),
        ):
            self.assertIn('<source src="https://a/b.mp4" type="video/mp4"/>', self.html(value))
        self.assertIn('src="https://a/b.ogg"', self.html(self.ipython.Audio(url="https://a/b.ogg")))

    def test_are_something(self):
        for kind in (self.ipython.Audio, self.ipython.Video):
            with self.assertRaises(ValueError):
                kind()
            with self.assertRaises(FileNotFoundError):
                kind("none.mp4")

    def test_may_be_samples(self):
        for samples, channels, frames in (
            ([0, 0.5, -0.25], 1, [0, 32767, -16383]),
            (array("d", [0, 1, -1]), 1, [0, 32767, -32767]),
            ([[0, 1], [1, 0]], 2, [0, 32767, 32767, 0]),
            ([], 1, []),
            ([0, 0], 1, [0, 0]),
        ):
            with self.subTest(samples):
                audio = self.ipython.Audio(samples, rate=8000)
                with wave.open(io.BytesIO(audio.data)) as file:
                    self.assertEqual((file.getnchannels(), file.getframerate()), (channels, 8000))
                    read = array("h", file.readframes(file.getnframes()))
                self.assertEqual(list(read), frames)
        self.ipython.Audio([0.5], rate=8000, normalize=False)
        with self.assertRaisesRegex(ValueError, "from -1 to 1"):
            self.ipython.Audio([2], rate=8000, normalize=False)
        with self.assertRaisesRegex(ValueError, "rate"):
            self.ipython.Audio([2])


# The relevant parts of the two generations of IPython.
FUNCTIONS = """
def display(*objs, include=None, **kwargs):
    raise AssertionError
def update_display(obj, *, display_id, **kwargs):
    raise AssertionError
def clear_output(wait=False):
    raise AssertionError
def publish_display_data(data, metadata=None, *, transient=None, **kwargs):
    raise AssertionError
class DisplayHandle:
    def __init__(self, display_id): self.display_id = display_id
    def update(self, obj): update_display(obj, display_id=self.display_id)
"""
PRETTY = """
class Pretty:
    data = "pretty"
"""
NEWER = {
    "core/display_functions.py": FUNCTIONS,
    "core/display.py": "from .display_functions import clear_output" + PRETTY,
    "display.py": "from .core.display_functions import *\nfrom .core.display import *",
}
OLDER = {
    "core/display.py": FUNCTIONS + PRETTY,
    "display.py": "from .core.display import *",
}


class Installed(IPythonTest):
    """Uses packages with the layout of IPython."""

    def install(self, files):
        forget_ipython()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for name, content in {"__init__.py": "", "core/__init__.py": "", **files}.items():
            path = folder / "IPython" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        return folder

    def assert_adopted(self, module):
        module.clear_output(wait=True)
        handle = module.display({"text/plain": "a"}, raw=True, display_id="i")
        self.assertIs(type(handle), module.DisplayHandle)
        handle.update(1)
        module.publish_display_data({"text/plain": "b"}, {"c": 1})
        module.display(module.Pretty())
        self.assertEqual(
            self.heard(),
            [
                ("clear", True),
                ("display", {"text/plain": "a"}, {}, "i"),
                ("update", {"text/plain": "1"}, {}, "i"),
                ("display", {"text/plain": "b"}, {"c": 1}, None),
                ("display", {"text/plain": "pretty"}, {}, None),
            ],
        )
        self.assertIn("display_id", inspect.signature(module.display).parameters)
        self.assertEqual(module.display.__name__, "display")

    def test_is_imported_and_adopted(self):
        for name, files in {"newer": NEWER, "older": OLDER}.items():
            with self.subTest(name):
                folder = self.install(files)
                ipython_display.offer_ipython(self.displays)
                module = importlib.import_module("IPython.display")
                self.assertTrue(module.__file__.startswith(str(folder)))
                self.assert_adopted(module)
                self.assert_adopted(importlib.reload(module))

    def test_is_adopted_if_it_was_imported_before(self):
        for name, files in {"newer": NEWER, "older": OLDER}.items():
            with self.subTest(name):
                self.install(files)
                module = importlib.import_module("IPython.display")
                before = module.display
                ipython_display.offer_ipython(self.displays)
                self.assert_adopted(module)
                self.assertIs(module.display, before)
                before(3)
                self.assertEqual(self.heard(), [("display", {"text/plain": "3"}, {}, None)])

    def test_is_adopted_again_after_being_reloaded(self):
        self.install(NEWER)
        ipython_display.offer_ipython(self.displays)
        module = importlib.import_module("IPython.core.display_functions")
        importlib.reload(module).display(3)
        self.assertEqual(len(self.heard()), 1)

    def test_has_the_loader_that_it_has(self):
        self.install(NEWER)
        ipython_display.offer_ipython(self.displays)
        module = importlib.import_module("IPython.core.display_functions")
        self.assertIs(type(module.__loader__), importlib.machinery.SourceFileLoader)
        self.assertIn("raise AssertionError", inspect.getsource(module))

    def test_passes_on_its_errors(self):
        self.install({"core/display_functions.py": "1 / 0"})
        ipython_display.offer_ipython(self.displays)
        with self.assertRaises(ZeroDivisionError):
            importlib.import_module("IPython.core.display_functions")


@unittest.skipUnless(HAS_IPYTHON, "IPython is not installed")
class RealIPython(IPythonTest):
    def setUp(self):
        super().setUp()
        ipython_display.offer_ipython(self.displays)
        self.ipython = importlib.import_module("IPython.display")

    def test_displays_through_ours(self):
        self.ipython.clear_output(wait=True)
        handle = self.ipython.display(self.ipython.HTML("b"), display_id="i")
        self.assertIs(type(handle), self.ipython.DisplayHandle)
        handle.update(1)
        handle.display(2)
        self.ipython.publish_display_data({"text/html": "c"})
        html = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "b"}
        self.assertEqual(
            self.heard(),
            [
                ("clear", True),
                ("display", html, {}, "i"),
                ("update", {"text/plain": "1"}, {}, "i"),
                ("display", {"text/plain": "2"}, {}, "i"),
                ("display", {"text/html": "c"}, {}, None),
            ],
        )

    def test_has_its_own_objects(self):
        path = self.folder / "a.png"
        path.write_bytes(PNG)
        for value, mime_type, data in (
            (self.ipython.Image(PNG, width=3), "image/png", PNG),
            (self.ipython.Image(filename=str(path)), "image/png", PNG),
            (self.ipython.Image(b"GIF89a", format="gif"), "image/gif", b"GIF89a"),
            (self.ipython.Markdown("*a*"), "text/markdown", "*a*"),
            (self.ipython.Math("x"), "text/latex", "$\\displaystyle x$"),
            (self.ipython.SVG("<svg/>"), "image/svg+xml", "<svg/>"),
            (self.ipython.JSON({"a": 1}), "application/json", {"a": 1}),
            (self.ipython.Javascript("f()"), "application/javascript", "f()"),
            (self.ipython.Pretty("a"), "text/plain", "a"),
            (self.ipython.GeoJSON({"a": 1}), "application/geo+json", {"a": 1}),
        ):
            with self.subTest(mime_type):
                self.ipython.display(value)
                self.assertEqual(self.heard()[0][1].get(mime_type), data)

    def test_updates_its_progress_bars(self):
        for _ in self.ipython.ProgressBar(2):
            pass
        kinds = [kind for kind, *_ in self.heard()]
        self.assertEqual((kinds[0], set(kinds[1:])), ("display", {"update"}))

    def test_shows_one_type_on_demand(self):
        self.ipython.display_html("<b>", raw=True)
        self.assertEqual(self.heard(), [("display", {"text/html": "<b>"}, {}, None)])

    def test_makes_no_shell(self):
        self.ipython.display(1)
        ipython = importlib.import_module("IPython")
        self.assertIsNone(ipython.get_ipython())
        self.assertTrue(os.path.exists(ipython.__file__))

    def test_is_json_throughout(self):
        self.ipython.display(self.ipython.JSON([1]))
        json.dumps(self.heard()[0][2])
