/** What JSON holds. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * One thing in all the forms that it has, by MIME type: text as a string; images, PDF and whatever else is
 * binary as bytes; JSON as what it means. `text/plain` is there for whatever has a `repr()`.
 */
export type MimeBundle = Readonly<Record<string, JsonValue | Buffer>>;

export interface Representation {
  readonly data: MimeBundle;
  /** As IPython has it: for example the width of an image. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
}

/** What interactive code shows, beside what it prints. */
export type Shown =
  /** By `display()`, or a plot. `id`: by which it can be updated. */
  | (Representation & { readonly type: 'display'; readonly id?: string })
  /** The value of the last expression. */
  | (Representation & { readonly type: 'value' })
  /** `update_display()`: what was shown under this id looks like this from now on. */
  | (Representation & { readonly type: 'update'; readonly id: string })
  /** `clear_output()`: what was shown so far is to go; `wait`: when something new comes. */
  | { readonly type: 'clear'; readonly wait: boolean };
