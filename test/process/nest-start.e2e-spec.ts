import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { requireOrSkip } from '../support/requirement.js';
import { Checkpoint } from '../support/checkpoint.js';
import { clearUpLaunches, launch } from './launches.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';

const SOURCES = [
  'main.ts',
  'src',
  'config',
  'pages',
  'python',
  'scripts',
  'package.json',
  'nest-cli.json',
];

const NEST_START = ['node_modules/.bin/nest', 'start'];
const NPM_START = ['npm', 'start', '--silent'];

type Ending = 'SIGTERM' | 'Ctrl-C' | 'SIGKILL of the server';

/** The starts of the everyday tests: each builds first, which is slow; `npm start` runs `nest start`. */
const EVERY_DAY: readonly (readonly [string, readonly string[], readonly Ending[]])[] = [
  ['nest start', NEST_START, ['SIGTERM']],
  ['npm start', NPM_START, ['Ctrl-C']],
];
const ALL: typeof EVERY_DAY = [
  ['nest start', NEST_START, ['SIGTERM', 'Ctrl-C', 'SIGKILL of the server']],
  ['npm start', NPM_START, ['SIGTERM', 'Ctrl-C', 'SIGKILL of the server']],
];

describe
  .runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))
  .each(inject('scope') === 'all' ? ALL : EVERY_DAY)('%s', (_, command, endings) => {
  clearUpLaunches();
  let checkpoint: Checkpoint;
  let cwd: string;

  beforeAll(async () => {
    checkpoint = await Checkpoint.build();
    // A copy, since `nest start` deletes dist/ before it builds, and other tests run what is there.
    cwd = mkdtempSync(join(tmpdir(), 'fujian-nest-start-'));
    for (const source of [...SOURCES, 'tsconfig.json', 'tsconfig.build.json']) {
      cpSync(source, join(cwd, source), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(cwd, 'node_modules'));
  });
  afterAll(() => {
    checkpoint.tearDown();
    rmSync(cwd, { recursive: true });
  });

  it.each(endings)('builds and serves, and takes the server with it on %s', async (ending) => {
    const started = await launch({ command, cwd });
    if (ending === 'SIGKILL of the server') {
      const server = started.processes().find((line) => /dist\S*main/.test(line));
      process.kill(Number.parseInt(server!), 'SIGKILL');
      await started.ended;
    } else {
      const answer = started.post(`${checkpoint.pass()}; print("finished")`);
      const arrival = await checkpoint.arrival();
      if (ending === 'SIGTERM') started.signal('SIGTERM');
      else started.signalGroup('SIGINT');
      await started.takesNoMoreConnections();
      arrival.letThrough();
      expect((await answer).reply['stdout']).toBe('finished\n');
      const ended = await started.ended;
      if (ending === 'Ctrl-C') expect(ended).toEqual({ code: 0, signal: null });
    }
    await started.gone();
  });
});
