import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What must not be imported, by whom. */
const FORBIDDEN = [
  ['src/execution/a.ts', '../fujian/fujian.module.js'],
  ['src/execution/engine/local/a.ts', '../../../fujian/fujian-reply.js'],
  ['src/execution/a.ts', '../code-interpreter/code-interpreter.module.js'],
  ['src/execution/a.ts', '../access/access.module.js'],
  ['src/execution/a.ts', '../serving/listening.js'],
  ['src/execution/a.ts', '../websocket/path-pattern.js'],
  ['src/execution/a.ts', '../mounting/mounted.js'],
  ['src/access/a.ts', '../mounting/mounted.js'],
  ['src/mounting/a.ts', '../fujian/fujian.module.js'],
  ['src/mounting/a.ts', '../execution/engine/engine.js'],
  ['src/fujian/a.ts', '../doors.js'],
  ['src/execution/a.ts', '../service.js'],
  ['src/execution/a.ts', '../main.js'],
  ['src/execution/a.ts', '../app.module.js'],
  ['src/access/a.ts', '../fujian/fujian.module.js'],
  ['src/access/a.ts', '../execution/execution.module.js'],
  ['src/access/a.ts', '../serving/listening.js'],
  ['src/access/a.ts', '../websocket/guarded-ws.adapter.js'],
  ['src/access/a.ts', '../main.js'],
  ['src/access/loopback.ts', '../version.js'],
  ['src/fujian/a.ts', '../serving/listening.js'],
  ['src/fujian/a.ts', '../code-interpreter/code-interpreter.module.js'],
  ['src/fujian/a.ts', '../execution/engine/engine.js'],
  ['src/fujian/a.ts', '../websocket/guarded-ws.adapter.js'],
  ['src/fujian/a.ts', '../app.module.js'],
  ['src/code-interpreter/a.ts', '../fujian/fujian-reply.js'],
  ['src/serving/a.ts', '../fujian/fujian-reply.js'],
  ['src/websocket/a.ts', '../fujian/fujian-reply.js'],
  ['src/answers/a.ts', '../fujian/fujian-reply.js'],
  ['src/answers/a.ts', '../code-interpreter/code-interpreter.module.js'],
  ['src/execution/a.ts', '../code-interpreter/code-interpreter.module.js'],
  ['src/code-interpreter/a.ts', '../execution/engine/engine.js'],
  ['src/serving/a.ts', '../code-interpreter/code-interpreter.module.js'],
  ['src/answers/a.ts', '../execution/execution.js'],
  ['src/execution/a.ts', '../answers/server-name.js'],
  ['src/access/a.ts', '../answers/server-name.js'],
  ['src/streams/a.ts', '../version.js'],
  ['src/console/a.ts', '../fujian/fujian-reply.js'],
  ['src/console/a.ts', '../serving/listening.js'],
  ['src/fujian/a.ts', '../console/console.module.js'],
  ['src/execution/a.ts', '../pages/page-answer.js'],
  ['src/answers/a.ts', '../pages/page-answer.js'],
  ['src/pages/a.ts', '../console/console.module.js'],
  ['src/pages/a.ts', '../execution/execution.js'],
  ['pages/console/a.ts', '../../src/version.js'],
  ['pages/console/a.ts', 'node:fs'],
  ['src/api-docs/a.ts', '../fujian/fujian-reply.js'],
  ['src/api-docs/a.ts', './description/openapi.js'],
  ['src/api-docs/description/a.ts', '../../service.js'],
  ['src/fujian/a.ts', '../api-docs/api-docs.module.js'],
  ['src/execution/a.ts', '../api-docs/api-docs.module.js'],
  ['src/access/a.ts', '../api-docs/api-docs.module.js'],
  ['src/answers/a.ts', '../api-docs/api-docs.module.js'],
  ['src/serving/a.ts', '../api-docs/api-docs.module.js'],
  ['src/requests/a.ts', '../fujian/fujian-reply.js'],
  ['src/requests/a.ts', '../execution/execution.js'],
  ['src/observability/a.ts', '../fujian/fujian-reply.js'],
  ['src/observability/metrics/a.ts', '../../execution/engine/engine.js'],
  ['src/observability/a.ts', '../serving/listening.js'],
  ['src/execution/a.ts', '../observability/observability.module.js'],
  ['src/fujian/a.ts', '../observability/execution-log.js'],
  ['src/serving/a.ts', '../observability/execution-log.js'],
  ['src/access/a.ts', '../observability/execution-log.js'],
  ['src/testing/a.ts', '../access/access.module.js'],
  ['src/testing/a.ts', '../execution/engine/local/local-engine.js'],
  ['src/testing/a.ts', '../service.js'],
  ['src/execution/a.ts', '../testing/fake-python.js'],
  ['src/fujian/a.ts', '../testing/fake-python.js'],
  ['src/index.ts', './testing/index.js'],
  ['src/command-line/a.ts', '../main.js'],
  ['src/command-line/a.ts', '../execution/engine/local/local-engine.js'],
  ['src/command-line/a.ts', '../testing/start-python.js'],
  ['src/command-line/run/a.ts', '../../execution/engine/local/local-engine.js'],
  ['src/execution/a.ts', '../command-line/program.js'],
  ['src/fujian/a.ts', '../command-line/program.js'],
  ['src/access/a.ts', '../command-line/program.js'],
  ['src/answers/a.ts', '../command-line/program.js'],
  ['src/serving/a.ts', '../command-line/program.js'],
  ['src/testing/a.ts', '../command-line/program.js'],
  ['src/service.ts', './command-line/program.js'],
  ['src/index.ts', './command-line/program.js'],
  ['src/version.ts', './main.js'],
  ['src/index.ts', './app.module.js'],
  ['src/service.ts', './main.js'],
  ['test/a.ts', '../src/main.js'],
  ['config/a.ts', '../src/version.js'],
  ['config/a.ts', '../src/access/access-policy.js'],
  ['config/values/a.ts', '../../src/execution/execution.module.js'],
] as const;

/** What may be, and looks like the above. */
const ALLOWED = [
  ['main.ts', './src/main.js'],
  ['src/main.ts', './service.js'],
  ['src/main.ts', './command-line/start.js'],
  ['src/command-line/doctor/b.ts', '../with-python.js'],
  ['src/service.ts', './app.module.js'],
  ['src/service.ts', './answers/server-name.js'],
  ['src/app.module.ts', './fujian/fujian.module.js'],
  ['src/app.module.ts', './api-docs/api-docs.module.js'],
  ['src/api-docs/b.ts', '../pages/send-page.js'],
  ['src/api-docs/description/b.ts', '../../app.module.js'],
  ['src/api-docs/description/b.ts', '../../code-interpreter/execute-body.js'],
  ['src/command-line/b.ts', '../execution/execution.module.js'],
  ['src/command-line/b.ts', '../service.js'],
  ['src/command-line/b.ts', '../../config/values/module-name.js'],
  ['src/execution/b.ts', './python-interpreter.service.js'],
  ['src/execution/b.ts', '../../config/defaults.js'],
  ['src/execution/b.ts', './errors/fujian-error.js'],
  ['src/access/b.ts', '../../config/defaults.js'],
  ['src/fujian/b.ts', '../execution/python-interpreter.service.js'],
  ['src/fujian/b.ts', '../access/access.guard.js'],
  ['src/fujian/b.ts', '../websocket/admission.js'],
  ['src/fujian/b.ts', '../mounting/mounted.js'],
  ['src/mounting/b.ts', '../access/access.module.js'],
  ['src/doors.ts', './fujian/fujian.module.js'],
  ['src/fujian/b.ts', '../streams/cork-for-turn.js'],
  ['src/fujian/b.ts', '../answers/answer-headers.js'],
  ['src/fujian/b.ts', './fujian-reply.js'],
  ['src/answers/b.ts', '../access/access-policy.js'],
  ['src/answers/b.ts', '../execution/errors/fujian-error.js'],
  ['src/code-interpreter/b.ts', '../execution/python-interpreter.service.js'],
  ['src/code-interpreter/b.ts', '../answers/error.filter.js'],
  ['src/code-interpreter/b.ts', '../requests/request-body.js'],
  ['src/requests/b.ts', '../access/platform-http.js'],
  ['src/observability/b.ts', '../execution/python-interpreter.service.js'],
  ['src/observability/b.ts', '../mounting/mounted.js'],
  ['src/observability/health/b.ts', '../../answers/error.filter.js'],
  ['src/fujian/b.ts', '../websocket/path-pattern.js'],
  ['src/testing/b.ts', '../execution/python-interpreter.js'],
  ['src/testing/b.ts', './fake-session.js'],
  ['src/execution/sessions/b.ts', './testing/scripted-engine.js'],
  ['test/b.ts', '../src/testing/start-python.js'],
  ['src/console/b.ts', '../pages/send-page.js'],
  ['src/pages/b.ts', '../access/access-denied.exception.js'],
  ['src/pages/b.ts', '../requests/take-over.js'],
  ['pages/console/b.ts', '../shared/service.js'],
  ['src/serving/b.ts', '../access/local-peer.js'],
  ['src/websocket/b.ts', '../access/access-policy.js'],
  ['config/b.ts', '../src/access/loopback.js'],
  ['config/b.ts', './schema.js'],
  ['config/values/b.ts', '../../src/access/exact-origin.js'],
] as const;

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** `file:line` of each import that the linter refuses, with the project's own configuration. */
function refusedImports(directory: string, rule: string): string[] {
  const { stdout, stderr } = spawnSync(
    resolve('node_modules/.bin/oxlint'),
    ['--config', '.oxlintrc.json', '--format', 'json', '.'],
    { cwd: directory, encoding: 'utf8' },
  );
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] };
  return diagnostics
    .filter(({ code }) => code.endsWith(`(${rule})`))
    .map(({ filename, labels: [label] }) => `${filename}:${label?.span.line}`);
}

describe('the linter', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-imports-'));
  const lines = new Map<string, string[]>();
  let refused: string[];

  /** Writes an import; answers where. */
  const place = (file: string, specifier: string): string => {
    const written = lines.get(file) ?? [];
    lines.set(file, written);
    const statement = `export * from '${specifier}';`;
    if (!written.includes(statement)) written.push(statement);
    return `${file}:${written.indexOf(statement) + 1}`;
  };

  beforeAll(() => {
    for (const [file, specifier] of [...FORBIDDEN, ...ALLOWED]) place(file, specifier);
    lines.set('src/circle/one.ts', ["export * from './two.js';"]);
    lines.set('src/circle/two.ts', ["export * from './one.js';"]);
    for (const [file, written] of lines) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), written.join('\n'));
    }
    copyFileSync('.oxlintrc.json', join(directory, '.oxlintrc.json'));
    copyFileSync('tsconfig.json', join(directory, 'tsconfig.json'));
    refused = refusedImports(directory, 'no-restricted-imports');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(FORBIDDEN)('does not let %s import %s', (file, specifier) => {
    expect(refused).toContain(place(file, specifier));
  });

  it.each(ALLOWED)('lets %s import %s', (file, specifier) => {
    expect(refused).not.toContain(place(file, specifier));
  });

  it('does not let files import each other in a circle', () => {
    expect(refusedImports(directory, 'no-cycle')).toContain('src/circle/one.ts:1');
  });
});
