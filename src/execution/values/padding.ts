/** Of each buffer beside a value: what follows it is aligned for elements of any type. */
const ALIGNMENT = 8;

export function paddedSize(size: number): number {
  return size + paddingAfter(size);
}

export function paddingAfter(size: number): number {
  return (ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT;
}
