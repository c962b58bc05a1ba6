import { once } from 'node:events';
import { accessSync, constants, lstatSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Configuration } from '../../../config/schema.js';
import { isAnswered } from '../../serving/listening.js';
import { type Finding, ok, problem } from './finding.js';

/** Milliseconds that the program on the port has to identify itself. */
const PATIENCE = 1_000;

/**
 * Checks whether the service could listen at its addresses; if not, finds the program that does.
 */
export async function* checkListening(configuration: Configuration): AsyncGenerator<Finding> {
  for (const host of configuration.hosts) yield await checkPort(host, configuration.port);
  if (configuration.socket !== undefined) yield await checkSocket(configuration.socket);
}

async function checkPort(host: string, port: number): Promise<Finding> {
  const place = `port ${port} of ${host}`;
  const code = await refusalToListen(host, port);
  switch (code) {
    case undefined:
      return ok('port', port === 0 ? `any free port of ${host}` : `${place} is free`);
    case 'EADDRINUSE': {
      const occupant = await occupantOf({ host: connectable(host), port });
      const advice = 'Stop that program, or choose another port by FUJIAN_PORT or --port.';
      return problem('port', `${place} is taken by ${occupant}`, advice);
    }
    case 'EACCES':
      return problem('port', `${place} may not be used by this user`, 'Choose one above 1023.');
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
      // The service also goes without IPv6 then.
      if (host === '::1')
        return ok('port', `there is no ${host} here; the service goes without it`);
      return problem('port', `${host} is not an address of this machine`, 'Set FUJIAN_HOST.');
    default:
      return problem('port', `${place} cannot be listened on: ${code}`);
  }
}

async function refusalToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
    server.close();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Returns the address at which to connect to a listener on every address. */
function connectable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

type Address = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Identifies the program that listens there. */
function occupantOf(address: Address): Promise<string> {
  return new Promise((resolve) => {
    const headers = { Host: 'localhost' };
    const asking = request({ ...address, method: 'HEAD', headers, timeout: PATIENCE });
    asking.once('response', ({ headers }) => {
      const server = headers['server']?.toString();
      const [, version] = /^Fujian\/(\S+)$/.exec(server ?? '') ?? [];
      asking.destroy();
      if (version !== undefined) resolve(`another Fujian (${version})`);
      else resolve(`another program, a web server${server === undefined ? '' : ` (${server})`}`);
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => undefined);
    asking.once('close', () => resolve('another program, not a web server'));
    asking.end();
  });
}

async function checkSocket(path: string): Promise<Finding> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const elsewhere = 'Remove it, or choose another path by FUJIAN_SOCKET or --socket.';
  if (found !== undefined && !found.isSocket()) {
    return problem('socket', `${path} exists, and is not a socket`, elsewhere);
  }
  if (found !== undefined && (await isAnswered(path))) {
    const occupant = await occupantOf({ socketPath: path });
    return problem('socket', `${path} is taken by ${occupant}`, elsewhere);
  }
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return ok('socket', `${path} is free`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return problem('socket', `${dirname(path)} cannot be written to (${code})`, elsewhere);
  }
}
