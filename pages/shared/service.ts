/** Requests from a page to the service that served it. */

const TOKEN = 'fujian.token';

/** The page is at `/console`, or at `/lab/console`; all other paths are beside it. */
export const BASE = location.pathname.replace(/[^/]*\/?$/, '');

/** Thrown for a response with an error status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Keeps the token, unless it has characters that no token can have: a header could not carry it.
 */
export function keepToken(token: string): void {
  if (!/^[!-~]+$/.test(token)) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
}

/** Returns the header that authenticates requests. Returns no header without a token. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** @throws Refusal for an error status, TypeError if the service does not answer. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers({
    ...authorization(),
    ...Object.fromEntries(new Headers(init.headers)),
  });
  const response = await fetch(BASE + path, { ...init, headers });
  if (!response.ok) throw new Refusal(response.status, await messageOf(response));
  return response;
}

export async function json<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  return (await request(path, init)).json() as Promise<Answer>;
}

/** Opens a WebSocket with the token in a subprotocol, which no log records. */
export function openSocket(path: string): WebSocket {
  const token = sessionStorage.getItem(TOKEN);
  const url = new URL(BASE + path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url, token === null ? [] : [`fujian.token.${token}`]);
}

/** Returns the message of the service. Others, such as proxies, answer with pages of their own. */
async function messageOf(response: Response): Promise<string> {
  const status = `${response.status} ${response.statusText}`.trim(); // over HTTP/2 without a text
  const otherwise = `The answer was ${status}.`;
  try {
    const { message } = JSON.parse(await response.text()) as { message?: string };
    return message ?? otherwise;
  } catch {
    return otherwise;
  }
}
