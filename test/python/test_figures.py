"""The matplotlib backend and its choice."""

import importlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path

from python_side import ROOT

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
SKIPPED = "runs where matplotlib is installed"
PYTHON_SIDE = str(ROOT / "python")

if HAS_MATPLOTLIB:
    import matplotlib
    import matplotlib.image
    import matplotlib.pyplot as plt
    import numpy as np
    from _fujian.interactive import current, figures
    from matplotlib.figure import Figure

# Beginning of the code of each test process.
CHOOSE = """
    import json, os, sys
    sys.path.insert(0, sys.argv[1])
    from _fujian.interactive.choosing import choose_backend
    def backend():
        import matplotlib
        return dict.get(matplotlib.rcParams, "backend")
"""


def run_python(source, **environment):
    """Runs a source in a new process and returns its `answer`."""
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    whole = textwrap.dedent(CHOOSE) + textwrap.dedent(source) + "\nprint(json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error::ImportWarning", "-c", whole, PYTHON_SIDE],
        env={**inherited, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=100,  # ends a hanging process
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


@unittest.skipUnless(HAS_MATPLOTLIB, SKIPPED)
class FiguresTest(unittest.TestCase):
    def setUp(self):
        self.shown = []
        plt.switch_backend("module://_fujian.interactive.figures")
        current.show_figure = self.shown.append

    def tearDown(self):
        current.show_figure = None
        figures.show_open_figures()
        plt.close("all")

    def open_figures(self):
        return [plt.figure(number) for number in plt.get_fignums()]


class Showing(FiguresTest):
    def test_shows_all_that_are_open_in_order_and_closes_them(self):
        made = [plt.figure(), plt.figure(7), plt.figure(3)]
        plt.show()
        self.assertEqual(self.shown, made)
        self.assertEqual(plt.get_fignums(), [])

    def test_takes_block_as_other_backends_do(self):
        made = plt.figure()
        plt.show(block=False)
        self.assertEqual(self.shown, [made])
        figures.show(block=True)
        self.assertEqual(self.shown, [made])

    def test_shows_none_twice(self):
        plt.figure()
        plt.show()
        plt.show()
        figures.show_open_figures()
        self.assertEqual(len(self.shown), 1)

    def test_at_the_end_shows_those_still_open(self):
        first = plt.figure()
        plt.show()
        second = plt.figure()
        figures.show_open_figures()
        self.assertEqual(self.shown, [first, second])
        self.assertEqual(plt.get_fignums(), [])

    def test_at_the_end_only_closes_what_was_displayed(self):
        displayed, other = plt.figure(), plt.figure()
        figures.was_shown(displayed)
        figures.show_open_figures()
        self.assertEqual(self.shown, [other])
        self.assertEqual(plt.get_fignums(), [])

    def test_shows_displayed_figures_again_in_the_next_execution(self):
        figure = plt.figure()
        figures.was_shown(figure)
        figures.show_open_figures()
        plt.figure(figure.number)
        again = plt.gcf()
        figures.was_shown(Figure())  # not managed by pyplot
        figures.show_open_figures()
        self.assertEqual(self.shown, [again])

    def test_shows_one_figure(self):
        first, second = plt.figure(), plt.figure()
        first.show()
        self.assertEqual(self.shown, [first])
        figures.show_open_figures()
        self.assertEqual(self.shown, [first, second])

    def test_keeps_figures_open_without_subscribers(self):
        current.show_figure = None
        made = plt.figure()
        plt.show()
        made.show()
        figures.show_open_figures()
        self.assertEqual(self.open_figures(), [made])

    def test_leaves_the_figures_of_another_backend_alone(self):
        plt.switch_backend("agg")
        figure = plt.figure()
        figures.show_open_figures()
        self.assertEqual(self.shown, [])
        self.assertEqual(self.open_figures(), [figure])

    def test_goes_on_after_a_figure_that_cannot_be_drawn(self):
        def show(figure):
            self.shown.append(figure)
            figures.png_of(figure)

        current.show_figure = show
        first, broken, also_broken, last = (plt.figure() for _ in range(4))
        broken.text(0.5, 0.5, r"$\nothing_that_is_known$")
        also_broken.text(0.5, 0.5, "$\\frac{$")
        with self.assertRaisesRegex(ValueError, "nothing_that_is_known"):
            plt.show()
        self.assertEqual(self.shown, [first, broken, also_broken, last])
        self.assertEqual(plt.get_fignums(), [])

    def test_closes_all_when_it_is_interrupted(self):
        def interrupt(figure):
            self.shown.append(figure)
            raise KeyboardInterrupt

        current.show_figure = interrupt
        plt.figure(), plt.figure()
        with self.assertRaises(KeyboardInterrupt):
            plt.show()
        self.assertEqual(len(self.shown), 1)
        self.assertEqual(plt.get_fignums(), [])

    def test_keeps_no_figure_alive(self):
        figure = plt.figure()
        figures.was_shown(figure)
        plt.close(figure)
        del figure
        import gc

        gc.collect()
        self.assertEqual(len(figures._shown), 0)


class Interactive(FiguresTest):
    def test_is_off(self):
        self.assertFalse(matplotlib.is_interactive())

    def test_does_not_draw_at_each_change(self):
        drawn = []
        with plt.ion():
            figure, axes = plt.subplots()
            figure.canvas.mpl_connect("draw_event", drawn.append)
            axes.plot([1, 2])
            plt.title("t")
            plt.draw()
        self.assertEqual(drawn, [])

    def test_a_pause_shows(self):
        figure = plt.figure()
        plt.pause(0.01)
        self.assertEqual(self.shown, [figure])


def pixels_of(png):
    return matplotlib.image.imread(io.BytesIO(png), format="png")


def has_colour(image, colour):
    return bool(np.any(np.all(np.isclose(image[..., :3], colour, atol=0.02), axis=-1)))


class Png(FiguresTest):
    def drawn(self, **options):
        figure, axes = plt.subplots(**options)
        axes.plot([0, 1], color=(1, 0, 0), linewidth=9)
        return figure

    def test_holds_what_was_drawn(self):
        image = pixels_of(figures.png_of(self.drawn()))
        self.assertTrue(has_colour(image, (1, 0, 0)))
        self.assertTrue(has_colour(image, (1, 1, 1)))
        self.assertFalse(has_colour(image, (0, 0, 1)))

    def test_is_cut_to_what_is_drawn(self):
        height, width, _ = pixels_of(figures.png_of(self.drawn(figsize=(6.4, 4.8)))).shape
        self.assertTrue(480 < width < 640, width)
        self.assertTrue(380 < height < 480, height)
        figure = self.drawn()
        figure.text(1.5, 0.5, "outside")
        self.assertGreater(pixels_of(figures.png_of(figure)).shape[1], 900)

    def test_has_the_figures_own_resolution(self):
        low = pixels_of(figures.png_of(self.drawn(dpi=50))).shape
        high = pixels_of(figures.png_of(self.drawn(dpi=200))).shape
        self.assertTrue(3.7 < high[0] / low[0] < 4.3, (low, high))

    def test_has_the_figures_own_background(self):
        with matplotlib.rc_context({"savefig.facecolor": "blue", "savefig.dpi": 20}):
            image = pixels_of(figures.png_of(self.drawn(facecolor=(0, 1, 0))))
        self.assertTrue(np.allclose(image[0, 0, :3], (0, 1, 0)))

    def test_leaves_the_figure_as_it_is(self):
        figure = self.drawn(dpi=70, facecolor="yellow")

        def state():
            size = figure.get_size_inches().tolist()
            return figure.canvas, figure.dpi, figure.get_facecolor(), size

        before = state()
        first = figures.png_of(figure)
        self.assertEqual(state(), before)
        self.assertEqual(figures.png_of(figure), first)

    def test_of_a_figure_without_pyplot(self):
        figure = Figure()
        figure.add_subplot().plot([0, 1], color=(1, 0, 0), linewidth=9)
        self.assertTrue(has_colour(pixels_of(figures.png_of(figure)), (1, 0, 0)))

    def test_of_a_figure_with_the_canvas_of_another_backend(self):
        for backend in ("agg", "svg", "pdf", "ps"):
            with self.subTest(backend):
                plt.switch_backend(backend)
                image = pixels_of(figures.png_of(self.drawn()))
                self.assertTrue(has_colour(image, (1, 0, 0)))

    def test_of_an_empty_figure(self):
        self.assertTrue(np.all(pixels_of(figures.png_of(plt.figure()))[..., :3] == 1))

    def test_of_a_closed_figure(self):
        figure = self.drawn()
        plt.show()
        self.assertTrue(has_colour(pixels_of(figures.png_of(figure)), (1, 0, 0)))


class Description(FiguresTest):
    def test_says_how_large_it_is_and_what_it_holds(self):
        figure, _ = plt.subplots(1, 2, figsize=(6.4, 4.8), dpi=100)
        self.assertEqual(figures.describe(figure), "<Figure size 640x480 with 2 Axes>")

    def test_is_that_of_figures(self):
        class Own(Figure):
            def __repr__(self):
                raise RuntimeError

        own = Own(figsize=(6.4, 4.8), dpi=100)
        self.assertEqual(figures.describe(own), "<Own size 640x480 with 0 Axes>")


OURS = "module://_fujian.interactive.figures"


@unittest.skipUnless(HAS_MATPLOTLIB, SKIPPED)
class Choosing(unittest.TestCase):
    def test_costs_nothing_until_matplotlib_is_imported(self):
        added = run_python("""
            before, finders = set(sys.modules), len(sys.meta_path)
            choose_backend()
            choose_backend()
            answer = [len(sys.meta_path) - finders, sorted(set(sys.modules) - before)]
        """)
        self.assertEqual(added, [1, []])

    def test_is_made_however_matplotlib_is_imported(self):
        for statement in (
            "import matplotlib",
            "import matplotlib.pyplot",
            "from matplotlib import figure",
            "import matplotlib.figure, matplotlib.pyplot as plt; plt.figure()",
            "import importlib; importlib.reload(importlib.import_module('matplotlib'))",
        ):
            with self.subTest(statement):
                source = f"choose_backend()\n{statement}\nanswer = backend()"
                self.assertEqual(run_python(source), OURS)

    def test_leaves_nothing_for_subprocesses(self):
        source = """
            choose_backend()
            import matplotlib.pyplot, subprocess
            child = "import matplotlib.pyplot as p; p.figure(); print(p.get_backend())"
            named = "import os; print(os.environ.get('MPLBACKEND'))"
            answer = ["MPLBACKEND" in os.environ] + [
                subprocess.run([sys.executable, "-c", one], stdout=-1, text=True).stdout.strip()
                for one in (child, named)
            ]
        """
        here, backend, named = run_python(source, DISPLAY="")
        self.assertEqual((here, backend.lower(), named), (False, "agg", "None"))

    def test_leaves_nothing_when_matplotlib_fails_to_load(self):
        answer = run_python("""
            import tempfile, pathlib
            folder = tempfile.mkdtemp()
            module = pathlib.Path(folder, "matplotlib.py")
            module.write_text("import os; seen = os.environ['MPLBACKEND']; 1 / 0")
            sys.path.insert(0, folder)
            choose_backend()
            try:
                import matplotlib
            except ZeroDivisionError:
                answer = ["MPLBACKEND" in os.environ, "matplotlib" in sys.modules]
            module.unlink()
            pathlib.Path(folder).rmdir()
        """)
        self.assertEqual(answer, [False, False])

    def test_of_the_user_stands(self):
        source = """
            choose_backend()
            import matplotlib
            answer = [backend(), os.environ["MPLBACKEND"]]
        """
        self.assertEqual(run_python(source, MPLBACKEND="svg"), ["svg", "svg"])
        late = "choose_backend()\nos.environ['MPLBACKEND'] = 'svg'\nanswer = backend()"
        self.assertEqual(run_python(late), "svg")
        empty = "choose_backend()\nanswer = [backend(), os.environ['MPLBACKEND']]"
        self.assertEqual(run_python(empty, MPLBACKEND=""), [OURS, ""])
        used = "choose_backend()\nimport matplotlib\nmatplotlib.use('svg')\nanswer = backend()"
        self.assertEqual(run_python(used), "svg")

    def test_is_made_where_matplotlib_is_loaded_already(self):
        for statement in ("import matplotlib", "import matplotlib.pyplot"):
            with self.subTest(statement):
                source = f"{statement}\nchoose_backend()\nanswer = backend()"
                self.assertEqual(run_python(source), OURS)
        used = "import matplotlib\nmatplotlib.use('svg')\nchoose_backend()\nanswer = backend()"
        self.assertEqual(run_python(used), "svg")

    def test_survives_a_fork(self):
        for before, after in (
            ("choose_backend(); import matplotlib.pyplot", ""),
            ("import matplotlib.pyplot", "choose_backend()"),
            ("choose_backend()", "import matplotlib.pyplot"),
        ):
            with self.subTest(before=before, after=after):
                answer = run_python(f"""
                    {before}
                    read, write = os.pipe()
                    if os.fork() == 0:
                        {after}
                        import matplotlib.pyplot as plt
                        from _fujian.interactive import current, figures
                        shown = []
                        current.show_figure = shown.append
                        plt.plot([1, 2])
                        plt.show()
                        os.write(write, json.dumps([len(shown), backend()]).encode())
                        os._exit(0)
                    os.wait()
                    answer = json.loads(os.read(read, 1000))
                """)
                self.assertEqual(answer, [1, OURS])

    def test_changes_nothing_else_of_the_module(self):
        source = """
            import importlib, importlib.util, inspect, pkgutil
            found = importlib.util.find_spec("matplotlib")
            resources = found.loader.get_resource_reader("matplotlib") is not None
            loader = found.loader
            found = [found.origin, loader.get_filename("matplotlib"), resources]
            found.append(loader.is_package("matplotlib"))
            import matplotlib
            importlib.reload(matplotlib)
            spec = matplotlib.__spec__
            answer = [
                found, spec.origin, spec.name, spec.submodule_search_locations,
                type(spec.loader).__name__, type(matplotlib.__loader__).__name__,
                matplotlib.__file__, matplotlib.__package__, matplotlib.__path__,
                spec is importlib.util.find_spec("matplotlib"), len(inspect.getsource(matplotlib)),
                len(list(pkgutil.iter_modules(matplotlib.__path__))),
                pkgutil.get_data("matplotlib", "__init__.py")[:10].decode(),
            ]
        """
        self.assertEqual(
            run_python("choose_backend()\n" + textwrap.dedent(source)), run_python(source)
        )

    def test_finds_what_an_asking_finder_finds(self):
        answer = run_python("""
            import importlib.util
            class Asking:
                def find_spec(self, name, path=None, target=None):
                    for finder in sys.meta_path:
                        if finder is not self:
                            spec = finder.find_spec(name, path, target)
                            if spec is not None:
                                return spec
            choose_backend()
            sys.meta_path.insert(0, Asking())
            answer = backend()
        """)
        self.assertEqual(answer, OURS)


class WithoutMatplotlib(unittest.TestCase):
    def test_its_import_fails_as_ever(self):
        source = """
            sys.path[:] = [one for one in sys.path if "site-packages" not in one]
            %s
            import importlib.util
            answer = [importlib.util.find_spec("matplotlib") is None]
            for name in ("matplotlib", "matplotlib.pyplot"):
                try:
                    importlib.import_module(name)
                except ModuleNotFoundError as error:
                    answer += [str(error), error.name, error.path]
            answer.append("MPLBACKEND" in os.environ)
        """
        self.assertEqual(run_python(source % "choose_backend()"), run_python(source % ""))

    def test_choosing_needs_none_of_it(self):
        loaded = run_python("answer = [m for m in sys.modules if m in ('numpy', 'matplotlib')]")
        self.assertEqual(loaded, [])
        self.assertTrue(Path(PYTHON_SIDE).is_dir())
