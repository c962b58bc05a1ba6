const LONGEST_QUOTE = 100;

/** Quotes, escapes and cuts untrusted text. */
function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

export const duplicateHeader = (name: string) =>
  `The request has more than one ${name} header; send exactly one.`;

export const MALFORMED_TARGET =
  'The request target must be a path that starts with "/"; this service is not a proxy.';

export const MISSING_HOST =
  'The request has no Host header, or an empty one; send the host it is for.';

export const hostNotAllowed = (host: string) =>
  `The Host header ${quote(host)} does not name this machine. Use localhost, 127.0.0.1 or [::1], ` +
  'or add the name to the allowed hosts (option allowedHosts, FUJIAN_HOSTS).';

export const WRONG_TOKEN =
  'The token is not the right one. Send "Authorization: Bearer <token>" with the token this service was started with.';

export const UNEXPECTED_TOKEN =
  'The request offers a token, but this service has none. Leave the token out, or configure one (option token, FUJIAN_TOKEN).';

export const originNotAllowed = (origin: string) =>
  `The origin ${quote(origin)} may not use this service. Open the page from http://localhost, ` +
  'or add this exact string to the allowed origins (option origins, FUJIAN_ORIGINS).';

export const PREFLIGHT_WITHOUT_ORIGIN =
  'A preflight without an Origin header cannot be granted anything; send the Origin.';

export const BROWSER_WITHOUT_ORIGIN =
  'A browser sent this request without its Origin, so the page behind it is unknown. ' +
  'Use fetch in CORS mode, from a page that has an origin.';

export const FORWARDED_WITHOUT_TOKEN =
  'The request came through a proxy, so its sender is unknown. Send "Authorization: Bearer <token>".';

export const REMOTE_WITHOUT_TOKEN =
  'The request came from another machine. Send "Authorization: Bearer <token>".';

export const TOKEN_REQUIRED =
  'This service requires its token. Send "Authorization: Bearer <token>"; a WebSocket in a browser ' +
  'sends the subprotocol "fujian.token.<token>" or "?token=<token>".';

export const EMPTY_OPTION_TOKEN =
  'The access token is empty, which would protect nothing; leave it out or give it a value.';

export const UNUSABLE_OPTION_TOKEN =
  "The access token has characters that a header or subprotocol cannot carry; use letters, digits and !#$%&'*+-.^_`|~.";

export const REQUIRED_TOKEN_MISSING =
  'requireToken is set but there is no token, so every request would be refused; set the token (option token, FUJIAN_TOKEN) as well.';

export const unusableOrigin = (origin: string) =>
  `${quote(origin)} is not an exact origin; write it as the browser sends it, such as ` +
  '"https://lab.example:8443" or "app://.". Wildcards and "null" are never accepted.';

export const unusableHostName = (name: string) =>
  `${quote(name)} is not a host name without port, such as "lab.example" or "192.168.1.7".`;
