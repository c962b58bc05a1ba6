"""Conversion of DataFrames."""

import datetime
import decimal
import importlib.util
import json
import subprocess
import sys
import unittest
import uuid

import python_side  # noqa: F401  # where the modules are
from _fujian.interactive import tables

HAS_PANDAS = importlib.util.find_spec("pandas") is not None

if HAS_PANDAS:
    import numpy as np
    import pandas as pd


@unittest.skipUnless(HAS_PANDAS, "runs where pandas is installed")
class Tables(unittest.TestCase):
    def table(self, *arguments, **options):
        table = tables.table_of(pd.DataFrame(*arguments, **options))
        json.dumps(table, allow_nan=False)
        return table

    def cells(self, *values):
        return self.table({"c": pd.Series(values, dtype=object)})["c"]

    def test_are_columns_by_name(self):
        table = self.table({"a": [1, 2], "b": ["x", "y"], "c": [1.5, 2.0], "d": [True, False]})
        expected = {"a": [1, 2], "b": ["x", "y"], "c": [1.5, 2.0], "d": [True, False]}
        self.assertEqual(table, expected)
        self.assertEqual(list(table), list(expected))
        self.assertEqual({type(one[0]) for one in table.values()}, {int, str, float, bool})

    def test_have_none_for_what_is_missing(self):
        table = self.table({"a": [1, np.nan], "b": ["x", None], "c": [np.inf, -np.inf]})
        self.assertEqual(table, {"a": [1.0, None], "b": ["x", None], "c": [None, None]})
        self.assertEqual(self.cells(pd.NaT, pd.NA, np.float32("nan"), None), [None] * 4)
        for kind in ("Int64", "string", "boolean", "category", "datetime64[ns]"):
            with self.subTest(kind):
                self.assertEqual(self.table({"a": pd.Series([None], dtype=kind)}), {"a": [None]})

    def test_have_dates_as_iso_strings(self):
        dates = ["2024-01-02", "2024-01-02T03:04:05"]
        table = self.table({"d": pd.to_datetime(dates, format="ISO8601" if PANDAS_2 else None)})
        self.assertEqual(table["d"], ["2024-01-02T00:00:00", "2024-01-02T03:04:05"])
        zoned = pd.Timestamp("2024-01-02", tz="Europe/Paris")
        self.assertEqual(self.table({"d": [zoned]})["d"], ["2024-01-02T00:00:00+01:00"])
        cells = self.cells(datetime.date(2024, 1, 2), datetime.time(3, 4), np.datetime64("2024-01"))
        self.assertEqual(cells, ["2024-01-02", "03:04:00", "2024-01"])

    def test_have_text_for_other_objects(self):
        one = uuid.UUID(int=1)
        cells = self.cells(decimal.Decimal("1.50"), one, b"\xff", 1j, pd.Timedelta("1h"))
        self.assertEqual(cells, ["1.50", str(one), "b'\\xff'", "1j", "0 days 01:00:00"])
        periods = self.table({"p": pd.period_range("2024-01", periods=1, freq="M")})
        self.assertEqual(periods["p"], ["2024-01"])

    def test_have_scalars_of_python(self):
        cells = self.cells(np.int8(1), np.float32(0.5), np.bool_(True), np.str_("x"), 2**70)
        self.assertEqual(cells, [1, 0.5, True, "x", 2**70])
        self.assertEqual([type(one) for one in cells], [int, float, bool, str, int])

    def test_have_the_values_of_cells(self):
        cells = self.cells([1, np.nan], {"k": (1, pd.NaT), 2: b"x"}, np.array([1, 2]))
        self.assertEqual(cells, [[1, None], {"k": [1, None], "2": "b'x'"}, [1, 2]])
        endless = []
        endless.append(endless)
        self.assertIn("[[...]]", json.dumps(self.cells(endless)))

    def test_have_names_that_differ(self):
        frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", "a.1", 1, "1"])
        table = tables.table_of(frame)
        self.assertEqual(table, {"a": [1], "a.1": [2], "a.1.1": [3], "1": [4], "1.1": [5]})

    def test_have_one_name_for_several_levels(self):
        columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", ""), ("b", 1)])
        self.assertEqual(
            self.table([[1, 2, 3]], columns=columns), {"a, x": [1], "a": [2], "b, 1": [3]}
        )

    def test_of_an_empty_frame(self):
        self.assertEqual(self.table({"a": []}), {"a": []})
        self.assertEqual(self.table(), {})

    def test_are_bounded(self):
        most = tables.MOST_CELLS
        self.assertEqual(len(self.table({"a": range(most)})["a"]), most)
        self.assertIsNone(self.table({"a": range(most + 1)}))
        self.assertIsNone(self.table({"a": [list(range(most))]}))

    def test_are_of_frames_alone(self):
        for value in (None, 1, {"a": [1]}, pd.Series([1]), pd.DataFrame, np.zeros((2, 2))):
            self.assertIsNone(tables.table_of(value))

    def test_are_left_out_where_they_cannot_be_read(self):
        class Broken:
            def __str__(self):
                raise RuntimeError

        self.assertIsNone(tables.table_of(pd.DataFrame({"a": [Broken()]})))


PANDAS_2 = HAS_PANDAS and int(pd.__version__.split(".")[0]) >= 2


class WithoutPandas(unittest.TestCase):
    def test_nothing_is_imported(self):
        source = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from _fujian.interactive import tables\n"
            "assert tables.table_of(1) is None\n"
            "sys.modules['pandas'] = sys\n"
            "assert tables.table_of(1) is None\n"
            "assert 'numpy' not in sys.modules\n"
        )
        where = tables.__file__.rpartition("_fujian")[0]
        command = [sys.executable, "-B", "-c", source, where]
        self.assertEqual(subprocess.run(command, check=False, timeout=100).returncode, 0)
