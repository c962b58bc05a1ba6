import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Injectable,
  type INestApplicationContext,
  Module,
  type ModuleMetadata,
  Post,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  DuplicatePythonError,
  EXECUTION_OPTIONS,
  ExecutionModule,
  type ExecutionOptions,
  type ExecutionOptionsFactory,
  getPythonToken,
  InjectPython,
  PythonErrorFilter,
  PythonInterpreterService,
  PythonNotFoundError,
  QueueFullError,
} from '../../src/index.js';
import { CAN_LOOK_AT_PROCESSES, MARK, processesMarked } from '../support/processes.js';
import { anyPython, pythons } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';

const python = anyPython().path;
const opened: INestApplicationContext[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((application) => application.close()));
  vi.unstubAllEnvs();
});

/** Returns a new root module. */
function root(metadata: ModuleMetadata): Type {
  class Root {}
  Module(metadata)(Root);
  return Root;
}

async function contextOf(
  metadata: ModuleMetadata,
  options: Parameters<typeof NestFactory.createApplicationContext>[1] = {},
): Promise<INestApplicationContext> {
  const context = await NestFactory.createApplicationContext(root(metadata), {
    logger: false,
    abortOnError: false,
    ...options,
  });
  opened.push(context);
  return context;
}

async function pidOf(service: PythonInterpreterService): Promise<number> {
  return service.evaluate<number>('__import__("os").getpid()');
}

async function failureOf(start: Promise<unknown>): Promise<Error> {
  return start.then(
    () => {
      throw new Error('it started');
    },
    (error: unknown) => error as Error,
  );
}

/** Marks the processes that the test starts from now on; returns a function that lists them. */
function marked(): () => string[] {
  const mark = `modules-${process.pid}-${Math.random()}`;
  vi.stubEnv(MARK, mark);
  return () => processesMarked(mark);
}

const canLook = requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES);

describe('an unnamed ExecutionModule', () => {
  it('is injected by class, by @InjectPython() and by getPythonToken()', async () => {
    @Injectable()
    class Consumer {
      constructor(
        @Inject(PythonInterpreterService) readonly byClass: PythonInterpreterService,
        @InjectPython() readonly byDecorator: PythonInterpreterService,
      ) {}
    }
    const context = await contextOf({
      imports: [ExecutionModule.forRoot({ python })],
      providers: [Consumer],
    });
    const { byClass, byDecorator } = context.get(Consumer);
    expect(byDecorator).toBe(byClass);
    expect(context.get(getPythonToken())).toBe(byClass);
    expect(await byClass.evaluate('6 * 7')).toBe(42);
  });

  it('is shared by modules that import the same dynamic module', async () => {
    const shared = ExecutionModule.forRoot({ python });
    @Module({ imports: [shared], exports: [shared] })
    class One {}
    @Module({ imports: [shared] })
    class Two {}
    const context = await contextOf({ imports: [One, Two] });
    const one = context.select(One).get(PythonInterpreterService, { strict: false });
    expect(context.select(Two).get(PythonInterpreterService, { strict: false })).toBe(one);
  });

  it('is everywhere if it is global', async () => {
    @Injectable()
    class Deep {
      constructor(@InjectPython() readonly python: PythonInterpreterService) {}
    }
    @Module({ providers: [Deep] })
    class Feature {}
    const global = ExecutionModule.forRoot({ python, isGlobal: true });
    const context = await contextOf({ imports: [Feature, global] });
    expect(await context.get(Deep).python.evaluate('1')).toBe(1);
    @Module({ imports: [ExecutionModule.forRoot({ python })] })
    class Elsewhere {}
    const failure = await failureOf(contextOf({ imports: [Feature, Elsewhere] }));
    expect(failure.message).toContain('PythonInterpreterService');
  });

  it('is ready when the hooks of its importers run, up to the end', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Importer {
      constructor(@InjectPython() private readonly python: PythonInterpreterService) {}
      async onModuleInit(): Promise<void> {
        seen.push(await this.python.evaluate('1'));
      }
      async onModuleDestroy(): Promise<void> {
        seen.push(await this.python.evaluate('2'));
      }
    }
    const context = await contextOf({
      imports: [ExecutionModule.forRoot({ python })],
      providers: [Importer],
    });
    await context.close();
    expect(seen).toEqual([1, 2]);
  });

  it('cannot be imported without forRoot()', async () => {
    const failure = await failureOf(contextOf({ imports: [ExecutionModule] }));
    expect(failure.message).toBe('Import ExecutionModule.forRoot(), not ExecutionModule itself.');
  });
});

describe('forRootAsync()', () => {
  @Injectable()
  class Settings implements ExecutionOptionsFactory {
    readonly python = python;

    createExecutionOptions(): ExecutionOptions {
      return { python: this.python, maxSessions: 1 };
    }
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  const imports = [SettingsModule];
  it.each([
    [
      'useFactory',
      ExecutionModule.forRootAsync({
        imports,
        inject: [Settings],
        useFactory: async (settings: Settings) => settings.createExecutionOptions(),
      }),
    ],
    ['useClass', ExecutionModule.forRootAsync({ useClass: Settings })],
    ['useExisting', ExecutionModule.forRootAsync({ imports, useExisting: Settings })],
  ])('takes the options from %s', async (_, execution) => {
    const context = await contextOf({ imports: [execution] });
    const service = context.get(PythonInterpreterService);
    await expect(service.createSession()).rejects.toThrow('The session limit (1;');
  });

  it('takes a name and isGlobal beside it', async () => {
    @Injectable()
    class Deep {
      constructor(@InjectPython('other') readonly python: PythonInterpreterService) {}
    }
    @Module({ providers: [Deep] })
    class Feature {}
    const execution = ExecutionModule.forRootAsync({
      name: 'other',
      isGlobal: true,
      useFactory: () => ({ python }),
    });
    const context = await contextOf({ imports: [Feature, execution] });
    expect(await context.get(Deep).python.evaluate('1')).toBe(1);
  });
});

describe('ExecutionModules with names', () => {
  it('run side by side, each with its own Python', async () => {
    const [first, last] = [pythons()[0]!, pythons().at(-1)!];
    @Injectable()
    class Consumer {
      constructor(
        @Inject(PythonInterpreterService) readonly unnamed: PythonInterpreterService,
        @InjectPython('legacy') readonly legacy: PythonInterpreterService,
      ) {}
    }
    const context = await contextOf({
      imports: [
        ExecutionModule.forRoot({ name: 'legacy', python: first.path }),
        ExecutionModule.forRoot({ python: last.path }),
      ],
      providers: [Consumer],
    });
    const { unnamed, legacy } = context.get(Consumer);
    expect(legacy.python.version).toBe(first.version);
    expect(unnamed.python.version).toBe(last.version);
    expect(await pidOf(legacy)).not.toBe(await pidOf(unnamed));
    await legacy.set({ x: 1 });
    await expect(unnamed.get('x')).rejects.toThrow('x');
    const parents = [unnamed, legacy].map((one) => one.evaluate('__import__("os").getppid()'));
    expect(new Set(await Promise.all(parents)).size).toBe(2);
  });

  it('are not injected by class', async () => {
    @Injectable()
    class Consumer {
      constructor(@Inject(PythonInterpreterService) readonly python: PythonInterpreterService) {}
    }
    const imports = [ExecutionModule.forRoot({ name: 'legacy', python })];
    const failure = await failureOf(contextOf({ imports, providers: [Consumer] }));
    expect(failure.message).toContain('PythonInterpreterService');
  });

  const algorithms = ['reference', 'deep-hash'] as const;
  const names = [undefined, 'twin'] as const;
  const cases = algorithms.flatMap((algorithm) => names.map((name) => [algorithm, name] as const));
  it.each(cases)('are refused twice (ids by %s, name %s)', async (algorithm, name) => {
    const alive = marked();
    @Module({ imports: [ExecutionModule.forRoot({ name, python })] })
    class Feature {}
    const imports = [Feature, ExecutionModule.forRoot({ name, python })];
    const options = { moduleIdGeneratorAlgorithm: algorithm };
    const failure = await failureOf(contextOf({ imports }, options));
    expect(failure).toBeInstanceOf(DuplicatePythonError);
    expect(failure.message).toContain(name === undefined ? 'without a name' : `name 'twin'`);
    if (canLook) expect(alive()).toEqual([]);
  });

  it('may be the same in two applications', async () => {
    const execution = ExecutionModule.forRoot({ python });
    const [one, two] = [
      await contextOf({ imports: [execution] }),
      await contextOf({ imports: [execution] }),
    ];
    const pids = [one, two].map((context) => pidOf(context.get(PythonInterpreterService)));
    expect(new Set(await Promise.all(pids)).size).toBe(2);
  });
});

describe.runIf(canLook)('the processes', () => {
  it('are gone when the application is', async () => {
    const alive = marked();
    const context = await contextOf({
      imports: [
        ExecutionModule.forRoot({ python }),
        ExecutionModule.forRoot({ name: 'b', python }),
      ],
    });
    expect(alive().length).toBeGreaterThanOrEqual(4);
    await context.close();
    expect(alive()).toEqual([]);
  });

  it.each(['fork', 'spawn'] as const)(
    'are gone when another Python does not start (%s)',
    async (start) => {
      const alive = marked();
      let begun: string[] = [];
      @Injectable()
      class Watcher {
        onModuleInit(): void {
          begun = alive();
        }
      }
      // Modules deeper in the graph start first.
      @Module({ imports: [ExecutionModule.forRoot({ python, start })], providers: [Watcher] })
      class Feature {}
      @Module({ imports: [Feature] })
      class Between {}
      const missing = ExecutionModule.forRoot({ name: 'missing', python: '/no/such/python' });
      const failure = await failureOf(contextOf({ imports: [Between, missing] }));
      expect(failure).toBeInstanceOf(PythonNotFoundError);
      expect(begun.length).toBeGreaterThanOrEqual(2); // a supervisor and a session
      expect(alive()).toEqual([]);
    },
  );

  it('are gone when the application is closed that something else kept from starting', async () => {
    const alive = marked();
    @Injectable()
    class Fails {
      onModuleInit(): never {
        throw new Error('no database');
      }
    }
    const module = root({ imports: [ExecutionModule.forRoot({ python })], providers: [Fails] });
    const app = await NestFactory.create(module, { logger: false, abortOnError: false });
    await expect(app.init()).rejects.toThrow('no database');
    expect(alive().length).toBeGreaterThanOrEqual(2);
    await app.close();
    expect(alive()).toEqual([]);
  });

  it('are gone when what failed to start is closed nevertheless', async () => {
    const alive = marked();
    const testing = await Test.createTestingModule({
      imports: [
        ExecutionModule.forRoot({ python }),
        ExecutionModule.forRoot({ name: 'missing', python: '/no/such/python' }),
      ],
    }).compile();
    await expect(testing.init()).rejects.toThrow('/no/such/python');
    const afterFailure = alive();
    await testing.close();
    expect(afterFailure).toEqual([]);
    expect(alive()).toEqual([]);
  });
});

describe('@nestjs/testing', () => {
  const imports = [ExecutionModule.forRoot({ python })];

  it('runs the real one', async () => {
    const testing = await Test.createTestingModule({ imports }).compile();
    opened.push(await testing.init());
    expect(await testing.get(PythonInterpreterService).evaluate('6 * 7')).toBe(42);
  });

  it('says what to call first where a test has not, rather than never answering', async () => {
    const options = { python, pool: { size: 1 } };
    const testing = await Test.createTestingModule({
      imports: [ExecutionModule.forRoot(options)],
    }).compile();
    opened.push(testing);
    const service = testing.get(PythonInterpreterService);
    const refusal = {
      code: 'FUJIAN_NOT_INITIALIZED',
      message: expect.stringContaining('await module.init()'),
    };
    for (const use of [
      () => service.evaluate('1'),
      () => service.execute('1'),
      () => service.execute('1', { isolated: true }),
      () => service.iterate('builtins:list').next(),
      () => service.stream('1').forEach(() => undefined),
      () => service.restart(),
      () => service.createSession(),
      () => service.fork('main'),
      () => service.pool.evaluate('1'),
      () => service.pool.use((session) => session.restart()),
      async () => service.python,
    ]) {
      await expect(use(), use.toString()).rejects.toMatchObject(refusal);
    }
    await testing.init();
    expect(await service.evaluate('6 * 7')).toBe(42);
    expect(await service.pool.evaluate('6 * 7')).toBe(42);
  });

  it('puts a double in the place of each', async () => {
    const alive = canLook ? marked() : () => [];
    const testing = await Test.createTestingModule({
      imports: [...imports, ExecutionModule.forRoot({ name: 'legacy', python })],
    })
      .overrideProvider(PythonInterpreterService)
      .useValue({ evaluate: () => 'double' })
      .overrideProvider(getPythonToken('legacy'))
      .useValue({ evaluate: () => 'legacy double' })
      .compile();
    opened.push(await testing.init());
    expect(testing.get(PythonInterpreterService).evaluate('1')).toBe('double');
    expect(testing.get(getPythonToken('legacy')).evaluate('1')).toBe('legacy double');
    expect(alive()).toEqual([]);
  });

  it('replaces the options', async () => {
    const testing = await Test.createTestingModule({
      imports: [ExecutionModule.forRoot({ python: '/no/such/python' })],
    })
      .overrideProvider(EXECUTION_OPTIONS)
      .useValue({ python })
      .compile();
    opened.push(await testing.init());
    expect(await testing.get(PythonInterpreterService).evaluate('1')).toBe(1);
  });
});

@Controller()
@UseFilters(PythonErrorFilter)
class Calculator {
  constructor(@InjectPython() private readonly python: PythonInterpreterService) {}

  @Post('evaluate')
  @HttpCode(200)
  async evaluate(@Body() { expression }: { expression: string }): Promise<object> {
    return { value: await this.python.evaluate(expression) };
  }

  @Get('session')
  session(): object {
    return this.python.session('nobody').condition as unknown as object;
  }

  @Get('full')
  full(): never {
    throw new QueueFullError(7);
  }

  @Get('die')
  async die(): Promise<unknown> {
    return this.python.execute('import os; os._exit(3)');
  }
}

@Controller('other')
class Other {
  @Get()
  full(): never {
    throw new QueueFullError(7);
  }
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('a Nest application on %s', (_, adapter) => {
  async function serve(): Promise<(path: string, body?: object) => Promise<Response>> {
    const module = root({
      imports: [ExecutionModule.forRoot({ python })],
      controllers: [Calculator, Other],
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      module,
      adapter() as FastifyAdapter,
      {
        logger: false,
        abortOnError: false,
      },
    );
    opened.push(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return (path, body) =>
      fetch(`${url}/${path}`, {
        method: body ? 'POST' : 'GET',
        ...(body && {
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json' },
        }),
      });
  }

  it('runs Python in its routes, and answers its errors with the filter', async () => {
    const ask = await serve();
    const fine = await ask('evaluate', { expression: '6 * 7' });
    expect([fine.status, await fine.json()]).toEqual([200, { value: 42 }]);
    const failed = await ask('evaluate', { expression: '1 / 0' });
    expect([failed.status, await failed.json()]).toEqual([
      500,
      {
        statusCode: 500,
        code: 'FUJIAN_PYTHON_ERROR',
        message: 'Python failed; the log of the server says why.',
      },
    ]);
    const missing = await ask('session');
    expect([missing.status, await missing.json()]).toEqual([
      404,
      {
        statusCode: 404,
        code: 'FUJIAN_SESSION_NOT_FOUND',
        message: 'Context nobody not found',
      },
    ]);
    const full = await ask('full');
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await full.json()).toMatchObject({ code: 'FUJIAN_QUEUE_FULL' });
    const dead = await ask('die');
    expect([dead.status, await dead.json()]).toMatchObject([
      500,
      { code: 'FUJIAN_INTERPRETER_DIED' },
    ]);
  });

  it('has no filter where it names none', async () => {
    const ask = await serve();
    const other = await ask('other');
    expect([other.status, await other.json()]).toEqual([
      500,
      { statusCode: 500, message: 'Internal server error' },
    ]);
  });
});
