/** @typedef {{ median: number, min: number, max: number }} Spread */

/** @param {number[]} values @param {number} q 0 to 1 @returns {number} NaN if there are no values */
export function quantile(values, q) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? NaN;
}

/** @param {number[]} values @returns {Spread} */
export function spread(values) {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}
