/** The kind of character that may come next, beside spaces. */
type Expected = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'comma' | 'nothing';

const SPACES = / */y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const CHARACTERS = /(?:[ !#-[\]-~]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;
/** The characters that may follow a scalar. */
const DELIMITER = /[ ,\]}]/;
/** A scalar whose rest may follow. */
const UNFINISHED = /^[-+.\w]*$/;
/** Characters of an escape, and of a scalar in which a piece may end. */
const LONGEST_ESCAPE = 6;
const LONGEST_SCALAR = 64 * 1024;

/** Checks JSON of one value, in ASCII and in one line, that comes in pieces. */
export class JsonCheck {
  private expected: Expected = 'value';
  private isInString = false;
  /** The containers that are open, from the outermost. */
  private readonly open: ('{' | '[')[] = [];
  /** The beginning of a token that is not complete. */
  private begun = '';

  /** @param levels how deep containers may be nested. */
  constructor(private readonly levels: number) {}

  /** Checks the next piece. Throws a SyntaxError if it is not JSON. */
  add(piece: string): void {
    const json = this.begun + piece;
    this.begun = '';
    let at = 0;
    while (at < json.length) {
      const end = this.isInString ? this.endOfCharacters(json, at) : this.endOfToken(json, at);
      if (end === undefined) {
        this.begun = json.slice(at);
        if (this.begun.length > LONGEST_SCALAR) throw invalid();
        return;
      }
      at = end;
    }
  }

  /** Checks that the value is complete. */
  end(): void {
    this.add(' ');
    if (this.expected !== 'nothing' || this.isInString) throw invalid();
  }

  /** Returns the end of what is there of a string; undefined within an escape. */
  private endOfCharacters(json: string, at: number): number | undefined {
    const end = endOf(CHARACTERS, json, at);
    if (end === json.length) return end;
    if (json[end] === '"') {
      this.isInString = false;
      return end + 1;
    }
    const isEscape = json[end] === '\\' && json.length - end < LONGEST_ESCAPE;
    if (!isEscape) throw invalid();
    return end > at ? end : undefined;
  }

  /** Returns the end of a token, or of the spaces before it; undefined if its rest may follow. */
  private endOfToken(json: string, at: number): number | undefined {
    const spaces = endOf(SPACES, json, at);
    if (spaces > at) return spaces;
    const token = json[at]!;
    switch (this.expected) {
      case 'nothing':
        throw invalid();
      case 'colon':
        return this.take(token === ':', 'value', at);
      case 'comma':
        if (token === ',') return this.take(true, this.open.at(-1) === '{' ? 'key' : 'value', at);
        return this.close(token, at);
      case 'first key':
        if (token === '}') return this.close(token, at);
        this.isInString = true;
        return this.take(token === '"', 'colon', at);
      case 'key':
        this.isInString = true;
        return this.take(token === '"', 'colon', at);
      case 'first item':
        if (token === ']') return this.close(token, at);
        return this.endOfValue(json, at);
      case 'value':
        return this.endOfValue(json, at);
    }
  }

  private endOfValue(json: string, at: number): number | undefined {
    const token = json[at]!;
    if (token === '{' || token === '[') {
      this.open.push(token);
      const isShallow = this.open.length <= this.levels;
      return this.take(isShallow, token === '{' ? 'first key' : 'first item', at);
    }
    this.expected = this.open.length === 0 ? 'nothing' : 'comma';
    if (token === '"') {
      this.isInString = true;
      return at + 1;
    }
    const end = endOf(SCALAR, json, at);
    if (end > at && DELIMITER.test(json[end] ?? '')) return end;
    if (!UNFINISHED.test(json.slice(at))) throw invalid();
    this.expected = 'value';
    return undefined;
  }

  private close(token: string, at: number): number {
    const container = this.open.pop();
    const isRight = token === (container === '{' ? '}' : ']') && container !== undefined;
    return this.take(isRight, this.open.length === 0 ? 'nothing' : 'comma', at);
  }

  private take(isRight: boolean, next: Expected, at: number): number {
    if (!isRight) throw invalid();
    this.expected = next;
    return at + 1;
  }
}

/** Returns the end of the match at this place. */
function endOf(pattern: RegExp, json: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(json) ? pattern.lastIndex : at;
}

function invalid(): SyntaxError {
  return new SyntaxError('invalid JSON');
}
