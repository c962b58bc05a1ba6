import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutSettings } from '../support/fujian-command.js';
import { childrenOf } from '../support/processes.js';
import { clearUpLaunches, launch } from '../process/launches.js';
import { type Stage, stagesOf } from './dockerfile.js';

const run = promisify(execFile);

/** Steps that need a machine of their own: they install packages, or change users. */
const OF_THE_IMAGE = /^(apt-get|install) /;

const [build, final] = stagesOf('Dockerfile') as [Stage, Stage];

describe('the steps of the Dockerfile, by hand', () => {
  clearUpLaunches();
  let root: string;
  /** Build context of the image: the files under version control, without ignored ones. */
  let context: string;
  const within = (stage: string, path: string) => join(root, stage, path);
  /** Maps paths of the final image to the directory of the test. */
  const inImage = (text: string) => text.replaceAll('/app/', `${within('final', '/app')}/`);

  async function perform({ steps, name = 'final' }: Stage): Promise<void> {
    let directory = '/';
    for (const step of steps) {
      if (step.type === 'workdir') {
        directory = step.path;
        mkdirSync(within(name, directory), { recursive: true });
      } else if (step.type === 'copy') {
        const directoryOfTarget = within(name, join(directory, step.target));
        for (const source of step.sources) {
          const from = step.from === undefined ? join(context, source) : within(step.from, source);
          // A file goes into the directory that is named; what a directory holds goes there too.
          const to = statSync(from).isFile()
            ? join(directoryOfTarget, basename(source))
            : directoryOfTarget;
          cpSync(from, to, { recursive: true });
        }
      } else if (!OF_THE_IMAGE.test(step.command)) {
        await run('sh', ['-ec', step.command], {
          cwd: within(name, directory),
          env: { ...withoutSettings(), npm_config_prefer_offline: 'true' },
        });
      }
    }
  }

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'fujian-image-'));
    context = join(root, 'context');
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    const isSent = (file: string) => !ignored.includes(file.split('/')[0]!) && existsSync(file);
    for (const file of listed.trim().split('\n').filter(isSent)) {
      mkdirSync(dirname(join(context, file)), { recursive: true });
      cpSync(file, join(context, file));
    }
    await perform(build);
    await perform(final);
  }, 300_000);
  afterAll(() => rm(root, { recursive: true }));

  /** Command that runs a program as PID 1 of a namespace of its own, if the system allows it. */
  const asFirstProcess = ['unshare', '-r', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const canBeFirst =
    spawnSync(asFirstProcess[0]!, [...asFirstProcess.slice(1), 'true']).status === 0;

  it('leave out what is for development, and what is not needed to run', () => {
    expect(existsSync(within('final', '/app/node_modules/typescript'))).toBe(false);
    expect(existsSync(within('final', '/app/src'))).toBe(false);
  });

  it('start the service as the first process, healthy, which leaves no dead behind and stops', async () => {
    const port = await freePort();
    const settings = {
      ...final.environment,
      FUJIAN_TOKEN: 'T0K',
      FUJIAN_PORT: port,
      FUJIAN_CWD: undefined,
    };
    const command = [...(canBeFirst ? asFirstProcess : []), ...final.command.map(inImage)];
    const service = await launch({ command, settings });

    expect(await healthOf(settings)).toBe(0);
    expect(await healthOf({ ...settings, FUJIAN_TOKEN: 'wrong' })).toBe(1);
    const FUJIAN_TOKEN_FILE = join(root, 'token');
    writeFileSync(FUJIAN_TOKEN_FILE, 'T0K\n');
    expect(await healthOf({ ...settings, FUJIAN_TOKEN: undefined, FUJIAN_TOKEN_FILE })).toBe(0);

    const orphans = 'import os; os.system("(sleep 0.01; true) & (sleep 0.02; false) &")';
    const headers = { Authorization: 'Bearer T0K' };
    const url = `http://127.0.0.1:${port}/`;
    expect((await fetch(url, { method: 'POST', headers, body: orphans })).status).toBe(200);
    for (const page of ['console', 'docs', 'openapi.json']) {
      expect((await fetch(url + page, { headers })).status).toBe(200);
    }
    // The processes that are left in the namespace; none of them is a zombie.
    const states = `
import glob, time

def processes():
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            name, rest = open(path).read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        found.append((name, rest.split()[0]))
    return found

def busy():
    return [one for one in processes() if one[0] == "sleep" or one[1] == "Z"]

while busy():
    time.sleep(0.02)
fujian_return = busy()`;
    const answer = await fetch(url, { method: 'POST', headers, body: states });
    if (canBeFirst) expect(await answer.json()).toMatchObject({ return: '[]' });

    const first = canBeFirst ? childrenOf(service.pid)[0]! : service.pid;
    process.kill(first, 'SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(await healthOf(settings)).toBe(1);
  });

  it('do not start it without a token', async () => {
    const [file, ...args] = final.command.map(inImage);
    const env = { ...withoutSettings(), ...final.environment, FUJIAN_CWD: undefined };
    const child = spawn(file!, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toContain('set FUJIAN_TOKEN as well');
  });

  function healthOf(settings: Record<string, string | undefined>): Promise<number | null> {
    const [file, ...args] = final.healthCheck;
    const child = spawn(file!, args, {
      env: { ...withoutSettings(), ...settings },
      stdio: 'ignore',
    });
    return once(child, 'close').then(([code]) => code as number | null);
  }
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
