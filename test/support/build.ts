import { execFileSync } from 'node:child_process';

/** Tests that start the service as users do need it built, from the sources as they are now. */
export function setup(): void {
  execFileSync('npx', ['nest', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
