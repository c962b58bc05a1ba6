/**
 * The nonce of this page, without which no script and no style sheet applies. Frames inherit that.
 */
export const NONCE = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? '';
