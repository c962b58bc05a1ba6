// The Python module `house_prices`, as `fujian types` has written it.
// What is an int in Python and a number here arrives as a bigint from 2 ** 53 on.

import type { NdArray } from 'fujian';

/** Predicts prices. A row is the area, and the number of rooms. */
export function predict(
  houses: Float64Array | NdArray<Float64Array>,
): Promise<Float64Array | NdArray<Float64Array>>;
