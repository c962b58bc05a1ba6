import { once } from 'node:events';
import { lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import {
  type AddressInfo,
  createServer,
  type ListenOptions,
  type Server as NetServer,
  connect,
} from 'node:net';
import { DEFAULTS } from '../../config/defaults.js';
import { acceptedOnUnixSocket } from '../access/access-request.js';
import { ListenError } from './listen.error.js';

export interface ListeningOptions {
  readonly hosts: readonly string[];
  /** 0 takes any free port, the same on all hosts. */
  readonly port: number;
  /** Path of a Unix domain socket. */
  readonly socket?: string;
}

/** The addresses of the service: `http://127.0.0.1:1987`, or the path of a Unix socket. */
export interface Listening {
  readonly urls: readonly string[];
  readonly port: number | undefined;
  /** Accepts no more connections. Resolves when the open ones have ended. */
  stop(): Promise<unknown>;
}

/**
 * Lets one HTTP server listen on several addresses: on the first by itself, on each other through a
 * listener that hands its connections over.
 *
 * @throws ListenError
 */
export async function listen(http: Server, options: ListeningOptions): Promise<Listening> {
  const listeners: NetServer[] = [];
  const urls: string[] = [];
  let { port } = options;
  const nextListener = (): NetServer => (listeners.length === 0 ? http : handingOverTo(http));
  try {
    for (const host of options.hosts) {
      const listener = nextListener();
      if (!(await bound(listener, { host, port }))) continue;
      ({ port } = listener.address() as AddressInfo);
      listeners.push(listener);
      urls.push(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    }
    if (options.socket !== undefined) {
      const listener = nextListener();
      listener.prependListener('connection', acceptedOnUnixSocket);
      await bindSocket(listener, options.socket);
      listeners.push(listener);
      urls.push(options.socket);
    }
    if (listeners.length === 0) {
      throw new ListenError(options.hosts.join(', '), port, 'EADDRNOTAVAIL');
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return {
    urls,
    port: options.hosts.length > 0 ? port : undefined,
    stop: () => Promise.all(listeners.map(closed)),
  };
}

function handingOverTo(http: Server): NetServer {
  // Same options as in Node's HTTP server, which decides when such a connection ends.
  const options = { allowHalfOpen: true, noDelay: true };
  const listener = createServer(options, (socket) => http.emit('connection', socket));
  listener.maxConnections = DEFAULTS.connectionLimit;
  return listener;
}

/**
 * Returns false if this machine has no such loopback address (no IPv6, for example): the service
 * goes without.
 */
async function bound(
  listener: NetServer,
  address: { host: string; port: number },
): Promise<boolean> {
  try {
    await started(listener, address);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (address.host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'))
      return false;
    throw new ListenError(address.host, address.port, code, error);
  }
}

/** Binds a Unix socket that is the owner's alone (0600) from the start. */
async function bindSocket(listener: NetServer, path: string): Promise<void> {
  try {
    const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
    if (isSocket && !(await isAnswered(path))) unlinkSync(path); // a killed service left it
    await startedAsOwner(listener, path);
  } catch (error) {
    throw new ListenError(path, undefined, (error as NodeJS.ErrnoException).code, error);
  }
}

async function startedAsOwner(listener: NetServer, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await started(listener, { path });
  } finally {
    process.umask(mask);
  }
}

async function started(listener: NetServer, options: ListenOptions): Promise<void> {
  listener.listen(options);
  await once(listener, 'listening');
}

function closed(listener: NetServer): Promise<void> {
  return new Promise((resolve) => listener.close(() => resolve()));
}

/** Returns whether a program listens on a Unix socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
