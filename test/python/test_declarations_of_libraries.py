"""Types of numpy and pandas, as docs/values.md says of their values."""

import importlib.util
import unittest

from declarations import DeclarationsTest

HAVE_NUMPY = importlib.util.find_spec("numpy") is not None
HAVE_PANDAS = importlib.util.find_spec("pandas") is not None


class LibrariesTest(DeclarationsTest):
    @unittest.skipUnless(HAVE_NUMPY, "needs numpy")
    def test_arrays_of_numpy(self):
        before = "import numpy as np, numpy.typing as npt"
        plain = "Float64Array | NdArray<Float64Array>"
        self.assert_types("npt.NDArray[np.float64]", plain, before=before)
        self.assert_types("npt.NDArray[np.uint8]", "NdArray<Uint8Array>", before=before)
        self.assert_types("npt.NDArray[np.bool_]", "NdArray<Uint8Array>", before=before)
        self.assert_types("np.ndarray", "TypedArray | NdArray", before=before)
        shaped = "'np.ndarray[Tuple[int{}], np.dtype[np.int64]]'"
        self.assert_types(shaped.format(""), "BigInt64Array", before=before)
        self.assert_types(shaped.format(", int"), "NdArray<BigInt64Array>", before=before)
        self.assert_types("np.int64", "number | bigint", "number", before=before)
        self.assert_types("np.float32", "number", before=before)
        self.assertEqual(self.parameter("npt.ArrayLike", before), "unknown")
        self.assertTrue(self.result("npt.NDArray[np.complex128]", before).startswith("never /*"))

    @unittest.skipUnless(HAVE_PANDAS, "needs pandas")
    def test_tables_of_pandas(self):
        before = "import pandas as pd"
        self.assert_types("pd.DataFrame", "DataFrame", before=before)
        self.assertEqual(self.result("pd.Series", before), "unknown[] | TypedArray | NdArray")
        self.assert_types("pd.Timestamp", "Date", before=before)


if __name__ == "__main__":
    unittest.main()
