"""Encoded values are decoded to the same, or as docs/values.md says."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import gc
import importlib.util
import json
import math
import os
import re
import sys
import time
import typing
import unittest
import unittest.mock
import uuid

from python_side import decoding, encoding, unsupported

UnsupportedValueError = unsupported.UnsupportedValueError
UTC = datetime.timezone.utc
HAVE_NUMPY = importlib.util.find_spec("numpy") is not None
HAVE_PANDAS = importlib.util.find_spec("pandas") is not None
if HAVE_NUMPY:
    import numpy
if HAVE_PANDAS:
    import pandas


def round_trip(value):
    head, buffers = encoding.encode_value(value)
    head.decode("ascii")
    json.loads(head, parse_constant=lambda name: 1 / 0)  # JavaScript rejects NaN in JSON
    payload = b"".join([len(head).to_bytes(4, "little"), head, *buffers])
    return decoding.decode_value(memoryview(payload), None, None)


def tagged(value):
    encoder = encoding.Encoder()
    return encoder.encode(value), encoder.is_tagged


class ValuesTest(unittest.TestCase):
    def assert_same(self, value, expected):
        decoded = round_trip(value)
        self.assertEqual(decoded, expected)
        self.assertIs(type(decoded), type(expected))

    def assert_unsupported(self, value, message):
        with self.assertRaises(UnsupportedValueError) as raised:
            encoding.encode_value(value)
        self.assertEqual(str(raised.exception), f"{message}, which cannot be passed to JavaScript")


class Point(typing.NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 2**60


class Word(str):
    def __str__(self):
        return "something else"


@dataclasses.dataclass
class Inner:
    numbers: list


@dataclasses.dataclass
class Outer:
    name: str
    inner: Inner
    others: dict[str, Inner]


class PlainValues(ValuesTest):
    def test_are_the_same_without_a_tag(self):
        for value in (
            None, True, False, 0, -1, 2**53 - 1, 1 - 2**53, 1.5, 1e300, 5e-324, "", "größe 😀",
            "\ud800", "\0\n\"\\", [], [[], {}], {},
            {"a": [1, {"b": None}]}, {"": 1, "__proto__": {}},
        ):  # fmt: skip
            with self.subTest(value):
                self.assertFalse(tagged(value)[1])
                self.assert_same(value, value)

    def test_keep_values_without_a_json_form(self):
        long_ago = datetime.datetime(1, 1, 2, 3, 4, 5, 678000, UTC)
        for value in (
            2**53, -(2**53), 2**4000, -(10**5000), math.inf, -math.inf, b"", b"\0\xff", {1: 2},
            {None: 1, True: 2, 1.5: 3}, {(1, (2, "a")): 1}, {"$": 1}, {"$": "int", "v": "x"}, set(),
            {1, "a", (1, 2), frozenset({1})}, {frozenset({(1,)}): 1}, long_ago,
            datetime.datetime(9999, 12, 31, 23, 59, 59, 999000, UTC), datetime.date(2024, 2, 29),
            datetime.timedelta(days=-1, microseconds=1), datetime.timedelta(days=40000, hours=1),
            decimal.Decimal("1.10"), decimal.Decimal("-Infinity"), decimal.Decimal("1E+999"),
            uuid.UUID(int=2**127 + 5), [b"a", b"b", [b""], {"c": b"c"}],
        ):  # fmt: skip
            with self.subTest(value):
                self.assertTrue(tagged(value)[1])
                self.assert_same(value, value)

    def test_keep_the_sign_of_zero_and_nan(self):
        self.assertEqual(math.copysign(1, round_trip(-0.0)), -1)
        self.assertTrue(math.isnan(round_trip(math.nan)))
        self.assertTrue(round_trip(decimal.Decimal("NaN")).is_nan())

    def test_become_the_nearest_type(self):
        counter = collections.Counter("aab")
        ordered = collections.OrderedDict([("b", 1), ("a", 2)])
        for value, expected in (
            ((1, (2,)), [1, [2]]),
            (Point(1, 2), [1, 2]),
            (frozenset({1}), {1}),
            (bytearray(b"ab"), b"ab"),
            (memoryview(b"abcd")[::2], b"ac"),
            (memoryview(b""), b""),
            (memoryview(array.array("H", [1, 2])), array.array("H", [1, 2]).tobytes()),
            (ordered, {"b": 1, "a": 2}),
            (collections.defaultdict(list, a=[1]), {"a": [1]}),
            (counter, {"a": 2, "b": 1}),
            ({Word("key"): 1}, {"key": 1}),
            (Word("text"), "text"),
            (Colour.RED, "red"),
            (Level.HIGH, 2**60),
            ([Colour.RED, Level.HIGH], ["red", 2**60]),
            (enum.IntFlag("F", "A B")(3), 3),
            (Outer("n", Inner([1]), {"a": Inner([])}),
             {"name": "n", "inner": {"numbers": [1]}, "others": {"a": {"numbers": []}}}),
        ):  # fmt: skip
            with self.subTest(value):
                self.assert_same(value, expected)
        self.assertEqual(list(round_trip(ordered)), ["b", "a"])

    def test_of_time_are_whole_milliseconds(self):
        moment = datetime.datetime(1970, 1, 1, 0, 0, 1, 1999, UTC)
        self.assert_same(moment, moment.replace(microsecond=1000))
        for milliseconds in range(1000):  # rounds to no other millisecond
            self.assertEqual(
                tagged(datetime.datetime(2024, 1, 1, 0, 0, 0, milliseconds * 1000, UTC))[0]["v"],
                1704067200000 + milliseconds,
            )

    def test_of_time_may_have_any_zone(self):
        zone = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))
        moment = datetime.datetime(2024, 6, 1, 12, tzinfo=zone)
        self.assertEqual(round_trip(moment), moment)

    def test_of_time_without_a_zone_are_local(self):
        self.addCleanup(time.tzset)
        before = os.environ.get("TZ")
        self.addCleanup(lambda: os.environ.update(TZ=before) if before else os.environ.pop("TZ"))
        os.environ["TZ"] = "XYZ-3"
        time.tzset()
        naive = datetime.datetime(2024, 6, 1, 12)
        expected = datetime.datetime(2024, 6, 1, 9, tzinfo=UTC)
        self.assert_same(naive, expected)
        if HAVE_PANDAS:
            self.assertEqual(round_trip(pandas.Timestamp(naive)), expected)
        self.assert_same(naive.max, datetime.datetime(9999, 12, 31, 20, 59, 59, 999000, UTC))
        message = "this is the datetime 0001-01-01 00:00:00, which is out of range in UTC"
        self.assert_unsupported(datetime.datetime.min, message)

    def test_of_time_may_be_at_the_ends_of_their_ranges(self):
        self.addCleanup(time.tzset)
        before = os.environ.get("TZ")
        self.addCleanup(lambda: os.environ.update(TZ=before) if before else os.environ.pop("TZ"))
        os.environ["TZ"] = "UTC"
        time.tzset()
        first, last = datetime.datetime.min, datetime.datetime(9999, 12, 31, 23, 59, 59, 999000)
        for moment in (first, last, datetime.datetime(9999, 12, 31), datetime.datetime.max):
            for fold in (0, 1):
                with self.subTest(moment, fold=fold):
                    expected = min(moment, last).replace(tzinfo=UTC)
                    self.assert_same(moment.replace(fold=fold), expected)
                    self.assert_same(moment.replace(tzinfo=UTC), expected)
        east = datetime.timezone(datetime.timedelta(hours=23, minutes=59))
        beyond = first.replace(tzinfo=east)
        self.assert_unsupported(
            beyond, f"this is the datetime {beyond}, which is out of range in UTC"
        )
        self.assert_same(last.replace(tzinfo=east), last.replace(tzinfo=east).astimezone(UTC))

    def test_at_the_ends_of_their_ranges_pass(self):
        for value in (
            datetime.date.min, datetime.date.max, datetime.timedelta.min,
            datetime.timedelta.resolution, -datetime.timedelta.resolution,
            datetime.timedelta(days=100 * 365, microseconds=1),
            decimal.Decimal("9.9E+999999999999999999"), decimal.Decimal("1E-1999999999999999997"),
            decimal.Decimal("-0"), decimal.Decimal("-Infinity"), uuid.UUID(int=0),
            uuid.UUID(int=2**128 - 1),
        ):  # fmt: skip
            with self.subTest(value):
                self.assert_same(value, value)
        nearly = datetime.timedelta.max - datetime.timedelta(milliseconds=15.999)
        self.assert_same(datetime.timedelta.max, nearly)


class Arrays(ValuesTest):
    def test_of_python_keep_type_and_elements(self):
        for code in "bBhHiIlLqQfd":
            with self.subTest(code):
                for items in ([], [1, 2, 100]):
                    decoded = round_trip(array.array(code, items))
                    self.assertEqual(decoded.tolist(), items)
                    self.assertEqual(decoded.itemsize, array.array(code).itemsize)

    def test_that_are_large_stay_in_memory_that_they_may_keep(self):
        elements = array.array("d", range(10_000))
        small = array.array("b", [1, 2, 3])
        head, buffers = encoding.encode_value([elements, small, bytes(elements), elements])
        backing = bytearray().join([len(head).to_bytes(4, "little"), head, *buffers])
        gc.disable()
        self.addCleanup(gc.enable)
        decoded = decoding.decode_value(memoryview(backing), None, None)
        first, *others, last = decoded
        self.assertEqual([list(first), list(last)], [list(elements)] * 2)
        self.assertEqual([list(others[0]), others[1]], [[1, 2, 3], bytes(elements)])
        if HAVE_NUMPY:
            with self.assertRaises(BufferError):
                backing.clear()
        del decoded, first, others, last
        backing.clear()  # raises if a reference is left, even in garbage

    def test_of_text_are_unsupported(self):
        self.assert_unsupported(
            [array.array("u", "a")], "at [0] there is an array of type code 'u'"
        )

    def test_that_need_numpy_say_so(self):
        with unittest.mock.patch.dict(sys.modules, {"numpy": None}):
            for dtype, shape in (("bool", [2]), ("int8", [1, 2]), ("int8", [])):
                with self.assertRaisesRegex(TypeError, "needs numpy"):
                    decoding.array_of(dtype, shape, bytearray(2))


@unittest.skipUnless(HAVE_NUMPY, "there is no numpy")
class NumpyValues(ValuesTest):
    def assert_same_array(self, value):
        decoded = round_trip(value)
        self.assertTrue(numpy.array_equal(decoded, value))
        self.assertEqual(
            (decoded.shape, decoded.dtype), (value.shape, value.dtype.newbyteorder("="))
        )
        self.assertTrue(decoded.flags.writeable)

    def test_keep_type_shape_and_elements(self):
        names = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64"
        for name in names.split():
            for shape in ((), (0,), (6,), (2, 3), (1, 2, 3), (0, 3), (3, 0)):
                with self.subTest(name, shape=shape):
                    elements = numpy.arange(math.prod(shape)).reshape(shape).astype(name)
                    self.assert_same_array(elements)

    def test_may_lie_in_memory_in_any_way(self):
        whole = numpy.arange(24, dtype="int32").reshape(2, 3, 4)
        frozen = whole.copy()
        frozen.setflags(write=False)
        for name, value in {
            "fortran": numpy.asfortranarray(whole),
            "transposed": whole.T,
            "every other": whole[:, ::2, ::-1],
            "broadcast": numpy.broadcast_to(numpy.int32(7), (3, 2)),
            "read-only": frozen,
            "big-endian": whole.astype(">i4"),
            "big-endian floats": whole.astype(">f8")[::-1],
            "unaligned": numpy.frombuffer(b"\0" + whole.tobytes(), "int32", 24, offset=1),
            "matrix": numpy.asmatrix(whole[0]),
        }.items():
            with self.subTest(name):
                self.assert_same_array(value)

    def test_of_other_elements_are_unsupported(self):
        for value, what in (
            (numpy.array([1j]), "a numpy array of complex128"),
            (numpy.array([object()]), "a numpy array of object"),
            (numpy.array(["a"]), "a numpy array of <U1"),
            (numpy.array(["2024-01-01"], "datetime64[D]"), "a numpy array of datetime64[D]"),
            (numpy.zeros(1, "float16"), "a numpy array of float16"),
            (numpy.zeros(1, "i4, f8"), "a numpy array of [('f0', '<i4'), ('f1', '<f8')]"),
            (numpy.ma.array([1], mask=[True]), "a masked array"),
            (numpy.datetime64("2024-01-01T00:00", "ns"), "a numpy.datetime64[ns]"),
            (numpy.timedelta64(1, "s"), "a numpy.timedelta64[s]"),
            (numpy.longdouble(1), f"a numpy.{numpy.longdouble.__name__}"),
        ):
            with self.subTest(what):
                self.assert_unsupported({"x": [value]}, f"at .x[0] there is {what}")

    def test_of_one_element_are_plain(self):
        for value, expected in (
            (numpy.float64(1.5), 1.5),
            (numpy.float32(0.5), 0.5),
            (numpy.int8(-3), -3),
            (numpy.uint64(2**64 - 1), 2**64 - 1),
            (numpy.bool_(True), True),
            (numpy.str_("a"), "a"),
            (numpy.bytes_(b"a"), b"a"),
        ):
            with self.subTest(value):
                self.assert_same(value, expected)
        self.assert_unsupported(numpy.complex64(1), "this is a builtins.complex")


@unittest.skipUnless(HAVE_PANDAS, "there is no pandas")
class Tables(ValuesTest):
    def test_keep_columns_and_their_order(self):
        frame = pandas.DataFrame(
            {
                "z": [1, 2],
                "a": [0.5, math.nan],
                "flag": [True, False],
                "text": ["x", None],
                "small": numpy.array([1, 2], "uint8"),
            }
        )
        decoded = round_trip(frame)
        pandas.testing.assert_frame_equal(decoded, frame)

    def test_have_none_for_gaps(self):
        frame = pandas.DataFrame(
            {
                "integer": pandas.array([1, None], "Int64"),
                "time": pandas.to_datetime(["2024-01-01T00:00Z", None]),
                "text": ["a", math.nan],
                "kind": pandas.Categorical(["a", None]),
            }
        )
        encoded = dict(tagged(frame)[0]["columns"])
        self.assertEqual(encoded["integer"], [1, None])
        self.assertEqual(encoded["time"], [{"$": "datetime", "v": 1704067200000}, None])
        self.assertEqual((encoded["text"], encoded["kind"]), (["a", None], ["a", None]))

    def test_lose_their_index(self):
        frame = pandas.DataFrame({"a": [1, 2]}, index=["x", "y"])
        pandas.testing.assert_frame_equal(round_trip(frame), frame.reset_index(drop=True))

    def test_may_be_empty_or_have_names_of_any_type(self):
        self.assertEqual(round_trip(pandas.DataFrame()).shape, (0, 0))
        self.assertEqual(list(round_trip(pandas.DataFrame([[1, 2]])).columns), ["0", "1"])

    def test_with_two_columns_of_a_name_are_unsupported(self):
        frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        self.assert_unsupported(frame, "this is a DataFrame with two columns named 'a'")

    def test_name_the_column_that_is_unsupported(self):
        frame = pandas.DataFrame({"a": [1], "b": [object]})
        self.assert_unsupported([frame], "at [0].b[0] there is a builtins.type")

    def test_of_one_column_are_its_values(self):
        self.assertEqual(round_trip(pandas.Series(["a", None])), ["a", None])
        self.assertEqual(round_trip(pandas.Series([1, 2])).tolist(), [1, 2])

    def test_gaps_alone_are_none(self):
        self.assertEqual(round_trip([pandas.NA, pandas.NaT]), [None, None])


class Unsupported(ValuesTest):
    def test_values_are_named_with_their_place(self):
        for value, message in (
            (object(), "this is a builtins.object"),
            (1j, "this is a builtins.complex"),
            (int, "this is a builtins.type"),
            (Inner, "this is a builtins.type"),
            ([1, [len]], "at [1][0] there is a builtins.builtin_function_or_method"),
            ({"a": {"b": range(3)}}, "at .a.b there is a builtins.range"),
            ({1: iter([])}, "at [1] there is a builtins.list_iterator"),
            ({object: 1}, "at  (a key) there is a builtins.type"),
            (Outer("n", object(), {}), "at .inner there is a builtins.object"),
            (datetime.time(1), "this is a datetime.time"),
        ):
            with self.subTest(message):
                self.assert_unsupported(value, message)

    def test_is_what_is_deeper_than_200_levels(self):
        for around in (
            lambda inner: [inner, 1, "a"],
            lambda inner: {"a": inner},
            lambda inner: {1: inner},
            lambda inner: frozenset([inner]),
            Inner,
        ):
            for leaf in (0, 2**60, 1.5, "a", b"a", Level.HIGH, datetime.date.min):
                deep = leaf
                for _ in range(200):
                    deep = around(deep)
                with self.subTest(type(deep), leaf=leaf):
                    encoding.encode_value(deep)
                    encoding.encode_each([deep])
                    encoding.encode_call(1, (deep,), {"a": deep})
                    with self.assertRaisesRegex(UnsupportedValueError, "more than 200 levels deep"):
                        encoding.encode_value(around(deep))

    def test_is_what_holds_itself(self):
        a_list, a_dict, long_key = [], {}, {}
        a_list.append(a_list)
        a_dict["me"] = [a_dict]
        long_key["k" * 1000] = long_key
        for value in (a_list, a_dict, long_key):
            with self.assertRaisesRegex(UnsupportedValueError, "or that holds itself") as raised:
                encoding.encode_value(value)
            self.assertLess(len(str(raised.exception)), 300)

    def test_is_more_than_a_frame_holds(self):
        self.limit("_MOST_BYTES", 2**20)
        for large in (memoryview(bytearray(2**20)), "x" * 2**20, ["x"] * 2**18, {"x" * 2**20: 1}):
            with self.subTest(type(large)):
                message = r"^this is a value of \d+ bytes \(the most is 1048576\)"
                with self.assertRaisesRegex(UnsupportedValueError, message):
                    encoding.encode_value(large)
        with self.assertRaisesRegex(UnsupportedValueError, r"a value of \d+ bytes"):
            encoding.encode_call(1, ("x" * 2**20,), {})
        self.assertEqual(len(encoding.encode_value("x" * (2**20 - 13))[0]), 2**20)

    def test_is_more_items_than_javascript_holds(self):
        self.limit("_MOST_ITEMS", 100)
        for many in (
            [1] * 101,
            [[]] * 101,
            {n: n for n in range(51)},
            set(range(101)),
            [[1] * 50] * 2,
        ):
            with self.subTest(many):
                message = r"^this is a value of 10[12] items \(the most is 100, besides arrays\)"
                with self.assertRaisesRegex(UnsupportedValueError, message):
                    encoding.encode_value(many)
        self.assertEqual(round_trip([array.array("b", [1] * 200)] * 100)[99].tolist(), [1] * 200)

    def test_is_an_int_of_more_bits_than_javascript_has(self):
        self.limit("_MOST_BITS", 100)
        self.assert_same([2**100 - 1, -(2**100) + 1], [2**100 - 1, -(2**100) + 1])
        self.assert_unsupported(
            {"a": -(2**100)}, "at .a there is an int of 101 bits (the most is 100)"
        )

    def limit(self, name, limit):
        self.addCleanup(setattr, encoding, name, getattr(encoding, name))
        setattr(encoding, name, limit)

    def test_are_keys_that_would_be_one_in_javascript(self):
        what = "a dict or set with keys that JavaScript holds for equal"
        for value in ({math.nan, float("nan")}, {Colour.RED: 1, "red": 2}, {Colour.RED, "red"}):
            with self.subTest(value):
                self.assert_unsupported([value], f"at [0] there is {what}")
        self.assert_same({1.5: 1, math.inf: 2, Colour.RED: 3}, {1.5: 1, math.inf: 2, "red": 3})

    def test_are_keys_of_javascript_that_would_be_one_in_python(self):
        for encoded in ({"$": "set", "v": [1, True]}, {"$": "map", "v": [[1, 2], [True, 3]]}):
            head = json.dumps([encoded, True, []]).encode()
            with self.assertRaisesRegex(ValueError, "like 1 and true, of which 1 would be lost"):
                decoding.decode_value(
                    memoryview(len(head).to_bytes(4, "little") + head), None, None
                )

    def test_arguments_of_a_function_are_named_as_they_were_passed(self):
        for args, kwargs, path in (
            ((1, object()), {}, "args[1]"),
            (({"a": [len]},), {}, "args[0].a[0]"),
            ((), {"loss": {1: object()}}, "kwargs.loss[1]"),
            ((), {"$": object()}, "kwargs['$']"),
        ):
            with self.subTest(path):
                with self.assertRaises(UnsupportedValueError) as raised:
                    encoding.encode_call(7, args, kwargs)
                self.assertRegex(
                    str(raised.exception), rf"^at {re.escape(path)} there is a builtins\."
                )
        with self.assertRaisesRegex(UnsupportedValueError, "^this is a builtins.object"):
            encoding.encode_each([object()])
