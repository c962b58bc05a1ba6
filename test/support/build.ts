import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Tests that start the service as users do need it built, from the sources as they are now. */
export async function build(): Promise<void> {
  const child = spawn('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('The service could not be built: npm run build failed.');
}
