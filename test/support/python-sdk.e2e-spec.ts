import { describe, expect, it } from 'vitest';
import { runPythonClient } from './python-sdk.js';
import { requireOrSkip } from './requirement.js';
import { scientificPythons } from './scientific-pythons.js';

const found = requireOrSkip('A Python with numpy and more', scientificPythons().length > 0);

describe.runIf(found)('runPythonClient()', () => {
  it.each(scientificPythons())('has the SDK in Python $version', async ({ path }) => {
    const script = 'import e2b_code_interpreter as sdk; print(sdk.Sandbox.__name__)';
    const run = await runPythonClient(script, {}, { python: path });
    expect(run).toEqual({ stdout: 'Sandbox\n', stderr: '', code: 0 });
  });

  it('answers what a script prints and how it ends', async () => {
    const script = 'import os, sys; print(os.environ["WHO"]); sys.exit("no ✓")';
    const run = await runPythonClient(script, { WHO: 'é' });
    expect(run).toEqual({ stdout: 'é\n', stderr: 'no ✓\n', code: 1 });
  });

  it('keeps the environment of the machine from the script', async () => {
    const { stdout } = await runPythonClient('import os; print(sorted(os.environ))', { A: '1' });
    expect(stdout).not.toMatch(/HOME|PROXY|E2B/i);
  });

  it('kills a script that does not end, and says what it has printed', async () => {
    const script = [
      'import os, signal, time',
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
      'print(os.getpid(), flush=True)',
      'time.sleep(60)',
    ].join('\n');
    const error: unknown = await runPythonClient(script, {}, { timeout: 1_500 }).catch(
      (reason: unknown) => reason,
    );
    const [, pid] = /did not end in 1500 ms\.\nstdout: (\d+)\n/.exec((error as Error).message)!;
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});
