// Writes the documents of the API into src/pages/api-docs, from the controllers and their descriptions as they are now.
import { writeFile } from 'node:fs/promises';
import { runnerImport } from 'vite';

const { module } = await runnerImport('./src/pages/api-docs/description/documents.ts', {
  configFile: false,
  logLevel: 'error',
});
for (const [name, text] of Object.entries(await module.documents())) {
  await writeFile(new URL(`../src/pages/api-docs/${name}`, import.meta.url), text);
}
