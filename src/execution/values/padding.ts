/** Bytes to which each buffer is padded, so that the next is aligned for any element type. */
const ALIGNMENT = 8;

export function paddedSize(size: number): number {
  return size + paddingAfter(size);
}

export function paddingAfter(size: number): number {
  return (ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT;
}
