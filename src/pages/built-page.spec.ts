import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BuiltPage } from './built-page.js';

describe('a built page', () => {
  it.each([
    ['none', 'text'],
    ['one', '<script nonce="FUJIAN_NONCE">é</script>'],
    ['several, at both ends too', `FUJIAN_NONCE${'a long text '.repeat(9999)}FUJIAN_NONCE`],
  ])('has the nonce at every placeholder: %s', (_, html) => {
    const page = new BuiltPage(html);
    const expected = html.replaceAll('FUJIAN_NONCE', 'N0nce+/=');
    expect(page.html('N0nce+/=').toString()).toBe(expected);
    expect(gunzipSync(page.gzipped('N0nce+/=')).toString()).toBe(expected);
  });

  it('is compressed', () => {
    const page = new BuiltPage(`${'a'.repeat(9999)}FUJIAN_NONCE${'b'.repeat(9999)}`);
    expect(page.gzipped('N').length).toBeLessThan(200);
  });
});
