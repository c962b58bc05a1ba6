import folders from './parts.json' with { type: 'json' };

/** `everyday` is `npm test`. `all` is a part of `npm run test:all`: on every Python, soaks included. */
export type Scope = 'everyday' | 'all';

/** A vitest project with the folders of test/ in parts.json. `npm run test:all` runs them one by one. */
export type Part = keyof typeof folders;

export const PARTS = Object.keys(folders) as readonly Part[];

/** The parts of `npm run test:quick`, which need no build, browser or virtual environment. */
export const QUICK: readonly Part[] = ['units', 'smoke'];

/**
 * Returns the globs of the spec files of a part. `*.long-spec.ts` (soaks, fuzzing, installations) are in
 * the scope `all` only.
 */
export function specsOf(part: Part, scope: Scope): string[] {
  if (part === 'units') return ['{src,config,pages,test}/**/*.spec.ts'];
  const kinds = scope === 'all' ? '{e2e,long}-spec' : 'e2e-spec';
  return folders[part].map((folder) => `test/${folder}/**/*.${kinds}.ts`);
}
