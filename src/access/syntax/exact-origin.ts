const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s,/?#@*\\"]+$/;

/**
 * Returns whether a configured origin is written as browsers write it, so that comparing strings
 * works. A wildcard would let every page run code; so would `null`, which any sandboxed frame can
 * send.
 */
export function isExactOrigin(text: string): boolean {
  if (text === 'file://') return true;
  if (!ORIGIN.test(text)) return false;
  return /^https?:/.test(text) ? canonicalOrigin(text) === text : true;
}

function canonicalOrigin(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined;
}
