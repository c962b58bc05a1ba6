// Opens Fujian and the other libraries that call Python from Node, each in the way that suits it
// best.
import { fileURLToPath } from 'node:url';
import { openLiveService } from './live-service.mjs';

/**
 * @typedef {object} Library
 * @property {(a: number, b: number) => Promise<unknown>} add
 * @property {() => Promise<Float64Array>} give 100 MB out of numpy
 * @property {(array: Float64Array) => Promise<unknown>} take them back; returns the last element
 */

/** @typedef {'fujian' | 'pythonia' | 'python-shell'} LibraryName */

const MODULE = fileURLToPath(new URL('values_baseline.py', import.meta.url));

/** @type {Record<LibraryName, (python: string) => Promise<Library>>} */
const open = { fujian: openFujian, pythonia: openPythonia, 'python-shell': openPythonShell };

/** @type {Map<LibraryName, Promise<Library>>} */
const opened = new Map();

/** @param {LibraryName} name @param {string} python one with numpy */
export function openLibrary(name, python) {
  const library = opened.get(name) ?? open[name](python);
  opened.set(name, library);
  return library;
}

/** @type {ReturnType<typeof openLiveService> | undefined} */
let service;

/** @param {string} python one with numpy */
export function openService(python) {
  service ??= openLiveService({ python });
  return service;
}

/** @param {string} python @returns {Promise<Library>} */
async function openFujian(python) {
  const live = await openService(python);
  await live.execute(`import numpy
DATA = numpy.random.default_rng(0).random(100 * 2**20 // 8)
def take(array): return float(array[-1])`);
  return {
    add: (a, b) => live.call('operator:add', [a, b]),
    give: () => live.get('DATA'),
    take: (array) => live.call('__main__:take', [array]),
  };
}

/** Opens pythonia, which passes JSON; bytes go as base64. @param {string} python @returns {Promise<Library>} */
async function openPythonia(python) {
  process.env['PYTHON_BIN'] = python;
  const pythonia = await import('pythonia');
  const module = await pythonia.python(MODULE);
  return {
    add: (a, b) => module.add(a, b),
    give: async () => elementsOf(await module.give()),
    take: (array) => module.take(textOf(array)),
  };
}

/**
 * Opens python-shell: one process for all calls, with a line of JSON each way. Its line splitting
 * takes quadratic time, so arrays go through another process, as raw bytes.
 *
 * @param {string} python
 * @returns {Promise<Library>}
 */
async function openPythonShell(python) {
  const { PythonShell } = await import('python-shell');
  const shell = new PythonShell(MODULE, { pythonPath: python, mode: 'json' });
  /** @type {((answer: unknown) => void)[]} answers come in the order of the questions */
  const waiting = [];
  shell.on('message', (answer) => waiting.shift()?.(answer));
  const raw = new PythonShell(MODULE, { pythonPath: python, mode: 'binary', args: ['binary'] });
  /** @param {ArrayBuffer} memory to fill with the bytes that arrive */
  const received = (memory) => {
    const bytes = Buffer.from(memory);
    let filled = 0;
    return new Promise((resolve) => {
      const take = (/** @type {Buffer} */ chunk) => {
        filled += chunk.copy(bytes, filled);
        if (filled < bytes.length) return;
        raw.stdout.off('data', take);
        resolve(undefined);
      };
      raw.stdout.on('data', take);
    });
  };
  return {
    add: (a, b) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        shell.send(['add', [a, b]]);
      }),
    give: async () => {
      const { buffer } = Buffer.allocUnsafeSlow(100 * 2 ** 20);
      raw.stdin.write('g');
      await received(buffer);
      return new Float64Array(buffer);
    },
    take: async (array) => {
      const last = new Float64Array(1);
      raw.stdin.write('t');
      raw.stdin.write(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
      await received(last.buffer);
      return last[0];
    },
  };
}

/** @param {string} text base64 */
function elementsOf(text) {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

/** @param {Float64Array} array */
function textOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
