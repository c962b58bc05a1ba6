/** What a host may set about who comes in. Everything has a safe default: loopback only. */
export interface AccessOptions {
  /** The secret that clients may, or with `requireToken` must, present. */
  readonly token?: string;
  /** Refuse whatever runs code unless it brings the token. */
  readonly requireToken?: boolean;
  /** Origins allowed beside the loopback ones and `file://`, compared as exact strings. */
  readonly origins?: readonly string[];
  /** Names, without a port, that a Host header may carry beside the loopback ones. */
  readonly allowedHosts?: readonly string[];
  /** Sent as Access-Control-Allow-Origin when a request has no Origin. */
  readonly defaultOrigin?: string;
}
