import { PYTHON_SIDE } from '../process/python-side.js';

const OUR_FRAME = `  File "${PYTHON_SIDE}/`;
/** The bootstrap's frame, which calls our first frame. */
const BOOTSTRAP = /^ {2}File "<string>", line \d+ in <module>$/;

/** Removes our own frames from the stacks that faulthandler prints. */
export function withoutOurFrames(output: Buffer): Buffer {
  if (!output.includes(OUR_FRAME)) return output;
  const lines = output.toString('latin1').split('\n');
  const isOurs = (line: string | undefined): boolean => line?.startsWith(OUR_FRAME) ?? false;
  const isBootstrap = (n: number): boolean => isOurs(lines[n - 1]) && BOOTSTRAP.test(lines[n]!);
  const theirs = lines.filter((line, n) => !isOurs(line) && !isBootstrap(n));
  return Buffer.from(theirs.join('\n'), 'latin1');
}
