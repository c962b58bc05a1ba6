// Makes of each folder of pages/ that has an index.html one HTML file in dist-pages/, with its script and
// style in it, and a placeholder where the nonce goes.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const SOURCES = resolve(import.meta.dirname, '../pages');
const OUTPUT = resolve(import.meta.dirname, '../dist-pages');
/** The same as in src/pages/built-page.ts. */
const NONCE = 'FUJIAN_NONCE';

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
for (const name of readdirSync(SOURCES)) {
  const root = join(SOURCES, name);
  if (existsSync(join(root, 'index.html')))
    writeFileSync(join(OUTPUT, `${name}.html`), await page(root));
}

async function page(root) {
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2023',
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const text = (test) =>
    output.filter(({ fileName }) => test.test(fileName)).map((file) => file.code ?? file.source);
  const [html] = text(/\.html$/);
  // Replacements are functions, as `$` means something in strings.
  const inline = [
    ...text(/\.css$/).map((css) => `<style nonce="${NONCE}">${css.trim()}</style>`),
    ...text(/\.js$/).map(
      (script) =>
        `<script type="module" nonce="${NONCE}">${script.trim().replaceAll('</script', '<\\/script')}</script>`,
    ),
  ].join('\n');
  return html
    .replaceAll(/\s*<(script|link)\b[^>]*(src|href)="[^"]*\.(js|css)"[^>]*>(<\/script>)?/g, '')
    .replace('</head>', () => `${inline}\n</head>`);
}
