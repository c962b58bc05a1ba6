import { resolve } from 'node:path';

import { text } from './text.js';

/** A command is looked up in PATH; a path is made absolute, since it starts elsewhere. */
export function pythonCommand(value: unknown): string | undefined {
  const command = text(value);
  return command !== undefined && /[/\\]/.test(command) ? resolve(command) : command;
}
