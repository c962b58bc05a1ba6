import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, TestService } from '../support/service.js';

describe.each(ADAPTERS)('the Fujian door over HTTP on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterAll(() => service.close());

  it('runs code and answers what it printed and returned', async () => {
    const { status, headers, json } = await service.post('print("out"); fujian_return = 6 * 7');

    expect(status).toBe(200);
    expect(headers.get('server')).toMatch(/^Fujian\/\d/);
    expect(json).toEqual({ stdout: 'out\n', stderr: '', return: '42' });
  });

  it('pushes over the WebSocket', async () => {
    const socket = await service.openSocket();
    socket.send('FUJIAN_WS.write_message({"a": 1}); fujian_return = "done"');
    expect(await socket.nextText()).toBe('{"a": 1}');
    expect((await socket.nextReply()).return).toBe('done');
  });
});
