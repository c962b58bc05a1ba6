import { quantity } from './quantity.js';

const KIB = 1024;
const MIB = KIB * 1024;
const GIB = MIB * 1024;

/** Every unit counts by 1024, as in Express and nginx, however it is spelt. */
const UNITS = {
  '': 1,
  b: 1,
  k: KIB,
  kb: KIB,
  kib: KIB,
  m: MIB,
  mb: MIB,
  mib: MIB,
  g: GIB,
  gb: GIB,
  gib: GIB,
};

/** Bytes: `10485760`, `10mb`, `512 KiB`. At least one, since a limit of none admits nothing. */
export function byteSize(value: unknown): number | undefined {
  const bytes = quantity(value, UNITS);
  return bytes === 0 ? undefined : bytes;
}
