import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { TestPython, TestSession } from '../support/python.js';
import { anyPython } from '../support/pythons.js';

/** Imported before the sessions are forked. */
const PRELOADED = `
import builtins, os, site
os.stat = os.listdir = os.path.join = os.path.exists = site.addsitedir = builtins.open = None
`;

describe.each(['fork', 'spawn'] as const)('sessions that start by %s', (start) => {
  let folder: string;
  let site: string;
  let python: TestPython | undefined;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'fujian-installations-')));
    process.env['PYTHONUSERBASE'] = folder;
    const askForSite = 'import site; print(site.getusersitepackages())';
    site = execFileSync(anyPython().path, ['-c', askForSite], { encoding: 'utf8' }).trim();
  });
  afterEach(async () => {
    delete process.env['PYTHONUSERBASE'];
    await python?.close();
    rmSync(folder, { recursive: true });
  });

  /** Installs a module as `pip install --user -e` does, elsewhere than in the site directory. */
  function installEditable(name: string): void {
    const project = join(folder, name);
    mkdirSync(project);
    writeFileSync(join(project, `${name}.py`), 'value = 42');
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, `${name}.pth`), `# a comment\n\n/nowhere\n${project}\n`);
  }

  const importing = (session: Pick<PythonSession, 'execute'>, name: string): Promise<string> =>
    new TestSession(session).returned(`import ${name}; fujian_return = ${name}.value`);

  it.each([
    ['the first', false],
    ['another', true],
  ])('see %s user installation when they are new or restarted', async (_, isThere) => {
    if (isThere) installEditable('earlier');
    python = await TestPython.start({ start });
    const older = await python.service.createSession();
    installEditable('later');
    writeFileSync(join(site, 'copied.py'), 'value = 43');

    const newer = await python.service.createSession();
    expect(await importing(newer, 'later')).toBe('42');
    expect(await importing(newer, 'copied')).toBe('43');
    await older.restart();
    expect(await importing(older, 'later')).toBe('42');
    if (isThere) expect(await importing(older, 'earlier')).toBe('42');
  });

  it('have the sys.path of a Python that starts now', async () => {
    python = await TestPython.start({ start });
    installEditable('later');
    const session = await python.service.createSession();
    const told = await new TestSession(session).returned(
      'import sys; fujian_return = [one for one in sys.path if one]',
    );
    const now = execFileSync(
      anyPython().path,
      ['-c', 'import sys; print([one for one in sys.path if one])'],
      { encoding: 'utf8' },
    );
    const sorted = (list: string) => (JSON.parse(list.replaceAll("'", '"')) as string[]).sort();
    expect(sorted(told)).toEqual(sorted(now));
  });

  it('run the code of new files alone, and go on when it raises', async () => {
    mkdirSync(site, { recursive: true });
    const count = (name: string) =>
      `import sys; sys.seen = [*getattr(sys, 'seen', ()), '${name}']\n`;
    writeFileSync(join(site, 'a.pth'), count('a'));
    python = await TestPython.start({ start });
    writeFileSync(join(site, 'b.pth'), `import missing_module\n${count('never')}`);
    const sitedir = `import sys; assert sys._getframe(1).f_locals['sitedir'] == '${site}'\n`;
    writeFileSync(join(site, 'c.pth'), sitedir + count('c'));
    const session = await python.service.createSession();
    expect(await new TestSession(session).returned('import sys; fujian_return = sys.seen')).toBe(
      "['a', 'c']",
    );
  });

  it('see them whatever a preloaded module replaces', async () => {
    writeFileSync(join(folder, 'replacing.py'), PRELOADED);
    python = await TestPython.start({ start, cwd: folder, preload: ['replacing'] });
    installEditable('later');
    const session = await python.service.createSession();
    expect(await importing(session, 'later')).toBe('42');
  });
});
