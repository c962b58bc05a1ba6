import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CodeInterpreterModule, FujianModule } from '../../src/protocols.js';
import { PythonInterpreterService } from '../../src/index.js';
import { ADAPTERS, type Answer } from '../support/service.js';
import { type HostApplication, Host, speakWebSocket } from './host.js';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT = { 'Content-Type': 'text/plain;charset=UTF-8' };

/** A body that is both a form and Python. */
const CODE = 'ran=1;print("ran=1&x")';

const imports = () => [
  FujianModule.register({ bodyLimit: 1_000 }),
  CodeInterpreterModule.register({ bodyLimit: 1_000 }),
];

describe.each(ADAPTERS)('in an application on %s that parses bodies', (platform) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({ platform, imports: imports() });
  });
  afterAll(() => host.close());

  const expectLost = ({ status, json }: Answer, type: string): void => {
    expect([status, json.code]).toEqual([415, 'FUJIAN_BODY_LOST']);
    expect(json.message).toContain(type);
    expect(json.message).toContain(
      'nothing was run. Create the application with { rawBody: true }',
    );
  };
  const runs = async (): Promise<number> =>
    host.app.get(PythonInterpreterService).evaluate<number>('globals().get("runs", 0)');

  it('code comes as text, as browsers send it', async () => {
    expect((await host.post('/', 'print("ä😀")', TEXT)).json.stdout).toBe('ä😀\n');
  });

  it.each([
    ['what curl -d sends', FORM],
    ['JSON', JSON_TYPE],
    ['JSON by another name', { 'Content-Type': 'application/problem+json; charset=utf-8' }],
  ])('code that comes as %s is run as it is, or not at all', async (_, type) => {
    const answer = await host.post('/', '{"a": 1}', type);
    // Express leaves a body without a parser alone, Fastify refuses it.
    if (type['Content-Type'].startsWith('application/problem')) {
      expect(answer.status).toBe(platform === 'express' ? 200 : 415);
    } else {
      expectLost(answer, type['Content-Type']);
    }
  });

  it('an empty body is empty code, of whatever type', async () => {
    for (const type of [FORM, TEXT]) {
      const { status, json } = await host.post('/', '', type);
      expect([status, json]).toEqual([200, { stdout: '', stderr: '', return: '' }]);
    }
  });

  it('text that was decoded, and maybe damaged, is not run', async () => {
    const type = { 'Content-Type': 'text/plain; charset=latin1' };
    const body = Buffer.from('print("ä")', 'latin1');
    const latin = await host.request('/', { method: 'POST', body, headers: type });
    // Express has not read the body, so that it is decoded here.
    if (platform === 'express') expect(latin.json.stdout).toBe('ä\n');
    else expectLost(latin, 'latin1');
    const broken = await host.request('/', { method: 'POST', body, headers: TEXT });
    if (platform === 'express') expect(broken.json.code).toBe('FUJIAN_INVALID_UTF8');
    else expectLost(broken, 'text/plain');
  });

  it('what /execute takes comes as JSON, or as text', async () => {
    for (const type of [JSON_TYPE, TEXT]) {
      const { status, text } = await host.postJson('/execute', { code: '"ä" * 2' }, type);
      expect([status, text.includes('\\u00e4\\u00e4')]).toEqual([200, true]);
    }
    expectLost(await host.postJson('/execute', { code: 'runs = 1' }, FORM), 'urlencoded');
    expect(await runs()).toBe(0);
  });

  it('what does not fit is refused as ever', async () => {
    const { status, json } = await host.postJson('/execute', { code: 1 });
    expect([status, json.code]).toEqual([400, 'FUJIAN_BAD_BODY']);
    const mistaken = await host.postJson('/execute', { code: '1', context_id: 'nobody' });
    expect([mistaken.status, mistaken.text]).toEqual([404, 'Context nobody not found']);
  });

  it('sessions are made and closed', async () => {
    const made = await host.postJson('/contexts', { id: 'lab', language: 'python' });
    expect([made.status, JSON.parse(made.text)]).toMatchObject([200, { id: 'lab' }]);
    const forked = await host.postJson('/contexts/lab/fork', {});
    expect(forked.status).toBe(200);
    const bare = await host.request('/contexts/lab/restart', { method: 'POST' });
    expect([bare.status, bare.text]).toEqual([200, 'null']);
    expect((await host.request('/contexts/lab', { method: 'DELETE' })).status).toBe(200);
  });

  it('the limits are ours where we read, and the parsers’ where they do', async () => {
    const code = `pass # ${'x'.repeat(2_000)}`;
    const text = await host.post('/', code, TEXT);
    expect(text.status).toBe(platform === 'express' ? 413 : 200);
    expect((await host.postJson('/execute', { code })).status).toBe(200);
    const large = await host.postJson('/execute', { code: 'x'.repeat(2 * 1024 * 1024) });
    expect(large.status).toBe(413);
  });
});

describe.each(ADAPTERS)('in an application on %s that keeps bodies as they come', (platform) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({ platform, rawBody: true, imports: imports() });
  });
  afterAll(() => host.close());

  it.each([
    ['a form', FORM],
    ['text', TEXT],
  ])('code may come as %s', async (_, type) => {
    const { status, json } = await host.post('/', CODE, type);
    expect([status, json.stdout]).toEqual([200, 'ran=1&x\n']);
  });

  it('code may look like JSON', async () => {
    const code = '{"a": true}';
    expect((await host.post('/', code.replace('true', '1'), JSON_TYPE)).status).toBe(200);
    // The reply shows that the body ran unchanged: it is not a Python name.
    expect((await host.post('/', code, JSON_TYPE)).json.traceback).toContain("name 'true'");
  });

  it('text whose parser keeps no bytes is refused, with what is left to do', async () => {
    const headers = { 'Content-Type': 'text/plain; charset=latin1' };
    const body = Buffer.from('print("ä")', 'latin1');
    const { status, json } = await host.request('/', { method: 'POST', body, headers });
    if (platform === 'express') expect([status, json.stdout]).toEqual([200, 'ä\n']);
    else {
      expect(json.code).toBe('FUJIAN_BODY_LOST');
      expect(json.message).toContain(
        "add the parser of this type with app.useBodyParser('text/plain')",
      );
    }
  });

  it('so may what /execute takes', async () => {
    for (const type of [JSON_TYPE, TEXT, FORM]) {
      const { text } = await host.postJson('/execute', { code: '6 * 7' }, type);
      expect(text).toContain('"text":"42"');
    }
  });
});

describe('in an application on Fastify that keeps bodies, and text by useBodyParser()', () => {
  it('code may come as text of any charset', async () => {
    const host = await Host.start({
      platform: 'fastify',
      rawBody: true,
      imports: imports(),
      prepare: (app: HostApplication) => {
        speakWebSocket(app);
        (app as NestFastifyApplication).useBodyParser('text/plain');
      },
    });
    onTestFinished(() => host.close());
    const headers = { 'Content-Type': 'text/plain; charset=latin1' };
    const body = Buffer.from('print("ä")', 'latin1');
    const { json } = await host.request('/', { method: 'POST', body, headers });
    expect(json.stdout).toBe('ä\n');
  });
});

describe.each(ADAPTERS)('in an application on %s with parsers of its own', (platform) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({
      platform,
      imports: imports(),
      prepare: (app: HostApplication) => {
        speakWebSocket(app);
        if (platform === 'express') {
          (app as NestExpressApplication).useBodyParser('raw', { type: '*/*' });
        } else {
          (app as NestFastifyApplication).useBodyParser('*', {}, (_request, body, done) =>
            done(null, body),
          );
        }
      },
    });
  });
  afterAll(() => host.close());

  it.each(['text/x-python', 'application/octet-stream', FORM['Content-Type']])(
    'code may come as %s',
    async (type) => {
      const { status, json } = await host.post('/', CODE, { 'Content-Type': type });
      expect([status, json.stdout]).toEqual([200, 'ran=1&x\n']);
    },
  );
});
