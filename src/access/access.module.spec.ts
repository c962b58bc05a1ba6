import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { AccessPolicy } from './access-policy.js';
import { AccessPurpose } from './access-purpose.decorator.js';
import { ACCESS_CODES } from './access.constants.js';
import { AccessGuard } from './access.guard.js';
import { AccessModule } from './access.module.js';

@Controller()
@UseGuards(AccessGuard)
class Protocol {
  @Get()
  @AccessPurpose('ping')
  ping(): string {
    return '';
  }

  @Post()
  run(): string {
    return 'ran';
  }
}

class NobodyComesIn extends AccessPolicy {
  protected override refuseMissingToken() {
    return {
      allowed: false,
      status: 403,
      code: ACCESS_CODES.tokenRequired,
      message: 'No.',
    } as const;
  }
}

const adapters = [
  { adapter: 'express', create: () => new ExpressAdapter() },
  { adapter: 'fastify', create: () => new FastifyAdapter() },
];

describe.each(adapters)('AccessModule on $adapter', ({ create }) => {
  let app: INestApplication;

  async function start(access = AccessModule.register({ token: 'T0K' })): Promise<string> {
    const module = await Test.createTestingModule({
      imports: [access],
      controllers: [Protocol],
    }).compile();
    app = module.createNestApplication(create(), { logger: false });
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  }

  afterEach(() => app.close());

  it('lets an allowed page in, and lets it read the response', async () => {
    const url = await start();
    const answer = await fetch(url, {
      method: 'POST',
      headers: { Origin: 'http://localhost:3000' },
    });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('ran');
  });

  it('refuses with status, code and message', async () => {
    const url = await start();
    const answer = await fetch(url, { method: 'POST', headers: { Authorization: 'Bearer nope' } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      statusCode: 401,
      code: ACCESS_CODES.wrongToken,
      message: expect.stringContaining('token'),
    });
  });

  it('takes the purpose from the route', async () => {
    const url = await start(AccessModule.register({ token: 'T0K', requireToken: true }));
    const headers = { Origin: 'http://localhost:3000' };
    expect((await fetch(url, { headers })).status).toBe(200);
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(401);
  });

  it("does not take Node's own fetch, which sends Sec-Fetch-Mode, for a browser", async () => {
    const url = await start();
    expect((await fetch(url, { method: 'POST' })).status).toBe(201);
  });

  it('uses a policy of the application, with asynchronous options', async () => {
    const url = await start(
      AccessModule.registerAsync({ policy: NobodyComesIn, useFactory: () => ({}) }),
    );
    expect((await fetch(url)).status).toBe(403);
  });
});
