/** Injection token of the path at which a protocol is mounted. */
export const MOUNT_PATH = Symbol('fujian:mount-path');

/** Normalizes a path: `/lab` for `lab`, `/lab` and `/lab/`; empty for the root. */
export function mountPath(path = ''): string {
  const segments = path.split('/').filter(Boolean);
  return segments.map((segment) => `/${segment}`).join('');
}
