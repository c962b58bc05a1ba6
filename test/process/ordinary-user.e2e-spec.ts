import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  AS_ORDINARY_USER,
  IS_ROOT,
  ORDINARY_UID,
  ordinaryCheckout,
  ordinaryDirectory,
  ordinaryPython,
} from '../support/ordinary-user.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { requireOrSkip } from '../support/requirement.js';
import { begin, clearUpLaunches, launch } from './launches.js';
import type { LaunchOptions } from './service-process.js';

/** Suites whose outcome may depend on the user: permissions, limits, signals, other users' files. */
const SUITES = [
  'test/smoke',
  'test/process/start',
  'test/process/refusal-to-start',
  'test/execution/limits',
  'test/faults/leftovers',
  'test/faults/supervision',
];
const MORE_SUITES = [
  'test/process/stop',
  'test/execution/settings',
  'test/execution/sessions',
  'test/execution/interpreter-death',
  'test/faults/deaths',
  'test/faults/misuse',
  'test/command-line/run',
];

// CI and containers run as root, with nearly no restrictions.
describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('for an ordinary user', () => {
  clearUpLaunches();
  const directory = ordinaryDirectory();
  let checkout: string;
  let python: string;

  beforeAll(() => {
    checkout = ordinaryCheckout(directory);
    python = ordinaryPython();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Returns a launch of the service by that user, in a directory of its own. */
  const asOrdinaryUser = (settings: Record<string, string> = {}): LaunchOptions => ({
    command: [...AS_ORDINARY_USER, process.execPath, join(checkout, 'dist/main.js')],
    cwd: directory,
    settings: { FUJIAN_PYTHON: python, TMPDIR: directory, HOME: directory, ...settings },
  });

  it('the service runs code as that user, and stops in order', async () => {
    const service = await launch(asOrdinaryUser());
    expect(await service.run('import os; fujian_return = os.getuid()')).toBe(String(ORDINARY_UID));
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    await service.gone();
    expect(service.stderr).toBe('');
  });

  it('code may not write where the user may not, nor signal what is not his', async () => {
    const service = await launch(asOrdinaryUser());
    const refusals = await service.run(`import os
def refused(call, *args):
    try: call(*args)
    except PermissionError as error: return type(error).__name__
fujian_return = refused(open, "/etc/fujian-test", "w"), refused(os.kill, 1, 0)`);
    expect(refusals).toBe("('PermissionError', 'PermissionError')");
  });

  it('a session in a directory that he may not enter is refused with 400', async () => {
    const locked = mkdtempSync(join(directory, 'locked-'));
    mkdirSync(join(locked, 'inside'));
    chmodSync(locked, 0o600);
    const service = await launch(asOrdinaryUser());
    for (const cwd of [locked, join(locked, 'inside')]) {
      const answer = await fetch(new URL('/contexts', service.url), {
        method: 'POST',
        body: JSON.stringify({ cwd }),
      });
      expect([answer.status, await answer.json()]).toEqual([
        400,
        {
          statusCode: 400,
          code: 'FUJIAN_SESSION_OPTIONS',
          message: `The working directory '${cwd}' may not be entered by the user of the service: choose another, or grant that permission.`,
        },
      ]);
    }
    chmodSync(locked, 0o700);
  });

  it('the memory of a session is known', async () => {
    const service = await launch(asOrdinaryUser());
    await service.run('pass');
    const response = await fetch(new URL('/contexts/main', service.url));
    expect(await response.json()).toMatchObject({ memory: expect.any(Number) });
  });

  it('code can neither take descriptors of the supervisor nor trace it', async () => {
    const service = await launch(asOrdinaryUser());
    const refusals = await service.run(`import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def refused(call, *args):
    return "allowed" if call(*args) >= 0 else errno.errorcode[ctypes.get_errno()]
supervisor = os.getppid()
pidfd_getfd, ptrace_attach = 438, 16
fujian_return = refused(libc.syscall, pidfd_getfd, os.pidfd_open(supervisor), 3, 0), refused(libc.ptrace, ptrace_attach, supervisor, 0, 0)`);
    expect(refusals).toBe("('EPERM', 'EPERM')");
  });

  it.runIf(IS_ROOT)('a session that becomes a program of another user is replaced', async () => {
    const becomeRoot = join(directory, 'become-root');
    copyFileSync('/usr/bin/setpriv', becomeRoot);
    chmodSync(becomeRoot, 0o4755);
    const service = await launch(asOrdinaryUser());
    const pid = Number(await service.run('import os; fujian_return = os.getpid()'));
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    const { status, reply } = await service.post(
      `os.execv(${JSON.stringify(becomeRoot)}, ["setpriv", "--reuid", "0", "sleep", "1000"])`,
    );
    expect(status).toBe(500);
    expect(reply['traceback']).toContain(
      'its process cannot be killed, as it has become a program of another user',
    );
    expect(await service.run('fujian_return = 1')).toBe('1');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it('what a killed service of another user has left stays as it is', async () => {
    const foreign = mkdtempSync(join(directory, 'fujian-runtime-'));
    mkdirSync(join(foreign, 'kept'));
    const service = await launch(asOrdinaryUser());
    expect(await service.run('fujian_return = 1')).toBe('1');
    await service.stop();
    rmSync(foreign, { recursive: true });
  });

  it.runIf(IS_ROOT)('a socket where he may not write is refused in one sentence', async () => {
    const ofRoot = mkdtempSync(join(tmpdir(), 'of-root-'));
    onTestFinished(() => rmSync(ofRoot, { recursive: true }));
    const service = begin(asOrdinaryUser({ FUJIAN_SOCKET: join(ofRoot, 'socket') }));
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      `The socket ${join(ofRoot, 'socket')} may not be used by this user: choose another, or start the service with more rights.\n`,
    );
  });

  it('these suites pass', { timeout: 1_200_000 }, () => {
    const results = join(directory, 'vitest.json');
    const suites = inject('scope') === 'all' ? [...SUITES, ...MORE_SUITES] : SUITES;
    const [program, ...parameters] = [
      ...AS_ORDINARY_USER,
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      'run',
      '--configLoader=runner',
      '--no-cache',
      '--maxWorkers=1',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
      ...suites,
    ];
    const { stdout, stderr } = spawnSync(program!, parameters, {
      cwd: checkout,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        TMPDIR: directory,
        TEST_RUN: process.env['TEST_RUN'],
        FUJIAN_TEST_PYTHONS: python,
      },
    });
    const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(
      readFileSync(results, 'utf8'),
    ) as Record<string, unknown>;
    expect({ numFailedTests, numPendingTests, success }, stdout + stderr).toEqual({
      numFailedTests: 0,
      numPendingTests: 0,
      success: true,
    });
    expect(numPassedTests).toBeGreaterThan(50);
  });
});
