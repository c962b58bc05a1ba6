import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Makes the directory one of an application in which Fujian, Nest and the types of Node are installed. */
export function makeApplicationDirectory(directory: string, more: readonly string[] = []): void {
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  for (const name of ['@nestjs', '@types', 'rxjs', ...more]) {
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  symlinkSync(resolve('.'), join(modules, 'fujian'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
}
