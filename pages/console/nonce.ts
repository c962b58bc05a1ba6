/** Of this page: without it no script and no style sheet counts. Frames inherit that. */
export const NONCE = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? '';
