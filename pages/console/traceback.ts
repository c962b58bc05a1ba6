/** A piece of a traceback: text, or a place in a file. */
export type TracebackPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'place'; readonly text: string; readonly file: string; readonly line: number };

// Anchored at the beginning of the line: looking back from every character of a long line takes for
// ever.
const PLACE = /^([ |+-]*)(File "([^"\n]+)", line (\d+))/gm;

/** Splits a traceback of Python into pieces, which together are the traceback. */
export function piecesOf(traceback: string): TracebackPiece[] {
  const pieces: TracebackPiece[] = [];
  let from = 0;
  for (const match of traceback.matchAll(PLACE)) {
    const [, before, text, file, line] = match as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    const at = match.index + before.length;
    pieces.push({ kind: 'text', text: traceback.slice(from, at) });
    pieces.push({ kind: 'place', text, file, line: Number(line) });
    from = at + text.length;
  }
  pieces.push({ kind: 'text', text: traceback.slice(from) });
  return pieces.filter(({ text }) => text !== '');
}
