import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installSchemathesis, schemathesis } from '../support/schemathesis.js';
import { ADAPTERS, TestService } from '../support/service.js';

const CONFIGURATION = resolve('test/api-docs/schemathesis.toml');

let services: TestService[];

beforeAll(async () => {
  await installSchemathesis();
  services = await Promise.all(ADAPTERS.map((httpAdapter) => TestService.start({ httpAdapter })));
}, 180_000);
afterAll(() => Promise.all(services.map((service) => service.close())));

it('replies to generated requests as the document says, and never fails', async () => {
  await Promise.all(
    services.map(async (service) => {
      await fuzz(service);
      expect((await service.run('fujian_return = 6 * 7')).return).toBe('42');
    }),
  );
});

async function fuzz({ url }: TestService): Promise<void> {
  const { failed, output } = await schemathesis(
    `--config-file=${CONFIGURATION}`,
    'run',
    `${url}/openapi.json`,
    '--phases=examples,coverage,fuzzing',
    '--max-examples=10',
    '--seed=7',
    '--continue-on-failure',
    '--no-shrink',
    '--request-timeout=20',
    '--warnings=off',
  );
  expect(failed, output).toBe(false);
  expect(output).toContain('No issues found');
}
