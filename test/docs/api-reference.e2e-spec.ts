import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('has the reference of all that is exported, with no link that leads nowhere', async () => {
  const typedoc = ['node_modules/typedoc/bin/typedoc', '--emit', 'none'];
  const { stdout } = await promisify(execFile)(process.execPath, typedoc);
  expect(stdout).not.toMatch(/error|warning/i);
}, 180_000);
