// node bench/run.mjs [--quick] [--only=http,ws,service,start] [--json] [--control]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { openContenders } from './contenders.mjs';
import { toRow, toTable } from './report.mjs';
import { measureInRounds } from './rounds.mjs';
import { GROUPS, SCENARIOS } from './scenarios.mjs';
import { findTornadoPython } from './tornado-python.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: GROUPS.join(',') },
    json: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
  },
});
const groups = GROUPS.filter((group) => options.only.split(',').includes(group));
if (groups.length === 0) throw new Error(`--only takes some of ${GROUPS.join(',')}`);

const plan = options.quick
  ? { rounds: 3, seconds: 0.4, warmUpSeconds: 0.3 }
  : { rounds: 5, seconds: 2, warmUpSeconds: 1 };
const { python, versions } = findTornadoPython();
const setting =
  `Node ${process.versions.node}, ${versions}, ${availableParallelism()} cores, ` +
  `${plan.rounds} rounds of ${plan.seconds} s${options.control ? ', control run' : ''}`;

/** @type {import('./report.mjs').Row[]} */
const rows = [];
for (const group of groups) {
  /** @type {(() => Promise<void>)[]} */
  const closes = [];
  try {
    const contenders = await openContenders(group, python, options.control, closes);
    for (const scenario of SCENARIOS.filter((one) => one.group === group)) {
      process.stderr.write(`${scenario.title} …\n`);
      const [baseline, ...ours] = await measureInRounds(contenders, scenario, plan);
      if (baseline) rows.push(...ours.map((one) => toRow(scenario, one, baseline)));
    }
  } finally {
    for (const close of closes) await close();
  }
}
process.stdout.write(
  options.json
    ? `${JSON.stringify({ setting, rows }, null, 2)}\n`
    : `${setting}\n\n${toTable(rows)}\n`,
);
