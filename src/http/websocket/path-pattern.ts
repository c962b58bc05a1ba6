/**
 * Returns the parameters of a path that matches a pattern: `/contexts/:id/websocket/` has `id`.
 * Ignores a slash at the end; all else must be equal. Returns undefined if the path does not match.
 */
export function pathParameters(
  pattern: string,
  target: string,
): Readonly<Record<string, string>> | undefined {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(target.split('?', 1)[0]!);
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [n, segment] of wanted.entries()) {
    if (segment.startsWith(':')) parameters[segment.slice(1)] = given[n]!;
    else if (segment !== given[n]) return undefined;
  }
  return parameters;
}

function segmentsOf(path: string): string[] {
  return path.replace(/(?<=.)\/$/, '').split('/');
}
