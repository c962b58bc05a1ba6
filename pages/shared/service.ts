/** What a page says to the service that it came from. */

const TOKEN = 'fujian.token';

/** The page is at `/console`, or at `/lab/console`: all else is beside it. */
export const BASE = location.pathname.replace(/[^/]*\/?$/, '');

/** An answer that is none of the good ones. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Another than a token cannot be one goes into no header, and is none. */
export function keepToken(token: string): void {
  if (!/^[!-~]+$/.test(token)) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
}

/** The header that proves who asks, if there is a token. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** @throws Refusal, and TypeError where nobody answers */
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

/** The token goes where no log sees it: into a subprotocol. */
export function openSocket(path: string): WebSocket {
  const token = sessionStorage.getItem(TOKEN);
  const url = new URL(BASE + path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url, token === null ? [] : [`fujian.token.${token}`]);
}

/** As the service says it; others, such as a proxy, say it in pages of their own. */
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
