import { FujianError } from '../errors/fujian-error.js';

/** Thrown if the service cannot listen at one of its addresses. */
export class ListenError extends FujianError {
  readonly code = 'FUJIAN_LISTEN';

  constructor(
    readonly address: string,
    readonly port: number | undefined,
    systemCode: string | undefined,
    cause?: unknown,
  ) {
    super(sentence(address, port, systemCode), { cause });
  }
}

function sentence(
  address: string,
  port: number | undefined,
  systemCode: string | undefined,
): string {
  const place = port === undefined ? `The socket ${address}` : `Port ${port} of ${address}`;
  switch (systemCode) {
    case 'EADDRINUSE':
      return port === undefined
        ? `${place} is in use by another program: stop it, or set FUJIAN_SOCKET to another path.`
        : `${place} is in use by another program: stop it, or set FUJIAN_PORT to another port (0 takes any free one).`;
    case 'EACCES':
      return `${place} may not be used by this user: choose another, or start the service with more rights.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${place} cannot be listened on: this machine has no such address (FUJIAN_HOST).`;
    default:
      return `${place} cannot be listened on: ${systemCode ?? 'unknown error'}.`;
  }
}
