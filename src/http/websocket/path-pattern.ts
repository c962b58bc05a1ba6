/**
 * The parts of a request's target that a pattern names: `/contexts/:id/websocket/` has `id`. A slash at the
 * end counts for nothing, else paths are compared exactly.
 *
 * @returns undefined if the target does not fit.
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
