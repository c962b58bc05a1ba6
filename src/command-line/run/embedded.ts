import { LONGEST_DURATION } from '../../../config/values.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { ExecutionStream } from '../../execution/execution-stream.js';
import { type NamedPython, withPython } from '../with-python.js';
import { type Ending, messageOf } from './ending.js';
import type { Interrupts } from './interrupts.js';
import type { Script } from './script.js';
import { StandardInput } from './standard-input.js';
import { print, roomInOutput } from './standard-output.js';

/** The shutdown of `python` after the last line of a script. */
const EPILOGUE = `__import__('threading')._shutdown()\n__import__('atexit')._run_exitfuncs()`;

/** Runs a script in its own Python. */
export async function runEmbedded(
  script: Script,
  python: NamedPython | undefined,
  interrupts: Interrupts,
): Promise<Ending> {
  // Code may take its time to clean up after an interrupt; a second Ctrl-C ends it.
  const options = { cwd: process.cwd(), interruptGrace: LONGEST_DURATION, ...python?.option };
  return withPython(
    options,
    async (service) => {
      const input = new StandardInput();
      interrupts.goTo(() => service.interrupt());
      try {
        await service.execute(prologue(script));
        const { code, filename } = script;
        const onInput = script.file === undefined ? undefined : input.answer.bind(input);
        const ready = roomInOutput;
        const options = { filename, ready, ...(onInput && { onInput }) };
        const ending = await endingOf(service.stream(code, options));
        print('stderr', messageOf(ending));
        if (ending.type === 'died') return ending;
        const last = await endingOf(service.stream(EPILOGUE, options));
        print('stderr', messageOf(last));
        return last.type === 'died' ? last : ending;
      } finally {
        input.close();
      }
    },
    python?.place,
  );
}

/** Builds the setup code. JSON texts and lists of texts are valid Python. */
function prologue({ argv, directory, file }: Script): string {
  return [
    'import sys',
    `sys.argv = ${JSON.stringify(argv)}`,
    `sys.path[:] = [${JSON.stringify(directory)}, *filter(None, sys.path)]`,
    'del sys',
    ...(file === undefined ? [] : [`__file__ = ${JSON.stringify(file)}`]),
  ].join('\n');
}

async function endingOf(events: ExecutionStream): Promise<Ending> {
  let ending: Ending = { type: 'done' };
  try {
    await events.forEach((event) => {
      if (event.type === 'stdout' || event.type === 'stderr') print(event.type, event.text);
      if (event.type === 'error')
        ending = { ...event.error, name: event.error.type, type: 'raised' };
    });
    return ending;
  } catch (error) {
    if (!(error instanceof InterpreterDiedError)) throw error;
    const { reason, signal, exitCode: status } = error.death;
    return { type: 'died', reason, signal, status };
  }
}
