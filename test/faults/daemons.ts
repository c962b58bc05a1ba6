import type { ServiceProcess } from '../process/service-process.js';

/** Python code that starts five daemons: processes without their parents, sessions and process groups. */
export const DAEMONS = `
import os
for _ in range(5):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            os.execvp("sleep", ["sleep", "600"])  # closes the pipe
        os._exit(0)
    os.wait()
    os.close(write)
    os.read(read, 1)
    os.close(read)
`;

/** Kills the server and waits until no process is left; returns how long that took. */
export async function timeToEnd(service: ServiceProcess): Promise<string> {
  const began = performance.now();
  service.signal('SIGKILL');
  await service.gone();
  return `all gone after ${Math.ceil(performance.now() - began)} ms`;
}
