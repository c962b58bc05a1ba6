/** JSON value. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * Representations of one object by MIME type: text as a string; images, PDF and other binary data
 * as bytes; JSON decoded. `text/plain` is present for any object with a `repr()`.
 */
export type MimeBundle = Readonly<Record<string, JsonValue | Buffer>>;

export interface Representation {
  readonly data: MimeBundle;
  /** Metadata as in IPython, for example the width of an image. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
}

/** Data that interactive code shows, besides its output. */
export type Shown =
  /** `display()` or a plot. `id`: key for updates. */
  | (Representation & { readonly type: 'display'; readonly id?: string })
  /** Value of the last expression. */
  | (Representation & { readonly type: 'value' })
  /** `update_display()`: replaces what was shown under this id. */
  | (Representation & { readonly type: 'update'; readonly id: string })
  /** `clear_output()`: removes what was shown so far; with `wait`, when something new is shown. */
  | { readonly type: 'clear'; readonly wait: boolean };
