import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, crc32, deflateRawSync } from 'node:zlib';

/** The pages that `scripts/build-pages.mjs` builds from `pages/`. */
export type PageName = 'console' | 'scripted-frame' | 'api-docs';

/** Placeholder of the nonce in a built page. Must equal that in build-pages.mjs. */
const PLACEHOLDER = 'FUJIAN_NONCE';

const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);

/** One HTML file without secrets, the same for all clients except for its nonce. */
export class BuiltPage {
  private readonly pieces: readonly string[];
  private readonly compressed: readonly Buffer[];

  constructor(html: string) {
    this.pieces = html.split(PLACEHOLDER);
    // Each part ends at a byte and refers to nothing before it, so that a nonce can go between two
    // parts.
    const options = { finishFlush: constants.Z_FULL_FLUSH, level: 9 };
    this.compressed = this.pieces.map((piece) => deflateRawSync(piece, options));
  }

  /** @throws Error if the page was not built. */
  static read(name: PageName): BuiltPage {
    const file = createRequire(import.meta.url).resolve(`#pages/${name}.html`);
    try {
      return new BuiltPage(readFileSync(file, 'utf8'));
    } catch (cause) {
      const what = `The page '${name}' was not built: run \`npm run build:pages\`.`;
      throw new Error(what, { cause });
    }
  }

  html(nonce: string): Buffer {
    return Buffer.from(this.pieces.join(nonce));
  }

  /** Returns the page as gzip, without compressing it again. */
  gzipped(nonce: string): Buffer {
    const between = storedBlock(Buffer.from(nonce));
    const blocks = this.compressed.flatMap((piece, index) =>
      index > 0 ? [between, piece] : piece,
    );
    const html = this.html(nonce);
    const end = Buffer.alloc(8);
    end.writeUInt32LE(crc32(html), 0);
    end.writeUInt32LE(html.length, 4);
    return Buffer.concat([GZIP_HEAD, ...blocks, LAST_BLOCK, end]);
  }
}

/** Returns a stored (uncompressed) block of deflate. */
function storedBlock(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(~bytes.length & 0xffff, 3);
  return Buffer.concat([head, bytes]);
}
