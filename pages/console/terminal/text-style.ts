/** The style of characters. Colours are numbers of the palette of terminals (0 to 15), or CSS. */
export interface TextStyle {
  readonly color?: number | string;
  readonly background?: number | string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly struck?: boolean;
  readonly inverse?: boolean;
}

export const PLAIN: TextStyle = {};

/** Codes read of one sequence. More are nonsense, and there may be a million of them. */
const MOST_CODES = 64;

/** Returns the style after the parameters of `ESC [ … m`. */
export function restyled(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/, MOST_CODES).map(Number);
  let next: TextStyle = style;
  while (codes.length > 0) next = applied(next, codes.shift()!, codes);
  return next;
}

function applied(style: TextStyle, code: number, rest: number[]): TextStyle {
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 9:
      return { ...style, struck: true };
    case 22:
      return without(style, 'bold', 'dim');
    case 23:
      return without(style, 'italic');
    case 24:
      return without(style, 'underline');
    case 27:
      return without(style, 'inverse');
    case 29:
      return without(style, 'struck');
    case 38:
    case 48: {
      const colour = extendedColour(rest);
      if (colour === undefined) return style;
      return code === 38 ? { ...style, color: colour } : { ...style, background: colour };
    }
    case 39:
      return without(style, 'color');
    case 49:
      return without(style, 'background');
    default:
      return coloured(style, code);
  }
}

function coloured(style: TextStyle, code: number): TextStyle {
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  return style;
}

function without(style: TextStyle, ...names: (keyof TextStyle)[]): TextStyle {
  return Object.fromEntries(
    Object.entries(style).filter(([name]) => !names.includes(name as keyof TextStyle)),
  );
}

/** Consumes the codes of a colour: `5;n` of 256 colours, `2;r;g;b`. */
function extendedColour(codes: number[]): number | string | undefined {
  const kind = codes.shift();
  if (kind === 2) return rgb(codes.splice(0, 3));
  if (kind !== 5) return undefined;
  const number = codes.shift() ?? 0;
  if (number < 16) return number;
  if (number >= 232) return rgb(Array(3).fill((number - 232) * 10 + 8));
  const level = (index: number): number => (index === 0 ? 0 : index * 40 + 55);
  const cube = number - 16;
  return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

function rgb(channels: number[]): string {
  const [red, green, blue] = channels.map((channel) => Math.min(255, Math.max(0, channel || 0)));
  return `rgb(${red ?? 0} ${green ?? 0} ${blue ?? 0})`;
}
