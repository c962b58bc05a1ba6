// Turns samples into rows, and rows into a Markdown table.
import { spread } from './statistics.mjs';

/** @typedef {import('./rounds.mjs').Measured} Measured */
/** @typedef {import('./statistics.mjs').Spread} Spread */
/** @typedef {ReturnType<typeof toRow>} Row */

/** @type {Record<import('./scenarios.mjs').Unit, (n: number) => string>} */
const show = {
  ms: (n) => n.toFixed(n < 10 ? 3 : 0),
  '/s': whole,
  'MB/s': whole,
  MB: (n) => n.toFixed(n < 10 ? 1 : 0),
};

/**
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {Measured} ours
 * @param {Measured | undefined} baseline
 */
export function toRow({ title, unit, targets }, { name, samples }, baseline) {
  const [our, base] = [summarize(samples), baseline && summarize(baseline.samples)];
  const ratio = our.median / (base?.median ?? NaN);
  const ratios = samples.map(({ value }, n) => value / (baseline?.samples[n]?.value ?? NaN));
  const target = targets[name];
  return {
    what: `${title}, ${name}`,
    unit,
    ours: our,
    baseline: base,
    /** The median is the ratio of the medians shown; min and max are those of the rounds. */
    ratio: { ...spread(ratios), median: ratio },
    target: target?.text ?? '',
    met: target?.isMet(ratio, our.median) ?? true,
  };
}

/** @param {Measured['samples']} samples */
function summarize(samples) {
  return {
    ...spread(samples.map(({ value }) => value)),
    p99: spread(samples.map(({ p99 }) => p99 ?? NaN)).median,
    clientCpu: spread(samples.map(({ clientCpu }) => clientCpu ?? NaN)).median,
  };
}

/** @param {readonly Row[]} rows @returns {string} */
export function toTable(rows) {
  const head = ['median (min–max)', 'Fujian', 'baseline', 'ratio', 'p99', 'target', ''];
  const lines = rows.map(({ what, unit, ours, baseline, ratio, target, met }) => [
    what,
    measured(ours, unit),
    baseline ? measured(baseline, unit) : '–',
    // There is no ratio to a baseline of zero, or to one that never answered.
    ratio.median > 0 && ratio.median < 1_000 ? `${range(ratio, times)} ×` : '–',
    Number.isNaN(ours.p99) ? '–' : `${show.ms(ours.p99)} / ${p99Of(baseline)} ms`,
    target,
    target === '' ? '' : met ? 'met' : '**missed**',
  ]);
  const widths = head.map((_, n) => Math.max(3, ...[head, ...lines].map((l) => l[n]?.length ?? 0)));
  return [head, widths.map((width) => '-'.repeat(width)), ...lines]
    .map((line) => `| ${line.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`)
    .join('\n');
}

/** @param {Spread} values @param {import('./scenarios.mjs').Unit} unit */
function measured(values, unit) {
  return values.median === Infinity ? 'never' : `${range(values, show[unit])} ${unit}`;
}
/** @param {Spread} values @param {(n: number) => string} show */
function range({ median, min, max }, show) {
  return `${show(median)} (${show(min)}–${show(max)})`;
}

/** @param {Row['baseline']} baseline */
function p99Of(baseline) {
  return baseline && !Number.isNaN(baseline.p99) ? show.ms(baseline.p99) : '–';
}

/** @param {number} n */
function times(n) {
  return n.toFixed(n < 0.1 ? 3 : 2);
}

/** @param {number} n */
function whole(n) {
  return Math.round(n).toLocaleString('en');
}
