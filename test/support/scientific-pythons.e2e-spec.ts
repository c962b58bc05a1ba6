import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestPython } from './python.js';
import { pythons } from './pythons.js';
import { requireOrSkip } from './requirement.js';
import { scientificPythons } from './scientific-pythons.js';
import { TestService } from './service.js';

const LIBRARIES = ['numpy', 'pandas', 'matplotlib.pyplot', 'PIL.Image', 'e2b_code_interpreter'];

const found = requireOrSkip('A Python with numpy and more', scientificPythons().length > 0);

describe.runIf(found)('scientificPythons()', () => {
  it('are the oldest and the newest', () => {
    const versions = pythons().map(({ version }) => version);
    expect(scientificPythons().map(({ version }) => version)).toEqual([
      ...new Set([versions[0], versions.at(-1)]),
    ]);
  });

  // Following the link of its Python leaves a virtual environment.
  describe.each(scientificPythons())('$version', ({ path }) => {
    const environment = dirname(dirname(path));

    it.each(LIBRARIES)('has %s of its own', async (name) => {
      const python = await TestPython.start({ python: path });
      try {
        const code = `import ${name}; fujian_return = ${name}.__file__`;
        expect(await python.returned(code)).toContain(`${environment}/lib/`);
      } finally {
        await python.close();
      }
    });

    it('has them behind the service too', async () => {
      const service = await TestService.start({ python: path });
      try {
        const { return: file } = await service.run('import numpy; fujian_return = numpy.__file__');
        expect(file).toContain(`${environment}/lib/`);
      } finally {
        await service.close();
      }
    });
  });
});
