import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import folders from '../parts.json' with { type: 'json' };

it('runs each spec file of test/ in one part of npm run test:all', () => {
  const specs = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(e2e|long)-spec\.ts$/.test(file),
  );
  const homes = [...new Set(specs.map((file) => file.split('/')[0]!))];
  const listed: string[] = Object.values(folders).flat();
  expect(listed.toSorted()).toEqual(homes.toSorted());
});
