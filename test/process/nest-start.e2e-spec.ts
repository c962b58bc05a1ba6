import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { requireOrSkip } from '../support/requirement.js';
import { Gate } from './gate.js';
import { clearUpLaunches, launch } from './launches.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';

const SOURCES = ['main.ts', 'src', 'config', 'pages', 'scripts', 'package.json', 'nest-cli.json'];

const NEST_START = ['nest start', ['node_modules/.bin/nest', 'start']] as const;
const NPM_START = ['npm start', ['npm', 'start', '--silent']] as const;

/** Each start builds first. `npm start` runs `nest start`, so one of the two will do every day. */
const COMMANDS = inject('scope') === 'all' ? [NEST_START, NPM_START] : [NPM_START];

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES)).each(COMMANDS)('%s', (_, command) => {
  clearUpLaunches();
  let gate: Gate;
  let cwd: string;

  beforeAll(async () => {
    gate = await Gate.build();
    // A copy, since `nest start` deletes dist/ before it builds, and other tests run what is there.
    cwd = mkdtempSync(join(tmpdir(), 'fujian-nest-start-'));
    for (const source of [...SOURCES, 'tsconfig.json', 'tsconfig.build.json']) {
      cpSync(source, join(cwd, source), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(cwd, 'node_modules'));
  });
  afterAll(() => {
    gate.tearDown();
    rmSync(cwd, { recursive: true });
  });

  it('builds and serves, and takes the server with it on SIGTERM, in order', async () => {
    const started = await launch({ command, cwd });
    const answer = started.post(`${gate.pass}; print("finished")`);
    await gate.arrival();
    started.signal('SIGTERM');
    await started.takesNoMoreConnections();
    gate.open();

    expect((await answer).reply['stdout']).toBe('finished\n');
    await started.ended;
    await started.gone();
  });

  it('ends with 0 on Ctrl-C, in order', async () => {
    const started = await launch({ command, cwd });
    const answer = started.post(`${gate.pass}; print("finished")`);
    await gate.arrival();
    started.signalGroup('SIGINT');
    await started.takesNoMoreConnections();
    gate.open();

    expect((await answer).reply['stdout']).toBe('finished\n');
    expect(await started.ended).toEqual({ code: 0, signal: null });
    await started.gone();
  });

  it('leaves no process when the server is killed', async () => {
    const started = await launch({ command, cwd });
    const server = started.processes().find((line) => /dist\S*main/.test(line));
    process.kill(Number.parseInt(server!), 'SIGKILL');

    await started.ended;
    await started.gone();
  });
});
