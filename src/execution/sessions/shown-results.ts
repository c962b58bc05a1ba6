import type { MimeBundle, Shown } from '../shown.js';

/** Collects what an execution shows, up to a limit. */
export class ShownResults {
  readonly all: Shown[] = [];
  private kept = 0;

  /** @param limit bytes. */
  constructor(private readonly limit: number) {}

  add(shown: Shown): void {
    const size = 'data' in shown ? sizeOf(shown.data) : 0;
    if (this.kept + size <= this.limit) {
      this.kept += size;
      this.all.push(shown);
      return;
    }
    const notice = `[fujian: ${size} bytes were not kept; FUJIAN_OUTPUT_LIMIT sets the limit of all that one execution shows, ${this.limit}]`;
    this.all.push({ ...shown, data: { 'text/plain': notice } } as Shown);
  }
}

function sizeOf(data: MimeBundle): number {
  return Object.values(data).reduce<number>((sum, form) => sum + formSize(form), 0);
}

function formSize(form: MimeBundle[string]): number {
  if (typeof form === 'string') return Buffer.byteLength(form);
  return Buffer.isBuffer(form) ? form.length : JSON.stringify(form).length;
}
