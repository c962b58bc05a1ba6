/** In a fork that is gone afterwards, nothing could be kept. */
export interface NotIsolated {
  readonly isolated?: never;
}
