"""Extraction of the data of charts."""

import datetime as dt
import importlib.util
import json
import math
import unittest
import warnings

import python_side  # noqa: F401  # where the modules are

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
HAS_PANDAS = importlib.util.find_spec("pandas") is not None

if HAS_MATPLOTLIB:
    import numpy as np
    from _fujian.interactive import charts
    from matplotlib.figure import Figure

if HAS_MATPLOTLIB and HAS_PANDAS:
    import pandas as pd


@unittest.skipUnless(HAS_MATPLOTLIB, "runs where matplotlib is installed")
class ChartsTest(unittest.TestCase):
    def setUp(self):
        self.figure = Figure()
        self.axes = self.figure.add_subplot()

    def chart(self, figure=None):
        """Returns the chart, without hidden errors or warnings, after a round trip through JSON."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            chart = charts._chart_of_figure(figure or self.figure)
        self.assertEqual(json.loads(json.dumps(chart, allow_nan=False)), chart)
        return chart

    def elements(self, kind):
        chart = self.chart()
        self.assertEqual(chart["type"], kind)
        return chart["elements"]

    def points(self, kind="line"):
        return [element["points"] for element in self.elements(kind)]

    def labels(self, kind):
        return [element["label"] for element in self.elements(kind)]


class WithoutChart(ChartsTest):
    def test_is_a_figure_without_axes_or_data(self):
        self.assertIsNone(self.chart(Figure()))
        self.assertIsNone(self.chart())

    def test_is_more_than_a_client_draws(self):
        self.axes.plot(np.zeros(charts.MOST_POINTS))
        self.assertEqual(len(self.points()[0]), charts.MOST_POINTS)
        self.axes.plot([1])
        self.assertIsNone(self.chart())

    def test_is_an_unreadable_figure(self):
        [line] = self.axes.plot([1, 2])
        line.get_xdata = lambda orig: 1 / 0
        self.assertIsNone(charts.chart_of(self.figure))


class Lines(ChartsTest):
    def test_have_points_and_labels(self):
        self.axes.plot([1, 2], [3, 4.5], label="a")
        self.axes.plot([5, 6])
        self.axes.grid(True)
        expected = [
            {"label": "a", "points": [[1.0, 3.0], [2.0, 4.5]]},
            {"label": "Line 1", "points": [[0.0, 5.0], [1.0, 6.0]]},
        ]
        self.assertEqual(self.elements("line"), expected)

    def test_have_the_ticks_of_the_axes(self):
        self.axes.plot([1, 10], [0, 2])
        self.axes.set(title="T", xlabel="Time (s)", xscale="log", xticks=[1, 10])
        self.axes.set_yticks([0, 2])
        self.axes.set_yticklabels(["low", "high"])
        chart = self.chart()
        del chart["elements"], chart["x_tick_labels"]
        expected = {
            "type": "line",
            "title": "T",
            "x_label": "Time (s)",
            "x_unit": "s",
            "x_ticks": [1.0, 10.0],
            "x_scale": "log",
            "y_label": None,
            "y_unit": None,
            "y_ticks": [0.0, 2.0],
            "y_tick_labels": ["low", "high"],
            "y_scale": "linear",
        }
        self.assertEqual(chart, expected)

    def test_have_units_that_stand_last_in_brackets(self):
        self.axes.plot([1])
        units = {"Speed (max) [km/h]": "km/h", "f(x (y))": "y", "a (": None, "()": None}
        for label, unit in units.items():
            self.axes.set_xlabel(label)
            self.assertEqual(self.chart()["x_unit"], unit, label)

    def test_are_not_those_that_span_the_axes(self):
        self.axes.axhline(1)
        self.axes.axvline(1, label="v")
        self.axes.axhspan(1, 2)
        self.axes.axline((0, 0), slope=1)
        self.assertEqual(self.chart()["type"], "unknown")
        self.axes.plot([1, 2])
        self.assertEqual(len(self.elements("line")), 1)

    def test_have_none_for_nan(self):
        self.axes.plot(np.ma.array([1, 2, 3], mask=[0, 1, 0]), [math.nan, 1, math.inf])
        self.assertEqual(self.points(), [[[1.0, None], [None, 1.0], [3.0, None]]])

    def test_have_dates_as_iso_strings(self):
        day = dt.datetime(2024, 1, 2, 3, 4, 5, 678901)
        iso = day.isoformat()
        zone = dt.timezone(dt.timedelta(hours=2))
        for date, expected in (
            (day, iso),
            (np.datetime64(day), iso),
            (day.date(), "2024-01-02T00:00:00"),
            (day.replace(tzinfo=zone), iso + "+02:00"),
            (dt.datetime(1700, 1, 1, 12), "1700-01-01T12:00:00"),
        ):
            for draw, kind in (("plot", "line"), ("scatter", "scatter")):
                with self.subTest(draw, date=date):
                    self.setUp()
                    getattr(self.axes, draw)([date], [1])
                    self.assertEqual(self.points(kind), [[[expected, 1.0]]])
                    self.assertEqual(self.chart()["x_scale"], "datetime")

    def test_have_categories(self):
        self.axes.plot(["a", "b"], [1, 2])
        self.assertEqual(self.points(), [[["a", 1.0], ["b", 2.0]]])
        chart = self.chart()
        self.assertEqual(chart["x_scale"], "categorical")
        self.assertEqual((chart["x_ticks"], chart["x_tick_labels"]), ([0.0, 1.0], ["a", "b"]))

    def test_have_the_scale_of_each_axis(self):
        self.axes.plot([0.1, 0.2])
        for scale in ("linear", "log", "symlog", "logit"):
            self.axes.set_yscale(scale)
            self.assertEqual(self.chart()["y_scale"], scale)
        self.axes.set_yscale("function", functions=(np.square, np.sqrt))
        self.assertEqual(self.chart()["y_scale"], "function")

    def test_may_have_error_bars_or_a_band(self):
        self.axes.errorbar([1, 2], [3, 4], yerr=1, capsize=3, label="e")
        self.axes.fill_between([1, 2], [2, 3], [4, 5])
        self.assertEqual(
            self.elements("line"), [{"label": "e", "points": [[1.0, 3.0], [2.0, 4.0]]}]
        )


class Scatters(ChartsTest):
    def test_have_points_and_labels(self):
        self.axes.scatter([1, 2], [3, 4], label="a")
        self.axes.scatter([5], [math.nan])
        self.axes.axhline(1)
        points = [[[1.0, 3.0], [2.0, 4.0]], [[5.0, None]]]
        self.assertEqual(self.labels("scatter"), ["a", "Scatter 1"])
        self.assertIn(self.points("scatter"), (points, [points[0], [[None, None]]]))

    def test_with_a_colour_bar_are_one_chart(self):
        self.figure.colorbar(self.axes.scatter([1, 2], [3, 4], c=[1, 2]))
        self.assertEqual(len(self.points("scatter")), 1)


class Bars(ChartsTest):
    def bars(self):
        return [tuple(element.values()) for element in self.elements("bar")]

    def test_have_label_group_and_value(self):
        self.axes.bar(["a", "b"], [1, -2])
        self.axes.axhline(0)
        expected = [
            {"label": "a", "group": "Group 0", "value": 1.0},
            {"label": "b", "group": "Group 0", "value": -2.0},
        ]
        self.assertEqual(self.elements("bar"), expected)

    def test_of_equal_height_stand(self):
        self.axes.bar(["a", "b"], [3, 3])
        self.assertEqual([value for _, _, value in self.bars()], [3.0, 3.0])

    def test_that_lie_have_their_axes_exchanged(self):
        self.axes.barh(["a", "b"], [1, 2])
        self.axes.set(xlabel="x (u)", ylabel="y (v)")
        self.assertEqual(self.bars(), [("a", "Group 0", 1.0), ("b", "Group 0", 2.0)])
        chart = self.chart()
        self.assertEqual((chart["x_label"], chart["x_unit"]), ("y (v)", "v"))
        self.assertEqual((chart["y_label"], chart["y_unit"]), ("x (u)", "u"))

    def test_in_groups_share_labels(self):
        self.axes.bar([-0.2, 0.8], [1, 2], 0.4, label="m")
        self.axes.bar([0.2, 1.2], [3, 4], 0.4)
        self.axes.set_xticks([0, 1])
        self.axes.set_xticklabels(["a", "b"])
        expected = [("a", "m", 1.0), ("b", "m", 2.0), ("a", "Group 1", 3.0), ("b", "Group 1", 4.0)]
        self.assertEqual(self.bars(), expected)

    def test_that_are_stacked_have_their_own_values(self):
        self.axes.bar(["a", "b"], [1, 2], label="m")
        self.axes.bar(["a", "b"], [3, 4], bottom=[1, 2], label="w")
        self.assertEqual([value for _, _, value in self.bars()], [1.0, 2.0, 3.0, 4.0])

    def test_at_numbers_and_dates_have_them_as_labels(self):
        self.axes.bar([2019, 2020.5], [1, np.nan])
        self.assertEqual(self.bars(), [("2019", "Group 0", 1.0), ("2020.5", "Group 0", None)])
        self.setUp()
        self.axes.bar([dt.date(2024, 1, 1)], [1])
        self.assertEqual(self.labels("bar"), ["2024-01-01T00:00:00"])

    def test_of_a_histogram_have_the_middle_as_label(self):
        self.axes.hist([1, 2, 2, 3, 3, 3, 4], bins=3)
        self.assertEqual(
            [(label, value) for label, _, value in self.bars()],
            [("1.5", 1.0), ("2.5", 2.0), ("3.5", 4.0)],
        )

    def test_may_have_error_bars(self):
        self.axes.bar([1, 2], [3, 4], yerr=1, capsize=2)
        self.axes.plot([1, 1], [2, 4])
        self.assertEqual(len(self.bars()), 2)
        self.axes.plot([1, 2], [2, 4])
        self.assertEqual(self.elements("unknown"), [])


class Pies(ChartsTest):
    def test_have_angles(self):
        self.axes.pie([1, 2, 1], labels=["a", "b", "c"], autopct="%d", radius=2)
        expected = [("a", 90.0, 2), ("b", 180.0, 2), ("c", 90.0, 2)]
        self.assertEqual([tuple(one.values()) for one in self.elements("pie")], expected)

    def test_may_have_their_labels_in_the_legend(self):
        self.axes.pie([1, 3])
        self.assertEqual(self.labels("pie"), ["", ""])
        self.axes.legend(self.axes.patches, ["a", "b"])
        self.assertEqual(self.labels("pie"), ["a", "b"])


class Boxes(ChartsTest):
    DATA = ([1, 2, 3, 4, 10], [2, 3, 4, 5])
    EXPECTED = (
        ("1", 1.0, 2.0, 3.0, 4.0, 4.0, [10.0]),
        ("2", 2.0, 2.75, 3.5, 4.25, 5.0, []),
    )

    def boxes(self):
        return [tuple(element.values()) for element in self.elements("box_and_whisker")]

    def test_however_they_are_drawn(self):
        for options in (
            {},
            {"patch_artist": True},
            {"notch": True},
            {"showmeans": True},
            {"showmeans": True, "meanline": True},
            {"showcaps": False},
            {"showcaps": False, "showmeans": True, "meanline": True},
            {"showbox": False},
            {"vert": False},
            {"vert": False, "patch_artist": True, "showmeans": True},
        ):
            with self.subTest(**options), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # vert is deprecated in new versions
                self.setUp()
                self.axes.boxplot(self.DATA, **options)
                self.assertEqual(self.boxes(), [*self.EXPECTED])

    def test_without_outliers(self):
        for means in (False, True):
            self.setUp()
            self.axes.boxplot(self.DATA[1], showfliers=False, showmeans=means)
            self.assertEqual(self.boxes(), [("1", *self.EXPECTED[1][1:])])

    def test_of_one_value_or_none(self):
        self.axes.boxplot([[5, 5, 5], []])
        nothing = ("2", None, None, None, None, None, [])
        self.assertEqual(self.boxes(), [("1", 5.0, 5.0, 5.0, 5.0, 5.0, []), nothing])

    def test_have_labels_and_units(self):
        self.axes.boxplot(self.DATA, positions=[3, 7])
        self.axes.set_xticklabels(["a", "b"])
        self.axes.set(xlabel="x (u)", ylabel="y (v)")
        self.assertEqual([box[0] for box in self.boxes()], ["a", "b"])
        chart = self.chart()
        self.assertEqual((chart["x_unit"], chart["y_unit"]), ("u", "v"))

    def test_that_lie_have_their_axes_exchanged(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.axes.boxplot(self.DATA, vert=False)
        self.axes.set(xlabel="x (u)", ylabel="y (v)")
        chart = self.chart()
        self.assertEqual((chart["x_label"], chart["y_label"]), ("y (v)", "x (u)"))

    def test_are_no_lines_of_the_users(self):
        self.axes.plot([1, 1], [2, 1])
        self.axes.plot([1, 1], [3, 4])
        self.axes.plot([1, 2], [2.5, 2.5])
        self.assertEqual(len(self.elements("line")), 3)


class Several(ChartsTest):
    def test_are_a_superchart(self):
        figure = Figure()
        first, second, _empty = figure.subplots(3)
        first.plot([1])
        second.bar(["a"], [1])
        self.assertIsNone(self.chart(figure)["title"])
        figure.suptitle("S")
        chart = self.chart(figure)
        self.assertEqual((chart["type"], chart["title"]), ("superchart", "S"))
        self.assertEqual([one["type"] for one in chart["elements"]], ["line", "bar"])

    def test_of_different_kinds_in_one_are_unknown(self):
        self.axes.plot([1, 2])
        self.axes.scatter([1], [2])
        self.assertEqual(self.elements("unknown"), [])

    def test_of_other_kinds_are_unknown(self):
        for draw in ("imshow", "pcolormesh", "contour", "contourf", "violinplot"):
            with self.subTest(draw):
                self.setUp()
                getattr(self.axes, draw)(np.array([[1.0, 2.0], [3.0, 4.0]]))
                self.assertEqual(self.elements("unknown"), [])
        figure = Figure()
        figure.add_subplot(projection="3d").plot([1, 2], [3, 4], [5, 6])
        self.assertEqual(self.chart(figure)["type"], "unknown")


@unittest.skipUnless(HAS_PANDAS, "runs where pandas is installed")
class Pandas(ChartsTest):
    def frame(self, **options):
        return pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}, **options)

    def test_lines_of_time_series(self):
        for frequency in ("D", "h", "MS"):
            for kind in ("timestamps", "periods"):
                with self.subTest(frequency, kind=kind):
                    self.setUp()
                    index = dates = pd.date_range("2024-01-01", periods=3, freq=frequency)
                    if kind == "periods":
                        index = dates.to_period()
                    self.frame(index=index).plot(ax=self.axes)
                    chart = self.chart()
                    self.assertEqual(self.labels("line"), ["a", "b"])
                    across = [x for x, _ in chart["elements"][0]["points"]]
                    self.assertEqual(across, [date.isoformat() for date in dates])
                    self.assertEqual(chart["x_scale"], "datetime")

    def test_lines_of_irregular_dates(self):
        dates = pd.to_datetime(["2024-01-01", "2024-01-05", "2024-03-01"])
        self.frame(index=dates).plot(ax=self.axes)
        self.assertEqual([x for x, _ in self.points()[0]], [date.isoformat() for date in dates])

    def test_bars(self):
        for draw in ("bar", "barh"):
            for stacked in (False, True):
                with self.subTest(draw, stacked=stacked):
                    self.setUp()
                    frame = self.frame(index=list("xyz"))
                    getattr(frame.plot, draw)(ax=self.axes, stacked=stacked)
                    bars = [tuple(one.values()) for one in self.elements("bar")]
                    expected = [("x", "a", 1.0), ("y", "a", 2.0), ("z", "a", 3.0)]
                    self.assertEqual(bars[:3], expected)
                    self.assertEqual([group for _, group, _ in bars[3:]], ["b"] * 3)

    def test_others(self):
        self.frame().plot.scatter("a", "b", ax=self.axes)
        self.assertEqual(self.points("scatter"), [[[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]])
        self.setUp()
        self.frame()["a"].plot.pie(ax=self.axes)
        self.assertEqual(self.labels("pie"), ["0", "1", "2"])
        self.setUp()
        self.frame().plot.box(ax=self.axes)
        self.assertEqual(self.labels("box_and_whisker"), ["a", "b"])
        self.setUp()
        self.frame().boxplot(ax=self.axes)
        self.assertEqual(self.labels("box_and_whisker"), ["a", "b"])
