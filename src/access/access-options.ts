/** Options of the access policy. All have safe defaults: loopback only. */
export interface AccessOptions {
  /** The secret that clients may, or with `requireToken` must, present. */
  readonly token?: string;
  /** Refuse requests that run code unless they bring the token. */
  readonly requireToken?: boolean;
  /**
   * Leave the `Authorization` header to a guard of the application, such as one for JWTs: what it
   * holds is no token of Fujian's. Clients then offer `token` by the other ways. Default false.
   */
  readonly ignoreAuthorization?: boolean;
  /** Origins allowed besides the loopback ones and `file://`, compared as exact strings. */
  readonly origins?: readonly string[];
  /** Names, without a port, that a Host header may carry besides the loopback ones. */
  readonly allowedHosts?: readonly string[];
  /** Sent as Access-Control-Allow-Origin when a request has no Origin. */
  readonly defaultOrigin?: string;
}
