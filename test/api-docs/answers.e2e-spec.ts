import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection, type RawRequest } from '../support/raw-connection.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';
import { DESCRIBED, type DescribedStatus, deviations, LINE_TYPES } from './described.js';

/** Kinds of services, by the answers that they can give. */
type Kind = 'usual' | 'crowded' | 'broken';

interface Provocation {
  readonly service?: Kind;
  /** Replaces the path of the route. */
  readonly target?: string;
  readonly headers?: RawRequest['headers'];
  readonly body?: string;
}

const TOO_LARGE = '#'.repeat(2 * 1024 * 1024);
const COMPRESSED: Provocation = { headers: [['Content-Encoding', 'gzip']], body: 'x' };
const NOBODY = (rest = ''): Provocation => ({ target: `/contexts/nobody${rest}` });
const DIES = 'import os; print("last words", flush=True); os._exit(3)';

/** Every kind of line that an interpreter can show without a library. */
const LINES = [
  'import sys; print("out"); print("err", file=sys.stderr)',
  'class Thing:',
  '    def _repr_mimebundle_(self, **_):',
  '        return {"text/plain": "it", "image/png": b"png", "text/html": "<b>", "x/y": [1]}',
  'handle = display(Thing(), display_id="one")',
  'handle.update(Thing())',
  'from IPython.display import clear_output',
  'clear_output(wait=True)',
  'FUJIAN_WS.write_message("text"); FUJIAN_WS.write_message(b"bytes", binary=True)',
  'Thing()',
].join('\n');

/** Requests that provoke each described answer, except the answers common to all routes. */
const PROVOCATIONS: Readonly<Record<string, readonly Provocation[]>> = {
  'GET / 200': [{}],
  'GET /console 200': [{}],
  'GET /console/scripted-frame 200': [{}],
  'GET /docs 200': [{}],
  'GET /openapi.json 200': [{}],
  'GET /asyncapi.json 200': [{}],
  'GET /health 200': [{}],
  'GET /health 503': [{ service: 'broken' }],
  'GET /health/live 200': [{}],
  'GET /health/ready 200': [{}],
  'GET /health/ready 503': [{ service: 'broken' }],
  'GET /metrics 200': [{}],

  'POST / 200': [
    { body: 'import threading; threading.Timer(1, print).start()' },
    { target: '/?isolated=1', body: 'fujian_return = 1' },
  ],
  'POST / 400': [{ body: '1 / 0' }, { target: '/?isolated=perhaps', body: '' }],
  'POST / 413': [{ body: TOO_LARGE }],
  'POST / 415': [COMPRESSED, { headers: [['Content-Type', 'text/plain; charset=klingon']] }],
  'POST / 500': [{ body: DIES }],
  'POST / 503': [{ service: 'broken', body: '1' }],

  'POST /contexts/{id}/exec 200': [{ body: 'print(1)' }],
  'POST /contexts/{id}/exec 400': [{ body: '1 / 0' }, { body: 'exit(1)' }],
  'POST /contexts/{id}/exec 404': [NOBODY('/exec')],
  'POST /contexts/{id}/exec 413': [{ body: TOO_LARGE }],
  'POST /contexts/{id}/exec 415': [COMPRESSED],
  'POST /contexts/{id}/exec 500': [{ body: DIES }],
  'POST /contexts/{id}/exec 503': [{ service: 'broken', body: '1' }],

  'POST /execute 200': [
    { body: JSON.stringify({ code: LINES }) },
    { body: JSON.stringify({ code: '1 / 0', context_id: 'main', env_vars: { A: 'b' } }) },
    { body: JSON.stringify({ code: DIES }) },
  ],
  'POST /execute 400': [{ body: '{' }, { body: '{"code": 1}' }, { body: '' }],
  'POST /execute 404': [{ body: '{"code": "1", "context_id": "nobody"}' }],
  'POST /execute 413': [{ body: TOO_LARGE }],
  'POST /execute 415': [COMPRESSED],
  'POST /execute 503': [{ service: 'broken', body: '{"code": "1"}' }],

  'GET /contexts 200': [{}],
  'POST /contexts 200': [{}, { body: '{"language": "Python", "limits": {"cpuTime": 60000}}' }],
  'POST /contexts 400': [
    { body: '{"cwd": "/nowhere"}' },
    { body: '{"id": "not one"}' },
    { body: '{"preload": ["no_such_module"]}' },
    { body: '{"language": "r"}' },
  ],
  'POST /contexts 409': [{ body: '{"id": "main"}' }],
  'POST /contexts 413': [{ body: TOO_LARGE }],
  'POST /contexts 415': [COMPRESSED],
  'POST /contexts 503': [{ service: 'crowded' }],

  'GET /contexts/{id} 200': [{}],
  'GET /contexts/{id} 404': [NOBODY(), { target: '/contexts/%00%2F..' }],
  'DELETE /contexts/{id} 200': [{ target: '/contexts/to-be-closed' }],
  'DELETE /contexts/{id} 404': [NOBODY()],
  'DELETE /contexts/{id} 409': [{}],
  'POST /contexts/{id}/interrupt 200': [{}],
  'POST /contexts/{id}/interrupt 404': [NOBODY('/interrupt')],
  'POST /contexts/{id}/restart 200': [{}],
  'POST /contexts/{id}/restart 404': [NOBODY('/restart')],
  'POST /contexts/{id}/complete 200': [{ body: '{"code": "impo", "cursor": 4}' }],
  'POST /contexts/{id}/complete 400': [{ body: '' }, { body: '{"code": "", "cursor": 1}' }],
  'POST /contexts/{id}/complete 404': [
    { ...NOBODY('/complete'), body: '{"code": "", "cursor": 0}' },
  ],
  'POST /contexts/{id}/complete 409': [{ service: 'broken', body: '{"code": "", "cursor": 0}' }],
  'POST /contexts/{id}/complete 413': [{ body: TOO_LARGE }],
  'POST /contexts/{id}/complete 415': [COMPRESSED],
  'POST /contexts/{id}/fork 200': [{}],
  'POST /contexts/{id}/fork 400': [{ body: '[]' }, { body: '{"id": ""}' }],
  'POST /contexts/{id}/fork 404': [NOBODY('/fork')],
  'POST /contexts/{id}/fork 409': [{ body: '{"id": "main"}' }],
  'POST /contexts/{id}/fork 413': [{ body: TOO_LARGE }],
  'POST /contexts/{id}/fork 415': [COMPRESSED],
  'POST /contexts/{id}/fork 503': [{ service: 'crowded' }],

  'POST /files 501': [{}],
  'POST /filesystem.Filesystem/{call} 501': [{}],
  'POST /process.Process/{call} 501': [{}],
};

/** Requests that make any route refuse, by status. */
const REFUSALS: Readonly<Record<number, Provocation>> = {
  400: { headers: [['Host', 'localhost']] },
  401: { headers: [['Authorization', 'Bearer wrong']] },
  403: { headers: [['Origin', 'http://evil.test']] },
};

describe.each(ADAPTERS)('every described answer, on %s', (httpAdapter) => {
  const services = new Map<Kind, TestService>();

  beforeAll(async () => {
    const start = async (kind: Kind, settings: Parameters<typeof TestService.start>[0]) =>
      services.set(kind, await TestService.start({ httpAdapter, ...settings }));
    await start('usual', { bodyLimit: TOO_LARGE.length - 1 });
    await start('crowded', { maxSessions: 1 });
    await start('broken', { deathLimit: 1 });
    await services.get('broken')!.post(DIES);
    await services
      .get('usual')!
      .request('/contexts', { method: 'POST', body: '{"id": "to-be-closed"}' });
  });
  // Waits for the interpreter that replaces one that died: it is ready for the next test.
  afterEach(() => services.get('usual')!.post('pass'));
  afterAll(() => Promise.all([...services.values()].map((service) => service.close())));

  it.each(DESCRIBED)('comes as described: $status to $route', async (described) => {
    for (const provocation of provocationsOf(described)) {
      const { status, headers, text } = await answerTo(described, provocation);
      expect({ status, problems: deviations(described, headers, text) }).toEqual({
        status: described.status,
        problems: [],
      });
    }
  });

  async function answerTo(
    { method, path }: DescribedStatus,
    { service = 'usual', target, headers = [], body }: Provocation,
  ): Promise<Answer> {
    const connection = await RawConnection.open(services.get(service)!.port);
    const filled = path.replace('{id}', 'main').replace('{call}', 'List');
    const all = [['Host', 'localhost'], ...headers] as const;
    connection.request({
      method,
      target: target ?? filled,
      headers: all,
      ...(body !== undefined && { body }),
    });
    try {
      return await connection.answer(method);
    } finally {
      connection.close();
    }
  }
});

describe('the document', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());

  it('has every route that is served, each with a summary', () => {
    const adapter = service.service.app.getHttpAdapter();
    const { router } = adapter.getInstance() as ExpressApplication;
    const served = router.stack.flatMap(({ route }) => (route ? namesOf(route) : []));
    const described = new Set(DESCRIBED.filter(({ summary }) => summary).map(({ route }) => route));
    expect(
      served.filter((name) => !described.has(name)),
      'describe them in src/pages/api-docs/description',
    ).toEqual([]);
    expect(served).toContain('POST /contexts/{id}/exec');
  });

  it('has every kind of line that an execution can have, and those alone', async () => {
    const kinds = new Set<string>();
    for (const code of [LINES, '1 / 0']) {
      const body = JSON.stringify({ code });
      const { text } = await service.request('/execute', { method: 'POST', body });
      for (const line of text.trimEnd().split('\n')) {
        kinds.add((JSON.parse(line) as { type: string }).type);
      }
    }
    kinds.add('keepalive'); // that would take five seconds
    expect([...kinds].sort()).toEqual(LINE_TYPES);
  });
});

describe('the table of provocations', () => {
  it('has nothing that is not described', () => {
    const described = DESCRIBED.map(({ route, status }) => `${route} ${status}`);
    expect(Object.keys(PROVOCATIONS).filter((name) => !described.includes(name))).toEqual([]);
  });
});

interface ExpressRoute {
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
}

interface ExpressApplication {
  readonly router: { readonly stack: readonly { readonly route?: ExpressRoute }[] };
}

/** Returns the routes as the document names them: without preflights, and once for all methods. */
function namesOf({ path, methods }: ExpressRoute): string[] {
  const names = 'search' in methods ? ['post'] : Object.keys(methods);
  return names
    .filter((method) => method !== 'options')
    .map((method) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
}

function provocationsOf({ route, status, isCommon }: DescribedStatus): readonly Provocation[] {
  const refusal = REFUSALS[status];
  const own = PROVOCATIONS[`${route} ${status}`];
  if (!own && !(refusal && (isCommon || status === 401))) {
    throw new Error(`Nothing here provokes a ${status} to ${route}: add it to PROVOCATIONS.`);
  }
  return [...(refusal ? [refusal] : []), ...(own ?? [])];
}
