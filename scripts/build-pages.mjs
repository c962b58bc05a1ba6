// Builds dist-pages/: one HTML file of each folder of pages/ with an index.html, with its script and style
// inside and a placeholder for the nonce; licenses.txt, with the licences of the packages in the pages;
// openapi.json and asyncapi.json, from the controllers and their descriptions.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, runnerImport } from 'vite';

const SOURCES = resolve(import.meta.dirname, '../pages');
const OUTPUT = resolve(import.meta.dirname, '../dist-pages');
/** Placeholder of the nonce. Must equal that in src/pages/built-page.ts. */
const NONCE = 'FUJIAN_NONCE';

/** Folders of the packages bundled into the pages. */
const packages = new Set();

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
for (const name of readdirSync(SOURCES)) {
  const root = join(SOURCES, name);
  if (existsSync(join(root, 'index.html')))
    writeFileSync(join(OUTPUT, `${name}.html`), await page(root));
}
const licences = [...packages]
  .sort((one, other) => one.localeCompare(other))
  .map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
writeFileSync(join(OUTPUT, 'licenses.txt'), licences.join('\n---\n\n'));

const { module } = await runnerImport('./src/pages/api-docs/description/documents.ts', {
  configFile: false,
  logLevel: 'error',
});
for (const [name, document] of Object.entries(await module.documents())) {
  writeFileSync(join(OUTPUT, name), `${JSON.stringify(document)}\n`);
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
  for (const id of output.flatMap(({ moduleIds = [] }) => moduleIds)) {
    const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0];
    if (folder) packages.add(folder);
  }
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
