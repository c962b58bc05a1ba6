// node bench/run.mjs [--quick] [--json] [--control]
//                    [--only=http,ws,service,start,interrupt,death,output,memory,large,sessions,execute,
//                     plot,bulk,hangup,values]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { openContenders } from './contenders.mjs';
import { findJupyterPython, HOW_TO_GET_JUPYTER } from './jupyter-python.mjs';
import { findJupyterServerPython } from './jupyter-server-python.mjs';
import { toRow, toTable } from './report.mjs';
import { findNumpyPython } from './numpy-python.mjs';
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
const LINUX_ONLY = ['memory', 'large', 'sessions', 'values'];
const NEED_NUMPY = ['sessions', 'values'];
const isLinux = process.platform === 'linux';
const asked = GROUPS.filter((group) => options.only.split(',').includes(group));
const groups = asked.filter((group) => !LINUX_ONLY.includes(group) || isLinux);
if (asked.length === 0) throw new Error(`--only takes some of ${GROUPS.join(',')}`);

const plan = options.quick
  ? { rounds: 3, seconds: 0.4, warmUpSeconds: 0.3 }
  : { rounds: 5, seconds: 2, warmUpSeconds: 1 };
/** For samples that take seconds, as they involve many processes or new ones. */
const slowPlan = { ...plan, rounds: options.quick ? 1 : 3, warmUpSeconds: 0 };
const { python, versions } = findTornadoPython();
const hasTrials = SCENARIOS.some(
  (one) => groups.includes(one.group) && ('trial' in one || 'beside' in one),
);
const numpy = groups.some((group) => NEED_NUMPY.includes(group)) ? findNumpyPython() : undefined;
const hasCode = SCENARIOS.some((one) => groups.includes(one.group) && 'codeTrial' in one);
const jupyterServer = hasCode ? findJupyterServerPython() : undefined;
const jupyter = hasTrials ? findJupyterPython() : undefined;
const setting = [
  `Node ${process.versions.node}, ${versions}, ${availableParallelism()} cores, `,
  `${plan.rounds} rounds of ${plan.seconds} s`,
  jupyter ? `, ${jupyter.versions}` : '',
  numpy ? `, ${numpy.versions}` : '',
  jupyterServer ? `, ${jupyterServer.versions}` : '',
  options.control ? ', control run' : '',
  hasTrials && !jupyter ? `\n${HOW_TO_GET_JUPYTER}` : '',
  groups.length < asked.length
    ? '\nThe groups memory, large, sessions and values were left out: they need Linux.'
    : '',
].join('');

/** @type {import('./report.mjs').Row[]} */
const rows = [];
for (const group of groups) {
  /** @type {(() => Promise<void>)[]} */
  const closes = [];
  try {
    const { control } = options;
    const pythons = {
      python,
      numpyPython: numpy?.python,
      jupyterServerPython: jupyterServer?.python,
      jupyter: jupyter?.python,
    };
    const setting = { ...pythons, control, closes };
    const { baselineOf, ours } = await openContenders(group, setting);
    for (const scenario of SCENARIOS.filter((one) => one.group === group)) {
      process.stderr.write(`${scenario.title} …\n`);
      const base = scenario.isUnmatched ? undefined : baselineOf(scenario);
      const all = base ? [base, ...ours] : ours;
      const measured = await measureInRounds(all, scenario, scenario.isSlow ? slowPlan : plan);
      const measuredBase = base && measured.shift();
      rows.push(...measured.map((one) => toRow(scenario, one, measuredBase)));
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
